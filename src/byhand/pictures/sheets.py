"""Every page of a picture: of a TIFF or PDF file all, of anything else one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from byhand.errors import PictureError
from byhand.pictures import limits, tiff
from byhand.pictures.convert import Picture, as_image
from byhand.pictures.opening import (
    Sheet,
    errors_explained,
    open_sheet,
)
from byhand.pictures.source import is_source, kept, name_of, opened

__all__ = ["Sheet", "Sheets", "open_sheets"]

PDF = b"%PDF-"  # how a file of it begins


@dataclass(frozen=True)
class Sheets:
    """The pages of a picture, each opened when its turn comes.

    Attributes:
        count: how many there are, at least one.
        open: returns one of them, by its number from 0, decoded and upright.
    """

    count: int
    open: Callable[[int], Sheet]

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Sheet]:
        """Yield the pages in order, one in memory at a time."""
        return map(self.open, range(self.count))


def open_sheets(picture: Picture, longest: int | None = None) -> Sheets:
    """Return the pages of a picture, decoded one by one as they are asked for.

    Args:
        picture: path, bytes or open file of what `open_picture` opens or of a PDF
            (recognised by its first bytes); a Pillow image or an array is one page.
            TIFF and PDF files give all their pages, an animation its first frame.
        longest: if given, pages may come smaller, with the longer side at least this
            where the file has as much.

    Raises:
        PictureError: it cannot be opened, or has more than 200 pages. A page that is
            damaged or too large is reported when its turn comes.
        MissingExtraError: a PDF file, and pypdfium2 is not installed.
    """
    if not is_source(picture):
        image = as_image(picture)
        return Sheets(1, lambda _: Sheet(image, image.size))
    return _pages_of(kept(picture), name_of(picture), longest)


def _pages_of(source: str | Path | bytes, name: str, longest: int | None) -> Sheets:
    with opened(source) as (file, start):
        if tiff.is_tiff(start):
            with errors_explained(start, name):
                frames = tiff.pages(file)
            checked(len(frames), name)
            return Sheets(len(frames), lambda n: open_sheet(source, longest, frames[n]))
    if not start.startswith(PDF):
        return Sheets(1, lambda _: open_sheet(source, longest))
    from byhand.pictures import pdf

    count = checked(pdf.count_pages(source, name), name)
    return Sheets(count, partial(pdf.open_page, source, name, longest))


def checked(count: int, where: str) -> int:
    """Return a file's number of pages; raise PictureError if there are too many."""
    if count > limits.PAGES:
        raise PictureError(
            f"{where}: expected at most {limits.PAGES} pages, got more; try splitting"
            " it"
        )
    return count
