"""A network in a few words, and its layers as a table."""

from __future__ import annotations

from collections.abc import Sequence

from byhand.errors import ByhandError, ModelError
from byhand.nn.layer import Layer
from byhand.nn.skips import output_shapes
from byhand.types import Array, Shape


def summary(layers: Sequence[Layer]) -> str:
    """Return which layers have parameters, as "conv 32-64, dense 320-10".

    The numbers are outputs: filters of a convolution, neurons of a dense layer.
    """
    outputs: dict[str, list[str]] = {}
    for layer in layers:
        if layer.params:
            weights = layer.params.get("w")
            sizes = outputs.setdefault(layer.kind, [])
            sizes += [] if weights is None else [str(weights.shape[-1])]
    words = [f"{kind} {'-'.join(sizes)}".strip() for kind, sizes in outputs.items()]
    return ", ".join(words) or " | ".join(layer.kind for layer in layers) or "no layers"


def parameters(layers: Sequence[Layer]) -> int:
    """Return how many numbers training changes."""
    return sum(array.size for layer in layers for array in layer.params.values())


def described(layer: Layer) -> str:
    """Return a layer's text, as an architecture has it; its kind if it has none."""
    try:
        return str(layer)
    except ByhandError:
        return layer.kind


def shapes_of(layer: Layer) -> str:
    """Return the names and shapes of a layer's parameters, as "w 784×60, b 60"."""
    return ", ".join(f"{name} {sides(p.shape)}" for name, p in layer.params.items())


def sides(shape: Shape) -> str:
    """Return a shape as people write it: "28×28"."""
    return "×".join(map(str, shape)) or "1"


def layer_rows(
    layers: Sequence[Layer], image_shape: Shape | None = None
) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows of a table of layers.

    Args:
        layers: of a network.
        image_shape: without N; if given, each layer's output shape is in the table.
    """
    heading = ["", "layer", "parameters", "arrays"]
    rows = []
    shapes = output_shapes(layers, image_shape) if image_shape is not None else None
    for number, layer in enumerate(layers):
        count = f"{parameters([layer]):,}" if layer.params else ""
        row = [str(number), described(layer), count, shapes_of(layer)]
        if shapes is not None:
            row.insert(2, sides(shapes[number]))
        rows.append(row)
    if image_shape is not None:
        heading.insert(2, "output")
    total = f"{parameters(layers):,}"
    last = ["", "", "", total, ""] if image_shape is not None else ["", "", total, ""]
    return heading, [*rows, last]


def first_weights(
    layers: Sequence[Layer], image_shape: Shape
) -> tuple[Array, tuple[int, int]]:
    """Return the first layer's weights (D, M) and the (H, W) that D is made of.

    Of several channels, the means.

    Raises:
        ModelError: the first layer's input is not the image itself.
    """
    weighted = [layer for layer in layers if "w" in layer.params]
    w = weighted[0].params["w"] if weighted else None
    height, width, channels = (*image_shape, 1)[:3]
    if w is not None and w.ndim == 2 and len(w) == height * width * channels:
        each = w.reshape(height * width, channels, -1)  # (H·W, C, M)
        return (w if channels == 1 else each.mean(axis=1)), (height, width)
    if w is not None and w.ndim == 4 and w.shape[2] == channels:  # (R, S, C, F)
        return w.mean(axis=2).reshape(-1, w.shape[3]), (w.shape[0], w.shape[1])
    raise ModelError(
        "weights: expected a first layer on the image itself, dense or "
        f"convolution, got {' | '.join(map(described, layers))}"
    )
