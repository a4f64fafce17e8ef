"""Which kind of data set a path holds, and what is said where it is none."""

import os
import pickle
import socket

import numpy as np
import pytest
from PIL import Image

from byhand.data.datasets import load_dataset
from byhand.data.finding import read_unlabelled
from byhand.data.idx import save_idx
from byhand.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 5, 5), np.uint8)
LABELS = np.arange(12) % 3


def write_csv(path, labels=LABELS, images=IMAGES):
    columns = [images.reshape(len(images), -1)]
    table = np.column_stack(([] if labels is None else [labels]) + columns)
    np.savetxt(path, table, "%d", ",")


def refused(path):
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize(
    "name", ["a.pkl", "a.pickle", "mnist.pkl.gz", "a.pt", "a.pth", "a.joblib", "a.PKL"]
)
def test_a_pickle_is_never_opened_and_the_line_says_how_to_convert(
    tmp_path, name, monkeypatch
):
    (tmp_path / name).write_bytes(pickle.dumps((IMAGES, LABELS)))
    monkeypatch.setattr("builtins.open", None)
    monkeypatch.setattr(os, "open", None)
    said = refused(tmp_path / name)
    assert "can run any program" in said and "numpy.savez('data.npz'" in said


@pytest.mark.parametrize("name", ["a.mat", "a.h5", "a.parquet", "a.arff"])
def test_other_formats_are_refused_with_the_way_to_convert(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert "numpy.savez('data.npz'" in refused(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("name", ["d", "d.csv", "d.npz", "d.zip", "d.npy"])
def test_pipes_and_sockets_are_refused_at_once(tmp_path, name):
    os.mkfifo(tmp_path / name)
    assert "a regular file, got a named pipe" in refused(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(str(tmp_path / "s.npz"))
        assert "got a socket" in refused(tmp_path / "s.npz")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
def test_a_device_is_refused_at_once():
    assert "got a " in refused("/dev/zero")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize(
    "names", [["train.csv"], ["d.npz"], ["x.npy", "y.npy"], ["train-images"]]
)
def test_pipes_in_a_folder_are_not_read(tmp_path, names):
    for name in names:
        os.mkfifo(tmp_path / name)
    assert "expected four IDX files" in refused(tmp_path)


def test_a_table_and_its_submission_file_are_a_data_set(tmp_path):
    write_csv(tmp_path / "digits.csv")
    (tmp_path / "my_submission.csv").write_text("ImageId,Label\n1,2\n")
    dataset = load_dataset(tmp_path)
    assert len(dataset.train) == 10
    assert dataset.warnings == ("my_submission.csv is left out",)


def test_of_kaggles_folder_the_table_with_labels_is_taken(tmp_path):
    write_csv(tmp_path / "train.csv")
    write_csv(tmp_path / "test.csv", None)
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    first, second = load_dataset(tmp_path).warnings
    assert first == "sample_submission.csv is left out"
    assert second.startswith("train.csv is the data set: test.csv has no labels")
    assert "byhand predict test.csv --csv" in second


def test_a_test_table_that_is_broken_is_not_silently_left_out(tmp_path):
    write_csv(tmp_path / "train.csv")
    (tmp_path / "test.csv").write_text("1,2,x\n")
    assert "test.csv: expected" in refused(tmp_path)


def test_tables_whose_names_do_not_say_which_is_which_are_named(tmp_path):
    write_csv(tmp_path / "one.csv")
    write_csv(tmp_path / "two.csv")
    assert "got one.csv, two.csv" in refused(tmp_path)


def test_a_pair_of_arrays_is_found_from_either(tmp_path):
    np.save(tmp_path / "x.npy", IMAGES)
    np.save(tmp_path / "y.npy", LABELS)
    for path in (tmp_path, tmp_path / "x.npy", tmp_path / "y.npy"):
        assert len(load_dataset(path).train) == 10


def test_an_array_alone_is_refused_with_its_shape(tmp_path):
    np.save(tmp_path / "digits.npy", IMAGES)
    said = refused(tmp_path / "digits.npy")
    assert "(12, 5, 5)" in said and "x.npy and y.npy" in said


def test_pictures_without_class_folders_are_named(tmp_path):
    Image.fromarray(IMAGES[0]).save(tmp_path / "1.png")
    assert "pictures need one folder a class" in refused(tmp_path)


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "x" * 5000 + ".csv"])
def test_a_name_that_no_file_can_have_is_refused(name):
    assert "expected" in refused(name) or "cannot be read" in refused(name)


@pytest.mark.parametrize("offset", [0, 1])
def test_letters_of_emnist_as_a_table_are_transposed_and_count_from_0(tmp_path, offset):
    write_csv(tmp_path / "emnist-letters-train.csv", LABELS + offset)
    dataset = load_dataset(tmp_path / "emnist-letters-train.csv")
    assert dataset.class_names == ("0", "1", "2")
    for image, label in zip(*dataset.train, strict=True):
        where = (IMAGES.swapaxes(1, 2) == image).all(axis=(1, 2))
        assert LABELS[where] == [label]
    assert any("exchanged" in line for line in dataset.warnings)


@pytest.mark.parametrize("name", ["d.csv", "d.npz", "d.npy", "images.idx", "d.tsv"])
def test_rows_without_labels_can_be_read_to_be_answered(tmp_path, name):
    path = tmp_path / name
    if path.suffix == ".npz":
        np.savez(path, x=IMAGES)
    elif path.suffix == ".npy":
        np.save(path, IMAGES)
    elif path.suffix == ".idx":
        save_idx(path, IMAGES)
    else:
        write_csv(path, None)
    np.testing.assert_array_equal(read_unlabelled(path), IMAGES)


def test_rows_to_be_answered_are_looked_for(tmp_path):
    with pytest.raises(DataError, match="got nothing of that name"):
        read_unlabelled(tmp_path / "d.csv")
