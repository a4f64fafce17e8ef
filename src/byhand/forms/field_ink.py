"""The ink in the fields of a form: found once for all, what is printed taken away.

The part of the scan with the fields is first laid onto the blank form, at the scale at
which digits are as high as the segmentation network knows them best. So fields are
level, their boxes are those of the form, and what the blank form shows is at the same
place.

Letters: H, W height and width of that part, in its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.forms.dropout import without_print
from byhand.forms.fields import Field
from byhand.forms.registration import BlankForm, Registration
from byhand.ink.page_ink import PAGE, PageInk, digits_ink
from byhand.ink.segmentation import DIGIT, HANDWRITING, NONE, PRINT, shipped
from byhand.pictures.sheets import Sheet
from byhand.reading.fragments import Fragment, find_fragments
from byhand.reading.page import Affine, Page
from byhand.reading.rows import Row
from byhand.types import Box, Floats, Grey, Images, Mask

WRITING = [DIGIT, HANDWRITING, PRINT]  # classes: what is left in a field was written


@dataclass(frozen=True)
class FieldSettings:
    """Where the ink of a field is; lengths in heights of the field's box."""

    digit: float = 0.62  # height of a digit
    around: float = 1.0  # what the network sees around the fields
    beyond: float = 0.35  # so far writing may reach beyond its box
    inside: float = 0.5  # share of a component's ink in the box and as far beyond it
    printed: float = 0.75  # share of a component on printed lines: rests of these
    stroke: float = 2.0  # pixels: the width of a thin stroke
    digits_alone: bool = False  # else other writing counts: in a field there is none
    dark: int = 160  # of 255: darker pixels of the blank form are printed
    near: int = 2  # pixels around these that are as well


FIELDS = FieldSettings()


@dataclass(frozen=True, eq=False)
class FieldInk:
    """The ink of one field.

    Attributes:
        row: its connected components; None if there are none.
        faint: how much ink its box has, however unsure, in that of a thin stroke as
            high as a digit: 0 to 1.
    """

    row: Row | None
    faint: float


@dataclass(frozen=True, eq=False)
class _Laid:
    """The part of a scan with the fields, laid onto the blank form.

    Attributes:
        box: the part, in pixels of the blank form.
        scale: its pixels to one of the blank form.
    """

    box: Box
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """Its width and height, in its own pixels."""
        return round(self.box.width * self.scale), round(self.box.height * self.scale)

    @property
    def to_blank(self) -> Floats:
        """The matrix (3, 3) that takes its pixels to those of the blank form."""
        return np.array([
            [1 / self.scale, 0, self.box.x], [0, 1 / self.scale, self.box.y], [0, 0, 1]
        ])  # fmt: skip

    def of(self, box: Box, beyond: float = 0.0) -> tuple[slice, slice]:
        """Return where a box of the blank form is, and as much around it."""
        x, y = box.x - beyond - self.box.x, box.y - beyond - self.box.y
        ends = y, y + box.height + 2 * beyond, x, x + box.width + 2 * beyond
        top, bottom, left, right = (max(round(end * self.scale), 0) for end in ends)
        return slice(top, bottom), slice(left, right)


def field_ink(
    sheet: Sheet,
    blank: BlankForm,
    registration: Registration,
    fields: Sequence[Field],
    settings: FieldSettings = FIELDS,
) -> list[FieldInk]:
    """Return the ink in each of some fields of a scan.

    Args:
        sheet: the scan.
        blank: the form it is of.
        registration: how it lies on the form.
        fields: at least one.
        settings: where the ink of a field is.
    """
    laid = _laid([field.box for field in fields], settings)
    printed = _printed(blank, laid, settings)
    picture = without_print(_picture(sheet, registration, laid), printed)
    seen = shipped()(picture)
    written = _written(seen)
    grey, likely = digits_ink(seen if settings.digits_alone else written)
    ink = PageInk.of(grey, 1.0, likely=likely)
    page = Page.of(ink)
    fragments = [
        part for part in find_fragments(ink) if ink.character_height
        and _share(part, printed) < settings.printed
    ]  # fmt: skip
    parts = _parted(fragments, fields, laid, settings)
    return [
        FieldInk(
            _row(own, replace(page, to_picture=_to_scan(field, registration, laid))),
            _faint(written[..., DIGIT][laid.of(field.box)], settings),
        )
        for field, own in zip(fields, parts, strict=True)
    ]


def _laid(boxes: Sequence[Box], settings: FieldSettings) -> _Laid:
    """Return the part of the form with all fields, at the scale that they need."""
    height = float(np.median([box.height for box in boxes]))
    around, every = round(settings.around * height), Box.around(boxes)
    box = Box(every.x - around, every.y - around, every.width + 2 * around,
              every.height + 2 * around)  # fmt: skip
    return _Laid(box, PAGE.usual / (settings.digit * height))


def _picture(sheet: Sheet, registration: Registration, laid: _Laid) -> Grey:
    """Return the part of the scan (H, W, 3) laid onto the form."""
    image = sheet.image.convert("RGB")
    smaller = image.width / sheet.size[0]
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # a pixel's middle: its edge
    there = half @ registration.matrix @ np.linalg.inv(half) @ laid.to_blank
    there = np.diag([smaller, smaller, 1]) @ there
    finer = int(np.sqrt(abs(np.linalg.det(there[:2, :2] / there[2, 2]))))
    if finer > 1:  # else pixels between those that are taken would be left out
        image, there = image.reduce(finer), np.diag([1 / finer, 1 / finer, 1]) @ there
    matrix = (there / there[2, 2]).ravel()[:8].tolist()
    how = Image.Transform.PERSPECTIVE, matrix, Image.Resampling.BICUBIC
    return np.asarray(image.transform(laid.size, *how, fillcolor=(255, 255, 255)))


def _printed(blank: BlankForm, laid: _Laid, settings: FieldSettings) -> Mask:
    """Return where (H, W) the blank form is printed on."""
    left, top, width, height = laid.box
    dark = Image.fromarray(255 - blank.picture).crop(
        (left, top, left + width, top + height)
    )
    sized = np.asarray(dark.resize(laid.size, Image.Resampling.BOX))
    around = 2 * settings.near + 1
    return np.asarray(ndimage.maximum_filter(sized, around) > 255 - settings.dark)


def _written(likely: Images) -> Images:
    """Return what the network says (H, W, K), with print and handwriting as digits.

    What is printed is known and was taken away, so what is left was written: a 0 much
    like a box, say. Lines are not, since some of them is left where they are blurred.
    """
    found = np.zeros_like(likely)
    found[..., NONE] = likely[..., NONE]
    total = likely[..., WRITING].sum(axis=2, dtype=np.uint16)
    found[..., DIGIT] = np.minimum(total, 255)
    return found


def _share(fragment: Fragment, printed: Mask) -> float:
    """Return the share of a component's ink that is on what is printed."""
    place = printed[fragment.top : fragment.bottom, fragment.left : fragment.right]
    return float(place[fragment.mask].mean())


def _parted(
    fragments: Sequence[Fragment],
    fields: Sequence[Field],
    laid: _Laid,
    settings: FieldSettings,
) -> list[list[Fragment]]:
    """Return the components of each field: of the one that has most of their ink.

    What is mostly outside of it, and farther away than writing may reach, is no
    field's.
    """
    parts: list[list[Fragment]] = [[] for _ in fields]
    places = [
        [laid.of(field.box, beyond * field.box.height)
         for beyond in (0.0, settings.beyond)] for field in fields
    ]  # fmt: skip
    for fragment in fragments:
        held = [[_inside(fragment, place) for place in both] for both in places]
        most = max(range(len(fields)), key=lambda n: (held[n][0], held[n][1]))
        if held[most][1] >= settings.inside and held[most][0] > 0:
            parts[most].append(fragment)
    return parts


def _faint(likely: Grey, settings: FieldSettings) -> float:
    """Return how much ink a box has, where it is likely at all."""
    ink = float(likely[likely >= PAGE.least].sum()) / 255
    return min(ink / (settings.stroke * PAGE.usual), 1.0)


def _inside(fragment: Fragment, place: tuple[slice, slice]) -> float:
    """Return the share of a component's ink in a rectangle."""
    rows, columns = place
    part = fragment.mask[
        max(rows.start - fragment.top, 0) : max(rows.stop - fragment.top, 0),
        max(columns.start - fragment.left, 0) : max(columns.stop - fragment.left, 0),
    ]
    return float(part.sum()) / fragment.area


def _row(fragments: Sequence[Fragment], page: Page) -> Row | None:
    """Return the components of a field as a row; None if there are none."""
    if not fragments:
        return None
    ordered = sorted(fragments, key=lambda part: part.centre[1])
    return Row(ordered, page, ordered)


def _to_scan(field: Field, registration: Registration, laid: _Laid) -> Affine:
    """Return (3, 3): it takes places in a field to the scan, exact in its middle.

    The map of a page is of parallel lines, which a photograph does not keep; over one
    field that makes no difference.
    """
    there = registration.matrix @ laid.to_blank
    rows, columns = laid.of(field.box)
    x, y = (columns.start + columns.stop) / 2, (rows.start + rows.stop) / 2
    ends = np.array([[x, y, 1], [x + 1, y, 1], [x, y + 1, 1]]) @ there.T
    middle, right, down = ends[:, :2] / ends[:, 2:]  # (2,) each
    linear = np.stack([right - middle, down - middle], axis=1)
    moved = middle - linear @ (x, y)
    lines = [*linear[0], moved[0]], [*linear[1], moved[1]], [0, 0, 1]
    return np.array(lines, np.float64)
