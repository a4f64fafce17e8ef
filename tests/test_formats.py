import numpy as np
import pytest

from byhand.data.formats import find_idx, read_idx
from byhand.data.idx import save_idx
from byhand.errors import DataError

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
