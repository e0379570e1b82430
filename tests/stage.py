"""A page with a stage on it, as a test drives it: every wait is for a condition."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

ROOT = '[data-convviz="stage"]'

# The module that the stage came with, asked for by the address it was loaded from.
MODULE = """
    const root = document.querySelector('[data-convviz="stage"]');
    const source = performance.getEntriesByType("resource").find((entry) => entry.name.endsWith("/stage.mjs")).name;
    const stage = await import(source);
"""

# The rectangle of a cell on the sheet of a slot, in pixels of the canvas.
RECTANGLE = "async ([grid, position, slot]) => {" + MODULE + "return stage.rectNow(root, grid, position, slot); }"

# Which cells of each grid are lit, as lists of positions; those of all channels alike.
LIT = (
    "async () => {"
    + MODULE
    + """
    const { product } = await import(new URL("cells.mjs", source).href);
    const lit = Object.entries(stage.litNow(root));
    return Object.fromEntries(lit.map(([grid, { lists }]) => [grid, product(lists)]));
}"""
)

# Polled in the page itself: the page's policy forbids the evaluation of strings by which Playwright polls.
UNTIL = """(argument) => new Promise((resolve, reject) => {
    const started = performance.now();
    const check = () => {
        let holds;
        try {
            holds = CONDITION;
        } catch (error) {
            reject(error); // thrown in a later frame, nobody would hear of it
            return;
        }
        if (holds) resolve();
        else if (performance.now() - started > 20000) reject(new Error("waited in vain"));
        else requestAnimationFrame(check);
    };
    check();
})"""


def wait_until(page: Page, condition: str, argument: Any = None) -> None:
    """Wait for a JavaScript condition to hold."""
    page.evaluate(UNTIL.replace("CONDITION", condition), argument)


class Stage:
    """The stage of a page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str) -> Stage:
        self.page.goto(self.address + path)
        self.root.wait_for()
        wait_until(self.page, f"document.querySelector('{ROOT}').dataset.step !== undefined")
        return self

    @property
    def root(self) -> Locator:
        return self.page.locator(ROOT)

    @property
    def arithmetic(self) -> str:
        return self.page.locator('[data-convviz="arithmetic"]').text_content() or ""

    @property
    def step(self) -> int:
        return int(self.root.get_attribute("data-step") or -1)

    @property
    def steps(self) -> int:
        return int(self.root.get_attribute("data-steps") or -1)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(size) for size in (self.root.get_attribute("data-output-shape") or "").split("×"))

    def press(self, *keys: str) -> None:
        self.root.focus()
        for key in keys:
            self.page.keyboard.press(key)

    def expect(self, name: str, value: object) -> None:
        expect(self.root).to_have_attribute(f"data-{name}", str(value))

    def expect_arithmetic(self, words: str) -> None:
        expect(self.page.locator('[data-convviz="arithmetic"]')).to_contain_text(words)

    def wait_until(self, condition: str, argument: Any = None) -> None:
        """Wait for a JavaScript condition on `stage`, the stage's inner state, to hold."""
        wait_until(self.page, f"((stage) => {condition})(document.querySelector('{ROOT}').convviz)", argument)

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(f"() => {{ const stage = document.querySelector('{ROOT}').convviz; return {expression}; }}")

    def expect_whole_arithmetic(self, words: str) -> None:
        expect(self.page.locator('[data-convviz="arithmetic"]')).to_have_text(words)

    def expect_output(self, values: list[Any]) -> None:
        """The whole output as the stage holds it."""
        self.wait_until(
            "JSON.stringify(Array.from(stage.scene.grids.output.data)) === argument", json.dumps(values, separators=(",", ":"))
        )

    def rectangle(self, grid: str, position: tuple[int, ...], slot: int = 0) -> dict[str, float]:
        found: dict[str, float] = self.page.evaluate(RECTANGLE, [grid, list(position), slot])
        return found

    def centre(self, grid: str, position: tuple[int, ...], slot: int = 0) -> tuple[float, float]:
        """The middle of a cell, in page coordinates."""
        rectangle, box = self.rectangle(grid, position, slot), self.page.locator(f"{ROOT} canvas").bounding_box()
        assert box
        half = rectangle["size"] / 2
        return box["x"] + rectangle["x"] + half, box["y"] + rectangle["y"] + half

    def point(self, grid: str, position: tuple[int, ...], slot: int = 0) -> None:
        """Point at a cell and wait until the stage has drawn it."""
        self.page.mouse.move(*self.centre(grid, position, slot))
        self.wait_until(
            "stage.view.hover?.grid === argument[0] "
            "&& stage.view.hover.cell.slice(-argument[1].length).join() === argument[1].join() "
            "&& stage.shownKey.includes(JSON.stringify(stage.view.hover))",
            [grid, list(position)],
        )

    def click(self, grid: str, position: tuple[int, ...], slot: int = 0) -> None:
        self.page.mouse.click(*self.centre(grid, position, slot))

    def colour_at(self, grid: str, position: tuple[int, ...], slot: int = 0) -> list[int]:
        """A pixel in the upper left of a cell, where no number stands."""
        rectangle = self.rectangle(grid, position, slot)
        x, y = (rectangle[side] + 0.14 * rectangle["size"] for side in ("x", "y"))
        colour: list[int] = self.evaluate(
            f"[...stage.parts.context.getImageData({x} * stage.scale, {y} * stage.scale, 1, 1).data]"
        )
        return colour

    def look_away(self) -> None:
        """Point at nothing, and wait until the stage has drawn that."""
        self.page.mouse.move(5, 5)
        self.wait_until("stage.view.hover === null && JSON.parse(stage.shownKey)[1] === null")

    def lit(self) -> dict[str, set[tuple[int, ...]]]:
        return {grid: {tuple(cell) for cell in cells} for grid, cells in self.page.evaluate(LIT).items()}

    def number(self, label: str) -> Locator:
        """The field of a number, once a rerun has taken the one it replaces away."""
        field = self.page.get_by_role("spinbutton", name=label, exact=True)
        expect(field).to_have_count(1)
        return field

    def set_number(self, label: str, value: int | float) -> None:
        field = self.number(label)
        field.fill(str(value))
        field.press("Enter")
