"""Carrying out a plan: a training that leaves checkpoints where the plan says."""

from __future__ import annotations

from collections.abc import Callable

from byhand.data.datasets import Dataset
from byhand.runs.plan import Plan
from byhand.training import loop
from byhand.training.outcome import Result


def run(
    plan: Plan,
    dataset: Dataset,
    threads: int | None = None,
    *,
    on_progress: Callable[[loop.Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Train as the plan says, and return the model, which is not yet written.

    The dataset is the plan's data, loaded; the rest is as `byhand.train` takes it.

    Raises:
        ModelError: the model's place cannot be written, or the checkpoint not read.
        TrainingStopped: `should_stop` said so; the plan's checkpoint has the state.
        ByhandError: whatever else `byhand.train` raises.
    """
    plan.files.reserve()
    return loop.train(
        plan.recipe,
        dataset,
        seed=plan.seed,
        threads=threads,
        checkpoint=plan.files.checkpoint,
        resume=plan.resume,
        on_progress=on_progress,
        should_stop=should_stop,
    )
