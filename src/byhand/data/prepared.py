"""Pictures of one character, brought to the network's square as `predict` does it.

Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from byhand.data.arrays import as_shaped
from byhand.data.formats import Part, Parts
from byhand.errors import DataError, PictureError
from byhand.types import Array, Grey, Images, Shape
from byhand.words import counted, shortened


class Loading(NamedTuple):
    """How a data set is to be read.

    Attributes:
        prepare: each picture through byhand.prepare: of any size, dark ink or bright.
        size: height and width of a picture that is prepared.
        first_label: the number of the first class.
        label_column: of a table: a name, or a number from 0; None to find it.
        one_class: take images of a single class, for a model that has others.
    """

    prepare: bool = False
    size: Shape = (28, 28)
    first_label: int = 0
    label_column: str | None = None
    one_class: bool = False


AS_IT_LIES = Loading()


def recorded_loading(value: object) -> dict[str, Any]:
    """Return what a file says of how a data set was read, for load_dataset.

    What is missing or of another type is left out.
    """
    kinds = {"prepare": bool, "first_label": int, "label_column": str}
    found = value if isinstance(value, dict) else {}
    return {name: v for name, v in found.items() if type(v) is kinds.get(name)}


def prepare_file(path: Path, size: Shape) -> Grey:
    """Return a picture file as the square of a network, (H, W), or raise DataError."""
    from byhand.ink.prepare import prepare

    try:
        return prepare(path, (size[0], size[1]))
    except PictureError as error:
        raise DataError(str(error)) from error


def prepared_parts(parts: Parts, size: Shape) -> Parts:
    """Return a data set with its images prepared, and a warning of blank ones."""
    test = parts.test and _prepared(parts.test, size)
    train = _prepared(parts.train, size)
    images = [part.images for part in (train, test) if part]
    said = blank(images)
    return parts._replace(train=train, test=test, warnings=parts.warnings + said)


def _prepared(part: Part, size: Shape) -> Part:
    return part._replace(images=prepare_all(part.images, size, part.images_from))


def prepare_all(images: Iterable[Array], size: Shape, where: str) -> Images:
    """Return images of any one kind as squares of a network, (N, H, W)."""
    from byhand.ink.prepare import prepare

    if isinstance(images, np.ndarray):
        images = as_shaped(images, where)
    found: list[Grey] = []
    try:
        for image in images:
            found.append(prepare(np.asarray(image), (size[0], size[1])))
    except PictureError as error:
        raise DataError(
            f"{where}: image {len(found)}: {shortened(str(error))}"
        ) from error
    if not found:
        raise DataError(f"{where}: expected at least one image, got none")
    return np.stack(found)


def blank(sets: Sequence[Images]) -> tuple[str, ...]:
    """Return a warning if some of the prepared images have no ink."""
    count = sum(int((~images.any(axis=(1, 2))).sum()) for images in sets)
    return (f"{counted(count, 'picture')} without ink: blank",) if count else ()
