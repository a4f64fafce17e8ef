"""The images that two models answer differently, sorted by who is right.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.plots import style
from byhand.plots.pictures import draw
from byhand.plots.style import Axes, Figure
from byhand.types import Floats, Images, Integers, Labels

GROUP = 16  # images of one group in one picture
WIDTH = 9  # inches of the picture at the most
TILE = 1.12, 1.6  # inches of an image with its words; wider where these are long
LETTER = 0.073  # inches
HEAD = 0.45  # inches of a group's heading
LINE = 0.2  # inches of a line of the title
LONGEST_NAME = 60  # characters of a model's name
Predicted = tuple[Labels, Floats]


def differences(
    images: Images,
    labels: Labels,
    a: Predicted,
    b: Predicted,
    class_names: Sequence[str],
    models: tuple[str, str] | None = None,
) -> Figure:
    """Return the images that two models answer differently, what each says below.

        a, b = (byhand.evaluate(model, mnist) for model in (first, second))
        images, labels = mnist.test
        n = byhand.compare(labels, a.predictions, b.predictions).differing
        pairs = [(e.predictions[n], e.confidences[n]) for e in (a, b)]
        plots.differences(images[n], labels[n], *pairs, mnist.class_names)

    In three groups, where there are any: only A is right, only B is, neither is. Of
    each the first 16, in the order given.

    Args:
        images: (N, H, W), only those answered differently.
        labels: (N,) class numbers, the truth.
        a: A's predictions, (N,) class numbers, and the probability of each, (N,).
        b: B's, alike.
        class_names: by class number.
        models: what A and B are, as their files' names; said below the title.
    """
    if len(images) == 0:
        return style.note("No differences: both say the same of every image.")
    groups = _groups(labels, a[0], b[0])
    figure, tiles = _empty(
        groups, max(map(len, class_names)), _title(len(images), models)
    )
    for ax, n in tiles:
        ax.set_axis_on()
        draw(ax, images[n])
        ax.set_title(f"is {class_names[labels[n]]}", color=style.INK, fontsize=9)
        for line, (who, (read, sure)) in enumerate({"A": a, "B": b}.items()):
            answer = f"{class_names[read[n]]}  {style.percent(sure[n])}"
            _say(ax, line, who, answer, right=bool(read[n] == labels[n]))
    return figure


def _title(count: int, models: tuple[str, str] | None) -> str:
    """Return how many images there are and, if given, which models A and B are."""
    title = f"{count:,} images that A and B answer differently"
    if count == 1:
        title = "The only image that A and B answer differently"
    named = zip("AB", models or (), strict=False)
    return "\n".join([title, *(f"{who}: {_shortened(name)}" for who, name in named)])


def _shortened(name: str) -> str:
    """Return a name of at most 60 characters; of a longer one, the end is kept."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"


def _empty(
    groups: dict[str, Integers], longest: int, title: str
) -> tuple[Figure, list[tuple[Axes, int]]]:
    """Return a figure and its empty tiles, each with the image that goes there.

    Args:
        groups: which images, by heading.
        longest: letters of the longest class name.
        title: of the figure.
    """
    shown = [chosen[:GROUP] for chosen in groups.values()]
    width = max(TILE[0], LETTER * (longest + len("A ✓   >99 %")))
    fewest = max(4, *map(len, shown))  # 4 leave room for the title
    columns = max(1, min(int(WIDTH / width), fewest))
    heights = [TILE[1] * math.ceil(len(chosen) / columns) + HEAD for chosen in shown]
    figure = style.new_figure(
        columns * width, sum(heights) + LINE * (title.count("\n") + 2), title
    )
    parts = figure.subfigures(len(groups), 1, height_ratios=heights, squeeze=False)
    tiles: list[tuple[Axes, int]] = []
    for part, (name, chosen) in zip(parts.ravel(), groups.items(), strict=True):
        tiles += zip(_tiles(part, name, len(chosen), columns), chosen, strict=False)
    return figure, tiles


def _tiles(part: Any, name: str, count: int, columns: int) -> list[Axes]:
    """Return the empty tiles of a group, at most 16, under its heading."""
    first = f"the first {GROUP} of " if count > GROUP else ""
    heading = f"{name}: {first}{count:,}"
    part.suptitle(heading, x=0.01, ha="left", fontsize=10.5, color=style.QUIET)
    shown = min(count, GROUP)
    tiles = part.subplots(math.ceil(shown / columns), columns, squeeze=False).ravel()
    for ax in tiles:
        ax.set_axis_off()  # until it is used
    return list(tiles[:shown])


def _groups(labels: Labels, a: Labels, b: Labels) -> dict[str, Integers]:
    """Return which of the images (N,) are whose success; no group is empty."""
    groups = {
        "Only A is right": np.flatnonzero(a == labels),
        "Only B is right": np.flatnonzero(b == labels),
        "Neither is right": np.flatnonzero((a != labels) & (b != labels)),
    }
    return {name: chosen for name, chosen in groups.items() if len(chosen)}


def _say(ax: Axes, line: int, who: str, answer: str, right: bool) -> None:
    """Write what one model says below an image; a sign and a colour say if rightly."""
    sign = style.RIGHT if right else style.WRONG
    ax.annotate(
        f"{who} {sign} {answer}",
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -4 - 11 * line),
        textcoords="offset points",
        va="top",
        color=style.BLUE if right else style.VERMILION,
        fontsize=8.5,
    )
