"""The browser walks the same relations as the core: every way counted, along an axis and over two, down and up."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from convviz.geometry import Place
from convviz.network import (
    INPUT,
    PRESETS,
    STACKS,
    Convolution,
    Layer,
    LayerTable,
    Network,
    Pooling,
    downwards,
    partial,
    sizes_of,
    upwards,
)
from convviz.receptive_field import Paths
from convviz.ui.receptive_field.payload import field_payload, station_name, stations_of
from tests.conftest import Modules
from tests.random_networks import small_network

SPREAD = """
    const { readAlong, reachedAlong, readOver, reachedOver } = m;
    const lists = (found) => found.map((ways) => ways && Array.from(ways));
    return a.map(({ field, along, at, unit, axes, top }) => ({
        read: lists(readAlong(field, along, at, unit[along])),
        reached: lists(reachedAlong(field, along, at, unit[along])),
        over: axes && Array.from(readOver(field, axes, at, unit).ways),
        above: axes && Array.from(reachedOver(field, axes, at, unit, top).ways),
    }));
"""


def line_of(network: Network, along: int) -> Network:
    """The network along one axis alone: what else is there neither adds nor takes away ways."""
    kept = []
    for layer in network.layers:
        changes = {
            name: (value[along],)
            for name, value in vars(layer.operation).items()
            if isinstance(value, tuple) and name != "options"
        }
        kept.append(type(layer)(layer.name, type(layer.operation)(**{**vars(layer.operation), **changes}), layer.inputs))
    return Network((network.input_shape[0], network.input_shape[1 + along]), tuple(kept))


def question(network: Network, layer: str, unit: tuple[int, ...], along: int) -> dict[str, Any]:
    field = field_payload(network)
    names = [station["name"] for station in field["stations"]]
    table = LayerTable(network.input_shape, partial(network)[0])
    axes = [len(unit) - 2, len(unit) - 1] if len(unit) > 1 else None
    return {
        "field": field,
        "along": along,
        "at": names.index(station_name(table, layer)),
        "unit": unit,
        "axes": axes,
        "top": len(names) - 1,
    }


def ways(found: Mapping[str, Paths], name: str, sizes: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return found[name].over(sizes) if name in found else np.zeros(sizes)


def check(asked: tuple[Network, str, tuple[int, ...], int], said: dict[str, Any]) -> None:
    network, layer, unit, along = asked
    table = LayerTable(network.input_shape, partial(network)[0])
    names = [station.name for station in stations_of(table)]
    line = line_of(network, along).table()
    for found, key in ((downwards, "read"), (upwards, "reached")):
        expected = found(line, layer, (unit[along],))
        for name, seen in zip(names, said[key], strict=True):
            sizes = sizes_of(line, name)
            assert np.allclose(np.zeros(sizes) if seen is None else seen, ways(expected, name, sizes), rtol=1e-12), (key, name)
    if said["over"] is not None:
        sizes = sizes_of(table, INPUT)
        assert np.allclose(np.reshape(said["over"], sizes), ways(downwards(table, layer, unit), INPUT, sizes), rtol=1e-12)
        top = names[-1]
        sizes = sizes_of(table, top)
        assert np.allclose(np.reshape(said["above"], sizes), ways(upwards(table, layer, unit), top, sizes), rtol=1e-12)


def ask(modules: Modules, questions: list[tuple[Network, str, tuple[int, ...], int]]) -> None:
    answers = modules("field/walk.mjs", SPREAD, [question(*asked) for asked in questions])
    for asked, said in zip(questions, answers, strict=True):
        check(asked, said)


def test_random_networks_are_walked_as_the_core_walks_them(modules: Modules) -> None:
    questions = []
    for seed in range(300):
        network = small_network(seed)
        rows, _ = partial(network)
        if not rows:
            continue
        network = Network(network.input_shape, network.layers[: len(rows)])
        rng = random.Random(f"walk {seed}")  # noqa: S311 - the same each time
        table = LayerTable(network.input_shape, rows)
        stations = [station.name for station in stations_of(table)]
        layer = rng.choice(stations)
        unit = tuple(rng.randrange(size) for size in sizes_of(table, layer))
        questions.append((network, layer, unit, rng.randrange(len(unit))))
    assert len(questions) > 280
    assert sum(len(network.input_shape) > 2 for network, *_ in questions) > 60
    ask(modules, questions)


@pytest.mark.parametrize("name", [*STACKS, "lenet5", "alexnet", "resnet18", "seven5x5"])
def test_presets_are_walked_as_the_core_walks_them(modules: Modules, name: str) -> None:
    network = ({**STACKS, **PRESETS})[name].network
    table = network.table()
    last = [row.name for row in table if row.reaches != "all"][-1]
    unit = tuple(size // 2 for size in sizes_of(table, last))
    middle = tuple(size // 2 for size in network.input_shape[1:])
    ask(modules, [(network, last, unit, 0), (network, INPUT, middle, len(unit) - 1)])


def test_a_flat_unit_sees_what_the_core_says(modules: Modules) -> None:
    network = PRESETS["lenet5"].network
    table = network.table()
    field = field_payload(network)
    names = [station["name"] for station in field["stations"]]
    body = "return a.flats.map((at) => Array.from(m.readOver(a.field, [0, 1], at, []).ways));"
    flats = [index for index, station in enumerate(field["stations"]) if not station["sizes"]]
    assert len(flats) == 4
    for at, seen in zip(flats, modules("field/walk.mjs", body, {"field": field, "flats": flats}), strict=True):
        expected = downwards(table, names[at], ())[INPUT].over((28, 28))
        assert np.allclose(np.reshape(seen, (28, 28)), expected, rtol=1e-12)


MARKS = """
    return a.map(({ field, along, at, unit }) => {
        const { marks, read } = m.marksAlong(field, along, at, unit[along]);
        return marks.map((each) => [...each]);
    });
"""


def places(network: Network, layer: str, unit: int, place: Place) -> dict[str, set[int]]:
    """By station: positions beyond it that a unit on the way reads directly and that are such a place, by the tables."""
    table = network.table()
    paths = downwards(table, layer, (unit,))
    found: dict[str, set[int]] = {name: set() for name in [INPUT, *(row.name for row in table)]}
    for row in table:
        if row.name not in paths or not row.effect.axes:
            continue
        (axis,) = row.effect.axes
        sent = axis.table()
        lit = paths[row.name].over(sizes_of(table, row.name)) > 0
        beyond = (sent.places == place) & ((sent.positions < 0) | (sent.positions >= axis.input_size))
        found[row.inputs[0]] |= set(sent.positions[lit[:, None] & beyond].tolist())
    return found


def marked(marks: list[list[Any]], kind: str) -> list[set[int]]:
    return [{position for position, mark in station if mark == kind} for station in marks]


CHAINS = {
    "strided, then dilated": (line_of(STACKS["strided_dilated"].network, 0), "conv3", 3),
    "the last window hangs over": (
        Network((1, 8), (Layer("conv", Convolution(1, 3, padding=1)), Layer("pool", Pooling(3, 3, 1, ceil_mode=True)))),
        "pool",
        2,
    ),
    "at both ends": (
        Network((1, 3), (Layer("a", Convolution(1, 3, padding=1)), Layer("b", Convolution(1, 5, padding=2)))),
        "b",
        1,
    ),
    "padding within the network": (
        Network((1, 8), (Layer("a", Convolution(1, 3, 3)), Layer("b", Convolution(1, 3, padding=1)))),
        "b",
        1,
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_every_position_is_marked_for_what_it_is(modules: Modules, name: str) -> None:
    """Read: by the core. Padding and overhang: by the tables. Hole: inside and not read. Beyond: the rest of the hull."""
    network, layer, unit = CHAINS[name]
    table = network.table()
    names = [station.name for station in stations_of(table)]
    (marks,) = modules("field/walk.mjs", MARKS, [question(network, layer, (unit,), 0)])
    paths = downwards(table, layer, (unit,))
    padding, overhang = (places(network, layer, unit, place) for place in (Place.PADDING, Place.OVERHANG))
    read, holes, beyond = (marked(marks, kind) for kind in ("read", "hole", "beyond"))
    for index, station in enumerate(names):
        size = sizes_of(table, station)[0]
        counts = ways(paths, station, (size,))
        assert read[index] == set(np.flatnonzero(counts).tolist())
        assert marked(marks, "padding")[index] == padding[station]
        assert marked(marks, "overhang")[index] == overhang[station]
        assert all(0 <= position < size and not counts[position] for position in holes[index])
        assert all(not 0 <= position < size for position in beyond[index])
    first, last = table.row(layer).reaches[0].of(unit)
    hull = read[0] | holes[0] | beyond[0] | padding[INPUT] | overhang[INPUT]
    assert (min(hull), max(hull)) == (first, last)


def test_what_only_padding_would_read_is_a_hole(modules: Modules) -> None:
    """Cells 6 and 7 are thrown away by the first layer's floor; only the padded unit behind its last would see them."""
    network, layer, unit = CHAINS["padding within the network"]
    (marks,) = modules("field/walk.mjs", MARKS, [question(network, layer, (unit,), 0)])
    assert (marked(marks, "read")[0], marked(marks, "hole")[0], marked(marks, "beyond")[0]) == ({0, 1, 2, 3, 4, 5}, {6, 7}, {8})


def test_spans_are_those_of_the_core(modules: Modules) -> None:
    asked, expected = [], []
    for seed in range(200):
        for row in partial(small_network(seed))[0]:
            for reach, size in zip(row.reaches, row.output_shape[1:], strict=True):
                units = list(range(-2, min(size, 40) + 2))
                asked.append({"reach": {"shift": reach.shift, "spans": reach.spans}, "units": units})
                expected.append([reach.of(unit) and list(reach.of(unit)) for unit in units])
    body = "return a.map(({ reach, units }) => units.map((unit) => m.spanOf(reach, unit)));"
    assert modules("field/relation.mjs", body, asked) == expected


ROUND_TRIP = """
    for (const station of a.stations) station.reach &&= station.reach.map((index) => a.reaches[index]);
    const layout = m.layOut(a, 0, { width: 1000, height: 500, foot: 52 }, [0, a.stations[0].sizes[0] - 1]);
    return a.stations.map((station, at) =>
        Array.from({ length: station.sizes[0] ?? 1 }, (_, unit) => {
            const { middle, y, height } = m.boxOf(layout, at, unit);
            const found = m.unitAt(layout, middle, y + height / 2);
            return found && found.at === at && found.unit === unit;
        }),
    );
"""


@pytest.mark.parametrize("name", ["strided_dilated", "phases", "lenet5", "vgg16", "densenet121", "unet"])
def test_what_is_pointed_at_is_what_stands_there(modules: Modules, name: str) -> None:
    found = modules("field/layout.mjs", ROUND_TRIP, field_payload(({**STACKS, **PRESETS})[name].network))
    assert all(all(units) for units in found)
    assert sum(map(len, found)) > 20
