"""byhand.terminal: images and charts as text, printed to consoles of several kinds."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.columns import Columns
from rich.console import Console

from byhand import terminal

DARK_TO_BRIGHT = " .:-=+*#%@"
FULL = {"force_terminal": True, "color_system": "truecolor"}


def printed(thing, width=100, **kind) -> str:
    """Return what a console writes; without more, one of a pipe."""
    console = Console(file=io.StringIO(), width=width, **kind)
    console.print(thing)
    return console.file.getvalue()


def styled_lines(thing, **kind):
    """Return the lines that a console draws, as lists of (text, colour, background)."""
    console = Console(file=io.StringIO(), width=100, **(FULL | kind))
    return [
        [(part.text, *colours(part.style)) for part in line]
        for line in console.render_lines(thing, pad=False)
    ]


def colours(style):
    return (style.color, style.bgcolor) if style else (None, None)


def levels(line: str) -> list[int]:
    return [DARK_TO_BRIGHT.index(character) for character in line]


def test_in_a_pipe_brighter_pixels_are_brighter_characters():
    ramp = np.tile(np.linspace(0, 255, 28), (6, 1))
    lines = printed(terminal.image(ramp)).splitlines()
    assert len(lines) == 3
    for line in lines:
        assert levels(line) == sorted(levels(line))
        assert (line[0], line[-1]) == (" ", "@")


def test_in_a_pipe_a_character_is_the_mean_of_the_two_pixels_it_stands_for():
    pixels = np.array([[255, 255, 0], [255, 0, 0], [0, 0, 255]])
    assert (
        printed(terminal.image(pixels)) == "@= \n  @\n"
    )  # an odd last row counts full


def test_in_colours_each_half_of_a_character_is_a_pixel():
    pixels = np.array([[0, 255], [102, 255], [51, 0], [51, 0]])
    first, second = styled_lines(terminal.image(pixels))
    assert [part[0] for part in first] == ["▀", "▀"]
    grey = [(c.triplet.red, b.triplet.red) for _, c, b in first + second]
    assert grey == [(0, 102), (255, 255), (51, 51), (0, 0)]
    for _, colour, _ in first:
        assert colour.triplet.red == colour.triplet.green == colour.triplet.blue


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"force_terminal": True, "color_system": "truecolor", "no_color": True},
        {"force_terminal": True, "color_system": "standard"},
        {"force_terminal": True, "color_system": None},
    ],
)
def test_without_enough_colours_everything_is_ascii(kind):
    image = np.full((4, 4), 200)
    for thing in (
        terminal.image(image),
        terminal.signed(image - 210.0),
        terminal.gallery([image], ["two"], 80),
        terminal.curve([3, 1, 2], 30, 4, "loss"),
        terminal.bars(np.array([0.2, 0.8]), ["a", "b"]),
    ):
        assert printed(thing, **kind).isascii()
        assert not printed(thing, **FULL).isascii()


def test_a_console_that_cannot_write_unicode_gets_ascii():
    console = Console(
        file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"), width=80, **FULL
    )
    console.print(terminal.image(np.full((4, 4), 255)))
    console.file.flush()
    assert b"@@@@" in console.file.buffer.getvalue()


def test_an_image_wider_than_the_console_is_shrunk_by_averaging():
    pixels = np.zeros((8, 30))
    pixels[:4, :4] = 255
    lines = printed(terminal.image(pixels, width=10)).splitlines()
    assert {len(line) for line in lines} == {10}
    assert len(lines) == 2  # squares of three: 8 rows are 3, the last row doubled
    assert levels(lines[0])[:3] == [6, 2, 0]  # (1 + 1/3) / 2, (1/3 + 1/9) / 2 of 9


def test_signs_are_told_apart_by_characters_and_by_colours():
    numbers = np.array([[4.0, 1.0, 0.0, -1.0, -4.0]] * 2)
    assert printed(terminal.signed(numbers)) == "#. .o\n"
    line = styled_lines(terminal.signed(numbers * 1e-9))[
        0
    ]  # the scale is the image's own
    strong, weak, zero, _, negative = [part[1].triplet for part in line]
    assert strong.red > strong.blue
    assert negative.blue > negative.red
    assert sum(strong) > sum(weak) > sum(zero) == 0
    assert printed(terminal.signed(np.zeros((2, 3)))).strip() == ""


def test_a_gallery_sets_as_many_side_by_side_as_fit():
    images = [np.full((4, 6), level) for level in (0, 120, 255)]
    wide = printed(terminal.gallery(images, ["a", "b", "c"], 22), width=22)
    assert wide.splitlines()[2].split() == ["a", "b", "c"]
    row = wide.splitlines()[0]
    assert [row[:6], row[8:14], row[16:22]] == ["      ", "======", "@@@@@@"]
    narrow = printed(terminal.gallery(images, ["a", "b", "c"], 21), width=21)
    assert narrow.splitlines()[2].split() == ["a", "b"]
    assert "c" in narrow
    assert printed(terminal.gallery(images, ["a", "b", "c"], 3), width=3).count("@@@")


def test_drawings_can_stand_in_columns():
    drawings = [terminal.image(np.full((2, 6), 255))] * 3
    assert (
        printed(Columns(drawings), width=20).splitlines()[0] == "@@@@@@ @@@@@@ @@@@@@"
    )


def test_a_gallery_wraps_long_captions_under_their_image():
    images = [np.full((4, 6), 255)] * 2
    text = printed(terminal.gallery(images, ["an Ankle boot", "x"], 60), width=60)
    assert "an Ankle boot" in text
    assert printed(terminal.gallery([], [], 60)).strip() == ""


def rows_of(chart: str, height: int) -> list[int]:
    """Return the row of the highest star in each column of a plain chart."""
    lines = [line.partition("|")[2] for line in chart.splitlines()[1:]]
    assert len(lines) == height
    width = max(map(len, lines))
    return [
        min(row for row, line in enumerate(lines) if line[x : x + 1] == "*")
        for x in range(width)
    ]


def test_a_falling_curve_goes_down_from_its_highest_to_its_lowest_value():
    chart = printed(terminal.curve([2.5, 1.5, 1.0, 0.5], 40, 6, "loss"))
    title, first, *_, last = chart.splitlines()
    assert title == "loss"
    assert first.startswith("2.5 |*")
    assert last.startswith("0.5 |")
    assert last.endswith("*")
    assert max(map(len, chart.splitlines())) <= 40
    rows = rows_of(chart, 6)
    assert rows == sorted(rows)
    assert (rows[0], rows[-1]) == (0, 5)


def test_a_curve_may_have_an_axis_that_is_numbered():
    lines = printed(terminal.curve([3, 2, 1], 20, 4, "loss", "epoch")).splitlines()
    assert lines[-2:] == ["  +-----------------", "   1     epoch     3"]
    assert max(map(len, lines)) <= 20
    (line,) = printed(terminal.curve([3], 20, 4, "loss", "epoch")).splitlines()[-1:]
    assert line.split() == ["1", "epoch"]


@pytest.mark.parametrize("width", [1, 12, 40])
def test_bars_fit_into_a_width(width: int):
    names = ["a", "x" * 99]
    bars = terminal.bars(np.array([1.0, 0.0]), names, terminal.bars_width(names, width))
    longest = max(map(len, printed(bars).splitlines()))
    assert longest <= max(width, 20 + 1 + 1 + 1 + 7)


def test_a_steep_curve_has_no_holes():
    chart = printed(terminal.curve([0, 9, 0], 12, 9, "x"))
    for line in chart.splitlines()[1:]:
        assert "*" in line.partition("|")[2]


def test_a_curve_leaves_out_what_is_not_a_number():
    nan = float("nan")
    chart = printed(terminal.curve([1, nan, 2, nan, 3], 45, 3, "x"))
    assert chart.count("*") == 3
    assert chart.splitlines()[1].startswith("3 |")
    assert "*" not in printed(terminal.curve([nan, nan], 45, 3, "x"))


@pytest.mark.parametrize("values", [[1.5], [2.0, 2.0], [0.0]])
def test_a_constant_curve_is_a_line_in_the_middle(values):
    lines = printed(terminal.curve(values, 30, 3, "x")).splitlines()
    assert "*" in lines[2]
    assert not any("*" in line for line in (lines[1], lines[3]))
    assert lines[3].strip() == "|"  # the value stands above already


def braille_dots(line: str) -> np.ndarray:
    """Return a line of braille as dots (4, 2 W), by Unicode's own numbering."""
    cells = [0 if character == " " else ord(character) - 0x2800 for character in line]
    numbers = [[1, 4], [2, 5], [3, 6], [7, 8]]  # dot 1 is bit 0 of the code
    bits = [[[c >> n - 1 & 1 for c in cells] for n in row] for row in numbers]
    return np.array(bits).transpose(0, 2, 1).reshape(4, -1).astype(bool)


def test_the_coloured_curve_is_made_of_braille_dots():
    chart = terminal.curve([3, 1], 20, 2, "x")
    lines = styled_lines(chart)[1:]
    assert [line[1][1].triplet.blue for line in lines] == [255, 255]
    dots = np.concatenate([braille_dots(line[1][0]) for line in lines])
    assert dots.shape == (8, 2 * (20 - len("3 |")))
    assert dots.any(axis=0).all()
    highest = dots.argmax(axis=0)
    assert list(highest) == sorted(highest)
    assert (highest[0], dots[:, -1].nonzero()[0].max()) == (0, 7)


def test_bars_are_as_long_as_the_probabilities():
    text = printed(terminal.bars(np.array([0.1, 0.6, 0.3]), ["a", "bee", "c"], 10))
    lines = text.splitlines()
    assert [line.count("#") for line in lines] == [1, 6, 3]
    assert [line.split()[0] for line in lines] == ["a", "bee", "c"]
    assert "60.0 %" in lines[1]
    fine = printed(terminal.bars(np.array([0.45, 0.55]), ["a", "b"], 10), **FULL)
    assert "████▌" in fine


def test_of_many_classes_the_ten_most_probable_have_bars():
    probabilities = np.arange(26) / 325
    names = [chr(97 + k) for k in range(26)]
    lines = printed(terminal.bars(probabilities, names)).splitlines()
    assert [line.split()[0] for line in lines] == list("zyxwvutsrq")
