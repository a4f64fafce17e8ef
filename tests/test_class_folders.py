import numpy as np
import pytest
from PIL import Image

from byhand.data.class_folders import read_class_folders
from byhand.data.names import natural_key
from byhand.errors import DataError


def draw(path, value, size=(6, 5), mode="L"):
    """Save a picture of one colour; size is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value).save(path)


def test_classes_are_numbered_in_natural_order(tmp_path):
    for number in (10, 9, 0, 1):
        draw(tmp_path / str(number) / "a.png", number)
    parts = read_class_folders(tmp_path)
    assert parts.class_names == ("0", "1", "9", "10")
    assert parts.train.labels.tolist() == [0, 1, 2, 3]
    assert parts.train.images[:, 0, 0].tolist() == [0, 1, 9, 10]
    assert parts.train.images.shape == (4, 5, 6)
    assert parts.test is None


def test_natural_order_goes_by_numbers_then_letters():
    names = ["b2", "B10", "a", "10", "9", "09", "Z", "2b"]
    expected = ["2b", "09", "9", "10", "a", "b2", "B10", "Z"]
    assert sorted(names, key=natural_key) == expected


@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("Training", "testing")]
)
def test_training_and_test_folders_are_kept_apart(tmp_path, train, test):
    draw(tmp_path / train / "cat" / "1.png", 1)
    draw(tmp_path / train / "dog" / "1.png", 2)
    draw(tmp_path / test / "dog" / "1.png", 3)
    parts = read_class_folders(tmp_path)
    assert parts.class_names == ("cat", "dog")
    assert parts.train.images[:, 0, 0].tolist() == [1, 2]
    assert parts.test.images[:, 0, 0].tolist() == [3]
    assert parts.test.labels.tolist() == [1]


def test_a_test_folder_without_a_training_folder_is_a_class(tmp_path):
    draw(tmp_path / "test" / "1.png", 1)
    draw(tmp_path / "practice" / "1.png", 2)
    parts = read_class_folders(tmp_path)
    assert parts.class_names == ("practice", "test")
    assert parts.test is None


def test_what_is_no_picture_is_passed_over(tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / name / "1.PNG", 1)
        (tmp_path / name / "notes.txt").write_text("not a picture")
        (tmp_path / name / "._1.png").write_text("nor this")
    draw(tmp_path / ".thumbnails" / "1.png", 1)
    draw(tmp_path / "__MACOSX" / "1.png", 1)
    parts = read_class_folders(tmp_path)
    assert parts.class_names == ("a", "b")
    assert len(parts.train.images) == 2


@pytest.mark.parametrize(
    ("mode", "value", "grey"),
    [
        ("L", 200, 200),
        ("1", 1, 255),
        ("RGB", (200, 200, 200), 200),
        ("RGBA", (200, 200, 200, 9), 200),
        ("P", 1, None),
        ("I;16", 200 * 257, 200),
    ],
)
def test_pictures_of_every_mode_become_grey(tmp_path, mode, value, grey):
    for name in ("a", "b"):
        draw(tmp_path / name / "1.png", value, mode=mode)
    images = read_class_folders(tmp_path).train.images
    assert images.dtype == np.uint8
    if grey is not None:
        assert np.all(images == grey)


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "gif", "tif", "webp"])
def test_pictures_of_every_format_are_read(tmp_path, ending):
    for name in ("a", "b"):
        draw(tmp_path / name / f"1.{ending}", 200)
    assert np.all(abs(read_class_folders(tmp_path).train.images - 200.0) < 3)


def test_a_picture_of_another_size_is_named(tmp_path):
    draw(tmp_path / "a" / "1.png", 1)
    draw(tmp_path / "b" / "odd.png", 1, size=(7, 5))
    message = r"odd\.png: expected 6×5 pixels like .*1\.png, got 7×5; try resizing"
    with pytest.raises(DataError, match=message):
        read_class_folders(tmp_path)


def test_a_broken_picture_is_named(tmp_path):
    draw(tmp_path / "a" / "1.png", 1)
    complete = (tmp_path / "a" / "1.png").read_bytes()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "cut.png").write_bytes(complete[:-30])
    with pytest.raises(DataError, match=r"cut\.png: expected a picture, got: "):
        read_class_folders(tmp_path)


def test_a_picture_that_would_fill_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    for name in ("a", "b"):
        draw(tmp_path / name / "1.png", 1)
    with pytest.raises(DataError, match="exceeds limit of 20 pixels"):
        read_class_folders(tmp_path)


def test_a_folder_without_folders_has_no_classes(tmp_path):
    draw(tmp_path / "1.png", 1)
    assert read_class_folders(tmp_path) is None


def test_a_single_class_is_refused(tmp_path):
    draw(tmp_path / "raw" / "1.png", 1)
    with pytest.raises(DataError, match=r"got raw only; try .*raw"):
        read_class_folders(tmp_path)


def test_a_class_of_the_test_set_alone_is_refused(tmp_path):
    for name in ("train/a", "train/b", "test/c"):
        draw(tmp_path / name / "1.png", 1)
    with pytest.raises(DataError, match=r"test.c: expected a class that .*train has"):
        read_class_folders(tmp_path)


def test_class_folders_without_pictures_are_refused(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(DataError, match=r"expected pictures .* 2 class folders, got"):
        read_class_folders(tmp_path)
