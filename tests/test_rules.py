"""Ruled lines of a page."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from byhand.forms.homography import mapped
from byhand.forms.rules import lines_across, ruled_page, skew

LINES = [(100, 150, 700, 150), (100, 400, 500, 400), (300, 150, 300, 400)]


def drawn(angle: float = 0.0, shade: int = 255) -> np.ndarray:
    """Return a page 800 × 600 of three lines, turned clockwise."""
    image = Image.new("L", (800, 600), shade)
    pen = ImageDraw.Draw(image)
    for line in LINES:
        pen.line(line, fill=shade // 4, width=3)
    return np.asarray(image.rotate(-angle, Image.Resampling.BICUBIC, fillcolor=shade))


def test_lines_are_found_where_they_are():
    page = ruled_page(drawn())
    back = np.linalg.inv(page.matrix)
    across = page.across[np.argsort(page.across[:, 1])]
    found = np.hstack([mapped(back, across[:, :2]), mapped(back, across[:, 2:])])
    np.testing.assert_allclose(found[:, 1::2], np.array(LINES)[:2, 1::2], atol=0.5)
    # the average along a line reaches beyond its ends
    np.testing.assert_allclose(found[:, 0::2], np.array(LINES)[:2, 0::2], atol=2.5)
    (down,) = page.down
    np.testing.assert_allclose(
        mapped(back, down.reshape(2, 2)).ravel(), LINES[2], atol=3
    )


@pytest.mark.parametrize("angle", [-8.0, -0.7, 0.0, 3.3, 8.0])
def test_the_angle_of_a_page_is_found_and_taken_back(angle):
    page = drawn(angle)
    assert skew(page) == pytest.approx(angle, abs=0.11)
    found = ruled_page(page)
    assert (len(found.across), len(found.down)) == (2, 1)
    assert np.abs(found.across[:, 1] - found.across[:, 3]).max() < 2


def test_a_page_turned_by_a_quarter_has_its_lines_where_rot90_has_them():
    page, other = ruled_page(drawn()), ruled_page(np.rot90(drawn()))
    turned = page.turned(1)
    assert turned.copy == other.copy
    for name in ("across", "down"):
        ours, theirs = getattr(turned, name), getattr(other, name)
        np.testing.assert_allclose(
            ours[np.argsort(ours[:, 0])], theirs[np.argsort(theirs[:, 0])], atol=1.6
        )
    assert page.turned(4).copy == page.copy
    np.testing.assert_allclose(page.turned(4).matrix, page.matrix)


def test_what_is_short_or_thick_is_no_line():
    page = np.full((80, 120), 255, np.uint8)
    page[10, 10:17] = 0  # too short
    page[30:50, 10:110] = 0  # a bar
    page[65, 20:80] = 0
    ((x, y, right, bottom),) = lines_across(page)
    assert (y, bottom) == (65, 65)
    assert (x, right) == pytest.approx((20, 79), abs=2)


def test_short_gaps_in_a_line_are_closed():
    page = np.full((40, 200), 255, np.uint8)
    page[10, 10:190] = 100
    page[10, 12:190:20] = 255
    assert len(lines_across(page)) == 1


def test_a_shadow_is_no_line_but_faint_print_in_it_is():
    light = np.linspace(250, 60, 800)[None, :] * np.ones((600, 1))
    light[:, 400:] *= 0.5  # the edge of a shadow
    page = (np.where(drawn() < 128, 0.8, 1.0) * light).astype(np.uint8)
    found = ruled_page(page)
    assert (len(found.across), len(found.down)) == (2, 1)
