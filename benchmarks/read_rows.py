"""`rows`: rows of MNIST's test digits, apart and touching, read exactly or not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import byhand
from benchmarks.report import Report
from byhand.augment.fields import draw_rows
from byhand.evaluation import wilson

COUNT = 400  # rows a run: 2,000 with the usual five
SEED = 0
TIMER = (
    "Five of MNIST's test digits a row, the gap between the ink of each two drawn\n"
    "from -6 to 12 pixels (digits are 20 high); dark on light, through byhand.read.\n"
    "Exact: all five read, nothing else, in one line. The interval is Wilson's, 95 %.\n"
    "Said: the mean confidence of the lines; compare it with those that are exact.\n"
    "Known: exact where the number of digits is given, --digits 5."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Read 400 rows a run and count those that are right to the last digit."""
    test = byhand.load_dataset("mnist").test
    model = byhand.load()
    rows = draw_rows(test.images, test.labels, COUNT * runs, SEED)
    apart, exact, sure, known = [], [], [], []
    for number, (picture, text, gaps) in enumerate(rows):
        if number % 50 == 0:
            say(f"row {number} of {len(rows)}")
        reading = byhand.read(255 - picture, model=model)
        apart.append(min(gaps) > 0)
        exact.append(reading.text.replace(" ", "") == text)
        sure.append(max((line.confidence for line in reading.lines), default=0.0))
        given = byhand.read(255 - picture, model=model, digits=len(text))
        known.append(given.text == text)
    return _report(*map(np.array, (apart, exact, sure, known)))


def _report(
    apart: np.ndarray, exact: np.ndarray, sure: np.ndarray, known: np.ndarray
) -> Report:
    sets = {
        "every gap above 0": apart,
        "some gap at or below 0": ~apart,
        "all": np.ones_like(apart),
    }
    rows, figures = [], {}
    for name, chosen in sets.items():
        count, right = int(chosen.sum()), int(exact[chosen].sum())
        if not count:
            continue
        low, high = wilson(right, count)
        said = float(sure[chosen].mean())
        share, ends = f"{right / count:.2%}", f"{low:.2%} to {high:.2%}"
        given = float(known[chosen].mean())
        rows.append((name, str(count), share, ends, f"{said:.1%}", f"{given:.2%}"))
        figures[name] = {
            "rows": count, "exact": right, "interval": [low, high], "said": said,
            "known": given,
        }  # fmt: skip
    columns = ("rows with", "rows", "exact", "95 % interval", "said", "known")
    return Report("Rows of test digits", columns, rows, TIMER, figures)
