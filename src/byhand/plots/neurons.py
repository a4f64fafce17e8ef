"""The weights of a network's first layer, as images.

Letters: H × W pixels, D inputs and M neurons of a layer.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.model import Model
from byhand.nn.summary import first_weights
from byhand.plots import style
from byhand.plots.pictures import mosaic
from byhand.plots.style import Axes, Figure
from byhand.types import Floats

NEURONS = 64  # of a layer, in one picture


def weights(w: Floats | Model, image_shape: tuple[int, int] | None = None) -> Figure:
    """Return what each of a layer's first 64 neurons looks for, as images.

        plots.weights(byhand.load())

    Args:
        w: (D, M), a dense first layer's weights, D = H · W; or a model.
        image_shape: (H, W).

    Raises:
        ShapeError: w does not fit images of that shape.
        ModelError: the first layer of the model does not see the grey image itself.
    """
    if isinstance(w, Model):
        w, image_shape = first_weights(w.network.layers, w.image_shape)
    image_shape = image_shape or (1, len(w))
    d = math.prod(image_shape)
    if w.ndim != 2 or len(w) != d or w.size == 0:
        raise ShapeError(
            f"plots.weights: expected w of shape ({d}, M), got {w.shape};"
            " try the first dense layer of a network without convolution"
        )
    return _drawn(w, image_shape)


def _drawn(w: Floats, image_shape: tuple[int, int]) -> Figure:
    """Return the weights (D, M) of each neuron as an image."""
    m = min(w.shape[1], NEURONS)
    columns = m if m < 9 else math.ceil(math.sqrt(m))
    rows = math.ceil(m / columns)
    sheet = np.full((rows, columns, *image_shape), np.nan)
    sheet.reshape(-1, *image_shape)[:m] = w.T[:m].reshape(m, *image_shape)
    # One scale for all, as far up as down; the few strongest weights go beyond it.
    limit = float(np.quantile(np.abs(w[:, :m]), 0.998)) or 1.0
    count = f"{m} of {w.shape[1]}" if m < w.shape[1] else f"{m}"
    title = f"What {count} first-layer neurons look for"
    figure = style.new_figure(0.8 * columns + 1.3, 0.8 * rows + 0.5, title)
    ax = figure.subplots()
    drawn = mosaic(ax, sheet, cmap=style.SIGNED, vmin=-limit, vmax=limit)
    _colour_bar(figure, ax, drawn, min(1, 4 / rows))
    return figure


def _colour_bar(figure: Figure, ax: Axes, drawn: Any, share: float) -> None:
    """Draw the scale of the weights beside them, this share of their height."""
    bar = figure.colorbar(drawn, ax=ax, shrink=share, extend="both")
    bar.set_label("weight", color=style.QUIET)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=9, labelcolor=style.QUIET)
