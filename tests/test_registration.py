"""Registration: where a form lies on a scan."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.errors import FormError
from byhand.forms.fields import Form
from byhand.forms.registration import (
    Registration,
    best_form,
    landmarks,
    open_form,
    register,
    with_picture,
)
from byhand.pictures.convert import grey_levels
from byhand.synthesis.blank_forms import LAYOUTS, blank_form
from byhand.synthesis.filled_forms import filled_form
from byhand.types import Box

KINDS = ("scan", "photo", "fax", "scan")


@functools.cache
def blank(layout: str):
    """Return the blank form of a layout, ready for scans."""
    return with_picture(Form(layout, (), (1240, 1754)), picture_of(layout))


def picture_of(layout: str) -> np.ndarray:
    return grey(blank_form(layout).picture)


def grey(picture: np.ndarray) -> np.ndarray:
    return grey_levels(Image.fromarray(picture), 4000)


@pytest.fixture(scope="module")
def filled():
    """Forms of all layouts, filled in; one a photograph, one a fax."""
    digits = byhand.load_dataset("mnist").test
    rng = np.random.default_rng(5)
    return [
        filled_form(layout, kind, (digits.images, digits.labels), rng)
        for layout, kind in zip(LAYOUTS, KINDS, strict=True)
    ]


def worst(found: Registration, truth: np.ndarray) -> float:
    """Return how far off the worst of nine points of the form is, in its pixels."""
    points = np.array([[x, y] for x in (130, 620, 1110) for y in (230, 900, 1560.0)])
    true = lying(truth).to_scan(points)
    return float(np.linalg.norm(found.to_blank(true) - points, axis=1).max())


def moved(layout: str, angle: float, scale: float = 1.0, shift=(0.0, 0.0)):
    """Return a scan of a blank form that lies turned in it, and the true map."""
    picture = picture_of(layout)
    height, width = picture.shape
    turn = np.radians(angle)
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    across, below = width / 2, height / 2
    wide = abs(cos) * width + abs(sin) * height
    high = abs(sin) * width + abs(cos) * height
    size = (round(wide / scale), round(high / scale))
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    matrix[:2, 2] = size / np.array(2) - matrix[:2, :2] @ (across, below) + shift
    back = tuple(np.linalg.inv(matrix)[:2].ravel())
    image = Image.fromarray(picture).transform(
        size, Image.Transform.AFFINE, back, Image.Resampling.BICUBIC, fillcolor=255
    )
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(image), np.linalg.inv(half) @ matrix @ half


@pytest.mark.parametrize(
    ("angle", "scale", "shift"),
    [
        (0, 1.0, (0, 0)),
        (8, 0.95, (60, -90)),
        (-8, 1.05, (0, 0)),
        (183, 1.0, (0, 0)),
        (88, 0.97, (30, 10)),
    ],
)
def test_a_form_is_found_however_it_lies(angle, scale, shift):
    scan, truth = moved("delivery", angle, scale, shift)
    found = register(scan, blank("delivery").landmarks)
    assert found.fits
    assert worst(found, truth) < 1.5
    assert found.quarter_turns == round(angle / 90) % 4


def test_each_form_is_put_on_its_own_layout_and_in_its_place(filled):
    forms = [blank(layout) for layout in LAYOUTS]
    for one in filled:
        found = best_form(grey(one.picture), forms)
        assert found is not None, one.blank.name
        assert found[0].form.name == one.blank.name
        assert worst(found[1], one.matrix) < 5, one.blank.name


def test_a_form_fits_no_other_layout(filled):
    for one in filled:
        found = landmarks(grey(one.picture))
        others = [blank(layout) for layout in LAYOUTS if layout != one.blank.name]
        assert not any(register(found, other.landmarks).fits for other in others)


def test_a_page_without_its_lower_part_is_found():
    scan, truth = moved("claim", 2)
    found = register(scan[: int(0.85 * len(scan))], blank("claim").landmarks)
    assert found.fits
    assert worst(found, truth) < 3


def test_squared_paper_and_a_blank_page_are_no_forms():
    squared = np.full((1754, 1240), 255, np.uint8)
    empty = squared.copy()
    squared[::30] = squared[:, ::30] = 120
    forms = [blank(layout) for layout in LAYOUTS]
    assert best_form(squared, forms) is None
    assert best_form(empty, forms) is None


def test_the_first_scan_takes_the_place_of_a_blank_form(filled):
    first, again = filled[0], filled[0].blank
    scan = grey(first.picture)
    form = with_picture(Form("first", (), scan.shape[::-1]), scan)
    found = register(picture_of(again.name), form.landmarks)
    assert found.fits
    assert worst(found, np.linalg.inv(first.matrix)) < 4


def test_a_blank_form_needs_a_picture_with_lines(tmp_path):
    with pytest.raises(FormError, match="picture of the blank form, found none"):
        open_form(Form("a", (), (300, 200)))
    Image.new("L", (300, 200), 255).save(tmp_path / "empty.png")
    with pytest.raises(FormError, match="4 ruled lines or more, found 0"):
        open_form(Form("a", (), (300, 200), tmp_path / "empty.png"))


def lying(matrix) -> Registration:
    return Registration(np.array(matrix, np.float64), 0.0, 1.0, 1.0, True)


def test_a_box_is_mapped_with_the_edges_of_its_pixels():
    double = lying([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])
    assert double.box(Box(10, 20, 5, 6)) == Box(20, 40, 10, 12)
    assert lying(np.eye(3)).box(Box(10, 20, 5, 6)) == Box(10, 20, 5, 6)


def test_points_go_to_the_scan_and_back():
    there = lying([[1.1, 0.1, 30], [-0.1, 0.9, 5], [1e-4, -5e-5, 1]])
    points = np.array([[0, 0], [100, 50], [700, 1000.0]])
    assert there.to_scan(points)[1] == pytest.approx((145 / 1.0075, 40 / 1.0075))
    np.testing.assert_allclose(there.to_blank(there.to_scan(points)), points)


@pytest.mark.parametrize("turns", range(4))
def test_a_turned_scan_is_shown_upright_by_rot90(turns):
    form = np.zeros((30, 20))
    form[5, 3] = 1
    scan = np.rot90(form, -turns)  # clockwise
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    shift = ((0, 0), (29, 0), (19, 29), (0, 19))[turns]
    found = lying([[cos, -sin, shift[0]], [sin, cos, shift[1]], [0, 0, 1]])
    (x, y) = found.to_scan(np.array([[3.0, 5.0]]))[0]
    assert scan[round(y), round(x)] == 1
    assert found.quarter_turns == turns
    np.testing.assert_array_equal(np.rot90(scan, found.quarter_turns), form)
