import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from byhand.data.formats import find_idx, read_csv, read_idx, read_npz
from byhand.data.idx import save_idx
from byhand.errors import DataError

fuzz = settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 5, 6), np.uint8)
LABELS = np.array([1, 2, 1, 2], np.uint8)

SPELLINGS = [
    "{train}-images-idx3-ubyte {train}-labels-idx1-ubyte",
    "{train}-images-idx3-ubyte.gz {train}-labels-idx1-ubyte.gz",
    "{train}-images.idx3-ubyte {train}-labels.idx1-ubyte",
    "{train}_images.idx3 {train}_labels.idx1",
    "{train}-images {train}-labels",
    "{train}-images.idx.gz {train}-labels.idx.gz",
    "emnist-mnist-{train}-images-idx3-ubyte emnist-mnist-{train}-labels-idx1-ubyte",
    "qmnist-{train}-images-idx3-ubyte.gz qmnist-{train}-labels-idx2-int.gz",
    "{train}-Images.IDX3-ubyte {train}-Labels.IDX1-ubyte",
]


def write_idx_set(folder, names, labels=LABELS, test="t10k"):
    for split in ("train", test):
        images_name, labels_name = names.format(train=split).split()
        save_idx(folder / images_name, IMAGES if split == "train" else IMAGES[:2])
        save_idx(folder / labels_name, labels if split == "train" else labels[:2])


@pytest.mark.parametrize("test", ["t10k", "test"])
@pytest.mark.parametrize("names", SPELLINGS)
def test_idx_files_are_found_in_every_usual_spelling(tmp_path, names, test):
    write_idx_set(tmp_path, names, test=test)
    (tmp_path / "README.md").write_text("train-images")
    (tmp_path / "._train-images-idx3-ubyte").write_bytes(b"")
    found = find_idx(tmp_path)
    parts = read_idx(found)
    assert len(found) == 4
    assert parts.test is not None
    assert (len(parts.train.images), len(parts.test.images)) == (4, 2)
    assert parts.train.labels.tolist() == [1, 2, 1, 2]
    assert parts.test.labels.tolist() == [1, 2]


def test_a_folder_without_idx_files_has_none(tmp_path):
    (tmp_path / "images-of-my-holiday.idx3").write_bytes(b"")
    (tmp_path / "train-images").mkdir()
    assert find_idx(tmp_path) == {}


def test_of_a_file_and_its_packed_twin_the_plain_one_is_taken(tmp_path):
    write_idx_set(tmp_path, SPELLINGS[1])
    write_idx_set(tmp_path, SPELLINGS[0])
    assert all(path.suffix != ".gz" for path in find_idx(tmp_path).values())


def test_two_sets_in_one_folder_are_refused(tmp_path):
    write_idx_set(tmp_path, SPELLINGS[0])
    write_idx_set(tmp_path, SPELLINGS[6])
    with pytest.raises(DataError, match="expected one data set, got both emnist-mn"):
        find_idx(tmp_path)


def test_a_missing_file_of_the_four_is_named(tmp_path):
    write_idx_set(tmp_path, SPELLINGS[0])
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="four IDX files, got none for test-labels"):
        find_idx(tmp_path)


@pytest.mark.parametrize(
    ("prefix", "transposed", "first"),
    [("", False, 0), ("emnist-digits-", True, 0), ("emnist-letters-", True, 1)],
)
def test_emnist_is_transposed_and_its_letters_count_from_0(
    tmp_path, prefix, transposed, first
):
    names = f"{prefix}{{train}}-images-idx3-ubyte {prefix}{{train}}-labels-idx1-ubyte"
    write_idx_set(tmp_path, names)
    train = read_idx(find_idx(tmp_path)).train
    expected = IMAGES.transpose(0, 2, 1) if transposed else IMAGES
    np.testing.assert_array_equal(train.images, expected)
    assert isinstance(train.images, np.memmap)
    assert (train.labels + first).tolist() == [1, 2, 1, 2]


def test_the_class_of_qmnist_is_the_first_of_eight_columns(tmp_path):
    labels = np.arange(32, dtype=np.int32).reshape(4, 8)
    write_idx_set(tmp_path, SPELLINGS[7], labels)
    assert read_idx(find_idx(tmp_path)).train.labels.tolist() == [0, 8, 16, 24]


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
    with pytest.raises(DataError, match=r"file of plain arrays, got: Object arrays"):
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
    with pytest.raises(DataError, match="of plain arrays, got: "):
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


ROWS = "5,0,1,2,255\n7,9,8,7,6\n"


@pytest.mark.parametrize(
    "text",
    [
        "label,pixel0,pixel1,pixel2,pixel3\n" + ROWS,
        ROWS,
        ROWS.replace("\n", "\r\n"),
        ROWS.rstrip("\n") + "\n\n",
        "\ufeff" + ROWS,
        "\ufefflabel,a,b,c,d\n" + ROWS,
        '"label","a","b","c","d"\n' + ROWS.replace("5,", '"5",'),
        "a,b,Label,c,d\n0,1,5,2,255\n9,8,7,7,6\n",
        "label,a,b,c,d\n5.0,0,1.0,2,255\n7,9,8,7,6\n",
    ],
)
def test_a_table_is_read_with_and_without_a_header(tmp_path, text):
    (tmp_path / "set.csv").write_bytes(text.encode())
    part = read_csv(tmp_path / "set.csv")
    assert part.labels.tolist() == [5, 7]
    assert part.images.tolist() == [[[0, 1], [2, 255]], [[9, 8], [7, 6]]]


def test_fractions_in_a_table_are_kept(tmp_path):
    (tmp_path / "set.csv").write_text("5,0,0.5\n5.5,1,0.25\n".replace(",0.", ",0,0,0."))
    part = read_csv(tmp_path / "set.csv")
    assert part.labels.tolist() == [5, 5.5]
    assert part.images[1].tolist() == [[1, 0], [0, 0.25]]


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "got 0 rows"),
        (b"label,a,b,c,d\n", "got 0 rows"),
        (b"\n\n", "got 0 rows"),
        (b"1\n2\n", "got 2 rows of 1 numbers"),
        (b"1,2,3\n", "got 1 rows of 3 numbers"),
        (b"1,2,3,4,5\n1,2\n", "table of numbers, got: "),
        (b"label,a\n1,x\n", "table of numbers, got: "),
        (b"1;2;3;4;5\n", "table of numbers, got: |got 0 rows"),
        (b"\xff\xfe\0\1", "table of numbers, got: "),
        (b"1,2\0\n", "table of numbers, got: "),
    ],
)
def test_what_is_not_a_table_of_square_images_is_refused(tmp_path, content, got):
    (tmp_path / "set.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"set\.csv: expected .*({got})"):
        read_csv(tmp_path / "set.csv")


@fuzz
@given(text=st.text("0123456789.,-\n\"' elabn\t;#\0é", max_size=80))
def test_any_text_gives_a_table_or_a_data_error(tmp_path, text):
    (tmp_path / "set.csv").write_bytes(text.encode())
    try:
        read_csv(tmp_path / "set.csv")
    except DataError as error:
        assert str(error).startswith(f"{tmp_path}")
        assert "\n" not in str(error)
