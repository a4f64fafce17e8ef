"""HEIC, the format of telephones: the only module that imports pillow_heif."""

from __future__ import annotations

from typing import BinaryIO

from PIL import Image

from byhand.errors import PictureError

BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def is_heic(start: bytes) -> bool:
    """Return whether a file that starts with these 12 bytes or more is HEIC."""
    return start[4:8] == b"ftyp" and start[8:12] in BRANDS


def image(file: BinaryIO, where: str) -> Image.Image:
    """Return the image in an open HEIC file, of which only the header has been read.

    Raises:
        PictureError: the library is not installed.
    """
    try:
        import pillow_heif
    except ImportError as error:
        raise PictureError(
            f"{where}: HEIC needs pillow-heif, which is not installed; try"
            " pip install 'byhand[heic]', or save it as PNG or JPEG"
        ) from error
    pillow_heif.register_heif_opener()
    return Image.open(file, formats=("HEIF",))
