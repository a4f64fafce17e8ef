"""A row of digits step by step: its fragments, the cuts, and what the network saw.

All is placed in inches: x to the right and y down from a figure's upper left corner.

Letters: H, W height and width of a picture in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle

from byhand.plots import style
from byhand.plots.explained_page import colour_of
from byhand.plots.style import Axes
from byhand.reading.cuts import find_cuts
from byhand.reading.decoding import DECODING, LatticeEvidence, Path
from byhand.reading.fragments import Fragment, extent
from byhand.reading.line_reader import RowResult
from byhand.reading.result import Digit
from byhand.reading.symbols import REJECT, SYMBOLS, is_digit

TALLEST, LARGEST = 1.3, 0.026  # inches: of a strip, and of a pixel in it
AROUND = 0.15  # of a row's height: paper around its fragments
LABEL = 0.33  # inches a digit needs for how sure it is
BRACKET = 0.52  # the height of brackets and what stands below them
TILE, SPACE = 0.56, 0.12  # of an image, and between two
NAME, OTHER = 0.24, 0.12  # below an image: what it was read as, each alternative
ALTERNATIVES = 2
MOST_IMAGES = 32  # images of a row


def draw(ax: Axes, left: float, top: float, width: float, row: RowResult) -> float:
    """Draw a row's fragments and below them its images; return where they end.

    Nothing is drawn of a row that another reader than the lattice's has read.
    """
    if not isinstance(row.evidence, LatticeEvidence):
        return top
    digits = row.line.digits if row.line else ()
    y = _strip(ax, left, top, width, row.evidence, digits)
    return _images(ax, left, y, width, row.evidence)


def _strip(
    ax: Axes, left: float, top: float, width: float, row: LatticeEvidence,
    digits: Sequence[Digit],
) -> float:  # fmt: skip
    """Draw a row's fragments, the cuts, and brackets below; return where they end."""
    x0, y0, w, h = extent(row.row.fragments)
    edge = round(AROUND * row.row.height)
    shape = (h + 2 * edge, w + 2 * edge)
    scale = min(width / shape[1], TALLEST / shape[0], LARGEST)
    high = shape[0] * scale
    # from a place on the page to one in the figure
    x_of, y_of = left - scale * (x0 - edge), top - scale * (y0 - edge)
    picture = _painted(row, y0 - edge, x0 - edge, shape)
    ends = (left, left + shape[1] * scale, top + high, top)
    ax.imshow(picture, extent=ends, aspect="auto")
    for fragment in row.row.fragments:
        for path, made in _cuts(fragment, row):
            ys = y_of + scale * (fragment.top + np.arange(len(path)) + 0.5)
            colour, wide = (style.VERMILION, 1.5) if made else (style.INK, 0.7)
            how = "-" if made else (0, (1.5, 1.5))
            xs = x_of + scale * (fragment.left + path)
            ax.plot(xs, ys, color=colour, lw=wide, ls=how, zorder=3)
    spans = [(x_of + scale * a, x_of + scale * b) for a, b in _spans(row)]
    _brackets(ax, top + high + 0.06, spans, digits)
    return top + high + BRACKET


def _painted(
    row: LatticeEvidence, top: int, left: int, shape: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Return a row's fragments in alternating colours, rejected pale: (H, W, 3)."""
    picture = np.full((*shape, 3), 255, np.uint8)
    number = 0
    for index, digit in row.path:
        candidate = row.lattice.candidates[index]
        for fragment in row.fragments[candidate.start : candidate.end]:
            y, x = fragment.top - top, fragment.left - left
            colour = (style.BLUE, style.SKY)[number % 2]
            part = picture[y : y + fragment.height, x : x + fragment.width]
            part[fragment.mask] = style.rgb(style.PALE if digit == REJECT else colour)
            number += digit != REJECT
    return picture


def _cuts(
    fragment: Fragment, row: LatticeEvidence
) -> list[tuple[npt.NDArray[np.int64], bool]]:
    """Return each cut through connected ink, and whether the Viterbi path has it."""
    paths, _ = find_cuts(fragment, row.row.height, row.row.page.ink.stroke_width)
    sides: dict[int, set[int]] = {}  # by the number of cuts to the left: candidates
    for index, _ in row.path:
        candidate = row.lattice.candidates[index]
        for part in row.fragments[candidate.start : candidate.end]:
            if part.component == fragment.component:
                x = part.left - fragment.left + int(part.mask[0].argmax())
                place = int((paths[:, part.top - fragment.top] <= x).sum())
                sides.setdefault(place, set()).add(index)
    order = sorted(sides)
    made = set()
    for before, after in pairwise(order):
        if sides[before] != sides[after]:
            made.add(after - 1)
    return [(path, number in made) for number, path in enumerate(paths)]


def _brackets(
    ax: Axes, y: float, spans: Sequence[tuple[float, float]], digits: Sequence[Digit]
) -> None:
    """Draw a bracket below each digit, what it was read as, and how sure that is."""
    middles = [(begin + end) / 2 for begin, end in spans]
    apart = min(np.diff(middles), default=1.0)
    for digit, (begin, end), middle in zip(digits, spans, middles, strict=True):
        colour = colour_of(digit.confidence)
        xs = [begin + 0.015, begin + 0.015, end - 0.015, end - 0.015]
        ax.plot(xs, [y, y + 0.05, y + 0.05, y], color=colour, lw=1.2)
        how = {"ha": "center", "weight": "bold"}
        style.write(ax, middle, y + 0.16, str(digit.digit), colour, 10, **how)
        if apart >= LABEL:
            sure = style.percent(digit.confidence)
            style.write(ax, middle, y + 0.31, sure, colour, 7, ha="center")


def _spans(row: LatticeEvidence) -> list[tuple[float, float]]:
    """Return the columns at which each digit begins and ends; none overlap."""
    spans: list[tuple[float, float]] = []
    for index, digit in row.path:
        if not is_digit(digit):
            continue
        candidate = row.lattice.candidates[index]
        box = extent(row.fragments[candidate.start : candidate.end])
        left, right = box.x, box.right
        if spans and left < spans[-1][1]:  # they meet in the middle
            middle = max((left + spans[-1][1]) / 2, spans[-1][0])
            spans[-1] = (spans[-1][0], middle)
            spans.append((middle, max(float(right), middle)))
        else:
            spans.append((float(left), float(right)))
    return spans


def _images(
    ax: Axes, left: float, top: float, width: float, row: LatticeEvidence
) -> float:
    """Draw what the network saw along the Viterbi path; return where that ends."""
    shown = _least_sure(row)
    a_line = int((width + SPACE) / (TILE + SPACE))
    others = [_others(_sure(row, number), digit) for number, digit in shown]
    high = TILE + NAME + OTHER * max(map(len, others)) + SPACE / 2
    for place, (number, digit) in enumerate(shown):
        x, y = left + place % a_line * (TILE + SPACE), top + place // a_line * high
        _image(ax, x, y, row, number, digit)
    end = top + high * -(-len(shown) // a_line)
    if len(shown) < len(row.path):
        text = f"The {len(shown)} least sure of {len(row.path)} images."
        style.write(ax, left, end + 0.08, text, style.QUIET, 8)
        end += 0.2
    return end


def _least_sure(row: LatticeEvidence) -> Path:
    """Return the Viterbi path; of a long one what is least sure, in its order."""
    sure = [_sure(row, number)[digit] for number, digit in row.path]
    kept = sorted(np.argsort(sure, kind="stable")[:MOST_IMAGES])
    return [row.path[int(place)] for place in kept]


def _sure(row: LatticeEvidence, number: int) -> npt.NDArray[np.float64]:
    return row.position_marginal(number).clip(0, 1)


def _image(
    ax: Axes, x: float, y: float, row: LatticeEvidence, number: int, digit: int
) -> None:
    """Draw one image with what it was read as, and below it what else it may be."""
    p = _sure(row, number)
    colour = style.QUIET if digit == REJECT else colour_of(p[digit])
    ax.imshow(
        row.images[number],
        cmap="gray_r",
        vmin=0,
        vmax=255,
        interpolation="nearest",
        extent=(x, x + TILE, y + TILE, y),
        aspect="auto",
        alpha=0.4 if digit == REJECT else 1,
    )
    frame = Rectangle((x, y), TILE, TILE, fill=False, color=colour, lw=1.2)
    ax.add_patch(frame)
    name = "rejected" if digit == REJECT else SYMBOLS[digit]
    style.write(ax, x, y + TILE + 0.11, name, colour, 8.5, weight="bold")
    if digit != REJECT:
        how = {"ha": "right"}
        style.write(
            ax, x + TILE, y + TILE + 0.11, style.percent(p[digit]), colour, 8, **how
        )
    for line, other in enumerate(_others(p, digit)):
        text = f"{SYMBOLS[other]}  {style.percent(p[other])}"
        below = y + TILE + NAME + OTHER * (line + 0.1)
        style.write(ax, x, below, text, style.QUIET, 7)


def _others(p: npt.NDArray[np.float64], digit: int) -> list[int]:
    """Return the two likeliest other digits, if they are worth naming."""
    order = (
        int(k)
        for k in np.argsort(-p[:REJECT])
        if k != digit and p[k] >= DECODING.least_alternative
    )
    return list(order)[:ALTERNATIVES]
