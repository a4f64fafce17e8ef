import os

import numpy as np
import pytest
from PIL import Image

from byhand.data.class_folders import read_class_folders
from byhand.data.names import natural_key
from byhand.data.prepared import Loading
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
        ("RGBA", (200, 200, 200, 255), 200),
        ("P", 1, None),
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
    message = r"odd\.png: expected 6×5 pixels like .*1\.png, got 7×5; try --prepare"
    with pytest.raises(DataError, match=message):
        read_class_folders(tmp_path)


def test_a_broken_picture_is_named(tmp_path):
    draw(tmp_path / "a" / "1.png", 1)
    complete = (tmp_path / "a" / "1.png").read_bytes()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "cut.png").write_bytes(complete[:-30])
    with pytest.raises(
        DataError, match=r"cut\.png: expected a whole picture, got a damaged"
    ):
        read_class_folders(tmp_path)


def save_as(path, image, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


@pytest.mark.parametrize("size", [(9400, 9400), (8, 200_000)])
def test_a_picture_beyond_the_limits_is_refused(tmp_path, size):
    for name in ("a", "b"):
        draw(tmp_path / name / "1.png", 0, size=size)
    with pytest.raises(DataError, match=r"1\.png: expected at most .* pixels"):
        read_class_folders(tmp_path)


@pytest.mark.parametrize("format_", ["EPS", "BLP", "PPM", "TGA", "ICO", "PCX"])
@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
def test_only_the_decoders_of_pictures_are_let_near_a_file(
    tmp_path, format_, ending, monkeypatch
):
    image = Image.new("P" if format_ == "BLP" else "RGB", (16, 16))
    for name in ("a", "b"):
        with_right_name = tmp_path / name / "1.x"
        save_as(with_right_name, image, format=format_)
        with_right_name.rename(with_right_name.with_suffix(f".{ending}"))

    def started(*args, **kwargs):
        raise AssertionError("a program was started")

    monkeypatch.setattr("subprocess.Popen", started)
    for prepare in (False, True):
        with pytest.raises(DataError, match=rf"1\.{ending}: expected a PNG"):
            read_class_folders(tmp_path, Loading(prepare))


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (30, 60, 120)])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_ink_on_nothing_is_bright_on_black(tmp_path, ink, mode):
    for name in ("a", "b"):
        canvas = Image.new("RGBA", (9, 9), (0, 0, 0, 0))
        canvas.paste((*ink, 255), (3, 3, 6, 6))
        save_as(tmp_path / name / "1.png", canvas.convert(mode))
    parts = read_class_folders(tmp_path)
    image = parts.train.images[0]
    assert image[4, 4] > 180 and image[0, 0] == 0
    assert parts.warnings == (
        "2 transparent pictures: laid on paper, the ink made bright on 0",
    )


def test_sixteen_bits_are_scaled_by_their_range(tmp_path):
    deep = np.array([[0, 1000], [2000, 4000]], np.uint16)
    for name in ("a", "b"):
        save_as(tmp_path / name / "1.png", Image.fromarray(deep))
    parts = read_class_folders(tmp_path)
    assert parts.train.images[0].tolist() == [[0, 64], [128, 255]]
    assert parts.warnings == ("2 pictures of 16 or 32 bits: each scaled by its range",)


def test_prepared_pictures_may_be_of_any_size_and_polarity(tmp_path):
    for number, (size, ink) in enumerate([(60, 0), (90, 255), (300, 0), (28, 255)]):
        picture = Image.new("L", (size, size), 255 - ink)
        picture.paste(ink, (size // 3, size // 5, size // 2, size - size // 5))
        save_as(tmp_path / "ab"[number % 2] / f"{number}.png", picture)
    draw(tmp_path / "a" / "blank.png", 255, size=(50, 50))
    parts = read_class_folders(tmp_path, Loading(prepare=True, size=(20, 20)))
    assert parts.train.images.shape == (5, 20, 20)
    inked = parts.train.images[parts.train.images.any(axis=(1, 2))]
    assert len(inked) == 4
    assert np.all(inked.max(axis=(1, 2)) == 255) and np.all(inked[:, 0] == 0)
    assert parts.warnings == ("1 picture without ink: blank",)


def test_a_folder_for_validation_is_said_to_be_left_out(tmp_path):
    for part in ("train", "test", "val"):
        for name in ("a", "b"):
            draw(tmp_path / part / name / "1.png", 1)
    (said,) = read_class_folders(tmp_path).warnings
    assert said.endswith("left out: val")


def test_words_for_digits_are_in_the_digits_order(tmp_path):
    for number, name in enumerate(["zero", "One", "two", "three"]):
        draw(tmp_path / name / "1.png", number)
    parts = read_class_folders(tmp_path)
    assert parts.class_names == ("zero", "One", "two", "three")
    assert parts.train.images[:, 0, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_among_pictures_is_refused_at_once(tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / name / "1.png", 1)
    os.mkfifo(tmp_path / "b" / "2.png")
    with pytest.raises(DataError, match=r"2\.png: .*named pipe"):
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
