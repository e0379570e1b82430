"""What stands around the stage of an opened network: runs, classes, a patch that cannot slide, code, the way into the walk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from convviz.lab.carry import carry_out
from convviz.lab.inside.office import Office
from convviz.lab.runs import Store
from convviz.ui.inside.opened import known
from convviz.ui.inside.state import DEFAULT_RUN, NAME, VIEWS, InsidePage
from tests.conftest import ROOT
from tests.lab import TINY

Open = Callable[..., AppTest]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.fixture
def see(store: Store, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the page with parameters of a link."""
    monkeypatch.setenv("CONVVIZ_RUNS", str(store.folder))
    monkeypatch.setattr(Office, "warm", lambda *_: None)  # no process for each of these pages

    def opened(**parameters: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "pages" / "_navigation.py"), default_timeout=30)
        page.run().switch_page("inside_a_cnn.py").run()
        for name, value in parameters.items():
            page.query_params[name.replace("klass", "class")] = value
        page.run()
        assert not page.exception
        return page

    return opened


def words(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(str(each.proto.body) for each in page.get("html"))


def told(page: AppTest) -> list[str]:
    return re.findall(r'<p class="cv-problem" role="status">(.*?)</p>', words(page))


def state(page: AppTest) -> InsidePage:
    return page.session_state[f"{NAME}.state"]


def sent(page: AppTest, name: str) -> dict[str, Any]:
    """What a component is told."""
    (found,) = (each.proto for each in page.get("bidi_component") if each.proto.component_name.endswith(name))
    return json.loads(found.bytes)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens(see: Open, view: str) -> None:
    page = see(view=view)
    assert told(page) == []
    assert sent(page, "convviz_inside")["asked"]["view"] == view


def test_the_stage_is_told_what_each_unit_sees(see: Open) -> None:
    stages = {stage["name"]: stage for stage in sent(see(), "convviz_inside")["about"]["stages"]}
    assert [stage["title"] for stage in stages.values()] == [
        "Layer 1",
        "pooled",
        "Layer 2",
        "pooled",
        "Layer 3",
        "pooled",
        "scores",
    ]
    assert stages["conv2_1"]["spans"][0][:2] == [[-5, 6], [-3, 8]]
    assert stages["dense"]["spans"] is None


def test_a_patch_that_cannot_slide_is_refused_with_the_way_out(see: Open) -> None:
    page = see()
    (patch,) = (each for each in page.number_input if each.label == "Patch")
    patch.set_value(0).run()
    assert told(page) == ["patch is 0: it must be at least 1."]
    assert sent(page, "convviz_inside")["refused"] == "patch is 0: it must be at least 1"
    (button,) = (each for each in page.button if each.label == "Set patch to 1")
    button.click().run()
    assert told(page) == []
    assert state(page).patch == 1


@pytest.mark.parametrize(("patch", "stride", "count"), [(8, 1, "25 × 25 = 625"), (5, 4, "8 × 8 = 64"), (99, 1, "1 × 1 = 1")])
def test_the_positions_are_counted(see: Open, patch: int, stride: int, count: str) -> None:
    assert f"{count} position" in words(see(patch=str(patch), stride=str(stride)))


def test_another_class_is_chosen_at_the_left(see: Open) -> None:
    page = see()
    (classes,) = (each for each in page.button_group if each.label == "Probability of")
    classes.set_value(5).run()
    assert sent(page, "convviz_inside")["asked"]["klass"] == 5


def test_runs_without_weights_are_not_offered_and_said_where_they_are_asked_for(see: Open, store: Store) -> None:
    run = store.prepare(TINY)
    page = see(run=run.id)
    assert "it has no weights yet: wait for its first epoch" in told(page)[0]
    assert state(page).run == DEFAULT_RUN
    (runs,) = (each for each in page.selectbox if each.label == "Run")
    assert not any(run.id in option for option in runs.options)


def test_a_run_of_the_lab_is_opened_by_its_link(see: Open, store: Store) -> None:
    run = store.prepare(TINY)
    carry_out(str(run.folder))
    page = see(run=run.id, picture="5")
    assert told(page) == []
    assert sent(page, "convviz_inside")["about"]["classes"] == [str(digit) for digit in range(10)]
    assert state(page).patch == 2


def test_the_picker_offers_one_of_each_class_first(see: Open) -> None:
    data = sent(see(), "convviz_picker")
    labels = known(DEFAULT_RUN).tests.labels
    assert sorted(labels[data["order"][:6]].tolist()) == [0, 1, 2, 3, 4, 5]
    assert len(set(data["order"])) == 300


@pytest.mark.parametrize("fill", ["grey", "mean", "blur", "black"])
def test_the_code_prints_the_same_map_twice(see: Open, fill: str) -> None:
    (code,) = see(view="code", patch="16", stride="8", fill=fill).code
    with redirect_stdout(StringIO()) as printed:
        exec(compile(code.value, "code.py", "exec"), {})  # noqa: S102 - it is what the page shows
    difference, _ = printed.getvalue().splitlines()
    assert float(difference.removeprefix("largest difference: ")) < 1e-4


def test_the_walk_has_its_link(see: Open) -> None:
    page = see(walk="3")
    assert sent(page, "convviz_walk")["cue"]["step"] == 2
    assert "Network A" in words(page)


def test_the_walk_is_about_its_own_networks_whatever_is_open(see: Open, store: Store) -> None:
    run = store.prepare(TINY)
    carry_out(str(run.folder))
    told = sent(see(run=run.id, walk="1"), "convviz_walk")
    assert told["classes"] == ["circle", "square", "triangle", "star", "cross", "ring"]
    assert told["runs"] == {"plain": "shapes-7x7", "tagged": "shapes-tagged"}


def test_what_is_tried_is_set_up(see: Open) -> None:
    page = see()
    (button,) = (each for each in page.button if each.label == "Set it up")
    button.click().run()
    assert state(page).patch == 3
    (button,) = (each for each in page.button if each.label == "Set it up")
    assert button.disabled
