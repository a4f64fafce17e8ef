"""The pages of a PDF file as images: the only module that imports pypdfium2."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from byhand.errors import MissingExtraError, PictureError
from byhand.pictures.opening import Sheet

try:
    import pypdfium2
except ImportError as error:
    raise MissingExtraError(
        "PDF: expected pypdfium2, got no such library; try pip install 'byhand[pdf]'"
    ) from error

DPI = 200  # pixels an inch
POINTS = 72  # an inch; a point is PDF's unit of length
PIXELS = 20_000_000  # of one page: A3 at 200 dpi has 8 million

_one_at_a_time = threading.Lock()  # PDFium is not made for several threads


def count_pages(source: str | Path | bytes, name: str) -> int:
    """Return how many pages a PDF file has; at least one.

    Args:
        source: its path or its bytes.
        name: what messages call it.

    Raises:
        PictureError: the file is damaged, locked by a password, or has no page.
    """
    with _document(source, name) as document:
        if count := len(document):
            return count
    raise PictureError(f"{name}: expected at least one page, got none")


def open_page(
    source: str | Path | bytes, name: str, longest: int | None, number: int
) -> Sheet:
    """Return a page of a PDF file, drawn at 200 dots an inch and at most 20 megapixels.

    Args:
        source: its path or its bytes.
        name: what messages call it.
        longest: if given, the page is drawn smaller, with this as its longer side,
            unless it is shorter at 200 dpi.
        number: which page, from 0.

    Raises:
        PictureError: the page is damaged, or has no area.
    """
    where = f"{name}: page {number + 1}"
    with _document(source, where) as document:
        page = document[number]
        w, h = page.get_size()
        if not (0 < w < math.inf and 0 < h < math.inf):
            raise PictureError(f"{where}: expected a page with an area, got {w} × {h}")
        scale = min(DPI / POINTS, math.sqrt(PIXELS / (w * h)))
        size = math.ceil(w * scale), math.ceil(h * scale)
        if longest is not None:
            scale *= min(1.0, longest / max(size))
        image = page.render(scale=scale).to_pil()
    return Sheet(image, size)


@contextmanager
def _document(
    source: str | Path | bytes, where: str
) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF file, and turn what PDFium raises into PictureError."""
    with _one_at_a_time:
        document = None
        try:
            document = pypdfium2.PdfDocument(source)
            yield document
        except pypdfium2.PdfiumError as error:
            got, cure = f"a damaged one ({error})", "copying or saving it again"
            if "password" in str(error).lower():
                got, cure = "a locked one", "a copy without a password"
            raise PictureError(
                f"{where}: expected a whole PDF file, got {got}; try {cure}"
            ) from error
        finally:
            if document is not None:
                document.close()
