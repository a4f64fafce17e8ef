"""`cnn`: training a convolutional network, by byhand and by others."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

import byhand
from benchmarks import machine
from benchmarks.job import Parameters
from benchmarks.report import Report, time_figures, time_rows
from benchmarks.timing import Side, alternate, fastest, ratios
from byhand.nn import Network
from byhand.training.recipe import Recipe

BYHAND = "byhand"
TORCH = "PyTorch eager"
JAX = "JAX, a step compiled"
ARCHITECTURE = (
    "pixels 1/255 | conv 24 5x5 | relu | maxpool 2 | conv 32 3x3 | relu | maxpool 2 "
    "| flatten | dense 256 | relu | dense {classes}"
)
RECIPE = Recipe(
    name="cnn",
    summary="the network of the benchmark",
    architecture=ARCHITECTURE,
    epochs=1,
    batch=100,
    shard=50,
    momentum=0.9,
    validation=0,
)
STEPS, EPOCH = 150, 600  # steps a round; steps that an epoch has
TIMER = (
    f"An epoch of training, 600 steps of 100 images, from {STEPS} steps a round:\n"
    "gather images, forward, loss, gradients, Nesterov update. PyTorch: of channels\n"
    "last or first, fused update or not, the variant that short trials found fastest.\n"
    "JAX: channels last, the step compiled before. byhand: also drawing which images.\n"
    "Ratio: to byhand in the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of training by every side."""
    dataset = byhand.load_dataset("mnist")
    sides = [_training(dataset), _torch(dataset), _jax(dataset)]
    seconds = alternate(sides, runs, say)
    relative = ratios(seconds, BYHAND)
    return Report(
        title="cnn: conv 24 5x5, pool, conv 32 3x3, pool, 800-256-10; batch 100",
        columns=("", "s an epoch", "range", "ratio"),
        rows=time_rows(sides, seconds, relative),
        timer=TIMER,
        figures=time_figures("seconds an epoch", sides, seconds, relative),
    )


def _training(dataset: byhand.Dataset) -> Side:
    def one_round() -> float:
        result = byhand.train(RECIPE, dataset, steps=STEPS, threads=machine.threads())
        return result.seconds / result.steps * EPOCH

    return Side(BYHAND, one_round)


def _start(rng: np.random.Generator) -> Network:
    return byhand.nn.build(ARCHITECTURE.format(classes=10), (28, 28), rng=rng)


def _draw(rng: np.random.Generator, count: int, steps: int) -> NDArray[np.int64]:
    """Return the indices of each step's images, (steps, 100), none twice."""
    return rng.permutation(count)[: 100 * steps].reshape(steps, 100)


def torch_network(network: Any) -> Any:
    """Return the same network for PyTorch, with copies of the parameters."""
    import torch
    from torch import nn

    layers = [nn.Conv2d(1, 24, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(24, 32, 3)]
    layers += [nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 256)]
    theirs = nn.Sequential(*layers, nn.ReLU(), nn.Linear(256, 10))
    ours = iter(network.params.values())
    with torch.no_grad():
        for layer in theirs:
            if isinstance(layer, nn.Conv2d):  # (R, S, C, F) -> (F, C, R, S)
                w = next(ours).transpose(3, 2, 0, 1)
            elif isinstance(layer, nn.Linear):
                w = next(ours)
                if len(w) == 800:  # our rows are channels-last: (5, 5, 32)
                    w = w.reshape(5, 5, 32, -1).transpose(2, 0, 1, 3).reshape(800, -1)
                w = w.T
            else:
                continue
            layer.to(torch.from_numpy(w.copy()).dtype)
            layer.weight.copy_(torch.from_numpy(w.copy()))
            layer.bias.copy_(torch.from_numpy(next(ours)))
    return theirs


def _torch(dataset: byhand.Dataset) -> Side:
    try:
        import torch
    except ImportError:
        return Side(TORCH, None)
    from torch.nn.functional import cross_entropy

    rng = np.random.default_rng(0)
    images = torch.from_numpy(dataset.train.images.copy()).unsqueeze(1)
    labels = torch.from_numpy(dataset.train.labels.copy())
    start = _start(rng)

    def train(steps: int, last: bool, fused: bool) -> float:
        torch.set_num_threads(machine.threads())
        network = torch_network(start)
        kind = torch.channels_last if last else torch.contiguous_format
        network = network.to(memory_format=kind)
        optimizer = torch.optim.SGD(
            network.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=fused
        )
        batches = [torch.from_numpy(batch) for batch in _draw(rng, len(labels), steps)]
        began = time.perf_counter()
        for batch in batches:
            x = images.index_select(0, batch).float().div_(255)
            loss = cross_entropy(
                network(x.contiguous(memory_format=kind)), labels[batch]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return (time.perf_counter() - began) / steps * EPOCH

    variants = {
        f"{'channels last' if last else 'channels first'}{' fused' * fused}": partial(
            train, last=last, fused=fused
        )
        for last, fused in product((True, False), (False, True))
    }
    return fastest(TORCH, variants, STEPS)


def _jax(dataset: byhand.Dataset) -> Side:
    try:
        from benchmarks.jax_peer import JaxNetwork, convolutional
    except ImportError:
        return Side(JAX, None)
    rng = np.random.default_rng(0)
    start = layers(_start(rng))
    images, labels = dataset.train.images, dataset.train.labels

    def one_round() -> float:
        network = JaxNetwork(
            convolutional, start, lr=0.01, momentum=0.9, threads=machine.threads()
        )
        batches = _draw(rng, len(labels), STEPS)
        return network.seconds_a_step(images, labels, list(batches)) * EPOCH

    return Side(JAX, one_round)


def layers(network: Network) -> Parameters:
    """Return w and b of each layer that has them; w of a convolution is (R, S, C, F).

    Rows of the first dense layer are channels-last too, which is JAX's order as well.
    """
    arrays = list(network.params.values())
    return list(zip(arrays[::2], arrays[1::2], strict=True))
