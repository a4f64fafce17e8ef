"""The row network: the probabilities of symbols along a row, without any cut.

A small fully convolutional network sees a row as a strip and says for each frame of two
columns which symbol is there, or none (blank). It was trained by connectionist temporal
classification (`byhand.nn.ctc`).

Letters: H, W height and width of a strip; T frames; K symbols, and K the blank.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from byhand.nn.inference import folded
from byhand.nn.losses import log_softmax
from byhand.nn.network import Network
from byhand.nn.network_file import read_network, write_network
from byhand.nn.run import Run
from byhand.nn.threads import one_blas_thread
from byhand.reading.strips import HEIGHT, LOST, STEP
from byhand.reading.symbols import SYMBOLS
from byhand.types import Array, Floats, Grey

KIND = "row network"
CLASSES = (*SYMBOLS, "blank")
SHIPPED = "rows.safetensors"
SHAPE = (HEIGHT, 64, 1)  # of an example
FRAMES = SHAPE[1] // STEP - 2 * LOST


class RowNetwork:
    """The network, ready for strips of any width."""

    def __init__(self, network: Network) -> None:
        self.network = folded(network)
        self.frozen: dict[Any, Array] = {}  # see Run

    def __call__(self, strip: Grey) -> Floats:
        """Return the log-probability of each symbol and the blank in each frame.

        Args:
            strip: (H, W) uint8, as `strips.strip_of` gives it.

        Returns:
            (T, K + 1), T = W / STEP - 2 · LOST.
        """
        images = np.ascontiguousarray(strip)[np.newaxis, ..., np.newaxis]
        with one_blas_thread:
            run = Run(gradients=False, frozen=self.frozen)
            logits = self.network.forward(images, run)[0]
        return np.asarray(log_softmax(logits[0, 0].astype(np.float64)))


def save(network: Network, path: Path, info: dict[str, object]) -> None:
    """Write a network of this kind to a file.

    Raises:
        ModelError: the file cannot be written.
    """
    write_network(network, path, KIND, CLASSES, info)


def read(path: Path) -> RowNetwork:
    """Return the network in a file; raise ModelError where there is none."""
    return RowNetwork(
        read_network(path, KIND, CLASSES, SHAPE, (1, FRAMES, len(CLASSES)))
    )


@cache
def shipped() -> RowNetwork:
    """Return the network in the package."""
    with resources.as_file(resources.files("byhand.models") / SHIPPED) as path:
        return read(path)
