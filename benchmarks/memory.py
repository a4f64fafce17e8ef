"""`memory`: how much memory training takes, on 60,000 images and on a million."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import byhand
from benchmarks import folders, peak
from benchmarks.process import python
from benchmarks.report import Report
from benchmarks.timing import Side, alternate, medians

STEPS = 150  # of cnn
MILLION = 1_000_000
MB = 1e6
LINUX = "only Linux says"

TIMER = (
    "The most anonymous memory in RAM (RssAnon, read every 2 ms) during\n"
    "byhand.train in a process of its own, above what it was before: after importing\n"
    "byhand, NumPy, Numba and the modules of the kernels. So loading the data and the\n"
    "compiled kernels is in it; pages of a mapped file, which the system takes back\n"
    "when it likes, are not. The million are MNIST's images repeated, in a plain IDX\n"
    "file."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Measure `runs` rounds of every training."""
    dataset = byhand.load_dataset("mnist")
    mnist, many = len(dataset.train), MILLION
    cnn = f"cnn, {STEPS} steps"
    images = {f"fast, {mnist:,} images": mnist, f"{cnn}, {mnist:,} images": mnist}
    images[f"{cnn}, {many:,} images, mapped"] = many
    fast, small, large = images
    with tempfile.TemporaryDirectory() as parent:
        say(f"writing {many:,} images")
        sides = [_side(fast, "fast", "mnist"), _side(small, "cnn", "mnist", STEPS)]
        folder = folders.write(Path(parent), many, dataset)
        if folder is None:
            sides.append(Side(large, None, missing=folders.NO_ROOM))
        else:
            sides.append(_side(large, "cnn", str(folder), STEPS))
        found = alternate(sides, runs, say)
    pixels = dataset.train.images[0].size
    sizes = {
        name: (count + len(dataset.test)) * pixels / MB
        for name, count in images.items()
    }
    return _report(sides, found, sizes)


def _side(name: str, recipe: str, data: str, steps: int | None = None) -> Side:
    if peak.anonymous() is None:
        return Side(name, None, missing=LINUX)

    def one_round() -> float:
        words = (recipe, data, str(steps or ""))
        found = json.loads(python("-m", "benchmarks.peak", *words))
        return float(found["most"] - found["start"]) / MB

    return Side(name, one_round)


def _report(
    sides: Sequence[Side],
    found: Mapping[str, Sequence[float]],
    sizes: Mapping[str, float],
) -> Report:
    middle = medians(found)
    rows: list[tuple[str, ...]] = []
    for side in sides:
        if side.run is None:
            rows.append((side.name, side.missing))
            continue
        spread = f"{min(found[side.name]):.0f}-{max(found[side.name]):.0f}"
        size = f"{sizes[side.name]:.0f}"
        rows.append((side.name, f"{middle[side.name]:.0f}", spread, size))
    return Report(
        title="memory: what training takes above the imports",
        columns=("", "MB", "range", "the images alone, MB"),
        rows=rows,
        timer=TIMER,
        figures={
            "unit": "10**6 bytes",
            "rounds": found,
            "median": middle,
            "images": sizes,
            "missing": {side.name: side.missing for side in sides if side.run is None},
        },
    )
