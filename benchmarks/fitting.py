"""What the commands share that train the networks of the package step by step."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from byhand.training.fit import Fit, StepSettings


def arguments(description: str | None, settings: StepSettings) -> Any:
    """Return a parser for what every such command takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path, help="where the network is written")
    parser.add_argument("--steps", type=int, default=settings.steps)
    parser.add_argument("--lr", type=float, default=settings.lr)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="a checkpoint to begin from")
    return parser


def continued(fit: Fit[Any], out: Path, start: Path | None) -> Path:
    """Continue a training that was stopped, or another one; return its checkpoint."""
    checkpoint = out.with_suffix(".checkpoint")
    if checkpoint.exists():
        fit.restore(checkpoint)
    elif start:
        fit.restore(start)
        fit.step = 0
    return checkpoint


def losses_shown(steps: int, every: int) -> Callable[[int, float], None]:
    """Return a function that prints the mean loss of each `every` steps."""
    began, losses = time.perf_counter(), list[float]()

    def show(step: int, loss: float) -> None:
        losses.append(loss)
        if step % every == 0 or step == steps:
            mean, seconds = sum(losses) / len(losses), time.perf_counter() - began
            print(f"step {step:6}  loss {mean:.4f}  {seconds:.0f} s", flush=True)
            losses.clear()

    return show
