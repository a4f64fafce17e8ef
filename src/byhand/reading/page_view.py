"""Pages as a notebook shows them: the picture with boxes on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from PIL import Image

from byhand import notebook
from byhand.errors import ByhandError
from byhand.notebook import Labelled
from byhand.pictures.convert import grey_levels
from byhand.pictures.sheets import open_sheets

PAGES = 3  # of a file, shown at most
LONGEST = 700  # pixels of a page that is shown: at least, and less than twice this


def pages_with_boxes(
    picture: Any, boxes: Mapping[int, Sequence[Labelled]]
) -> list[str]:
    """Return the first pages of a picture as HTML; why not, if it cannot be opened.

    Args:
        picture: what was read; None where it is no longer known.
        boxes: by the number of the page, from 1.
    """
    if picture is None:
        return []
    pages = []
    try:
        for number, sheet in enumerate(islice(open_sheets(picture, LONGEST), PAGES), 1):
            image = Image.fromarray(grey_levels(sheet.image, LONGEST))
            found = boxes.get(number, ())
            pages.append(notebook.on_picture(image, sheet.size, found))
    except ByhandError as error:  # the file has gone, or is another one now
        pages.append(notebook.escaped(f"the picture cannot be shown: {error}", 300))
    return pages
