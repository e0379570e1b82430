"""The page of the lab as a test drives it: every wait is for a condition."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from convviz.lab.runs import Store
from tests.conftest import Server
from tests.stage import Stage


class LabServer(Server):
    """The app with a store of its own, and whatever else its environment says."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.store = Store(folder)
        super().__init__(environment={"CONVVIZ_RUNS": str(folder), **environment})

    @property
    def workers(self) -> list[int]:
        """Processes of this server that compute."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                parent = re.search(r"^PPid:\t(\d+)$", status.read_text(), re.MULTILINE)
                words = (status.parent / "cmdline").read_bytes()
                if parent and int(parent[1]) == self.process.pid and b"convviz.lab.worker" in words:
                    found.append(int(status.parent.name))
        return found

    @property
    def seconds_of_workers(self) -> float:
        """Of a processor, that they have taken so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        found = 0.0
        for process in self.workers:
            with suppress(OSError):
                user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
                found += (int(user) + int(system)) / ticks
        return found

    def kill_workers(self) -> None:
        workers = self.workers
        assert workers, "none was found"
        for process in workers:
            os.kill(process, signal.SIGKILL)


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[LabServer]:
    server = LabServer(folder, **environment)
    server.wait()
    try:
        yield server
    finally:
        server.stop()


class Lab(Stage):
    """A page of it, in one browser."""

    def __init__(self, page: Page, server: LabServer) -> None:
        super().__init__(page, server.address)
        self.server = server

    def see(self, query: str = "") -> Lab:
        self.open(f"/training-lab{query}")
        return self

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def train(self) -> str:
        """Press it, and return the id of the run."""
        self.button("Train").click()
        return self.run_id()

    def run_id(self) -> str:
        expect(self.root).to_have_attribute("data-run", re.compile("."))
        self.page.wait_for_url(re.compile("run="))
        return str(self.root.get_attribute("data-run"))

    def expect_state(self, *states: str, within: float = 40_000) -> None:
        expect(self.root).to_have_attribute("data-state", re.compile(f"^({'|'.join(states)})$"), timeout=within)

    def wait_for_epochs(self, least: int) -> None:
        """At least so many have been made, and are known here."""
        self.wait_until("stage.parts.root.dataset.steps > argument", least)

    def shown(self) -> dict[str, Any]:
        """What the stage says of itself."""
        names = ("run", "state", "step", "steps", "live", "epochs")
        return {name: self.root.get_attribute(f"data-{name}") for name in names}
