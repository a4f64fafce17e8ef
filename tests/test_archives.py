import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byhand.data.archives import (
    find_names,
    read_npy_folder,
    read_npz,
    read_npz_images,
)
from byhand.errors import DataError

fuzz = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 5, 6), np.uint8)
LABELS = np.array([1, 2, 1, 2], np.uint8)


@pytest.mark.parametrize("names", ["x_train y_train x_test y_test", "X y", "x y"])
def test_npz_arrays_are_found_by_name(tmp_path, names):
    images, labels, *test = names.split()
    arrays = {images: IMAGES, labels: LABELS, "notes": np.array("hello")}
    if test:
        arrays |= {test[0]: IMAGES[:1], test[1]: LABELS[:1]}
    np.savez(tmp_path / "set.npz", **arrays)
    parts = read_npz(tmp_path / "set.npz")
    np.testing.assert_array_equal(parts.train.images, IMAGES)
    np.testing.assert_array_equal(parts.train.labels, LABELS)
    assert parts.train.labels_from.endswith(f"set.npz[{labels.lower()}]")
    assert (parts.test is not None) == bool(test)
    if parts.test:
        np.testing.assert_array_equal(parts.test.images, IMAGES[:1])


def test_an_npz_file_without_x_and_y_is_refused(tmp_path):
    np.savez(tmp_path / "set.npz", x_train=IMAGES, labels=LABELS)
    with pytest.raises(DataError, match=r"set\.npz: expected arrays x and y.*got x_tr"):
        read_npz(tmp_path / "set.npz")


def test_nothing_in_an_npz_file_is_unpickled(tmp_path):
    np.savez(tmp_path / "set.npz", x=np.array([print, {}]), y=LABELS)
    with pytest.raises(
        DataError, match="got Python objects, which can run any program"
    ):
        read_npz(tmp_path / "set.npz")


def test_a_single_array_is_not_an_npz_file(tmp_path):
    with (tmp_path / "set.npz").open("wb") as file:
        np.save(file, IMAGES)
    with pytest.raises(DataError, match=r"expected a \.npz file"):
        read_npz(tmp_path / "set.npz")


def test_an_npz_array_that_promises_too_much_is_refused(tmp_path):
    start = io.BytesIO()
    head = {"descr": "|u1", "fortran_order": False, "shape": (2**30, 2**30)}
    np.lib.format.write_array_header_1_0(start, head)
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as file:
        file.writestr("x.npy", start.getvalue())
        file.writestr("y.npy", start.getvalue())
    with pytest.raises(DataError, match="promises 1152921504606846976 bytes"):
        read_npz(tmp_path / "set.npz")


def test_a_complaint_of_several_lines_is_told_in_one(tmp_path):
    many = np.dtype([(f"field{number}", "u1") for number in range(2000)])
    np.savez(tmp_path / "set.npz", x=np.zeros(1, many), y=LABELS)
    with pytest.raises(DataError, match=r"^[^\n]*is large[^\n]*$"):
        read_npz(tmp_path / "set.npz")


@fuzz
@given(data=st.data())
def test_any_change_of_an_npz_file_gives_arrays_or_a_data_error(tmp_path, data):
    np.savez_compressed(tmp_path / "set.npz", x=IMAGES[:1], y=LABELS[:1])
    content = bytearray((tmp_path / "set.npz").read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary())
    (tmp_path / "set.npz").write_bytes(content)
    try:
        read_npz(tmp_path / "set.npz")
    except DataError as error:
        assert str(error).startswith(f"{tmp_path}")
        assert "\n" not in str(error)


NAMES = [
    "X y",
    "images labels",
    "data target",
    "features label",
    "arr_0 arr_1",
    "x_train y_train x_test y_test",
    "X_train Y_train X_test Y_test",
    "train_x train_y test_x test_y",
    "train_images train_labels test_images test_labels",
    "training_data training_targets testing_data testing_targets",
    "xtrain ytrain xtest ytest",
    "image-train label-train image-test label-test",
]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_arrays_of_the_usual_names_are_found(tmp_path, names, kind):
    arrays = dict(
        zip(names.split(), (IMAGES, LABELS, IMAGES[:1], LABELS[:1]), strict=False)
    )
    if kind == "npz":
        np.savez(tmp_path / "d.npz", notes=np.zeros(3), **arrays)
        parts = read_npz(tmp_path / "d.npz")
    else:
        for name, array in arrays.items():
            np.save(tmp_path / f"{name}.npy", array)
        parts = read_npy_folder(tmp_path, tmp_path.iterdir())
    np.testing.assert_array_equal(parts.train.images, IMAGES)
    assert parts.train.labels.tolist() == LABELS.tolist()
    assert (parts.test is not None) == (len(arrays) == 4)
    assert parts.warnings == ()


def test_a_validation_set_and_a_test_set_without_labels_are_said_to_be_left_out(
    tmp_path,
):
    np.savez(
        tmp_path / "d.npz",
        train_images=IMAGES, train_labels=LABELS, val_images=IMAGES, test_images=IMAGES,
    )  # fmt: skip
    parts = read_npz(tmp_path / "d.npz")
    assert parts.test is None
    assert ["left out" in line for line in parts.warnings] == [True, True]
    np.testing.assert_array_equal(read_npz_images(tmp_path / "d.npz"), IMAGES)


def test_the_names_that_are_there_are_named(tmp_path):
    np.savez(tmp_path / "d.npz", pictures=IMAGES, answers=LABELS)
    with pytest.raises(
        DataError, match=r"x and y \(or images .* got pictures, answers"
    ):
        read_npz(tmp_path / "d.npz")
    with pytest.raises(DataError, match="expected an array x or images, got pictures"):
        read_npz_images(tmp_path / "d.npz")


def test_images_without_labels_are_said_to_be(tmp_path):
    np.savez(tmp_path / "d.npz", x=IMAGES)
    with pytest.raises(DataError, match="got x; these images have no labels"):
        read_npz(tmp_path / "d.npz")


def test_of_two_names_the_more_usual_is_taken():
    assert find_names(["pixels", "x", "target", "y"])[""] == ("x", "y")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00\x0a\x00{}"])
def test_a_member_that_is_no_array_is_refused(tmp_path, content):
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as file:
        file.writestr("x.npy", content)
        file.writestr("y.npy", content)
    with pytest.raises(DataError, match=r"d\.npz\[x\]: expected a plain array, got: "):
        read_npz(tmp_path / "d.npz")


def test_an_array_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("byhand.data.archives.MUCH", 10_000)
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((1000, 9, 9)), y=np.zeros(1000))
    monkeypatch.setattr(np.lib.format, "read_array", None)  # not even begun
    with pytest.raises(DataError, match="that unpack to 648000, which no images do"):
        read_npz(tmp_path / "d.npz")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x93NUMPY\x01\x00\x0a\x00{}"])
def test_a_file_that_is_no_array_is_refused(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)
    np.save(tmp_path / "y.npy", LABELS)
    with pytest.raises(DataError, match=r"x\.npy: expected a plain array"):
        read_npy_folder(tmp_path, tmp_path.iterdir())


def test_nothing_in_an_npy_file_is_unpickled(tmp_path):
    np.save(tmp_path / "x.npy", np.array([print, {}]), allow_pickle=True)
    np.save(tmp_path / "y.npy", LABELS)
    with pytest.raises(DataError, match="got Python objects, which can run any"):
        read_npy_folder(tmp_path, tmp_path.iterdir())
