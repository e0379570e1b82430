"""Every snippet runs, imports torch alone, and prints the tensor on the screen."""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convviz import (
    OPERATIONS,
    GeometryError,
    Trace,
    adaptive_pooling,
    convolution,
    pooling,
    transposed_convolution,
    unpooling,
)
from convviz.explain import ACTIVATIONS, pytorch_block_code, pytorch_code
from convviz.geometry import PADDING_MODES

GUIDE = [[[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]]
STAMP = [[[[0, 1, 2], [2, 2, 0], [0, 1, 2]]]]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Tensors of a few cells: threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def printed(code: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(code, {})  # noqa: S102 - the point of the snippet is to run
    return out.getvalue().strip()


def check_code(trace: Trace, *, exact: bool = True) -> str:
    """What the snippet hands to print is the output: exact for whole numbers, else up to the order of the additions."""
    code = pytorch_code(trace)
    check_prints(code, trace.output, exact=exact)
    return code


def check_prints(code: str, expected: np.ndarray, *, exact: bool) -> None:
    tensors: list[torch.Tensor] = []
    exec(code, {"print": tensors.append})  # noqa: S102 - the point of the snippet is to run
    (tensor,) = tensors
    imports = [line for line in code.splitlines() if "import" in line]
    assert [line.split()[1].split(".")[0] for line in imports] == ["torch"] * len(imports)
    assert ("F." in code) == (len(imports) == 2)
    assert tensor.dtype == torch.float64
    tolerance = 0 if exact else 1e-12
    torch.testing.assert_close(tensor, torch.tensor(expected[None]), rtol=tolerance, atol=tolerance, equal_nan=True)


# --- As printed ------------------------------------------------------------------------------------------------------------

ON_SCREEN: dict[str, tuple[Trace, str]] = {
    "strided and padded": (
        convolution(GUIDE, STAMP, stride=2, padding=1),
        "F.conv2d(x, weight, stride=(2, 2), padding=(1, 1))",
    ),
    "larger half first": (convolution([[0, 0, 1, 0]], [[[1, 2]]], padding="same_lower"), "F.conv1d(x, weight, stride=(1,))"),
    "max-pooling": (pooling(GUIDE, 2, ceil_mode=True), "F.max_pool2d(x, (2, 2), stride=(2, 2), ceil_mode=True)"),
    "average pooling": (pooling(GUIDE, 3, kind="average", stride=1), "F.avg_pool2d(x, (3, 3), stride=(1, 1))"),
    "average without the padding": (
        pooling(GUIDE, 3, kind="average", padding=1, count_include_pad=False),
        "F.avg_pool2d(x, (3, 3), stride=(3, 3), padding=(1, 1), count_include_pad=False)",
    ),
    "L2-pooling": (pooling(GUIDE, 3, kind="lp", stride=1), "F.lp_pool2d(x, 2, (3, 3), stride=(1, 1))"),
    "global pooling": (adaptive_pooling(GUIDE, 1), "F.adaptive_avg_pool2d(x, (1, 1))"),
    "transposed": (transposed_convolution([[[2, 1], [4, 4]]], STAMP), "F.conv_transpose2d(x, weight, stride=(1, 1))"),
    "max-unpooling": (
        unpooling([[[1, 2], [3, 4]]], pooling(GUIDE, 2).indices, output_size=5),
        "F.max_unpool2d(x, indices, (2, 2), output_size=(5, 5))",
    ),
    "nearest": (unpooling([[[1, 2], [3, 4]]], 2, kind="nearest"), "x.repeat_interleave(2, 2).repeat_interleave(2, 3)"),
    "bed of nails": (unpooling([[[1, 2], [3, 4]]], (1, 2), kind="bed_of_nails"), "output"),
}


@pytest.mark.parametrize(("trace", "call"), ON_SCREEN.values(), ids=list(ON_SCREEN))
def test_the_snippet_prints_the_tensor_on_the_screen(trace: Trace, call: str) -> None:
    code = pytorch_code(trace)
    assert code.endswith(f"\nprint({call})")
    assert printed(code) == str(torch.tensor(trace.output[None]))


def test_every_operation_has_its_code() -> None:
    assert {trace.operation for trace, _ in ON_SCREEN.values()} == set(OPERATIONS)


@pytest.mark.parametrize("size", [40, 31])
def test_a_large_tensor_is_printed_to_the_last_number(size: int) -> None:
    """From above 1000 numbers on."""
    trace = convolution(np.ones((1, size, size)), np.ones((1, 1, 1, 1)))
    code = pytorch_code(trace)
    try:
        text = printed(code)
        assert text.count("1.") == size**2
        assert "..." not in text
        assert ("set_printoptions" in code) == (size == 40)
    finally:
        torch.set_printoptions(profile="default")


def test_numbers_without_an_end_are_written_so_that_torch_reads_them() -> None:
    trace = convolution(np.array([[[np.inf, 1e308]]]), np.array([[[[1, 10]]]]))
    assert np.isinf(trace.output).all()
    check_code(trace)
    check_code(pooling([[-np.inf, np.inf, np.nan, 1]], 2))


# --- Convolutions, of any setting ------------------------------------------------------------------------------------------


def derived(examples: int) -> settings:
    """The same examples each time, however long one takes."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


def each(data: st.DataObject, dimension: int, least: int, most: int) -> tuple[int, ...]:
    return tuple(data.draw(st.integers(least, most)) for _ in range(dimension))


@derived(120)
@given(st.data())
def test_a_convolution_of_any_setting(data: st.DataObject) -> None:
    dimension, groups, divisor = (data.draw(st.integers(1, most)) for most in (3, 2, 3))
    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = seed.integers(-3, 4, (groups, *each(data, dimension, 3, 5))) / divisor
    weight = seed.integers(-3, 4, (2 * groups, 1, *each(data, dimension, 1, 3)))
    options = {
        "bias": seed.integers(-1, 2, 2 * groups),
        "stride": each(data, dimension, 1, 3),
        "padding": tuple(zip(each(data, dimension, 0, 2), each(data, dimension, 0, 2), strict=True)),
        "dilation": each(data, dimension, 1, 2),
        "groups": groups,
        "padding_mode": data.draw(st.sampled_from(PADDING_MODES)),
        "flip": data.draw(st.booleans()),
    }
    check_possible(convolution, x, weight, exact=divisor == 1, **options)


@derived(150)
@given(st.data())
def test_a_transposed_convolution_of_any_setting(data: st.DataObject) -> None:
    dimension, groups, divisor = (data.draw(st.integers(1, most)) for most in (3, 2, 3))
    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = seed.integers(-3, 4, (2 * groups, *each(data, dimension, 1, 4))) / divisor
    weight = seed.integers(-3, 4, (2 * groups, data.draw(st.integers(1, 2)), *each(data, dimension, 1, 4)))
    before = each(data, dimension, 0, 2)
    options = {
        "bias": seed.integers(-1, 2, weight.shape[1] * groups),
        "stride": each(data, dimension, 1, 3),
        "padding": tuple(zip(before, data.draw(st.sampled_from([before, (0,) * dimension, (1,) * dimension])), strict=True)),
        "output_padding": each(data, dimension, 0, 2),
        "dilation": each(data, dimension, 1, 3),
        "groups": groups,
    }
    check_possible(transposed_convolution, x, weight, exact=divisor == 1, **options)


def check_possible(operation: Any, *arguments: Any, exact: bool, **options: Any) -> str:
    """The code, once it is checked; nothing where the operation refuses."""
    try:
        trace = operation(*arguments, **options)
    except GeometryError:
        return ""
    return check_code(trace, exact=exact)


def test_sides_that_differ_are_cut_off_a_transposed_convolution() -> None:
    """On every axis, also where it is output_padding that makes room."""
    checked = 0
    for size, kernel, stride, before, after, dilation, extra in product(
        (1, 3), (1, 2, 3), (1, 2, 3), range(3), range(3), (1, 2), (0, 1)
    ):
        settings = {"stride": stride, "padding": ((before, after),), "dilation": dilation, "output_padding": extra}
        x, weight = np.arange(1, size + 1)[None], np.arange(1, kernel + 1)[None, None]
        code = check_possible(transposed_convolution, x, weight, exact=True, **settings)
        assert ("[..., " in code) == (before != after and bool(code))
        checked += bool(code)
    assert checked > 400


# --- Pooling, of any setting -----------------------------------------------------------------------------------------------


def ways(code: str) -> str:
    """How a snippet for pooling does it."""
    if "sums" in code:
        return "sums"
    return ("F.pad " if "F.pad" in code else "") + ("cut" if "[..., :" in code else "")


def test_pooling_of_every_setting_along_an_axis() -> None:
    taken: Counter[tuple[str, str]] = Counter()
    sizes = product(range(1, 8), range(1, 5), range(1, 5), range(3), range(3), (False, True))
    for (size, kernel, stride, before, after, ceil_mode), kind in product(sizes, ("max", "average", "lp")):
        x = np.random.default_rng(size).integers(-4, 5, (2, size))
        options = {"kind": kind, "stride": stride, "padding": ((before, after),), "ceil_mode": ceil_mode}
        for more in variants(kind):
            code = check_possible(pooling, x, kernel, exact=kind != "lp", **options, **more)
            taken[kind, ways(code)] += bool(code)
    assert {kind: {way for each, way in taken if each == kind} for kind in ("max", "average", "lp")} == {
        "max": {"", "F.pad ", "F.pad cut"},
        "average": {"", "F.pad ", "F.pad cut", "sums"},
        "lp": {"", "sums"},
    }
    assert taken.total() > 5000


def variants(kind: str) -> list[Mapping[str, Any]]:
    return {
        "max": [{"dilation": 1}, {"dilation": 2}],
        "average": [{"count_include_pad": True}, {"count_include_pad": False}],
        "lp": [{"norm_type": 2}, {"norm_type": 3}, {"norm_type": 1.5}],
    }[kind]


@derived(150)
@given(st.data())
def test_pooling_of_any_setting(data: st.DataObject) -> None:
    dimension, kind = data.draw(st.integers(1, 3)), data.draw(st.sampled_from(["max", "average", "lp"]))
    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = seed.integers(data.draw(st.integers(-4, 0)), 5, (2, *each(data, dimension, 2, 5)))
    options = {
        "stride": each(data, dimension, 1, 3),
        "padding": tuple(zip(each(data, dimension, 0, 1), each(data, dimension, 0, 1), strict=True)),
        "dilation": each(data, dimension, 1, 2) if kind == "max" else 1,
        "ceil_mode": data.draw(st.booleans()),
        "count_include_pad": data.draw(st.booleans()),
        "norm_type": data.draw(st.sampled_from([1, 2, 3, 0.5])),
    }
    check_possible(pooling, x, each(data, dimension, 1, 3), exact=kind != "lp", kind=kind, **options)


def test_torch_s_norm_is_used_where_it_is_the_norm() -> None:
    own = {
        "even power": pooling([[3, -4, 1]], 2, kind="lp"),
        "odd power of what is not negative": pooling([[3, 4, 1]], 2, kind="lp", norm_type=3),
    }
    written_out = {
        "odd power, a negative number": pooling([[3, -4, 1]], 2, kind="lp", norm_type=3),
        "padding": pooling([[3, 4, 1]], 2, kind="lp", padding=1),
        "overhang": pooling([[3, 4, 1]], 2, kind="lp", ceil_mode=True),
        "no end": pooling([[3, np.inf, 1]], 2, kind="lp"),
    }
    assert all("F.lp_pool1d" in check_code(trace, exact=False) for trace in own.values())
    assert not any("lp_pool" in check_code(trace, exact=False) for trace in written_out.values())


@pytest.mark.parametrize("kind", ["average", "max"])
def test_adaptive_pooling_of_every_size(kind: Any) -> None:
    """Averages are divided axis by axis in torch: the last bit may differ."""
    for size, wanted in product(range(1, 8), range(1, 9)):
        x = np.random.default_rng(size).integers(-9, 10, (2, size, 5))
        check_code(adaptive_pooling(x[:, :, 0], wanted, kind=kind), exact=kind == "max")
        check_code(adaptive_pooling(x, (wanted, 3), kind=kind), exact=kind == "max")
        check_code(adaptive_pooling(x[:, None], (1, 2, wanted), kind=kind), exact=kind == "max")


# --- Unpooling -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["nearest", "bed_of_nails"])
def test_unpooling_by_every_factor(kind: Any) -> None:
    x = np.arange(1.0, 17).reshape(2, 2, 2, 2)
    for factors in product(range(1, 4), repeat=3):
        check_code(unpooling(x, factors, kind=kind))
        check_code(unpooling(x[0], factors[:2], kind=kind))
        check_code(unpooling(x[0, 0], factors[0], kind=kind))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_unpooling_to_every_size(dimension: int) -> None:
    """By torch where it takes the size, by a loop elsewhere; also where several values meet."""
    ways: Counter[str] = Counter()
    seed = np.random.default_rng(0)
    for size, wanted, distinct in product(range(1, 5), range(1, 12), (True, False)):
        cells, places = size**dimension, wanted**dimension
        stride = max(1, wanted // size)
        kernel_size = wanted - (size - 1) * stride
        if kernel_size < 1 or (distinct and cells > places):
            continue
        drawn = [seed.permutation(places)[:cells] if distinct else seed.integers(places, size=cells) for _ in range(2)]
        x, indices = seed.integers(1, 9, (2, cells)), np.array(drawn)
        shape = (2, *[size] * dimension)
        trace = unpooling(x.reshape(shape), indices.reshape(shape), kernel_size=kernel_size, stride=stride)
        assert trace.output.shape == (2, *[wanted] * dimension)
        code = check_code(trace)
        ways["torch" if "max_unpool" in code else "loop"] += 1
    assert min(ways.values()) > 10


def test_several_values_for_one_position_are_sent_one_by_one() -> None:
    """Which of them stays, torch's max_unpool leaves open."""
    assert "max_unpool" not in check_code(unpooling([[1, 2]], [[3, 3]]))
    assert "max_unpool" in check_code(unpooling([[1, 2], [3, 4]], [[0, 3], [3, 0]]))


def test_unpooling_follows_a_pooling_of_any_setting() -> None:
    seed = np.random.default_rng(0)
    checked = 0
    for size, kernel, stride, padding in product(range(2, 9), range(1, 4), range(1, 4), (0, 1)):
        try:
            pooled = pooling(seed.integers(-4, 5, (2, size, size + 1)), kernel, stride=stride, padding=padding)
        except GeometryError:
            continue
        later, window = seed.integers(1, 9, pooled.output.shape), {"kernel_size": kernel, "stride": stride, "padding": padding}
        check_code(unpooling(later, pooled.indices, **window, output_size=(size, size + 1)))
        checked += 1
    assert checked > 80


# --- A block ---------------------------------------------------------------------------------------------------------------

SQUASHED = {"relu": lambda x: np.maximum(x, 0), "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    "options",
    [
        {"kind": "max"},
        {"kind": "max", "padding": ((1, 0), (0, 1)), "ceil_mode": True},
        {"kind": "average", "padding": 1, "count_include_pad": False},
        {"kind": "average", "padding": ((0, 1), (0, 0)), "count_include_pad": False},
        {"kind": "lp", "ceil_mode": True},
    ],
)
def test_a_block_prints_what_its_pooling_shows(activation: Any, options: Mapping[str, Any]) -> None:
    convolved = convolution(GUIDE, STAMP, bias=[-12], padding=(1, (0, 1)))
    pooled = pooling(SQUASHED[activation](convolved.output), 2, **options)
    code = pytorch_block_code(convolved, activation, pooled)
    check_prints(code, pooled.output, exact=activation == "relu" and options["kind"] != "lp")
    assert code.count("import torch\n") == code.count("weight = ") == code.count("bias = ") == 1


def test_a_block_may_end_in_global_pooling() -> None:
    convolved = convolution([[1, -2, 3]], [[[1, 1]], [[0, -1]]])
    pooled = adaptive_pooling(np.maximum(convolved.output, 0), 1)
    check_prints(pytorch_block_code(convolved, "relu", pooled), pooled.output, exact=True)
