"""What a sweep shows: the mean of each combination of settings, and which is better.

Letters: N test images.
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
from byhand.errors import DataError
from byhand.evaluation import wilson

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    """One combination of settings, with all its seeds.

    Attributes:
        settings: what is not the recipe's, by name.
        accuracies: of each seed, on the test images, 0 to 1.
        mean: of them.
        interval: of the mean, 95 %, by Student's t; with one seed Wilson's, which is
            of the test images that there might have been.
        seconds: of training, on average.
        p: of the test against the best combination; None for the best itself, and for
            one without seeds in common.
        only_best: images that more seeds of the best have right than of this one.
        only_this: the reverse.
    """

    settings: Mapping[str, Any]
    accuracies: tuple[float, ...]
    mean: float
    interval: tuple[float, float]
    seconds: float
    p: float | None = None
    only_best: int = 0
    only_this: int = 0

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
    """Return a summary of each combination of settings, in the order of the results.

    Against the best combination, the one with the highest mean, each other is tested
    by McNemar's exact test. Of several seeds, those that both have: an image counts for
    the combination of which more seeds have it right. So images are counted once, as
    the test needs it; with one seed each it is the usual test.

    Raises:
        DataError: the results are of different test images.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        key = json.dumps(result["settings"], sort_keys=True)
        groups.setdefault(key, []).append(result)
    if len({(result["data"], result["count"]) for result in results}) > 1:
        raise DataError("sweep: expected results of one data set, got several")
    means = {k: np.mean([r["accuracy"] for r in runs]) for k, runs in groups.items()}
    best = groups[max(means, key=means.__getitem__)] if groups else []
    return [_summary(runs, best) for runs in groups.values()]


def _summary(
    runs: Sequence[Mapping[str, Any]], best: Sequence[Mapping[str, Any]]
) -> Summary:
    """Return the summary of a combination's runs, compared with those of the best."""
    accuracies = tuple(run["accuracy"] for run in runs)
    summary = Summary(
        settings=runs[0]["settings"],
        accuracies=accuracies,
        mean=float(np.mean(accuracies)),
        interval=interval(accuracies, runs[0]["count"]),
        seconds=float(np.mean([run["seconds"] for run in runs])),
    )
    seeds = {run["seed"] for run in runs} & {run["seed"] for run in best}
    if runs is best or not seeds:
        return summary
    ours, theirs = (votes([r for r in g if r["seed"] in seeds]) for g in (runs, best))
    only_best, only_this = int(np.sum(theirs > ours)), int(np.sum(ours > theirs))
    p = mcnemar(only_best, only_this)
    return replace(summary, p=p, only_best=only_best, only_this=only_this)


def votes(runs: Sequence[Mapping[str, Any]]) -> Any:
    """Return how many of the runs have each test image right, (N,)."""
    right = np.full(runs[0]["count"], len(runs))
    for run in runs:
        right[run["wrong"]] -= 1
    return right


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
