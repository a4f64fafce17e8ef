"""What a network is like between two steps of its training: for the page, as JSON.

Letters: N images, H × W pixels, F filters.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np

from byhand.nn import Network
from byhand.nn.layer import Layer
from byhand.nn.layers import ReLU
from byhand.nn.run import Run
from byhand.nn.skips import Add, As, Concat
from byhand.types import Array, Arrays, Images, Mask, Shape

BINS = 30
SHOWN = 32  # filters of the first layer
LEVELS = 127  # of a signed byte


def inside(network: Network, grads: Arrays, images: Images) -> dict[str, Any]:
    """Return histograms of each layer, its dead units, and the first layer's filters.

    Args:
        network: as it is now.
        grads: of the last step; {} before the first.
        images: (N, H, W) that units are tried on.
    """
    dead = dict(dead_units(network, images))
    layers = [
        {
            "number": number,
            "text": str(layer),
            "weights": binned(layer.params["w"]),
            "gradients": binned(grads[name])
            if (name := f"{number}.w") in grads
            else None,
            "dead": dead.get(number),
        }
        for number, layer in enumerate(network.layers)
        if "w" in layer.params
    ]
    return {"layers": layers, "filters": filters(network, images.shape[1:])}


def binned(array: Array) -> dict[str, Any] | None:
    """Return the counts of BINS equal intervals around 0; None if not finite."""
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        return None
    half = max(abs(low), abs(high)) or 1.0
    counts, _ = np.histogram(array, BINS, (-half, half))  # 0 in the middle
    return {"low": -half, "high": half, "counts": counts.tolist()}


def dead_units(
    network: Network, images: Images
) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield each layer with weights whose outputs a ReLU takes, and its dead units.

    A unit is dead that is 0 for all images; of a convolution, a filter that is so
    everywhere.
    """
    owner: int | None = None
    for number, layer, y in outputs(network, images):
        if "w" in layer.params:
            owner = number
        elif isinstance(layer, ReLU) and owner is not None:
            active: Mask = np.any((y > 0).reshape(-1, y.shape[-1]), axis=0)
            yield owner, {"dead": int((~active).sum()), "units": len(active)}
            owner = None


def outputs(network: Network, images: Images) -> Iterator[tuple[int, Layer, Array]]:
    """Yield every layer with its output at inference; none is fused with another."""
    run, x = Run(gradients=False), images
    named: dict[str, Array] = {}
    for number, layer in enumerate(network.layers):
        if isinstance(layer, Add | Concat):
            x, _ = layer.join(x, named[layer.name], run)
        else:
            x, _ = layer.forward(x, run)
        if isinstance(layer, As):
            named[layer.name] = x
        yield number, layer, x


def filters(network: Network, image_shape: Shape) -> dict[str, Any] | None:
    """Return the weights of the first layer as pictures: bytes with 0 in the middle.

    Of a convolution (R, S, C, F) the mean over channels, of a dense layer (H·W, F) one
    picture of the image's size a unit. None where they are neither.
    """
    w = next((x.params["w"] for x in network.layers if "w" in x.params), None)
    if w is None or not np.isfinite(w).all():
        return None
    if w.ndim == 4:
        pictures = w.mean(axis=2).transpose(2, 0, 1)  # (F, R, S)
    elif w.ndim == 2 and len(w) == image_shape[0] * image_shape[1]:
        pictures = w.T.reshape(-1, *image_shape[:2])  # (F, H, W)
    else:
        return None
    shown = pictures[:SHOWN]
    largest = float(np.abs(shown).max()) or 1.0
    levels = np.round(shown * (LEVELS / largest)).astype(np.int8)
    return {
        "shape": list(shown.shape),
        "largest": largest,
        "levels": base64.b64encode(levels.tobytes()).decode(),
    }
