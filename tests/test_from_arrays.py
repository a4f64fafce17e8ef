"""Dataset.from_arrays: what a user has in memory, checked at the door."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.data.datasets import Dataset, Split
from byhand.errors import DataError

X = np.random.default_rng(0).integers(0, 256, (24, 5, 5), np.uint8)
Y = np.arange(24) % 3


@pytest.mark.parametrize(
    "images",
    [X, X[..., None], X.reshape(24, 25), X.tolist(), X / 255, X.astype(">i4"),
     np.repeat(X[..., None], 3, axis=3), X.astype(object)],
)  # fmt: skip
def test_images_of_every_usual_shape_and_type_are_the_same_data_set(images):
    dataset = Dataset.from_arrays(images, Y)
    assert dataset.image_shape == (5, 5)
    assert (len(dataset.train), len(dataset.test)) == (20, 4)
    assert dataset.class_names == ("0", "1", "2")
    for part in (dataset.train, dataset.test):
        for image, label in zip(*part, strict=True):
            where = np.flatnonzero((X == image).all(axis=(1, 2)))
            assert Y[where] == [label]


@pytest.mark.parametrize("labels", [Y, Y.tolist(), Y * 1.0, Y[:, None], np.eye(3)[Y]])
def test_labels_of_every_usual_kind_are_class_numbers(labels):
    dataset = Dataset.from_arrays(X, labels, X[:3], np.asarray(labels)[:3])
    assert dataset.train.labels.tolist() == Y.tolist()
    assert dataset.test.labels.tolist() == [0, 1, 2]
    assert dataset.train.labels.dtype == np.int64


def test_colours_stay_colours():
    colour = np.stack([X, X // 2, X // 4], axis=-1)
    dataset = Dataset.from_arrays(colour, Y, colour[:3], Y[:3])
    assert dataset.image_shape == (5, 5, 3)
    assert np.array_equal(dataset.train.images, colour)


def test_words_as_labels_are_class_names_in_their_natural_order():
    words = np.array(["b10", "b2", "a"])[Y]
    dataset = Dataset.from_arrays(X, words, X, words.astype("S"))
    assert dataset.class_names == ("a", "b2", "b10")
    assert dataset.train.labels[:3].tolist() == [2, 1, 0]
    assert dataset.test.labels.tolist() == dataset.train.labels.tolist()
    assert any("a b2 b10" in warning for warning in dataset.warnings)


def test_words_for_digits_are_digits():
    words = np.array(["Three", "one", "nine"])[Y]
    dataset = Dataset.from_arrays(X, words)
    assert dataset.class_names == ("1", "3", "9")
    assert any("are 1 3 9" in warning for warning in dataset.warnings)


def test_digits_as_text_are_digits():
    dataset = Dataset.from_arrays(X, Y.astype(str), X, Y.astype(object).astype(str))
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.test.labels.tolist() == Y.tolist()


def test_a_first_label_of_1_is_class_0():
    dataset = Dataset.from_arrays(X, Y + 1, X, Y + 1, first_label=1)
    assert dataset.train.labels.tolist() == Y.tolist()
    assert dataset.warnings == ()
    with pytest.raises(DataError, match=r"expected labels from 1, .* got 0"):
        Dataset.from_arrays(X, Y, first_label=1)


@pytest.mark.parametrize("first", [1, 2, 10])
def test_labels_that_do_not_count_from_0_are_said_with_the_cure(first):
    (warning,) = Dataset.from_arrays(X, Y + first).warnings
    assert f"labels are {first} to {first + 2}" in warning
    assert f"--first-label {first}" in warning


def test_a_class_without_images_is_said():
    (warning,) = Dataset.from_arrays(X, Y * 2).warnings
    assert warning == "2 classes have no image: 1 3"


def test_both_sets_are_scaled_alike():
    dim = np.array([[[0, 16]], [[0, 8]]] * 3)
    dataset = Dataset.from_arrays(dim, [0, 1] * 3, dim[1:2], [1])
    assert dataset.train.images.max() == 255
    assert dataset.test.images.max() == 128
    assert any("16 of 255" in warning for warning in dataset.warnings)


def test_classes_can_be_named():
    dataset = Dataset.from_arrays(X, Y, class_names=["cat", "dog", "owl"], name="pets")
    assert (dataset.name, dataset.class_names) == ("pets", ("cat", "dog", "owl"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, Y), "images: expected an array, got None"),
        ((X, None), "labels: expected an array, got None"),
        (("x.png", Y), r"images: expected .* got \(\)"),
        (([[1, 2], [3]], [0, 1]), "images: expected an array of numbers, got: "),
        (([object()] * 4, [0, 1, 0, 1]), "images: expected"),
        ((X[0, 0], Y), r"images: expected images of shape .* got \(5,\)"),
        ((X[:0], Y[:0]), "images: expected images"),
        ((X, Y[:5]), "expected 24 labels, one for each image .* got 5"),
        ((np.moveaxis(X, 0, -1), Y), r"moveaxis\(images, -1, 0\)"),
        ((X, Y * 0), "labels of two classes or more, got class 0 only"),
        ((X, Y * 0.5), "whole numbers as labels, got 0.5"),
        ((X, Y - 1), "got -1 to 1"),
        ((X, Y + 60_000), "got 60000 to 60002"),
        ((X, Y + 100), "expected class numbers from 0, got 102 with 24 images"),
        ((X, Y * 1j), "class numbers, got complex128"),
        ((X, [None] * 24), "labels: expected"),
        ((X * np.nan, Y), "got nan to nan"),
        ((X[:1], Y[:1]), "expected two images or more"),
        ((X, Y, X), "both test_images and test_labels"),
        ((X, Y, X[:, :4], Y), r"of \(5, 5\) like the training"),
        ((X, Y, X[:3], ["a", "b", "c"]), "test labels: expected"),
        ((X, Y.astype(str), X, Y), "expected words as labels"),
        ((X, Y.astype(str), X[:3], ["0", "1", "q"]), "one of the classes .* got 'q'"),
        ((X, Y, X[:3], [0, 1, 7]), "test labels: expected labels 0 to 2, got 7"),
    ],
)
def test_what_is_no_data_set_is_refused_at_the_door(arguments, message):
    with pytest.raises(DataError, match=message) as caught:
        Dataset.from_arrays(*arguments)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_fewer_names_than_classes_are_refused():
    with pytest.raises(DataError, match="expected labels 0 to 1, got 2"):
        Dataset.from_arrays(X, Y, class_names=["cat", "dog"])


def test_a_split_unpacks_into_images_and_labels():
    x, y = split = Split(X, Y)
    assert x is split.images and y is split.labels


def test_a_split_is_indexed_like_its_arrays():
    split = Split(X, Y)
    image, label = split[4]
    assert np.array_equal(image, X[4]) and label == 1 and type(label) is int
    assert split[-1][1] == 2
    for index in (slice(2, 5), [2, 3, 4], np.array([2, 3, 4]), np.arange(24) // 3 == 1):
        part = split[index]
        assert isinstance(part, Split)
        assert np.array_equal(part.images, X[index])
        assert np.array_equal(part.labels, Y[index])
    with pytest.raises(IndexError):
        split[24]
