"""Digits of a data set copied onto pages are the data set's own, only larger."""

from __future__ import annotations

import numpy as np

import byhand
from byhand.synthesis.copied import copied
from byhand.synthesis.digits import cut
from byhand.synthesis.kinds import KINDS, make_page

TRAIN = byhand.load_dataset("mnist").train


def test_digits_at_the_height_of_the_data_are_its_images(rng):
    images = TRAIN.images[:20]
    for image, ink in zip(images, copied(images, 20, rng), strict=True):
        expected = cut(np.where(image < 8, 0, image))
        np.testing.assert_array_equal(ink, expected)


def test_digits_are_as_high_as_asked_for(rng):
    for height in (12, 33, 57):
        highest = max(len(ink) for ink in copied(TRAIN.images[:50], height, rng))
        assert abs(highest - height) <= 0.08 * height + 2


def test_a_quarter_turn_clockwise_is_that_of_the_array(rng):
    image = TRAIN.images[:1]
    turned = copied(image, 20, rng, angle=np.pi / 2)[0].astype(int)
    expected = np.rot90(cut(np.where(image[0] < 8, 0, image[0])), -1).astype(int)
    assert abs(len(turned) - len(expected)) <= 1
    assert abs(turned.shape[1] - expected.shape[1]) <= 1
    assert abs(turned.sum() / expected.sum() - 1) < 0.05


def test_a_page_of_copied_digits_is_written_with_them(rng, monkeypatch):
    seen = []

    def watched(images, *rest):
        seen.extend(images)
        return copied(images, *rest)

    monkeypatch.setattr("byhand.synthesis.rows.copied", watched)
    make_page("copied", (TRAIN.images, TRAIN.labels), rng, (200, 320), 28.0)
    assert seen


def test_every_kind_with_digits_has_some_pages_with_copied_ones():
    assert all(0 < kind.copied <= 1 for kind in KINDS.values() if kind.digits)
