"""Where a training run keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".safetensors"
CHECKPOINT = "checkpoint" + SUFFIX


@dataclass(frozen=True)
class RunFiles:
    """The three places a run writes to.

    Attributes:
        model: the trained model.
        checkpoint: the state of a run under way; removed when the model is written.
        report: the folder of the pictures.
    """

    model: Path
    checkpoint: Path
    report: Path


def in_folder(folder: Path) -> RunFiles:
    """Return a run's files in a folder of its own."""
    return RunFiles(folder / f"model{SUFFIX}", folder / CHECKPOINT, folder / "report")


def beside(model: Path) -> RunFiles:
    """Return a run's files beside a model of any name."""
    report = model.with_name(f"{model.stem}-report")
    return RunFiles(model, model.with_suffix(f".{CHECKPOINT}"), report)


def of_checkpoint(checkpoint: Path) -> RunFiles | None:
    """Return the files of the run that wrote this checkpoint, as its name tells.

    None where the name is neither of the two that a run gives.
    """
    if checkpoint.name == CHECKPOINT:
        return in_folder(checkpoint.parent)
    stem = checkpoint.name.removesuffix(f".{CHECKPOINT}")
    if stem == checkpoint.name:
        return None
    return beside(checkpoint.with_name(stem + SUFFIX))
