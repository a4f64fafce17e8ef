"""The picture of the images that two models answer differently."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from byhand import plots
from byhand.plots import pairs, style

NAMES = ["zero", "one", "two"]
TRUTH, A, B = (np.array(row) for row in ([0, 1, 2, 0], [0, 0, 2, 1], [1, 1, 0, 2]))
SURE_A, SURE_B = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0.5, 0.41, 1, 0.999])


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (40, 6, 5), dtype=np.uint8)


def tiles(part):
    return [ax for ax in part.axes if ax.images]


def said(ax):
    return [(t.get_text(), to_hex(t.get_color()).upper()) for t in ax.texts]


def test_images_are_sorted_by_who_is_right(images):
    figure = plots.differences(images[:4], TRUTH, (A, SURE_A), (B, SURE_B), NAMES)
    headings = [part.get_suptitle() for part in figure.subfigs]
    assert headings == [
        *("Only A is right: 2", "Only B is right: 1", "Neither is right: 1")
    ]
    shown = [tile for part in figure.subfigs for tile in tiles(part)]
    for ax, image in zip(shown, images[[0, 2, 1, 3]], strict=True):
        assert np.array_equal(ax.images[0].get_array(), image)
    assert [ax.get_title() for ax in shown] == [
        "is zero",
        "is two",
        "is one",
        "is zero",
    ]
    blue, vermilion = style.BLUE, style.VERMILION
    assert said(shown[0]) == [("A ✓ zero  90 %", blue), ("B ✗ one  50 %", vermilion)]
    assert said(shown[2]) == [("A ✗ zero  80 %", vermilion), ("B ✓ one  41 %", blue)]
    assert [text for text, _ in said(shown[3])] == ["A ✗ one  60 %", "B ✗ two  >99 %"]
    assert figure.get_suptitle() == "4 images that A and B answer differently"


def test_of_a_large_group_the_first_sixteen_are_shown(images):
    zeros, ones = np.zeros(40, np.int64), np.ones(40, np.int64)
    sure = np.ones(40)
    figure = plots.differences(images, zeros, (zeros, sure), (ones, sure), NAMES)
    (part,) = figure.subfigs
    assert part.get_suptitle() == "Only A is right: the first 16 of 40"
    assert len(tiles(part)) == pairs.GROUP == 16
    assert np.array_equal(tiles(part)[15].images[0].get_array(), images[15])


@pytest.mark.parametrize("names", [NAMES, ["Ankle boot"] * 3, ["long " * 40] * 3])
def test_the_words_of_neighbours_do_not_meet(images, names):
    zeros, ones = np.zeros(40, np.int64), np.ones(40, np.int64)
    sure = np.full(40, 0.999)
    figure = plots.differences(images, zeros, (zeros, sure), (ones, sure), names)
    figure.draw_without_rendering()
    shown = tiles(figure.subfigs[0])
    assert len(shown) == pairs.GROUP
    rows = {round(ax.get_position().y0, 3) for ax in shown}
    in_row = len(shown) // len(rows)
    for left, right in pairwise(shown[:in_row]):
        assert left.texts[0].get_window_extent().x1 < right.get_window_extent().x0


def test_one_image_and_none_have_titles_of_their_own(images):
    one = [array[:1] for array in (TRUTH, A, SURE_A, B, SURE_B)]
    figure = plots.differences(
        images[:1], one[0], (one[1], one[2]), tuple(one[3:]), NAMES
    )
    assert figure.get_suptitle() == "The only image that A and B answer differently"
    none = np.array([], np.int64)
    figure = plots.differences(images[:0], none, (none, none), (none, none), NAMES)
    assert "both say the same" in figure.texts[0].get_text()


def test_the_models_are_named_by_the_ends_of_their_paths(images):
    models = ("runs/mnist-mlp-0/model.safetensors", f"{'deep/' * 30}new.safetensors")
    figure = plots.differences(
        images[:4], TRUTH, (A, SURE_A), (B, SURE_B), NAMES, models
    )
    first, *named = figure.get_suptitle().split("\n")
    assert first == "4 images that A and B answer differently"
    assert named[0] == "A: runs/mnist-mlp-0/model.safetensors"
    assert named[1].startswith("B: …") and named[1].endswith("deep/new.safetensors")
    assert len(named[1]) == 3 + 60
    without = plots.differences(images[:4], TRUTH, (A, SURE_A), (B, SURE_B), NAMES)
    assert without.get_suptitle() == first
