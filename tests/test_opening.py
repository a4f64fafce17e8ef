"""byhand.pictures.opening, limits, jpeg, tiff: opened whole, reduced or refused."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand.errors import PictureError
from byhand.pictures import limits
from byhand.pictures.jpeg import first_scan
from byhand.pictures.opening import open_picture, open_sheet


def ramp(h: int = 60, w: int = 80) -> np.ndarray:
    """Return uint8 (H, W): levels rise to the right and downwards, smoothly."""
    return np.add.outer(np.linspace(0, 60, h), np.linspace(20, 190, w)).astype(np.uint8)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG file."""
    sum_ = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + sum_


def png(width: int, height: int, colour: int = 0, rows: int = 100) -> bytes:
    """Return a PNG that promises a size and holds some rows of zeros."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    line = bytes(1 + width * (4 if colour == 6 else 1))
    packed = zlib.compressobj(1)
    content = b"".join(packed.compress(line) for _ in range(min(rows, height)))
    parts = chunk(b"IHDR", head), chunk(b"IDAT", content + packed.flush())
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def jpeg_claiming(width: int, height: int, **options: object) -> bytes:
    """Return a JPEG of 16 × 16 pixels that claims to have more."""
    content = jpeg(Image.new("RGB", (16, 16)), **options)
    frame = content.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    size = struct.pack(">HH", height, width)
    return content[: frame + 5] + size + content[frame + 9 :]


def jpeg_of_many_scans(scans: int) -> bytes:
    content = jpeg(Image.new("L", (3000, 3000)), progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * scans + b"\xff\xd9"


def jpeg_with_notes(count: int) -> bytes:
    content = jpeg(Image.new("L", (8, 8)))
    note = b"\xff\xe1\xff\xff" + b"Exif\0\0".ljust(65533, b"\0")
    return content[:2] + note * count + content[2:]


def tiff(tags: dict[int, tuple[int, int, bytes | int]], content: bytes = b"") -> bytes:
    """Return a TIFF of one directory; tags gives type, count and value of each."""
    start = 8 + 2 + 12 * len(tags) + 4
    entries, values = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        if isinstance(value, bytes):
            entries += struct.pack("<HHII", tag, kind, count, start + len(values))
            values += value
        else:
            entries += struct.pack("<HHII", tag, kind, count, value)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags))
    return head + entries + bytes(4) + values + content


def tiff_of_tiles(side: int) -> bytes:
    tags = {256: 10, 257: 10, 258: 8, 259: 8, 262: 1, 277: 1, 322: side, 323: side}
    tags |= {324: 8 + 2 + 12 * 10 + 4, 325: 30}
    return tiff({t: (4, 1, v) for t, v in tags.items()}, zlib.compress(bytes(10**4)))


def tiff_of_strips(count: int) -> bytes:
    tags = {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 277: 1, 278: 1}
    lists = {t: (4, count, bytes(4 * count)) for t in (273, 279)}
    return tiff({t: (4, 1, v) for t, v in tags.items()} | lists)


def rle_bmp(width: int, height: int) -> bytes:
    """Return a run-length coded BMP, each code of which skips 255 rows."""
    codes = b"\0\2\xff\xff" * 20
    start = 14 + 40 + 1024
    head = struct.pack("<IHHI", start + len(codes), 0, 0, start)
    head += struct.pack(
        "<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(codes), 0, 0, 256, 0
    )
    return b"BM" + head + bytes(1024) + codes


def gif_claiming(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("P", (9, 9)).save(file, "GIF")
    content = file.getvalue()
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


def webp(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


MILLIONS = "at most 60 million pixels"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "2500 megapixels": (lambda: png(50_000, 50_000), MILLIONS),
    "178 megapixels": (lambda: png(13_350, 13_350), f"{MILLIONS}.*13350 × 13350"),
    "one long row": (lambda: png(50_000_000, 1), "100000 on a side"),
    "one long column": (lambda: png(1, 50_000_000), "100000 on a side"),
    "jpeg": (lambda: jpeg_claiming(65_500, 65_500), "at most 200 million pixels"),
    "progressive jpeg": (
        lambda: jpeg_claiming(14_000, 14_000, progressive=True),
        "400 MB of memory, got one that takes 601 MB",
    ),
    "scans": (lambda: jpeg_of_many_scans(300), "at most 100 scans, got 306"),
    "notes": (lambda: jpeg_with_notes(300), "at most 16 MB of notes.*got 19 MB"),
    "tiles": (lambda: tiff_of_tiles(65_536), "400 MB of memory, got one that takes 4"),
    "strips": (lambda: tiff_of_strips(600_000), "at most 500000 numbers.*got 600000"),
    "run lengths": (lambda: rle_bmp(50_000_000, 1), "at most 2 million pixels"),
    "gif": (lambda: gif_claiming(65_535, 65_535), MILLIONS),
    "webp": (lambda: webp(6_000, 5_000), "400 MB.* takes 480 MB"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file for each entry of HOSTILE."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in HOSTILE.items():
        (folder / name).write_bytes(content())
    return folder


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_cost_too_much_is_refused_in_one_line(hostile, name):
    with pytest.raises(PictureError, match=HOSTILE[name][1]) as error:
        open_picture(hostile / name)
    assert str(error.value).startswith(f"{hostile / name}: expected ")
    assert "; try " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_too_many_bytes_is_not_read(tmp_path):
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate(limits.FILE_BYTES + 1_000_000)
    with pytest.raises(PictureError, match=r"got 201 MB .at most 200 MB are read"):
        open_picture(tmp_path / "long.png")


PEAK = """
import sys
from byhand.errors import PictureError
from byhand.pictures.opening import open_picture
from byhand.pictures.convert import grey_levels

for path in sys.argv[1:]:
    try:
        grey_levels(open_picture(path), 2048)
    except PictureError:
        pass
print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
"""


def peak_megabytes(*paths: Path) -> float:
    """Return the memory that opening files has taken at most, in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *map(str, paths)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return float(done.stdout) / 1000  # from kilobytes


# Not by the resource module: there a process starts with its parent's peak.
linux = pytest.mark.skipif(sys.platform != "linux", reason="no /proc")


@linux
def test_refusing_takes_little_memory(hostile):
    assert peak_megabytes(*hostile.iterdir()) < 250


@linux
def test_the_largest_picture_of_four_channels_takes_under_500_megabytes(tmp_path):
    (tmp_path / "large.png").write_bytes(png(7_700, 7_700, 6, rows=7_700))
    assert peak_megabytes(tmp_path / "large.png") < 500


@linux
@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_the_largest_deep_picture_takes_under_500_megabytes(tmp_path, mode):
    width = 7_700 if mode == "I;16" else 6_000
    image = Image.new(mode, (width, width), 7)
    image.paste(900, (0, 0, 99, 99))
    image.save(tmp_path / "deep.tif")
    del image
    assert peak_megabytes(tmp_path / "deep.tif") < 500


def test_a_jpeg_that_takes_much_memory_is_divided():
    content = jpeg_claiming(8_192, 6_144, progressive=True, subsampling=0)
    with Image.open(io.BytesIO(content)) as image:
        assert limits.memory(image) == 8_192 * 6_144 * (4 + 2 * 3)
        assert limits.jpeg_scale(image, None) == 2
        limits.check(image, 2, "photo")


@linux
def test_a_jpeg_of_200_megapixels_is_opened_at_half_its_size(tmp_path):
    Image.new("L", (14_100, 14_100), 200).save(tmp_path / "huge.jpg")
    sheet = open_sheet(tmp_path / "huge.jpg")
    assert sheet.image.size == (7_050, 7_050)
    assert sheet.size == (14_100, 14_100)
    assert peak_megabytes(tmp_path / "huge.jpg") < 500


@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (30_000, 1)])
@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "tif", "gif"])
def test_thin_pictures_are_opened(tmp_path, size, suffix):
    Image.new("L", size, 70).save(tmp_path / f"thin.{suffix}")
    sheet = open_sheet(tmp_path / f"thin.{suffix}", 2048)
    assert sheet.size == sheet.image.size == size


# 50 megapixels of a phone, a sheet of A4 at 600 dpi: nothing is decoded here
@pytest.mark.parametrize("size", [(8_192, 6_144), (4_960, 7_016)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_large_photographs_and_scans_are_within_the_limits(size, options):
    with Image.open(io.BytesIO(jpeg_claiming(*size, **options))) as image:
        assert limits.jpeg_scale(image, None) == 1
        limits.check(image, 1, "photo")
    with Image.open(io.BytesIO(png(*size, 6))) as image:
        limits.check(image, 1, "scan")


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize(
    ("longest", "scale"), [(None, 1), (801, 1), (800, 1), (400, 2), (150, 4), (9, 8)]
)
def test_a_jpeg_comes_reduced_and_upright_with_its_own_size(
    tmp_path, orientation, longest, scale
):
    upright = ramp(600, 799)
    stored = {1: upright, 3: upright[::-1, ::-1], 6: np.rot90(upright)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    image.save(tmp_path / "photo.jpg", quality=95, exif=exif)
    sheet = open_sheet(tmp_path / "photo.jpg", longest)
    if longest == 800:
        assert max(sheet.image.size) < longest  # the file has no more
    elif longest:
        assert max(sheet.image.size) >= min(longest, 799)
    assert sheet.size == (799, 600)
    assert sheet.image.size == (-(-799 // scale), -(-600 // scale))
    rows, columns = (np.arange(n) * scale + scale // 2 for n in sheet.image.size[::-1])
    expected = upright[rows.clip(0, 599)][:, columns.clip(0, 798)]
    assert np.abs(np.asarray(sheet.image).astype(int) - expected).max() <= 6
    assert open_sheet(tmp_path / "photo.jpg").image.getexif().get(0x0112, 1) == 1 or (
        orientation == 1
    )


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp", "gif"])
def test_other_formats_come_as_they_are(tmp_path, suffix):
    Image.fromarray(ramp()).save(tmp_path / f"ramp.{suffix}")
    sheet = open_sheet(tmp_path / f"ramp.{suffix}", 20)
    assert sheet.size == sheet.image.size == (80, 60)


def test_of_a_file_with_two_photographs_the_first_is_opened(tmp_path):
    first, second = (Image.fromarray(a) for a in (ramp(400, 500), 255 - ramp(400, 500)))
    path = tmp_path / "two.jpg"
    first.save(path, "MPO", save_all=True, append_images=[second])
    for longest, size in ((None, (500, 400)), (200, (250, 200))):
        sheet = open_sheet(path, longest)
        assert (sheet.size, sheet.image.size) == ((500, 400), size)
        assert np.asarray(sheet.image)[0, 0] < 60


@pytest.mark.parametrize(("options", "channels"), [({}, 3), ({"progressive": True}, 3)])
def test_the_first_scan_of_a_jpeg_is_found(options, channels):
    content = jpeg(Image.new("RGB", (9, 9)), **options)
    found, place = first_scan(io.BytesIO(content))
    assert found == channels
    assert place == content.index(b"\xff\xda")


def test_a_segment_may_have_padding_before_it():
    content = jpeg(Image.new("RGB", (9, 9)))
    padded = content[:2] + b"\xff\xff\xff" + content[2:]
    assert first_scan(io.BytesIO(padded)) == (3, padded.index(b"\xff\xda"))
    assert first_scan(io.BytesIO(content[:2] + b"junk" + content[2:])) == (0, 2)


def test_a_jpeg_of_one_scan_for_each_channel_counts_as_several():
    content = jpeg(Image.new("RGB", (3_000, 4_000)))
    with Image.open(io.BytesIO(content)) as image:
        assert limits.memory(image) == 4 * 12_000_000
    scan = content.index(b"\xff\xda")
    apart = content[:scan] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + content[scan + 14 :]
    with Image.open(io.BytesIO(apart)) as image:  # 4:2:0: half as many again
        assert limits.memory(image) == 4 * 12_000_000 + 2 * 18_000_000
