import numpy as np
import pytest

from byhand.data.datasets import Dataset, load_dataset
from byhand.data.orientation import (
    AS_THEY_ARE,
    ORIENTATIONS,
    TRANSPOSED,
    cells,
    orientation,
)

DIGITS = tuple("0123456789")


@pytest.fixture(scope="module")
def mnist():
    images, labels = load_dataset("mnist").train
    return images[:400], labels[:400]


@pytest.mark.parametrize("name", list(ORIENTATIONS))
@pytest.mark.parametrize("count", [60, 400])
def test_every_orientation_of_digits_is_recognised(mnist, name, count):
    images, labels = mnist[0][:count], mnist[1][:count]
    stored = np.stack([undone(image, name) for image in images])
    assert orientation(stored, labels, DIGITS) == name


def undone(image, name):
    """Return the image that the orientation's own change would set right."""
    for turn in ORIENTATIONS.values():
        if np.array_equal(ORIENTATIONS[name](turn(image)), image):
            return turn(image)
    raise AssertionError(name)


def test_the_mean_of_cells_is_0_and_their_length_1(mnist):
    found = cells(mnist[0][0])
    assert found.mean() == pytest.approx(0)
    assert (found**2).sum() == pytest.approx(1)
    assert not cells(np.zeros((5, 9))).any()


def test_the_ink_is_compared_wherever_and_however_large_it_is(mnist):
    image = mnist[0][0]
    larger = np.pad(np.kron(image, np.ones((2, 2))), ((30, 0), (0, 13)))
    np.testing.assert_allclose(cells(larger), cells(image), atol=1e-6)


@pytest.mark.parametrize(
    "names",
    [tuple("abcdefghij"), (*DIGITS[1:], "0"), tuple(f"class {k}" for k in range(10))],
)
def test_other_things_than_these_digits_stay_as_they_are(mnist, names):
    stored = mnist[0].swapaxes(1, 2)
    assert orientation(stored, mnist[1], names) == AS_THEY_ARE


def test_noise_and_few_images_stay_as_they_are(mnist):
    noise = np.random.default_rng(0).integers(0, 256, (200, 28, 28))
    assert orientation(noise, np.arange(200) % 10, DIGITS) == AS_THEY_ARE
    few = mnist[0][:15].swapaxes(1, 2)
    assert orientation(few, mnist[1][:15], DIGITS) == AS_THEY_ARE


@pytest.mark.parametrize(
    "part",
    [np.s_[:, :, :], np.s_[:, ::2, ::2], np.s_[:, :, 4:24], np.s_[:, 3:25, 3:25]],
)
@pytest.mark.parametrize("classes", [10, 4])
def test_transposed_digits_are_set_right_with_a_warning(mnist, part, classes):
    images, labels = (array[mnist[1] < classes] for array in mnist)
    images = images[part]
    stored = images.swapaxes(1, 2)
    dataset = Dataset.from_arrays(stored, labels, stored[:5], labels[:5])
    assert np.array_equal(dataset.train.images, images)
    assert np.array_equal(dataset.test.images, images[:5])
    (said,) = dataset.warnings
    assert TRANSPOSED in said


def test_rotated_digits_are_only_said(mnist):
    stored = np.rot90(mnist[0], 1, (1, 2))
    dataset = Dataset.from_arrays(stored, mnist[1])
    (said,) = dataset.warnings
    assert "rotated by 90°" in said
    assert dataset.train.images.any(axis=(1, 2)).all()
    np.testing.assert_array_equal(
        np.sort(dataset.train.images.sum(axis=(1, 2), dtype=int))[-1],
        stored.sum(axis=(1, 2), dtype=int).max(),
    )


def test_digits_as_they_should_be_need_no_word(mnist):
    assert Dataset.from_arrays(*mnist).warnings == ()


@pytest.mark.parametrize("paper", [255, 180])
def test_dark_ink_on_light_is_said(mnist, paper):
    stored = (paper - mnist[0] * 0.6).astype(np.uint8)
    (said,) = Dataset.from_arrays(stored, mnist[1]).warnings
    assert "dark ink on light" in said and "--prepare" in said


def test_thick_digits_without_margins_are_not_taken_for_dark_ink(mnist):
    cut = mnist[0][:, 6:-6, 8:-8]
    thick = np.maximum.reduce([np.roll(cut, k, 2) for k in (-1, 0, 1, 2)])
    assert Dataset.from_arrays(thick, mnist[1]).warnings == ()
