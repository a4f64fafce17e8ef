"""Where a picture comes from: a path, bytes or an open file, all read in one way."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeGuard

from byhand.errors import PictureError
from byhand.files import irregular, open_regular
from byhand.pictures import limits
from byhand.words import shortened

Bytes: TypeAlias = bytes | bytearray | memoryview
Source: TypeAlias = str | os.PathLike[str] | Bytes | BinaryIO

DATA_URL = "data:"


def is_source(picture: object) -> TypeGuard[Source]:
    """Return whether a picture is a path, bytes, or an open file; no array or image."""
    file = hasattr(picture, "read") and hasattr(picture, "seek")
    return file or isinstance(picture, str | os.PathLike | Bytes)


def name_of(source: Source) -> str:
    """Return what messages call a source: its path, or "picture"."""
    if isinstance(source, str | os.PathLike):
        return shortened(os.fspath(source))
    name = getattr(source, "name", None)
    return shortened(name) if isinstance(name, str) else "picture"


@contextmanager
def opened(source: Source) -> Iterator[tuple[BinaryIO, bytes]]:
    """Give a binary file of a picture, at its beginning, and its first 16 bytes.

    Args:
        source: a path, of a regular file; bytes; or an open binary file, which is read
            from its beginning, if it can go there, and stays open.

    Raises:
        PictureError: nothing can be read there, or more than a picture may have.
    """
    file = _open(source)
    try:
        start = file.read(16)
        if not start:
            raise _refused(source, "an empty file", "copying or saving it again")
        file.seek(0)
        yield file, start
    finally:
        if file is not source:
            file.close()


def kept(source: Source) -> str | Path | bytes:
    """Return a source that can be opened again and again: of an open file, its bytes.

    Raises:
        PictureError: see opened.
    """
    if isinstance(source, str | os.PathLike):
        return Path(source)
    with opened(source) as (file, _):
        return file.read()


def _open(source: Source) -> BinaryIO:
    """Return the file of a source; PictureError if there is none, or it is huge."""
    if isinstance(source, str | os.PathLike):
        file = _open_path(source)
        size = os.fstat(file.fileno()).st_size
    elif isinstance(source, Bytes):
        file, size = io.BytesIO(source), memoryview(source).nbytes
    else:
        file, size = _as_seekable(source)
    if size > limits.FILE_BYTES:
        if file is not source:
            file.close()
        most = limits.FILE_BYTES // 10**6
        got = f"{size // 10**6} MB (at most {most} MB are read)"
        raise _refused(source, got, "a smaller copy")
    return file


def _open_path(path: str | os.PathLike[str]) -> BinaryIO:
    if str(path).startswith(DATA_URL):
        raise PictureError(
            "picture: expected a path, got a data URL; try the bytes in it:"
            " base64.b64decode(url.partition(',')[2])"
        )
    if kind := irregular(path):
        folder = kind == "a folder"
        cure = "one of the files in it" if folder else "a regular file"
        raise _refused(path, kind, cure)
    try:
        return open_regular(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(path, reason.lower(), "another path") from error


def _as_seekable(file: BinaryIO) -> tuple[BinaryIO, int]:
    """Return an open file, or what is left in it if it has no beginning; its size."""
    try:
        if file.seekable():
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if isinstance(file.read(0), bytes):
                return file, size
        content = file.read(limits.FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: it is closed
        raise _refused(file, str(error), "opening it again") from error
    if isinstance(content, bytes):
        return io.BytesIO(content), len(content)
    raise _refused(file, "a file of text", "opening it with open(path, 'rb')")


def _refused(source: Source, got: str, cure: str) -> PictureError:
    where = name_of(source)
    return PictureError(f"{where}: expected a picture file, got {got}; try {cure}")
