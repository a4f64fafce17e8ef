"""byhand.pictures.convert: files, modes and arrays become grey levels.

The reference picture is a ramp with a dark corner: no two of its eight turns agree.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from byhand.errors import PictureError
from byhand.pictures.convert import (
    Picture,
    as_image,
    colour_levels,
    open_picture,
)
from byhand.pictures.convert import grey_levels as grey_levels_of_image


def grey_levels(picture: Picture, longest: int) -> np.ndarray:
    """Return any picture as grey levels: the module's two steps in one."""
    return grey_levels_of_image(as_image(picture), longest)


def ramp() -> np.ndarray:
    """Return uint8 (20, 30): levels rise to the right and downwards."""
    grey = np.add.outer(3 * np.arange(20), 5 * np.arange(30)) + 20
    grey[:6, :8] = 0
    return grey.astype(np.uint8)


def saved(folder: Path, name: str, image: Image.Image, **options: object) -> Path:
    image.save(folder / name, **options)
    return folder / name


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif", "webp", "gif"])
def test_every_format_gives_the_picture_that_was_saved(tmp_path, suffix):
    image = Image.fromarray(ramp())
    options = {"quality": 95} if suffix in ("jpg", "webp") else {}
    path = saved(tmp_path, f"ramp.{suffix}", image, **options)
    assert np.abs(grey_levels(path, 256).astype(int) - ramp()).max() <= 12
    assert np.abs(grey_levels(str(path), 256).astype(int) - ramp()).mean() <= 2


MODES = ["L", "LA", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr", "CMYK", "HSV", "LAB"]


@pytest.mark.parametrize("mode", [*MODES, "I", "F", "I;16"])
def test_every_mode_gives_the_same_grey(mode):
    image = Image.fromarray(ramp())
    if mode == "LAB":
        image = Image.merge("LAB", [image] * 3)
    elif mode == "I;16":
        image = Image.fromarray(ramp().astype(np.uint16))
    else:
        image = image.convert("RGB" if mode in ("HSV", "CMYK") else "RGBA")
        image = image.convert(mode)
    assert image.mode == mode
    assert np.abs(grey_levels(image, 256).astype(int) - ramp()).max() <= 2


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "<u2"),
        ("a.tif", "<u2"),
        ("a.tif", ">u2"),
        ("a.tif", "i4"),
        ("a.tif", "f4"),
    ],
)
def test_files_of_16_bits_and_more_keep_dark_ink_dark(tmp_path, name, kind):
    path = saved(tmp_path, name, Image.fromarray((ramp() * 257.0).astype(kind)))
    if name.endswith("tif"):
        assert path.read_bytes()[:2] == (b"MM" if kind == ">u2" else b"II")
    stretched = ramp() * (255 / ramp().max())  # over its own range, from 0
    assert np.abs(grey_levels(path, 256) - stretched).max() <= 1


def test_a_png_of_16_bits_a_colour_is_opened(tmp_path):
    colour = np.stack([ramp(), ramp() // 2, 255 - ramp()], axis=2)
    rows = [b"\0" + row.astype(">u2").tobytes() for row in colour.astype(int) * 257]
    head = struct.pack(">IIBBBBB", 30, 20, 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for kind, body in (
        (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")
    ):  # fmt: skip
        crc = struct.pack(">I", zlib.crc32(kind + body))
        content += struct.pack(">I", len(body)) + kind + body + crc
    (tmp_path / "deep.png").write_bytes(content)
    expected = grey_levels(Image.fromarray(colour.astype(np.uint8)), 256)
    assert (
        np.abs(grey_levels(tmp_path / "deep.png", 256) - expected.astype(int)).max()
        <= 1
    )


def test_a_jpeg_in_four_inks_keeps_dark_ink_dark(tmp_path):
    image = Image.fromarray(ramp()).convert("RGB").convert("CMYK")
    path = saved(tmp_path, "print.jpg", image, quality=95)
    content = path.read_bytes()
    assert b"Adobe" in content  # whose files hold 255 where there is no ink
    assert np.abs(grey_levels(path, 256).astype(int) - ramp()).max() <= 12


@pytest.mark.parametrize("bits", [1, 8])
def test_a_tiff_in_which_white_is_zero_keeps_dark_ink_dark(tmp_path, bits):
    grey = ramp() if bits == 8 else (ramp() > 90) * np.uint8(255)
    image = Image.fromarray(255 - grey)
    image = image.convert("1", dither=Image.Dither.NONE) if bits == 1 else image
    path = saved(tmp_path, "fax.tif", image, tiffinfo={262: 1})
    content = bytearray(path.read_bytes())
    (at,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        if struct.unpack_from("<H", content, entry) == (262,):
            struct.pack_into("<H", content, entry + 8, 0)
    path.write_bytes(content)
    assert (grey_levels(path, 256) == grey).all()


def test_the_lightness_of_a_lab_file_is_its_grey(tmp_path):
    channels = [Image.fromarray(ramp()), *[Image.new("L", (30, 20), 128)] * 2]
    path = saved(tmp_path, "lab.tif", Image.merge("LAB", channels))
    assert (grey_levels(path, 256) == ramp()).all()


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_black_ink_in_a_palette_on_a_transparent_colour_is_laid_on_white(
    tmp_path, suffix
):
    mask = Image.fromarray((ramp() == 0).astype(np.uint8), "P")
    mask.putpalette([9, 9, 9, 0, 0, 0])
    path = saved(tmp_path, f"ink.{suffix}", mask, transparency=0)
    assert (grey_levels(path, 256) == np.where(ramp() == 0, 0, 255)).all()


def test_a_palette_may_be_transparent_by_degrees(tmp_path):
    mask = Image.fromarray((ramp() == 0).astype(np.uint8), "P")
    mask.putpalette([0, 0, 0, 0, 0, 0])
    path = saved(tmp_path, "ink.png", mask, transparency=bytes([128, 255]))
    assert (grey_levels(path, 256) == np.where(ramp() == 0, 0, 127)).all()


def test_a_large_picture_is_converted_in_bands_without_seams():
    rgba = np.zeros((2500, 1203, 4), np.uint8)
    rgba[..., :3] = np.add.outer(np.arange(2500) % 251, np.arange(1203) % 3)[..., None]
    rgba[..., 3] = np.arange(2500)[:, None] % 200 + 55
    small = Image.fromarray(rgba).reduce(7)
    assert (grey_levels(rgba, 350) == grey_levels(small, 999)).all()
    deep = np.arange(2500 * 1203).reshape(2500, 1203)
    expected = deep * (255 / deep.max())
    for kind in (np.int32, np.float32):
        grey = grey_levels_of_image(Image.fromarray(deep.astype(kind)), 2500)
        assert np.abs(grey - expected).max() < 0.51
        assert (grey == grey_levels(deep.astype(kind), 2500)).all()


def test_black_and_white_and_palette_pictures_give_their_colours_luminance():
    mask = ramp() > 90
    assert (grey_levels(Image.fromarray(mask), 256) == mask * 255).all()
    palette = Image.fromarray(mask.astype(np.uint8), "P")
    palette.putpalette([255, 0, 0, 0, 255, 0])
    grey = grey_levels(palette, 256)
    assert set(grey[~mask]) == {76}  # 0.299 of 255
    assert set(grey[mask]) == {150}  # 0.587 of 255


def test_of_an_animation_the_first_frame_is_opened(tmp_path):
    frames = [Image.fromarray(ramp()), Image.fromarray(255 - ramp())]
    for name in ("two.gif", "two.tif", "two.webp"):
        options = {"lossless": True} if name.endswith("webp") else {}
        options |= {"save_all": True, "append_images": frames[1:]}
        path = saved(tmp_path, name, frames[0], **options)
        assert np.abs(grey_levels(path, 256).astype(int) - ramp()).mean() <= 2


# What must be done to the upright picture so that a viewer undoes it (EXIF 2.3, 4.6.4)
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_picture_is_turned_upright_once(tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(STORED[orientation](ramp())))
    path = saved(tmp_path, f"rotated.{suffix}", image, exif=exif)
    opened = open_picture(path)
    assert (np.asarray(opened) == ramp()).all()
    assert (grey_levels(opened, 256) == ramp()).all()
    with path.open("rb") as file, Image.open(file) as unturned:
        assert (grey_levels(unturned, 256) == ramp()).all()


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_impossible_orientation_is_ignored(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, "odd.png", Image.fromarray(ramp()), exif=exif)
    assert (np.asarray(open_picture(path)) == ramp()).all()


@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0no TIFF"])
def test_damaged_exif_is_ignored(tmp_path, exif):
    path = saved(tmp_path, "odd.jpg", Image.fromarray(ramp()), exif=exif)
    assert open_picture(path).size == (30, 20)


def test_a_turned_palette_picture_keeps_its_transparency(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    mask = Image.fromarray((ramp() == 0).astype(np.uint8), "P")
    mask.putpalette([255, 255, 255, 0, 0, 0])
    path = saved(tmp_path, "ink.png", mask, transparency=0, exif=exif)
    assert open_picture(path).has_transparency_data


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 255), (200, 0)])
def test_ink_on_nothing_is_laid_on_its_opposite(ink, paper):
    rgba = np.full((20, 30, 4), ink, np.uint8)
    rgba[..., 3] = np.where(ramp() == 0, 255, 0)
    expected = np.where(ramp() == 0, ink, paper)
    assert (grey_levels(Image.fromarray(rgba), 256) == expected).all()
    assert (grey_levels(rgba, 256) == expected).all()


def test_half_transparent_ink_is_half_as_strong():
    rgba = np.zeros((9, 9, 4), np.uint8)
    rgba[4, 4, 3], rgba[4, 5, 3] = 255, 128
    grey = grey_levels(rgba, 256)
    assert (grey[4, 4], grey[4, 5], grey[0, 0]) == (0, 127, 255)


def test_a_picture_with_its_own_paper_and_clear_corners_gets_more_of_that_paper():
    rgba = np.full((20, 30, 4), 240, np.uint8)
    rgba[5:15, 10:13, :3] = 10  # ink
    rgba[..., 3] = 255
    rgba[:4, :4, 3] = 0  # a rounded corner
    rgba[:4, :4, :3] = 0
    assert grey_levels(rgba, 256)[0, 0] == 240


def test_a_wholly_transparent_picture_is_blank():
    clear = np.full((5, 5, 4), 99, np.uint8)
    clear[..., 3] = 0
    assert not grey_levels(clear, 256).any()


@pytest.mark.parametrize(
    ("array", "grey"),
    [
        ([[False, True]], [[0, 255]]),
        (np.array([[0, 1]], np.uint8), [[0, 255]]),
        (np.array([[0, 7, 200]], np.uint8), [[0, 7, 200]]),
        (np.array([[0.0, 0.2, 1.0]]), [[0, 51, 255]]),
        (np.array([[0.0, 51.0, 200.0]], np.float32), [[0, 51, 200]]),
        (np.array([[-1.0, 0.0, 1.0]], np.float16), [[0, 128, 255]]),
        (np.array([[1000, 1800, 5000]], np.uint16), [[0, 51, 255]]),
        (np.array([[60000, 60900]], np.uint16), [[251, 255]]),  # noise, not ink
        (np.array([[-1e308, 1e308]]), [[0, 255]]),
        (np.array([[2**63, 2**64 - 1]], np.uint64), [[0, 255]]),
    ],
)
def test_numbers_of_any_range_become_levels(array, grey):
    assert grey_levels(array, 256).tolist() == grey


def test_colour_arrays_of_every_type_give_the_same_grey():
    colour = np.stack([ramp(), ramp() // 2, 255 - ramp()], axis=2)
    grey = grey_levels(colour, 256).astype(int)
    opaque = np.concatenate([colour, np.full((20, 30, 1), 255, np.uint8)], axis=2)
    for other in (colour / 255, opaque, opaque / 255, colour.astype(float), colour * 1):
        assert np.abs(grey_levels(other, 256) - grey).max() <= 1
    wide = opaque.astype(np.uint16) * 257  # 16 bits: its own range is that of colour
    assert np.abs(grey_levels(wide, 256) - grey).max() <= 3


def test_a_long_picture_is_shrunk_by_averaging():
    tall = np.repeat(np.repeat(ramp(), 9, axis=0), 9, axis=1)
    assert (grey_levels(tall, 30) == ramp()).all()
    assert grey_levels(tall, 40).shape == (30, 45)
    assert grey_levels(tall, 300).shape == tall.shape
    assert grey_levels(np.zeros((1, 30000), np.uint8), 256).shape[0] == 1


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(5), r"got \(5,\)"),
        (np.zeros((2, 3, 2)), r"\(H, W, 3\).*got \(2, 3, 2\)"),
        (np.zeros((1, 2, 3, 4)), r"got \(1, 2, 3, 4\)"),
        (np.zeros((0, 5)), "at least one pixel"),
        (np.zeros((5, 0, 3), np.uint8), "at least one pixel"),
        (np.full((2, 2), np.nan), "finite"),
        (np.full((2, 2, 3), np.inf), "finite"),
        (np.zeros((2, 2), complex), "complex128"),
        ([["a", "b"]], "dtype"),
        (None, "got"),
    ],
)
def test_what_is_no_picture_is_refused(array, words):
    with pytest.raises(PictureError, match=words):
        grey_levels(array, 256)


def test_a_mode_without_grey_is_refused():
    image = Image.fromarray(ramp()).convert("LA").convert("La")
    with pytest.raises(PictureError, match="got mode 'La'; try"):
        grey_levels(image, 256)


def test_float_images_with_nan_are_refused():
    with pytest.raises(PictureError, match="finite"):
        grey_levels(Image.fromarray(np.full((2, 2), np.nan, np.float32)), 256)
    with pytest.raises(PictureError, match="at least one pixel"):
        grey_levels(Image.new("L", (0, 3)), 256)


def png_header(width: int, height: int) -> bytes:
    """Return the start of a PNG that promises this many pixels and holds none."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    sum_ = struct.pack(">I", zlib.crc32(chunk))
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + sum_
    return start + b"\0\0\0\x09IDAT"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"hello\nworld, this is text", r"starting with b'hello\\nworld, thi'"),
        (b"<!DOCTYPE html>", "<!DOCTYPE html>"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "starting with b'%!PS"),
        (png_header(100, 100), "damaged"),
        (png_header(7_000, 7_000), "damaged"),
        (png_header(9_500, 9_500), "at most 60 million pixels"),  # Pillow would warn
        (png_header(13_500, 13_500), "at most 60 million pixels, got more"),
        (png_header(2**31 - 1, 2**31 - 1), "at most 60 million pixels, got more"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=words) as error:
        open_picture(path)
    assert str(error.value).startswith(f"{path}: expected ")
    assert "; try " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_path_without_a_file_is_refused(tmp_path):
    with pytest.raises(PictureError, match="got no such file"):
        open_picture(tmp_path / "none.png")
    with pytest.raises(PictureError, match="got a folder; try one of the files"):
        open_picture(tmp_path)
    with pytest.raises(PictureError, match="embedded null"):
        open_picture("a\0b.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="got a named pipe; try a regular file"):
        open_picture(tmp_path / "pipe.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif", "webp", "gif"])
@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_damaged_file_opens_or_is_refused(tmp_path, suffix, data):
    path = saved(tmp_path, f"ramp.{suffix}", Image.fromarray(ramp()))
    content = bytearray(path.read_bytes())
    del content[data.draw(st.integers(1, len(content))) :]
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(
            st.integers(1, 255)
        )
    path.write_bytes(content)
    try:
        grey = grey_levels(path, 256)
    except PictureError as error:
        assert str(error).startswith(f"{path}: ") or str(error).startswith("picture: ")
        assert "\n" not in str(error)
    else:
        assert grey.ndim == 2


def test_a_truncated_picture_is_refused(tmp_path):
    image = Image.effect_noise((64, 64), 50)
    for suffix in ("png", "jpg", "bmp", "tif", "webp", "gif"):
        path = saved(tmp_path, f"cut.{suffix}", image)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(PictureError, match="damaged"):
            open_picture(path)


def test_an_image_not_yet_decoded_and_damaged_is_refused(tmp_path):
    path = saved(tmp_path, "cut.png", Image.effect_noise((64, 64), 50))
    path.write_bytes(path.read_bytes()[:400])
    with Image.open(path) as image, pytest.raises(PictureError, match="can be decoded"):
        grey_levels(image, 256)


@pytest.mark.parametrize("ink", [0, 255])
def test_colours_of_a_transparent_picture_lie_on_paper_that_shows_them(ink):
    rgba = np.zeros((6, 8, 4), np.uint8)
    rgba[2:4, 2:6] = (ink, ink, ink, 255)
    levels = colour_levels(Image.fromarray(rgba), 100)
    assert levels.shape == (6, 8, 3) and levels.dtype == np.uint8
    assert (levels[2:4, 2:6] == ink).all() and (levels[0] == 255 - ink).all()


def test_colours_are_kept_and_shrunk_as_grey_levels_are():
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8))
    assert (colour_levels(image, 100) == np.asarray(image)).all()
    small = colour_levels(image, 15)
    assert small.shape[:2] == grey_levels_of_image(image, 15).shape
    assert (small == np.asarray(image.reduce(2))).all()
    grey = colour_levels(image.convert("L"), 100)
    assert (grey == grey_levels_of_image(image, 100)[..., None]).all()
