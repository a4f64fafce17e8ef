"""The pictures of a finished run, in a folder beside its model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from byhand.cli import output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation
    from byhand.training.loop import Result

TEN = 10
EXAMPLE = "example.png"  # the first test image as it is, to try predict on


def write(
    folder: Path, result: Result, scores: Evaluation, dataset: Dataset
) -> list[Path]:
    """Draw a run's pictures and return their paths.

    The model is safe by now: what goes wrong here is told in a line, and is no failure
    of the training.
    """
    from byhand.errors import ByhandError

    try:
        return _draw(folder, result, scores, dataset)
    except (ByhandError, OSError) as error:
        reason = output.printable(str(error))
        print(f"byhand: no report: {reason}", file=sys.stderr)
        return []


def example(drawn: list[Path]) -> Path | None:
    """Return the picture to try predict on; None if there is no report."""
    return next((path for path in drawn if path.name == EXAMPLE), None)


def _draw(
    folder: Path, result: Result, scores: Evaluation, dataset: Dataset
) -> list[Path]:
    """Draw history, confusion and first ten test images; copy the first one."""
    from byhand import plots

    figures = {
        "history.png": plots.history(result.history),
        "confusion.png": plots.confusion(scores.confusion, dataset.class_names),
        "first-ten.png": first_ten(scores, dataset),
    }
    drawn = [plots.save(figure, folder / name) for name, figure in figures.items()]
    return [*drawn, _copy_example(dataset, folder / EXAMPLE)]


def first_ten(scores: Evaluation, dataset: Dataset) -> Figure:
    """Draw the first ten test images with what they were read as."""
    from byhand import plots

    return plots.digits(
        dataset.test.images[:TEN],
        dataset.test.labels[:TEN],
        scores.predictions[:TEN],
        scores.confidences[:TEN],
        dataset.class_names,
    )


def _copy_example(dataset: Dataset, path: Path) -> Path:
    """Write the first test image, as it is, as a picture."""
    from PIL import Image

    from byhand.files import replacing

    with replacing(path) as temporary:
        Image.fromarray(dataset.test.images[0]).save(temporary)
    return path
