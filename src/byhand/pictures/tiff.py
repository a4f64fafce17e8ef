"""The directories of a TIFF file, read before any decoder takes memory for them.

Source: TIFF revision 6.0 (Adobe 1992), section 2; BigTIFF has longer numbers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from byhand.errors import PictureError
from byhand.pictures.limits import PAGES

KIND = 254  # the tag NewSubfileType, whose bits say what an image in the file is
NO_PAGE = 1 | 4  # a smaller version of another image, or its transparency
BYTES = 1, 2, 6, 7  # field types of one byte a value: texts, colour profiles
VALUES = 500_000  # of any other field: places of strips and tiles, mostly


@dataclass(frozen=True)
class Directory:
    """What is said of one image in a TIFF file.

    Attributes:
        kind: its NewSubfileType.
        most: how many numbers its longest field has.
    """

    kind: int
    most: int


def is_tiff(start: bytes) -> bool:
    """Return whether a file that starts so is TIFF, in either order of bytes."""
    return start[:2] in (b"II", b"MM") and start[2:4].strip(b"\0") in (b"*", b"+")


def directories(file: BinaryIO) -> Iterator[Directory]:
    """Yield the directories of an open TIFF file, each of which is an image.

    Args:
        file: of which `is_tiff` holds; of it at most 2 × 200 + 1 are read.

    Raises:
        EOFError: one of them is not all there.
    """
    file.seek(0)
    start = file.read(16)
    order = "<" if start[:2] == b"II" else ">"
    big = b"+" in start[2:4]
    # number of entries; tag, type, count, value; place of the next directory
    count, entry, place = (
        struct.Struct(order + code)
        for code in (("Q", "HHQ8s", "Q") if big else ("H", "HHI4s", "I"))
    )
    seen: set[int] = set()
    (at,) = place.unpack_from(start, 8 if big else 4)
    while at and at not in seen and len(seen) <= 2 * PAGES:
        seen.add(at)
        file.seek(at)
        (entries,) = count.unpack(_read(file, count.size))
        fields = list(entry.iter_unpack(_read(file, entry.size * min(entries, 65535))))
        yield _directory(fields, order)
        (at,) = place.unpack(_read(file, place.size))


def _directory(fields: list[tuple[int, int, int, bytes]], order: str) -> Directory:
    """Return what is wanted of a directory's fields: tag, type, count, value."""
    kinds = [value for tag, _, _, value in fields if tag == KIND]
    (kind,) = struct.unpack(order + "I", kinds[0][:4]) if kinds else (0,)
    counts = [count for _, type_, count, _ in fields if type_ not in BYTES]
    return Directory(kind, max(counts, default=0))


def _read(file: BinaryIO, size: int) -> bytes:
    """Return this many bytes, or raise EOFError."""
    content = file.read(size)
    if len(content) < size:
        raise EOFError("a directory of the TIFF file is cut off")
    return content


def check(file: BinaryIO, where: str) -> None:
    """Raise PictureError if a directory claims far more numbers than a picture has."""
    most = 0
    with suppress(EOFError):  # the first image may still be complete
        for directory in directories(file):
            most = max(most, directory.most)
    file.seek(0)
    if most > VALUES:
        raise PictureError(
            f"{where}: expected fields of at most {VALUES} numbers in a TIFF file, got"
            f" {most}; try saving it again"
        )


def pages(file: BinaryIO) -> list[int]:
    """Return which images are pages, and no previews or masks of others; at least one.

    Raises:
        EOFError: see directories.
    """
    found = enumerate(directories(file))
    return [n for n, directory in found if not directory.kind & NO_PAGE] or [0]
