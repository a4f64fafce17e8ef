"""Where a training run keeps its files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from byhand.errors import ModelError

SUFFIX = ".safetensors"
CHECKPOINT = "checkpoint" + SUFFIX
FOLDER = Path("runs")  # of all runs that have no other place


@dataclass(frozen=True)
class RunFiles:
    """The three places a run writes to.

    Attributes:
        model: the trained model.
        checkpoint: the state of a run under way; removed when the model is saved.
        report: the folder of the pictures.
    """

    model: Path
    checkpoint: Path
    report: Path

    def reserve(self) -> None:
        """Make the model's folder; refuse a place that cannot be written to.

        Raises:
            ModelError: it cannot; said before the time of a training is spent.
        """
        self.model.parent.mkdir(parents=True, exist_ok=True)
        if self.model.is_dir() or not os.access(self.model.parent, os.W_OK):
            raise ModelError(
                f"{self.model}: cannot be written; choose another file with --out"
            )


def run_files(out: Path | None, recipe: str, seed: int) -> RunFiles:
    """Return where a run writes to: beside the file asked for, or in its own folder."""
    return beside(out) if out else in_folder(FOLDER / f"{recipe}-{seed}")


def in_folder(folder: Path) -> RunFiles:
    """Return a run's files in a folder of its own."""
    return RunFiles(folder / f"model{SUFFIX}", folder / CHECKPOINT, folder / "report")


def beside(model: Path) -> RunFiles:
    """Return a run's files beside a model of any name."""
    report = model.with_name(f"{model.stem}-report")
    return RunFiles(model, model.with_suffix(f".{CHECKPOINT}"), report)


def of_checkpoint(checkpoint: Path) -> RunFiles | None:
    """Return the files of the run that wrote this checkpoint, from its name.

    None where the name is neither of the two that a run gives.
    """
    if checkpoint.name == CHECKPOINT:
        return in_folder(checkpoint.parent)
    stem = checkpoint.name.removesuffix(f".{CHECKPOINT}")
    if stem == checkpoint.name:
        return None
    return beside(checkpoint.with_name(stem + SUFFIX))
