"""Read and write IDX, the format of the MNIST files.

An IDX file is the magic number 00 00 TT RR (TT the element type, RR the number of
axes), one size for each axis as a big-endian 32-bit integer, then the elements in
row-major order, big-endian too.

Source: http://yann.lecun.com/exdb/mnist/, "the IDX file format".
"""

from __future__ import annotations

import gzip
import math
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from byhand.errors import IdxError
from byhand.files import replacing
from byhand.types import Array, Shape

TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}

GZIP_MAGIC = b"\x1f\x8b"
MOST_AXES = 64  # of a NumPy array; IDX could say 255
MOST_EXPANSION = 1032  # deflate: 258 bytes from 2 bits, https://zlib.net/zlib_tech.html
MUCH = 1 << 26  # bytes: what unpacks to more, and that a hundred times, is no data
FACTOR = 100
CHUNK = 1 << 17  # bytes unpacked at a time


def load_idx(path: str | Path) -> Array:
    """Return the array in one IDX file, gzipped or plain.

    A plain file is memory-mapped: it opens at once whatever its size, is read-only,
    and elements of more than one byte stay big-endian, as they lie on disk. A gzipped
    file is unpacked into memory, in the machine's own byte order.

    Args:
        path: the file; gzip is recognised by its first two bytes, not by its name.

    Returns:
        The array, shaped as its header says: (N, 28, 28) images, (N,) labels.

    Raises:
        IdxError: not a readable file, not IDX, or a body that does not fit its header.
    """
    try:
        with open(path, "rb") as file:
            gzipped = file.read(2) == GZIP_MAGIC
            file.seek(0)
            return _unpack(file, path) if gzipped else _map(file, path)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise IdxError(f"{path}: cannot be read: {_reason(error)}") from error


def save_idx(path: str | Path, array: npt.ArrayLike) -> None:
    """Write an array as IDX, gzipped if the name ends in .gz.

    The file appears under its name only when it is complete. The same array always
    gives the same bytes.

    Args:
        path: the file to write, replaced if it exists.
        array: uint8, int8, int16, int32, float32 or float64, in any byte order.

    Raises:
        IdxError: an element type that IDX does not have, or a file that cannot be
            written.
    """
    path, array = Path(path), np.asarray(array)
    code, dtype = _type_of(array, path)
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    body = array.astype(dtype, order="C", copy=False)
    try:
        with replacing(path) as temporary, _create(temporary) as file:
            file.write(header)
            file.write(body.data)
    except (OSError, ValueError) as error:
        raise IdxError(f"{path}: cannot be written: {_reason(error)}") from error


class _Header(NamedTuple):
    """What the first bytes of an IDX file say about the rest."""

    dtype: np.dtype[Any]
    shape: Shape

    @property
    def length(self) -> int:
        """Bytes of the header itself."""
        return 4 + 4 * len(self.shape)

    @property
    def promised(self) -> int:
        """Bytes of the body, if the header is right: a Python int, of any size."""
        return self.dtype.itemsize * math.prod(self.shape)


def _read_header(stream: BinaryIO | gzip.GzipFile, path: str | Path) -> _Header:
    """Return the header; raise IdxError unless an array could have it."""
    magic = stream.read(4)
    if magic.lstrip()[:1] == b"<":
        raise IdxError(
            f"{path}: expected an IDX file, got what looks like a web page; "
            "try fetching it again"
        )
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        got = magic.hex(" ") if magic else "an empty file"
        raise IdxError(
            f"{path}: expected magic 00 00 TT RR with TT one of "
            f"{bytes(TYPES).hex(' ')}, got {got}"
        )
    dtype, rank = TYPES[magic[2]], magic[3]
    sizes = stream.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise IdxError(
            f"{path}: expected {rank} sizes of 4 bytes after the magic, "
            f"got {len(sizes)} bytes"
        )
    header = _Header(dtype, tuple(np.frombuffer(sizes, ">u4").tolist()))
    # NumPy wants the product of the sizes to fit even if one of them is 0.
    bytes_without_zeros = dtype.itemsize * math.prod(filter(None, header.shape))
    if rank > MOST_AXES or bytes_without_zeros > sys.maxsize:
        raise IdxError(
            f"{path}: expected at most {MOST_AXES} axes and {sys.maxsize} bytes, as "
            f"NumPy arrays have, got {rank} axes and {bytes_without_zeros} bytes"
        )
    return header


def _map(file: BinaryIO, path: str | Path) -> Array:
    """Return the array of a plain file, memory-mapped."""
    header = _read_header(file, path)
    held = os.fstat(file.fileno()).st_size - header.length
    if held != header.promised:
        raise _does_not_fit(path, header, f"{held} bytes")
    return np.memmap(file, header.dtype, "r", header.length, header.shape)


def _unpack(file: BinaryIO, path: str | Path) -> Array:
    """Return the array of a gzipped file, in native byte order."""
    try:
        with gzip.GzipFile(fileobj=file) as stream:
            header = _read_header(stream, path)
            most = MOST_EXPANSION * os.fstat(file.fileno()).st_size
            if header.promised > most:  # believe no header before reserving memory
                raise _does_not_fit(path, header, f"at most {most} bytes")
            size = os.fstat(file.fileno()).st_size
            if header.promised > max(MUCH, FACTOR * size):
                raise IdxError(
                    f"{path}: expected images, got {size} bytes that unpack to "
                    f"{header.promised}, which no images do; try gunzip"
                )
            array = np.empty(header.shape, header.dtype)
            held = _fill(array.reshape(-1).view(np.uint8), stream)
            if held < header.promised:
                raise _does_not_fit(path, header, f"{held} bytes")
            if stream.read(1):
                raise _does_not_fit(path, header, "more")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IdxError(
            f"{path}: expected a whole gzip file, got a damaged one ({error}); "
            "try fetching it again"
        ) from error
    except MemoryError as error:
        raise _does_not_fit(path, header, "more than memory holds") from error
    if array.dtype.isnative:
        return array
    return array.byteswap(inplace=True).view(array.dtype.newbyteorder())


def _fill(body: Array, stream: gzip.GzipFile) -> int:
    """Unpack into body (B,) until it is full or the stream ends; return the bytes."""
    view, held = body.data, 0
    while held < len(view):
        count = stream.readinto(view[held : held + CHUNK])
        if count == 0:
            break
        held += count
    return held


def _does_not_fit(path: str | Path, header: _Header, held: str) -> IdxError:
    return IdxError(
        f"{path}: header {header.shape} promises {header.promised} bytes, "
        f"file holds {held}"
    )


def _reason(error: Exception) -> str:
    """Return why the system refused, without repeating the file's name."""
    return getattr(error, "strerror", None) or str(error)


def _type_of(array: Array, path: Path) -> tuple[int, np.dtype[Any]]:
    """Return the IDX type code and the big-endian type of the array's elements."""
    for code, dtype in TYPES.items():
        if dtype == array.dtype.newbyteorder(">"):
            return code, dtype
    names = ", ".join(dtype.name for dtype in TYPES.values())
    raise IdxError(
        f"{path}: expected elements of {names}, got {array.dtype}; try array.astype"
    )


@contextmanager
def _create(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Open a new file, packing what is written to it if its name ends in .gz."""
    with path.open("wb") as file:
        if path.suffix.lower() != ".gz":
            yield file
            return
        # No name and no time inside: the bytes depend on what is written alone.
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            yield packed
