"""Which files are meant: files, all pictures below folders, and patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from byhand.reading.many import Answer

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pdf"}


def wanted(words: Sequence[str], but: Collection[Path] = ()) -> list[str | Answer]:
    """Return the names of all files meant, in the order of the words.

    A folder stands for the pictures below it, sorted, without hidden ones; so does one
    that a pattern matches. A pattern is one only if no file is called so.

    Args:
        words: files, folders, and patterns with *, ? or [ ], ** for folders in folders.
        but: folders that are left out where they lie in others.

    Returns:
        For a folder or a pattern without pictures, an answer that says so.
    """
    from byhand.reading.many import Answer

    found: list[str | Answer] = []
    for word in words:
        names = [word]
        if os.path.isdir(word):
            names, what = list(_below(Path(word), but)), "pictures in this folder"
        elif glob.has_magic(word) and not os.path.lexists(word):
            names, what = list(_matching(word, but)), "files that match this"
        if not names:
            reason = f"{word}: expected {what}, got none; try another path"
            found.append(Answer(word, error=reason))
        found += names
    return found


def _matching(pattern: str, but: Collection[Path]) -> Iterator[str]:
    """Yield the files that a pattern matches, and those below folders it matches."""
    for name in sorted(glob.glob(pattern, recursive=True)):
        if os.path.isdir(name):
            # ** matches the folders in a folder as well as what is in them
            yield from () if "**" in pattern else _below(Path(name), but)
        else:
            yield name


def _below(folder: Path, but: Collection[Path]) -> Iterator[str]:
    """Yield the pictures in a folder and in its folders, sorted."""
    left_out = {path.resolve() for path in but} - {folder.resolve()}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.suffix.lower() in ENDINGS and not hidden and path.is_file():
            if left_out.isdisjoint(path.resolve().parents):
                yield str(path)
