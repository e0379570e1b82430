"""The page of the lab from end to end: train, scrub, reload, restart, kill, resume; who may do what; every bad day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from convviz.lab.carry import carry_out
from convviz.lab.run import Run
from convviz.lab.runs import Store, shipped
from convviz.lab.settings import recommended
from convviz.ui.training.state import as_asked
from tests.conftest import ROOT
from tests.lab_page import Lab, LabServer, serving

Opened = Callable[[str], Lab]


@pytest.fixture(scope="module")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with serving(tmp_path_factory.mktemp("runs")) as server:
        yield server


@pytest.fixture
def lab(context: BrowserContext, lab_server: LabServer) -> Lab:
    return Lab(context.new_page(), lab_server)


@pytest.fixture
def other(browser: Browser, lab_server: LabServer) -> Iterator[Lab]:
    """Somebody else's browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield Lab(context.new_page(), lab_server)
    context.close()


README = re.findall(
    r"^\| (\w\d) \|[^|]*\| \[[^]]*\]\(http://localhost:8501(/training-lab\S*)\) \| ([^|]*) \|$",
    (ROOT / "README.md").read_text(),
    re.MULTILINE,
)


def test_the_readme_says_what_the_page_says(lab: Lab) -> None:
    assert [row for row, *_ in README] == ["E1", "E2", "E2", "E2", "E3", "D5"]
    for _, path, words in README:
        lab.open(path)
        expect(lab.page.locator("body")).to_contain_text(words)
        expect(lab.page.locator(".cv-problem")).to_have_count(0)
    assert lab.errors == []


# --- Train -----------------------------------------------------------------------------------------------------------------


def test_one_press_trains_digits_to_98_percent_and_the_filters_can_be_scrubbed(lab: Lab) -> None:
    lab.see()
    run = Run(lab.server.store.folder / lab.train())
    lab.expect_state("finished")
    lab.expect("step", 12)
    assert run.figures()[-1].test_accuracy >= 0.98
    lab.expect_arithmetic(f"accuracy {100 * run.figures()[-1].test_accuracy:.1f}")
    seen = []
    for epoch in (12, 6, 0):
        lab.evaluate(f"stage.parts.scrubber.value = {epoch}, stage.parts.scrubber.dispatchEvent(new Event('input'))")
        lab.expect("step", epoch)
        lab.expect_arithmetic(f"accuracy {100 * run.figures()[epoch].test_accuracy:.1f}")
        seen.append(run.arrays(epoch)["filters"].tobytes())
    assert len(set(seen)) == 3
    lab.page.wait_for_url(re.compile("epoch=0"))
    lab.page.reload()
    lab.expect("step", 0)
    assert lab.errors == []


def test_a_run_outlives_a_reload_a_restart_and_a_kill(lab: Lab, tmp_path: Path) -> None:
    lab.see("?data=digits&training.epochs=60")
    run = Run(lab.server.store.folder / lab.train())
    lab.wait_for_epochs(2)
    lab.page.reload()
    lab.expect_state("training")
    lab.expect("run", run.id)
    lab.expect("live", "true")
    lab.wait_for_epochs(int(lab.root.get_attribute("data-step") or 0) + 2)

    lab.server.restart()
    lab.expect_state("interrupted")
    lab.page.get_by_role("button", name=re.compile("Resume from epoch")).click()
    lab.expect_state("training")
    made = len(run.figures())
    lab.wait_for_epochs(made + 1)

    lab.server.kill_workers()
    lab.expect_state("interrupted")
    expect(lab.root).to_contain_text("resume it from its last epoch")
    lab.page.get_by_role("button", name=re.compile("Resume from epoch")).click()
    lab.expect_state("finished")
    lab.expect("step", 60)
    whole = Store(tmp_path).prepare(run.settings)
    carry_out(str(whole.folder))
    assert [figures.test_loss for figures in run.figures()] == [figures.test_loss for figures in whole.figures()]
    assert lab.errors == []


def test_what_is_changed_is_what_is_trained(lab: Lab) -> None:
    """One change after the other, and then the button: what a widget says late is not heard."""
    lab.see()
    lab.set_number("Filters", 5)
    expect(lab.page.locator(".cv-counted-weights")).not_to_have_text("16,794 weights")
    lab.set_number("Epochs", 2)
    lab.page.get_by_text("shift", exact=True).click()
    run = Run(lab.server.store.folder / lab.train())
    lab.expect_state("finished")
    settings = recommended("digits")
    assert as_asked(run.settings) == replace(
        settings,
        model=replace(settings.model, channels=(5, 32)),
        training=replace(settings.training, epochs=2),
        augmentation=replace(settings.augmentation, translation=1),
    )
    lab.page.get_by_role("combobox", name="Model").fill("MLP")
    lab.page.get_by_role("option", name="MLP", exact=True).click()
    expect(lab.page.get_by_role("spinbutton", name="Weights", exact=True)).to_be_visible()
    lab.button("Train anew").click()
    expect(lab.root).not_to_have_attribute("data-run", run.id)
    other = Run(lab.server.store.folder / lab.run_id())
    assert other.settings.model.kind == "mlp"
    lab.expect_state("finished")
    assert lab.errors == []


def test_it_is_paused_goes_on_by_one_epoch_and_lets_others_watch_and_wait(lab: Lab, other: Lab) -> None:
    lab.see("?data=digits&training.epochs=900")
    run = Run(lab.server.store.folder / lab.train())
    lab.wait_for_epochs(1)
    other.see(f"?run={run.id}")
    other.expect_state("training")
    expect(other.page.get_by_text("Whoever started it may pause or cancel it.")).to_be_visible()
    expect(other.button("Cancel")).to_have_count(0)

    lab.button("Pause").click()
    lab.expect_state("paused")
    other.expect_state("paused")
    made = len(run.figures())
    lab.button("One epoch").click()
    other.expect("steps", made + 1)
    other.expect_state("paused")
    assert len(run.figures()) == made + 1
    for epochs in (made + 2, made + 3):
        lab.button("One epoch").click()
        lab.expect("steps", epochs)
        lab.expect_state("paused")

    other.button("A new run ›").click()
    waiting = other.train()
    assert waiting != run.id
    other.expect_state("queued")
    expect(other.root).to_contain_text("Waiting: 1 before it, paused by whoever started it")
    other.button("Cancel").click()
    other.expect_state("cancelled")

    lab.button("Go on").click()
    lab.wait_for_epochs(made + 5)
    expect(lab.button("Pause")).to_be_visible()
    lab.button("Cancel").click()
    lab.expect_state("cancelled")
    expect(lab.button(f"Resume from epoch {len(run.figures()) - 1}")).to_be_visible()
    assert lab.errors == other.errors == []


def test_weights_are_taken_along_and_loaded_again(lab: Lab, tmp_path: Path) -> None:
    known = shipped()[0]
    lab.page.goto(f"{lab.address}/training-lab?run={known.id}&view=weights")
    with lab.page.expect_download() as downloading:
        lab.button("Download the weights").click()
    file = tmp_path / "mine.safetensors"
    downloading.value.save_as(file)
    assert file.read_bytes() == known.weights()
    lab.page.locator("input[type=file]").set_input_files(file)
    lab.button("Load it").click()
    lab.page.wait_for_url(lambda url: "run=shapes-" in url and known.id not in url)
    run = Run(lab.server.store.folder / lab.run_id())
    lab.expect_state("finished")
    lab.expect("steps", 1)
    lab.expect_arithmetic(f"accuracy {100 * known.figures()[-1].test_accuracy:.1f}")
    np.testing.assert_allclose(run.arrays(0)["filters"], known.arrays(12)["filters"], rtol=2**-11, atol=2**-25)

    lab.page.locator(".st-key-tabs").get_by_text("Weights", exact=True).click()
    lab.page.locator("input[type=file]").set_input_files(
        {"name": "a.safetensors", "mimeType": "", "buffer": b"12345678 no weights"}
    )
    lab.button("Load it").click()
    expect(lab.page.locator(".cv-problem")).to_contain_text("the file is cut off, damaged, or no safetensors file")
    assert lab.errors == []


def test_a_training_that_fails_says_why_and_what_to_do(lab: Lab) -> None:
    lab.see("?data=digits&training.lr=10&training.optimizer=SGD&training.schedule=constant&model.batch_norm=false")
    lab.train()
    lab.expect_state("failed")
    expect(lab.root).to_contain_text("lr 10 is too large for this network; lower lr to 1")
    expect(lab.page.get_by_role("button", name=re.compile("Resume from epoch|Start it again"))).to_be_visible()
