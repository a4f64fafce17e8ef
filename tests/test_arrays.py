import numpy as np
import pytest

from byhand.data.arrays import as_images, as_labels
from byhand.data.idx import load_idx, save_idx
from byhand.errors import DataError

PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize(
    "array",
    [
        PIXELS,
        PIXELS[..., np.newaxis],
        PIXELS.astype(">i2"),
        PIXELS.astype(np.float64),
        PIXELS / 255,
        (PIXELS / 255).astype(np.float16),
        np.asfortranarray(PIXELS),
    ],
)
def test_images_become_bytes_of_shape_nhw(array):
    images = as_images(array, "x")
    np.testing.assert_array_equal(images, PIXELS)
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous


def test_flat_images_are_taken_to_be_square():
    images = as_images(np.arange(18, dtype=np.uint8).reshape(2, 9), "x")
    assert images.shape == (2, 3, 3)
    assert images[1, 2].tolist() == [15, 16, 17]


def test_fractions_are_rounded_to_the_nearest_byte():
    fractions = np.array([0, 0.4 / 255, 0.6 / 255, 0.5, 1]).reshape(5, 1, 1)
    assert as_images(fractions, "x").ravel().tolist() == [0, 0, 1, 128, 255]


def test_true_is_full_ink():
    assert as_images(np.array([[[True, False]]]), "x").tolist() == [[[255, 0]]]


def test_whole_numbers_of_0_and_1_are_not_scaled():
    assert as_images(np.array([[[1, 0]]]), "x").tolist() == [[[1, 0]]]


def test_mapped_bytes_stay_mapped(tmp_path):
    save_idx(tmp_path / "x", PIXELS.reshape(6, 4))
    images = as_images(load_idx(tmp_path / "x"), "x")
    assert isinstance(images, np.memmap)
    assert images.shape == (6, 2, 2)


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (np.zeros(4), r"shape \(N, H, W\), got \(4,\)"),
        (np.zeros((2, 8)), r"got \(2, 8\)"),
        (np.zeros((2, 3, 4, 3)), r"got \(2, 3, 4, 3\)"),
        (np.zeros((0, 3, 4)), r"got \(0, 3, 4\)"),
        (np.zeros((2, 0)), r"got \(2, 0\)"),
        (np.full((2, 2, 2), np.nan), "got nan to nan"),
        (np.full((2, 2, 2), np.inf), "got inf to inf"),
        (np.full((2, 2, 2), -0.1), "got -0.1 to -0.1"),
        (np.full((2, 2, 2), 1.5), "got 1.5 to 1.5"),
        (np.full((2, 2, 2), 256), "got 256 to 256"),
        (np.full((2, 2, 2), -1, np.int8), "got -1 to -1"),
        (np.full((2, 2, 2), 1j), "images of numbers, got complex128"),
        (np.full((2, 2, 2), "a"), "images of numbers, got <U1"),
    ],
)
def test_what_cannot_be_images_is_refused(array, got):
    with pytest.raises(DataError, match=f"^here: expected .*{got}"):
        as_images(array, "here")


@pytest.mark.parametrize("dtype", ["u1", ">i4", "f8", "u8"])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_labels_become_int64_of_shape_n(dtype, shape):
    labels = as_labels(np.array([0, 7, 2], dtype).reshape(shape), "y")
    assert labels.tolist() == [0, 7, 2]
    assert labels.dtype == np.int64


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (np.zeros((3, 10)), r"class numbers, got float64 \(3, 10\)"),
        (np.zeros(0, np.uint8), r"got uint8 \(0,\)"),
        (np.array(3), r"got int64 \(\)"),
        (np.array(["a"]), "got <U1"),
        (np.array([0, -1]), "labels 0 to 65535, got -1 to 0"),
        (np.array([0, 65536]), "got 0 to 65536"),
        (np.array([0, 2**63], np.uint64), f"got 0 to {2**63}"),
        (np.array([0, np.nan]), "got nan to nan"),
        (np.array([0, np.inf]), "got 0.0 to inf"),
        (np.array([0, 1.5]), "whole numbers as labels, got 1.5"),
    ],
)
def test_what_cannot_be_labels_is_refused(array, got):
    with pytest.raises(DataError, match=f"^here: expected .*{got}"):
        as_labels(array, "here")
