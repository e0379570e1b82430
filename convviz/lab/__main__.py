"""The lab from the command line: `python -m convviz.lab train digits`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from convviz.geometry import GeometryError
from convviz.lab import safely
from convviz.lab.data import KINDS, DataError
from convviz.lab.errors import StoreError, TrainingError
from convviz.lab.header import MOST_BYTES
from convviz.lab.names import changed, named
from convviz.lab.records import Figures, Progress
from convviz.lab.run import OVER, Run
from convviz.lab.runs import Store, the_store
from convviz.lab.settings import differences, recommended, with_threads

_ERRORS: Final = GeometryError, StoreError, TrainingError, DataError
_DATA: Final = click.Choice(tuple(KINDS))


@click.group()
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the runs; CONVVIZ_RUNS, or runs, unless given.")
@click.pass_context
def main(context: click.Context, store: Path | None) -> None:
    """Train small networks; every run is a folder that survives whatever happens."""
    context.obj = Store(store) if store else the_store()


@main.command()
@click.argument("data", type=_DATA, metavar="DATA")
@click.option("--epochs", type=int, help="How often every picture is seen.")
@click.option("--seed", type=int, help="Decides the first weights, and the order of the pictures.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Any setting that `settings DATA` names.")
@click.pass_obj
def train(store: Store, data: str, epochs: int | None, seed: int | None, changes: tuple[str, ...]) -> None:
    """Train a network on DATA (digits, digits28, shapes, tagged_shapes, mnist, fashion_mnist), as recommended for it."""
    with _told():
        numbers = {"training.epochs": epochs, "training.seed": seed}
        given = [f"{name}={value}" for name, value in numbers.items() if value is not None]
        run = store.prepare(with_threads(changed(recommended(data), (*given, *changes)), spare=0))
        _carry_out_new(store, run)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def load(store: Store, file: Path) -> None:
    """Make a run of the weights in FILE, as `weights` writes them, and test it."""
    with _told(), file.open("rb") as opened:
        _carry_out_new(store, store.prepare_load(opened.read(MOST_BYTES + 1)))


@main.command()
@click.argument("data", type=_DATA, metavar="DATA")
def settings(data: str) -> None:
    """All settings for DATA, as recommended: what `train DATA --set NAME=VALUE` can change."""
    for name, value in named(recommended(data)).items():
        click.echo(f"{name}={value}")


@main.command()
@click.argument("id")
@click.pass_obj
def resume(store: Store, id: str) -> None:  # noqa: A002 - as it is called everywhere
    """Go on with a run from its last epoch."""
    with _told():
        run = store.resumable(id, store.token)
        run.want(end=False)
        run.want_hold(None)
        _carry_out(run)


@main.command("list")
@click.pass_obj
def list_runs(store: Store) -> None:
    """All runs, the newest first."""
    with _told():
        for run in store.runs():
            click.echo(_line(run))
        if not store.runs():
            click.echo(f"there are no runs in {store.folder}")


@main.command()
@click.argument("id")
@click.pass_obj
def show(store: Store, id: str) -> None:  # noqa: A002
    """A run epoch by epoch."""
    with _told():
        run = store.run(id)
        for figures in run.figures():
            click.echo(_epoch_line(figures))
        click.echo(_line(run))


@main.command()
@click.argument("ids", nargs=-1, required=True)
@click.pass_obj
def compare(store: Store, ids: tuple[str, ...]) -> None:
    """How runs stand, and what they differ in."""
    with _told():
        runs = [store.run(each) for each in ids]
        for run in runs:
            click.echo(_line(run))
        for name, values in differences([run.settings for run in runs]).items():
            click.echo(f"{name}: {', '.join(map(str, values))}")


@main.command()
@click.argument("id")
@click.pass_obj
def cancel(store: Store, id: str) -> None:  # noqa: A002
    """End a run; it can be resumed."""
    with _told():
        state = store.cancel(id, store.token)
        click.echo(f"{id}  {state if state in OVER else 'ends at its next step'}")


@main.command()
@click.argument("ids", nargs=-1, required=True)
@click.pass_obj
def delete(store: Store, ids: tuple[str, ...]) -> None:
    """Runs and all their files."""
    with _told():
        for each in ids:
            store.delete(each, store.token)
            click.echo(f"{each}  deleted")


@main.command()
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def weights(store: Store, id: str, file: Path) -> None:  # noqa: A002
    """Write the weights of a run to FILE, as safetensors; `convviz.lab.weights.unpacked` makes a network of its bytes."""
    with _told():
        content = store.run(id).weights()
        with safely.told(file):
            file.write_bytes(content)


def _line(run: Run) -> str:
    try:
        figures = run.figures()
    except StoreError as error:
        return str(error)
    epochs = f"{figures[-1].epoch} epoch{'s' * (figures[-1].epoch != 1)}" if figures else ""
    accuracy = f"{figures[-1].test_accuracy:.1%} after {epochs}" if figures else "no epoch yet"
    return f"{run.id}  {run.state}  {accuracy}  {run.message}".rstrip()


def _epoch_line(figures: Figures) -> str:
    known = f", train {figures.train_accuracy:.1%}, loss {figures.train_loss:.3f}" if figures.train_loss is not None else ""
    return f"epoch {figures.epoch}: test {figures.test_accuracy:.1%}, loss {figures.test_loss:.3f}{known}"


def _carry_out_new(store: Store, run: Run) -> None:
    """Of a run that never began nothing is worth keeping."""
    try:
        _carry_out(run)
    except _ERRORS:
        if not run.figures():
            store.delete(run.id, store.token)
        raise


def _carry_out(run: Run) -> None:
    """Here and now, with a bar, or with a line an epoch where nobody sees a bar; Ctrl+C ends it, and it can be resumed."""
    click.echo(f"{run.id}: {run.folder}")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the server's workers have it
    try:
        from convviz.lab.carry import carry_out  # noqa: PLC0415 - torch, for those commands alone that train

        has_bar = sys.stdout.isatty() and not run.order.loaded
        with _bar(run) if has_bar else _lines(run) as told:
            carry_out(str(run.folder), told)
    except KeyboardInterrupt:
        raise click.ClickException(f"interrupted: go on with `python -m convviz.lab resume {run.id}`") from None
    click.echo(_line(run))


@contextmanager
def _bar(run: Run) -> Iterator[Callable[[Progress], None]]:
    """A bar over all steps, with what the last epoch came to."""
    epochs = run.settings.training.epochs
    bar: Any = click.progressbar(length=1, item_show_func=lambda words: words or "loading", width=30)
    last = ""

    def told(progress: Progress) -> None:
        nonlocal last
        if bar.length == 1:
            # What it took to load is no step: the time that is left is counted from here.
            bar.length, bar.pos, bar.start, bar.last_eta = epochs * progress.steps, 0, time.time(), time.time()
        if progress.step == 1:
            bar.pos = (progress.epoch - 1) * progress.steps
            last = f"test {run.figures()[-1].test_accuracy:.1%} so far"
        bar.update(1, f"epoch {progress.epoch} of {epochs}, {progress.pictures_per_second:,.0f} pictures/s, {last}")

    with bar:
        bar.render_progress()
        yield told


@contextmanager
def _lines(run: Run) -> Iterator[Callable[[Progress], None]]:
    def told(progress: Progress) -> None:
        if progress.step == 1:
            click.echo(_epoch_line(run.figures()[-1]))

    yield told


@contextmanager
def _told() -> Iterator[None]:
    """Errors as sentences."""
    try:
        yield
    except _ERRORS as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m convviz.lab")
