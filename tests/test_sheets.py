"""byhand.pictures.sheets, pdf, tiff: every page of a file, upright, in order.

The pages are ramps, each with a dark corner and a level of its own.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

import byhand.pictures
from byhand.errors import MissingExtraError, PictureError
from byhand.pictures.sheets import open_sheets


def page(level: int) -> np.ndarray:
    """Return uint8 (40, 60): a ramp from this level, with a dark corner."""
    grey = np.add.outer(np.arange(40), np.arange(60)) + level
    grey[:9, :15] = 0
    return grey.astype(np.uint8)


def pages(*levels: int) -> list[Image.Image]:
    return [Image.fromarray(page(level)) for level in levels]


def saved(path: Path, images: list[Image.Image], **options: object) -> Path:
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


def difference(image: Image.Image, array: np.ndarray) -> float:
    """Return the mean difference of an image and grey levels of its size."""
    return float(np.abs(np.asarray(image.convert("L")).astype(float) - array).mean())


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"compression": "jpeg"}])
def test_every_page_of_a_tiff_is_given_in_order(tmp_path, options):
    sheets = open_sheets(saved(tmp_path / "3.tif", pages(20, 70, 120), **options))
    assert len(sheets) == 3
    for _ in range(2):  # as often as is wished
        for sheet, level in zip(sheets, (20, 70, 120), strict=True):
            assert sheet.size == sheet.image.size == (60, 40)
            assert difference(sheet.image, page(level)) < 3


def test_a_page_stays_as_it_is_while_the_next_is_read(tmp_path):
    first, second = open_sheets(saved(tmp_path / "2.tif", pages(20, 120)))
    assert difference(first.image, page(20)) == 0
    assert difference(second.image, page(120)) == 0


def test_big_endian_files_have_pages_too(tmp_path):
    image = Image.fromarray(page(20).astype(">u2"))
    image.save(tmp_path / "one.tif")
    assert (tmp_path / "one.tif").read_bytes()[:2] == b"MM"
    (sheet,) = open_sheets(tmp_path / "one.tif")
    assert (np.asarray(sheet.image) == page(20)).all()


def test_each_page_of_a_tiff_is_turned_by_its_own_orientation(tmp_path):
    images = pages(20, 70, 120)
    images[1] = Image.fromarray(np.ascontiguousarray(np.rot90(page(70))))
    with TiffImagePlugin.AppendingTiffWriter(str(tmp_path / "3.tif"), True) as file:
        for image, orientation in zip(images, (1, 6, 1), strict=True):
            image.save(file, tiffinfo={0x0112: orientation})
            file.newFrame()
    for sheet, level in zip(
        open_sheets(tmp_path / "3.tif"), (20, 70, 120), strict=True
    ):
        assert sheet.size == (60, 40)
        assert difference(sheet.image, page(level)) == 0


def test_previews_and_masks_in_a_tiff_are_no_pages(tmp_path):
    kinds = 0, 1, 2, 4, 5, 0  # bit 0: smaller; bit 1: one of several pages; bit 2: mask
    path = tmp_path / "6.tif"
    with TiffImagePlugin.AppendingTiffWriter(str(path), True) as file:
        for number, kind in enumerate(kinds):
            info = {254: kind} if kind else {}
            Image.fromarray(page(10 * number)).save(file, tiffinfo=info)
            file.newFrame()
    sheets = open_sheets(path)
    assert len(sheets) == 3
    for sheet, level in zip(sheets, (0, 20, 50), strict=True):
        assert difference(sheet.image, page(level)) == 0


def test_of_an_animation_the_first_frame_is_the_page(tmp_path):
    for name in ("two.gif", "two.webp", "two.png"):
        path = saved(tmp_path / name, pages(20, 120))
        with Image.open(path) as image:
            assert image.n_frames == 2
        (sheet,) = open_sheets(path)
        assert difference(sheet.image, page(20)) < 3


def test_a_photograph_is_one_page_that_may_come_smaller(tmp_path):
    Image.fromarray(page(20)).resize((600, 400)).save(tmp_path / "photo.jpg")
    (sheet,) = open_sheets(tmp_path / "photo.jpg", 140)
    assert (sheet.image.size, sheet.size) == ((150, 100), (600, 400))
    assert difference(sheet.image.resize((60, 40)), page(20)) < 3


@pytest.mark.parametrize(
    "picture", [page(20), Image.fromarray(page(20)), page(20) / 255]
)
def test_an_array_and_an_image_are_one_page(picture):
    sheets = open_sheets(picture, 9)
    assert len(sheets) == 1
    (sheet,) = sheets
    assert sheet.size == (60, 40)
    assert difference(sheet.image, page(20)) == 0


def test_too_many_pages_are_refused(tmp_path):
    image = Image.new("1", (1, 1))
    path = saved(tmp_path / "many.tif", [image] * 200)
    assert len(open_sheets(path)) == 200
    saved(path, [image] * 201)
    with pytest.raises(
        PictureError, match="at most 200 pages, got more; try splitting"
    ):
        open_sheets(path)


def test_a_circle_of_pages_ends(tmp_path):
    path = saved(tmp_path / "2.tif", pages(20, 120))
    content = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, first)
    (second,) = struct.unpack_from("<I", content, first + 2 + 12 * entries)
    (entries,) = struct.unpack_from("<H", content, second)
    struct.pack_into("<I", content, second + 2 + 12 * entries, first)
    path.write_bytes(content)
    assert len(open_sheets(path)) == 2


def test_a_page_that_is_damaged_is_named(tmp_path):
    path = saved(tmp_path / "2.tif", pages(20, 120))
    content = path.read_bytes()
    path.write_bytes(content[:-2000])  # of the second page's pixels
    sheets = iter(open_sheets(path))
    next(sheets)
    with pytest.raises(PictureError, match=r"2\.tif: page 2: expected a whole"):
        next(sheets)
    path.write_bytes(content[:-2500])  # of its directory
    with pytest.raises(PictureError, match=r"2\.tif: expected a whole.*cut off"):
        open_sheets(path)


def test_what_is_no_picture_is_refused_when_it_is_opened(tmp_path):
    (tmp_path / "empty.tif").write_bytes(b"")
    for name in ("empty.tif", "none.tif"):
        with pytest.raises(PictureError, match=f"{name}: expected a picture file, got"):
            open_sheets(tmp_path / name)
    (tmp_path / "text.tif").write_bytes(b"hello")
    with pytest.raises(PictureError, match="starting with b'hello'"):
        list(open_sheets(tmp_path / "text.tif"))


# PDF files: written by Pillow, or by hand where it cannot


@pytest.fixture
def pypdfium2():
    return pytest.importorskip("pypdfium2")


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF file of these objects, the first of which is its root."""
    content = b"%PDF-1.5\n"
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table)
        + b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (len(places) + 1, trailer)
        + b"startxref\n%d\n%%%%EOF" % len(content)
    )


def pdf_of(
    box: bytes, count: int = 1, trailer: bytes = b"", note: bytes = b""
) -> bytes:
    """Return a PDF file of pages of this box, each with a black square on it."""
    square = b"0 g 10 10 50 50 re f"
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * count, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R%s>>" % (box, note),
        b"<</Length %d>>stream\n%s\nendstream" % (len(square), square),
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (b"41" * 32, b"42" * 32),
        trailer=trailer,
    )


def test_every_page_of_a_pdf_is_drawn(tmp_path, pypdfium2):
    path = tmp_path / "three.scan"  # recognised by its first bytes, not by its name
    saved(path, pages(20, 70, 120), format="PDF", resolution=20)
    sheets = open_sheets(path)
    assert len(sheets) == 3
    for sheet, level in zip(sheets, (20, 70, 120), strict=True):
        assert sheet.size == sheet.image.size == (600, 400)  # ten times 20 dpi
        assert sheet.image.mode == "RGB"
        assert difference(sheet.image.resize((60, 40)), page(level)) < 3


def test_a_pdf_page_may_come_smaller(tmp_path, pypdfium2):
    path = saved(tmp_path / "one.pdf", pages(20), resolution=20)
    (sheet,) = open_sheets(path, 120)
    assert (sheet.image.size, sheet.size) == ((120, 80), (600, 400))
    (sheet,) = open_sheets(path, 2000)
    assert sheet.image.size == (600, 400)


def test_pdf_pages_are_white_and_turned_as_the_file_says(tmp_path, pypdfium2):
    (tmp_path / "one.pdf").write_bytes(pdf_of(b"0 0 72 144", note=b"/Rotate 90"))
    (sheet,) = open_sheets(tmp_path / "one.pdf")
    assert sheet.size == (400, 200)
    grey = np.asarray(sheet.image.convert("L"))
    rows, columns = np.nonzero(grey < 128)
    assert (columns.min(), columns.max()) == (28, 166)  # 10 to 60 of 72 an inch
    assert (rows.min(), rows.max()) == (28, 166)
    assert grey[199, 399] == 255


def test_a_huge_pdf_page_is_drawn_with_20_megapixels(tmp_path, pypdfium2):
    (tmp_path / "wall.pdf").write_bytes(pdf_of(b"0 0 14400 7200"))
    (sheet,) = open_sheets(tmp_path / "wall.pdf", 300)
    assert sheet.size[0] * sheet.size[1] == pytest.approx(20e6, rel=0.01)
    assert sheet.image.size == (300, 150)


def test_a_thin_pdf_page_has_a_pixel(tmp_path, pypdfium2):
    (tmp_path / "thin.pdf").write_bytes(pdf_of(b"0 0 0.1 14400"))
    (sheet,) = open_sheets(tmp_path / "thin.pdf", 300)
    assert sheet.image.size == (1, 300)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-", "a whole PDF file, got a damaged one"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 9, "a whole PDF file, got a damaged one"),
        (pdf_of(b"0 0 9 9")[:300], "a whole PDF file, got a damaged one"),
        (pdf_of(b"0 0 9 9", 201), "at most 200 pages"),
        (
            pdf_of(b"0 0 9 9", trailer=b"/Encrypt 5 0 R/ID[<00><00>]"),
            "got a locked one; try a copy without a password",
        ),
    ],
)
def test_a_pdf_that_cannot_be_opened_is_refused(tmp_path, pypdfium2, content, words):
    (tmp_path / "odd.pdf").write_bytes(content)
    with pytest.raises(PictureError, match=words) as error:
        open_sheets(tmp_path / "odd.pdf")
    assert str(error.value).startswith(f"{tmp_path / 'odd.pdf'}: expected ")
    assert "; try " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_pdf_page_that_is_not_there_is_named(tmp_path, pypdfium2):
    content = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>",
    )
    (tmp_path / "loop.pdf").write_bytes(content)
    with pytest.raises(PictureError, match=r"loop\.pdf: page 1: expected a whole"):
        list(open_sheets(tmp_path / "loop.pdf"))


def test_without_pypdfium2_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    monkeypatch.delitem(sys.modules, "byhand.pictures.pdf", raising=False)
    monkeypatch.delattr(byhand.pictures, "pdf", raising=False)
    (tmp_path / "one.pdf").write_bytes(pdf_of(b"0 0 72 72"))
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[pdf\]'"):
        open_sheets(tmp_path / "one.pdf")


def test_a_pdf_library_is_not_imported_for_other_files(tmp_path):
    Image.fromarray(page(20)).save(tmp_path / "one.png")
    script = (
        "import sys; from byhand.pictures.sheets import open_sheets;"
        "list(open_sheets(sys.argv[1])); assert 'pypdfium2' not in sys.modules"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "one.png")]
    subprocess.run(command, check=True, timeout=60, env=dict(os.environ))
