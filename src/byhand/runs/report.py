"""The report of a finished run: pictures in a folder beside its model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from byhand.data.datasets import Dataset
from byhand.evaluation import Evaluation, for_model
from byhand.files import replacing
from byhand.training.outcome import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEN = 10
EXAMPLE = "example.png"  # the first test image as it is, to try predict on
PICTURES = ("history.png", "confusion.png", "first-ten.png", EXAMPLE)


def draw_report(
    folder: Path, result: Result, scores: Evaluation, dataset: Dataset
) -> list[Path]:
    """Draw history, confusion and first ten test images; copy the first one.

    Returns:
        The pictures' paths.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: a picture cannot be written.
    """
    from byhand import plots

    dataset = for_model(result.model, dataset)
    figures = {
        "history.png": plots.history(result.history),
        "confusion.png": plots.confusion(scores.confusion, dataset.class_names),
        "first-ten.png": first_ten(scores, dataset),
    }
    drawn = [plots.save(figure, folder / name) for name, figure in figures.items()]
    return [*drawn, _copy_example(dataset, folder / EXAMPLE)]


def example_of(drawn: list[Path]) -> Path | None:
    """Return the picture to try predict on; None if there is no report."""
    return next((path for path in drawn if path.name == EXAMPLE), None)


def first_ten(scores: Evaluation, dataset: Dataset) -> Figure:
    """Draw the first ten test images with their predictions."""
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
    with replacing(path) as temporary:
        Image.fromarray(dataset.test.images[0]).save(temporary)
    return path
