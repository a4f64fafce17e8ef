"""The laboratory as one HTML file: the page, a model and some examples, offline.

Letters: N images, K classes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from byhand import __version__
from byhand.data.datasets import Dataset, load_dataset
from byhand.data.sources import SOURCES
from byhand.errors import DataError, ModelError
from byhand.files import replacing
from byhand.lab.bundle import bundled
from byhand.lab.described import (
    described,
    described_data,
    described_images,
    margins,
)
from byhand.lab.pages import page_files
from byhand.model import SHIPPED, SHIPPED_NAME, Model, load
from byhand.recognition import DIGITS
from byhand.types import Integers

EXAMPLES = 40  # images in the file, as many of each class
WITHOUT_SERVER = "export const SERVED = [];"  # views that need the server
SEARCHED = 5000  # of the test images, for the hard ones


def export_page(source: str | Path, file: str | Path, data: str | None = None) -> None:
    """Write a page that draws, reads and explains, with a model inside it.

    Args:
        source: the model's file, or "shipped".
        file: the HTML file to write.
        data: the data set that the examples are from: a name or a folder. Unless given,
            MNIST for a model of its digits, and no examples for any other.

    Raises:
        ModelError: the model cannot be opened, or the page cannot be written.
        DataError: the data set cannot be loaded, or does not fit the model.
        ShapeError: the model takes images of several channels.
    """
    model = load(source)
    content = _content(source)
    if data is None and _reads_mnist(model):
        data = "mnist"
    dataset = load_dataset(data) if data else None
    page = page_of(model, content, str(source), dataset)
    try:
        with replacing(Path(file)) as temporary:
            temporary.write_text(page, "utf-8", newline="\n")
    except OSError as error:
        raise ModelError(f"{file}: cannot be written: {error.strerror}") from error


def page_of(
    model: Model, content: bytes | None, name: str, dataset: Dataset | None
) -> str:
    """Return the text of the page.

    Args:
        model: that it computes with.
        content: of the model's file, which the page holds as it is.
        name: of the model, for people.
        dataset: that the examples are from.
    """
    content = content or _saved(model)
    images, data = _examples(model, dataset)
    made = f"byhand {__version__}", f"sha256 {hashlib.sha256(content).hexdigest()}"
    facts = {
        "start": 0,
        "version": __version__,
        "model": described(model, _short(name)),
        "data": data,
        "made": {"by": made[0], "model": made[1]},
    }
    return bundled(
        static_files() | {"served_views.js": WITHOUT_SERVER},
        f'<meta name="generator" content="{made[0]}, model {made[1]}">\n',
        {
            "facts": json.dumps(facts),
            "examples": json.dumps({"images": images}),
            "model": base64.b64encode(content).decode(),
        },
    )


def static_files() -> dict[str, str]:
    """Return the texts of the page's files, by name."""
    files = page_files().items()
    return {n: f.read().decode() for n, f in files if f.type.startswith("text/")}


def _content(source: str | Path) -> bytes:
    """Return the bytes of a model's file, which has just been opened."""
    if source == SHIPPED_NAME:
        return (resources.files("byhand") / "models" / SHIPPED).read_bytes()
    return Path(source).read_bytes()


def _saved(model: Model) -> bytes:
    """Return what a file of the model would hold."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.safetensors"
        model.save(file)
        return file.read_bytes()


def _short(name: str) -> str:
    """Return the end of a path: a run's folder and file."""
    return "/".join(Path(name).parts[-2:])


def _reads_mnist(model: Model) -> bool:
    return model.class_names == DIGITS and model.image_shape == (28, 28)


def _examples(
    model: Model, dataset: Dataset | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return some test images with their labels, and the facts of their data set."""
    if dataset is None:
        return [], None
    test = dataset.test
    if test.images.shape[1:] != model.grey_shape:
        raise DataError(
            f"{dataset.name}: expected images of {model.grey_shape}, as the model "
            f"takes, got {test.images.shape[1:]}"
        )
    images = described_images(test, chosen(model, dataset))
    known = SOURCES.get(dataset.name)
    return images, {
        **described_data(dataset, len(images)),
        "licence": known.licence if known else "",
    }


def chosen(model: Model, dataset: Dataset) -> Integers:
    """Return which test images are examples, in their order: as many of each class.

    They are the first of each class, but for a quarter: those that the model gets right
    by the smallest margin.
    """
    images, labels = dataset.test.images[:SEARCHED], dataset.test.labels[:SEARCHED]
    scores = model.scores(np.ascontiguousarray(images))
    each = max(1, EXAMPLES // len(dataset.class_names))
    numbers: list[int] = []
    for label in range(min(len(dataset.class_names), scores.shape[1])):
        of_class = np.flatnonzero(labels == label)
        margin = margins(scores[of_class], labels[of_class])
        hard = of_class[margin > 0][np.argsort(margin[margin > 0], kind="stable")]
        kept = hard[: each // 4]
        first = of_class[~np.isin(of_class, kept)][: each - len(kept)]
        numbers += [*kept.tolist(), *first.tolist()]
    return np.sort(np.array(numbers, np.int64))
