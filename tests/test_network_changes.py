"""Editing a network: what was read goes on being read, what is impossible is kept and explained."""

import pytest

from convviz.network import (
    KINDS,
    PRESETS,
    Add,
    BatchNorm,
    Concat,
    Convolution,
    Dense,
    Flatten,
    Layer,
    Network,
    Pooling,
    Upsampling,
    changes,
    kind_of,
    partial,
)

CHAIN = Network(
    (1, 8, 8),
    (
        Layer("conv1", Convolution(4, 3, padding=1)),
        Layer("pool1", Pooling(2)),
        Layer("flatten", Flatten()),
        Layer("dense1", Dense(10)),
    ),
)
SKIP = Network(
    (2, 8, 8),
    (
        Layer("conv1", Convolution(2, 3, padding=1)),
        Layer("conv2", Convolution(2, 3, padding=1)),
        Layer("side", Convolution(2, 1), ("conv1",)),
        Layer("norm", BatchNorm()),
        Layer("add", Add(), ("conv2", "norm")),
    ),
)


def names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def inputs(network: Network, name: str) -> tuple[str, ...]:
    return next(layer.inputs for layer in network.layers if layer.name == name)


def shapes(network: Network) -> list[tuple[int, ...]]:
    return [row.output_shape for row in network.table()]


def test_every_setting_of_every_kind_reads_what_it_writes():
    for kind in KINDS.values():
        for setting in kind.settings:
            value = getattr(kind.example, setting.name)
            assert setting.read(setting.write(value)) == value, (kind.name, setting.name)


def test_every_setting_is_one_of_its_operation_and_every_kind_works_somewhere():
    for kind in KINDS.values():
        assert all(hasattr(kind.example, setting.name) for setting in kind.settings)
        assert kind_of(kind.example) is kind
        longer, name = changes.added(CHAIN, "conv1", kind.name)
        rows, error = partial(longer)
        assert name in names(longer)
        assert [row.name for row in rows][: 2 if error is None else 1][0] == "conv1"


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        ("kernel_size", "5", 5),
        ("kernel_size", "5x3", (5, 3)),
        ("kernel_size", " 5 × 3 ", (5, 3)),
        ("kernel_size", "5, 3", (5, 3)),
        ("padding", "same", "same"),
        ("bias", "no", False),
        ("padding_mode", "reflect", "reflect"),
        ("in_channels", "", None),
        ("in_channels", "3", 3),
    ],
)
def test_what_is_typed_is_taken(setting, text, value):
    operation = changes.changed(CHAIN, "conv1", setting, text).layers[0].operation
    assert getattr(operation, setting) == value


@pytest.mark.parametrize(
    ("setting", "text", "words"),
    [
        ("kernel_size", "big", '"big" is no whole number from 0 to 1,000,000, nor one an axis like 3×5'),
        ("kernel_size", "-1", '"-1" is no whole number'),
        ("out_channels", "1000001", '"1000001" is no whole number from 0 to 1,000,000'),
        ("out_channels", "99999999999999999999", "is no whole number"),
        ("out_channels", "٣", "is no whole number"),
        ("padding_mode", "mirror", "is none of zeros, reflect, replicate, circular"),
        ("bias", "perhaps", "is neither yes nor no"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(setting, text, words):
    with pytest.raises(ValueError, match=setting) as caught:
        changes.changed(CHAIN, "conv1", setting, text)
    assert words in str(caught.value)


def test_a_size_and_a_factor_never_stand_together():
    up = Network((1, 4, 4), (Layer("up", Upsampling(2)),))
    sized = changes.changed(up, "up", "size", "7")
    assert shapes(sized) == [(1, 7, 7)]
    assert shapes(changes.changed(sized, "up", "scale_factor", "3")) == [(1, 12, 12)]


def test_another_function_forgets_the_options_of_the_one_before():
    leaky = changes.changed(changes.added(CHAIN, "conv1", "activation")[0], "relu1", "function", "LeakyReLU")
    sloped = changes.changed(leaky, "relu1", "options", "negative_slope=0.2")
    assert sloped.layers[1].operation.options == (("negative_slope", 0.2),)
    assert changes.changed(sloped, "relu1", "function", "Tanh").layers[1].operation.options == ()


def test_a_new_name_is_heard_wherever_the_old_one_was_read():
    renamed = changes.renamed(SKIP, "conv1", "stem")
    assert inputs(renamed, "side") == ("stem",)
    assert shapes(renamed) == shapes(SKIP)
    with pytest.raises(ValueError, match='"add" is taken'):
        changes.renamed(SKIP, "conv1", "add")
    with pytest.raises(ValueError, match='"input" is taken'):
        changes.renamed(SKIP, "conv1", "input")


def test_an_added_layer_stands_in_the_way_of_what_follows():
    longer, name = changes.added(SKIP, "norm", "activation")
    assert (name, inputs(longer, "add")) == ("relu1", ("conv2", "relu1"))
    # conv1 is read by the one below and, around it, by side: only the way down changes
    longer, name = changes.added(SKIP, "conv1", "convolution")
    assert (name, inputs(longer, "side")) == ("conv3", ("conv1",))
    assert longer.table().row("conv2").inputs == ("conv3",)


def test_a_layer_is_added_above_all_and_to_nothing():
    assert names(changes.added(CHAIN, "input", "batch_norm")[0])[0] == "norm1"
    assert names(changes.added(Network((3, 8, 8)), "input", "convolution")[0]) == ["conv1"]


def test_a_skip_that_is_added_skips_the_layer_above_it():
    longer, name = changes.added(CHAIN, "conv1", "concat")
    assert inputs(longer, name) == ("conv1", "input")
    assert longer.table().row(name).output_shape == (5, 8, 8)


def test_a_double_reads_what_it_doubles():
    twice, name = changes.duplicated(CHAIN, "conv1")
    assert (name, names(twice)[:2]) == ("conv2", ["conv1", "conv2"])
    assert twice.table().row("conv2").inputs == ("conv1",)
    joined, name = changes.duplicated(SKIP, "add")
    assert inputs(joined, name) == ("conv2", "norm")


def test_what_read_a_removed_layer_reads_what_it_read():
    shorter = changes.removed(SKIP, "norm")
    assert inputs(shorter, "add") == ("conv2", "side")
    shorter = changes.removed(SKIP, "side")  # norm stands below it, and read it without a name
    assert inputs(shorter, "norm") == ("conv1",)
    shorter = changes.removed(SKIP, "conv1")
    assert inputs(shorter, "side") == ("input",)
    assert names(changes.removed(Network((4,), (Layer("dense1", Dense(2)),)), "dense1")) == []


def test_any_layer_of_any_preset_can_be_removed_and_doubled_without_losing_the_others():
    for name in ("lenet5", "resnet18", "unet", "stack"):
        network = PRESETS[name].network
        for layer in network.layers:
            left = changes.removed(network, layer.name)
            known = {"input", *names(left)}
            assert layer.name not in known
            assert all(set(other.inputs) <= known for other in left.layers)
            twice, new = changes.duplicated(network, layer.name)
            assert len(twice.layers) == len(network.layers) + 1 == len(set(names(twice)))
            assert names(changes.removed(twice, new)) == names(network)


def test_moving_goes_anywhere_and_back():
    moved = changes.moved(CHAIN, "conv1", 2)
    assert names(moved) == ["pool1", "flatten", "conv1", "dense1"]
    assert changes.moved(moved, "conv1", 0) == CHAIN
    assert names(changes.moved(CHAIN, "conv1", 99))[-1] == "conv1"
    _, error = partial(moved)
    assert error
    assert "move it above the flatten" in str(error)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        # a flatten is put in front, and reads what the dense layer read
        (Network((2, 4, 4), (Layer("a", Convolution(2, 3)), Layer("d", Dense(5), ("input",)))), [(2, 2, 2), (32,), (5,)]),
        # a declared number gives way
        (Network((2, 4, 4), (Layer("a", Convolution(2, 3, in_channels=9)),)), [(2, 2, 2)]),
        # a kernel that is too large, on one axis only
        (Network((1, 4, 9), (Layer("a", Convolution(1, 5)),)), [(1, 1, 5)]),
        # sizes that differ are cropped
        (
            Network((1, 8, 8), (Layer("a", Convolution(1, 3)), Layer("c", Concat(), ("a", "input")))),
            [(1, 6, 6), (2, 6, 6)],
        ),
        # a name that stands twice
        (Network((4,), (Layer("a", Dense(3)), Layer("a", Dense(2)))), [(3,), (2,)]),
        # a layer that reads one further down
        (Network((4,), (Layer("a", Dense(3), ("b",)), Layer("b", Dense(2)))), [(3,), (2,)]),
    ],
)
def test_the_way_out_leads_on(network, expected):
    _, error = partial(network)
    assert error
    assert shapes(changes.mended(network, error)) == expected


def test_declared_numbers_follow_once_they_fit():
    declared = Network((1, 8, 8), (Layer("a", Convolution(4, 3, in_channels=1)), Layer("b", BatchNorm(num_features=4))))
    followed = changes.following(declared)
    assert shapes(followed) == shapes(declared)
    assert shapes(changes.changed(followed, "a", "out_channels", "6")) == [(6, 6, 6), (6, 6, 6)]
