"""What a model reads right of images changed and degraded, a row a condition.

All is placed in inches, so that images, names and bars of a row stand in line.

Letters: E examples of H × W pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from matplotlib.patches import Rectangle

from byhand.plots import style
from byhand.plots.style import Axes, Figure
from byhand.types import Array, Images

TILE, BETWEEN = 0.32, 0.04  # inches: an image's height, and from one to the next
NAMES, BARS, NUMBERS = 1.5, 2.4, 0.75  # the columns' widths
TOP, HEADING, MARGIN = 0.75, 0.36, 0.15
NARROWEST, WIDEST = 0.5, 2.0  # an image's width, of its height


class Score(Protocol):
    """What is drawn of a condition, as in `byhand.robustness.scores.ConditionScore`."""

    @property
    def group(self) -> str:
        """Conditions of one group share a heading."""

    @property
    def name(self) -> str:
        """What was done to the images."""

    @property
    def accuracy(self) -> float:
        """What was read right, a fraction."""

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""

    @property
    def examples(self) -> Images:
        """The first images, (E, H, W)."""

    @property
    def labels(self) -> Array:
        """The truth about them, (E,) class numbers."""

    @property
    def predictions(self) -> Array:
        """What they were read as, (E,) class numbers."""


def robustness(
    rows: Sequence[Score], means: Mapping[str, float] | None = None
) -> Figure:
    """Return a row a condition: examples, wrong ones framed, and the accuracy as a bar.

        from byhand.robustness import scores

        plots.robustness(scores.robustness(model, mnist.test))

    Args:
        rows: those of one group next to each other; the first is what the others are
            compared with.
        means: the mean accuracy of a group, for the groups that are to show it.
    """
    if not rows:
        return style.note("No conditions.")
    count, height, width = rows[0].examples.shape
    tile = TILE * min(max(width / height, NARROWEST), WIDEST)  # a tile's width
    bars = MARGIN + NAMES + count * (tile + BETWEEN) + MARGIN  # where they begin
    wide = bars + BARS + NUMBERS + MARGIN
    tall = TOP + len(rows) * (TILE + BETWEEN) + len({r.group for r in rows}) * HEADING
    figure = style.new_figure(wide, tall, _title(rows), arranged=False)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, wide), ylim=(tall, 0))
    ax.set_axis_off()
    _key(ax)
    y, group = TOP - MARGIN, None
    for row in rows:
        if row.group != group:
            group = row.group
            y = _heading(ax, y, group, (means or {}).get(group), bars)
        _examples(ax, y, row, tile)
        _bar(ax, y, row, bars, rows[0].accuracy)
        y += TILE + BETWEEN
    return figure


def _title(rows: Sequence[Score]) -> str:
    """Return the first accuracy and the lowest one, as a title."""
    first, worst = rows[0], min(rows, key=lambda row: row.accuracy)
    title = f"Read right: {_percent(first.accuracy)} {first.name}"
    if worst is first:
        return title
    return f"{title}, at worst {_percent(worst.accuracy)} ({worst.name})"


def _key(ax: Axes) -> None:
    """Say what a frame means, below the title."""
    side, x, y = 0.11, MARGIN - 0.04, 0.45
    frame = Rectangle((x, y), side, side, fill=False, color=style.VERMILION, lw=1.2)
    ax.add_patch(frame)
    text = "read wrong; a bar is the accuracy, with its 95 % interval"
    style.write(ax, x + side + 0.07, y + side / 2, text, style.QUIET, 8.5)


def _heading(ax: Axes, y: float, group: str, mean: float | None, bars: float) -> float:
    """Write a group's name, and its mean if that is known; return where rows begin."""
    base = y + HEADING - 0.09
    style.write(
        ax, MARGIN - 0.04, base, group, style.INK, 9, va="bottom", weight="bold"
    )
    if mean is not None:
        end = bars + BARS + NUMBERS
        words = f"mean {_percent(mean)}"
        place = {"va": "bottom", "ha": "right", "weight": "bold"}
        style.write(ax, end, base, words, style.INK, 9, **place)
    ax.plot(
        [MARGIN - 0.04, bars + BARS + NUMBERS],
        [base + 0.02] * 2,
        color=style.LINE,
        linewidth=0.8,
    )
    return y + HEADING


def _examples(ax: Axes, y: float, row: Score, tile: float) -> None:
    """Write a condition's name and draw its examples beside it."""
    style.write(ax, MARGIN - 0.04, y + TILE / 2, row.name, style.INK, 9)
    for k, image in enumerate(row.examples):
        left = MARGIN + NAMES + k * (tile + BETWEEN)
        ax.imshow(
            image,
            cmap="gray_r",
            vmin=0,
            vmax=255,
            interpolation="nearest",
            extent=(left, left + tile, y + TILE, y),
            aspect="auto",
        )
        wrong = row.labels[k] != row.predictions[k]
        colour = style.VERMILION if wrong else style.LINE
        width = 1.2 if wrong else 0.6
        frame = Rectangle((left, y), tile, TILE, fill=False, color=colour, lw=width)
        ax.add_patch(frame)


def _bar(ax: Axes, y: float, row: Score, left: float, first: float) -> None:
    """Draw the accuracy as a bar on a track of 100 %, with its interval and number.

    A dotted line from row to row, at the first accuracy, shows how far the others fall.
    """
    middle, thick = y + TILE / 2, 0.5 * TILE
    ax.barh(middle, BARS, thick, left=left, color=style.LINE)
    ax.barh(middle, BARS * row.accuracy, thick, left=left, color=style.BLUE)
    ends = [left + BARS * end for end in row.interval]
    ax.plot(ends, [middle] * 2, color=style.INK, linewidth=1.5, solid_capstyle="butt")
    column, rows = [left + BARS * first] * 2, [y - BETWEEN / 2, y + TILE + BETWEEN / 2]
    ax.plot(column, rows, color=style.INK, linewidth=0.8, linestyle=":")
    number = _percent(row.accuracy)
    style.write(ax, left + BARS + NUMBERS, middle, number, style.INK, 9, ha="right")


def _percent(fraction: float) -> str:
    """Return a fraction as "76.4 %"."""
    return f"{100 * fraction:.1f} %"
