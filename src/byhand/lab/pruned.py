"""A network without its smallest weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from byhand.nn.network import Network


def pruned(network: Network, share: float) -> Network:
    """Return a network whose smallest weights, this share of all, are 0.

    Weights of all layers are compared by their size; biases are left.

    Source: Han et al. 2015, "Learning both Weights and Connections for Efficient Neural
    Networks", arXiv:1506.02626, without training in between.
    """
    arrays = {name: array.copy() for name, array in network.arrays.items()}
    weights = [array for name, array in arrays.items() if name.endswith(".w")]
    sizes = np.abs(np.concatenate([w.ravel() for w in weights])) if weights else []
    gone = round(share * len(sizes))
    if gone:
        smallest = np.zeros(len(sizes), np.bool_)
        smallest[np.argpartition(sizes, gone - 1)[:gone]] = True
        first = 0
        for w in weights:
            w[smallest[first : first + w.size].reshape(w.shape)] = 0
            first += w.size
    return network.with_arrays(arrays)


def left_by_layer(network: Network) -> list[dict[str, Any]]:
    """Return of each layer with weights how many there are, and how many are not 0."""
    return [
        {
            "layer": number,
            "text": str(layer),
            "left": int(np.count_nonzero(layer.params["w"])),
            "total": int(layer.params["w"].size),
        }
        for number, layer in enumerate(network.layers)
        if "w" in layer.params
    ]
