"""The README runs: its examples, its files, its commands, its picture."""

import doctest
import re
from pathlib import Path

import convviz
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
LARGEST_PICTURE = 300_000


def test_its_examples_come_out_as_printed() -> None:
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried >= 6
    assert failed == 0


def test_every_file_it_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert len(links) >= 10
    missing = [link for link in links if not (ROOT / link).exists()]
    assert missing == []


def test_its_picture_is_there_and_not_too_large() -> None:
    picture = ROOT / "docs" / "stage.png"
    assert 10_000 < picture.stat().st_size < LARGEST_PICTURE


def test_what_it_says_is_public_is_what_is_public() -> None:
    listed = re.search(r"^(`Axis`.*?)are what", README, re.MULTILINE | re.DOTALL)
    assert listed
    assert sorted(re.findall(r"`(\w+)`", listed[1])) == sorted(convviz.__all__)
    assert all(hasattr(convviz, name) for name in convviz.__all__)


def test_every_command_it_names_is_a_target_or_a_file() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for name in re.findall(r"-r (\S+)", README):
        assert Path(ROOT / name).is_file(), name
