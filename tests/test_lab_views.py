"""What stands around the lab's stage: settings that cannot be, data, model, code, weights, the list of runs, the key."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Checkbox

from convviz.explain import pytorch_network_code
from convviz.figures import MOST_CURVES
from convviz.lab.augmentation_settings import Augmentation
from convviz.lab.carry import carry_out
from convviz.lab.data import KINDS, load, write_idx
from convviz.lab.errors import PreviewError
from convviz.lab.preview import augmented
from convviz.lab.run import Run
from convviz.lab.runs import Store, shipped
from convviz.lab.script import script
from convviz.lab.settings import recommended
from convviz.ui.training.compare import _listed
from convviz.ui.training.owner import KEY
from convviz.ui.training.state import MOST_COMPARED, NAME, VIEWS, LabPage, with_augmentation
from tests.conftest import ROOT
from tests.lab import TINY, tiny

Open = Callable[..., AppTest]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture
def see(store: Store, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the page of a store with parameters of a link."""
    monkeypatch.setenv("CONVVIZ_RUNS", str(store.folder))
    monkeypatch.setattr(Store, "warm", lambda *_: None)  # no process for each of these pages

    def opened(**parameters: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "pages" / "_navigation.py"), default_timeout=30)
        page.run().switch_page("training_lab.py").run()
        for name, value in parameters.items():
            page.query_params[name.replace("__", ".")] = value
        page.run()
        assert not page.exception
        return page

    return opened


def words(page: AppTest) -> str:
    """All that is written by hand."""
    assert not page.exception
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def told(page: AppTest) -> list[str]:
    return re.findall(r'<p class="cv-problem" role="status">(.*?)</p>', words(page))


def made(store: Store, settings=TINY) -> Run:
    run = store.prepare(settings)
    carry_out(str(run.folder))
    return run


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (each for each in page.button if each.label == label)
    assert not button.disabled
    button.click().run()
    assert not page.exception
    return page


def pictures_of(page: AppTest, alt: str) -> NDArray[np.uint8]:
    """A sheet of pictures, by its words."""
    (source,) = re.findall(rf'alt="{alt}"[^>]*src="data:image/png;base64,([^"]*)"', words(page))
    return np.asarray(Image.open(BytesIO(base64.b64decode(source))))


# --- Views -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("data", ["digits", "digits28", "tagged_shapes", "mnist"])
def test_every_view_of_every_kind_of_data_opens(see: Open, view: str, data: str) -> None:
    page = see(data=data, view=view)
    assert bool(told(page)) == (data == "mnist")


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_the_data_are_counted_class_by_class(see: Open, name: str) -> None:
    page = see(data=name, view="data")
    dataset, classes = load(recommended(name).data), KINDS[name].classes
    rows = re.findall(r"<tr><th>([^<]*)</th><td>(?:<img[^>]*>)?</td><td>([\d,]+)</td><td>([\d,]+)</td></tr>", words(page))
    counted = [(title.split()[-1], *(int(each.replace(",", "")) for each in counts)) for title, *counts in rows]
    parts = (dataset.train, dataset.test)
    assert counted[:-1] == list(zip(classes, *(part.counts(len(classes)) for part in parts), strict=True))
    assert counted[-1] == ("all", *map(len, parts))


def test_the_first_pictures_of_a_class_are_its_first_pictures(see: Open) -> None:
    page = see(data="shapes", view="data")
    train = load(recommended("shapes").data).train
    for label, name in enumerate(KINDS["shapes"].classes):
        sheet = pictures_of(page, f"{name}: 10 pictures")
        first = train.images[np.flatnonzero(train.labels == label)[:10]]
        for index, picture in enumerate(first):
            left = index * (32 + 4)
            assert (sheet[:, left : left + 32, :3] == picture.transpose(1, 2, 0)).all()
            assert (sheet[:, left : left + 32, 3] == 255).all()


def test_one_picture_is_augmented_as_training_does_it(see: Open) -> None:
    page = see(data="digits", view="data", augmentation__rotation="15.0", augmentation__translation="1")
    end = time.monotonic() + 60
    while 'data-preview="done"' not in words(page):
        assert time.monotonic() < end
        time.sleep(0.2)
        page.run()
    sheet = pictures_of(page, "15 random changes of it")
    settings = replace(recommended("digits"), augmentation=Augmentation(rotation=15.0, translation=1))
    for index, picture in enumerate(augmented(settings, 0, 15)):
        top, left = (place * (8 + 1) for place in divmod(index, 5))
        assert (sheet[top : top + 8, left : left + 8, 0] == picture[0]).all()


@pytest.mark.parametrize("data", ["digits", "digits28", "shapes"])
def test_the_model_is_its_networks_table(see: Open, data: str) -> None:
    html = words(see(data=data, view="model"))
    table = recommended(data).network().table()
    shown = re.findall(r"<tr><th>([^<]*)</th><td>[^<]*</td><td>([^<]*)</td><td>([\d,]*)</td>", html)
    expected = [
        (row.name, "×".join(map(str, row.output_shape)), f"{row.parameters:,}" if row.parameters else "") for row in table
    ]
    assert shown == expected
    assert f"<td>{table.parameters:,}</td><td>{table.macs:,}</td>" in html


def test_the_code_is_that_of_the_settings(see: Open) -> None:
    page = see(data="digits", view="code", training__epochs="3")
    settings = recommended("digits")
    settings = replace(settings, training=replace(settings.training, epochs=3))
    assert page.code[0].value == script(settings, pytorch_network_code(settings.network())).rstrip()


# --- Settings that cannot be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "sentence", "way_out"),
    [
        ({"model": "lenet5"}, "kernel 5 spans 5 cells; the padded input has 4", "Take the digits of 28 × 28"),
        ({"model__channels": "[16,0]"}, "channels is 0: it must be at least 1", "Set channels to 1"),
        ({"model__channels": "[9999,8]"}, "channels is 9999: it must be at most 512", "Set channels to 512"),
        ({"augmentation__rotation": "90"}, "of digits labels survive at most 20 degrees", "Set rotation to 20"),
        ({"training__lr": "0"}, "lr is 0", "Set lr to 0.004"),
        ({"training__epochs": "0"}, "epochs is 0: it must be at least 1", "Set epochs to 1"),
        ({"data": "shapes", "training__batch_size": "65536", "model__channels": "[512,512]"}, "a step would take", "Set batch"),
        ({"data": "mnist"}, "MNIST", None),
    ],
    ids=[
        "does not fit",
        "no channel",
        "too many channels",
        "no label survives",
        "no step",
        "no epoch",
        "no memory",
        "no files",
    ],
)
def test_what_cannot_be_is_said_with_the_way_out(
    see: Open, parameters: dict[str, str], sentence: str, way_out: str | None
) -> None:
    page = see(**parameters)
    assert sentence in "".join(told(page))
    (train,) = (button for button in page.button if button.label == "Train")
    assert train.disabled
    ways = [button.label for button in page.button if re.match("Set (?!it up)|Take ", button.label)]
    assert len(ways) == (way_out is not None)
    if way_out:
        assert ways[0].startswith(way_out)
        press(page, ways[0])
        assert told(page) == []
        assert not next(button for button in page.button if button.label == "Train").disabled


@pytest.mark.parametrize(
    ("label", "value"), [("Filters", 0), ("Filters", 10**6), ("Epochs", 100_000), ("Batch", 0), ("Epochs", -1)]
)
def test_what_is_typed_stays_in_sight_and_is_explained(see: Open, label: str, value: int) -> None:
    page = see()
    next(field for field in page.number_input if field.label == label).set_value(value).run()
    assert next(field for field in page.number_input if field.label == label).value == value
    assert f" is {value}: it must be at " in told(page)[0]
    assert next(button for button in page.button if button.label == "Train").disabled


def test_a_kernel_is_typed_and_the_weights_follow(see: Open) -> None:
    page = see()
    (filters,) = (field for field in page.number_input if field.label == "Filters")
    filters.set_value(3).run()
    settings = recommended("digits")
    network = replace(settings, model=replace(settings.model, channels=(3, 32))).network()
    assert f"{network.table().parameters:,} weights" in words(page)
    assert page.query_params["model.channels"] == "[3,32]"


def test_channels_are_typed_as_numbers(see: Open) -> None:
    page = see(view="model")
    (channels,) = page.text_input
    channels.set_value("4 8, 16").run()
    assert page.query_params["model.channels"] == "[4,8,16]"
    page.text_input[0].set_value("4, many").run()
    assert 'channels is 4, many: "many" is no number' in "".join(told(page)).replace("&quot;", '"')
    assert page.query_params["model.channels"] == "[4,8,16]"


def test_augmentations_are_switched_on_by_their_usual_amounts_and_keep_their_own() -> None:
    usual = {"flip": True, "translation": 3, "colour": 0.3}
    page = LabPage(NAME, replace(recommended("shapes"), augmentation=Augmentation(colour=0.7, rotation=5)))
    on = with_augmentation(page, ["flip", "colour"], usual)
    assert on.settings.augmentation == Augmentation(flip=True, colour=0.7, rotation=5)
    assert with_augmentation(on, ["translation"], usual).settings.augmentation == Augmentation(translation=3, rotation=5)


def test_nonsense_on_top_of_nonsense_is_told_and_nothing_breaks(see: Open) -> None:
    page = see(view="model")
    page.text_input[0].set_value("8, 8, 8, 8, 8, 8").run()  # six poolings of 8 cells
    assert next(button for button in page.button if button.label == "Train").disabled
    page.text_input[0].set_value("abc").run()
    assert 'channels is abc: "abc" is no number' in "".join(told(page)).replace("&quot;", '"')
    assert next(button for button in page.button if button.label == "Train").disabled


def test_a_preview_that_fails_is_told_of(see: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [None]

    def asked(*_: Any) -> Any:
        if answers:
            return answers.pop()
        raise PreviewError("the process that changes pictures was ended from outside: ask once more")

    monkeypatch.setattr("convviz.ui.training.data.augmented_preview", asked)
    page = see(view="data")
    assert "the process that changes pictures was ended from outside: ask once more" in told(page)


def test_files_that_come_later_are_found(see: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVVIZ_DATA", str(tmp_path))
    page = see(data="mnist", view="data")
    assert told(page)
    folder = tmp_path / "mnist"
    folder.mkdir()
    labels = np.arange(20, dtype=np.uint8) % 10
    for part in ("train", "t10k"):
        write_idx(folder / f"{part}-images-idx3-ubyte", np.zeros((20, 28, 28), np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    page.run()
    assert told(page) == []
    assert "60,000 pictures to train, 20 to test, 10 classes" in words(page)


# --- Runs ------------------------------------------------------------------------------------------------------------------


def test_a_run_that_is_gone_is_told_of(see: Open, store: Store) -> None:
    run = made(store)
    page = see(run=run.id)
    store.delete(run.id, store.token)
    page.run()
    assert told(page) == [f"{run.id}: there is no such run: it was deleted, or the link is wrong."]
    assert "run" not in page.query_params


def test_settings_are_those_of_the_run_until_they_are_changed(see: Open, store: Store) -> None:
    run = made(store, tiny(epochs=2))
    page = see(run=run.id)
    (epochs,) = (field for field in page.number_input if field.label == "Epochs")
    assert (epochs.value, epochs.disabled) == (2, False)
    assert dict(page.query_params) == {"run": run.id}
    epochs.set_value(5).run()
    assert dict(page.query_params) == {"run": run.id, "training.epochs": "5"}


def test_a_waiting_run_locks_the_settings(see: Open, store: Store) -> None:
    run = store.prepare(TINY)
    with run.claimed():
        run.stand("training")
        page = see(run=run.id)
        assert all(field.disabled for field in (*page.number_input, *page.selectbox))
        assert "Whoever started it may pause or cancel it." in words(page)
        assert not {"Train", "Cancel", "Pause"} & {button.label for button in page.button}
    page.run()
    assert "Start it again" in {button.label for button in page.button}


def test_runs_are_listed_compared_and_say_what_they_differ_in(see: Open, store: Store) -> None:
    runs = [made(store, tiny(epochs=2, lr=lr)) for lr in (0.05, 0.01)]
    page = see(view="compare", runs="~".join(run.id for run in runs))
    lines = {box.label.split("`")[1]: box for box in page.checkbox}
    assert set(lines) == {*(run.id for run in (*runs, *shipped()))}
    assert [lines[run.id].value for run in runs] == [True, True]
    assert f"**{runs[0].figures()[-1].test_accuracy:.1%}** after 2 · finished" in lines[runs[0].id].label
    assert "<tr><th>Learning rate</th><td>0.01</td><td>0.05</td></tr>" in words(page)
    figure = page.get("plotly_chart")[0].proto.spec
    assert all(run.id in figure for run in runs)
    lines[runs[0].id].uncheck().run()
    assert page.query_params["runs"] == runs[1].id


def token_of(page: AppTest) -> str:
    """Without cookies a browser has one for as long as it looks."""
    token: str = page.session_state["owner.token"]
    return token


def test_ones_own_runs_are_deleted_and_nobody_elses(see: Open, store: Store) -> None:
    page = see(view="compare")
    own, other = store.prepare(TINY, token_of(page)), store.prepare(TINY)
    for run in (own, other):
        carry_out(str(run.folder))
    page.run()
    box(page, own).check().run()
    box(page, other).check().run()
    with pytest.raises(AssertionError):
        press(page, "Delete for good")
    box(page, other).uncheck().run()
    press(page, "Delete for good")
    assert (own.folder.exists(), other.folder.exists()) == (False, True)
    assert {run.id for run in store.runs()} == {other.id}


def box(page: AppTest, run: Run) -> Checkbox:
    (found,) = (each for each in page.checkbox if f"`{run.id}`" in each.label)
    return found


def test_a_run_that_is_deleted_while_it_is_compared_is_left_out(store: Store) -> None:
    runs = [made(store), made(store)]
    store.delete(runs[0].id, store.token)
    assert [listed.run for listed in _listed(runs)] == [runs[1]]


def test_as_many_are_compared_as_can_be_told_apart() -> None:
    assert MOST_COMPARED == MOST_CURVES


def test_what_was_trained_can_be_trained_again_on_another_machine(see: Open, store: Store) -> None:
    run = made(store, tiny(threads=0))
    assert run.settings.training.threads > 0
    page = see(run=run.id)
    press(page, "A new run ›")
    assert "training.threads" not in page.query_params


# --- The key ---------------------------------------------------------------------------------------------------------------


def test_with_a_key_only_who_knows_it_trains(see: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "chalk and cheese")
    page = see(run="shapes-7x7")
    assert "Train anew" not in {button.label for button in page.button}
    page.text_input[0].set_value("cheese").run()
    assert told(page) == ["that is not the key: ask the lecturer, or watch a run that is there."]
    page.text_input[0].set_value("chalk and cheese").run()
    assert told(page) == []
    assert "Train anew" in {button.label for button in page.button}
    assert "Train anew" not in {button.label for button in see(run="shapes-7x7").button}


def test_who_knows_the_key_keeps_the_store(see: Open, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "chalk")
    run = made(store)
    page = see(view="compare", runs=run.id)
    with pytest.raises(AssertionError):
        press(page, "Delete for good")
    page.text_input[0].set_value("chalk").run()
    press(page, "Delete for good")
    assert store.runs() == ()
