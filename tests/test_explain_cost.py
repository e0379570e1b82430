"""What layers cost, beside torch's own counts; and how often transposed convolutions write, beside stamping by hand."""

from collections import Counter
from itertools import product
from math import gcd, prod
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convviz import GeometryError, Trace, convolution, pooling, transposed_convolution, unpooling
from convviz.explain import Cost, checkerboard_words, cost_words, costs, dense_words, written_counts

LAYERS: dict[str, list[Any]] = {
    "convolution": [torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d],
    "transposed_convolution": [torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d],
}


def made(operation: str, channels: tuple[int, int], sizes: tuple[int, ...], kernel: int, groups: int, **options: Any) -> Trace:
    """A layer of so many channels in and out."""
    first, second = channels if operation == "transposed_convolution" else channels[::-1]
    weight = np.ones((first, second // groups, *[kernel] * len(sizes)))
    operate = transposed_convolution if operation == "transposed_convolution" else convolution
    return operate(np.ones((channels[0], *sizes)), weight, groups=groups, **options)


def torch_s(sizes: tuple[int, ...], channels: int, *layers: Any) -> tuple[int, int]:
    """Parameters and MACs of layers in a row, as torch counts them: an addition and a multiplication are two flops."""
    network = torch.nn.Sequential(*layers)
    with FlopCounterMode(display=False) as counter:
        network(torch.ones(1, channels, *sizes))
    return sum(weights.numel() for weights in network.parameters()), counter.get_total_flops() // 2


@pytest.mark.parametrize(
    ("operation", "sizes", "kernel", "channels", "groups", "options"),
    [
        ("convolution", (6,), 3, (4, 6), 1, {"stride": 2, "padding": 1}),
        ("convolution", (5, 7), 3, (4, 6), 2, {"stride": 2, "padding": 1}),
        ("convolution", (5, 7), 2, (4, 4), 4, {"dilation": 2}),
        ("convolution", (4, 4, 4), 2, (1, 3), 1, {}),
        ("convolution", (4, 4), 1, (3, 1), 1, {}),
        ("transposed_convolution", (6,), 3, (4, 6), 1, {"stride": 2, "padding": 1}),
        ("transposed_convolution", (5, 7), 3, (4, 6), 2, {"stride": 2, "padding": 1, "output_padding": 1}),
        ("transposed_convolution", (16, 16), 4, (64, 32), 1, {"stride": 2, "padding": 1}),
        ("transposed_convolution", (2, 3, 2), 2, (3, 6), 3, {"stride": 2}),
    ],
)
def test_weights_and_macs_are_those_of_torch(
    operation: str, sizes: tuple[int, ...], kernel: int, channels: tuple[int, int], groups: int, options: dict[str, int]
) -> None:
    layer, plain = LAYERS[operation][len(sizes) - 1], LAYERS["convolution"][len(sizes) - 1]
    settings = {"bias": False, **options}
    expected = [torch_s(sizes, channels[0], layer(*channels, kernel, **settings))]
    if groups > 1:
        expected.append(torch_s(sizes, channels[0], layer(*channels, kernel, groups=groups, **settings)))
    depthwise = layer(channels[0], channels[0], kernel, groups=channels[0], **settings)
    expected.append(torch_s(sizes, channels[0], depthwise, plain(*channels, 1, bias=False)))
    told = costs(made(operation, channels, sizes, kernel, groups, **options))
    assert [(cost.parameters, cost.macs) for cost in told] == expected
    assert [cost.name for cost in told][:: len(told) - 1] == ["dense", "depthwise-separable"]


def test_the_macs_of_a_transposed_convolution_are_counted_on_its_input() -> None:
    trace = made("transposed_convolution", (64, 32), (16, 16), 4, 1, stride=2, padding=1)
    assert costs(trace)[0] == Cost("dense", 32_768, 8_388_608)


def test_a_single_channel_has_nothing_to_compare() -> None:
    for trace in (convolution([[1, 2]], [[[1]]]), pooling(np.ones((3, 4)), 2), unpooling(np.ones((3, 4)), 2, kind="nearest")):
        assert (costs(trace), cost_words(trace)) == ((), "")


def test_the_costs_in_words() -> None:
    assert cost_words(made("convolution", (2, 4), (3, 3), 2, 2)) == (
        "dense: 32 weights and 128 MACs · depthwise, 2 groups: 16 and 64 · depthwise-separable: 16 and 64"
    )
    assert cost_words(made("convolution", (64, 64), (56, 56), 3, 4, padding=1)) == (
        "dense: 36,864 weights and 115,605,504 MACs · 4 groups: 9,216 and 28,901,376 · "
        "depthwise-separable: 4,672 and 14,651,392"
    )


DENSE = {
    "A13": (
        lambda: made("convolution", (64, 32), (56, 56), 1, 1),
        "1×1: one dense layer of 64 → 32 numbers at each of the 3,136 pixels",
    ),
    "padding has pixels too": (
        lambda: made("convolution", (2, 3), (3, 3), 1, 1, padding=1),
        "1×1: one dense layer of 2 → 3 numbers at each of the 25 pixels",
    ),
    "1-D": (
        lambda: made("convolution", (2, 3), (9,), 1, 1, stride=2),
        "1: one dense layer of 2 → 3 numbers at each of the 5 positions",
    ),
    "3-D, a single cell": (
        lambda: made("convolution", (2, 3), (1, 1, 1), 1, 1),
        "1×1×1: one dense layer of 2 → 3 numbers at the one position",
    ),
    "groups": (
        lambda: made("convolution", (4, 2), (3, 3), 1, 2),
        "1×1: 2 dense layers, 2 → 1 numbers each, at each of the 9 pixels",
    ),
    "one number": (
        lambda: made("convolution", (1, 1), (3, 3), 1, 1),
        "1×1: one dense layer of 1 → 1 number at each of the 9 pixels",
    ),
    "a larger kernel": (lambda: made("convolution", (2, 3), (3, 3), 2, 1), ""),
    "a kernel of 1 along one axis": (lambda: convolution(np.ones((1, 3, 3)), np.ones((1, 1, 1, 2))), ""),
    "pooling": (lambda: pooling(np.ones((2, 3, 3)), 1), ""),
    "transposed": (lambda: made("transposed_convolution", (2, 3), (3, 3), 1, 1), ""),
}


@pytest.mark.parametrize(("make", "words"), DENSE.values(), ids=list(DENSE))
def test_a_kernel_of_1_is_a_dense_layer(make: Any, words: str) -> None:
    assert dense_words(make()) == words


# --- How often each output cell is written ---------------------------------------------------------------------------------


def transposed(sizes: tuple[int, ...], kernels: tuple[int, ...], **options: Any) -> Trace:
    return transposed_convolution(np.ones((1, *sizes)), np.ones((1, 1, *kernels)), **options)


def test_kernel_3_stride_2_alternates_1_2_4() -> None:
    """A22."""
    counts = written_counts(transposed((4, 4), (3, 3), stride=2))
    assert counts[2:5, 2:5].tolist() == [[4, 2, 4], [2, 1, 2], [4, 2, 4]]
    assert np.unique(counts).tolist() == [1, 2, 4]


def test_the_picture_of_the_transposed_page() -> None:
    assert written_counts(transposed((2, 2), (3, 3))).tolist() == [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]]
    assert checkerboard_words(transposed((2, 2), (3, 3))) == (
        "even inside",
        "stride 1: only towards the border are cells written less often",
    )


def test_stamps_of_ones_add_up_to_the_counts() -> None:
    """The counts are the output where input and weight are 1, also as torch computes it; a channel more changes nothing."""
    checked = 0
    for size, kernel, stride, before, after, dilation in product((1, 2, 4), (1, 2, 3), (1, 2, 3), (0, 1), (0, 2), (1, 2)):
        options = {"stride": (stride, 2), "padding": ((before, after), (0, 1)), "dilation": (dilation, 1)}
        try:
            trace = transposed((size, 3), (kernel, 2), **options)
        except GeometryError:
            continue
        counts = written_counts(trace)
        uncut = torch.nn.functional.conv_transpose2d(
            torch.ones(1, 1, size, 3), torch.ones(1, 1, kernel, 2), stride=(stride, 2), dilation=(dilation, 1)
        )
        assert (counts == uncut[0, 0, before : before + counts.shape[0], : counts.shape[1]].numpy()).all()
        assert (counts == trace.output[0]).all()
        checked += 1
    assert checked > 100
    two = transposed_convolution(np.ones((2, 3)), np.ones((2, 3, 2)))
    assert (written_counts(two) == written_counts(transposed((3,), (2,)))).all()


CHECKERBOARDS = {
    "the usual": (
        transposed((4, 4), (3, 3), stride=2),
        "a checkerboard",
        "stride 2 does not divide kernel 3: inside, cells are written 1, 2 or 4 times; "
        "cure: a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "too small to show it": (
        transposed((1, 1), (3, 3), stride=2),
        "a checkerboard",
        "stride 2 does not divide kernel 3: on a larger map, cells inside would be written 1, 2 or 4 times; "
        "cure: a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "one axis": (
        transposed((4, 4), (3, 2), stride=(2, 1)),
        "a checkerboard along one axis",
        "stride 2 does not divide kernel 3: inside, cells are written 2 or 4 times; "
        "cure: a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "1-D, stride beyond kernel": (
        transposed((4,), (1,), stride=3),
        "gaps",
        "stride 3 steps over kernel 1: inside, cells are written 0 or 1 times; "
        "cure: a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "taps that dilation keeps on one phase": (
        transposed((5,), (4,), stride=2, dilation=2),
        "gaps",
        "stride 2 and dilation 2 share a factor: inside, cells are written 0 or 4 times; "
        "cure: dilation 1 and a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "dilation that shares no factor cures nothing": (
        transposed((9,), (4,), stride=3, dilation=2),
        "a checkerboard along one axis",
        "stride 3 does not divide kernel 4: inside, cells are written 1 or 2 times; "
        "cure: a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "two causes": (
        transposed((5, 5), (4, 4), stride=(3, 2), dilation=(1, 2)),
        "gaps",
        "stride 3 does not divide kernel 4, and stride 2 and dilation 2 share a factor: "
        "inside, cells are written 0, 4 or 8 times; "
        "cure: dilation 1 and a kernel size that the stride divides, or enlarge first, then convolve",
    ),
    "divides": (
        transposed((4, 4), (4, 4), stride=2),
        "even inside",
        "stride 2 divides kernel 4: only towards the border are cells written less often",
    ),
    "divides, and all is inside": (
        transposed((4, 4), (4, 4), stride=2, padding=3),
        "even inside",
        "stride 2 divides kernel 4: every cell is written 4 times",
    ),
    "no overlap": (
        transposed((4, 4), (2, 2), stride=2),
        "even inside",
        "stride 2 divides kernel 2: every cell is written once",
    ),
    "dilation that shares no factor": (
        transposed((9,), (4,), stride=2, dilation=3),
        "even inside",
        "stride 2 divides kernel 4: only towards the border are cells written less often",
    ),
    "one axis each": (
        transposed((4, 4), (3, 2), stride=(1, 2)),
        "even inside",
        "stride 1, and stride 2 divides kernel 2: only towards the border are cells written less often",
    ),
    "nearest unpooling": (
        unpooling([[[1, 2]]], 2, kind="nearest"),
        "even inside",
        "stride 2 divides kernel 2: every cell is written once",
    ),
}


@pytest.mark.parametrize(("trace", "title", "sentence"), CHECKERBOARDS.values(), ids=list(CHECKERBOARDS))
def test_the_pattern_in_words(trace: Trace, title: str, sentence: str) -> None:
    assert checkerboard_words(trace) == (title, sentence)


def stamped(size: int, kernel: int, stride: int, dilation: int) -> list[int]:
    """How often cells are written, by writing."""
    counts = Counter(cell * stride + tap * dilation for cell in range(size) for tap in range(kernel))
    return [counts[place] for place in range((size - 1) * stride + dilation * (kernel - 1) + 1)]


def test_the_words_are_true_far_from_the_border() -> None:
    """Of 30 cells stamped one by one, the middle says whether there is a pattern; whatever is cut off or small."""
    titles: Counter[str] = Counter()
    for kernel, stride, dilation in product(range(1, 7), range(1, 7), range(1, 5)):
        everything = stamped(30, kernel, stride, dilation)
        middle = everything[len(everything) // 2 :][:stride]
        for size, padding, extra in product((1, 2, 5), (0, 1), (0, 1)):
            try:
                trace = transposed((size,), (kernel,), stride=stride, dilation=dilation, padding=padding, output_padding=extra)
            except GeometryError:
                continue
            title, sentence = checkerboard_words(trace)
            assert (title == "even inside") == (len(set(middle)) == 1)
            assert (title == "even inside") == (stride == 1 or (kernel % stride == 0 and gcd(stride, dilation) == 1))
            assert (title == "gaps") == (min(middle) == 0)
            titles[title] += 1
            if title != "even inside":
                times = " or ".join(", ".join(map(str, sorted(set(middle)))).rsplit(", ", 1))
                assert f"written {times} times" in sentence
                check_inside(trace, set(middle), said="inside, cells are" in sentence)
    assert min(titles.values()) > 200


def check_inside(trace: Trace, counts: set[int], *, said: bool) -> None:
    """Where the sentence speaks of cells inside, they are there, each count of them."""
    (axis,), (table,) = trace.axes, trace.tables
    spread = (axis.input_size - 1) * axis.stride
    inside = ((table.positions >= 0) & (table.positions <= spread)).all(axis=1)
    found = set(written_counts(trace)[inside].tolist())
    assert said == (inside.sum() >= axis.stride)
    assert found == counts if said else found <= counts


def test_what_stamps_nothing_has_no_counts() -> None:
    for trace in (convolution([[1, 2]], [[[1]]]), pooling([[1, 2]], 2), unpooling([[1]], [[1]])):
        with pytest.raises(GeometryError, match=f"operation is {trace.operation}: only"):
            written_counts(trace)
        with pytest.raises(GeometryError, match=f"operation is {trace.operation}: only"):
            checkerboard_words(trace)


def test_the_counts_add_up_to_the_stamps() -> None:
    trace = transposed((3, 4), (2, 3), stride=2)
    assert written_counts(trace).sum() == prod((3, 4)) * prod((2, 3))
