"""`sklearn`: DigitClassifier beside scikit-learn's MLPClassifier, on its own digits."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.accuracy import spread
from benchmarks.report import Report

CONV = "conv 16 3x3 pad 1 | relu | maxpool 2 | flatten | dropout 0.5 | dense {classes}"
TIMER = (
    "load_digits: 1,797 images of 8 × 8. Each seed cuts five folds, stratified and\n"
    "shuffled, the same for every side, and is the side's random_state. ± is the\n"
    "standard deviation of the seeds' means. Seconds: CPU time of one fit on four of\n"
    "the folds, with one thread. Standardised: each feature, by StandardScaler."
)


def sides() -> dict[str, Any]:
    """Return the estimators by name, none of them fitted."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    from byhand.sklearn import DigitClassifier

    return {
        "DigitClassifier, image_shape": DigitClassifier(image_shape=(8, 8)),
        "DigitClassifier, convolution": DigitClassifier(CONV, image_shape=(8, 8)),
        "DigitClassifier, rows": DigitClassifier(),
        "MLPClassifier, standardised": make_pipeline(StandardScaler(), MLPClassifier()),
        "MLPClassifier, 200, pixels / 16": make_pipeline(
            FunctionTransformer(sixteenth), MLPClassifier(200, max_iter=1000)
        ),
    }


def sixteenth(x: Any) -> Any:
    """Return the pixels, 0 to 16, as 0 to 1."""
    return x / 16


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Cross-validate every side with `runs` seeds."""
    from sklearn.datasets import load_digits

    from byhand.sklearn import DigitClassifier

    data = load_digits(return_X_y=True)
    fitted(DigitClassifier(CONV, image_shape=(8, 8), max_iter=1), *data)  # compiles
    accuracies: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for seed in range(runs):
        say(f"seed {seed + 1} of {runs}")
        for name, (found, took) in folds(*data, seed).items():
            accuracies.setdefault(name, []).append(100 * float(np.mean(found)))
            seconds.setdefault(name, []).append(float(np.mean(took)))
    rows = [(n, spread(accuracies[n]), spread(seconds[n])) for n in accuracies]
    return Report(
        title=f"sklearn: five-fold cross-validation on load_digits, {runs} seeds",
        columns=("estimator", "accuracy, %", "CPU seconds a fit"),
        rows=rows,
        timer=TIMER,
        figures={"accuracy": accuracies, "seconds": seconds},
    )


def folds(x: Any, y: Any, seed: int) -> dict[str, tuple[list[float], list[float]]]:
    """Return each side's accuracies and seconds of a fit, fold by fold."""
    from sklearn.model_selection import StratifiedKFold

    found: dict[str, tuple[list[float], list[float]]] = {n: ([], []) for n in sides()}
    cut = StratifiedKFold(5, shuffle=True, random_state=seed)
    for train, test in cut.split(x, y):
        for name, side in sides().items():
            last = side[-1] if hasattr(side, "steps") else side
            last.set_params(random_state=seed)
            found[name][1].append(fitted(side, x[train], y[train]))
            found[name][0].append(side.score(x[test], y[test]))
    return found


def fitted(estimator: Any, x: Any, y: Any) -> float:
    """Fit with one thread; return the seconds of CPU time."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "has not converged"
        began = time.process_time()
        estimator.fit(x, y)
        return time.process_time() - began
