import numpy as np
import pytest

from byhand.data.datasets import Dataset
from byhand.data.relabel import with_classes
from byhand.errors import DataError

X = np.random.default_rng(0).integers(0, 256, (24, 5, 5), np.uint8)
DIGITS = tuple("0123456789")


def data(names, labels):
    return Dataset.from_arrays(X, labels, X, labels, class_names=names.split())


def names_of(dataset):
    return [dataset.class_names[k] for k in dataset.test.labels]


@pytest.mark.parametrize("names", ["3 7 9", "9 3 7", "2 4 6 8"])
def test_labels_are_renumbered_by_the_names_of_their_classes(names):
    labels = np.arange(24) % len(names.split())
    found = with_classes(data(names, labels), DIGITS)
    assert found.class_names == DIGITS
    assert names_of(found) == [names.split()[k] for k in labels]
    assert f"{len(names.split())} of the model's 10 classes" in found.warnings[-1]


def test_as_many_classes_without_names_stand_for_any():
    dataset = data("0 1 2", np.arange(24) % 3)
    assert with_classes(dataset, ("cat", "dog", "owl")) is dataset


def test_fewer_numbers_are_digits_only_if_the_model_has_digits():
    dataset = data("0 1 2", np.arange(24) % 3)
    assert names_of(with_classes(dataset, DIGITS))[:3] == ["0", "1", "2"]
    with pytest.raises(DataError, match="expected the model's classes, cat dog"):
        with_classes(dataset, ("cat", "dog"))


def test_the_label_10_is_0_where_no_label_is_0():
    labels = np.arange(24) % 10 + 1
    found = with_classes(Dataset.from_arrays(X, labels, X, labels), DIGITS)
    assert names_of(found) == [str(k % 10) for k in labels]
    assert "10 was taken for the digit 0" in found.warnings[0]
    labels[0] = 0
    with pytest.raises(DataError, match="expected the model's classes"):
        with_classes(Dataset.from_arrays(X, labels, X, labels), DIGITS)


def test_a_class_that_the_model_has_not_is_refused():
    with pytest.raises(DataError, match="got 1 x in arrays"):
        with_classes(data("1 x", np.arange(24) % 2), DIGITS)


def test_colours_become_grey_for_a_model_of_grey_images():
    colour = np.repeat(X[..., None], 3, axis=3)
    colour[..., 2] = 0
    dataset = Dataset.from_arrays(colour, np.arange(24) % 3)
    found = with_classes(dataset, ("0", "1", "2"))
    assert found.image_shape == (5, 5)
    assert "made grey" in found.warnings[-1]
    assert with_classes(dataset, ("0", "1", "2"), colours=True) is dataset
