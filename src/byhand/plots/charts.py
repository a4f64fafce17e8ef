"""Numbers as charts: the history of a training run, and the confusion matrix.

Letters: K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from byhand.evaluation import Evaluation
from byhand.model import Model
from byhand.plots import style
from byhand.plots.style import Axes, Figure
from byhand.training.outcome import Result
from byhand.training.recorded import recorded_history
from byhand.training.state import Epoch
from byhand.types import Array, Floats


def history(epochs: Sequence[Epoch] | Result | Model) -> Figure:
    """Return the loss and the accuracy at the end of each epoch, as two charts.

        plots.history(byhand.train("mlp"))
        plots.history(byhand.load("runs/mnist-mlp-0/model.safetensors"))

    Each has a curve for the training and one for the validation images, if there are
    any; files of older versions have no validation loss.

    Args:
        epochs: as `Result.history` has them; or a Result, or a model that recorded its
            training.

    Raises:
        ModelError: the model has no record of its training.
    """
    if isinstance(epochs, Model):
        epochs = recorded_history(epochs)
    epochs = epochs.history if isinstance(epochs, Result) else epochs
    if not epochs:
        return style.note("No epoch has ended yet.")
    figure = style.new_figure(9, 3.6, _summary(epochs[-1]))
    left, right = figure.subplots(1, 2)
    _losses(left, epochs)
    _accuracies(right, epochs)
    for ax, place in ((left, "upper right"), (right, "lower right")):
        ax.legend(frameon=False, loc=place, labelcolor=style.INK, fontsize=9)
    return figure


def _losses(left: Axes, epochs: Sequence[Epoch]) -> None:
    """Draw the losses at the end of each epoch."""
    losses = [epoch.loss for epoch in epochs]
    _curve(left, epochs, losses, style.BLUE, "o", "training")
    if any(epoch.validation_loss is not None for epoch in epochs):
        held_out = [_or_nan(epoch.validation_loss) for epoch in epochs]
        _curve(left, epochs, held_out, style.VERMILION, "s", "validation")
        losses += [loss for loss in held_out if math.isfinite(loss)]
    if min(losses) > 0 and max(losses) > 10 * min(losses):
        left.set_yscale("log")
        left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        left.yaxis.set_minor_locator(NullLocator())
    left.yaxis.set_major_formatter("{x:g}")
    left.set_title("Loss, nats an image", loc="left", fontsize=10, color=style.INK)


def _accuracies(right: Axes, epochs: Sequence[Epoch]) -> None:
    """Draw the accuracies at the end of each epoch."""
    accuracies = [epoch.training_accuracy for epoch in epochs]
    _curve(right, epochs, accuracies, style.BLUE, "o", "training")
    if any(epoch.validation_accuracy is not None for epoch in epochs):
        checked = [_or_nan(epoch.validation_accuracy) for epoch in epochs]
        _curve(right, epochs, checked, style.VERMILION, "s", "validation")
    right.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    right.set_title("Accuracy", loc="left", fontsize=10, color=style.INK)


def _summary(last: Epoch) -> str:
    """Return where a run stands after its last epoch, as a title."""
    count = "1 epoch" if last.number == 1 else f"{last.number} epochs"
    accuracy, images = last.validation_accuracy, "validation"
    if accuracy is None:
        accuracy, images = last.training_accuracy, "training"
    return f"{count}: {100 * accuracy:.2f} % of the {images} images right"


def _or_nan(value: float | None) -> float:
    """Return the value; NaN, which a curve leaves out, for None."""
    return math.nan if value is None else value


def _curve(
    ax: Axes,
    epochs: Sequence[Epoch],
    values: Sequence[float],
    colour: str,
    marker: str,
    label: str,
) -> None:
    """Draw one value an epoch, in axes with only what the eye needs."""
    numbers = [epoch.number for epoch in epochs]
    size = 5 if len(epochs) <= 30 else 0  # many points are a line
    ax.plot(numbers, values, color=colour, marker=marker, markersize=size, label=label)
    ax.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
    ax.set_xlabel("epoch", color=style.QUIET)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    ax.grid(axis="y", color=style.LINE, linewidth=0.8)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(style.PALE)
    ax.tick_params(length=0, labelsize=9, labelcolor=style.QUIET, which="both")


def confusion(
    matrix: Array | Evaluation, class_names: Sequence[str] | None = None
) -> Figure:
    """Return a confusion matrix with its counts, coloured by the mistakes alone.

        plots.confusion(byhand.evaluate(model, mnist))

    A mistake's colour is its share of the images of its row's class, so that a class
    with few images is not overlooked; right answers, on the diagonal, are grey.

    Args:
        matrix: (K, K) counts; rows are the truth, columns the prediction; or an
            Evaluation.
        class_names: K of them; unless given, those of the Evaluation, or numbers.
    """
    if isinstance(matrix, Evaluation):
        class_names = class_names or matrix.class_names
        matrix = matrix.confusion
    matrix = np.asarray(matrix)
    return _confusion(matrix, class_names or [str(k) for k in range(len(matrix))])


def _confusion(matrix: Array, class_names: Sequence[str]) -> Figure:
    """Return a confusion matrix with its counts, of an array."""
    k = len(class_names)
    share = _mistakes(matrix) / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    darkness = share / (share.max() or 1)  # 0–1
    cell = 0.5 if k <= 12 else 0.36  # inches
    longest = max(map(len, class_names))
    slanted = longest > 3
    width, height = cell * k + 0.09 * longest + 0.8, cell * k + 0.9
    height += 0.065 * longest * slanted
    figure = style.new_figure(max(width, 3), height, _worst(matrix, class_names))
    ax = figure.subplots()
    ax.imshow(np.ma.masked_equal(darkness, 0), cmap=style.BLAME, vmin=0, vmax=1)
    _counts(ax, matrix, darkness)
    _class_names(ax, class_names, slanted)
    style.bare(ax)
    return figure


def _class_names(ax: Axes, names: Sequence[str], slanted: bool) -> None:
    """Write the class names above the columns and beside the rows."""
    ax.set_xticks(range(len(names)), names)
    if slanted:
        for label in ax.get_xticklabels():
            label.set(rotation=45, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(names)), names)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("read as", color=style.QUIET, labelpad=8)
    ax.set_ylabel("is", color=style.QUIET, rotation=0, labelpad=12)


def _mistakes(matrix: Array) -> Array:
    """Return a confusion matrix (K, K) without its diagonal, the right answers."""
    return np.where(np.eye(len(matrix), dtype=bool), 0, matrix)


def _worst(matrix: Array, names: Sequence[str]) -> str:
    """Return how many mistakes there are and which is the most frequent, as a title."""
    off = _mistakes(matrix)
    total = int(off.sum())
    if total == 0:
        return f"No mistakes in {int(matrix.sum()):,} images"
    truth, read = divmod(int(off.argmax()), len(names))
    return (
        f"{total:,} mistake{'s' if total > 1 else ''} in {int(matrix.sum()):,} images,"
        f"\nmost often {names[truth]} read as {names[read]} ({off.max():,})"
    )


def _counts(ax: Axes, matrix: Array, darkness: Floats) -> None:
    """Draw the cells' borders, and write each count that is not 0 into its cell."""
    k = len(matrix)
    size = 9 if k <= 12 else 7
    for row, column in zip(*np.nonzero(matrix), strict=True):
        colour = "white" if darkness[row, column] > 0.6 else style.INK
        text = str(matrix[row, column])
        ax.text(column, row, text, ha="center", va="center", size=size, color=colour)
    for place in range(k):  # right answers: a quiet stair from corner to corner
        corner = (place - 0.5, place - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, color=style.LINE, linewidth=0))
    ax.set_xticks(np.arange(0.5, k - 1), minor=True)
    ax.set_yticks(np.arange(0.5, k - 1), minor=True)
    ax.grid(which="minor", color="white", linewidth=1)
    ax.tick_params(which="minor", length=0)
