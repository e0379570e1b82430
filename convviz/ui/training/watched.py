"""The run that a page watches, as it stands now, and what the one who looks may do with it."""

from __future__ import annotations

from dataclasses import dataclass

from convviz.lab.errors import OwnerError, StoreError
from convviz.lab.owners import require_owner
from convviz.lab.run import OVER, Run, State
from convviz.lab.runs import SHIPPED, the_store
from convviz.lab.settings import Settings
from convviz.ui.training.owner import is_keeper
from convviz.ui.training.state import as_asked


@dataclass(frozen=True)
class Watched:
    """A run: what was asked for, how it stands, why, how many epochs it has, and whether it is this browser's."""

    run: Run
    settings: Settings
    is_loaded: bool
    state: State
    message: str
    epochs: int
    is_own: bool

    @property
    def goes_on(self) -> bool:
        """Whether there is more to come by itself."""
        return self.state not in OVER

    @property
    def can_be_resumed(self) -> bool:
        """By who looks: a cancelled one is its owner's alone."""
        if self.is_loaded and self.state == "failed":
            return False  # the file stays what it is
        return self.state in {"interrupted", "failed"} or (self.state == "cancelled" and self.is_own)


def watched(run_id: str | None, token: str) -> Watched | None:
    """The run of an id, None for no id. Raises `StoreError` for one that is gone, or cannot be read."""
    if run_id is None:
        return None
    store = the_store()
    run = store.run(run_id)
    order, figures = run.order, run.figures()
    return Watched(
        run,
        as_asked(order.settings),
        order.loaded,
        run.state,
        store.problem(run_id),
        figures[-1].epoch if figures else 0,
        run.folder.parent != SHIPPED and owns(run, token),
    )


def owns(run: Run, token: str) -> bool:
    """Whether a browser may end and delete a run."""
    try:
        require_owner(run, acting(token), the_store().token)
    except OwnerError:
        return False
    return True


def acting(token: str) -> str:
    """The token that a browser acts with: who knows the key keeps the store."""
    return the_store().token if is_keeper(token) else token


def goes_on(run_id: str | None) -> bool:
    """Whether that run is in the queue or trains; of one that is gone, no."""
    try:
        return run_id is not None and the_store().run(run_id).state not in OVER
    except StoreError:
        return False
