"""The controls beside a stage, in the order of the formula. One frozen example in the session is the truth; widgets show it.

Each widget gets its value from the example before it is drawn and changes the example in its callback, so that edits on the
stage, presets, links and remedies all take the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from convviz.geometry import NAMED_PADDINGS, PADDING_MODES, GeometryError
from convviz.samples import KERNELS, PRESETS, Kind, Recipe, Sample, typed
from convviz.ui.changes import padding_sides, with_axis, with_cell, with_remedy, with_side
from convviz.ui.fields import SIZE_FIELDS, Field
from convviz.ui.links import Example, Pin, parse_numbers, read_link, write_link
from convviz.ui.stage import Cue

STAGE: Final = "stage"
"""Key of the stage's component."""
_REMEMBERED: Final = 50
_PADDINGS: Final = {
    "number": "by number",
    "sides": "each side",
    "valid": "valid",
    "same": "same",
    "same_lower": "same, larger half first",
    "full": "full",
    "causal": "causal",
}
_KINDS: Final[Mapping[str, str]] = {"random": "random", "ramp": "ramp", "impulse": "impulse", "typed": "typed"}
_WEIGHT_KINDS: Final = {"random": "random numbers", "ramp": "counting up", "impulse": "one in the middle", "typed": "typed"}


def open_example() -> tuple[Example, tuple[str, ...]]:
    """The example of this session; the address decides where it says something that this page did not write itself."""
    address = dict(st.query_params)
    if "example" not in st.session_state or (address and address not in st.session_state["written"]):
        example, problems = read_link(address)
        st.session_state["written"] = [address]
        st.session_state["problems"] = problems
        st.session_state["edits_taken"] = 0
        _start(example)
    return cast("Example", st.session_state["example"]), st.session_state["problems"]


def write_address(example: Example) -> tuple[dict[str, str], tuple[str, ...]]:
    """Put the example into the address; returns its parameters and the names of what had to be left out."""
    parameters, left_out = write_link(example)
    if parameters != dict(st.query_params):
        st.session_state["written"] = [*st.session_state["written"][-_REMEMBERED:], parameters]
        st.query_params.from_dict(parameters)
    return parameters, left_out


def cue() -> Cue:
    """Where the stage is to be."""
    state = st.session_state
    return Cue(state["cue"], state["cue_step"], state["cue_pin"], state["edits_taken"])


def sidebar(example: Example) -> None:
    """All controls of a convolution, top to bottom in the order of the formula."""
    sample = example.sample
    _choice(
        "Start from",
        "preset",
        list(PRESETS),
        example.preset,
        lambda name: _start(Example(name, PRESETS[name].sample)),
        format_func=lambda name: PRESETS[name].title,
        help=f"Canonical configurations and the lectures' examples. This one: {PRESETS[example.preset].source}.",
    )
    _pair(SIZE_FIELDS["input_size"], sample)
    _pair(SIZE_FIELDS["kernel_size"], sample)
    _pair(SIZE_FIELDS["stride"], sample)
    _padding(sample)
    _pair(SIZE_FIELDS["dilation"], sample)
    _keep("linked", _linked())
    st.toggle("Height and width together", key="linked", on_change=_link, help="Changing one changes the other.")
    _slide(sample)
    _input_values(sample)
    _weights(sample)
    _typed_numbers(sample)


def take_place() -> None:
    """The stage came to rest: remember step and pin for the link."""
    place = st.session_state[STAGE]["place"]
    pin = place["pin"] and Pin(place["pin"]["grid"], tuple(place["pin"]["cell"]))
    st.session_state["example"] = replace(_example(), step=place["step"], pin=pin)


def take_edits() -> None:
    """Numbers were typed on the stage: take over those not taken yet."""
    for edit in st.session_state[STAGE]["edits"] or ():
        if edit["id"] > st.session_state["edits_taken"]:
            st.session_state["edits_taken"] = edit["id"]
            _change(with_cell(_example().sample, edit["grid"], tuple(edit["cell"]), edit["value"]))


def take_remedy(error: GeometryError) -> Callable[[], None]:
    """What the button of a refusal does."""
    return lambda: _change(with_remedy(_example().sample, error, linked=_linked()))


def take_changes(**parameters: Any) -> None:
    """Change some parameters of the sample."""
    _change(_example().sample.changed(**parameters))


def back_to_the_example() -> None:
    """Every parameter and number as the preset has them."""
    preset = _example().preset
    _start(Example(preset, PRESETS[preset].sample))


def _example() -> Example:
    return cast("Example", st.session_state["example"])


def _start(example: Example) -> None:
    """A new example: the stage goes to its place, and axes that agree are linked."""
    state = st.session_state
    state["example"] = example
    state["cue"] = state.get("cue", 0) + 1
    state["cue_step"], state["cue_pin"] = example.step, example.pin
    sample = example.sample
    state["is_linked"] = all(len(set(getattr(sample, name))) == 1 for name in SIZE_FIELDS if name != "padding") and (
        isinstance(sample.padding, str) or len(set(sample.padding)) == 1
    )
    state["padding_by_sides"] = not isinstance(sample.padding, str) and any(before != after for before, after in sample.padding)


def _change(sample: Sample) -> None:
    st.session_state["example"] = replace(_example(), sample=sample)
    st.session_state["problems"] = ()


def _linked() -> bool:
    return bool(st.session_state["is_linked"])


def _link() -> None:
    st.session_state["is_linked"] = st.session_state["linked"]


def _keep(key: str, value: Any) -> None:
    """Show the truth: a widget's value is set before it is drawn, and only where it differs."""
    if st.session_state.get(key) != value or key not in st.session_state:
        st.session_state[key] = value


def _choice(label: str, key: str, options: list[str], value: str, take: Callable[[str], None], **rest: Any) -> None:
    _keep(key, value)
    st.selectbox(label, options, key=key, on_change=lambda: take(st.session_state[key]), **rest)


def _segments(label: str, key: str, options: Mapping[str, str], value: str, take: Callable[[str], None], help: str) -> None:  # noqa: A002 - Streamlit's name
    _keep(key, value)
    st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=lambda option: options[option],
        required=True,
        on_change=lambda: take(st.session_state[key]),
        width="stretch",
        help=help,
    )


def _numbers(label: str, key: str, values: tuple[int, ...], field: Field, take: Callable[[int, int], None]) -> None:
    """One stepper an axis, side by side; an emptied one keeps its old value."""
    names = ("height", "width")

    def changed(axis: int) -> None:
        value = st.session_state[f"{key}.{axis}"]
        if value is not None:
            take(axis, int(value))

    for axis, column in enumerate(st.columns(len(values))):
        _keep(f"{key}.{axis}", values[axis])
        column.number_input(
            f"{label or 'Padding'} ({names[axis]})" if axis or not label else label,
            field.least,
            field.most,
            step=1,
            key=f"{key}.{axis}",
            on_change=changed,
            args=(axis,),
            help=field.help if axis == 0 else None,
            label_visibility="collapsed" if not label else "visible" if axis == 0 else "hidden",
        )


def _pair(field: Field, sample: Sample) -> None:
    def take(axis: int, value: int) -> None:
        _change(with_axis(_example().sample, field.attribute, None if _linked() else axis, value))

    _numbers(field.label, field.attribute, getattr(sample, field.attribute), field, take)


def _padding(sample: Sample) -> None:
    name = sample.padding if isinstance(sample.padding, str) else ""
    by = name or ("sides" if st.session_state["padding_by_sides"] else "number")
    first, second = st.columns(2)
    with first:
        _choice(
            "Padding",
            "padding_by",
            list(_PADDINGS),
            by,
            _take_padding,
            format_func=_PADDINGS.__getitem__,
            help='Cells around the input: by number, or by a name that follows the kernel. "same" is PyTorch\'s, '
            "with the larger half after; the lectures put it first.",
        )
    with second:
        _choice(
            "filled with",
            "padding_mode",
            list(PADDING_MODES),
            sample.padding_mode,
            lambda mode: take_changes(padding_mode=mode),
            help="What a window reads in the padding: zeros, or cells of the input again.",
        )
    if name:
        return
    sides = padding_sides(sample)
    field = SIZE_FIELDS["padding"]
    for side, label in enumerate(("Before", "After") if by == "sides" else ("",)):

        def take(axis: int, value: int, side: int = side) -> None:
            chosen = side if by == "sides" else None
            _change(with_side(_example().sample, None if _linked() else axis, chosen, value))

        _numbers(label, f"padding.{side}", tuple(pair[side] for pair in sides), field, take)


def _take_padding(by: str) -> None:
    """From a name to numbers the cells stay what they were."""
    sample = _example().sample
    if by in NAMED_PADDINGS:
        _change(sample.changed(padding=by))
        return
    st.session_state["padding_by_sides"] = by == "sides"
    sides = padding_sides(sample)
    _change(sample.changed(padding=sides if by == "sides" else tuple((before, before) for before, _ in sides)))


def _slide(sample: Sample) -> None:
    _segments(
        "Slide as",
        "flip",
        {"no": "correlation", "yes": "convolution"},
        "yes" if sample.flip else "no",
        lambda choice: take_changes(flip=choice == "yes"),
        "Deep learning slides the kernel as it is (cross-correlation); mathematics turns it round first (true convolution).",
    )


def _input_values(sample: Sample) -> None:
    _segments(
        "Input values",
        "values",
        _KINDS,
        sample.input.kind,
        lambda kind: take_changes(input=_recipe(kind, "input")),
        "Random whole numbers, counting up, a single 1, or your own. Any cell can also be clicked and typed over.",
    )
    first, second = st.columns(2)
    with first:
        _keep("bias", sample.bias)
        st.number_input("Bias", key="bias", step=1.0, format="%g", on_change=_take_bias, help="Added to every sum.")
    with second:
        _keep("seed", sample.input.seed)
        st.number_input("Seed", 0, 10**6, step=1, key="seed", on_change=_take_seed, help="Another seed, other random numbers.")


def _weights(sample: Sample) -> None:
    named = next((name for name, recipe in KERNELS.items() if recipe == sample.weight), "")
    fits = named and KERNELS[named].sizes == sample.kernel_size
    _choice(
        "Kernel values",
        "weights",
        [*_WEIGHT_KINDS, *KERNELS],
        named if fits else sample.weight.kind,
        _take_weights,
        format_func=lambda name: _WEIGHT_KINDS.get(name, name),
        help="Numbers of the orange grid. Any weight can also be clicked and typed over.",
    )


def _typed_numbers(sample: Sample) -> None:
    """Boxes to type or paste into, for the grids that are typed."""
    boxes = [("input", "Type the input", "input_size"), ("weight", "Type the kernel", "kernel_size")]
    boxes = [box for box in boxes if getattr(sample, box[0]).kind == "typed"]
    for column, box in zip(st.columns(len(boxes)) if boxes else [], boxes, strict=True):
        with column:
            _typing(*box)


def _take_weights(name: str) -> None:
    if name in KERNELS:
        take_changes(weight=KERNELS[name], kernel_size=KERNELS[name].sizes)
    else:
        take_changes(weight=_recipe(name, "weight"))


def _recipe(kind: str, grid: str) -> Recipe:
    """The recipe of a kind; "typed" starts with the numbers that are there."""
    sample = _example().sample
    seed = getattr(sample, grid).seed
    if kind != "typed":
        return Recipe(cast("Kind", kind), seed)
    values = _values(sample, grid)
    return Recipe("typed", seed, tuple(values.ravel().tolist()), values.shape)


def _values(sample: Sample, grid: str) -> NDArray[np.float64]:
    x, weight, _ = sample.arguments()
    values: NDArray[np.float64] = x[0] if grid == "input" else weight[0, 0]
    return values


def _take_bias() -> None:
    if st.session_state["bias"] is not None:
        take_changes(bias=float(st.session_state["bias"]))


def _take_seed() -> None:
    seed = st.session_state["seed"]
    if seed is not None:
        sample = _example().sample
        take_changes(input=replace(sample.input, seed=seed), weight=replace(sample.weight, seed=seed))


def _typing(grid: str, label: str, attribute: str) -> None:
    """A box for numbers; the grid takes the size of what is typed."""
    values = _values(_example().sample, grid)
    if not st.session_state.get(f"{grid}.problem"):  # what was not understood stays to be mended
        _keep(f"{grid}.text", "\n".join(" ".join(f"{value:g}" for value in row) for row in values))
    with st.popover(label, width="stretch"):
        st.text_area(
            "One row a line, numbers apart by blanks, commas or tabs",
            key=f"{grid}.text",
            height=180,
            on_change=_take_text,
            args=(grid, attribute),
            help="The grid takes the size of what you type.",
        )
        if problem := st.session_state.get(f"{grid}.problem"):
            st.markdown(f":red[{problem}]")


def _take_text(grid: str, attribute: str) -> None:
    field = SIZE_FIELDS[attribute]
    try:
        recipe = typed(parse_numbers(st.session_state[f"{grid}.text"], field.most))
    except ValueError as error:
        st.session_state[f"{grid}.problem"] = f"Not taken over: {error}."
        return
    st.session_state[f"{grid}.problem"] = ""
    take_changes(**{grid: recipe, attribute: recipe.sizes})
