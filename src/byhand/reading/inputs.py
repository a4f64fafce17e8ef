"""The files that a user means: single ones, folders of pictures, and patterns."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from byhand.pictures.source import kept
from byhand.reading.tasks import FileResult

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
ENDINGS = PICTURES | {".pdf", ".heic", ".heif"}

STDIN = "-"  # stands for standard input


class NamedBytes(io.BytesIO):
    """Bytes in memory that have the name of a file, for messages."""

    name = STDIN


def read_stdin() -> BinaryIO:
    """Return what is on standard input, a file of a picture, in memory.

    Raises:
        PictureError: nothing is there, or more than a picture may have.
    """
    content = kept(sys.stdin.buffer)
    assert isinstance(content, bytes)
    return NamedBytes(content)


def find_files(
    names: Sequence[str], skip: Collection[Path] = ()
) -> list[str | FileResult]:
    """Return the files that the names stand for, in the order of the names.

    A folder stands for the pictures below it, sorted, without hidden ones; so does a
    folder that a pattern matches. The name of a file that exists is never a pattern.

    Args:
        names: files, folders, and patterns with *, ? or [ ], ** for folders in folders;
            - for standard input.
        skip: folders that are left out where they lie in others.

    Returns:
        For a folder or a pattern without pictures, a result with the error.
    """
    found: list[str | FileResult] = []
    for name in names:
        files = [name]
        if name == STDIN:
            pass
        elif os.path.isdir(name):
            files, what = list(_below(Path(name), skip)), "pictures in this folder"
        elif glob.has_magic(name) and not os.path.lexists(name):
            files, what = list(_matching(name, skip)), "files that match this"
        if not files:
            reason = f"{name}: expected {what}, got none; try another path"
            found.append(FileResult(name, error=reason))
        found += files
    return found


def without_repeats(files: Sequence[str | FileResult]) -> list[str | FileResult]:
    """Return the files, each name once, at its first place."""
    first: dict[str, str | FileResult] = {}
    for file in files:
        first.setdefault(file if isinstance(file, str) else file.file, file)
    return list(first.values())


def _matching(pattern: str, skip: Collection[Path]) -> Iterator[str]:
    """Yield the files that a pattern matches, and those below folders it matches."""
    for name in sorted(glob.glob(pattern, recursive=True)):
        if os.path.isdir(name):
            # ** matches the folders in a folder as well as what is in them
            yield from () if "**" in pattern else _below(Path(name), skip)
        else:
            yield name


def _below(folder: Path, skip: Collection[Path]) -> Iterator[str]:
    """Yield the pictures in a folder and in its folders, sorted."""
    skipped = {path.resolve() for path in skip} - {folder.resolve()}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.suffix.lower() in ENDINGS and not hidden and path.is_file():
            if skipped.isdisjoint(path.resolve().parents):
                yield str(path)
