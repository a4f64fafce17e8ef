"""Reading is bounded in time and memory, whatever is on the page."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

import byhand
from byhand.ink.page_ink import PageInk, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.reading import cuts
from byhand.reading.cuts import CUTS, CutSettings, find_cuts, seams
from byhand.reading.fragments import Fragment, FragmentSettings, find_fragments
from byhand.reading.lattice_reader import LATTICE, LatticeReader, LatticeSettings
from byhand.reading.page_reader import PASSES, PassSettings, read_page
from byhand.types import Grey

RNG = np.random.default_rng(11)


def noise(height: int, width: int) -> Grey:
    """A bitmap of black and white pixels."""
    return RNG.choice(np.array([0, 255], np.uint8), (height, width))


def blobs(height: int, width: int, size: float) -> Grey:
    """Spots and worms of about one size."""
    smooth = ndimage.gaussian_filter(RNG.standard_normal((height, width)), size)
    return np.where(smooth > smooth.std() * 0.5, 255, 0).astype(np.uint8)


def strokes(height: int, width: int, count: int) -> Grey:
    """Short lines in all directions, many of which cross."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y, turn = *RNG.uniform(0, (width, height)), RNG.uniform(0, 2 * np.pi)
        end = (x + 12 * np.cos(turn), y + 12 * np.sin(turn))
        draw.line((x, y, *end), fill=0, width=2)
    return np.asarray(image)


def printed(height: int, width: int, size: int) -> Grey:
    """Dense print in Pillow's own font."""
    image = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(size)
    text = "The quick brown fox, 1234567890, jumps over 55 lazy dogs. " * 20
    for number, top in enumerate(range(0, height, size + 1)):
        ImageDraw.Draw(image).text((0, top), text[number * 7 :], 0, font)
    return np.asarray(image)


def halftone(height: int, width: int, cell: int = 8) -> Grey:
    """Dots that grow and shrink, as in a printed photograph."""
    y, x = np.mgrid[:height, :width]
    grey = (np.sin(x / 60) + np.sin(y / 45) + 2) / 4
    away = np.hypot(y % cell - cell / 2, x % cell - cell / 2)
    return np.where(away < grey * cell * 0.75, 0, 255).astype(np.uint8)


def fax(height: int, width: int) -> Grey:
    """Print with specks."""
    page = printed(height, width, 16).copy()
    specks = RNG.random(page.shape) < 0.004
    page[specks] = 255 - page[specks]
    return page


PAGES_OF = {
    "noise": lambda: noise(20, 800),
    "blobs in a strip": lambda: blobs(20, 800, 1.5),
    "blobs": lambda: blobs(300, 400, 3),
    "strokes": lambda: strokes(300, 400, 900),
    "print": lambda: printed(240, 300, 10),
    "fax": lambda: fax(550, 425),
    "halftone": lambda: halftone(300, 400),
}


@pytest.mark.parametrize("make", PAGES_OF.values(), ids=PAGES_OF)
def test_a_page_has_a_bounded_number_of_candidates(
    make: Callable[[], Grey], monkeypatch
):
    model, seen, bands = byhand.load(), [], []
    own = cuts._seams

    def count(images: Grey) -> np.ndarray:
        seen.append(len(images))
        return np.tile(np.eye(11, dtype=np.float32)[1], (len(images), 1))

    def measured(mask, columns, height, settings):
        band = 2 * cuts._reach(height, settings) + 1
        bands.append(len(mask) * len(columns) * band)
        return own(mask, columns, height, settings)

    monkeypatch.setattr(model, "scores", count)
    monkeypatch.setattr(cuts, "_seams", measured)
    image = Image.fromarray(make())
    read_page(Sheet(image, image.size), LatticeReader(model))
    assert max(seen, default=0) <= LATTICE.most_candidates
    # as it lies, turned, and turned with its ink found again
    assert sum(seen) <= 3 * PASSES.most_again + LATTICE.most_candidates
    assert max(bands, default=0) <= 2 * CUTS.chunk


def test_cuts_do_not_depend_on_how_many_are_searched_together():
    mask = blobs(30, 200, 2) > 0
    paths, costs = seams(mask, 30)
    for chunk in (1, 5000):
        some = seams(mask, 30, CutSettings(chunk=chunk))
        assert_array_equal(some[0], paths)
        assert_array_equal(some[1], costs)


def ink_of(mask: np.ndarray) -> PageInk:
    grey = mask.astype(np.uint8) * 255
    return PageInk(grey, mask, 3.0, 20.0, 1.0, {})


def test_what_is_far_too_wide_is_not_cut():
    mask = np.ones((20, 900), np.bool_)
    mask[4:, 10::12] = False
    assert len(find_cuts(Fragment(0, 0, mask, 1), 20, 3.0)[0]) == 0
    mask = mask[:, :300]
    assert len(find_cuts(Fragment(0, 0, mask, 1), 20, 3.0)[0])


def test_of_hatching_the_longest_lines_are_left_out():
    mask = np.eye(90, dtype=np.bool_)
    mask[80:85, 2:6] = mask[2:6, 80:84] = True
    found = find_fragments(ink_of(mask), FragmentSettings(most_pixels=100, speck=0.1))
    assert [(p.top, p.height) for p in found] == [(2, 4), (80, 5)]
    assert len(find_fragments(ink_of(mask), FragmentSettings(speck=0.1))) == 3


def two_rows() -> Sheet:
    """Return five digits, and under them as many with specks."""
    images = byhand.load_dataset("mnist").test.images
    digits = np.hstack(list(images[:5]))
    below = np.hstack(list(images[5:10]))
    below[12:16:3, ::3] = 255
    page = np.pad(np.vstack([digits, np.zeros_like(digits), below]), 14)
    image = Image.fromarray(255 - page)
    return Sheet(image, image.size)


def test_of_too_much_the_first_rows_are_read():
    model = byhand.load()

    def find_ink(sheet: Sheet) -> list[PageInk]:
        return [next(iter(find_page_ink(sheet)))]

    everything = read_page(two_rows(), LatticeReader(model), find_ink=find_ink)
    assert len(everything.rows) == 2
    counts = [len(r.evidence.lattice.candidates) for r in everything.rows]
    settings = LatticeSettings(most_candidates=counts[0] + counts[1] // 2)
    strict = LatticeReader(model, settings=settings)
    result = read_page(two_rows(), strict, find_ink=find_ink)
    assert [line.text for line in result.lines] == [everything.lines[0].text]
    assert result.warnings[0] == (
        "too much on the page: 1 of 2 lines read; try a part of it"
    )
    assert result.candidates < sum(counts)


@pytest.mark.parametrize("most", [0, 10**9])
def test_a_page_with_many_candidates_gets_one_pass(most: int):
    class Reader(LatticeReader):
        passes = 0

        def read_rows(self, *given):
            self.passes += 1
            return super().read_rows(*given)

    reader = Reader(byhand.load())
    image = Image.fromarray(printed(30, 300, 16))
    settings = PassSettings(most_again=most)
    read_page(Sheet(image, image.size), reader, settings=settings)
    assert (reader.passes == 1) == (most == 0)
