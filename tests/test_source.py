"""Pictures from paths, bytes and open files: one way in, with the same limits."""

from __future__ import annotations

import ast
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.errors import PictureError
from byhand.pictures import limits
from byhand.pictures.convert import as_image
from byhand.pictures.opening import open_picture
from byhand.pictures.sheets import open_sheets

SOURCE = Path(byhand.__file__).parent
PNG = io.BytesIO()
Image.new("L", (5, 4), 70).save(PNG, "PNG")
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n%%EOF\n"


def tiff(pages: int) -> bytes:
    file = io.BytesIO()
    first, *rest = [Image.new("L", (5 + n, 4), 70) for n in range(pages)]
    first.save(file, "TIFF", save_all=True, append_images=rest)
    return file.getvalue()


class Once(io.RawIOBase):
    """A file that has no beginning to go back to, as standard input has none."""

    def __init__(self, content: bytes) -> None:
        self.left = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.left.readinto(buffer)


@pytest.mark.parametrize(
    "kind",
    [bytes, bytearray, memoryview, io.BytesIO, lambda c: io.BufferedReader(Once(c))],
)
def test_bytes_and_open_files_are_pictures(kind):
    image = as_image(kind(PNG.getvalue()))
    assert image.size == (5, 4)
    assert np.asarray(image)[0, 0] == 70


def test_an_open_file_is_read_from_its_beginning_and_stays_open(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(PNG.getvalue())
    with path.open("rb") as file:
        file.read()
        assert open_picture(file).size == (5, 4)
        assert not file.closed


def test_all_pages_of_bytes_and_of_an_open_file_that_is_closed_again():
    for source in (tiff(3), io.BytesIO(tiff(3))):
        sheets = open_sheets(source)
        if isinstance(source, io.BytesIO):
            source.close()
        assert [sheet.size[0] for sheet in sheets] == [5, 6, 7]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "picture: expected a picture file, got an empty file"),
        (b"not a picture", "picture: expected a PNG"),
        (EPS, "picture: expected a PNG"),
        (PNG.getvalue()[:-22], "picture: expected a whole picture"),
        (io.StringIO("text"), "got a file of text; try opening it with"),
        (None, "got None, which is what cv2.imread returns"),
        ("data:image/png;base64,iVBORw0KGgo=", "got a data URL; try the bytes in it"),
    ],
)
def test_what_is_no_picture_is_named(source, message):
    with pytest.raises(PictureError, match=message):
        as_image(source)


def test_a_closed_file_is_refused_in_one_line(tmp_path):
    file = io.BytesIO(PNG.getvalue())
    file.close()
    with pytest.raises(PictureError, match="closed file"):
        as_image(file)


def test_bytes_and_files_have_the_limits_of_paths(monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 40)
    content = PNG.getvalue()
    for source in (content, io.BytesIO(content), io.BufferedReader(Once(content))):
        with pytest.raises(PictureError, match="at most 0 MB are read"):
            as_image(source)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such device")
def test_an_endless_device_is_refused_by_its_name():
    with pytest.raises(PictureError, match=r"^/dev/zero: .* got a device"):
        open_picture("/dev/zero")


def opens_pictures(path: Path) -> bool:
    """Whether a module calls Image.open or a plug-in of Pillow."""
    tree = ast.parse(path.read_text())
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = {ast.unparse(call) for call in calls}
    return any(n.endswith("Image.open") or "ImagePlugin" in n for n in names)


def test_no_other_module_opens_pictures():
    found = {p.relative_to(SOURCE) for p in SOURCE.rglob("*.py") if opens_pictures(p)}
    assert {path.parts[0] for path in found} == {"pictures"}


def test_a_message_stays_short_whatever_a_file_is_called(tmp_path):
    with pytest.raises(PictureError) as got:
        open_picture(str(tmp_path) + "/x" * 5000)
    assert len(str(got.value)) < 400
