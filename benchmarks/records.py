"""Trained models on record: a line of figures each, and their test-set probabilities.

results/results.jsonl has the lines, results/probabilities/RECIPE-SEED.npz the others.
Letters in shapes: N images, K classes.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

import byhand
from benchmarks import machine
from byhand.errors import DataError, ModelError
from byhand.evaluation import wilson
from byhand.files import replacing
from byhand.training.checkpoint import fingerprint
from byhand.training.recipe import read_recipe
from byhand.training.recipes import RECIPES

FOLDER = Path(__file__).parents[1] / "results"
TOLERANCE = 5  # images that rounding on another machine may turn
NOT_SETTINGS = {"name", "summary"}
Probabilities = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Record:
    """What one trained model reached on the test images.

    Attributes:
        recipe: what it was trained by.
        seed: of the training.
        correct: test images it has right.
        count: test images.
        accuracy: correct / count, a fraction.
        interval: Wilson's 95 % interval of it.
        seconds: of training, as `byhand.training.loop.Result` counts them; nan if the
            model does not say.
        parameters: numbers that were learnt.
        versions: of byhand and NumPy, as the model says them.
        cpu: the processor of the machine on which it was put on record.
    """

    recipe: str
    seed: int
    correct: int
    count: int
    accuracy: float
    interval: tuple[float, float]
    seconds: float
    parameters: int
    versions: dict[str, str]
    cpu: str

    @property
    def key(self) -> tuple[str, int]:
        """What identifies a record."""
        return self.recipe, self.seed


def add(
    path: Path, dataset: byhand.Dataset, name: str = "", folder: Path = FOLDER
) -> Record:
    """Put a model on record, in place of an earlier one of its recipe and seed.

    Args:
        path: the model's file.
        dataset: whose training images it was trained on and whose test images count.
        name: to be recorded under, instead of its recipe's.
        folder: of the records.

    Raises:
        ModelError: it is no model of this data set, was trained with other settings
            than the recipe of its name has, or reaches other figures than it says.
    """
    model = byhand.load(path)
    _check_data(path, model, dataset)
    recipe = name or _recipe(path, model)
    seed = model.info.get("seed")
    if type(seed) is not int or not re.fullmatch(r"[\w-]+", recipe):
        raise ModelError(
            f"{path}: expected a recipe of letters and a seed, got {recipe!r}, {seed!r}"
        )
    probabilities = model.predict_proba(dataset.test.images)  # (N, K)
    labels = dataset.test.labels
    correct, count = int(np.sum(probabilities.argmax(axis=1) == labels)), len(labels)
    _check_test(path, model, correct)
    record = Record(
        recipe=recipe,
        seed=seed,
        correct=correct,
        count=count,
        accuracy=correct / count,
        interval=wilson(correct, count),
        seconds=round(float(model.info.get("seconds", math.nan)), 2),
        parameters=sum(p.size for p in model.network.params.values()),
        versions=model.info.get("versions", {}),
        cpu=machine.cpu_model(),
    )
    _write_probabilities(_file(record, folder), halved(probabilities))
    others = [old for old in read(folder) if old.key != record.key]
    _write_lines([*others, record], folder)
    return record


def read(folder: Path = FOLDER) -> list[Record]:
    """Return all records, recipes as `byhand recipes` lists them, then by seed.

    Raises:
        DataError: a line is not a record.
    """
    file = folder / "results.jsonl"
    if not file.exists():
        return []
    found = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            values = json.loads(line)
            values["interval"] = tuple(values["interval"])
            values["seconds"] = (
                math.nan if values["seconds"] is None else values["seconds"]
            )
            found.append(Record(**{f.name: values[f.name] for f in fields(Record)}))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{file}, line {number}: expected a record, got {line[:60]!r}; "
                "take the line out and add the model again"
            ) from error
    return sorted(found, key=_order)


def read_probabilities(record: Record, folder: Path = FOLDER) -> Probabilities:
    """Return what a model on record said of the test images, (N, K) float16.

    Raises:
        DataError: the file is missing or no such array; nothing in it is unpickled.
    """
    file = _file(record, folder)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            found: Any = archive["probabilities"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise DataError(
            f"{file}: expected the model's probabilities, got {error}; add it again"
        ) from error
    if found.dtype != np.float16 or found.ndim != 2 or len(found) != record.count:
        raise DataError(
            f"{file}: expected float16 ({record.count}, K), got {found.dtype} "
            f"{found.shape}; add the model again"
        )
    return np.asarray(found, np.float16)


def halved(probabilities: npt.NDArray[np.float32]) -> Probabilities:
    """Return the probabilities (N, K) in float16, the likeliest class still likeliest.

    Two that were apart may round to one number; then the likeliest is moved up by the
    smallest step there is, so that nothing reads as another class than before.
    """
    rounded = probabilities.astype(np.float16)
    best = probabilities.argmax(axis=1)  # (N,)
    wrong = np.flatnonzero(rounded.argmax(axis=1) != best)
    top = rounded[wrong].max(axis=1)
    rounded[wrong, best[wrong]] = np.nextafter(top, np.float16(1))
    return rounded


def _recipe(path: Path, model: byhand.Model) -> str:
    """Return the recipe's name, once the model has been trained by its settings."""
    stored = model.info.get("recipe")
    if not isinstance(stored, dict) or not isinstance(stored.get("name"), str):
        raise ModelError(f"{path}: expected a model that names its recipe; try --name")
    name: str = stored["name"]
    if name in RECIPES:
        # a setting that came later is what it was, off, in older models
        then, now = asdict(read_recipe(stored)), asdict(RECIPES[name])
        changed = {k for k, v in now.items() if then[k] != v} - NOT_SETTINGS
        if changed:
            raise ModelError(
                f"{path}: expected the settings that recipe {name} has now, got other "
                f"{', '.join(sorted(changed))}; train it again, or give it a --name"
            )
    return name


def _check_data(path: Path, model: byhand.Model, dataset: byhand.Dataset) -> None:
    """Raise unless the model was trained on the data set, whatever that was called."""
    expected, found = fingerprint(dataset), model.info.get("dataset")
    same = [k for k in expected if k != "name"]
    if not isinstance(found, dict) or any(found.get(k) != expected[k] for k in same):
        raise ModelError(f"{path}: expected a model of {dataset.name}, got {found}")


def _check_test(path: Path, model: byhand.Model, correct: int) -> None:
    """Raise if the model says other figures of itself than it reaches."""
    test = model.info.get("test")
    if test and abs(test["accuracy"] * test["count"] - correct) > TOLERANCE:
        raise ModelError(
            f"{path}: expected {test['accuracy'] * test['count']:.0f} test images "
            f"right, as it says, got {correct}; train it again"
        )


def _write_probabilities(file: Path, probabilities: Probabilities) -> None:
    with replacing(file) as temporary:
        np.savez_compressed(temporary, probabilities=probabilities)


def _write_lines(records: list[Record], folder: Path) -> None:
    """Write the records, a line of strict JSON each."""
    lines = []
    for record in sorted(records, key=_order):
        seconds = None if math.isnan(record.seconds) else record.seconds
        values = asdict(record) | {"seconds": seconds}
        lines.append(json.dumps(values, allow_nan=False) + "\n")
    with replacing(folder / "results.jsonl") as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")


def _file(record: Record, folder: Path) -> Path:
    return folder / "probabilities" / f"{record.recipe}-{record.seed}.npz"


def _order(record: Record) -> tuple[int, str, int]:
    names = list(RECIPES)
    known = record.recipe in names
    place = names.index(record.recipe) if known else len(names)
    return place, record.recipe, record.seed
