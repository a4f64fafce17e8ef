"""What `byhand predict` is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from byhand.model import Model
    from byhand.reading.tasks import FileResult
    from byhand.recognition import Recognition
    from byhand.types import Grey

# Files of images rather than a picture; IDX files often have no ending, or .gz.
ENDINGS = (".csv", ".tsv", ".npz", ".npy", ".gz", ".idx", "ubyte", ".ubyte")
BATCH = 500  # images that the network sees at once


class Question(NamedTuple):
    """A picture to be recognised, or an image in a file of several."""

    file: str
    image: int | None = None  # its number, from 0
    pixels: Grey | None = None
    error: str = ""

    @property
    def name(self) -> str:
        """What a file of results knows it by."""
        from byhand.reading.results_forms import name_of

        return name_of(self.file, self.image)


@dataclass(frozen=True)
class Prediction:
    """What was recognised, or the error if there was nothing to recognise it in."""

    question: Question
    recognition: Recognition | None = None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        number = self.question.image
        where = {"file": self.question.file}
        image = {} if number is None else {"image": number}
        if self.recognition is None:
            return {**where, **image, "error": self.error}
        return {**where, **image, **self.recognition.as_dict()}

    def as_rows(self) -> list[dict[str, Any]]:
        """Return its row of CSV, without the probability of each class."""
        row = self.as_dict()
        row.pop("probabilities", None)
        return [{key: "" if value is None else value for key, value in row.items()}]


def questions(found: Iterable[str | FileResult], model: Model) -> Iterator[Question]:
    """Yield what is to be recognised; a file of images gives each of them."""
    for file in found:
        if not isinstance(file, str):
            yield Question(file.file, error=file.error)
        elif file.lower().endswith(ENDINGS):
            yield from _images(file, model)
        else:
            yield Question(file)


def _images(file: str, model: Model) -> Iterator[Question]:
    """Yield the images of a data file, or the error."""
    from byhand.data.arrays import as_images
    from byhand.data.finding import read_unlabelled
    from byhand.errors import DataError

    try:
        images = as_images(read_unlabelled(Path(file)), file)
        if images.shape[1:] != model.image_shape:
            wanted, got = (
                "×".join(map(str, s)) for s in (model.image_shape, images.shape[1:])
            )
            raise DataError(
                f"{file}: expected images of {wanted} pixels, as the model takes, got"
                f" {got}; try a model of that size"
            )
    except (DataError, OSError) as error:
        yield Question(file, error=str(error))
        return
    for number, image in enumerate(images):
        yield Question(file, number, image)


def predictions(
    asked: Sequence[Question],
    model: Model,
    done: Collection[str],
    open_files: Mapping[str, BinaryIO],
) -> Iterator[Prediction]:
    """Yield the answers in order, without those that are done."""
    left = (question for question in asked if question.name not in done)
    while batch := list(islice(left, BATCH)):
        yield from _answered(batch, model, open_files)


def _answered(
    batch: Sequence[Question], model: Model, open_files: Mapping[str, BinaryIO]
) -> Iterator[Prediction]:
    """Yield the answers of a batch; its images are seen together."""
    import numpy as np

    from byhand.recognition import recognise_prepared

    images = [question.pixels for question in batch if question.pixels is not None]
    seen = iter(recognise_prepared(np.stack(images), model) if images else ())
    for question in batch:
        if question.error:
            yield Prediction(question, error=question.error)
        elif question.pixels is not None:
            yield Prediction(question, next(seen))
        else:
            yield prediction(question, model, open_files)


def prediction(
    question: Question, model: Model, open_files: Mapping[str, BinaryIO]
) -> Prediction:
    """Return what the model recognises in a picture, or why it cannot be opened."""
    from byhand.errors import PictureError
    from byhand.recognition import recognise

    try:
        picture = open_files.get(question.file, question.file)
        return Prediction(question, recognise(picture, model))
    except PictureError as error:
        return Prediction(question, error=str(error))
