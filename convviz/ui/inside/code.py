"""The map on the page as a program of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from convviz.ui.inside.opened import Known
from convviz.ui.inside.sidebar import Slide
from convviz.ui.inside.state import Fill, InsidePage

_FILLS: Final[Mapping[Fill, str]] = {
    "grey": "0.5",
    "mean": "image.mean((1, 2))",
    "blur": 'filled("blur", image)',
    "black": "0",
}
_CODE: Final = """\
import torch

from convviz.lab.data import KINDS, load_test
from convviz.lab.inside.pictures import picture_of
from convviz.lab.occlusion import filled, occlusion_map
from convviz.lab.runs import the_store
from convviz.lab.weights import unpacked

run = the_store().run("{run}")
model = unpacked(run.weights())
picture = picture_of("{picture}", load_test(run.settings.data), KINDS[run.settings.data.name])
image = torch.tensor(picture.taken)  # {shape}, values from 0 to 1
target = {klass}  # {name}
patch, stride = {patch}, {stride}
fill = {fill}

# By hand: the patch at one position after the other, a whole pass of the network for each.
instead = torch.zeros_like(image) + (fill.view(-1, 1, 1) if torch.is_tensor(fill) and fill.ndim == 1 else fill)
by_hand = torch.zeros({rows}, {columns})
with torch.inference_mode():
    without = model(image[None])[0, target]
    for row in range({rows}):
        for column in range({columns}):
            hidden = image.clone()
            place = (slice(row * stride, row * stride + patch), slice(column * stride, column * stride + patch))
            hidden[:, *place] = instead[:, *place]
            by_hand[row, column] = without - model(hidden[None])[0, target]

# In one call: only what the patch can reach is computed again.
at_once = torch.tensor(occlusion_map(model, image, target, patch=patch, stride=stride, fill=fill))
print(f"largest difference: {{(by_hand - at_once).abs().max():.1e}}")
print("most is lost where the patch begins at", divmod(int(at_once.argmax()), {columns}), "times the stride")
"""


def occlusion_code(page: InsidePage, run: Known, slide: Slide) -> str:
    """The occlusion map of the page, by hand and in one call. Raises ValueError for a patch that cannot slide.

    >>> from convviz.ui.inside.opened import begun, known
    >>> from convviz.ui.inside.sidebar import slide_of
    >>> run = known("shapes-7x7")
    >>> "patch, stride = 8, 1" in occlusion_code(begun(run), run, slide_of(begun(run), run))
    True
    >>> occlusion_code(begun(run), run, Slide())
    Traceback (most recent call last):
    ValueError: not enough values to unpack (expected 2, got 0)
    """
    rows, columns = slide.positions
    return _CODE.format(
        run=page.run,
        picture=page.picture,
        shape=" × ".join(map(str, run.kind.input_shape)),
        klass=page.klass,
        name=run.kind.classes[page.klass],
        patch=page.patch,
        stride=page.stride,
        fill=_FILLS[page.fill],
        rows=rows,
        columns=columns,
    )


def show_code(page: InsidePage, run: Known, slide: Slide) -> None:
    """To read, and to take along."""
    if slide.refused:
        st.caption("There is code for a patch that can slide.")
        return
    st.code(occlusion_code(page, run, slide), language="python")
