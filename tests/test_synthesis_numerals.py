"""Digits drawn from skeletons: in the images meant, of one form a hand."""

import numpy as np
import pytest

from byhand.synthesis.numerals import draw_numerals, form_of, numerals

BLANK = np.zeros((10, 28, 28), np.uint8)


def drawn(labels, forms, seed=0):
    images = np.zeros((len(labels), 28, 28), np.uint8)
    every = np.arange(len(labels))
    draw_numerals(images, labels, every, forms, np.random.default_rng(seed))
    return images


def test_every_digit_has_several_forms():
    assert sorted(numerals()) == list(range(10))
    assert min(map(len, numerals().values())) >= 4


@pytest.mark.parametrize("digit", range(10))
def test_every_form_fits_the_image_and_is_as_high_as_a_digit(digit):
    count = len(numerals()[digit])
    for number in range(count):
        forms = np.full(10, (number + 0.5) / count)
        (image,) = drawn(np.array([digit]), forms)
        rows, columns = (np.flatnonzero(image.any(axis)) for axis in (1, 0))
        assert 14 <= len(rows) <= 26
        assert rows[0] > 0 and columns[0] > 0
        assert rows[-1] < 27 and columns[-1] < 27


def test_only_the_images_meant_are_drawn():
    images = np.full((3, 28, 28), 7, np.uint8)
    labels, forms = np.array([4, 4, 4]), np.zeros(10)
    draw_numerals(images, labels, np.array([1]), forms, np.random.default_rng(0))
    assert (images[[0, 2]] == 7).all() and images[1].max() == 255
    draw_numerals(images, labels, np.array([], int), forms, np.random.default_rng(0))
    assert (images[[0, 2]] == 7).all()


def test_a_hand_keeps_its_form_and_two_forms_differ():
    four = np.full(10, 4)
    first, second = (drawn(four, np.full(10, form)).mean(axis=0) for form in (0, 0.99))
    again = drawn(four, np.zeros(10), seed=1).mean(axis=0)
    assert np.abs(first - again).mean() < np.abs(first - second).mean()


def test_a_form_is_chosen_by_a_number_below_one():
    assert form_of(1, 0.0) is numerals()[1][0]
    assert form_of(1, 0.999) is numerals()[1][-1]
