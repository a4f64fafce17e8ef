"""The files of the page: a fixed table, with types of our own.

No path comes from the page: a name that is not in the table is no file. The types are
not Python's `mimetypes`, which Windows' registry changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath

INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page, with its type."""

    file: Traversable
    type: str

    def read(self) -> bytes:
        """Return its bytes."""
        return self.file.read_bytes()


def mathematics() -> str:
    """Return docs/mathematics.md, which a wheel has too; or a line that says no."""
    inside = resources.files("byhand.lab") / "mathematics.md"
    beside = Path(__file__).parents[3] / "docs" / "mathematics.md"  # of a checkout
    for file in (inside, beside):
        if file.is_file():
            return file.read_text("utf-8")
    return "docs/mathematics.md is not in this installation of byhand."


def page_files() -> dict[str, PageFile]:
    """Return the files of the page by their names."""
    folder = resources.files("byhand.lab") / "static"
    return {
        file.name: PageFile(file, TYPES[PurePath(file.name).suffix])
        for file in folder.iterdir()
        if PurePath(file.name).suffix in TYPES
    }
