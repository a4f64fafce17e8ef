"""`startup`: how long a fresh process takes, to the end of the process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

import byhand
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
BARE = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str):
    print(name)
app()
"""
OURS = "byhand: load, predict one image"
HELP, TYPER = "byhand --help", "a bare Typer program with one command, --help"
PICTURE, IMPORT_TORCH = "byhand predict PICTURE", "import torch"
PROGRAMS = {
    "Python alone": ("-c", "pass"),
    TYPER: ("-c", BARE, "--help"),
    HELP: ("-m", "byhand", "--help"),
    "import byhand": ("-c", "import byhand"),
    OURS: ("-c", PREDICT),
    IMPORT_TORCH: ("-c", "import torch"),
    "PyTorch: predict one image": ("-c", TORCH),
    "import sklearn.neural_network": ("-c", "import sklearn.neural_network"),
}
NEEDS = {  # the library of a program that may not be installed
    IMPORT_TORCH: "torch",
    "PyTorch: predict one image": "torch",
    "import sklearn.neural_network": "sklearn",
}
PAIRS = ((HELP, TYPER), (PICTURE, IMPORT_TORCH))  # what is compared by itself
TRAIN = "byhand train --recipe fast"

TIMER = (
    "The wall time of a process from its start to its end, Python's own included. The\n"
    "first round, not counted, fills the file cache and compiles the kernels. `import\n"
    "byhand` puts off nearly all that a prediction needs. byhand's prediction opens\n"
    "the model in the package; PyTorch's is by a 784-30-60-10 with random weights,\n"
    "from no file. `byhand predict` is the whole command, on a PNG of 28 x 28 pixels.\n"
    "`byhand train` is the whole command, on all processors: loading, training,\n"
    "measuring on the test images, writing the model; with --no-report and --out.\n"
    "Ratio: to byhand's prediction in the same round, or of the two that a row names,\n"
    "the median."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of every program."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "model.safetensors")
        picture = _picture(Path(folder))
        programs = {
            **PROGRAMS,
            PICTURE: ("-m", "byhand", "predict", picture),
            TRAIN: ("-m", *TRAIN.split(), "--no-report", "--out", out),
        }
        sides = _sides(programs)
        seconds = alternate(sides, runs, say)
    return _report(sides, seconds)


def _report(sides: Sequence[Side], seconds: Mapping[str, Sequence[float]]) -> Report:
    relative = ratios(seconds, OURS)
    pairs = {
        f"{ours} / {other}": ratios({k: seconds[k] for k in (ours, other)}, other)[ours]
        for ours, other in PAIRS
        if other in seconds
    }
    rows = time_rows(sides, seconds, relative)
    rows += [(name, "", "", f"{ratio:.2f}") for name, ratio in pairs.items()]
    return Report(
        title="startup: a fresh process",
        columns=("", "s", "range", "ratio"),
        rows=rows,
        timer=TIMER,
        figures={
            **time_figures("seconds", sides, seconds, relative),
            "ratio_of_pairs": pairs,
        },
    )


def _picture(folder: Path) -> str:
    """Write a test image as a picture, dark on light; return its path."""
    path = folder / "seven.png"
    image = byhand.load_dataset("mnist").test.images[0]
    Image.fromarray(255 - image).save(path)
    return str(path)


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
