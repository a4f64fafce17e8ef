"""`cnn` and `inference`: a convolutional network, by byhand and by others."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import byhand
from benchmarks import machine
from benchmarks.classic import fastest
from benchmarks.report import Report, time_figures, time_rows
from benchmarks.timing import Side, alternate, ratios
from byhand.training.recipes import Recipe

BYHAND = "byhand"
TORCH = "PyTorch eager"
RUNTIME = "ONNX Runtime, the same weights"
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
MANY, FEW = 1000, 20  # calls a round
BATCHES = {"batch 1": (1, MANY), "batch 1000": (1000, FEW)}
STEPS, EPOCH = 150, 600  # steps a round; steps that an epoch has
TIMER = (
    f"An epoch of training, 600 steps of 100 images, from {STEPS} steps a round:\n"
    "gather images, forward, loss, gradients, Nesterov update. PyTorch: of channels\n"
    "last or first, fused update or not, the variant that short trials found fastest.\n"
    "Ratio: to byhand in the same round, the median."
)
INFERENCE_TIMER = (
    f"From uint8 images in memory to probabilities in memory, the mean of {MANY}\n"
    f"calls a round for one image, of {FEW} for 1000. ONNX Runtime: of 1 thread or\n"
    "2, the faster. Ratio: to byhand in the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of training by every side."""
    dataset = byhand.load_dataset("mnist")
    sides = [_training(dataset), _torch(dataset)]
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
    labels = torch.from_numpy(dataset.train.labels)
    start = byhand.nn.build(ARCHITECTURE.format(classes=10), (28, 28), rng=rng)

    def train(steps: int, last: bool, fused: bool) -> float:
        torch.set_num_threads(machine.threads())
        network = torch_network(start)
        kind = torch.channels_last if last else torch.contiguous_format
        network = network.to(memory_format=kind)
        optimizer = torch.optim.SGD(
            network.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=fused
        )
        order = rng.permutation(len(labels))[: 100 * steps].reshape(steps, 100)
        batches = [torch.from_numpy(batch) for batch in order]
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


def run_inference(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of one image at a time and of a thousand."""
    dataset = byhand.load_dataset("mnist")
    rng = np.random.default_rng(0)
    network = byhand.nn.build(ARCHITECTURE.format(classes=10), (28, 28), rng=rng)
    model = byhand.Model(network, dataset.class_names, (28, 28))
    sides: list[Side] = []
    for name, (count, calls) in BATCHES.items():
        images = dataset.test.images[:count]
        ours = partial(_mean_call, model.predict_proba, images, calls)
        sides += [Side(f"{BYHAND}, {name}", ours), _runtime(model, images, calls, name)]
    seconds = alternate(sides, runs, say)
    relative: dict[str, float] = {}
    for name in BATCHES:
        pair = {side: s for side, s in seconds.items() if side.endswith(name)}
        relative |= ratios(pair, f"{BYHAND}, {name}")
    times = {side: [1000 * s for s in rounds] for side, rounds in seconds.items()}
    return Report(
        title="inference: the network of cnn",
        columns=("", "ms a call", "range", "ratio"),
        rows=time_rows(sides, times, relative),
        timer=INFERENCE_TIMER,
        figures=time_figures("seconds a call", sides, seconds, relative),
    )


def _mean_call(
    function: Callable[[NDArray[np.uint8]], Any], images: NDArray[np.uint8], calls: int
) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        function(images)
    return (time.perf_counter() - began) / calls


def _runtime(
    model: byhand.Model, images: NDArray[np.uint8], calls: int, name: str
) -> Side:
    """Return ONNX Runtime's side, in the faster of its thread counts."""
    label = f"{RUNTIME}, {name}"
    try:
        import onnxruntime

        from byhand.export import export_onnx
    except ImportError:
        return Side(label, None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cnn.onnx"
        export_onnx(model, path)
        variants: dict[str, Callable[[int], float]] = {}
        for threads in sorted({1, machine.threads()}):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(str(path), options)

            def answer(batch: Any, session: Any = session) -> Any:
                return session.run(["probabilities"], {"images": batch})

            variants[f"{threads} threads"] = partial(
                lambda count, answer: _mean_call(answer, images, count), answer=answer
            )
    return fastest(label, variants, calls)
