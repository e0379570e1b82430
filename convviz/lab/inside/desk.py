"""Where questions about trained networks are answered: in a process of its own, which keeps the networks that it opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Final

from convviz.geometry import GeometryError
from convviz.lab.data import DataError
from convviz.lab.errors import StoreError
from convviz.lab.inside.answer import Answer
from convviz.lab.inside.arguments import text
from convviz.lab.inside.filters import described
from convviz.lab.inside.opened import Opened, numbers_of, opened
from convviz.lab.inside.stages import stage_of

Question = Callable[[Opened, Mapping[str, str]], Answer]


def answer(question: str, folder: str, stamp: int, arguments: tuple[tuple[str, str], ...]) -> tuple[bool, bytes | str]:
    """What a question about the run in a folder is answered: True and a safetensors file, or False and why not, in a sentence.

    `stamp` says which weights are meant, as `opened` takes it. Raises only what nobody counted on.

    >>> from convviz.lab.runs import shipped
    >>> folder = str(shipped()[0].folder)
    >>> found, content = answer("maps", folder, 0, (("picture", "7"),))
    >>> found, b"conv1_1" in content
    (True, True)
    >>> answer("maps", folder, 0, (("picture", "1200"),))
    (False, 'picture is 1200: there are test pictures 0 to 1,199; a picture of your own begins with a dot')
    >>> answer("weather", folder, 0, ())
    (False, 'question weather is none: ask for maps, occlusion, excites, attributions, emerging, field, filters, story, \
swapped or game')
    """
    try:
        return True, _asked(question)(opened(folder, stamp), dict(arguments)).packed()
    except (GeometryError, StoreError, DataError) as error:
        return False, str(error)


def warm(folder: str, stamp: int) -> None:
    """Open a run and answer the two questions that its page begins with: what torch loads late is loaded then.

    Once for each run that is kept: pages of several runs ask for it by turns. A run that cannot be opened is passed over: the
    first question will say so. Raises nothing.

    >>> warm("nowhere", 0)
    >>> warm("nowhere")
    Traceback (most recent call last):
    TypeError: warm() missing 1 required positional argument: 'stamp'
    """
    with suppress(GeometryError, StoreError, DataError):
        opened(folder, stamp).once("warm", lambda: [answer(question, folder, stamp, each) for question, each in _FIRST])


def _filters(opened: Opened, arguments: Mapping[str, str]) -> Answer:
    stage = stage_of(opened.stages, text(arguments, "layer"))
    if not stage.has_filters:
        known = ", ".join(each.name for each in opened.stages if each.has_filters) or "none in this network"
        why = f"layer {stage.name} has no filters: those that have are {known}"
        raise GeometryError(why, "layer", stage.name, known)
    weights = numbers_of(opened.module.layer(stage.name).state_dict())["weight"]
    return Answer({"weights": weights}, described(weights))


def _late(module: str, name: str) -> Question:
    """A question whose module is loaded when somebody asks it: Captum alone takes half a second."""

    def ask(opened: Opened, arguments: Mapping[str, str]) -> Answer:
        found: Answer = getattr(import_module(f"convviz.lab.inside.{module}"), name)(opened, arguments)
        return found

    return ask


def _asked(question: str) -> Question:
    if question not in QUESTIONS:
        *most, last = QUESTIONS
        known = f"{', '.join(most)} or {last}"
        raise GeometryError(f"question {question[:20]} is none: ask for {known}", "question", question, tuple(QUESTIONS))
    return QUESTIONS[question]


QUESTIONS: Final[Mapping[str, Question]] = {
    "maps": _late("maps", "maps"),
    "occlusion": _late("occluding", "occlusion"),
    "excites": _late("excites", "excites"),
    "attributions": _late("attributions", "attributions"),
    "emerging": _late("emerging", "emerging"),
    "field": _late("fields", "field"),
    "filters": _filters,
    "story": _late("story", "story"),
    "swapped": _late("story", "swapped"),
    "game": _late("story", "game"),
}
"""What can be asked, by the name that its address has."""

_FIRST: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    ("maps", (("picture", "0"),)),
    ("occlusion", (("picture", "0"), ("patch", "8"), ("stride", "1"), ("fill", "grey"))),
)
