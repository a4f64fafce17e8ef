"""`startup`: how long a fresh process takes, to the end of the process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from benchmarks.process import python
from benchmarks.report import Report, time_figures, time_rows
from benchmarks.timing import Side, alternate, ratios

PREDICT = """
import byhand, numpy
image = numpy.arange(784).astype("uint8").reshape(1, 28, 28)
print(byhand.load().predict(image))
"""
TORCH = """
import torch
from torch.nn import Linear, ReLU, Sequential
network = Sequential(
    Linear(784, 30), ReLU(), Linear(30, 60), ReLU(), Linear(60, 10)
)
with torch.inference_mode():
    print(network(torch.arange(784.0).reshape(1, 784)).argmax(1))
"""
OURS = "byhand: load, predict one image"
PROGRAMS = {
    "Python alone": ("-c", "pass"),
    "byhand --help": ("-m", "byhand", "--help"),
    "import byhand": ("-c", "import byhand"),
    OURS: ("-c", PREDICT),
    "import torch": ("-c", "import torch"),
    "PyTorch: predict one image": ("-c", TORCH),
    "import sklearn.neural_network": ("-c", "import sklearn.neural_network"),
}
NEEDS = {  # the library of a program that may not be installed
    "import torch": "torch",
    "PyTorch: predict one image": "torch",
    "import sklearn.neural_network": "sklearn",
}
TRAIN = "byhand train --recipe fast"

TIMER = (
    "The wall time of a process from its start to its end, Python's own included. The\n"
    "first round, not counted, fills the file cache and compiles the kernels. `import\n"
    "byhand` puts off nearly all that a prediction needs. byhand's prediction opens\n"
    "the model in the package; PyTorch's is by a 784-30-60-10 with random weights,\n"
    "from no file. `byhand train` is the whole command, on all processors: loading,\n"
    "training, measuring on the test images, writing the model; with --no-report and\n"
    "--out. Ratio: to byhand's prediction in the same round, the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of every program."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "model.safetensors")
        words = ("-m", *TRAIN.split(), "--no-report", "--out", out)
        sides = _sides({**PROGRAMS, TRAIN: words})
        seconds = alternate(sides, runs, say)
    relative = ratios(seconds, OURS)
    return Report(
        title="startup: a fresh process",
        columns=("", "s", "range", "ratio"),
        rows=time_rows(sides, seconds, relative),
        timer=TIMER,
        figures=time_figures("seconds", sides, seconds, relative),
    )


def _sides(programs: Mapping[str, tuple[str, ...]]) -> list[Side]:
    return [
        Side(name, None)
        if name in NEEDS and find_spec(NEEDS[name]) is None
        else _side(name, arguments)
        for name, arguments in programs.items()
    ]


def _side(name: str, arguments: tuple[str, ...]) -> Side:
    def one_round() -> float:
        began = time.perf_counter()
        python(*arguments)
        return time.perf_counter() - began

    return Side(name, one_round)
