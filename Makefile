# Two commands: `make run` and `make test`. Everything they need is made on the way.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench check browser clean

run: $(VENV)/app
	@echo "convviz: http://localhost:$(PORT)  (Ctrl+C ends it)"
	@$(BIN)/streamlit run app.py --server.port $(PORT)

# The tests with a browser wait a lot: those without one run beside them, and report after them.
test: $(VENV)/tests check browser
	@$(BIN)/python -m pytest -m "not browser" > $(VENV)/without-browser.log 2>&1 & numbers=$$!; \
	$(BIN)/python -m pytest -m browser; pages=$$?; \
	wait $$numbers; numbers=$$?; cat $(VENV)/without-browser.log; \
	exit $$((pages | numbers))

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
