"""Images and charts as text, for a terminal or a pipe.

Each function returns something for a Rich console to print. How it is drawn is decided
when it is printed: in colours and blocks where the console has at least 256 colours
and Unicode, in ASCII otherwise (a pipe, NO_COLOR).

Letters: H × W pixels of an image, K classes. A character is about twice as tall as it
is wide and stands for two pixels, one above the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from rich.color import Color
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.style import Style
from rich.table import Table
from rich.text import Text

from byhand.types import Array, Floats, Mask

RAMP = " .:-=+*#%@"  # ever more ink
POSITIVE, NEGATIVE = " .+*#", " .-=o"
UPPER_HALF = "▀"  # its colour is the upper pixel, its background the lower
BLUE, ORANGE = (80, 170, 255), (255, 140, 50)  # everybody can tell them apart
EIGHTHS = " ▏▎▍▌▋▊▉█"
BRAILLE = 0x2800  # a character of up to eight dots; each dot adds a number to it:
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
MOST_BARS = 10  # classes of which the probability is shown
WIDEST_CAPTION = 20  # characters
LONGEST_BAR = 30  # characters


@dataclass(frozen=True)
class Drawing:
    """One thing drawn twice, of the same size: the console chooses.

    Attributes:
        coloured: for a console with 256 colours or more, and Unicode.
        plain: for any other, in ASCII.
    """

    coloured: Text
    plain: Text

    def chosen(self, console: Console, options: ConsoleOptions) -> Text:
        """Return what this console can show."""
        colours = console.color_system not in (None, "standard", "windows")
        able = colours and not console.no_color and not options.ascii_only
        return self.coloured if able else self.plain

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        yield self.chosen(console, options)

    def __rich_measure__(
        self, console: Console, options: ConsoleOptions
    ) -> Measurement:
        return Measurement.get(console, options, self.chosen(console, options))


def image(array: Array, width: int = 80) -> Drawing:
    """Return an image (H, W), 0–255, ink bright, shrunk if it is wider than width."""
    pixels = _fitted(array, width) / 255
    return Drawing(_half_blocks(pixels, _grey), _characters(pixels, RAMP, RAMP))


def signed(array: Array, width: int = 80) -> Drawing:
    """Return numbers (H, W): orange or + above 0, blue or - below, 0 black.

    The one farthest from 0 is drawn in full.
    """
    pixels = _fitted(array, width)
    pixels = pixels / (np.abs(pixels).max() or 1)
    plain = _characters(pixels, POSITIVE, NEGATIVE)
    return Drawing(_half_blocks(pixels, _blue_or_orange), plain)


def gallery(images: Iterable[Array], captions: Iterable[str], width: int) -> Table:
    """Return images (H, W) side by side, as many in a row as fit into the width.

    Args:
        images: each drawn as by `image`.
        captions: the words below each.
        width: of the console, in characters.
    """
    captioned = [
        (_fitted(array, width), words)
        for array, words in zip(images, captions, strict=True)
    ]
    widths = [array.shape[1] for array, _ in captioned]
    widths += [min(len(words), WIDEST_CAPTION) for _, words in captioned]
    cell = max(widths, default=1)
    columns = max(1, (width + 2) // (cell + 2))
    table = Table.grid(padding=(0, 2, 1, 0))
    for _ in range(columns):
        table.add_column(width=cell)
    for start in range(0, len(captioned), columns):
        row = captioned[start : start + columns]
        cells = [(image(array), Text(words, justify="center")) for array, words in row]
        table.add_row(*map(Group, *zip(*cells, strict=True)))
    return table


def curve(
    values: Sequence[float], width: int, height: int, label: str, below: str = ""
) -> Group:
    """Return a line chart of values, the first at the left, the last at the right.

    Args:
        values: one or more; a NaN leaves a gap.
        width: of the chart with its numbers, in characters.
        height: of the chart without its title, in characters.
        label: the title: what is drawn, and in which unit.
        below: what the values are numbered by, from 1; an axis if there is one.
    """
    known = [value for value in values if math.isfinite(value)] or [0.0]
    top, bottom = f"{max(known):.4g} ", f"{min(known):.4g} "
    margin = max(len(top), len(bottom))
    inner = max(width - margin - 1, 1)
    braille = _braille(_line(values, 2 * inner, 4 * height))
    stars = [
        "".join("*" if dot else " " for dot in row)
        for row in _line(values, inner, height)
    ]
    axis = [top, *[""] * (height - 2), bottom if bottom != top else ""][:height]
    coloured, plain = Text(), Text()
    for number, fine, coarse in zip(axis, braille, stars, strict=True):
        start = number.rjust(margin)
        coloured.append(f"{start}│", "dim").append(f"{fine}\n", _style(BLUE))
        plain.append(f"{start}|{coarse.rstrip()}\n")
    if below:
        numbers = _numbered(len(values), below, inner)
        coloured.append(f"{' ' * margin}└{'─' * inner}\n", "dim")
        plain.append(f"{' ' * margin}+{'-' * inner}\n")
        for text in (coloured, plain):
            text.append(f"{' ' * margin} {numbers}")
    coloured.rstrip()
    plain.rstrip()
    return Group(Text(label), Drawing(coloured, plain))


def _numbered(count: int, what: str, width: int) -> str:
    """Return the words below an axis: 1 at its left, their number at its right."""
    last = str(count) if count > 1 else ""
    room = width - 1 - len(last)
    return f"1{what.center(room)[: max(room, 0)]}{last}"[:width]


def bars_width(class_names: Sequence[str], width: int) -> int:
    """Return how wide a bar of `bars` may be, for all of it to have this width."""
    room = width - _widest(class_names) - len("100.0 %") - 2
    return max(1, min(room, LONGEST_BAR))


def _widest(class_names: Sequence[str]) -> int:
    return min(max(map(len, class_names), default=0), WIDEST_CAPTION)


def bars(
    probabilities: Array, class_names: Sequence[str], width: int = LONGEST_BAR
) -> Table:
    """Return a bar for each class; the highest stands out.

    Args:
        probabilities: (K,); of more than ten, the ten highest are shown.
        class_names: K of them.
        width: of the bar of a probability of 1, in characters.
    """
    shown = list(range(len(probabilities)))
    if len(shown) > MOST_BARS:
        shown = sorted(shown, key=lambda k: -probabilities[k])[:MOST_BARS]
    best = int(np.argmax(probabilities))
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", max_width=WIDEST_CAPTION, overflow="ellipsis")
    table.add_column(width=width)
    table.add_column(justify="right")
    for k in shown:
        p = float(probabilities[k])
        style = _style(BLUE) if k == best else Style(dim=True)
        bar = Drawing(Text(_blocks(p * width), style), Text("#" * round(p * width)))
        words = "bold" if k == best else ""
        table.add_row(Text(class_names[k], words), bar, Text(f"{100 * p:.1f} %", words))
    return table


def _fitted(array: Array, width: int) -> Floats:
    """Return an image as floats (H, W), averaged over squares to fit the width.

    Of several channels, (H, W, C), the mean is shown.
    """
    pixels = np.asarray(array, np.float64)
    if pixels.ndim == 3:
        pixels = pixels.mean(axis=2)
    side = -(-pixels.shape[1] // max(width, 1))  # of the squares, rounded up
    if side == 1:
        return pixels
    h, w = (-(-size // side) for size in pixels.shape)
    filled = np.pad(
        pixels, ((0, h * side - pixels.shape[0]), (0, w * side - pixels.shape[1]))
    )
    squares: Floats = filled.reshape(h, side, w, side).mean(axis=(1, 3))
    return squares


def _pairs(pixels: Floats) -> Floats:
    """Return (H, W) as (H / 2, 2, W), the last row doubled if H is odd."""
    even = np.pad(pixels, ((0, len(pixels) % 2), (0, 0)), mode="edge")
    return even.reshape(-1, 2, pixels.shape[1])


def _half_blocks(pixels: Floats, colour: Callable[[float], Color]) -> Text:
    """Return pixels (H, W) as characters of two colours each."""
    lines = []
    for upper, lower in np.round(_pairs(pixels), 2):  # fewer colours, longer runs
        line = Text()
        for (above, below), run in groupby(zip(upper, lower, strict=True)):
            style = Style(color=colour(above), bgcolor=colour(below))
            line.append(UPPER_HALF * len(list(run)), style)
        lines.append(line)
    return Text("\n").join(lines)


def _grey(pixel: float) -> Color:
    """Return the grey of a pixel 0–1."""
    return _colour((255, 255, 255), pixel)


def _blue_or_orange(pixel: float) -> Color:
    """Return the colour of a pixel -1–1: black for 0, the brighter the farther."""
    return _colour(ORANGE if pixel > 0 else BLUE, abs(pixel))


def _colour(full: tuple[int, int, int], share: float) -> Color:
    """Return a colour at this share of its brightness."""
    return Color.from_rgb(*(round(level * min(max(share, 0), 1)) for level in full))


def _style(colour: tuple[int, int, int]) -> Style:
    return Style(color=_colour(colour, 1))


def _characters(pixels: Floats, above: str, below: str) -> Text:
    """Return pixels (H, W), -1–1, as ASCII: one ramp for those above 0, one below."""
    lines = []
    for row in _pairs(pixels).mean(axis=1):  # (W,)
        steps = np.rint(np.abs(row).clip(0, 1) * (len(above) - 1)).astype(int)
        ramps = (above if pixel >= 0 else below for pixel in row)
        lines.append("".join(r[s] for r, s in zip(ramps, steps, strict=True)))
    return Text("\n".join(lines))


def _line(values: Sequence[float], width: int, height: int) -> Mask:
    """Return dots (height, width) along the values, joined up and down."""
    dots = np.zeros((height, width), np.bool_)
    y = np.asarray(values, np.float64)
    if not np.isfinite(y).any():
        return dots
    low, high = np.nanmin(y), np.nanmax(y)
    share = (y - low) / (high - low) if high > low else np.where(y == low, 0.5, np.nan)
    rows = (1 - share) * (height - 1)  # row 0 is the highest
    places = np.linspace(0, width - 1, len(y))
    between = np.interp(np.arange(width), places, rows)
    for x, row in enumerate(between):
        if math.isfinite(row):
            before = between[x - 1] if x and math.isfinite(between[x - 1]) else row
            ends = sorted((round(row), round(before)))
            dots[ends[0] : ends[1] + 1, x] = True
    here = np.isfinite(rows)  # also those between two gaps
    dots[rows[here].round().astype(int), places[here].round().astype(int)] = True
    return dots


def _braille(dots: Mask) -> list[str]:
    """Return dots (4 h, 2 w) as h lines of w characters."""
    h, w = dots.shape[0] // 4, dots.shape[1] // 2
    # (4 h, 2 w) -> (h, 4, w, 2), each dot its number, added up -> (h, w)
    codes = (dots.reshape(h, 4, w, 2) * DOTS[:, None]).sum(axis=(1, 3)) + BRAILLE
    return ["".join(map(chr, row)).replace(chr(BRAILLE), " ") for row in codes]


def _blocks(length: float) -> str:
    """Return a bar of this many characters, to an eighth of one."""
    eighths = round(length * 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
