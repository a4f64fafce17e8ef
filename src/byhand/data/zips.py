"""A data set in a zip file: unpacked into a temporary folder, within limits."""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np

from byhand.data.formats import Part, Parts
from byhand.errors import DataError
from byhand.files import open_regular
from byhand.words import shortened

MOST_FILES = 300_000
MOST_BYTES = 2_000_000_000  # unpacked
MUCH = 1 << 26  # bytes: what unpacks to more, and that a hundred times, is no data
FACTOR = 100
USELESS = re.compile(r"(__MACOSX/|(.*/)?\.[^./\\]).*")  # hidden files, and Apple's


def read_zip(path: Path, read: Callable[[Path], Parts]) -> Parts:
    """Read a zip file with a data set inside, as its folder would be read.

    Args:
        path: the file.
        read: reads a folder.

    Raises:
        DataError: no zip file, one whose files lead outside or unpack to too much, or
            what `read` raises, with the zip's name.
    """
    with tempfile.TemporaryDirectory(prefix="byhand-") as name:
        folder = Path(name).resolve()
        try:
            with open_regular(path) as file, zipfile.ZipFile(file) as archive:
                _unpack(archive, folder, path)
        except DataError:
            raise
        except Exception as error:  # a broken zip makes Python raise nearly anything
            reason = shortened(
                " ".join(str(error).split()) or type(error).__name__, 200
            )
            raise DataError(f"{path}: expected a zip file, got: {reason}") from error
        try:
            parts = read(_inner(folder))
        except DataError as error:
            raise DataError(str(error).replace(str(folder), str(path))) from error
        return _kept(parts, str(folder), str(path))


def _unpack(archive: zipfile.ZipFile, folder: Path, path: Path) -> None:
    """Write the files of an archive into a folder."""
    members = [i for i in archive.infolist() if not i.is_dir()]
    members = [i for i in members if not USELESS.fullmatch(i.filename)]
    size = sum(info.file_size for info in members)
    packed = sum(info.compress_size for info in members)
    if len(members) > MOST_FILES or size > MOST_BYTES:
        raise DataError(
            f"{path}: expected at most {MOST_FILES} files of {MOST_BYTES // 10**9} GB, "
            f"got {len(members)} files of {size / 1e9:.1f} GB; try unpacking it"
        )
    if size > MUCH and size > FACTOR * packed:
        raise DataError(
            f"{path}: expected a data set, got {packed} bytes that unpack to {size}, "
            "which no images do"
        )
    for info in members:
        place = folder / _safe(info, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, place.open("xb") as target:
            shutil.copyfileobj(source, target)


def _safe(info: zipfile.ZipInfo, path: Path) -> PurePosixPath:
    """Return a member's name if it stays inside and is a file, or raise DataError."""
    name = PurePosixPath(info.filename.replace("\\", "/"))
    link = stat.S_ISLNK(info.external_attr >> 16)
    outside = name.is_absolute() or ".." in name.parts or ":" in info.filename
    if link or outside:
        raise DataError(
            f"{path}: expected files inside the archive, got "
            f"{'a link' if link else 'a path that leads outside'}, "
            f"{shortened(info.filename, 80)!r}"
        )
    return name


def _inner(folder: Path) -> Path:
    """Return the one folder that all files are in, if there is one."""
    while True:
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir():
            return folder
        folder = inside[0]


def _kept(parts: Parts, inside: str, path: str) -> Parts:
    """Return a data set that does not need its temporary files any longer."""

    def kept(part: Part) -> Part:
        images, labels = np.array(part.images), np.array(part.labels)
        where = (w.replace(inside, path) for w in (part.images_from, part.labels_from))
        return Part(images, labels, *where)

    warnings = tuple(warning.replace(inside, path) for warning in parts.warnings)
    test = parts.test and kept(parts.test)
    return parts._replace(train=kept(parts.train), test=test, warnings=warnings)
