# Two commands: `make run` and `make test`. Everything they need is made on the way.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check browser clean

run: $(VENV)/app
	@echo "convviz: http://localhost:$(PORT)  (Ctrl+C ends it)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

# The tests with a browser wait a lot: those without one run beside them, then these files' share of the browser's.
BESIDE := $(addprefix tests/test_,hosting.py inside_picker.py network_page.py network_picture.py)

test: $(VENV)/tests check browser
	@( $(BIN)/python -m pytest -m "not browser"; numbers=$$?; \
	$(BIN)/python -m pytest -m browser $(BESIDE); exit $$((numbers | $$?)) ) > $(VENV)/beside.log 2>&1 & beside=$$!; \
	$(BIN)/python -m pytest -m browser $(BESIDE:%=--ignore=%); pages=$$?; \
	wait $$beside; beside=$$?; cat $(VENV)/beside.log; \
	exit $$((pages | beside))

check: $(VENV)/tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/tests browser
	$(BIN)/python -m bench

# Finds a Chrome or Chromium, or installs one.
browser: $(VENV)/tests
	$(BIN)/python -m tests.browser

$(VENV)/tests: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@ $(VENV)/app

$(VENV)/app: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "convviz needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
