"""Who touches whom along an axis: against torch cell by cell, by laws, and regime by regime.

The exhaustive tests feed impulses: the identity matrix as a batch gives the whole linear map, inputs × outputs. The kernels
are powers of 2, so a number in it tells which taps of an output read an input, and float64 holds it exactly.
"""

import pickle
import re
from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional

from convviz import AdaptiveAxis, Axis, GeometryError, Place, TransposedAxis, convolution
from convviz.geometry import NAMED_PADDINGS, NOTHING, PADDING_MODES, Table, named_padding, unread
from tests.counted import counted
from tests.reference import PAD_MODES, REFUSALS, TWINS

NAMES = ("input_size", "kernel_size", "stride", "before", "after", "dilation")
SPACE = tuple(product(range(1, 11), range(1, 6), range(1, 5), range(4), range(4), range(1, 5)))
FLIPS = (False, True)
CONFIGURATIONS = len(SPACE) * len(PADDING_MODES) * len(FLIPS)


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Tensors of a few cells: threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def powers(kernel_size):
    return 2.0 ** np.arange(kernel_size)


def impulses(size):
    return torch.eye(size, dtype=torch.float64)[:, None]


def kernels(kernel_size):
    """As it is, and turned round: two output channels."""
    kernel = torch.from_numpy(powers(kernel_size))
    return torch.stack([kernel, kernel.flip(0)])[:, None]


def refusal(call, *arguments, **options):
    with pytest.raises(GeometryError) as caught:
        call(*arguments, **options)
    return caught.value


def linear_map(table, size, kernel):
    """Inputs × outputs: the sum of the taps through which they meet."""
    outputs, _ = table.reads.shape
    matrix = np.zeros((size + 1, outputs))
    np.add.at(matrix, (table.reads, np.arange(outputs)[:, None]), kernel)  # NOTHING is -1: the row behind the last
    return matrix[:size]


def relation(table, size):
    """Outputs × taps × inputs: who reads whom through what."""
    return table.reads[..., None] == np.arange(size)


def same_array(ours, theirs):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert (ours == theirs).all(), f"{ours}\nis not\n{theirs}"


# --- One axis of a convolution: every configuration -----------------------------------------------------------------------


def torch_maps(setting, padding_mode):
    """(flip, input, output): torch's linear maps."""
    size, kernel_size, stride, before, after, dilation = setting
    padded = functional.pad(impulses(size), (before, after), mode=PAD_MODES[padding_mode])
    return functional.conv1d(padded, kernels(kernel_size), stride=stride, dilation=dilation).permute(1, 0, 2).numpy()


def objection(call, *arguments, **options):
    """What torch says against it, empty if nothing."""
    try:
        call(*arguments, **options)
    except RuntimeError as error:
        return str(error)
    return ""


def torch_objects_to(setting, padding_mode):
    """The parameter that torch's message is about; the kernel is asked first, then the side that comes first."""
    size, _, _, before, after, _ = setting
    if message := objection(torch_maps, setting, "zeros"):
        assert "Kernel size can't be greater than actual input size" in message
        return "kernel_size"
    for side, cells in (("before", (before, 0)), ("after", (0, after))):
        if message := objection(functional.pad, impulses(size), cells, mode=PAD_MODES[padding_mode]):
            assert "Padding size should be less" in message or "wrapping around more than once" in message
            return side
    return None


def our_map(setting, padding_mode, flip):
    """The same through the library, each impulse in a group of its own."""
    size, kernel_size, stride, before, after, dilation = setting
    options = {"stride": stride, "padding": [(before, after)], "dilation": dilation, "padding_mode": padding_mode}
    weight = np.tile(powers(kernel_size), (size, 1, 1))
    return convolution(np.eye(size), weight, groups=size, flip=flip, **options).output


def agrees_on_places(setting, table):
    """Slide taps of one cell over the coordinates, and over a 1 for every cell of the input."""
    size, kernel_size, stride, before, after, dilation = setting
    coordinates = torch.arange(-before, size + after, dtype=torch.float64)
    inside = functional.pad(torch.ones(size, dtype=torch.float64), (before, after))
    lines = torch.stack([coordinates, inside])[:, None]
    positions, inside = functional.conv1d(lines, impulses(kernel_size), stride=stride, dilation=dilation).numpy()
    same_array(table.positions.T, positions)
    same_array(table.places.T, np.where(inside, Place.INPUT, Place.PADDING))


def agrees_on_values(setting, padding_mode, expected):
    """Size, windows and values; returns how many configurations that were: one for each flip."""
    size, kernel_size, *_ = setting
    axis = Axis(*setting)
    table = axis.table(padding_mode)
    assert axis.output_size == len(table.reads) == expected.shape[-1]
    agrees_on_places(setting, table)
    for flip, theirs in zip(FLIPS, expected, strict=True):
        kernel = powers(kernel_size)[::-1] if flip else powers(kernel_size)
        same_array(linear_map(table, size, kernel), theirs)
        same_array(our_map(setting, padding_mode, flip), theirs)
    return len(expected)


def is_legal(settings, padding_mode="zeros"):
    try:
        Axis(**settings).table(padding_mode)
    except GeometryError:
        return False
    return True


def ways_out(settings, message):
    """(settings that the message promises to work, settings one short of them)."""
    for words, name, direction in (
        (r"add (\d+) padding", "after", 1),
        (r"lower dilation to (\d+)", "dilation", -1),
        (r"kernel to (\d+)", "kernel_size", -1),
    ):
        for number in map(int, re.findall(words, message)):
            value = settings[name] + number if direction > 0 else number
            yield {**settings, name: value}, {**settings, name: value - direction}


def is_a_way_out(settings, error):
    """The remedy, the limit and every number in a message about a kernel too wide are true, and none asks too much."""
    assert error.parameter == "kernel_size"
    assert is_legal({**settings, **error.remedy})
    promises = list(ways_out(settings, str(error)))
    assert len(promises) == (3 if "dilation" in error.remedy else 2)
    assert all(is_legal(enough) and not is_legal(short) for enough, short in promises)
    assert {**settings, "kernel_size": error.limit} in [enough for enough, _ in promises]


def fills_after_all(settings, padding_mode, error):
    """The remedy of a padding that cannot be filled, and its limit, are true."""
    assert error.remedy == {"padding_mode": "zeros"}
    assert is_legal(settings, error.remedy["padding_mode"])
    least = {"input_size": settings["input_size"], "kernel_size": 1}
    assert is_legal({**least, error.parameter: error.limit}, padding_mode)
    assert not is_legal({**least, error.parameter: error.limit + 1}, padding_mode)


def agrees_on_refusal(setting, padding_mode):
    """Refused for torch's reason, by the axis and by the library, with ways out that help."""
    error = refusal(lambda: Axis(*setting).table(padding_mode))
    settings = dict(zip(NAMES, setting, strict=True))
    assert error.parameter == torch_objects_to(setting, padding_mode)
    assert error.value == settings[error.parameter] > error.limit
    if error.parameter == "kernel_size":
        is_a_way_out(settings, error)
    else:
        fills_after_all(settings, padding_mode, error)
    for flip in FLIPS:
        through = refusal(our_map, setting, padding_mode, flip)
        assert (str(through), through.parameter, through.axis) == (str(error), error.parameter, 0)
    return len(FLIPS)


def compare_with_torch(padding_mode):
    counts = Counter()
    for setting in SPACE:
        try:
            expected = torch_maps(setting, padding_mode)
        except RuntimeError:
            counts["refused"] += agrees_on_refusal(setting, padding_mode)
        else:
            counts["computed"] += agrees_on_values(setting, padding_mode, expected)
    return counts


@pytest.mark.parametrize(
    ("padding_mode", "computed", "refused"),
    [("zeros", 18_552, 7_048), ("reflect", 15_504, 10_096), ("replicate", 18_552, 7_048), ("circular", 16_840, 8_760)],
)
def test_every_axis_has_the_size_windows_and_values_of_torch_or_its_refusal(padding_mode, computed, refused):
    counts = counted("convolution", "one axis, every one", compare_with_torch(padding_mode))
    assert counts == {"computed": computed, "refused": refused}
    assert computed + refused == CONFIGURATIONS // len(PADDING_MODES)


def test_the_exhaustive_comparison_spans_a_hundred_thousand_configurations():
    assert len(set(SPACE)) == len(SPACE)
    assert set(PADDING_MODES) == set(PAD_MODES)
    assert CONFIGURATIONS == 102_400


# --- Several axes that differ in everything -------------------------------------------------------------------------------


def mixed_axes(dimension, count):
    """Settings from all over the space, no two axes of one agreeing in anything."""
    generator = np.random.default_rng(dimension)
    while count:
        axes = [SPACE[index] for index in generator.integers(len(SPACE), size=dimension)]
        if all(len(set(column)) == dimension for column in zip(*axes, strict=True)):
            yield axes
            count -= 1


def mixed_case(axes, seed):
    """Arguments with channels, groups, bias, mode and flip that go through all their combinations."""
    generator = np.random.default_rng(seed)
    sizes, kernel_sizes, strides, befores, afters, dilations = zip(*axes, strict=True)
    groups, per_group, filters = (1, 2, 3)[seed % 3], (1, 2)[seed // 3 % 2], (1, 2)[seed // 6 % 2]
    x = generator.integers(-9, 10, (groups * per_group, *sizes))
    weight = generator.integers(-9, 10, (groups * filters, per_group, *kernel_sizes))
    options = {
        "bias": generator.integers(-9, 10, groups * filters) if seed // 12 % 2 else None,
        "stride": strides,
        "padding": tuple(zip(befores, afters, strict=True)),
        "dilation": dilations,
        "groups": groups,
        "padding_mode": PADDING_MODES[seed // 24 % 4],
        "flip": bool(seed // 96 % 2),
    }
    return x, weight, options


def agrees_with_twin(axes, seed):
    x, weight, options = mixed_case(axes, seed)
    try:
        expected = TWINS["convolution"](x, weight, **options).numpy()
    except REFUSALS:
        blamed = [index for index, axis in enumerate(axes) if objection(torch_maps, axis, options["padding_mode"])]
        assert refusal(convolution, x, weight, **options).axis == blamed[0]
        return "refused"
    same_array(convolution(x, weight, **options).output, expected)
    return "computed"


@pytest.mark.parametrize(
    ("dimension", "computed", "refused"),
    [(1, 400, 200), (2, 2_606, 3_394), (3, 530, 1_470)],
)
def test_axes_that_differ_in_everything_are_not_mistaken_for_each_other(dimension, computed, refused):
    settings = mixed_axes(dimension, computed + refused)
    counts = Counter(agrees_with_twin(axes, seed) for seed, axes in enumerate(settings))
    assert counted("convolution", "axes that differ in everything", counts) == {"computed": computed, "refused": refused}


# --- Transposed ----------------------------------------------------------------------------------------------------------


def is_adjoint(setting):
    axis = Axis(*setting)
    backwards = TransposedAxis(axis.output_size, *setting[1:], output_padding=axis.leftover)
    assert backwards.output_size == axis.input_size
    pairs = relation(axis.table(), axis.input_size)
    same_array(relation(backwards.table(), axis.output_size).transpose(2, 1, 0), pairs)
    return int(pairs.sum())


def test_a_transposed_axis_is_the_adjoint_of_its_axis():
    legal = [setting for setting in SPACE if setting[0] + setting[3] + setting[4] > setting[5] * (setting[1] - 1)]
    assert (len(legal), sum(map(is_adjoint, legal))) == (9_276, 51_851)


TRANSPOSED_SPACE = tuple(product(range(1, 6), range(1, 5), range(1, 4), range(4), range(1, 4), range(4)))


def transposed_axis(setting):
    size, kernel_size, stride, padding, dilation, output_padding = setting
    return TransposedAxis(size, kernel_size, stride, padding, padding, dilation, output_padding)


def compare_transposed(setting):
    size, kernel_size, stride, padding, dilation, output_padding = setting
    options = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    try:
        expected = functional.conv_transpose1d(impulses(size), kernels(kernel_size)[:1], **options)[:, 0].numpy()
    except RuntimeError as reason:
        return agrees_on_transposed_refusal(setting, str(reason))
    axis = transposed_axis(setting)
    assert axis.output_size == expected.shape[-1]
    same_array(linear_map(axis.table(), size, powers(kernel_size)), expected)
    draws_the_spread_input(axis)
    return "computed"


def agrees_on_transposed_refusal(setting, reason):
    parameter = refusal(transposed_axis, setting).parameter
    assert {"output_padding": "output padding must be smaller", "after": "Output size is too small"}[parameter] in reason
    return parameter


def draws_the_spread_input(axis):
    """Insert zeros between the cells and around them: the taps, turned round, slide over that."""
    table = axis.table()
    spread = np.zeros((axis.input_size - 1) * axis.stride + 1)
    spread[:: axis.stride] = 1 + np.arange(axis.input_size)
    around = 50
    found = np.pad(spread, around)[table.positions + around]
    same_array(np.where(table.reads == NOTHING, 0, table.reads + 1), found)
    beyond = (table.positions < 0) | (table.positions >= len(spread))
    same_array(table.places, np.select([found > 0, beyond], [Place.INPUT, Place.PADDING], Place.HOLE))


def test_every_transposed_axis_is_that_of_torch_or_its_refusal():
    counts = Counter(map(compare_transposed, TRANSPOSED_SPACE))
    assert counts == {"computed": 1_526, "output_padding": 1_120, "after": 234}


def test_what_a_transposed_axis_refuses_works_once_its_remedies_are_applied():
    repaired = Counter()
    for size, kernel_size, stride, before, after, dilation, output_padding in product(
        range(1, 4), range(1, 4), range(1, 4), range(5), range(5), (1, 3), range(4)
    ):
        settings = dict(zip(NAMES, (size, kernel_size, stride, before, after, dilation), strict=True))
        repaired[remedies_needed({**settings, "output_padding": output_padding})] += 1
    # Two: output_padding lowered first, and then the padding cuts everything away.
    assert repaired == {0: 2_212, 1: 2_321, 2: 867}


def remedies_needed(settings, most=2):
    for applied in range(most):
        try:
            TransposedAxis(**settings)
        except GeometryError as error:
            settings = {**settings, **error.remedy}
        else:
            return applied
    assert TransposedAxis(**settings).output_size >= 1
    return most


# --- Adaptive ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output_size", range(1, 11))
@pytest.mark.parametrize("input_size", range(1, 11))
def test_an_adaptive_axis_has_the_windows_of_torch(input_size, output_size):
    table = AdaptiveAxis(input_size, output_size).table()
    expected = functional.adaptive_avg_pool1d(impulses(input_size), output_size)[:, 0].numpy().T
    windows = relation(table, input_size).any(axis=1)
    same_array(windows / windows.sum(axis=1, keepdims=True), expected)
    same_array(table.places, np.where(table.reads == NOTHING, Place.ABSENT, Place.INPUT))
    same_array(table.positions[table.reads != NOTHING], table.reads[table.reads != NOTHING])


# --- ceil_mode -----------------------------------------------------------------------------------------------------------

POOLING_SPACE = tuple(
    (size, kernel_size, stride, padding, padding, dilation, ceil_mode)
    for size, kernel_size, stride, dilation, ceil_mode in product(
        range(1, 13), range(1, 6), range(1, 5), range(1, 4), (False, True)
    )
    for padding in range(kernel_size // 2 + 1)  # torch pools with no more
)


def pooled(pool, setting):
    """Inputs × outputs, for an impulse at each input."""
    size, kernel_size, stride, padding, _, dilation, ceil_mode = setting
    dilated = {} if pool is functional.avg_pool1d else {"dilation": dilation}
    return pool(impulses(size), kernel_size, stride, padding, ceil_mode=ceil_mode, **dilated)[:, 0].numpy()


def compare_pooling(pool, setting):
    try:
        expected = pooled(pool, setting).T
    except RuntimeError as reason:
        return agrees_on_pooling_refusal(setting, str(reason))
    axis = Axis(*setting)
    assert axis.output_size == len(expected)
    windows = relation(axis.table(), axis.input_size).any(axis=1)
    if pool is functional.avg_pool1d:
        # The divisor counts the padding, but nothing beyond it.
        windows = windows / (axis.table().places <= Place.PADDING).sum(axis=1, keepdims=True)
    else:
        expected = expected == 1  # the largest is 1 where the window holds the impulse
    same_array(windows, expected)
    return "computed"


def agrees_on_pooling_refusal(setting, reason):
    assert "output size" in reason
    is_a_way_out(dict(zip((*NAMES, "ceil_mode"), setting, strict=True)), refusal(Axis, *setting))
    return "refused"


def test_every_maximum_is_taken_over_the_window_of_torch_floor_or_ceil():
    counts = Counter(compare_pooling(functional.max_pool1d, setting) for setting in POOLING_SPACE)
    assert counts == {"computed": 2_376, "refused": 792}


def test_every_average_is_taken_over_the_window_of_torch_and_divided_by_its_count():
    undilated = [setting for setting in POOLING_SPACE if setting[5] == 1]
    counts = Counter(compare_pooling(functional.avg_pool1d, setting) for setting in undilated)
    assert counts == {"computed": 980, "refused": 76}


@pytest.mark.parametrize(
    ("pool", "setting", "output_size"),
    [
        # The fourth window would start in the padding behind.
        (functional.max_pool1d, (5, 2, 2, 1, 1, 1, True), 3),
        (functional.avg_pool1d, (9, 4, 4, 2, 2, 1, True), 3),
        # The seventeenth would start behind the input, without any padding.
        (functional.max_pool1d, (32, 1, 2, 0, 0, 1, True), 16),
    ],
)
def test_ceil_mode_drops_a_last_window_that_would_start_beyond_the_input(pool, setting, output_size):
    assert compare_pooling(pool, setting) == "computed"
    assert Axis(*setting).output_size == output_size


# --- Paddings by name ----------------------------------------------------------------------------------------------------

LINES = tuple(product(range(1, 9), range(1, 7), range(1, 4)))
"""input_size, kernel_size, dilation"""


def by_name(name, size, kernel_size, dilation=1, stride=1, flip=False):
    before, after = named_padding(name, kernel_size, stride, dilation)
    kernel = powers(kernel_size)[::-1] if flip else powers(kernel_size)
    return linear_map(Axis(size, kernel_size, stride, before, after, dilation).table(), size, kernel)


def twin_by_name(name, size, kernel_size, dilation=1, stride=1):
    """The twin's linear map, impulse by impulse."""
    options = {"padding": name, "dilation": dilation, "stride": stride}
    return np.stack([TWINS["convolution"](line, kernels(kernel_size)[:1], **options)[0] for line in impulses(size)])


@pytest.mark.parametrize("name", NAMED_PADDINGS)
def test_a_padding_by_name_is_that_of_torch_or_its_explicit_twin(name):
    for size, kernel_size, dilation in LINES:
        if name == "valid" and dilation * (kernel_size - 1) >= size:
            continue  # nothing to see: the kernel is too wide
        same_array(by_name(name, size, kernel_size, dilation), twin_by_name(name, size, kernel_size, dilation))


def test_same_keeps_the_size_and_full_shows_every_cell_to_every_tap():
    for size, kernel_size, dilation in LINES:
        assert by_name("same", size, kernel_size, dilation).shape == (size, size)
        assert by_name("same_lower", size, kernel_size, dilation).shape == (size, size)
        assert (by_name("full", size, kernel_size, dilation).sum(axis=1) == powers(kernel_size).sum()).all()


def test_causal_never_reads_ahead():
    for size, kernel_size, dilation in LINES:
        ahead = np.tril(by_name("causal", size, kernel_size, dilation), -1)
        assert ahead.shape == (size, size)
        assert not ahead.any()


def test_same_lower_is_same_seen_in_a_mirror():
    for size, kernel_size, dilation in LINES:
        mirrored = by_name("same", size, kernel_size, dilation, flip=True)[::-1, ::-1]
        same_array(by_name("same_lower", size, kernel_size, dilation), mirrored)


def test_same_halves_differ_only_where_the_total_is_odd():
    agreeing = [line for line in LINES if (by_name("same", *line) == by_name("same_lower", *line)).all()]
    assert (len(agreeing), len(LINES)) == (99, 144)
    for _, kernel_size, dilation in LINES:
        before, after = named_padding("same", kernel_size, dilation=dilation)
        assert after - before == dilation * (kernel_size - 1) % 2


def test_the_lectures_size_formulas_hold_for_the_total_padding_of_same_lower():
    for (size, kernel_size, _), stride in product(LINES, range(1, 6)):
        padding = sum(named_padding("same_lower", kernel_size, stride))
        outputs = by_name("same_lower", size, kernel_size, stride=stride).shape[1]
        assert outputs == (size - kernel_size + padding + stride) // stride == (size + stride - 1) // stride


@pytest.mark.parametrize("stride", [2, 3])
def test_same_with_a_stride_is_refused_by_torch_and_here(stride):
    with pytest.raises(ValueError, match="padding='same' is not supported for strided convolutions"):
        twin_by_name("same", 6, 4, stride=stride)
    assert refusal(by_name, "same", 6, 4, stride=stride).parameter == "padding"


def test_an_even_kernel_under_same_reads_one_cell_more_behind_as_torch_does():
    """A5 of the mission: impulse at 2 of 6, kernel 1 2 3 4."""
    kernel = torch.tensor([[[1.0, 2, 3, 4]]])
    impulse = np.eye(6)[2:3]
    same_array(TWINS["convolution"](impulse, kernel, padding="same"), [[4, 3, 2, 1, 0, 0]])
    same_array(convolution(impulse, kernel, padding="same").output, [[4, 3, 2, 1, 0, 0]])
    same_array(convolution(impulse, kernel, padding="same_lower").output, [[0, 4, 3, 2, 1, 0]])


# --- Regimes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axis", "windows", "leftover", "unread_cells"),
    [
        # divides evenly
        (Axis(5, 3, stride=2), [(0, 1, 2), (2, 3, 4)], 0, []),
        # divides evenly, padded: the middle window alone lies inside
        (Axis(5, 3, stride=2, before=1, after=1), [(0, 1), (1, 2, 3), (3, 4)], 0, []),
        # one left over: the last cell is never read
        (Axis(6, 3, stride=2), [(0, 1, 2), (2, 3, 4)], 1, [5]),
        # one left over, and it is padding
        (Axis(6, 3, stride=2, before=1, after=1), [(0, 1), (1, 2, 3), (3, 4, 5)], 1, []),
        # two left over
        (Axis(7, 2, stride=3), [(0, 1), (3, 4)], 2, [2, 5, 6]),
        # stride beyond kernel: cells between windows are never read
        (Axis(6, 2, stride=3), [(0, 1), (3, 4)], 1, [2, 5]),
        # stride beyond the input: one window
        (Axis(3, 2, stride=5), [(0, 1)], 1, [2]),
        # stride beyond kernel, padding first: the padding decides which cells are read
        (Axis(5, 1, stride=2, before=1), [(), (1,), (3,)], 1, [0, 2, 4]),
        # kernel as wide as the input
        (Axis(3, 3), [(0, 1, 2)], 0, []),
        # kernel wider than the input, padding makes room
        (Axis(2, 4, before=1, after=1), [(0, 1)], 0, []),
        # one cell, one tap
        (Axis(1, 1), [(0,)], 0, []),
        # one tap with a stride: every other cell
        (Axis(4, 1, stride=2), [(0,), (2,)], 1, [1, 3]),
        # padding wider than the kernel: windows wholly in the padding
        (Axis(2, 2, before=3), [(), (), (0,), (0, 1)], 0, []),
        # even kernel, same: the larger half after
        (Axis(4, 4, before=1, after=2), [(0, 1, 2), (0, 1, 2, 3), (1, 2, 3), (2, 3)], 0, []),
        # even kernel, same_lower: the larger half before
        (Axis(4, 4, before=2, after=1), [(0, 1), (0, 1, 2), (0, 1, 2, 3), (1, 2, 3)], 0, []),
        # odd kernel, same: halves agree
        (Axis(3, 3, before=1, after=1), [(0, 1), (0, 1, 2), (1, 2)], 0, []),
        # padded in front only: causal
        (Axis(3, 3, before=2), [(0,), (0, 1), (0, 1, 2)], 0, []),
        # same size under a stride, shifted windows: TensorFlow's (0, 1) ...
        (Axis(6, 3, stride=2, after=1), [(0, 1, 2), (2, 3, 4), (4, 5)], 0, []),
        # ... and padding 1 of torch is the case of one left over in the padding, above
        # full
        (Axis(2, 3, before=2, after=2), [(0,), (0, 1), (0, 1), (1,)], 0, []),
        # dilation leaves holes that the next windows fill
        (Axis(6, 3, dilation=2), [(0, 2, 4), (1, 3, 5)], 0, []),
        # dilation and stride share a factor: every other cell is never read
        (Axis(7, 2, stride=2, dilation=2), [(0, 2), (2, 4), (4, 6)], 0, [1, 3, 5]),
        # dilation beyond the input: only padding is hit beside the middle
        (Axis(2, 3, before=3, after=3, dilation=3), [(0,), (1,)], 0, []),
        # dilation of one tap means nothing
        (Axis(3, 1, dilation=9), [(0,), (1,), (2,)], 0, []),
        # ceil_mode adds a window that hangs over
        (Axis(5, 2, stride=2, ceil_mode=True), [(0, 1), (2, 3), (4,)], 1, []),
        # ceil_mode adds none where the stride divides
        (Axis(6, 2, stride=2, ceil_mode=True), [(0, 1), (2, 3), (4, 5)], 0, []),
        # ceil_mode drops the window that would start in the padding behind
        (Axis(5, 2, stride=2, before=1, after=1, ceil_mode=True), [(0,), (1, 2), (3, 4)], 1, []),
        # ceil_mode lets a kernel too wide hang over
        (Axis(3, 4, stride=2, ceil_mode=True), [(0, 1, 2)], 1, []),
    ],
)
def test_regime(axis, windows, leftover, unread_cells):
    assert [axis.reads(output) for output in range(axis.output_size)] == windows
    assert axis.leftover == leftover
    assert np.flatnonzero(unread(axis.table(), axis.input_size)).tolist() == unread_cells


@pytest.mark.parametrize(
    ("padding_mode", "reads"),
    [
        ("zeros", [NOTHING, NOTHING, 0, 1, 2, 3, NOTHING, NOTHING]),
        # the edge itself is not repeated
        ("reflect", [2, 1, 0, 1, 2, 3, 2, 1]),
        ("replicate", [0, 0, 0, 1, 2, 3, 3, 3]),
        ("circular", [2, 3, 0, 1, 2, 3, 0, 1]),
    ],
)
def test_a_padding_mode_says_which_cell_stands_in(padding_mode, reads):
    table = Axis(4, 1, before=2, after=2).table(padding_mode)
    assert table.reads.ravel().tolist() == reads
    assert table.positions.ravel().tolist() == list(range(-2, 6))
    assert table.places.ravel().tolist() == [Place.PADDING] * 2 + [Place.INPUT] * 4 + [Place.PADDING] * 2


def test_the_overhang_reads_nothing_in_any_mode_while_the_padding_before_it_is_filled():
    axis = Axis(4, 3, stride=2, before=0, after=1, ceil_mode=True)
    tighter = Axis(4, 3, stride=3, before=0, after=1, ceil_mode=True)
    assert axis.table().places[-1].tolist() == [Place.INPUT, Place.INPUT, Place.PADDING]
    for padding_mode, stand_in in (("zeros", NOTHING), ("reflect", 2), ("replicate", 3), ("circular", 0)):
        table = tighter.table(padding_mode)
        assert table.reads[-1].tolist() == [3, stand_in, NOTHING]
        assert table.places[-1].tolist() == [Place.INPUT, Place.PADDING, Place.OVERHANG]


@pytest.mark.parametrize(
    ("axis", "windows"),
    [
        # phases alternate: two stamps land here, one there
        (TransposedAxis(3, 3, stride=2, before=1, after=1), [(0,), (1, 0), (1,), (2, 1), (2,)]),
        # output_padding chooses the larger of the two sizes that k3 s2 p1 makes of 3
        (TransposedAxis(3, 3, stride=2, before=1, after=1, output_padding=1), [(0,), (1, 0), (1,), (2, 1), (2,), (2,)]),
        # stride beyond kernel: nothing lands between the stamps
        (TransposedAxis(2, 1, stride=3), [(0,), (), (), (1,)]),
        # stride 1: a convolution with the kernel turned round
        (TransposedAxis(2, 3), [(0,), (1, 0), (1, 0), (1,)]),
        # output_padding reaches below dilation, beyond the last stamp
        (TransposedAxis(1, 2, dilation=3, output_padding=2), [(0,), (), (), (0,), (), ()]),
        # padding cuts all but the middle away
        (TransposedAxis(1, 3, before=1, after=1), [(0,)]),
    ],
)
def test_transposed_regime(axis, windows):
    assert [axis.reads(output) for output in range(axis.output_size)] == windows


def test_neighbouring_output_paddings_share_an_input_size():
    """A21 of the mission: k3 s2 p1 makes 3 of 5 and of 6."""
    assert [Axis(size, 3, 2, 1, 1).output_size for size in (5, 6)] == [3, 3]
    assert [TransposedAxis(3, 3, 2, 1, 1, output_padding=more).output_size for more in (0, 1)] == [5, 6]


def test_windows_of_adaptive_axes_tile_or_overlap_or_repeat():
    regimes = {
        (6, 3): [(0, 1), (2, 3), (4, 5)],  # divides evenly
        (5, 3): [(0, 1), (1, 2, 3), (3, 4)],  # does not: windows overlap and differ in length
        (2, 4): [(0,), (0,), (1,), (1,)],  # more outputs than inputs: cells repeat
        (4, 1): [(0, 1, 2, 3)],  # global
    }
    for sizes, windows in regimes.items():
        assert [AdaptiveAxis(*sizes).reads(output) for output in range(sizes[1])] == windows


def test_a_cell_behind_the_last_one_is_not_taken_for_nothing():
    """NOTHING is -1: an index that must not mark the last cell as read."""
    table = Table(np.array([[0, -1]]), np.array([[0, NOTHING]]), np.array([[Place.INPUT, Place.PADDING]]))
    assert unread(table, 2).tolist() == [False, True]


# --- Refusals ------------------------------------------------------------------------------------------------------------

REFUSED = {
    "kernel too wide, dilated": (
        lambda: Axis(7, 5, dilation=2),
        "kernel 5 with dilation 2 spans 9 cells; the padded input has 7: add 2 padding, or lower dilation to 1 or kernel to 4",
        ("kernel_size", 5, 4, {"dilation": 1}),
    ),
    "kernel too wide": (
        lambda: Axis(2, 5, before=1),
        "kernel 5 spans 5 cells; the padded input has 3: add 2 padding, or lower kernel to 3",
        ("kernel_size", 5, 3, {"kernel_size": 3}),
    ),
    # no dilation is small enough
    "kernel too wide even undilated": (
        lambda: Axis(2, 5, dilation=2),
        "kernel 5 with dilation 2 spans 9 cells; the padded input has 2: add 7 padding, or lower kernel to 1",
        ("kernel_size", 5, 1, {"kernel_size": 1}),
    ),
    "kernel too wide for ceil_mode": (
        lambda: Axis(3, 5, stride=2, ceil_mode=True),
        "kernel 5 spans 5 cells; the padded input has 3, and ceil_mode lets 1 hang over: add 1 padding, or lower kernel to 4",
        ("kernel_size", 5, 4, {"kernel_size": 4}),
    ),
    "no input": (lambda: Axis(0, 1), "input_size is 0: it must be at least 1", ("input_size", 0, 1, {"input_size": 1})),
    "no kernel": (lambda: Axis(5, 0), "kernel_size is 0: it must be at least 1", ("kernel_size", 0, 1, {"kernel_size": 1})),
    "no stride": (lambda: Axis(5, 3, 0), "stride is 0: it must be at least 1", ("stride", 0, 1, {"stride": 1})),
    "negative before": (lambda: Axis(5, 3, 1, -1), "before is -1: it must be at least 0", ("before", -1, 0, {"before": 0})),
    "negative after": (lambda: Axis(5, 3, after=-2), "after is -2: it must be at least 0", ("after", -2, 0, {"after": 0})),
    "no dilation": (
        lambda: Axis(5, 3, dilation=0),
        "dilation is 0: it must be at least 1",
        ("dilation", 0, 1, {"dilation": 1}),
    ),
    "half a cell": (
        lambda: Axis(5, 2.5),
        "kernel_size is 2.5: it must be a whole number of at least 1",
        ("kernel_size", 2.5, 1, {"kernel_size": 1}),
    ),
    "no number": (
        lambda: Axis(5, 3, before=None),
        "before is None: it must be a whole number of at least 0",
        ("before", None, 0, {"before": 0}),
    ),
    "reflect": (
        lambda: Axis(3, 3, before=3).table("reflect"),
        "reflect padding of 3 before an input of 3: the edge itself is not repeated, so at most 2; "
        "lower the padding or fill it with zeros",
        ("before", 3, 2, {"padding_mode": "zeros"}),
    ),
    "circular": (
        lambda: Axis(3, 3, after=4).table("circular"),
        "circular padding of 4 after an input of 3: it wraps around once at most, so at most 3; "
        "lower the padding or fill it with zeros",
        ("after", 4, 3, {"padding_mode": "zeros"}),
    ),
    "unknown mode": (
        lambda: Axis(3, 3).table("symmetric"),
        'padding_mode "symmetric" is not one of zeros, reflect, replicate, circular',
        ("padding_mode", "symmetric", PADDING_MODES, {"padding_mode": "zeros"}),
    ),
    "output_padding": (
        lambda: TransposedAxis(3, 3, stride=2, output_padding=2),
        "output_padding 2 must be smaller than stride 2 or dilation 1: it only chooses among the output sizes that one stride "
        "apart share an input size; lower it to 1",
        ("output_padding", 2, 1, {"output_padding": 1}),
    ),
    "negative output_padding": (
        lambda: TransposedAxis(3, 3, output_padding=-1),
        "output_padding is -1: it must be at least 0",
        ("output_padding", -1, 0, {"output_padding": 0}),
    ),
    "all cut away": (
        lambda: TransposedAxis(1, 3, before=2, after=1),
        "padding 2 before and 1 after cuts away all 3 cells of the output: cut at most 2",
        ("after", 1, 2, {"before": 1, "after": 1}),
    ),
    "all cut away in front": (
        lambda: TransposedAxis(1, 3, before=3),
        "padding 3 before and 0 after cuts away all 3 cells of the output: cut at most 2",
        ("before", 3, 2, {"before": 2, "after": 0}),
    ),
    "no adaptive output": (
        lambda: AdaptiveAxis(5, 0),
        "output_size is 0: it must be at least 1",
        ("output_size", 0, 1, {"output_size": 1}),
    ),
    "same with a stride": (
        lambda: named_padding("same", 4, stride=2),
        'padding "same" needs stride 1, this stride is 2: set stride to 1, or write the padding as numbers (1 before, 2 after)',
        ("padding", "same", 1, {"before": 1, "after": 2}),
    ),
    "unknown name": (
        lambda: named_padding("half", 3),
        'padding "half" is not one of valid, same, same_lower, full, causal',
        ("padding", "half", NAMED_PADDINGS, {"padding": "valid"}),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_teaches_what_was_asked_what_is_possible_and_a_way_out(name):
    call, message, attributes = REFUSED[name]
    error = refusal(call)
    assert str(error) == message
    assert (error.parameter, error.value, error.limit, error.remedy) == attributes
    assert error.axis is None
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_survives_pickling(name):
    error = refusal(REFUSED[name][0])
    error.axis = 1
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was just written here
    assert (type(again), str(again)) == (GeometryError, str(error))
    assert vars(again) == vars(error)
    assert set(vars(again)) == {"parameter", "value", "limit", "remedy", "axis"}


def test_any_whole_number_will_do_and_becomes_a_plain_one():
    axis = Axis(np.int64(5), np.uint8(3), stride=True, before=np.int8(1), after=False, dilation=np.int32(1))
    assert axis == Axis(5, 3, before=1)
    assert {type(getattr(axis, name)) for name in NAMES} == {int}
    assert type(axis.output_size) is int
    assert all(type(cell) is int for cell in axis.reads(0))


def test_small_unsigned_numbers_do_not_overflow():
    # 200 + 200 does not fit into a byte, neither does 1 - 2.
    assert Axis(np.uint8(200), np.uint8(3), np.uint8(1), np.uint8(100), np.uint8(100)).output_size == 398
    assert refusal(Axis, np.uint8(1), np.uint8(200)).limit == 1


@pytest.mark.parametrize("value", [1.0, np.float64(2), "1", float("nan"), float("inf"), None, (1,), 1 + 0j])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_whole_number_is_refused_by_its_name(name, value):
    error = refusal(Axis, **{"input_size": 5, "kernel_size": 3, name: value})
    assert error.parameter == name
    assert f"{name} is {value}: it must be a whole number of at least" in str(error)


def test_an_output_that_is_not_there_has_no_reads():
    for output in (3, -1):
        error = refusal(Axis(5, 3).reads, output)
        assert (error.parameter, error.value, error.limit) == ("output", output, 2)
        assert Axis(5, 3).reads(error.remedy["output"])
