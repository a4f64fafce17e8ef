"""What a JPEG file says of itself before it is decoded.

A file is a row of segments: a marker of two bytes, a length of two bytes that counts
itself, and the rest of the bytes. A scan is coded data behind such a segment; one may
hold all of the picture, or a channel, or some bits of it.

Source: ITU-T T.81 (1992), annexes A and B.
"""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from byhand.errors import PictureError

START = b"\xff\xd8\xff"  # how a file begins
METADATA = 16_000_000  # bytes before the picture: notes, previews, colour profiles
SCANS = 100  # each goes over the whole picture; ten are usual
SCANNED = 1_500_000_000  # pixels by scans
USUAL = 12  # scans that any picture may have


def is_jpeg(image: Image.Image) -> bool:
    """Return whether an image comes from a JPEG file; MPO is several in one file."""
    return image.format in ("JPEG", "MPO")


def check_metadata(file: BinaryIO, where: str) -> None:
    """Raise PictureError if there is so much before the picture that it takes long."""
    _, place = first_scan(file)
    file.seek(0)
    if place > METADATA:
        raise PictureError(
            f"{where}: expected at most {METADATA // 10**6} MB of notes before the"
            f" picture, got {place // 10**6} MB; try saving it without them"
        )


def check_scans(image: Image.Image, where: str) -> None:
    """Raise PictureError if an image not yet decoded has far too many scans.

    A small file could otherwise keep us busy for minutes.
    """
    if not several_scans(image):
        return
    count = count_scans(image)
    most = max(USUAL, min(SCANS, SCANNED // (image.width * image.height)))
    if count > most:
        raise PictureError(
            f"{where}: expected a JPEG of at most {most} scans, got {count}; try"
            " saving it again"
        )


def several_scans(image: Image.Image) -> bool:
    """Return whether the pixels are only known after the last scan.

    So it is if it is progressive, or if its first scan lacks some of the channels.
    """
    channels, _ = first_scan(getattr(image, "fp"))  # noqa: B009  not every Image has it
    return "progressive" in image.info or channels != getattr(image, "layers", 0)


def count_scans(image: Image.Image) -> int:
    """Return about how many scans there are; rather too many than too few.

    In the coded data 255 is followed by 0 or the number of a restart only.
    """
    file: BinaryIO = getattr(image, "fp")  # noqa: B009
    _, place = first_scan(file)
    file.seek(place)
    return sum(
        block.count(b"\xff\xda") for block in iter(lambda: file.read(2**20), b"")
    )


def coefficients(image: Image.Image) -> int:
    """Return how many numbers are kept until the last of several scans.

    A channel whose sampling is h × v, of the most H × V, has h v / (H V) of the pixels.
    """
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    sampled = [h * v for _, h, v, _ in layers]
    return image.width * image.height * sum(sampled) // max(*sampled, 1, 1)


def first_scan(file: BinaryIO) -> tuple[int, int]:
    """Return how many channels the first scan has, and its place in the file.

    0 channels where it is not found.
    """
    place = 2
    while True:
        file.seek(place)
        head = file.read(5)
        if len(head) < 5 or head[0] != 0xFF:
            return 0, place
        if head[1] == 0xDA:
            return head[4], place
        place += 1 if head[1] == 0xFF else 2 + int.from_bytes(head[2:4], "big")
