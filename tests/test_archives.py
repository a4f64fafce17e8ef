import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byhand.data.archives import read_npz
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
