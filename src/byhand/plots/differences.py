"""The images that two models answer differently, sorted by who is right.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from byhand.plots import style
from byhand.plots.pictures import Floats, Images, Labels, draw
from byhand.plots.style import Axes, Figure

COLUMNS = 8
GROUP = 2 * COLUMNS  # images of one group in one picture
TILE = 1.55  # inches that a row of images takes, with the words below them
HEAD = 0.5  # inches of a group's heading
Answers = tuple[Labels, Floats]


def differences(
    images: Images,
    labels: Labels,
    a: Answers,
    b: Answers,
    class_names: Sequence[str],
) -> Figure:
    """Return the images that two models answer differently, what each says below.

    In three groups, where there are any: only A is right, only B is, neither is. Of
    each the first 16, in the order given.

    Args:
        images: (N, H, W), only those answered differently.
        labels: (N,) class numbers, the truth.
        a: A's predictions, (N,) class numbers, and the probability of each, (N,).
        b: B's, alike.
        class_names: by class number.
    """
    if len(images) == 0:
        return style.note("No differences: both say the same of every image.")
    groups = _groups(labels, a[0], b[0])
    shown = [chosen[:GROUP] for chosen in groups.values()]
    rows = [math.ceil(len(chosen) / COLUMNS) for chosen in shown]
    heights = [TILE * count + HEAD for count in rows]
    images_ = "image" if len(images) == 1 else "images"
    title = f"{len(images):,} {images_} that A and B answer differently"
    figure = style.new_figure(9, sum(heights) + 0.4, title)
    parts = figure.subfigures(len(groups), 1, height_ratios=heights, squeeze=False)
    for part, name, chosen, count in zip(
        parts.ravel(), groups, shown, rows, strict=True
    ):
        total = len(groups[name])
        first = f"the first {len(chosen)} of {total:,}" if total > GROUP else f"{total}"
        _heading(part, f"{name}: {first}")
        tiles = part.subplots(count, COLUMNS, squeeze=False).ravel()
        for ax in tiles[len(chosen) :]:
            ax.set_axis_off()
        for ax, n in zip(tiles, chosen, strict=False):
            draw(ax, images[n])
            ax.set_title(f"is {class_names[labels[n]]}", color=style.INK, fontsize=9)
            for line, (who, (said, sure)) in enumerate({"A": a, "B": b}.items()):
                answer = f"{class_names[said[n]]}  {style.percent(sure[n])}"
                _say(ax, line, who, answer, right=bool(said[n] == labels[n]))
    return figure


def _groups(labels: Labels, a: Labels, b: Labels) -> dict[str, npt.NDArray[np.intp]]:
    """Return which of the images (N,) are whose success; no group is empty."""
    groups = {
        "Only A is right": np.flatnonzero(a == labels),
        "Only B is right": np.flatnonzero(b == labels),
        "Neither is right": np.flatnonzero((a != labels) & (b != labels)),
    }
    return {name: chosen for name, chosen in groups.items() if len(chosen)}


def _heading(part: Any, text: str) -> None:
    """Write a group's heading at its upper left."""
    part.suptitle(text, x=0.01, ha="left", fontsize=10.5, color=style.QUIET)


def _say(ax: Axes, line: int, who: str, answer: str, right: bool) -> None:
    """Write what one model says below an image; a sign and a colour say if rightly."""
    sign, colour = (
        (style.RIGHT, style.BLUE) if right else (style.WRONG, style.VERMILION)
    )
    ax.annotate(
        f"{who} {sign} {answer}",
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -4 - 11 * line),
        textcoords="offset points",
        va="top",
        color=colour,
        fontsize=8.5,
    )
