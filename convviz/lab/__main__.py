"""The lab from the command line: `python -m convviz.lab train digits`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from convviz.geometry import GeometryError
from convviz.lab.data import KINDS, DataError
from convviz.lab.errors import StoreError, TrainingError
from convviz.lab.records import Progress
from convviz.lab.run import Run
from convviz.lab.runs import Store, differences, the_store
from convviz.lab.settings import Settings, recommended, with_threads

_ERRORS: Final = GeometryError, StoreError, TrainingError, DataError


@click.group()
@click.option("--store", type=click.Path(path_type=Path), help="Folder of the runs; CONVVIZ_RUNS, or runs, unless given.")
@click.pass_context
def main(context: click.Context, store: Path | None) -> None:
    """Train small networks; every run is a folder that survives whatever happens."""
    context.obj = Store(store) if store else the_store()


@main.command()
@click.argument("data", type=click.Choice(tuple(KINDS)))
@click.option("--epochs", type=int, help="How often every picture is seen.")
@click.option("--seed", type=int, help="Decides the first weights, and the order of the pictures.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Any other setting: --set training.lr=0.01")
@click.pass_obj
def train(store: Store, data: str, epochs: int | None, seed: int | None, changes: tuple[str, ...]) -> None:
    """Train a network on DATA, with the settings recommended for it."""
    with _told():
        numbers = {"training.epochs": epochs, "training.seed": seed}
        given = [f"{name}={value}" for name, value in numbers.items() if value is not None]
        settings = changed(recommended(data), (*given, *changes))
        _carry_out(store.prepare(with_threads(settings, spare=0)))


@main.command()
@click.argument("id")
@click.pass_obj
def resume(store: Store, id: str) -> None:  # noqa: A002 - as it is called everywhere
    """Go on with a run from its last epoch."""
    with _told():
        run = store.run(id)
        if run.state == "finished":
            raise StoreError(f"{id}: it is finished: start a new run with more epochs")
        run.want(end=False)
        _carry_out(run)


@main.command("list")
@click.pass_obj
def list_runs(store: Store) -> None:
    """All runs, the newest first."""
    with _told():
        for run in store.runs():
            click.echo(_line(run))


@main.command()
@click.argument("ids", nargs=-1, required=True)
@click.pass_obj
def compare(store: Store, ids: tuple[str, ...]) -> None:
    """How runs stand, and what they differ in."""
    with _told():
        runs = [store.run(id) for id in ids]  # noqa: A001
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
        store.cancel(id, store.token)


@main.command()
@click.argument("id")
@click.pass_obj
def delete(store: Store, id: str) -> None:  # noqa: A002
    """A run and all its files."""
    with _told():
        store.delete(id, store.token)


@main.command()
@click.argument("id")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def weights(store: Store, id: str, file: Path) -> None:  # noqa: A002
    """Write the weights of a run to FILE, as safetensors."""
    with _told():
        file.write_bytes(store.run(id).weights())


def changed(settings: Settings, changes: tuple[str, ...]) -> Settings:
    """The settings with some changed, each written as "training.lr=0.01"; values are JSON, or words.

    >>> changed(Settings(), ("training.lr=0.01", "model.pooling=average")).training.lr
    0.01
    >>> changed(Settings(), ("training.speed=9",))
    Traceback (most recent call last):
    convviz.geometry.GeometryError: training.speed is 9: Unexpected keyword argument
    """
    held = json.loads(settings.written())
    for change in changes:
        name, _, text = change.partition("=")
        *path, last = name.split(".")
        part = held
        for each in path:
            part = part.setdefault(each, {})
        if not path and last == "model":
            held["model"] = {"kind": text}
        else:
            part[last] = _value(text)
    return Settings.read(json.dumps(held))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _line(run: Run) -> str:
    figures = run.figures()
    accuracy = f"{figures[-1].test_accuracy:.1%} after {figures[-1].epoch} epochs" if figures else "no epoch yet"
    return f"{run.id}  {run.state}  {accuracy}  {run.message}".rstrip()


def _carry_out(run: Run) -> None:
    """Here and now, with a bar; Ctrl+C ends it, and it can be resumed."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the server's workers have it
    from convviz.lab.carry import carry_out  # noqa: PLC0415 - torch, for those commands alone that train

    click.echo(f"{run.id}: {run.folder}")
    with _bar(run) as told:
        try:
            carry_out(str(run.folder), told)
        except KeyboardInterrupt:
            raise click.ClickException(f"interrupted: go on with `python -m convviz.lab resume {run.id}`") from None
    click.echo(_line(run))


@contextmanager
def _bar(run: Run) -> Iterator[Callable[[Progress], None]]:
    """A bar over all steps, with what the last epoch came to."""
    bar: Any = click.progressbar(length=run.settings.training.epochs, item_show_func=lambda words: words or "", width=30)
    with bar:

        def told(progress: Progress) -> None:
            if progress.step == 1:
                bar.length = run.settings.training.epochs * progress.steps
                bar.pos = (progress.epoch - 1) * progress.steps
                last = run.figures()[-1]
                told.words = f"epoch {progress.epoch}, test {last.test_accuracy:.1%}"  # type: ignore[attr-defined]
            bar.update(1, f"{told.words}, {progress.pictures_per_second:,.0f} pictures/s")  # type: ignore[attr-defined]

        yield told


@contextmanager
def _told() -> Iterator[None]:
    """Errors as sentences."""
    try:
        yield
    except _ERRORS as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
