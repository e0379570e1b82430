"""The picture of a network is to scale, inside its box and legible; words on it and in the table stand out."""

import re
from typing import Any

import pytest

from convviz.network import PRESETS
from convviz.player import STATIC
from convviz.ui.network.payload import network_payload
from tests.conftest import Modules
from tests.test_player import channels, contrast

BOXES = [[1230, 235], [900, 190], [610, 200], [340, 180]]
"""The stage of a projector, of a small one, half of it, and a card."""

LAYOUT = """
    const { visibleRows } = await import(address.replace("layout", "rows"));
    const { labelsOf } = await import(address.replace("layout", "labels"));
    const [net, boxes] = a;
    const rows = visibleRows(net, { activations: "folded", open: "all" });
    const pictures = [];
    for (const [width, height] of boxes) for (const blocks of ["scale", "equal"]) {
        const picture = m.layout(rows, { width, height, blocks });
        const middle = Math.floor(rows.length / 2);
        const boxesOf = (look) => labelsOf(picture, look).map(({ box }) => box);
        pictures.push({
            width, height, blocks, smallest: m.SMALLEST, cell: picture.cell, channel: picture.channel, unit: picture.unit,
            drawn: picture.blocks.map((block) => ({ ...block, shape: rows[block.row].shape, kind: rows[block.row].kind })),
            arcs: picture.arcs.map(({ y, start, end }) => [y, start.x, end.x]),
            labels: [boxesOf({ selected: null, hovered: null }), boxesOf({ selected: middle, hovered: 1 })],
        });
    }
    return pictures;
"""


def check_block(block: dict[str, Any], picture: dict[str, Any]) -> None:
    """Inside, and as high and wide as its cells, channels or numbers say."""
    assert -0.01 <= block["x"] <= block["x"] + block["front"] + block["dx"] <= picture["width"] + 0.01
    assert -0.01 <= block["y"] - block["dy"] <= block["y"] + block["height"] <= picture["height"] + 0.01
    shape, least = block["shape"], picture["smallest"]
    if block["form"] == "bar":
        assert block["height"] == pytest.approx(max(least, shape[0] * picture["unit"]))
    elif block["form"] == "block":
        assert block["height"] == pytest.approx(max(least, (shape[-2] if len(shape) > 2 else shape[1]) * picture["cell"]))
        if picture["blocks"] == "scale" and block["front"] > least:
            assert block["front"] == pytest.approx(shape[0] * picture["channel"])


def overlap(a: dict[str, float], b: dict[str, float]) -> bool:
    across = a["x"] < b["x"] + b["width"] and b["x"] < a["x"] + a["width"]
    return across and a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]


def check_labels(labels: list[dict[str, float]], picture: dict[str, Any]) -> None:
    for index, label in enumerate(labels):
        assert label["x"] >= -0.01
        assert label["x"] + label["width"] <= picture["width"] + 0.01
        assert label["y"] + label["height"] <= picture["height"] + 0.01
        assert not [other for other in labels[:index] if overlap(label, other)]


def test_every_preset_is_drawn_to_scale_inside_its_box_and_legibly(modules: Modules) -> None:
    for name, preset in PRESETS.items():
        net = network_payload(preset.title, preset.network, preset.table().rows)
        pictures = modules("network/layout.mjs", LAYOUT, [net, BOXES])
        assert len(pictures) == 2 * len(BOXES)
        for picture in pictures:
            assert len(picture["drawn"]) >= len(set(map(tuple, (row["shape"] for row in net["rows"])))) / 4, name
            for block in picture["drawn"]:
                check_block(block, picture)
            for labels in picture["labels"]:
                assert labels
                check_labels(labels, picture)
            assert all(y >= 0 and end > start - 3 for y, start, end in picture["arcs"]), name


@pytest.mark.parametrize(("name", "arcs"), [("lenet5", 0), ("resnet18", 8), ("resnet50", 16), ("unet", 4), ("densenet121", 58)])
def test_every_skip_is_an_arc(modules: Modules, name: str, arcs: int) -> None:
    preset = PRESETS[name]
    net = network_payload(preset.title, preset.network, preset.table().rows)
    assert {len(picture["arcs"]) for picture in modules("network/layout.mjs", LAYOUT, [net, BOXES[:2]])} == {arcs}


def themes() -> dict[str, dict[str, str]]:
    """The colours of both themes, as the network's style sheet has them."""
    css = (STATIC / "network" / "page.css").read_text().split("}")[0]
    pairs = re.findall(r"--cv-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)
    return {"light": {name: light for name, light, _ in pairs}, "dark": {name: dark for name, _, dark in pairs}}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_and_numbers_stand_out_by_four_and_a_half_to_one(theme: str) -> None:
    colours = {name: channels(colour) for name, colour in themes()[theme].items()}
    for words in ("ink", "faint", "slate", "kernel-text", "input-text", "output-text", "here-text"):
        for ground in ("paper", "card", "tint"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
    assert contrast(colours["on-kernel"], channels("#e69f00")) >= 4.5
    assert contrast(colours["paper"], colours["slate"]) >= 4.5


def test_the_colours_are_those_of_the_stage() -> None:
    css = (STATIC / "stage.css").read_text()
    light, dark = (dict(re.findall(r"--cv-([\w-]+): (#[0-9a-f]{6});", block)) for block in css.split("}")[:2])
    shared = set(light) & set(themes()["light"])
    assert {"ink", "paper", "input", "output", "here", "kernel-text"} <= shared
    for name in shared:
        assert themes()["light"][name] == light[name], name
        assert themes()["dark"][name] == dark.get(name, light[name]), name
