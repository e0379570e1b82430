"""The README runs: its examples, its files, its commands, its picture."""

import doctest
import re
from pathlib import Path
from urllib.parse import parse_qsl

import convviz
from convviz.network import PRESETS, shape_words
from convviz.ui.network.links import read_link
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()
LARGEST_PICTURE = 300_000


def test_its_examples_come_out_as_printed() -> None:
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried >= 6
    assert failed == 0


NETWORKS = re.findall(
    r"^\| \w+ \|[^|]*\| \[[^]]*\]\(http://localhost:8501/network\?(\S+)\) \| ([\d×]+) \| (\d+) \| ([\d,]+) \| ([\d,]+) \|$",
    README,
    re.MULTILINE,
)


def test_its_networks_come_out_as_printed() -> None:
    assert len(NETWORKS) == len(PRESETS)
    for query, shape, field, parameters, macs in NETWORKS:
        page = read_link(dict(parse_qsl(query)))
        assert page.problems == ()
        table = page.network.table()
        row = table.row(page.row or "")
        assert shape_words(row.output_shape) == shape
        assert set(row.receptive_field) == {int(field)}
        assert (f"{table.parameters:,}", f"{table.macs:,}") == (parameters, macs)


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
