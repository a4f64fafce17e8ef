"""Fonts of this machine: Pillow's own, and all that it has files of.

A few faces give many: each is condensed, slanted, made bold and spaced at random.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from byhand.synthesis.drawing import chosen
from byhand.types import Floats

FOLDERS = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts"),
    "darwin": ("/Library/Fonts", "/System/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}
MOST = 300  # files that are tried
PROBE = "0248AHRgk"  # characters that every usable font draws much as Pillow's own
ALIKE = 0.25  # mean correlation with Pillow's own from which a font is usable
FOREIGN, ACCENTED = "ЖФΩ", "éß€"

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Face:
    """A font and how it is changed.

    Attributes:
        path: its file; "" is the font that comes with Pillow.
        narrow: factor of the width.
        lean: columns to the right for each row up.
        bold: heights of a capital letter by which strokes are widened.
        spacing: heights of a capital letter between two characters, more than usual.
        wear: share of its ink that is missing, as of worn type or cheap toner.
        foreign: whether it has Greek and Cyrillic letters.
    """

    path: str = ""
    narrow: float = 1.0
    lean: float = 0.0
    bold: float = 0.0
    spacing: float = 0.0
    wear: float = 0.0
    foreign: bool = False


@cache
def font_files() -> tuple[str, ...]:
    """Return the usable font files of this machine, in order; "" is Pillow's own."""
    found = [file for folder in _folders() for file in _files(folder)]
    by_name = {Path(file).name: file for file in reversed(sorted(found))}
    files = [by_name[name] for name in sorted(by_name)][:MOST]
    return ("", *(file for file in files if usable(file)))


def _folders() -> list[Path]:
    folders = [Path(os.path.expanduser(f)) for f in FOLDERS.get(sys.platform, ())]
    spec = find_spec("matplotlib")
    if spec and spec.origin:  # its data lie beside its code, which is not run
        folders.append(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    return folders


def _files(folder: Path) -> list[str]:
    return [str(p) for p in folder.rglob("*") if p.suffix.lower() in (".ttf", ".otf")]


@lru_cache(maxsize=256)
def font(path: str, size: int) -> Font:
    """Return a font of a size in pixels."""
    if path:
        return ImageFont.truetype(path, size)
    own = ImageFont.load_default(size)
    assert isinstance(own, Font)  # since FreeType is there, with Pillow's wheels
    return own


def usable(path: str) -> bool:
    """Return whether a font's digits and letters are like those of Pillow's own."""
    try:
        return _likeness(path) > ALIKE and _has_full_stop(path)
    except (OSError, ValueError):  # a damaged file, or bitmaps of other sizes
        return False


def _likeness(path: str) -> float:
    """Return the mean correlation of a font's characters with Pillow's own."""
    pairs = [(_drawn(path, letter), _drawn("", letter)) for letter in PROBE]
    return float(np.mean([(one * other).mean() for one, other in pairs]))


def _drawn(path: str, letter: str) -> Floats:
    """Return a character in a square of 24 pixels, of mean 0 and deviation 1."""
    image = Image.new("L", (80, 80))
    ImageDraw.Draw(image).text((20, 20), letter, 255, font(path, 32))
    box = image.getbbox()
    if box is None:
        return np.zeros((24, 24))
    grey = np.asarray(image.crop(box).resize((24, 24)), np.float64)
    centred = grey - grey.mean()
    return np.asarray(centred / max(centred.std(), 1e-6))


def _has_full_stop(path: str) -> bool:
    """Return whether a font's full stop is one: fonts of mathematics have triangles."""
    _, top, _, bottom = font(path, 32).getbbox(".")
    return bottom - top < 10


@cache
def has(path: str, letters: str) -> bool:
    """Return whether a font has all of these characters."""
    missing = _drawn(path, "\uffff")
    return all(bool((_drawn(path, letter) != missing).any()) for letter in letters)


def face(rng: np.random.Generator, files: tuple[str, ...] | None = None) -> Face:
    """Return a font at random, changed at random."""
    path = chosen(rng, files or font_files())
    changed = rng.random(5) < (0.5, 0.15, 0.25, 0.15, 0.1)
    return Face(
        path,
        narrow=rng.uniform(0.65, 1.25) if changed[0] else 1.0,
        lean=rng.uniform(-0.05, 0.3) if changed[1] else 0.0,
        bold=rng.uniform(0.02, 0.12) if changed[2] else 0.0,
        spacing=rng.uniform(0.05, 0.8) if changed[3] else 0.0,
        wear=rng.uniform(0.05, 0.3) if changed[4] else 0.0,
        foreign=has(path, FOREIGN),
    )
