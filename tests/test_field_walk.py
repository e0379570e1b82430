"""The browser walks the same relations as the core: every way counted, along an axis and over two, down and up."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from convviz.network import INPUT, PRESETS, STACKS, LayerTable, Network, downwards, partial, sizes_of, upwards
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
    network = Network(network.input_shape, network.layers[: [layer.name for layer in network.layers].index(last) + 1])
    unit = tuple(size // 2 for size in sizes_of(table, last))
    middle = tuple(size // 2 for size in network.input_shape[1:])
    ask(modules, [(network, last, unit, 0), (network, INPUT, middle, len(unit) - 1)])
