"""Using a trained network: no caches kept, batch norm folded away, all processors.

Letters: N images, K classes, C channels.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import Conv2d
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense, Dropout
from byhand.nn.network import Network
from byhand.nn.run import Arena, Run
from byhand.nn.threads import available_threads, one_blas_thread, spread
from byhand.types import Array, Shape

CHUNK = 50  # images whose activations stay in a processor's own memory
SMALL_BATCH = 8  # images that are not worth waking another thread for
WORTH_RECORDING = 3  # times that as many images came: recording takes some passes' time


class Recorded(NamedTuple):
    """A pass of as many images: set `images`, replay the tape, read `logits`."""

    images: Array
    tape: Any
    logits: Array


class Passes(threading.local):
    """One thread's passes, and their scratch memory."""

    def __init__(self) -> None:
        self.arena = Arena()
        self.times: Counter[Shape] = Counter()  # that images of this shape came
        self.recorded: dict[Shape, Recorded] = {}


class Predictor:
    """The logits of a network that is trained.

    It may be called from several threads at once; each has scratch memory of its own.
    Many images are spread over `threads` threads, or over all processors. With
    `compiled` False it is plain NumPy, without the time that kernels take to load.
    """

    def __init__(
        self, network: Network, threads: int | None = None, compiled: bool = True
    ) -> None:
        self.network = folded(network)
        if not compiled:
            self.network.stages = list(enumerate(self.network.layers))
        self.threads = threads or available_threads()
        self.passes = Passes()
        self.frozen: dict[Any, Array] = {}  # see Run
        self.lock = threading.Lock()
        self.pool: ThreadPoolExecutor | None = None  # made when it is first needed

    def __call__(self, images: Array) -> Array:
        """Return the logits, (N, K), of images (N, H, W)."""
        if len(images) <= SMALL_BATCH:
            return self._chunk(images).copy()
        size = self._chunk_size(len(images))
        chunks = [images[at : at + size] for at in range(0, len(images), size)]
        with self.lock:
            self.pool = self.pool or ThreadPoolExecutor(self.threads)
        with one_blas_thread:
            parts = spread(
                self.pool, self.threads, lambda chunk: self._chunk(chunk).copy(), chunks
            )
        return np.concatenate(parts)

    def _chunk_size(self, count: int) -> int:
        """Return how many images a thread takes at once: all threads have as many."""
        if count >= self.threads * CHUNK:
            return CHUNK
        return max(-(-count // self.threads), SMALL_BATCH)

    def _chunk(self, images: Array) -> Array:
        """Return logits in this thread's scratch memory, valid until its next call."""
        passes, shape = self.passes, images.shape
        found = passes.recorded.get(shape)
        if found and images.dtype == np.uint8:
            found.images[...] = images
            found.tape.replay()
            return found.logits
        passes.times[shape] += 1
        recordable = self.network.recordable and images.dtype == np.uint8
        if recordable and passes.times[shape] == WORTH_RECORDING:
            return self._record(images, passes)
        # weights of a run that diverged overflow; the logits show it, no need to warn
        with np.errstate(over="ignore", invalid="ignore"):
            run = Run(arena=passes.arena, gradients=False, frozen=self.frozen)
            return self.network.forward(images, run)[0]

    def _record(self, images: Array, passes: Passes) -> Array:
        from byhand.kernels.tape import Tape

        tape, copy = Tape(), images.copy()
        run = Run(arena=passes.arena, gradients=False, launch=tape, frozen=self.frozen)
        logits = self.network.forward(copy, run)[0]
        passes.recorded[images.shape] = Recorded(copy, tape, logits)
        return logits


def folded(network: Network) -> Network:
    """Return a network with the same outputs and fewer layers, for inference only.

    Dropout is left out; batch norm right behind a convolution or a dense layer becomes
    part of it: gamma · (x @ w + b - mean) / s + beta, with s = sqrt(var + eps), is
    x @ (w · gamma / s) + (b - mean) · gamma / s + beta. Classes derived from these
    layers stay as they are.
    """
    layers: list[Layer] = []
    for layer in network.layers:
        if type(layer) is Dropout:
            continue
        last = layers[-1] if layers else None
        if type(layer) is BatchNorm and type(last) in (Conv2d, Dense):
            assert isinstance(last, Conv2d | Dense)
            layers[-1] = _absorbed(last, layer)
        else:
            layers.append(layer)
    return Network(layers)


def _absorbed(layer: Conv2d | Dense, norm: BatchNorm) -> Layer:
    """Return the layer with the batch norm behind it in its weights and bias."""
    w, b = layer.params["w"], layer.params["b"]
    scale = norm.params["gamma"] / np.sqrt(norm.state["var"] + norm.eps)  # (C,)
    new: Layer
    empty = PLACEHOLDERS
    if isinstance(layer, Conv2d):
        *window, n_in, n_out = w.shape
        size = (window[0], window[1])
        new = Conv2d(n_in, n_out, size, stride=layer.stride, pad=layer.pad, init=empty)
    else:
        new = Dense(*w.shape, init=empty)
    shift = (b - norm.state["mean"]) * scale + norm.params["beta"]
    new.params = {"w": w * scale, "b": shift}
    return new
