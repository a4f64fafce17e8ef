"""What a sweep shows: the mean of each combination of settings, and which is better.

Runs are compared by the images that they held out from training, never by the test
images: what is chosen by an image looks better on it than it is.

Letters: N images held out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import stdtrit

from byhand.comparison import mcnemar
from byhand.errors import DataError, ModelError
from byhand.evaluation import wilson
from byhand.model import load

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """One combination of settings, with all its seeds.

    Attributes:
        settings: what is not the recipe's, by name.
        accuracies: of each seed, on the images held out, 0 to 1.
        mean: of them.
        interval: of the mean, 95 %, by Student's t; with one seed Wilson's, which is
            of the images that there might have been.
        seconds: of training, on average.
        p: of the test against the best combination; None for the best itself, and for
            one without seeds in common.
        only_best: images that more seeds of the best have right than of this one.
        only_this: the reverse.
        files: of the models.
    """

    settings: Mapping[str, Any]
    accuracies: tuple[float, ...]
    mean: float
    interval: tuple[float, float]
    seconds: float
    p: float | None = None
    only_best: int = 0
    only_this: int = 0
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The settings in a line, as "lr=0.1 batch=50"."""
        return named(self.settings)


def named(settings: Mapping[str, Any]) -> str:
    """Return settings in a line, as "lr=0.1 batch=50"; "recipe" without any."""
    words = [f"{n.rpartition('.')[2]}={_shown(v)}" for n, v in settings.items()]
    return " ".join(words) or "recipe"


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def read_results(path: Path, files: Iterable[str]) -> list[dict[str, Any]]:
    """Return the results of runs, in the order of their files, without errors.

    Args:
        path: of lines of JSON, as `runs.swept` writes them.
        files: of the runs.
    """
    places = {file: place for place, file in enumerate(files)}
    lines = path.read_text("utf-8").splitlines()
    found = [entry for entry in map(json.loads, lines) if entry["file"] in places]
    ended = [entry for entry in found if not entry.get("error")]
    return sorted(ended, key=lambda entry: places[entry["file"]])


def summaries(results: Sequence[Mapping[str, Any]]) -> list[Summary]:
    """Return a summary of each combination of settings, the best one first.

    Against the best combination, the one with the highest mean, each other is tested
    by McNemar's exact test. Of several seeds, those that both have: an image counts for
    the combination of which more seeds have it right. So images are counted once, as
    the test needs it; with one seed each it is the usual test.

    Raises:
        DataError: the results are of different images.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        key = json.dumps(result["settings"], sort_keys=True)
        groups.setdefault(key, []).append(result)
    if len({(result["data"], result["count"]) for result in results}) > 1:
        raise DataError("sweep: expected results of one data set, got several")
    found = sorted(groups.values(), key=_mean, reverse=True)
    return [_summary(runs, found[0]) for runs in found]


def _mean(runs: Sequence[Mapping[str, Any]]) -> float:
    return float(np.mean([run["accuracy"] for run in runs]))


def _summary(
    runs: Sequence[Mapping[str, Any]], best: Sequence[Mapping[str, Any]]
) -> Summary:
    """Return the summary of a combination's runs, compared with those of the best."""
    accuracies = tuple(run["accuracy"] for run in runs)
    summary = Summary(
        settings=runs[0]["settings"],
        accuracies=accuracies,
        mean=_mean(runs),
        interval=interval(accuracies, runs[0]["count"]),
        seconds=float(np.mean([run["seconds"] for run in runs])),
        files=tuple(run["file"] for run in runs),
    )
    seeds = {run["seed"] for run in runs} & {run["seed"] for run in best}
    if runs is best or not seeds:
        return summary
    ours, theirs = (votes([r for r in g if r["seed"] in seeds]) for g in (runs, best))
    only_best, only_this = int(np.sum(theirs > ours)), int(np.sum(ours > theirs))
    p = mcnemar(only_best, only_this)
    return replace(summary, p=p, only_best=only_best, only_this=only_this)


def votes(runs: Sequence[Mapping[str, Any]]) -> Any:
    """Return how many of the runs have each image right, (N,)."""
    right = np.full(runs[0]["count"], len(runs))
    for run in runs:
        right[run["wrong"]] -= 1
    return right


def on_test_images(own: Summary) -> dict[str, Any]:
    """Return how a combination's models do on the test images, which chose nothing.

    Returns:
        accuracy, their mean, and count, of the images; {} where a model is gone.
    """
    try:
        found = [load(file).info["test"] for file in own.files]
    except ModelError:
        return {}
    accuracies = [test["accuracy"] for test in found]
    return {"accuracy": float(np.mean(accuracies)), "count": found[0]["count"]}


def interval(accuracies: Sequence[float], count: int) -> tuple[float, float]:
    """Return the 95 % interval of the mean of accuracies, each on `count` images.

    Source: Student 1908, "The probable error of a mean", Biometrika 6, 1-25.
    """
    n = len(accuracies)
    if n == 1:
        return wilson(round(accuracies[0] * count), count)
    t = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2))
    half = t * float(np.std(accuracies, ddof=1)) / math.sqrt(n)
    mean = float(np.mean(accuracies))
    return mean - half, mean + half
