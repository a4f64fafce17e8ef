import numpy as np
import pytest

from byhand.data.arrays import as_images, as_labels, luminance
from byhand.data.idx import load_idx, save_idx
from byhand.data.levels import find_levels
from byhand.errors import DataError

PIXELS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4) * np.uint8(11)


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
    images = as_images(np.arange(180, 198, dtype=np.uint8).reshape(2, 9), "x")
    assert images.shape == (2, 3, 3)
    assert images[1, 2].tolist() == [195, 196, 197]


def test_fractions_are_rounded_to_the_nearest_byte():
    fractions = np.array([0, 0.4 / 255, 0.6 / 255, 0.5, 1]).reshape(5, 1, 1)
    assert as_images(fractions, "x").ravel().tolist() == [0, 0, 1, 128, 255]


def test_true_is_full_ink():
    assert as_images(np.array([[[True, False]]]), "x").tolist() == [[[255, 0]]]


@pytest.mark.parametrize(
    ("array", "bytes_", "said"),
    [
        (np.array([0, 1]), [0, 255], "brightest pixel is 1 of 255"),
        (np.array([0, 4, 8, 16], np.uint8), [0, 64, 128, 255], "is 16 of 255"),
        (np.array([0.0, 4, 8, 16]), [0, 64, 128, 255], "is 16 of 255"),
        (np.array([0, 15 / 255, 0]), [0, 255, 0], "of 1: "),
        (np.array([0, 257, 65535], np.uint16), [0, 1, 255], "65535 was scaled"),
        (np.array([0, 500, 1000], ">u2"), [0, 128, 255], "0 to 1000 was scaled"),
        (np.array([0, 2**31, 2**32 - 1]), [0, 128, 255], "was scaled"),
        (np.array([-1.0, 0, 1]), [0, 128, 255], "-1 to 1"),
        (np.array([-0.4242, 2.8215]), [0, 255], "by their range"),
        (np.array([-1e308, 0, 1e308]), [0, 128, 255], "by their range"),
    ],
)
def test_numbers_of_another_range_are_scaled_with_a_warning(array, bytes_, said):
    array = array.reshape(-1, 1, 1)
    assert as_images(array, "x").ravel().tolist() == bytes_
    assert said in find_levels(array, "x").warning


@pytest.mark.parametrize("top", [1.0, 255, 254.7, 128])
def test_numbers_of_the_usual_ranges_need_no_warning(top):
    assert find_levels(np.array([0, top]).reshape(2, 1, 1), "x").warning is None


def test_floats_up_to_255_are_rounded():
    array = np.array([0, 0.4, 99.6, 255]).reshape(4, 1, 1)
    assert as_images(array, "x").ravel().tolist() == [0, 0, 100, 255]


@pytest.mark.parametrize("shape", [(2, 3, 4, 3), (2, 3, 3, 4)])
def test_three_channels_come_last(shape):
    colour = np.zeros(shape, np.uint8)
    np.moveaxis(colour, shape.index(3, 1) if shape[3] == 4 else 3, 3)[..., 0] = 200
    images = as_images(colour, "x")
    assert images.shape[3] == 3
    assert np.all(images[..., 0] == 200) and np.all(images[..., 1:] == 0)
    assert np.all(luminance(images) == 60)


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
        (np.zeros((2, 5, 4, 5)), r"got \(2, 5, 4, 5\)"),
        (np.zeros((0, 3, 4)), r"got \(0, 3, 4\)"),
        (np.zeros((2, 0)), r"got \(2, 0\)"),
        (np.full((2, 2, 2), np.nan), "got nan to nan"),
        (np.full((2, 2, 2), np.inf), "got inf to inf"),
        (np.full((2, 2, 2), -1, np.int8), "got -1 to -1"),
        (np.full((2, 2, 2), 1j), "images of numbers, got complex128"),
        (np.full((2, 2, 2), "a"), "images of numbers, got <U1"),
    ],
)
def test_what_cannot_be_images_is_refused(array, got):
    with pytest.raises(DataError, match=f"^here: expected .*{got}"):
        as_images(array, "here")


@pytest.mark.parametrize("dtype", ["u1", ">i4", "f8", "u8"])
@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3)])
def test_labels_become_int64_of_shape_n(dtype, shape):
    labels = as_labels(np.array([0, 7, 2], dtype).reshape(shape), "y")
    assert labels.tolist() == [0, 7, 2]
    assert labels.dtype == np.int64


def test_one_hot_labels_become_class_numbers():
    assert as_labels(np.eye(4)[[3, 0, 2]], "y").tolist() == [3, 0, 2]


@pytest.mark.parametrize(
    ("array", "got"),
    [
        (np.zeros((3, 10)), r"class numbers, got float64 \(3, 10\)"),
        (np.zeros(0, np.uint8), r"got uint8 \(0,\)"),
        (np.array(3), r"got int64 \(\)"),
        (np.array(["a"]), "got <U1"),
        (np.array([0, -1]), "labels 0 to 4095, got -1 to 0"),
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
