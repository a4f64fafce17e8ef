"""The end of a run: its model is measured and written."""

from __future__ import annotations

from byhand.data.datasets import Dataset
from byhand.evaluation import Evaluation, evaluate
from byhand.runs.plan import Plan
from byhand.training.outcome import Result


def finish(plan: Plan, dataset: Dataset, result: Result) -> Evaluation:
    """Measure the model, write it with its test figures, remove the checkpoint."""
    scores = evaluate(result.model, dataset.test)
    result.model.info["test"] = {
        "dataset": dataset.name,
        "count": scores.count,
        "accuracy": scores.accuracy,
        "interval": list(scores.interval),
    }
    result.model.save(plan.files.model)
    plan.files.checkpoint.unlink(missing_ok=True)
    return scores
