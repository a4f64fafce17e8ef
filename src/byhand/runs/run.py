"""Carrying out a plan: a training that leaves checkpoints where the plan says."""

from __future__ import annotations

from collections.abc import Callable

from byhand.data.datasets import Dataset
from byhand.runs.plan import Plan
from byhand.training import loop
from byhand.training.adjustments import Adjust, no_adjustments
from byhand.training.duration import Timing
from byhand.training.outcome import Result
from byhand.training.state import Progress


def run(
    plan: Plan,
    dataset: Dataset,
    threads: int | None = None,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    adjust: Adjust = no_adjustments,
) -> Result:
    """Train as the plan says, and return the model, which is not yet written.

    The dataset is the plan's data, loaded; the rest is as `byhand.train` takes it. A
    run that fails leaves nothing; one that is stopped leaves its checkpoint.

    Raises:
        ModelError: the model's place cannot be written or has another run's model, or
            the checkpoint cannot be read.
        TrainingStopped: `should_stop` said so; the plan's checkpoint has the state.
        ByhandError: whatever else `byhand.train` raises.
    """
    with plan.files.nothing_left_over(resumed=plan.resume is not None):
        plan.reserve()
        return loop.train(
            plan.recipe,
            dataset,
            from_model=plan.model,
            seed=plan.seed,
            threads=threads,
            checkpoint=plan.files.checkpoint,
            resume=plan.resume,
            on_progress=on_progress,
            should_stop=should_stop,
            adjust=adjust,
        )


def timing(plan: Plan, dataset: Dataset, threads: int | None = None) -> Timing:
    """Return what says how long the plan takes on this machine."""
    return Timing(dataset, loop.step, threads, plan.seed, model=plan.model)
