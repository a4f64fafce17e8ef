"""Images as a network sees them, dark on white as on paper.

Letters: N images, H × W pixels, K classes, D inputs and M neurons of a layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset, Split
from byhand.evaluation import Evaluation
from byhand.plots import style
from byhand.plots.given import predicted, required
from byhand.plots.style import Axes, Figure
from byhand.recognition import Recognition
from byhand.types import Array, Floats, Grey, Images, Labels

GALLERY = 40  # mistakes in one picture
SAMPLES = 12  # images of one class
BARS = 10  # probabilities beside one image
ROWS = 16  # classes below each other before a second panel begins


def digits(
    images: Images | Evaluation,
    labels: Any,
    predictions: Labels | None = None,
    confidences: Floats | None = None,
    class_names: Sequence[str] | None = None,
) -> Figure:
    """Return the first ten test images, each with what was read in it.

        plots.digits(byhand.evaluate(model, mnist), mnist)

    Args:
        images: (N, H, W); or an Evaluation, and then what was evaluated.
        labels: (N,) class numbers, the truth; or the Dataset or Split.
        predictions: (N,) class numbers.
        confidences: (N,) the probability of each prediction.
        class_names: the class numbers themselves if None.
    """
    if isinstance(images, Evaluation):
        return digits(*predicted(images, labels, slice(10)))
    n = min(len(images), 10)
    predictions = required(predictions, "predictions")
    if n == 0:
        return style.note("No test images.")
    right = int(np.sum(labels[:n] == predictions[:n]))
    title = f"The first {n} test images: {right} of {n} read right"
    return _tiles(title, 5, images[:n], labels, predictions, confidences, class_names)


def mistakes(
    images: Images | Evaluation,
    labels: Any,
    predictions: Labels | None = None,
    confidences: Floats | None = None,
    class_names: Sequence[str] | None = None,
) -> Figure:
    """Return a gallery of images read wrong, in the order given, at most 40.

        plots.mistakes(byhand.evaluate(model, mnist), mnist)

    Args:
        images: (N, H, W), only those read wrong; or an Evaluation, and then what was
            evaluated: of it, the most confident mistakes come first.
        labels: (N,) class numbers, the truth; or the Dataset or Split.
        predictions: (N,) class numbers.
        confidences: (N,) the probability of each prediction.
        class_names: K of them.
    """
    if isinstance(images, Evaluation):
        return mistakes(*predicted(images, labels, images.mistakes))
    total, n = len(images), min(len(images), GALLERY)
    predictions = required(predictions, "predictions")
    if n == 0:
        return style.note("No mistakes: every image was read right.")
    title = f"The {n} most confident of {total:,} mistakes"
    if n == total:
        title = f"All {n} mistakes" if n > 1 else "The only mistake"
    read = predictions, confidences, class_names
    return _tiles(title, min(n, 8), images[:n], labels, *read)


def changes(rows: dict[str, Images], title: str) -> Figure:
    """Return rows of images side by side, the name of each row on its left.

        plots.changes({"test": mnist.test.images[:10]}, "The first test images")

    Args:
        rows: (N, H, W) by name; N may differ.
        title: above all.
    """
    figure = style.new_figure(7.8, 0.38 * len(rows) + 0.6, title)
    axes = figure.subplots(len(rows), 1, squeeze=False).ravel()
    most = max(len(images) for images in rows.values())
    for ax, (name, images) in zip(axes, rows.items(), strict=True):
        height, width = images.shape[1:]
        strip = np.zeros((height, most * width), np.uint8)  # rows are as wide
        strip[:, : len(images) * width] = np.hstack(list(images))
        ax.imshow(strip, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
        style.bare(ax)
    return figure


def _tiles(
    title: str,
    columns: int,
    images: Images,
    labels: Labels,
    predictions: Labels,
    confidences: Floats | None,
    names: Sequence[str] | None,
) -> Figure:
    """Return images in rows: the prediction above each, the truth below if another."""
    names = names or [str(k) for k in range(1 + max(labels.max(), predictions.max()))]
    rows = math.ceil(len(images) / columns)
    figure = style.new_figure(max(1.4 * columns, 3.2), 1.9 * rows + 0.5, title)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(images) :]:
        ax.set_axis_off()
    for k, image in enumerate(images):
        right = labels[k] == predictions[k]
        below = [] if right else [f"is {names[labels[k]]}"]
        if confidences is not None:
            below.append(f"{style.percent(confidences[k])} sure")
        above = f"{style.RIGHT if right else style.WRONG} {names[predictions[k]]}"
        colour = style.BLUE if right else style.VERMILION
        draw(axes[k], image)
        axes[k].set_title(above, color=colour, fontsize=11, pad=4)
        axes[k].set_xlabel("\n".join(below), color=style.QUIET, fontsize=8.5)
    return figure


def digit(
    image: Grey | Recognition,
    probabilities: Floats | None = None,
    class_names: Sequence[str] | None = None,
    label: int | None = None,
) -> Figure:
    """Return one image, large, beside the probabilities of what it may be.

        plots.digit(byhand.recognise("seven.png"))
        plots.digit(image, model.predict_proba(image))

    Args:
        image: (H, W); or a Recognition.
        probabilities: (K,); of more than ten, the ten highest are shown.
        class_names: K of them; the class numbers unless given.
        label: the number of the class that it is, if that is known.
    """
    if isinstance(image, Recognition):
        found = image
        return digit(found.image, found.probabilities, found.class_names, label)
    probabilities = required(probabilities, "probabilities").ravel()
    names = class_names or [str(k) for k in range(len(probabilities))]
    return _digit(image, probabilities, names, label)


def _digit(
    image: Grey, probabilities: Floats, class_names: Sequence[str], label: int | None
) -> Figure:
    """Return one image beside the probabilities of what it may be, of arrays."""
    best = int(np.argmax(probabilities))
    title = f"Read as {class_names[best]}"
    if label is not None:
        sign = style.RIGHT if label == best else style.WRONG
        title = f"{sign} {title}; it is {class_names[label]}"
    figure = style.new_figure(7.2, 3.6, title)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.2])
    draw(left, image)
    _bars(right, probabilities, class_names)
    return figure


def _bars(ax: Axes, probabilities: Floats, class_names: Sequence[str]) -> None:
    """Draw the probabilities (K,) as bars, or the ten highest; the best stands out."""
    shown = list(range(len(probabilities)))
    if len(shown) > BARS:
        shown = sorted(shown, key=lambda k: -probabilities[k])[:BARS]
    best = int(np.argmax(probabilities))
    colours = [style.BLUE if k == best else style.PALE for k in shown]
    bars = ax.barh(range(len(shown)), probabilities[shown], color=colours)
    values = [style.percent(p) for p in probabilities[shown]]
    ax.bar_label(bars, values, padding=4, color=style.QUIET, fontsize=9)
    ax.set_yticks(range(len(shown)), [class_names[k] for k in shown])
    ax.set(xticks=[], xlim=(0, 1.15))
    ax.invert_yaxis()
    style.bare(ax)


def samples(
    images: Images | Dataset | Split,
    labels: Labels | None = None,
    class_names: Sequence[str] | None = None,
) -> Figure:
    """Return the first images of each class, a row a class, and how many there are.

        plots.samples(mnist)

    Args:
        images: (N, H, W) or (N, H, W, C); or a Dataset, of which the training images
            are shown, or a Split.
        labels: (N,) class numbers.
        class_names: K of them; unless given, those of the Dataset, or numbers.
    """
    if isinstance(images, Dataset):
        names, images = class_names or images.class_names, images.train
        return samples(images.images, images.labels, names)
    if isinstance(images, Split):
        return samples(images.images, images.labels, class_names)
    labels = required(labels, "labels")
    class_names = class_names or [str(k) for k in range(labels.max() + 1)]
    return _samples(images, labels, class_names)


def _samples(images: Images, labels: Labels, class_names: Sequence[str]) -> Figure:
    """Return the first images of each class, of arrays."""
    # of (N, H, W, C) the means of the channels
    grey: Array = images if images.ndim == 3 else images.mean(axis=3)
    k, (h, w) = len(class_names), grey.shape[1:]
    counts = np.bincount(labels, minlength=k)
    columns = max(1, min(SAMPLES, int(counts.max())))
    panels = math.ceil(k / ROWS)
    rows = math.ceil(k / panels)
    title = f"{len(grey):,} images of {k} classes, and how many of each"
    figure = style.new_figure(5.6 * panels, 0.4 * rows + 0.4, title)
    for panel, ax in enumerate(figure.subplots(1, panels, squeeze=False)[0]):
        sheet = np.full((rows, columns, h, w), np.nan)
        names = []
        for row, number in enumerate(range(panel * rows, min(panel * rows + rows, k))):
            names.append(f"{class_names[number]}   {counts[number]:,}")
            first = np.flatnonzero(labels == number)[:columns]
            sheet[row, : len(first)] = grey[first]
        mosaic(ax, sheet, cmap="gray_r", vmin=0, vmax=255)
        ax.set_yticks([row * (h + 2) + (h + 1) / 2 for row in range(len(names))], names)
    return figure


def draw(ax: Axes, image: Grey) -> None:
    """Draw one image (H, W), ink dark, in a thin frame."""
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(color=style.LINE, linewidth=0.8)


def mosaic(ax: Axes, sheet: Floats, **colours: Any) -> Any:
    """Draw images (rows, columns, H, W) two pixels apart; return what a bar explains.

    An image of NaN leaves its place empty.
    """
    rows, columns, h, w = sheet.shape
    spaced = np.full((rows, columns, h + 2, w + 2), np.nan)
    spaced[:, :, 1:-1, 1:-1] = sheet
    # (rows, columns, H, W) -> (rows, H, columns, W) -> (rows · H, columns · W)
    flat = spaced.transpose(0, 2, 1, 3).reshape(rows * (h + 2), columns * (w + 2))
    drawn = ax.imshow(flat, interpolation="nearest", **colours)
    ax.set(xticks=[], yticks=[])
    style.bare(ax)
    return drawn
