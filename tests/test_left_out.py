"""Marks beside the digits of a line are named, with their places."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

import byhand
from byhand.reading.marks import LeftOut, left_out_text, marks_text
from byhand.reading.result import Digit, Line
from byhand.reading.tasks import FileResult
from byhand.types import Box

HEIGHT, TOP, GAP = 40, 30, 14  # pixels of the digits drawn, and between them
PEN = 4


@pytest.fixture(scope="module")
def glyphs() -> dict[int, np.ndarray]:
    """One clear example of each digit, cropped, as high as the others."""
    test = byhand.load_dataset("mnist").test
    found = {}
    for digit in range(10):
        image = test.images[np.flatnonzero(test.labels == digit)[3]]
        rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
        own = Image.fromarray(
            image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        )
        size = (max(8, round(own.width * HEIGHT / own.height)), HEIGHT)
        found[digit] = np.asarray(own.resize(size))
    return found


SIGNS = {  # of each mark its width; its dots and strokes from there, in heights
    ".": (8, [0.88]),
    ",": (8, [((0.1, 0.9), (0, 1.15))]),
    "-": (22, [((0, 0.5), (0.5, 0.5))]),
    ":": (8, [0.2, 0.75]),
    "/": (18, [((0.4, -0.12), (0, 1.12))]),
    "(": (10, [((0.2, -0.12), (0.05, 0.2)), ((0.05, 0.2), (0.05, 0.8)),
               ((0.05, 0.8), (0.2, 1.12))]),
}  # fmt: skip


def written(text: str, glyphs: dict[int, np.ndarray]) -> Image.Image:
    """Write digits, and marks between them, dark on light."""
    page = Image.new("L", (60 + 60 * len(text), 2 * TOP + HEIGHT), 0)
    draw, x = ImageDraw.Draw(page), 30
    for sign in text:
        if sign.isdigit():
            glyph = Image.fromarray(glyphs[int(sign)])
            page.paste(glyph, (x, TOP))
            x += glyph.width + GAP
            continue
        width, strokes = SIGNS[sign]
        for stroke in strokes:
            if isinstance(stroke, float):
                y = TOP + HEIGHT * stroke
                draw.ellipse((x, y, x + width - 1, y + width - 1), fill=255)
                continue
            ends = [(x + HEIGHT * a, TOP + HEIGHT * b) for a, b in stroke]
            draw.line(ends, fill=255, width=PEN + 1)
        x += width + GAP
    return Image.fromarray(255 - np.asarray(page))


def middle(box: Box) -> float:
    return box.x + box.width / 2


@pytest.mark.parametrize(
    ("text", "places"),
    [("3.14", [1]), ("-52", [0]), ("09:45", [2]), ("4-4-2", [1, 2]), ("52-", [2])],
)
def test_a_mark_that_is_read_or_left_out_has_its_place(text, places, glyphs):
    reading = byhand.read(written(text, glyphs))
    [line] = reading.lines
    assert line.text.replace(" ", "") == "".join(filter(str.isdigit, text))
    found = [*line.marks, *line.left_out]
    assert sorted({mark.before for mark in found}) == places
    [answer] = reading.as_dict()["lines"]
    each = [*answer["marks"], *answer["left_out"]]
    assert [m["before"] for m in each] == [mark.before for mark in found]
    said = " ".join(reading.warnings)
    assert line.left_out_text in said and marks_text(line.marks) in said
    [row] = FileResult("a.png", reading).as_rows()
    assert (row["marked"], row["left_out"]) == (line.marked, line.left_out_text)
    for mark in found:
        if mark in line.left_out and mark.likeliest is None:
            continue  # read as a part of a digit, whose box holds it
        middles = [middle(digit.box) for digit in line.digits]
        assert all(x < middle(mark.box) for x in middles[: mark.before])
        assert all(x > middle(mark.box) for x in middles[mark.before :])
        assert 0 <= mark.confidence <= 1


@pytest.mark.parametrize("text", ["12,50", "7/10", "4(2", "12/05/24"])
def test_no_mark_is_silent_even_if_it_is_read_as_a_digit(text, glyphs):
    reading = byhand.read(written(text, glyphs))
    assert reading.text.replace(" ", "") != "".join(filter(str.isdigit, text)) or any(
        line.left_out or line.marks for line in reading.lines
    )
    words = "left out", "may be a", "with its marks"
    assert any(word in w for word in words for w in reading.warnings)


@pytest.mark.parametrize("text", ["1234567890", "1171", "58"])
def test_digits_alone_have_nothing_to_say(text, glyphs):
    reading = byhand.read(written(text, glyphs))
    assert (reading.text.replace(" ", ""), reading.warnings) == (text, ())
    assert reading.lines[0].left_out == ()


def marks(*places: int) -> list[LeftOut]:
    return [LeftOut(Box(0, 0, 3, 3), place, 1, 0.5) for place in places]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ((), ""),
        ((2,), "1 mark left out after the 2nd digit"),
        ((0,), "1 mark left out before the 1st digit"),
        ((1, 1, 3), "3 marks left out after the 1st and 3rd digit"),
        ((0, 2), "2 marks left out before the 1st digit and after the 2nd digit"),
        ((1, 2, 3, 4, 5), "5 marks left out"),
    ],
)
def test_what_was_left_out_is_said_in_words(places, words):
    assert left_out_text(marks(*places)) == words
    digit = Digit(4, 0.9, (), Box(0, 0, 5, 9))
    assert Line((digit,), 0.9, left_out=tuple(marks(*places))).left_out_text == words
