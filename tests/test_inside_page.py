"""A trained network opened on its page: every number is the network's own, whoever asks for it; links, walk, broken things."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import BrowserContext, Locator, expect

from convviz.lab.data import load_test
from convviz.lab.inside.maps import features
from convviz.lab.inside.office import stamp_of
from convviz.lab.inside.opened import opened
from convviz.lab.inside.stages import stage_of
from convviz.lab.occlusion import occluded_scores
from convviz.lab.runs import Run, shipped
from tests.conftest import Server
from tests.stage import ROOT, Stage, wait_until

RUN = shipped()[0]
PICTURE = 13
THERE = "stage.scene?.reading && stage.scene.of === argument"


class Inside(Stage):
    """The page, in one browser."""

    def see(self, query: str = "", picture: int | str = PICTURE) -> Inside:
        self.open(f"/inside-a-cnn?picture={picture}{query}")
        self.wait_for(picture)
        return self

    def wait_for(self, picture: int | str) -> None:
        """Until its map is there."""
        self.wait_until(THERE, str(picture))

    def wait_for_one(self, what: str) -> None:
        """Until that stage is there, and the one that it replaces is not."""
        self.page.locator(ROOT + what).wait_for()
        expect(self.root).to_have_count(1)

    def looks(self, name: str) -> Locator:
        return self.page.locator(".st-key-tabs").get_by_text(name, exact=True)

    @property
    def line(self) -> Locator:
        return self.page.locator('[data-convviz="arithmetic"]')


@pytest.fixture
def inside(context: BrowserContext, server: Server) -> Inside:
    return Inside(context.new_page(), server.address)


@pytest.fixture(scope="module")
def network():
    return opened(str(RUN.folder), 0)


def picture_of(network, number: int = PICTURE) -> torch.Tensor:
    return torch.tensor(network.tests.images[number] / 255, dtype=torch.float32)


def chances(network, **how: int) -> tuple[np.ndarray, np.ndarray]:
    found = occluded_scores(network.module, picture_of(network), way="plain", **how)
    return tuple(torch.tensor(each).softmax(-1).numpy() for each in (found.plain, found.scores))


def test_the_map_says_what_the_network_says(inside: Inside, network) -> None:
    inside.see("&patch=6&stride=3&step=14")
    plain, hidden = chances(network, patch=6, stride=3)
    label = int(network.tests.labels[PICTURE])
    assert inside.shape == (1, *hidden.shape[:2])
    here = hidden.reshape(-1, 6)[14]
    before, after = (f"{round(float(each[label]), 3):.3f}" for each in (plain, here))
    inside.expect_arithmetic(before)
    inside.expect_arithmetic(after)
    found = inside.evaluate("Array.from(stage.scene.reading.chances)")
    np.testing.assert_allclose(np.reshape(found, hidden.shape), hidden, atol=2e-5)


def test_it_is_played_stepped_and_dragged_by_the_browser_alone(inside: Inside) -> None:
    inside.see("&step=0")
    asked: list[str] = []
    inside.page.on("request", lambda request: asked.append(request.url))
    inside.press("ArrowRight", "ArrowDown")
    inside.expect("step", 26)
    inside.press(" ")
    inside.wait_until("stage.transport.step > 30")
    inside.press(" ")
    box = inside.root.locator(".cv-in-picture-box").bounding_box()
    assert box
    cell = box["width"] / 32
    inside.page.mouse.move(box["x"] + 26 * cell, box["y"] + 26 * cell)
    inside.page.mouse.down()
    inside.expect("step", 22 * 25 + 22)  # its middle has come there
    inside.page.mouse.move(box["x"] + 20 * cell, box["y"] + 10 * cell, steps=4)
    inside.page.mouse.up()
    inside.expect("step", 6 * 25 + 16)
    assert not [each for each in asked if f"occlusion?picture={PICTURE}&" in each]


def test_another_picture_is_picked_and_brings_its_class(inside: Inside) -> None:
    inside.see()
    labels = load_test(RUN.settings.data).labels
    thumbs = inside.page.locator('[data-convviz="picker"] [data-picture]')
    other = next(
        each for each in thumbs.evaluate_all("nodes => nodes.map((node) => node.dataset.picture)") if each != str(PICTURE)
    )
    inside.page.locator(f'[data-convviz="picker"] [data-picture="{other}"]').click()
    inside.wait_for(other)
    inside.expect("klass", labels[int(other)])
    inside.page.wait_for_url(re.compile(f"picture={other}(&|$)"))


def test_the_class_is_chosen_by_key_in_the_answer_and_at_the_left(inside: Inside) -> None:
    inside.see()
    label = int(load_test(RUN.settings.data).labels[PICTURE])
    inside.press("c")
    inside.expect("klass", (label + 1) % 6)
    inside.page.wait_for_url(re.compile(f"class={(label + 1) % 6}(&|$)"))
    inside.root.locator(".cv-in-class").nth((label + 2) % 6).click()
    inside.page.wait_for_url(re.compile(f"class={(label + 2) % 6}(&|$)"))
    buttons = inside.page.get_by_test_id("stSidebar").locator('button[data-variant="segmented_control"]')
    expect(buttons.nth((label + 2) % 6)).to_have_attribute("data-selected", re.compile(".*"))
    buttons.nth((label + 3) % 6).click()
    inside.expect("klass", (label + 3) % 6)
    inside.page.wait_for_url(re.compile(f"class={(label + 3) % 6}(&|$)"))


def test_a_patch_of_another_size_keeps_the_place(inside: Inside) -> None:
    inside.see("&step=312")  # the middle: row 12, column 12 of 25
    inside.set_number("Patch", 4)
    inside.wait_until("stage.scene.grid?.patch === 4")
    assert divmod(inside.step, 29) == (14, 14)


def test_a_unit_is_chosen_anywhere_and_is_chosen_everywhere(inside: Inside, network) -> None:
    inside.see("&unit=conv2_1.5.3.4")
    value = features(network, picture_of(network).numpy())["conv2_1"][5, 3, 4]
    expect(inside.root).to_contain_text("layer 2, channel 5, at (3, 4)")
    expect(inside.root).to_contain_text(f"{float(value):.3g}")
    for look, words in (("Filters", "Layer 2, channel 5"), ("Effective field", "Layer 2, channel 5, at (3, 4)")):
        inside.looks(look).click()
        expect(inside.root).to_contain_text(words)
    assert stage_of(network.stages, "conv2_1").spans[0][3] == (1, 12)


@pytest.mark.parametrize("look", ["Layers", "Filters", "Saliency", "What excites it", "Effective field", "Code"])
def test_every_look_opens_without_a_scroll_bar(inside: Inside, look: str) -> None:
    inside.page.set_viewport_size({"width": 1280, "height": 720})
    inside.see()
    inside.looks(look).click()
    inside.page.wait_for_url(re.compile("view=" if look != "Layers" else "picture="))
    wait_until(inside.page, "document.querySelector('[data-testid=\"stApp\"]').dataset.testScriptState === 'notRunning'")
    for size in ("Height", "Width"):
        main = f"document.querySelector('[data-testid=\"stMain\"]').scroll{size}"
        assert inside.page.evaluate(main) <= inside.page.evaluate(main.replace("scroll", "client")) + 1
    assert inside.errors == []


def test_what_excites_a_class_emerges_and_beats_the_best_test_picture(inside: Inside) -> None:
    inside.see("&view=excites&excites.of=class")
    inside.page.get_by_role("button", name="Start", exact=True).click()
    expect(inside.root).to_contain_text(re.compile(r"step (6[4-9]|[7-9]\d|\d{3}) of 256"), timeout=60_000)
    inside.page.get_by_role("button", name="Stop", exact=True).click()
    expect(inside.page.get_by_role("button", name="Go on", exact=True)).to_be_visible()
    score, best = map(float, re.search(r"([\d.]+) against ([\d.]+)", inside.root.inner_text()).groups())
    assert score > best


def test_a_patch_that_cannot_slide_greys_the_stage_and_one_press_mends_it(inside: Inside) -> None:
    inside.see()
    inside.set_number("Stride", 0)
    expect(inside.root).to_have_class(re.compile("cv-refused"))
    inside.expect_arithmetic("stride is 0: it must be at least 1")
    inside.page.get_by_role("button", name="Set stride to 1").click()
    expect(inside.root).not_to_have_class(re.compile("cv-refused"))


def test_a_drawn_picture_is_answered_and_lives_in_the_link(inside: Inside, context: BrowserContext) -> None:
    inside.see()
    inside.page.get_by_role("button", name="draw", exact=True).click()
    pad = inside.page.locator('[data-convviz="picker"] canvas:visible').first.bounding_box()
    assert pad
    inside.page.mouse.move(pad["x"] + 40, pad["y"] + 40)
    inside.page.mouse.down()
    inside.page.mouse.move(pad["x"] + 120, pad["y"] + 90, steps=5)
    inside.page.mouse.up()
    inside.page.wait_for_url(re.compile(r"picture=\."))
    inside.wait_until("stage.scene?.reading && stage.scene.of.startsWith('.')")
    bytes_ = inside.evaluate("Array.from(stage.scene.picture.data)")
    assert bytes_ != load_test(RUN.settings.data).images[PICTURE].ravel().tolist()
    other = Inside(context.new_page(), inside.address)
    other.open(inside.page.url.removeprefix(inside.address))
    other.wait_until("stage.scene?.reading")
    assert other.evaluate("Array.from(stage.scene.picture.data)") == bytes_


def test_the_walk_is_taken_from_the_card_and_left_again(inside: Inside) -> None:
    inside.see()
    inside.page.get_by_role("button", name=re.compile("^Two-minute walk")).click()
    inside.wait_for_one('[data-steps="7"]')
    inside.page.wait_for_url(re.compile("walk=1"))
    inside.press("PageDown", "PageDown")
    inside.expect("step", 2)
    inside.page.wait_for_url(re.compile("walk=3"))
    inside.page.get_by_role("button", name="Back to the network").click()
    inside.wait_for_one(f'[data-picture="{PICTURE}"]')
    inside.wait_for(PICTURE)


def test_a_run_that_trains_on_is_asked_for_its_newest_weights(inside: Inside) -> None:
    run = Run(shutil.copytree(RUN.folder, Path(os.environ["CONVVIZ_RUNS"]) / "shapes-moving"))
    inside.see(f"&run={run.id}")
    os.utime(run.folder / "weights.safetensors")
    inside.press("ArrowRight")  # whatever the page does next
    inside.wait_until("stage.data.about.weights === argument && !stage.waits && stage.sceneKey", str(stamp_of(run)))
    assert inside.evaluate("stage.refused") == ""
    shutil.rmtree(run.folder)  # the store is every test's


def test_the_other_network_that_comes_along_is_chosen_from_the_list(inside: Inside) -> None:
    inside.see("&view=filters")
    inside.page.get_by_role("combobox", name="Run").fill("shapes-tagged")
    inside.page.get_by_role("option").first.click()
    inside.wait_until("stage.data.run === 'shapes-tagged' && stage.scene?.reading")
    inside.page.wait_for_url(re.compile("run=shapes-tagged"))
    assert inside.page.locator(ROOT).count() == 1
