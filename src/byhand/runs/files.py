"""Where a training run keeps its files, and how none of them is lost or left over."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from byhand.errors import ByhandError, DivergedError, ModelError, TrainingStopped

SUFFIX = ".safetensors"
MODEL = "model"  # the stem of its file in a run's own folder
CHECKPOINT = "checkpoint" + SUFFIX
FOLDER = Path("runs")  # of all runs that have no other place
LONGEST = 60  # bytes of a part of a folder's name, which may have 255
LONGEST_VALUE = 24  # characters of a changed setting, and
LONGEST_CHANGES = 120  # of all of them, before they are hashed
DATA_FILE = re.compile(r"\.(npz|npy|csv|idx|gz|zip)$")


@dataclass(frozen=True)
class RunFiles:
    """The three places a run writes to.

    Attributes:
        model: the trained model.
        checkpoint: the state of a run under way; removed when the model is saved.
        report: the folder of the pictures.
        own: whether they are in a folder of the run's own, not beside a file that was
            asked for.
    """

    model: Path
    checkpoint: Path
    report: Path
    own: bool = False

    def check_free(self) -> None:
        """Refuse a folder of its own in which there is another run already.

        Raises:
            ModelError: there is a model or a checkpoint.
        """
        if self.own and self.model.exists():
            raise ModelError(
                f"{self.model} exists; --force overwrites it, --out chooses another"
            )
        if self.own and self.checkpoint.exists():
            raise ModelError(
                f"{self.checkpoint} exists, of a run that was stopped; --resume"
                f" {self.checkpoint} goes on with it, --force overwrites it, --out"
                " chooses another"
            )

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

    @contextmanager
    def nothing_left_over(self, resumed: bool = False) -> Iterator[None]:
        """Remove what a run that fails has left: its checkpoint and empty folders.

        The checkpoint stays where it can be of use: of a run that was stopped, that
        could not write its files, or that failed in another way than by its own
        settings and data. The checkpoint that was resumed stays unless the run diverges
        again.
        """
        parents = (self.model.parent, *self.model.parent.parents)
        made = [folder for folder in parents if not folder.exists()]
        if self.own and not made:  # by an earlier part of this run
            made = [self.model.parent]
        try:
            yield
        except BaseException as error:
            if _useless(error, resumed):
                self.checkpoint.unlink(missing_ok=True)
            for folder in made:
                with suppress(OSError):  # not empty, or never made
                    folder.rmdir()
            raise


def _useless(error: BaseException, resumed: bool) -> bool:
    """Return whether a run that ended so would end so again from its checkpoint."""
    if isinstance(error, DivergedError):
        return True
    stays = isinstance(error, ModelError | TrainingStopped)
    return isinstance(error, ByhandError) and not stays and not resumed


def run_name(
    data: str, recipe: str, seed: int, changes: Mapping[str, object] | None = None
) -> str:
    """Return the name of a run's folder, as "fashion-mnist-fast-1-epochs-2".

    The one place that decides it. Only letters, digits and - _ . are left, so that no
    name leads out of the folder of all runs. For a long value, such as an architecture,
    and for many changes there are eight digits of a hash.

    Args:
        data: the data set's name, or the path of its folder or file.
        recipe: its name.
        seed: of the run.
        changes: settings that are not the recipe's.
    """
    parts = [_safe(DATA_FILE.sub("", Path(data).name)) or "data"]
    parts += [_safe(recipe) or "recipe", str(seed)]
    words = []
    for name, value in (changes or {}).items():
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        shown = shown if len(shown) <= LONGEST_VALUE else _hashed(shown)
        words += [_safe(name.rpartition(".")[2].replace("_", "-")), _safe(shown)]
    if len("-".join(words)) > LONGEST_CHANGES:
        words = ["changed", _hashed(repr(changes))]
    return "-".join([*parts, *words])


def sweep_file(data: str, recipe: str) -> Path:
    """Return where the results of a sweep go, unless said: lines of JSON."""
    parts = _safe(DATA_FILE.sub("", Path(data).name)), _safe(Path(recipe).stem)
    return FOLDER / f"sweep-{parts[0] or 'data'}-{parts[1] or 'recipe'}.jsonl"


def _hashed(text: str) -> str:
    """Return eight hexadecimal digits that another text hardly has."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]


def _safe(text: str) -> str:
    """Return the text as a part of a file's name: no separator, no dot in front."""
    short = text.encode(errors="ignore")[:LONGEST].decode(errors="ignore")
    return re.sub(r"(?:[^\w.+-]|\.\.)+", "_", short).strip(".-_")


def run_files(out: Path | None, name: str) -> RunFiles:
    """Return where a run writes to: beside the file asked for, or in its own folder."""
    return beside(out) if out else in_folder(FOLDER / name)


def in_folder(folder: Path) -> RunFiles:
    """Return a run's files in a folder of its own."""
    model, checkpoint = folder / f"{MODEL}{SUFFIX}", folder / CHECKPOINT
    return RunFiles(model, checkpoint, folder / "report", own=True)


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
