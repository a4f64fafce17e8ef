"""byhand.reading.candidate_images: a row's digits look as they would alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

import byhand
from byhand.ink.page_ink import PageInk, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.reading.candidate_images import PEN, candidate_image
from byhand.reading.fragments import Fragment, find_fragments
from byhand.reading.page import Page

SIZE = (28, 28)
COUNT = 10


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return byhand.load_dataset("mnist").test.images[20 : 20 + COUNT]


@pytest.fixture(scope="module")
def page(images) -> Page:
    """The digits in a row, dark on grey, 60 pixels high."""
    cells = [np.pad(image, ((14, 14), (5, 5))) for image in images]
    row = Image.fromarray(np.pad(np.hstack(cells), ((0, 0), (9, 9))))
    row = row.resize((3 * row.width, 3 * row.height), Image.Resampling.BICUBIC)
    row = row.point(lambda level: 220 - level * 0.75)
    found, *_ = find_page_ink(Sheet(row, row.size))
    return Page.of(found)


@pytest.fixture(scope="module")
def images_made(page) -> np.ndarray:
    """(10, 28, 28), from left to right, all strokes of a digit together."""
    wide = page.ink.mask.shape[1] / (
        COUNT * 38 + 18
    )  # pixels of the page to one of MNIST
    fragments = find_fragments(page.ink)
    cells = [[p for p in fragments if n == int((p.centre[1] / wide - 9) / 38)]
             for n in range(COUNT)]  # fmt: skip
    assert all(cells)
    return np.stack([candidate_image(page, cell, SIZE) for cell in cells])


def test_a_candidate_image_is_like_the_digit_prepared_alone(images, images_made):
    alone = np.stack([byhand.prepare(image) for image in images]).astype(float)
    difference = abs(images_made - alone).mean(axis=(1, 2))
    mixed = abs(images_made - np.roll(alone, 1, axis=0)).mean(axis=(1, 2))
    assert np.sort(difference)[-2] < 21  # of 255; the ink of one may be found badly
    assert difference.mean() < 0.4 * mixed.mean()


def test_the_same_class_is_read_as_alone(images, images_made):
    model = byhand.load()
    alone = np.stack([byhand.prepare(image) for image in images])
    assert (model.predict(images_made) == model.predict(alone)).sum() >= COUNT - 1


def test_a_candidate_image_is_made_as_mnist_is(images_made):
    assert images_made.dtype == np.uint8
    for image in images_made:
        rows, columns = np.nonzero(image)
        longest = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 19 <= longest <= 22
        assert image.max() == 255
        mass = image.astype(float)
        centre = mass.sum(1) @ np.arange(28), mass.sum(0) @ np.arange(28)
        assert np.divide(centre, mass.sum()) == pytest.approx([14, 14], abs=0.8)


def hand_made(ink: np.ndarray, stroke: float = 5.0, threshold: int = 99) -> Page:
    mask = ink > threshold
    return Page.of(PageInk(ink, mask, stroke, 40.0, 1.0, {}))


def bars() -> np.ndarray:
    """Return a page with two upright bars, the second beside the foot of the first."""
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 20:25] = 200
    ink[30:50, 27:32] = 200
    return ink


def test_a_neighbours_ink_is_not_in_it():
    page = hand_made(bars())
    both = find_fragments(page.ink)
    first = min(both, key=lambda p: p.left)
    alone = bars()
    alone[:, 26:] = 0
    assert_array_equal(candidate_image(page, [first], SIZE),
                       candidate_image(hand_made(alone), [first], SIZE))  # fmt: skip
    assert (
        candidate_image(page, both, SIZE).sum()
        > 1.2 * candidate_image(page, [first], SIZE).sum()
    )


def test_a_neighbours_ink_is_not_in_it_though_it_is_in_the_box():
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 20:25] = ink[45:50, 20:45] = 200
    alone = ink.copy()
    ink[10:35, 32:37] = 200
    fragment = max(find_fragments(hand_made(ink).ink), key=lambda p: p.area)
    assert_array_equal(candidate_image(hand_made(ink), [fragment], SIZE),
                       candidate_image(hand_made(alone), [fragment], SIZE))  # fmt: skip


def test_a_few_darker_spots_do_not_make_the_rest_faint():
    even, spotted = bars(), bars()
    spotted[20:22, 21:23] = 255
    pages = hand_made(spotted), hand_made(even)
    assert_array_equal(
        *(candidate_image(p, find_fragments(p.ink)[:1], SIZE) for p in pages)
    )


def test_a_part_cut_from_a_stroke_is_alone_though_its_neighbour_touches():
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 20:30] = 200
    left = Fragment(10, 20, np.ones((40, 5), np.bool_), 1)
    alone = ink.copy()
    alone[:, 25:] = 0
    assert_array_equal(candidate_image(hand_made(ink), [left], SIZE),
                       candidate_image(hand_made(alone), [left], SIZE))  # fmt: skip


def test_the_grey_at_the_edge_of_a_stroke_is_kept():
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 20:25] = 200
    sharp = candidate_image(
        hand_made(ink), [fragment := find_fragments(hand_made(ink).ink)[0]], SIZE
    )
    ink[10:50, [19, 25]] = 80
    soft = candidate_image(hand_made(ink), [fragment], SIZE)
    assert soft.sum() > 1.05 * sharp.sum()


@pytest.mark.parametrize("level", [120, 200])
def test_faint_ink_looks_like_dark_ink(level):
    dark, faint = (hand_made(np.where(bars(), ink, 0).astype(np.uint8))
                   for ink in (255, level))  # fmt: skip
    assert_array_equal(candidate_image(faint, find_fragments(faint.ink)[:1], SIZE),
                       candidate_image(dark, find_fragments(dark.ink)[:1], SIZE),
                       )  # fmt: skip


@pytest.mark.parametrize("pen", [1, 2, 3])
def test_thin_strokes_are_drawn_wider_and_others_not(pen):
    ink = np.zeros((60, 60), np.uint8)
    ink[10:50, 20 : 20 + pen] = 255
    ink[10 : 10 + pen, 20:45] = 255
    page = hand_made(ink, float(pen))
    (fragment,) = find_fragments(page.ink)
    as_it_is = hand_made(ink, PEN.width * 40)
    assert (
        candidate_image(page, [fragment], SIZE).sum()
        > 1.2 * candidate_image(as_it_is, [fragment], SIZE).sum()
    )
    assert_array_equal(candidate_image(as_it_is, [fragment], SIZE),
                       candidate_image(hand_made(ink, 9.0), [fragment], SIZE),
                       )  # fmt: skip


@pytest.mark.parametrize("corner", [(0, 0), (0, 35), (20, 0), (20, 35)])
def test_at_the_edge_of_the_page_a_digit_looks_as_in_its_middle(corner):
    page, middle = np.zeros((40, 40), np.uint8), np.zeros((60, 60), np.uint8)
    for image, (y, x) in ((page, corner), (middle, (20, 20))):
        image[y : y + 20, x : x + 5] = 200
    pages = [hand_made(image) for image in (page, middle)]
    edge, inside = (candidate_image(p, find_fragments(p.ink), SIZE) for p in pages)
    assert_array_equal(edge, inside)


@pytest.mark.parametrize("size", [(28, 28), (32, 40), (9, 7)])
def test_images_made_of_any_size_are_made(size):
    page = hand_made(bars())
    made = candidate_image(page, find_fragments(page.ink), size)
    assert (made.shape, made.max()) == (size, 255)


def test_the_page_stays_as_it_was():
    page = hand_made(bars())
    candidate_image(page, find_fragments(page.ink), SIZE)
    assert_array_equal(page.ink.grey, bars())
