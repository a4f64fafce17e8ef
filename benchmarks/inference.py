"""`inference`: the network of `cnn` answers, by byhand and by ONNX Runtime."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import byhand
from benchmarks import isa, machine
from benchmarks.cnn import ARCHITECTURE, BYHAND
from benchmarks.report import Report, time_figures, time_rows
from benchmarks.timing import Side, alternate, fastest, ratios

RUNTIME = "ONNX Runtime, the same weights"
SINGLES, THOUSANDS = 1000, 20  # calls a round, for one image and for a thousand
BATCHES = {"batch 1": (1, SINGLES), "batch 1000": (1000, THOUSANDS)}
TIMER = (
    f"From uint8 images in memory to probabilities in memory, the mean of {SINGLES}\n"
    f"calls a round for one image, of {THOUSANDS} for 1000. ONNX Runtime: of 1 thread\n"
    "or 2, the faster. Ratio: to byhand in the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
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
        timer=TIMER,
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
    label = f"{isa.runtime_label(RUNTIME)}, {name}"
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
