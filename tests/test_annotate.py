"""Copies of pictures with what was read drawn on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from byhand.errors import PictureError
from byhand.reading.annotate import DOUBTFUL_COLOUR, SURE_COLOUR, annotated
from byhand.reading.result import Digit, Line, Reading
from byhand.types import Box

SURE, DOUBTFUL = map(ImageColor.getrgb, (SURE_COLOUR, DOUBTFUL_COLOUR))


def reading_of(*boxes: Box, confidence: float = 0.99, page: int = 1) -> Reading:
    digits = tuple(Digit(7, confidence, (), Box(*box)) for box in boxes)
    return Reading((Line(digits, confidence, page=page),), pages=page)


def ink(image: Image.Image) -> Box:
    """Return left, top, right and bottom of all pixels that are not white."""
    y, x = np.nonzero((np.asarray(image) != 255).any(axis=2))
    return int(x.min()), int(y.min()), int(x.max()), int(y.max())


def frame(image: Image.Image, box: Box, colour: tuple[int, ...]) -> bool:
    """Return whether all pixels on the edge of a box are of this colour."""
    x, y, w, h = box
    part = (np.asarray(image)[y : y + h, x : x + w] == colour).all(axis=2)
    return bool(part[[0, -1]].all() and part[:, [0, -1]].all())


def test_each_box_is_framed_and_the_picture_kept():
    picture = Image.effect_noise((200, 100), 40)
    before = picture.tobytes()
    boxes = (30, 40, 20, 30), (80, 45, 21, 31)
    drawn = annotated(picture, reading_of(*boxes))
    assert (drawn.mode, drawn.size) == ("RGB", (200, 100))
    assert all(frame(drawn, box, SURE) for box in boxes)
    assert picture.tobytes() == before
    below = np.asarray(drawn)[80:]
    assert (below == np.asarray(picture)[80:, :, None]).all()


def test_the_digit_stands_above_its_box_and_below_where_there_is_no_room():
    blank = Image.new("RGB", (100, 100), "white")
    above = annotated(blank, reading_of((40, 60, 20, 30)))
    left, top, right, bottom = ink(above.crop((0, 0, 100, 60)))
    assert 40 <= left < right <= 60 and 40 <= top < bottom < 60
    below = annotated(blank, reading_of((40, 3, 20, 30)))
    assert ink(below)[1] == 3
    assert 40 < ink(below)[3] < 60


@pytest.mark.parametrize("box", [(0, 30, 3, 40), (97, 30, 3, 40)])
def test_a_digit_at_the_edge_is_not_cut(box: Box):
    blank = Image.new("RGB", (100, 100), "white")
    middle = annotated(blank, reading_of((50, 30, 3, 40)))
    edge = annotated(blank, reading_of(box))

    def amount(image: Image.Image) -> int:
        return int((np.asarray(image) != 255).sum())

    assert abs(amount(edge) - amount(middle)) < 9  # letters begin between pixels


def test_what_is_doubtful_looks_different():
    blank = Image.new("RGB", (100, 100), "white")
    drawn = annotated(blank, reading_of((40, 40, 20, 30), confidence=0.6))
    assert frame(drawn, (40, 40, 20, 30), DOUBTFUL)


def test_a_large_picture_is_shrunk_and_boxes_with_it():
    drawn = annotated(
        Image.new("L", (4000, 1000), 255), reading_of((400, 400, 80, 160))
    )
    assert drawn.size == (2000, 500)
    assert frame(drawn, (200, 200, 40, 80), SURE)


def test_a_large_photo_that_is_opened_smaller_is_drawn_the_same(tmp_path: Path):
    Image.new("L", (8000, 4000), 255).save(tmp_path / "photo.jpg")
    drawn = annotated(tmp_path / "photo.jpg", reading_of((800, 800, 160, 320)))
    assert drawn.size == (2000, 1000)
    assert frame(drawn, (200, 200, 40, 80), SURE)


def test_a_small_picture_is_not_enlarged():
    assert annotated(Image.new("L", (20, 10)), Reading(())).size == (20, 10)


def test_a_turned_photo_is_drawn_upright(tmp_path: Path):
    photo = Image.new("RGB", (60, 40), "white")
    photo.putpixel((0, 0), (255, 0, 0))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(tmp_path / "turned.png", exif=exif)
    drawn = annotated(tmp_path / "turned.png", reading_of((10, 20, 9, 30)))
    assert drawn.size == (40, 60)
    assert drawn.getpixel((39, 0)) == (255, 0, 0)
    assert frame(drawn, (10, 20, 9, 30), SURE)


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "I", "I;16", "F", "CMYK", "LAB", "HSV"]
)
def test_every_mode_becomes_rgb(mode: str):
    assert annotated(Image.new(mode, (40, 30)), Reading(())).mode == "RGB"


def clear(mode: str) -> Image.Image:
    """Return a dark square on nothing."""
    if mode == "RGBA":
        image = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        image.paste((0, 0, 0, 255), (10, 10, 20, 20))
        return image
    image = Image.new(mode, (40, 30), 7)
    image.paste(0, (10, 10, 20, 20))
    image.info["transparency"] = 7
    return image


@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_ink_on_nothing_is_laid_on_paper(mode: str):
    drawn = annotated(clear(mode), Reading(()))
    assert (drawn.getpixel((0, 0)), drawn.getpixel((15, 15))) == ((255,) * 3, (0,) * 3)


def test_colours_are_kept():
    assert annotated(Image.new("RGB", (9, 9), "red"), Reading(())).getpixel((4, 4)) == (
        (255, 0, 0)
    )


def test_of_several_pages_the_first_is_drawn():
    drawn = annotated(Image.new("L", (90, 90), 255), reading_of((9, 50, 9, 9), page=2))
    assert (np.asarray(drawn) == 255).all()


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path):
    with pytest.raises(PictureError):
        annotated(tmp_path / "none.png", Reading(()))
