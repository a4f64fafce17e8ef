"""Registration: where on a scan each point of the blank form is.

The middle of a pixel is at whole numbers, its edges half a pixel beside them.
Letters: K points, each x, y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from byhand.errors import FormError
from byhand.forms.alignment import ALIGNMENT, Alignment, aligned
from byhand.forms.fields import Form
from byhand.forms.guesses import GUESSES, Closeness, Points, points_of, starts
from byhand.forms.homography import mapped
from byhand.forms.ransac import bent
from byhand.forms.rules import RuledPage, ruled_page
from byhand.pictures.convert import grey_levels
from byhand.pictures.opening import open_picture
from byhand.types import Box, Floats, Grey


@dataclass(frozen=True)
class RegistrationSettings:
    """When a scan fits a form."""

    score: float = 0.48  # of a scan that is of the form, at least
    lines: int = 4  # that a blank form has, at least


REGISTRATION = RegistrationSettings()


@dataclass(frozen=True)
class Landmarks:
    """What a page is found by: its ruled lines.

    Attributes:
        page: with its lines.
    """

    page: RuledPage

    @cached_property
    def points(self) -> Points:
        """Points along the lines of a blank form."""
        return points_of(self.page)

    @cached_property
    def turned(self) -> tuple[tuple[RuledPage, Closeness], ...]:
        """The page turned by 0 to 3 quarters, and where lines are near on it."""
        pages = [self.page.turned(quarters) for quarters in range(4)]
        return tuple((page, Closeness(page)) for page in pages)


@dataclass(frozen=True)
class Registration:
    """How a scan lies on the blank form.

    Attributes:
        matrix: (3, 3) float64, the homography from pixels of the blank form to pixels
            of the scan, of points x, y, 1.
        error: distance between the lines of the form and of the scan, the median, in
            pixels of the blank form.
        inliers: the share of the form's lines that were found on the scan, 0–1.
        explained: the share of the scan's lines that are the form's, 0–1.
        fits: whether the scan is one of this form.
    """

    matrix: Floats
    error: float
    inliers: float
    explained: float
    fits: bool

    def to_scan(self, points: Floats) -> Floats:
        """Return where on the scan points (K, 2) of the blank form are."""
        return mapped(self.matrix, np.asarray(points, np.float64))

    def to_blank(self, points: Floats) -> Floats:
        """Return where on the blank form points (K, 2) of the scan are."""
        return mapped(np.linalg.inv(self.matrix), np.asarray(points, np.float64))

    def box(self, box: Box) -> Box:
        """Return the smallest box on the scan that holds a box of the blank form.

        It may reach beyond the scan, where that shows only a part of the form.
        """
        x, y, w, h = box
        corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
        found = self.to_scan(corners - 0.5) + 0.5  # edges of pixels, not their middles
        left, top = np.floor(found.min(axis=0) + 1e-6)
        right, bottom = np.ceil(found.max(axis=0) - 1e-6)
        return Box.of_edges(int(left), int(top), int(right), int(bottom))

    @property
    def score(self) -> float:
        """How well the lines of both agree, 0–1."""
        return self.inliers * self.explained

    @property
    def quarter_turns(self) -> int:
        """By how many quarters of a turn, clockwise, the form lies turned: 0 to 3.

        2 is upside down. `np.rot90(scan, turns)` shows it upright.
        """
        angle = np.arctan2(self.matrix[1, 0], self.matrix[0, 0])
        return round(float(angle) / (np.pi / 2)) % 4


def landmarks(page: Grey) -> Landmarks:
    """Return what registration finds a page by: its ruled lines.

    Args:
        page: (H, W), a blank form or a scan.
    """
    return Landmarks(ruled_page(page))


def register(scan: Grey | Landmarks, form: Landmarks) -> Registration:
    """Return how a scan lies on a form.

    Args:
        scan: (H, W) in any resolution, turned by up to 12° or by quarters and up to 12°
            more; or its landmarks.
        form: the landmarks of the blank form.
    """
    found = scan if isinstance(scan, Landmarks) else landmarks(scan)
    guesses = [
        (score, start, turned)
        for turned in found.turned
        for score, start in starts(form.page, *turned, form.points)
    ]
    guesses.sort(key=lambda guess: -guess[0])
    best: tuple[Alignment, RuledPage] | None = None
    for _, start, (page, closeness) in guesses[: GUESSES.kept]:
        start = bent(form.page, page, closeness, form.points, start)
        alignment = aligned(form.page, page, form.points, start)
        if best is None or alignment.score > best[0].score:
            best = alignment, page
        if best[0].score > ALIGNMENT.enough:
            break
    if best is None:
        return Registration(np.eye(3), float("inf"), 0.0, 0.0, False)
    return _registration(form.page, *best)


def _registration(
    form: RuledPage, alignment: Alignment, scan: RuledPage
) -> Registration:
    """Return an alignment of the copies as a registration of the pages themselves."""
    matrix = np.linalg.inv(scan.matrix) @ alignment.matrix @ form.matrix
    fits = alignment.score >= REGISTRATION.score
    copies = np.sqrt(np.linalg.det(form.matrix[:2, :2]))  # pixels for one of the form
    return Registration(
        matrix / matrix[2, 2],
        float(alignment.error / copies),
        alignment.inliers,
        alignment.explained,
        fits,
    )


@dataclass(frozen=True)
class BlankForm:
    """A form with its picture, ready for scans to be laid onto it.

    Attributes:
        form: the form.
        picture: (H, W), the blank form, of the form's size.
        landmarks: by which scans are registered.
    """

    form: Form
    picture: Grey
    landmarks: Landmarks


def open_form(form: Form) -> BlankForm:
    """Return a form with its blank form's picture.

    Raises:
        PictureError: the picture cannot be opened.
        FormError: it has none, or one without ruled lines.
    """
    if form.blank is None:
        raise FormError(
            f"form {form.name}: expected the picture of the blank form, found none;"
            ' give blank = "blank.png", or a scan in its place'
        )
    image = open_picture(form.blank)
    return with_picture(form, grey_levels(image, max(image.size)))


def with_picture(form: Form, picture: Grey) -> BlankForm:
    """Return a form with a picture (H, W) of it: of the blank form, or the first scan.

    Raises:
        FormError: it has no ruled lines.
    """
    if picture.shape[::-1] != form.size:
        sized = Image.fromarray(picture).resize(form.size, Image.Resampling.BOX)
        picture = np.asarray(sized)
    found = landmarks(picture)
    count = len(found.page.across) + len(found.page.down)
    if count < REGISTRATION.lines:
        raise FormError(
            f"form {form.name}: expected a blank form with {REGISTRATION.lines} ruled"
            f" lines or more, found {count}; try a scan with more contrast"
        )
    return BlankForm(form, picture, found)


def best_form(
    scan: Grey, forms: Sequence[BlankForm]
) -> tuple[BlankForm, Registration] | None:
    """Return the form that a scan (H, W) is of, and how it lies on it; None for none.

    Of several that fit, the one whose lines agree best with the scan's.
    """
    found = landmarks(scan)
    fitting = [(form, register(found, form.landmarks)) for form in forms]
    fitting = [(form, result) for form, result in fitting if result.fits]
    return max(fitting, key=lambda pair: pair[1].score, default=None)
