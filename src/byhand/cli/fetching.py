"""Data sets for the commands, fetched first with a progress bar where needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.cli import output

if TYPE_CHECKING:
    from rich import progress
    from rich.console import Console

    from byhand.data.datasets import Dataset
    from byhand.data.download import OnBytes
    from byhand.model import Model

MEGABYTE = 1_000_000


def dataset(name_or_folder: str | Path, quiet: bool = False, **loading: Any) -> Dataset:
    """Return a data set, fetched first if it is a known one that is not here yet.

    Its warnings are printed.

    Args:
        name_or_folder: see byhand.load_dataset.
        quiet: print nothing.
        loading: see byhand.load_dataset.
    """
    found = _loaded(name_or_folder, quiet, loading)
    note_warnings(found, quiet)
    return found


def dataset_for(
    model: Model, given: str | None, quiet: bool = False, **loading: Any
) -> Dataset:
    """Return the data set to score a model on: what it was trained on unless given.

    Its classes are the model's, and its warnings are printed.
    """
    from byhand.evaluation import for_model, training_data, training_loading

    if given is None:
        loading = training_loading(model) | {k: v for k, v in loading.items() if v}
    loading["size"] = tuple(model.image_shape[:2])
    found = _loaded(given or training_data(model), quiet, loading)
    found = for_model(model, found)
    note_warnings(found, quiet)
    return found


def note_warnings(found: Dataset, quiet: bool = False) -> None:
    """Print what a user should know of a data set, a line each, to stderr."""
    console = output.notes(quiet)
    for warning in found.warnings:
        console.print(f"warning: {output.printable(warning)}")


def _loaded(
    name_or_folder: str | Path, quiet: bool, loading: Mapping[str, Any]
) -> Dataset:
    from byhand.data.datasets import known, load_dataset
    from byhand.data.download import is_cached

    if name_or_folder in known() and not is_cached(str(name_or_folder)):
        fetch(str(name_or_folder), quiet)
    return load_dataset(name_or_folder, **loading)


def fetch(name: str, quiet: bool = False) -> Path:
    """Fetch a known data set and return the folder it is in."""
    from byhand.data import download
    from byhand.data.datasets import known

    console = output.notes(quiet)
    size = known()[name].download / MEGABYTE
    console.print(f"fetching {name}, {size:.0f} MB")
    if quiet or not console.is_interactive:
        return download.fetch(name)
    with _bar(console) as bar:
        return download.fetch(name, _on_bytes(bar))


def _bar(console: Console) -> progress.Progress:
    """Return a bar for downloads: size, speed, time left."""
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _on_bytes(bar: progress.Progress) -> OnBytes:
    """Return the callback that moves the bar, with a line for each file."""
    tasks: dict[str, progress.TaskID] = {}

    def show(file: str, here: int, total: int | None) -> None:
        if file not in tasks:
            tasks[file] = bar.add_task(file)
        bar.update(tasks[file], completed=here, total=total)

    return show
