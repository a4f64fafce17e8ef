"""What each pixel of a picture is: a digit's ink, other ink, or none.

A small fully convolutional network says so (semantic segmentation). It was trained on
synthetic pages on which digits are 14 to 56 pixels high, so a picture is shown to it at
several scales. A large picture is cut into tiles that overlap, so that memory is
bounded.

Letters: H, W height and width of the picture in pixels; K classes.

Source: Long, Shelhamer and Darrell 2015, arXiv:1411.4038; Ronneberger, Fischer and Brox
2015, arXiv:1505.04597 (skip connections and tiles).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from byhand.nn.inference import folded
from byhand.nn.network import Network
from byhand.nn.network_file import read_network, write_network
from byhand.nn.pixel_loss import pixel_probabilities
from byhand.nn.run import Arena, Run
from byhand.nn.threads import available_threads, one_blas_thread, spread
from byhand.types import Array, Images, Shape

CLASSES = ("none", "digit", "handwriting", "print", "line")
NONE, DIGIT, HANDWRITING, PRINT, LINE = range(len(CLASSES))
SHIPPED = "ink.safetensors"
KIND = "segmentation network"
STRIDE = 16  # pixels: the network's coarsest scale; sides are multiples of it
TILE = 256  # pixels of a side: what a tile needs stays in a processor's own memory
MARGIN = 32  # pixels around a picture, of the paper at its edges
HALO = 48  # pixels around a tile that it sees as well


class Tile(NamedTuple):
    """A part of a picture: where it begins and ends, and how much of it counts."""

    seen: tuple[slice, slice]
    kept: tuple[slice, slice]  # of the picture
    inside: tuple[slice, slice]  # the same, of what is seen


class Segmenter:
    """The network, ready for pictures of any size; it may be called from any thread."""

    def __init__(self, network: Network) -> None:
        self.network = folded(network)
        self.frozen: dict[Any, Array] = {}  # see Run
        self.threads = available_threads()
        self.own = threading.local()  # each thread's scratch memory
        self.lock = threading.Lock()
        self.pool: ThreadPoolExecutor | None = None  # made when it is first needed

    def __call__(self, picture: Images) -> Images:
        """Return how likely each class is at each pixel.

        Args:
            picture: (H, W, 3) uint8, red, green and blue.

        Returns:
            (H, W, K) uint8: probabilities · 255.
        """
        height, width = picture.shape[:2]
        rows, columns = ((MARGIN, MARGIN + -side % STRIDE) for side in (height, width))
        padded = np.pad(picture, (rows, columns, (0, 0)), mode="edge")
        out = np.empty((*padded.shape[:2], len(CLASSES)), np.uint8)

        def segment(tile: Tile) -> None:
            out[tile.kept] = self._tile(padded[tile.seen])[tile.inside]

        with self.lock:
            self.pool = self.pool or ThreadPoolExecutor(self.threads)
        with one_blas_thread:
            spread(self.pool, self.threads, segment, list(tiles(padded.shape)))
        inside: Images = out[MARGIN : MARGIN + height, MARGIN : MARGIN + width]
        return inside

    def _tile(self, picture: Images) -> Images:
        """Return the probabilities of one tile, (H, W, K) uint8."""
        if not hasattr(self.own, "arena"):
            self.own.arena = Arena()
        run = Run(arena=self.own.arena, gradients=False, frozen=self.frozen)
        images = np.ascontiguousarray(picture)[np.newaxis]
        logits: Array = self.network.forward(images, run)[0]
        likely: Images = pixel_probabilities(logits)[0]
        return likely


def tiles(shape: Shape) -> Iterator[Tile]:
    """Yield the tiles of a picture (H, W, ...) whose sides are multiples of STRIDE."""
    for rows in _parts(shape[0]):
        for columns in _parts(shape[1]):
            yield Tile(*zip(rows, columns, strict=True))


def _parts(side: int) -> Iterator[tuple[slice, slice, slice]]:
    """Yield the parts of a side: seen, kept, and kept of what is seen."""
    count = max(1, -(-side // TILE))
    step = -(-side // count // STRIDE) * STRIDE
    for begin in range(0, side, step):
        end = min(begin + step, side)
        first, last = max(begin - HALO, 0), min(end + HALO, side)
        yield slice(first, last), slice(begin, end), slice(begin - first, end - first)


def save(network: Network, path: Path, info: dict[str, object]) -> None:
    """Write a network of this kind to a file.

    Raises:
        ModelError: the file cannot be written.
    """
    write_network(network, path, KIND, CLASSES, info)


def read(path: Path) -> Segmenter:
    """Return the network in a file; raise ModelError where there is none."""
    sides = (STRIDE, STRIDE)
    shape, output = (*sides, 3), (*sides, len(CLASSES))
    return Segmenter(read_network(path, KIND, CLASSES, shape, output))


@cache
def shipped() -> Segmenter:
    """Return the network in the package."""
    with resources.as_file(resources.files("byhand.models") / SHIPPED) as path:
        return read(path)
