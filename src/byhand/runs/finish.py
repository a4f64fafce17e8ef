"""The end of a run: its model is measured and written."""

from __future__ import annotations

from contextlib import suppress

from byhand.data.datasets import Dataset
from byhand.evaluation import Evaluation, evaluate
from byhand.runs.plan import Plan
from byhand.runs.report import PICTURES
from byhand.training.outcome import Result


def finish(plan: Plan, dataset: Dataset, result: Result) -> Evaluation:
    """Measure the model, write it with its test figures, remove the checkpoint.

    Pictures of a model that this one overwrites are removed as well.

    Raises:
        ModelError: the model cannot be written; a checkpoint that there is stays.
    """
    with plan.files.nothing_left_over(resumed=plan.resume is not None):
        scores = evaluate(result.model, dataset)
        result.model.info["test"] = {
            "dataset": dataset.name,
            "count": scores.count,
            "accuracy": scores.accuracy,
            "interval": list(scores.interval),
        }
        result.model.save(plan.files.model)
    plan.files.checkpoint.unlink(missing_ok=True)
    for name in PICTURES:
        with suppress(OSError):
            (plan.files.report / name).unlink()
    return scores
