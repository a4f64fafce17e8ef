"""`reading`: MNIST's four files into memory, by byhand and in the article's way."""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import byhand
from benchmarks import article
from benchmarks.report import Report
from benchmarks.timing import Side, alternate, medians, ratios

ARTICLE = "the article's way, plain files"
IMAGES = ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
LABELS = ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")
HEADS = {IMAGES: 16, LABELS: 8}  # bytes before the first element

TIMER = (
    "From four files in a warm file cache to arrays of 70,000 images and labels, and\n"
    "the sums of all pixels and of all labels, which are checked. byhand maps plain\n"
    "files into memory, so it is the sum that reads them."
)

Read = Callable[[Path], NDArray[Any]]


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time `runs` rounds of every reader."""
    bundled = Path(byhand.__file__).parent / "data" / "mnist"
    with tempfile.TemporaryDirectory() as name:
        plain = Path(name)
        expected = unpack(bundled, plain)
        load = byhand.load_idx
        sides = [
            reader("byhand, gzipped files", bundled, ".gz", load, load, expected),
            reader("byhand, plain files", plain, "", load, load, expected),
            reader(
                ARTICLE, plain, "", article.read_images, article.read_labels, expected
            ),
        ]
        return _report(alternate(sides, runs, say))


def unpack(bundled: Path, plain: Path) -> tuple[int, int]:
    """Write the four files unpacked; return the sums of all pixels and all labels.

    The sums come from Python's integers alone, so they check every reader.
    """
    sums = []
    for names, head in HEADS.items():
        total = 0
        for name in names:
            data = gzip.decompress((bundled / f"{name}.gz").read_bytes())
            (plain / name).write_bytes(data)
            total += sum(data[head:])
        sums.append(total)
    return sums[0], sums[1]


def reader(
    name: str,
    folder: Path,
    ending: str,
    read_images: Read,
    read_labels: Read,
    expected: tuple[int, int],
) -> Side:
    """Return a side that reads the four files and checks both sums."""

    def one_round() -> float:
        began = time.perf_counter()
        images = [read_images(folder / f"{file}{ending}") for file in IMAGES]
        labels = [read_labels(folder / f"{file}{ending}") for file in LABELS]
        found = sum(map(total, images)), sum(map(total, labels))
        seconds = time.perf_counter() - began
        if found != expected:
            raise ValueError(f"{name}: expected sums {expected}, got {found}")
        return seconds

    return Side(name, one_round)


def total(array: NDArray[Any]) -> int:
    """The sum of all elements; image by image, which NumPy adds up fastest."""
    rows = array.reshape(len(array), -1)
    small = np.uint32 if array.dtype == np.uint8 else np.float64
    return int(rows.sum(axis=1, dtype=small).sum())


def _report(seconds: dict[str, list[float]]) -> Report:
    middle, times = medians(seconds), ratios(seconds, ARTICLE)
    rows = [
        (name, f"{1000 * middle[name]:.1f}", f"{1 / times[name]:.1f}")
        for name in seconds
    ]
    return Report(
        title="reading: the four files of MNIST",
        columns=("", "ms, median", "times as fast"),
        rows=rows,
        timer=TIMER,
        figures={
            "unit": "seconds",
            "rounds": seconds,
            "median": middle,
            "ratio_to_article": times,
        },
    )
