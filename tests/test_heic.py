import io
import sys

import numpy as np
import pytest
from PIL import Image

from byhand import prepare
from byhand.data.class_folders import read_class_folders
from byhand.errors import DataError, PictureError
from byhand.pictures.heic import is_heic
from byhand.pictures.opening import open_picture

START = b"\0\0\0\x1cftypheic\0\0\0\0"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_heic_is_recognised_by_its_first_bytes(brand):
    assert is_heic(b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0")
    assert not is_heic(b"\0\0\0\x1cftypisom\0\0\0\0")
    assert not is_heic(b"\x89PNG\r\n\x1a\n\0\0\0\r")


def test_without_the_library_the_line_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.heic").write_bytes(START)
    with pytest.raises(PictureError, match=r"1\.heic: HEIC needs .* 'byhand\[heic\]'"):
        open_picture(tmp_path / "a" / "1.heic")
    with pytest.raises(DataError, match=r"pip install 'byhand\[heic\]'"):
        read_class_folders(tmp_path)


@pytest.fixture
def heif():
    return pytest.importorskip("pillow_heif")


def photo(heif, side=64):
    """Return a HEIC file of a dark stroke at the left of a light sheet."""
    heif.register_heif_opener()
    grey = np.full((side, side // 2, 3), 230, np.uint8)
    grey[side // 4 : -side // 4, side // 10 : side // 6] = 20
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "HEIF", quality=90)
    return file.getvalue()


def test_photos_of_telephones_are_opened(tmp_path, heif):
    image = open_picture(photo(heif))
    assert image.size == (32, 64)
    assert np.asarray(image.convert("L"))[32, 8] < 60
    (tmp_path / "photo.heic").write_bytes(photo(heif))
    assert prepare(tmp_path / "photo.heic").max() == 255


def test_a_huge_photo_is_refused(heif, monkeypatch):
    monkeypatch.setattr("byhand.pictures.limits.PIXELS", 1000)
    with pytest.raises(PictureError, match="expected at most"):
        open_picture(photo(heif))


def test_a_damaged_photo_is_refused(heif):
    content = photo(heif)
    for end in range(16, len(content), 97):
        try:
            open_picture(content[:end])
        except PictureError as error:
            assert "\n" not in str(error)
