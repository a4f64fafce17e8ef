"""Kinds of synthetic pages, each a distribution, and a page drawn from one.

Letters: N digits of 28 × 28 pixels; H, W height and width of the picture in pixels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from byhand.errors import DataError
from byhand.ink.segmentation import DIGIT, NONE
from byhand.synthesis.drawing import log_uniform
from byhand.synthesis.geometry import View
from byhand.synthesis.kind import Kind
from byhand.synthesis.page import HALF, SyntheticLine, SyntheticPage
from byhand.synthesis.papers import PAPERS
from byhand.synthesis.photo import hidden, photographed, size_of, view_of
from byhand.synthesis.rows import MARKS, WrittenLine
from byhand.synthesis.sheet import written_sheet
from byhand.types import Grey, Images, Labels

Rng = np.random.Generator
NO_MARKS = str.maketrans("", "", MARKS)
TRIES = 4  # pages drawn until the digits of one can be seen
MOST_HIDDEN = 0.03  # share of the ink of digits
FORMS = ("fields", "labelled", "table", "cheque")
_SCAN = Kind(pens=("ballpoint", "fountain", "scanned"), cameras=("scan",), light=0.1,
             shadow=0.0, glare=0.0, turn=0.7)  # fmt: skip
_SHEETS = ("white", "white", "white", "grey", "coloured", "even")
_PHOTO = Kind(_SHEETS, cameras=("photo",))
_BOARD = Kind(("green board",), ("chalk",), ("free", "free", "squared", "table"),
              height=(0.04, 0.25))  # fmt: skip
KINDS: dict[str, Kind] = {
    "white paper": Kind(),
    "grey paper": Kind(("grey",), ("ballpoint", "ballpoint", "felt"), light=1.6),
    "coloured paper": Kind(("coloured",)),
    "ruled": Kind(_SHEETS, designs=("ruled",)),
    "squared": Kind(_SHEETS, designs=("squared",)),
    "dotted": Kind(_SHEETS, designs=("dotted",)),
    "isometric": Kind(_SHEETS, designs=("isometric",)),
    "security": Kind(_SHEETS, designs=("security",)),
    "kraft": Kind(("kraft",), ("felt", "ballpoint", "white", "crayon")),
    "green board": _BOARD,
    "black board": replace(_BOARD, papers=("black board", "dark"),
                           pens=("chalk", "white")),
    "whiteboard": Kind(("whiteboard",), ("felt", "felt", "faint"), glare=0.4),
    "sticky note": Kind(("sticky",), ("felt", "ballpoint"), table=0.5,
                        height=(0.06, 0.25), shadow=0.3),
    "pencil": Kind(_SHEETS, ("pencil", "faint"), ("free", "ruled", "squared")),
    "crayon": Kind(_SHEETS, ("crayon",)),
    "webcam": Kind(("white", "grey"), ("felt",), light=2.0, long=(320, 700),
                   height=(0.05, 0.25), cameras=("photo",)),
    "shadow": replace(_PHOTO, shadow=1.0),
    "glare": replace(_PHOTO, glare=1.0),
    "on a table": replace(_PHOTO, table=1.0, turn=5.0,
                          designs=("free", "free", "ruled", "squared")),
    "askew": replace(_PHOTO, turn=8.0, designs=("free", "ruled", "fields", "table")),
    "low resolution": replace(_PHOTO, cameras=("coarse",)),
    "noisy": replace(_PHOTO, cameras=("noisy",)),
    "stained": replace(_PHOTO, dirt=4.0, designs=("free", "free", "ruled", "table")),
    "crumpled": replace(_PHOTO, dirt=2.0, only_dirt=("creases", "fold", "creases")),
    "show-through": replace(_PHOTO, through=1.0, cameras=("photo", "scan"),
                            papers=("white", "white", "grey")),
    "striped shadow": replace(_PHOTO, stripes=1.0),
    "columns": Kind(_SHEETS, designs=("columns",)),
    "two blocks": Kind(_SHEETS, designs=("two blocks",), height=(0.018, 0.06)),
    "form": Kind(_SHEETS, designs=("fields",)),
    "labelled form": Kind(_SHEETS, designs=("labelled",)),
    "table": Kind(_SHEETS, designs=("table",)),
    "cheque": Kind(("coloured", "white"), designs=("cheque",)),
    "prose": Kind(_SHEETS, designs=("prose",), print=1.0),
    "letters": Kind(_SHEETS, letters=6.0, print=0.0, designs=("free", "ruled", "few")),
    "scan": replace(_SCAN, long=(1000, 2400), height=(0.008, 0.03),
                    designs=("free", "ruled", "fields", "labelled", "table", "prose")),
    "scanned field": replace(_SCAN, designs=("cut field",), cameras=("scan", "one bit"),
                             long=(200, 520), flat=(0.1, 0.25), height=(0.07, 0.16)),
    "one bit": replace(_SCAN, papers=("white", "even"), cameras=("one bit",),
                       pens=("scanned", "ballpoint", "felt"),
                       designs=("free", "fields", "labelled", "table", "cut field")),
    "screen": Kind(("even", "even", "dark"), ("drawn",), cameras=("screen",), light=0.0,
                   shadow=0.0, glare=0.0, turn=0.0, height=(0.05, 0.4)),
    "copied": Kind(("even", "even", "even", "white", "dark"), ("drawn", "felt"),
                   ("few", "few", "free"), ("screen", "screen", "negative", "scan"),
                   copied=1.0, print=0.1, letters=0.1, dirt=0.0, light=0.0, turn=0.3,
                   shadow=0.0, glare=0.0, table=0.0, height=(0.05, 0.3)),
    "dark paper": Kind(("dark", "coloured"), ("white", "chalk", "crayon"),
                       ("free", "ruled", "labelled")),
    "negative": Kind(_SHEETS, cameras=("negative",),
                     designs=("free", "ruled", "squared", "fields", "table")),
    "scenery": Kind(("scenery",), digits=False, table=0.0),
    "blank": Kind(tuple(PAPERS), digits=False, table=0.3, print=0.0,
                  letters=0.0),
    "empty squares": Kind(_SHEETS, designs=("squared", "ruled", "dotted", "security"),
                          digits=False, print=0.1, letters=0.0),
    "empty form": Kind(_SHEETS, designs=FORMS, digits=False, print=1.0, letters=0.3),
    "print": Kind(_SHEETS, designs=("prose",), digits=False, print=4.0, letters=0.0),
    "only letters": Kind(_SHEETS, designs=("free", "free", "ruled", "squared"),
                         digits=False, print=0.2, letters=8.0),
}  # fmt: skip
KEPT_OUT = ("kraft", "isometric", "striped shadow")
WITHOUT_DIGITS = tuple(name for name, kind in KINDS.items() if not kind.digits)


def training_kinds() -> tuple[str, ...]:
    """Return the names of the kinds to train on."""
    return tuple(name for name in KINDS if name not in KEPT_OUT)


def make_page(
    kind: str,
    digits: tuple[Images, Labels],
    rng: Rng,
    size: tuple[int, int] | None = None,
    height: float | None = None,
) -> SyntheticPage:
    """Return a page of a kind, written with digits taken at random.

    Args:
        kind: a name in KINDS.
        digits: images (N, 28, 28), ink bright on 0, and labels (N,).
        rng: all that differs between two pages of a kind is drawn from it.
        size: H, W of the picture; drawn from the kind if None.
        height: of a digit in pixels; drawn from the kind if None.

    Raises:
        DataError: there is no such kind.
    """
    if kind not in KINDS:
        raise DataError(
            f"make_page: expected a kind of page, got {kind!r}; "
            f"try one of {', '.join(KINDS)}"
        )
    for _ in range(TRIES):
        page = _made(kind, digits, rng, size, height)
        if hidden(page.picture, page.ink, page.classes) <= MOST_HIDDEN:
            break
    return page


def examples(digits: tuple[Images, Labels], seed: int = 0) -> tuple[SyntheticPage, ...]:
    """Return a small page of each kind.

    Args:
        digits: images (N, 28, 28) and labels (N,).
        seed: of all that is drawn.
    """
    rng = np.random.default_rng(seed)
    heights = np.exp(rng.uniform(np.log(16), np.log(40), len(KINDS)))
    return tuple(
        make_page(kind, digits, rng, (300, 400), float(height))
        for kind, height in zip(KINDS, heights, strict=True)
    )


def _made(
    kind: str,
    digits: tuple[Images, Labels],
    rng: Rng,
    size: tuple[int, int] | None,
    height: float | None,
) -> SyntheticPage:
    """Return a page whose digits may be too faint to be seen."""
    style = KINDS[kind]
    if size is None:
        size = size_of(style, rng)
    if height is None:
        height = max(size) * log_uniform(rng, *style.height)
    seen = view_of(style, size, rng)
    sheet, lines = written_sheet(style, digits, seen, height / seen.scale, rng)
    picture = photographed(sheet, style, seen, rng)
    ink = seen.image(sheet.ink)
    classes = seen.image(sheet.classes, smooth=False)
    classes = np.where(classes == DIGIT, np.uint8(NONE), classes)
    classes[ink > HALF] = DIGIT
    said = [seen_line(line, seen, ink) for line in lines]
    return SyntheticPage(
        picture,
        ink,
        classes,
        tuple(line for line in said if line.text),
        kind,
    )


def seen_line(line: WrittenLine, seen: View, ink: Grey) -> SyntheticLine:
    """Return a line as the picture has it: what is at least half in it."""
    boxes = iter(seen.boxes(line.outlines))
    words, found = [], []
    for word in line.words:
        said = ""
        for symbol in word:
            box = next(boxes)
            if box and (ink[box.y : box.bottom, box.x : box.right] > HALF).any():
                said += symbol
                found += [] if symbol in MARKS else [box]
        if said:
            words.append(said)
    marked = " ".join(words)
    text = " ".join(marked.translate(NO_MARKS).split())
    return SyntheticLine(text, tuple(found), marked)
