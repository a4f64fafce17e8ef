"""Synthetic pages, with what each of their pixels shows.

Letters: H × W pixels of a page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from scipy import ndimage

from byhand.ink.segmentation import CLASSES, DIGIT, NONE
from byhand.plots import style
from byhand.plots.style import Figure
from byhand.synthesis.page import SyntheticPage
from byhand.types import Array

COLUMNS = 6  # pages side by side
COLOURS = ("white", style.VERMILION, "#009E73", style.BLUE, style.SKY)  # of classes


def pages(made: Sequence[SyntheticPage]) -> Figure:
    """Return pages side by side, the edges of what is on them in a colour by class.

        plots.pages(examples((mnist.train.images, mnist.train.labels)))

    Args:
        made: the pages, as `byhand.synthesis.kinds` makes them.
    """
    if not made:
        return style.note("No pages.")
    columns = min(COLUMNS, len(made))
    rows = -(-len(made) // columns)
    figure = style.new_figure(2 * columns, 1.8 * rows + 0.8, "Synthetic pages, by kind")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes:
        ax.set_xticks([])
        ax.set_yticks([])
        style.bare(ax)
    for ax, page in zip(axes, made, strict=False):
        ax.imshow(outlined(page))
        ax.set_title(page.kind, fontsize=8, color=style.INK)
    figure.legend(
        handles=[
            Line2D([], [], color=colour, label=name)
            for name, colour in zip(CLASSES[DIGIT:], COLOURS[DIGIT:], strict=True)
        ],
        loc="outside lower left", ncols=len(CLASSES), fontsize=8, frameon=False,
    )  # fmt: skip
    return figure


def outlined(page: SyntheticPage) -> Array:
    """Return a page's picture (H, W, 3), the edges of its classes drawn in colours."""
    picture = page.picture.copy()
    for number, colour in enumerate(COLOURS):
        if number != NONE:
            part = page.classes == number
            edge = part & ~ndimage.binary_erosion(part)
            picture[edge] = np.rint(255 * np.array(to_rgb(colour)))
    return picture
