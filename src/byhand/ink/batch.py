"""One picture or many, of any kind, as the batch of images that a network takes.

Letters: N images, H × W pixels of the network's images.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image

from byhand.errors import PictureError, ShapeError
from byhand.pictures.source import is_source
from byhand.types import Array, Images, Shape
from byhand.words import shortened

COLOURS = (3, 4)  # channels of a colour picture, the fourth its opacity


def as_batch(pictures: Any, shape: Shape) -> tuple[Images, bool]:
    """Return pictures as uint8 images (N, H, W), and whether it was a single one.

    Arrays of the network's own size are taken for prepared images, ink bright on 0;
    every other picture goes through `prepare`.

    Args:
        pictures: one or many. A path, bytes or an open file of a picture, or a Pillow
            image; an array (H, W) or (N, H, W), of rows (N, H·W), or with an axis of
            one channel; an array of another size, as `prepare` takes, or many of one
            size with N in front; a list of any of these. Arrays may be of any real
            type: 0 to 255, fractions from 0 to 1, bool, or 16 bits.
        shape: (H, W) of the network's images, or (H, W, C).

    Raises:
        PictureError: a picture cannot be opened, or is none.
        ShapeError: an array of another shape or type, or with other values.
    """
    if _are_images(pictures, shape):
        return pictures, False
    pictures = as_items_or_array(pictures)
    if isinstance(pictures, np.ndarray):
        if (own := _of_own_size(pictures, shape)) is not None:
            return own
    items, single = separate(pictures)
    if single:
        return _image(items[0], shape)[np.newaxis], True
    return _of_items(items, shape), False


def _are_images(pictures: Any, shape: Shape) -> bool:
    """Return whether these are uint8 images (N, H, W): nearly always, so ask first."""
    return (
        type(pictures) is np.ndarray
        and pictures.dtype == np.uint8
        and pictures.shape[1:] == shape
        and pictures.size > 0
        and int(np.maximum.reduce(pictures, axis=None)) > 1  # no fractions or bools
    )


def _of_items(items: Sequence[Any], shape: Shape) -> Images:
    """Return the images of single pictures; an error says which one it is of."""
    images = []
    for number, item in enumerate(items):
        try:
            images.append(_image(item, shape))
        except (PictureError, ShapeError) as error:
            if isinstance(item, str | os.PathLike):  # it says so itself
                raise
            where = f"picture {number + 1} of {len(items)}"
            raise type(error)(f"{where}: {error}") from error
    return np.stack(images) if images else np.empty((0, *shape), np.uint8)


def separate(pictures: Any) -> tuple[list[Any], bool]:
    """Return single pictures, and whether it was a single one from the beginning."""
    pictures = as_items_or_array(pictures)
    if isinstance(pictures, list):
        return pictures, False
    if not isinstance(pictures, np.ndarray):
        return [pictures], True
    if pictures.ndim == 4 and pictures.shape[1] == 1:
        pictures = pictures[:, 0]  # (N, 1, H, W) -> (N, H, W)
    if pictures.ndim in (3, 4) and pictures.shape[-1] == 1:
        pictures = pictures[..., 0]
    colour = pictures.ndim > 2 and pictures.shape[-1] in COLOURS
    if pictures.ndim - colour == 3:
        return list(pictures), False
    return [pictures], True


def as_items_or_array(pictures: Any) -> Any:
    """Return a list of pictures, an array of one or of many, or else a single picture.

    Raises:
        ShapeError: what is none of these.
    """
    source = is_source(pictures) or isinstance(pictures, Image.Image)
    if pictures is None or source:
        return pictures
    if isinstance(pictures, Iterator):  # as Path.glob gives it
        pictures = list(pictures)
    pictures = getattr(pictures, "images", pictures)  # of a Split
    array = any(hasattr(pictures, f"__array{end}__") for end in ("", "_interface"))
    if isinstance(pictures, list | tuple):
        if not _is_numbers(pictures):
            return list(pictures)
    elif not array:
        raise ShapeError(
            "expected a picture, an array or a list of them, got"
            f" {shortened(type(pictures).__name__)}; try the path of a picture"
        )
    found = _as_array(pictures)
    if found.dtype.kind in "OU" and found.ndim == 1:  # of paths, as pandas has them
        return found.tolist()
    if found.dtype.kind not in "biuf":
        raise ShapeError(f"expected images of numbers, got {found.dtype}")
    return found


def _as_array(pictures: Any) -> Array:
    """Return an array of what NumPy takes; objects in several axes become floats."""
    try:
        found = np.asarray(pictures)
        deep = found.dtype.kind == "O" and found.ndim > 1
        return found.astype(np.float64) if deep else found
    except (TypeError, ValueError, RuntimeError) as error:  # rows of several lengths
        raise ShapeError(
            "expected images of one size in an array, got what NumPy cannot take:"
            f" {shortened(str(error))}"
        ) from error


def _is_numbers(items: Any) -> bool:
    """Return whether a list is an array written as lists, down to its numbers."""
    while isinstance(items, list | tuple) and len(items):
        items = items[0]
    return isinstance(items, bool | int | float | np.number | np.bool_)


def _of_own_size(array: Array, shape: Shape) -> tuple[Images, bool] | None:
    """Return images that are prepared, and whether it is one; None for other sizes."""
    sizes = {shape, (math.prod(shape),)}
    if len(shape) == 2:
        sizes |= {(*shape, 1)}
    if array.shape in sizes:
        return _as_bytes(array.reshape(1, *shape)), True
    if array.shape[1:] in sizes | {(1, *shape)}:
        return _as_bytes(array.reshape(len(array), *shape)), False
    return None


def _image(picture: Any, shape: Shape) -> Images:
    """Return one picture (H, W), as it is if it is an array of that size."""
    picture = as_items_or_array(picture)
    if isinstance(picture, np.ndarray):
        own = _of_own_size(picture, shape)
        if own is not None and len(own[0]) == 1:
            first: Images = own[0][0]
            return first
        alone, _ = separate(picture)
        picture = alone[0] if len(alone) == 1 else picture
    if isinstance(picture, list):
        raise ShapeError("expected single pictures in a list, got a list in it")
    if len(shape) != 2:
        raise ShapeError(
            f"model: expected arrays of its own size, {shape}, since it takes colours"
            " and byhand.prepare makes grey images"
        )
    from byhand.ink.prepare import prepare  # SciPy, which images need not wait for

    return prepare(picture, (shape[0], shape[1]))


def _as_bytes(images: Array) -> Images:
    """Return images of any real type as uint8, ink bright on 0.

    Where no value is above 1, 1 is taken for 255; in whole numbers above 255, of 16
    bits, 65535 is. Floats may go a tenth beyond, as after images were resized.

    Raises:
        ShapeError: values below 0 or above these, or no numbers.
    """
    if not images.size:
        return images.astype(np.uint8)
    low, high = images.min(), images.max()  # nan if any is
    if images.dtype.kind in "biu":
        if low >= 0 and high <= 1:
            return _rounded(images * 255.0)
        if low >= 0 and high <= 255:
            return images.astype(np.uint8, copy=False)
        if low >= 0 and high <= 65535:
            return (images // 257).astype(np.uint8)
    elif low >= -0.1 and high <= 1.1:
        return _rounded(images * 255.0)
    elif low >= 0 and high <= 280:
        return _rounded(images)
    raise ShapeError(
        "model: expected values from 0 to 255, fractions from 0 to 1 or 16 bits, got"
        f" {low:g} to {high:g}; try the images as they were before they were normalised"
    )


def _rounded(images: Array) -> Images:
    rounded: Images = images.round().clip(0, 255).astype(np.uint8)
    return rounded
