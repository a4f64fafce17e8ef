import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand.data.datasets import load_dataset
from byhand.data.idx import save_idx
from byhand.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 5, 6), np.uint8)
LABELS = np.array([0, 1, 2] * 4, np.uint8)
IDX = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


def write_idx(folder, images=IMAGES, labels=LABELS, test=None, ending=""):
    test = test or (images[:3], labels[:3])
    for name, array in zip(IDX, (images, labels, *test), strict=True):
        save_idx(folder / (name + ending), array)


def assert_split(split, images, labels):
    np.testing.assert_array_equal(split.images, images)
    assert split.images.dtype == np.uint8
    assert split.labels.tolist() == list(labels)
    assert split.labels.dtype == np.int64
    assert len(split) == len(images)


def test_mnist_is_in_the_package():
    mnist = load_dataset()
    assert mnist.name == "mnist"
    assert mnist.image_shape == (28, 28)
    assert mnist.class_names == tuple("0123456789")
    assert (len(mnist.train), len(mnist.test)) == (60_000, 10_000)
    assert mnist.train.labels[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    assert mnist.test.labels[:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    assert np.bincount(mnist.test.labels)[0] == 980


def test_importing_the_loader_imports_no_library_that_may_not_be_needed():
    code = (
        "import sys, byhand.data.datasets;"
        "print({'pooch', 'requests', 'PIL', 'platformdirs', 'scipy'} & {*sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_of_idx_files_is_loaded(tmp_path, ending):
    write_idx(tmp_path, ending=ending)
    dataset = load_dataset(str(tmp_path))
    assert_split(dataset.train, IMAGES, LABELS)
    assert_split(dataset.test, IMAGES[:3], LABELS[:3])
    assert dataset.name == str(tmp_path)
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.image_shape == (5, 6)


def test_a_set_larger_than_memory_opens_at_once(tmp_path):
    count, side = 40, 2**16  # 160 GiB of nothing: the file is sparse
    head = bytes([0, 0, 8, 3]) + np.array([count, side, side], ">u4").tobytes()
    for name in IDX[::2]:
        with (tmp_path / name).open("wb") as file:
            file.write(head)
            try:
                file.truncate(len(head) + count * side * side)
            except OSError:  # pragma: no cover  a file system without sparse files
                pytest.skip("no room for a sparse file")
    for name in IDX[1::2]:
        save_idx(tmp_path / name, np.arange(count, dtype=np.uint8) % 2)
    train = load_dataset(tmp_path).train
    assert isinstance(train.images, np.memmap)
    assert train.images.shape == (count, side, side)
    assert train.images[-1, -1, -1] == 0


def test_emnist_that_is_unpacked_is_turned_in_memory(tmp_path):
    for name, array in zip(IDX, (IMAGES, LABELS) * 2, strict=True):
        save_idx(tmp_path / f"emnist-digits-{name.replace('t10k', 'test')}.gz", array)
    images = load_dataset(tmp_path).train.images
    np.testing.assert_array_equal(images, IMAGES.transpose(0, 2, 1))
    assert images.flags.c_contiguous


def test_class_folders_are_loaded_with_their_names(tmp_path):
    for split, images in (("train", IMAGES), ("test", IMAGES[:3])):
        for number, image in enumerate(images):
            folder = tmp_path / split / "abc"[number % 3]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(folder / f"{number:02}.png")
    dataset = load_dataset(tmp_path)
    order = np.argsort(LABELS, kind="stable")
    assert_split(dataset.train, IMAGES[order], LABELS[order])
    assert_split(dataset.test, IMAGES[:3], [0, 1, 2])
    assert dataset.class_names == ("a", "b", "c")


@pytest.mark.parametrize("inside", [False, True])
def test_an_npz_file_is_loaded_by_itself_or_in_its_folder(tmp_path, inside):
    path = tmp_path / "set.npz"
    np.savez(path, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:2], y_test=LABELS[:2])
    dataset = load_dataset(path.parent if inside else path)
    assert_split(dataset.train, IMAGES, LABELS)
    assert_split(dataset.test, IMAGES[:2], LABELS[:2])


def write_csv(path, images, labels):
    table = np.column_stack([labels, images[:, :5, :5].reshape(-1, 25)])
    np.savetxt(path, table, "%d", ",", header="label," + "p," * 24 + "p", comments="")


def test_a_pair_of_tables_is_a_training_and_a_test_set(tmp_path):
    write_csv(tmp_path / "mnist_train.csv", IMAGES, LABELS)
    write_csv(tmp_path / "mnist_test.csv", IMAGES[:2], LABELS[:2])
    dataset = load_dataset(tmp_path)
    assert_split(dataset.train, IMAGES[:, :, :5], LABELS)
    assert_split(dataset.test, IMAGES[:2, :, :5], LABELS[:2])


def test_without_a_test_set_the_same_sixth_is_held_out(tmp_path):
    images = RNG.integers(0, 256, (60, 5, 5), np.uint8)
    write_csv(tmp_path / "train.csv", images, np.arange(60))
    first, second = load_dataset(tmp_path), load_dataset(tmp_path / "train.csv")
    assert (len(first.train), len(first.test)) == (50, 10)
    assert sorted([*first.train.labels, *first.test.labels]) == list(range(60))
    assert np.ptp(first.test.labels) > 20  # from everywhere, not from one end
    for split in (first.train, first.test):
        np.testing.assert_array_equal(split.images, images[split.labels])
    assert first.test.labels.tolist() == second.test.labels.tolist()


def test_two_images_are_one_to_learn_and_one_to_test(tmp_path):
    np.savez(tmp_path / "x.npz", x=IMAGES[:2], y=LABELS[:2])
    dataset = load_dataset(tmp_path)
    assert (len(dataset.train), len(dataset.test)) == (1, 1)
    np.savez(tmp_path / "x.npz", x=IMAGES[:1], y=LABELS[:1])
    with pytest.raises(DataError, match="expected two images or more, got 1"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"labels": LABELS[:9]}, "expected 12 labels, one for each image of .*, got 9"),
        ({"labels": LABELS.astype(np.float32) / 2}, "whole numbers as labels, got 0.5"),
        ({"labels": LABELS.view(np.int8) - np.int8(1)}, "got -1 to 1"),
        ({"images": IMAGES[:0]}, r"shape \(N, H, W\), got \(0, 5, 6\)"),
        ({"labels": LABELS[:0]}, r"labels of shape \(N,\).*got uint8 \(0,\)"),
        ({"test": (IMAGES[:1], LABELS[:1] + 3)}, "expected labels 0 to 2, got 3"),
        ({"test": (IMAGES[:1, :4], LABELS[:1])}, r"of \(5, 6\) like .*got \(4, 6\)"),
        ({"test": (IMAGES[:0], LABELS[:0])}, r"got \(0, 5, 6\)"),
    ],
)
def test_images_and_labels_that_do_not_fit_are_refused(tmp_path, arrays, message):
    write_idx(tmp_path, **arrays)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(tmp_path)
    assert str(caught.value).startswith(str(tmp_path))
    assert "idx" in str(caught.value)


def test_a_name_that_is_nothing_lists_the_known_ones():
    with pytest.raises(DataError, match=r"^minst: .*one of mnist, fashion-mnist, "):
        load_dataset("minst")


def test_a_path_is_never_taken_for_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^mnist: expected a folder"):
        load_dataset(Path("mnist"))


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(DataError, match=r"a \.npz or \.csv file, got \.safetensors"):
        load_dataset(tmp_path / "model.safetensors")


def test_a_folder_of_something_else_says_what_is_in_it(tmp_path):
    with pytest.raises(DataError, match=r"expected four IDX files, .* got nothing"):
        load_dataset(tmp_path)
    (tmp_path / "a.npz").write_bytes(b"")
    (tmp_path / "b.npz").write_bytes(b"")
    with pytest.raises(DataError, match=r"got a\.npz, b\.npz"):
        load_dataset(tmp_path)


def test_a_folder_that_cannot_be_opened_is_refused(tmp_path, monkeypatch):
    def denied(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", denied)
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        load_dataset(tmp_path)
