"""Who touches whom along one axis, decided in integers.

A sliding window is a relation between output and input positions:

    input = output * stride - before + tap * dilation        tap = 0 ... kernel_size - 1

`Axis` reads it from output to input (convolution, pooling), `TransposedAxis` backwards (transposed convolution, gradients),
`AdaptiveAxis` cuts the input into as many windows as asked for, `RememberedAxis` leaves it to a memory of positions. Each makes
a `Table`, all that the floors above ever see. Every size in convviz is computed here. Units are cells; positions count from 0,
and negative ones lie in the padding.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.intp]
A = TypeVar("A")
Whole = TypeVar("Whole", int, Integers)
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]
NamedPadding = Literal["valid", "same", "same_lower", "full", "causal"]

PADDING_MODES: Final[tuple[PaddingMode, ...]] = get_args(PaddingMode)
NAMED_PADDINGS: Final[tuple[NamedPadding, ...]] = get_args(NamedPadding)
NOTHING: Final = -1
"""In `Table.reads`: this tap reads no input cell."""


class GeometryError(ValueError):
    """A setting that cannot be, with the way out.

    `parameter`, `value` and `limit` say what was asked and what would have been possible; `remedy` maps parameters to values
    that make it work; `axis` is the axis it happened on, once an operation knows it. Survives pickling.

    >>> error = GeometryError("stride is 0: it must be at least 1", "stride", 0, 1, {"stride": 1})
    >>> error.remedy
    {'stride': 1}
    >>> GeometryError("stride is 0")
    Traceback (most recent call last):
    TypeError: GeometryError.__init__() missing 3 required positional arguments: 'parameter', 'value', and 'limit'
    """

    def __init__(
        self,
        message: str,
        parameter: str,
        value: Any,
        limit: Any,
        remedy: Mapping[str, Any] | None = None,
        axis: int | None = None,
    ) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.limit = limit
        self.remedy = dict(remedy or {})
        self.axis = axis

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.parameter, self.value, self.limit, self.remedy, self.axis)


class Place(IntEnum):
    """What a tap falls on. Of several axes the largest counts: a corner of padding and hole is a hole."""

    INPUT = 0
    PADDING = 1
    OVERHANG = 2
    """Beyond the padding: the last window of ceil_mode hangs over the edge."""
    HOLE = 3
    """Between two input cells that a transposed convolution spread apart."""
    ABSENT = 4
    """No tap at all: windows of an adaptive axis differ in length."""


@dataclass(frozen=True, eq=False)
class Table:
    """An axis as arrays of shape (outputs, taps).

    `positions`: where the tap is drawn, in cells of the input (of the input spread by its stride on a `TransposedAxis`).
    `reads`: the input cell whose value it takes, or `NOTHING`. `places`: what it fell on, a `Place`.
    """

    positions: Integers
    reads: Integers
    places: Integers


@dataclass(frozen=True)
class Axis:
    """One axis of a convolution or a pooling.

    output_size = floor((input_size + before + after - dilation * (kernel_size - 1) - 1) / stride) + 1

    With `ceil_mode` the floor is a ceiling, and a last window that would start beyond input and left padding is dropped.
    Sizes are in cells. Raises `GeometryError` for what torch refuses: sizes, stride or dilation below 1, negative padding, a
    window wider than the padded input. Source: Dumoulin and Visin 2016, relation 15; torch.nn.Conv2d and MaxPool2d, "Shape".

    >>> axis = Axis(5, 3, stride=2, before=1, after=1)
    >>> axis.output_size, axis.reads(0), axis.reads(1)
    (3, (0, 1), (1, 2, 3))
    >>> Axis(7, 5, dilation=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kernel 5 with dilation 2 spans 9 cells; the padded input has 7: \
add 2 padding, or lower dilation to 1 or kernel to 4
    """

    input_size: int
    kernel_size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        _require_integers(self, input_size=1, kernel_size=1, stride=1, before=0, after=0, dilation=1)
        if self.output_size < 1:
            raise self._too_wide()

    @property
    def span(self) -> int:
        """Cells from the first tap of a window to its last, both counted."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def padded_size(self) -> int:
        """Cells of the input with its padding."""
        return self.before + self.input_size + self.after

    @property
    def extent(self) -> tuple[int, int]:
        """First position drawn, and the one behind the last: the input with its padding, and what hangs over it."""
        overhang = (self.output_size - 1) * self.stride + self.span - self.padded_size
        return -self.before, self.input_size + self.after + max(0, overhang)

    @property
    def room(self) -> int:
        """Cells by which the window can move from its first place: what the formula divides by the stride."""
        return self.padded_size - self.span

    @property
    def leftover(self) -> int:
        """What the division leaves over: without ceil_mode, the padded cells behind the last window that are thrown away."""
        return self.room % self.stride

    @property
    def output_size(self) -> int:
        """Number of windows."""
        return self._counted - self.drops_last

    @property
    def drops_last(self) -> bool:
        """Whether ceil_mode counts a last window that would start beyond input and left padding, and so is dropped.

        The formula then needs a "- 1". Refuses nothing: an axis without ceil_mode drops no window.

        >>> [Axis(size, 2, stride=3, before=1, after=1, ceil_mode=True).drops_last for size in (4, 5, 6)]
        [True, True, False]
        >>> Axis(5, 2, stride=3, before=1, after=1).drops_last
        False
        """
        return self.ceil_mode and (self._counted - 1) * self.stride >= self.before + self.input_size

    @property
    def pace(self) -> tuple[int, int]:
        """(outputs, cells): so many outputs further, the same window lies so many cells further."""
        return 1, self.stride

    def window(self, output: int) -> range:
        """The cells that `output` would read of an input without ends, in the order of the taps.

        >>> Axis(5, 3, stride=2, before=1, after=1, dilation=2).window(-1)
        range(-3, 2, 2)
        >>> Axis(5, 3).window("first")
        Traceback (most recent call last):
        TypeError: unsupported operand type(s) for -: 'str' and 'int'
        """
        first = output * self.stride - self.before
        return range(first, first + self.span, self.dilation)

    def table(self, padding_mode: PaddingMode = "zeros") -> Table:
        """The relation, tap by tap. `padding_mode` says which cell stands in for a position in the padding.

        Raises `GeometryError` where torch cannot fill the padding: reflect needs padding below the input size, circular at
        most the input size. Source: torch.nn.functional.pad.
        """
        require_fillable(self, padding_mode)
        outputs, taps = np.ogrid[: self.output_size, : self.kernel_size]
        positions = outputs * self.stride - self.before + taps * self.dilation
        inside = (positions >= 0) & (positions < self.input_size)
        padded = (positions >= -self.before) & (positions < self.input_size + self.after)
        places = np.select([inside, padded], [Place.INPUT, Place.PADDING], Place.OVERHANG)
        reads = np.where(inside, positions, np.where(padded, _stand_in(positions, self.input_size, padding_mode), NOTHING))
        return Table(positions, reads, places)

    def reads(self, output: int) -> tuple[int, ...]:
        """Input cells that `output` reads, in the order of the taps; zeros in the padding are no cells.

        Raises `GeometryError` for an output that the axis does not have.

        >>> Axis(5, 3, dilation=2).reads(0)
        (0, 2, 4)
        >>> Axis(5, 3).reads(3)
        Traceback (most recent call last):
        convviz.geometry.GeometryError: output is 3: this axis has outputs 0 to 2
        """
        return _reads(self.table(), output)

    @property
    def _counted(self) -> int:
        """Windows that floor or ceiling counts, with the one that is dropped."""
        return (self.room + (self.stride - 1) * self.ceil_mode) // self.stride + 1

    def _too_wide(self) -> GeometryError:
        room = self.padded_size + (self.stride - 1) * self.ceil_mode
        missing = self.span - room
        largest_kernel = (room - 1) // self.dilation + 1
        largest_dilation = (room - 1) // max(self.kernel_size - 1, 1)
        cells = "cell" if self.span == 1 else "cells"
        dilated = f" with dilation {self.dilation}" if self.dilation > 1 else ""
        ways = [f"lower dilation to {largest_dilation}"] if self.dilation > 1 and largest_dilation else []
        ways.append(f"{'' if ways else 'lower '}kernel to {largest_kernel}")
        overhang = f", and ceil_mode lets {self.stride - 1} hang over" if self.ceil_mode and self.stride > 1 else ""
        return GeometryError(
            f"kernel {self.kernel_size}{dilated} spans {self.span} {cells}; the padded input has {self.padded_size}{overhang}: "
            f"add {missing} padding, or {' or '.join(ways)}",
            parameter="kernel_size",
            value=self.kernel_size,
            limit=largest_kernel,
            remedy={"dilation": largest_dilation} if len(ways) > 1 else {"kernel_size": largest_kernel},
        )


@dataclass(frozen=True)
class TransposedAxis:
    """One axis of a transposed convolution: the relation of `Axis` read backwards.

    output_size = (input_size - 1) * stride - before - after + dilation * (kernel_size - 1) + output_padding + 1

    Positions are drawn on the spread input, where cell i stands at i * stride and holes lie between. Raises `GeometryError`
    for what torch refuses: output_padding that reaches both stride and dilation, an output of no cells. Source: Dumoulin and
    Visin 2016, relation 14; torch.nn.ConvTranspose2d, "Shape".

    >>> axis = TransposedAxis(3, 3, stride=2)
    >>> axis.output_size, axis.reads(1), axis.reads(2)
    (7, (0,), (1, 0))
    >>> TransposedAxis(3, 3, stride=2, output_padding=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_padding 2 must be smaller than stride 2 or dilation 1: it only chooses among the \
output sizes that one stride apart share an input size; lower it to 1
    """

    input_size: int
    kernel_size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    output_padding: int = 0

    def __post_init__(self) -> None:
        _require_integers(self, input_size=1, kernel_size=1, stride=1, before=0, after=0, dilation=1, output_padding=0)
        limit = max(self.stride, self.dilation) - 1
        if self.output_padding > limit:
            raise GeometryError(
                f"output_padding {self.output_padding} must be smaller than stride {self.stride} or dilation {self.dilation}: "
                "it only chooses among the output sizes that one stride apart share an input size; "
                f"lower it to {limit}",
                parameter="output_padding",
                value=self.output_padding,
                limit=limit,
                remedy={"output_padding": limit},
            )
        if self.output_size < 1:
            raise self._all_cut_away()

    @property
    def output_size(self) -> int:
        """Cells that remain of the stamps' union once the padding is cut away."""
        return self._uncut_size - self.before - self.after

    @property
    def extent(self) -> tuple[int, int]:
        """First position drawn, and the one behind the last: the spread input, and what windows read around it."""
        spread = (self.input_size - 1) * self.stride + 1
        first = self.before - self.dilation * (self.kernel_size - 1)
        return min(0, first), max(spread, self.before + self.output_size)

    @property
    def adjoint(self) -> Axis:
        """The convolution that this one transposes: its window o reads the outputs that input cell o writes.

        It has `input_size` outputs, and further ones only where output_padding reaches the stride, as a dilation allows.

        >>> TransposedAxis(3, 3, stride=2, before=1, after=1, output_padding=1).adjoint
        Axis(input_size=6, kernel_size=3, stride=2, before=1, after=1, dilation=1, ceil_mode=False)
        """
        return Axis(self.output_size, self.kernel_size, self.stride, self.before, self.after, self.dilation)

    def table(self) -> Table:
        """The relation, tap by tap: input * stride = output + before - tap * dilation.

        >>> TransposedAxis(2, 2, stride=2).table().reads.tolist()
        [[0, -1], [-1, 0], [1, -1], [-1, 1]]
        """
        outputs, taps = np.ogrid[: self.output_size, : self.kernel_size]
        positions = outputs + self.before - taps * self.dilation
        cell, phase = np.divmod(positions, self.stride)
        outside = (cell < 0) | (positions > (self.input_size - 1) * self.stride)
        places = np.select([outside, phase > 0], [Place.PADDING, Place.HOLE], Place.INPUT)
        return Table(positions, np.where(places == Place.INPUT, cell, NOTHING), places)

    def reads(self, output: int) -> tuple[int, ...]:
        """Input cells whose stamp lands on `output`, in the order of the taps."""
        return _reads(self.table(), output)

    @property
    def pace(self) -> tuple[int, int]:
        """(outputs, cells): so many outputs further, the same window lies so many cells further."""
        return self.stride, 1

    def window(self, output: int) -> range:
        """The cells that `output` would read of an input without ends, in the order of the taps: from the last one down.

        >>> list(TransposedAxis(3, 3, stride=2).window(0)), list(TransposedAxis(3, 1, stride=2).window(1))
        ([0, -1], [])
        >>> TransposedAxis(3, 3).window("first")
        Traceback (most recent call last):
        TypeError: can only concatenate str (not "int") to str
        """
        # Only every so many taps land on a cell: output + before - tap * dilation = cell * stride.
        common = math.gcd(self.stride, self.dilation)
        position, every, further = output + self.before, self.stride // common, self.dilation // common
        if position % common:
            return range(0)
        tap = position // common * pow(further, -1, every) % every
        cell = (position - tap * self.dilation) // self.stride
        landing = max(0, -((tap - self.kernel_size) // every))
        return range(cell, cell - further * landing, -further)

    @property
    def _uncut_size(self) -> int:
        return (self.input_size - 1) * self.stride + self.dilation * (self.kernel_size - 1) + self.output_padding + 1

    def _all_cut_away(self) -> GeometryError:
        most = self._uncut_size - 1
        after = most // 2 if self.before == self.after else min(self.after, most)
        return GeometryError(
            f"padding {self.before} before and {self.after} after cuts away all {self._uncut_size} cells of the output: "
            f"cut at most {most}",
            parameter="after" if self.after else "before",
            value=self.after or self.before,
            limit=most,
            remedy={"before": min(self.before, after if self.before == self.after else most - after), "after": after},
        )


@dataclass(frozen=True)
class _GivenAxis:
    """An axis whose output size is given rather than computed; both sizes in cells."""

    input_size: int
    output_size: int

    def __post_init__(self) -> None:
        _require_integers(self, input_size=1, output_size=1)

    @property
    def extent(self) -> tuple[int, int]:
        """First position drawn, and the one behind the last."""
        return 0, self.input_size


@dataclass(frozen=True)
class AdaptiveAxis(_GivenAxis):
    """One axis of an adaptive pooling: window o covers floor(o * n / m) up to ceil((o + 1) * n / m), not included.

    `input_size` is n and `output_size` m, in cells; windows differ in length by one at most and may overlap. Raises
    `GeometryError` for sizes below 1. Source: torch.nn.AdaptiveAvgPool2d.

    >>> [AdaptiveAxis(5, 3).reads(o) for o in range(3)]
    [(0, 1), (1, 2, 3), (3, 4)]
    >>> AdaptiveAxis(5, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_size is 0: it must be at least 1
    """

    def table(self) -> Table:
        """The windows as a table; `Place.ABSENT` fills the shorter ones."""
        starts, stops = self._bounds(np.arange(self.output_size)[:, None])
        positions = starts + np.arange((stops - starts).max())
        inside = positions < stops
        return Table(positions, np.where(inside, positions, NOTHING), np.where(inside, Place.INPUT, Place.ABSENT))

    def reads(self, output: int) -> tuple[int, ...]:
        """Input cells of window `output`."""
        return _reads(self.table(), output)

    @property
    def pace(self) -> tuple[int, int]:
        """(outputs, cells): so many outputs further, the same window lies so many cells further."""
        return _in_lowest_terms(self.output_size, self.input_size)

    def window(self, output: int) -> range:
        """The cells that `output` would read of an input without ends.

        >>> [AdaptiveAxis(5, 3).window(output) for output in (-1, 0, 1)]
        [range(-2, 0), range(0, 2), range(1, 4)]
        >>> AdaptiveAxis(5, 3).window(0.5)
        Traceback (most recent call last):
        TypeError: 'float' object cannot be interpreted as an integer
        """
        return range(*self._bounds(output))

    def _bounds(self, output: Whole) -> tuple[Whole, Whole]:
        """First cell of a window, and the one behind its last."""
        return output * self.input_size // self.output_size, -(-(output + 1) * self.input_size // self.output_size)


@dataclass(frozen=True)
class RememberedAxis(_GivenAxis):
    """One axis of an unpooling: any of `output_size` cells may get any of `input_size` values; which, the memory says.

    Both are given, in cells. Raises `GeometryError` for sizes below 1. Source: torch.nn.MaxUnpool2d.

    >>> RememberedAxis(2, 3).table().reads.tolist()
    [[0, 1], [0, 1], [0, 1]]
    >>> RememberedAxis(2, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_size is 0: it must be at least 1
    """

    def table(self) -> Table:
        """Every input cell as a tap of every output."""
        reads = np.tile(np.arange(self.input_size), (self.output_size, 1))
        return Table(reads, reads, np.full_like(reads, Place.INPUT))


@dataclass(frozen=True)
class UpsampledAxis(_GivenAxis):
    """One axis of an upsampling: output o stands at o * n / m of the n input cells, and reads the cell there.

    `linear` reads the two cells beside the middle of o instead, (o + 1/2) * n / m - 1/2; with `align_corners` the middles of
    the outermost cells meet, o * (n - 1) / (m - 1). m = `output_size`, in cells. Raises `GeometryError` for sizes below 1.
    Source: torch.nn.Upsample.

    >>> [UpsampledAxis(2, 4).reads(o) for o in range(4)], [UpsampledAxis(2, 4, linear=True).reads(o) for o in range(4)]
    ([(0,), (0,), (1,), (1,)], [(0,), (0, 1), (0, 1), (1,)])
    >>> UpsampledAxis(2, 0)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: output_size is 0: it must be at least 1
    """

    linear: bool = False
    align_corners: bool = False

    @property
    def pace(self) -> tuple[int, int]:
        """(outputs, cells): so many outputs further, the same window lies so many cells further."""
        ends = int(self.linear and self.align_corners and self.output_size > 1)
        return _in_lowest_terms(self.output_size - ends, self.input_size - ends)

    def window(self, output: int) -> range:
        """The cells that `output` would read of an input without ends.

        >>> UpsampledAxis(2, 4).window(-1), UpsampledAxis(2, 4, linear=True).window(4)
        (range(-1, 0), range(1, 3))
        >>> UpsampledAxis(2, 4).window(0.5)
        Traceback (most recent call last):
        TypeError: 'float' object cannot be interpreted as an integer
        """
        return range(*self._bounds(output))

    def table(self) -> Table:
        """The cells beside each output as a table; at the edge, where one is missing, the outermost cell stands in.

        >>> UpsampledAxis(2, 4, linear=True).table().reads.tolist()
        [[0, 0], [0, 1], [0, 1], [1, 1]]
        """
        starts, stops = self._bounds(np.arange(self.output_size)[:, None])
        positions = starts + np.arange((stops - starts).max())
        there = positions < stops
        reads = np.where(there, positions.clip(0, self.input_size - 1), NOTHING)
        return Table(positions, reads, np.where(there, Place.INPUT, Place.ABSENT))

    def reads(self, output: int) -> tuple[int, ...]:
        """Input cells that `output` reads; at the edge there is only one."""
        return tuple(dict.fromkeys(_reads(self.table(), output)))

    def _bounds(self, output: Whole) -> tuple[Whole, Whole]:
        """First cell of a window, and the one behind its last."""
        outputs, cells = self.pace
        if not self.linear:
            cell = output * cells // outputs
            return cell, cell + 1
        # The middle stands at middle / parts, in halves of a cell where corners are not aligned.
        middle, parts = output * cells, outputs
        if not self.align_corners:
            middle, parts = 2 * middle + cells - outputs, 2 * outputs
        return middle // parts, -(-middle // parts) + 1


def named_padding(name: NamedPadding, kernel_size: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Cells (before, after) of a padding given by name, with total = dilation * (kernel_size - 1).

    valid: none. full: total on each side. causal: total before. same: total in halves, the larger one after, as torch and
    TensorFlow do; stride 1 only, as torch. same_lower (ONNX's name): the larger half before, as the lectures do, for any
    stride. Raises `GeometryError` for another name, or for "same" with a stride. Source: torch.nn.Conv2d `padding`; Dive into
    Deep Learning 7.3.

    >>> [named_padding(name, 4) for name in ("same", "same_lower", "full", "causal")]
    [(1, 2), (2, 1), (3, 3), (3, 0)]
    >>> named_padding("same", 3, stride=2)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: padding "same" needs stride 1, this stride is 2: set stride to 1, or write the padding as \
numbers (1 before, 1 after)
    """
    total = whole_number("dilation", dilation, 1) * (whole_number("kernel_size", kernel_size, 1) - 1)
    half = total // 2
    sides = {
        "valid": (0, 0),
        "same": (half, total - half),
        "same_lower": (total - half, half),
        "full": (total, total),
        "causal": (total, 0),
    }
    require_one_of("padding", name, NAMED_PADDINGS)
    if name == "same" and whole_number("stride", stride, 1) > 1:
        before, after = sides[name]
        raise GeometryError(
            f'padding "same" needs stride 1, this stride is {stride}: '
            f"set stride to 1, or write the padding as numbers ({before} before, {after} after)",
            parameter="padding",
            value=name,
            limit=1,
            remedy={"before": before, "after": after},
        )
    return sides[name]


def unread(table: Table, input_size: int) -> NDArray[np.bool_]:
    """Which cells of an input of `input_size` cells no window reads. Raises IndexError for a table of a larger input.

    >>> unread(Axis(6, 2, stride=3).table(), 6).tolist()
    [False, False, True, False, False, True]
    >>> unread(Axis(6, 2).table(), 3)
    Traceback (most recent call last):
    IndexError: index 4 is out of bounds for axis 0 with size 4
    """
    mask = np.ones(input_size + 1, dtype=np.bool_)
    mask[table.reads] = False
    return mask[:input_size]


def _reads(table: Table, output: int) -> tuple[int, ...]:
    outputs = len(table.reads)
    if not 0 <= output < outputs:
        raise GeometryError(
            f"output is {output}: this axis has outputs 0 to {outputs - 1}",
            parameter="output",
            value=output,
            limit=outputs - 1,
            remedy={"output": min(max(output, 0), outputs - 1)},
        )
    return tuple(int(cell) for cell in table.reads[output] if cell != NOTHING)


def _in_lowest_terms(outputs: int, cells: int) -> tuple[int, int]:
    common = math.gcd(outputs, cells)
    return outputs // common, cells // common


def _require_integers(axis: Any, **least: int) -> None:
    """Make every field a plain int, refusing what is none or too small."""
    for field in fields(axis):
        if field.name not in least:
            continue
        number = whole_number(field.name, getattr(axis, field.name), least[field.name])
        object.__setattr__(axis, field.name, number)


def require_one_of(parameter: str, value: Any, names: Sequence[str]) -> None:
    """Raises `GeometryError` for a value that is not one of `names`; the first of them is the way out.

    >>> require_one_of("kind", "max", ("max", "average"))
    >>> require_one_of("kind", "mean", ("max", "average"))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kind "mean" is not one of max, average
    """
    if value not in names:
        raise GeometryError(
            f'{parameter} "{value}" is not one of {", ".join(names)}',
            parameter=parameter,
            value=value,
            limit=tuple(names),
            remedy={parameter: names[0]},
        )


def on_each_axis(dimension: int, make: Callable[[int], A]) -> tuple[A, ...]:
    """What `make` makes of each axis's number; a `GeometryError` raised on the way says which axis it was.

    >>> on_each_axis(2, lambda index: Axis((4, 5)[index], 3).output_size)
    (2, 3)
    >>> on_each_axis(2, lambda index: Axis((4, 2)[index], 3).output_size)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: kernel 3 spans 3 cells; the padded input has 2: add 1 padding, or lower kernel to 2
    """
    made = []
    for index in range(dimension):
        try:
            made.append(make(index))
        except GeometryError as error:
            error.axis = index
            raise
    return tuple(made)


def whole_number(name: str, value: Any, limit: int) -> int:
    """`value` as a plain int. Raises `GeometryError` for what is no whole number, or one below `limit`.

    >>> whole_number("groups", 2, 1)
    2
    >>> whole_number("groups", 1.5, 1)
    Traceback (most recent call last):
    convviz.geometry.GeometryError: groups is 1.5: it must be a whole number of at least 1
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = limit - 1
    if number < limit:
        kind = "at least" if isinstance(value, int | np.integer) else "a whole number of at least"
        raise GeometryError(
            f"{name} is {value}: it must be {kind} {limit}",
            parameter=name,
            value=value,
            limit=limit,
            remedy={name: limit},
        )
    return number


def require_fillable(axis: Axis, padding_mode: PaddingMode) -> None:
    """Raises `GeometryError` where the padding mode cannot fill the padding of an axis.

    >>> require_fillable(Axis(3, 3, before=2), "reflect")
    >>> require_fillable(Axis(3, 3, before=3), "reflect")
    Traceback (most recent call last):
    convviz.geometry.GeometryError: reflect padding of 3 before an input of 3: the edge itself is not repeated, so at most 2; \
lower the padding or fill it with zeros
    """
    require_one_of("padding_mode", padding_mode, PADDING_MODES)
    limits = {"reflect": axis.input_size - 1, "circular": axis.input_size}
    limit = limits.get(padding_mode)
    for side in ("before", "after"):
        value = getattr(axis, side)
        if limit is not None and value > limit:
            reason = "the edge itself is not repeated" if padding_mode == "reflect" else "it wraps around once at most"
            raise GeometryError(
                f"{padding_mode} padding of {value} {side} an input of {axis.input_size}: {reason}, so at most {limit}; "
                "lower the padding or fill it with zeros",
                parameter=side,
                value=value,
                limit=limit,
                remedy={"padding_mode": "zeros"},
            )


def _stand_in(positions: Integers, size: int, padding_mode: PaddingMode) -> Integers:
    """The input cell that a position in the padding repeats."""
    if padding_mode == "reflect":
        mirrored = np.abs(positions)
        return np.where(mirrored < size, mirrored, 2 * (size - 1) - mirrored)
    if padding_mode == "replicate":
        return np.clip(positions, 0, size - 1)
    if padding_mode == "circular":
        return positions % size
    return np.full_like(positions, NOTHING)
