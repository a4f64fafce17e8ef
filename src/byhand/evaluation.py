"""Scores of a model on labelled images, with the interval that their count allows.

Letters in shapes: N images, K classes, B bins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from byhand import notebook
from byhand.data.arrays import as_labels
from byhand.data.datasets import Dataset, Split
from byhand.data.prepared import recorded_loading
from byhand.data.relabel import with_classes
from byhand.errors import DataError, DivergedError, ShapeError
from byhand.ink.batch import as_batch
from byhand.model import Model
from byhand.types import Array, Floats, Images, Integers, Labels
from byhand.words import percent


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model got right and wrong on N labelled images of K classes.

    Attributes:
        count: N.
        correct: how many of them were right.
        accuracy: correct / count, a fraction.
        interval: Wilson's 95 % interval of the accuracy.
        confusion: (K, K) counts; rows are the truth, columns the prediction.
        precision: (K,) of the images called k, the fraction that are k; nan if
            none was.
        recall: (K,) of the images that are k, the fraction found; nan if none is.
        calibration_error: mean distance of confidence from accuracy, a fraction.
        predictions: (N,) class numbers.
        confidences: (N,) the probability given to the prediction.
        mistakes: indices of the wrong ones, the most confident first.
        class_names: K names; the class numbers unless `evaluate` knew better.
    """

    count: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    confusion: Integers
    precision: Floats
    recall: Floats
    calibration_error: float
    predictions: Integers
    confidences: Floats
    mistakes: Integers
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Name the classes by their numbers, unless they have names."""
        if not self.class_names:
            names = tuple(map(str, range(len(self.confusion))))
            object.__setattr__(self, "class_names", names)

    def __repr__(self) -> str:
        low, high = (percent(end) for end in self.interval)
        return (
            f"Evaluation({percent(self.accuracy)} of {self.count} images,"
            f" {len(self.confusion)} classes, 95 % interval {low} to {high})"
        )

    def _repr_html_(self) -> str:
        """Return the confusion matrix, for notebooks."""
        names = self.class_names[:30]
        counts = self.confusion[: len(names), : len(names)]
        matrix = notebook.confusion(names, counts)
        return notebook.block(notebook.title(repr(self)), matrix)

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with a row a class.

        Its columns are class (text), images and correct (counts), precision and
        recall (fractions, nan where there is none).

        Raises:
            MissingExtraError: pandas is not installed.
        """
        images, correct = self.confusion.sum(axis=1), self.confusion.diagonal()
        counts = {"class": self.class_names, "images": images, "correct": correct}
        scores = {"precision": self.precision, "recall": self.recall}
        return notebook.frame({**counts, **scores})


def evaluate(model: Model, data: Split | Dataset | tuple[Any, Any]) -> Evaluation:
    """Score a model on labelled images, or on the test images of a data set.

        byhand.evaluate(model, mnist)             # its test images
        byhand.evaluate(model, mnist.train)       # a Split
        byhand.evaluate(model, (X, y))            # pictures as predict takes them

    Args:
        model: its class numbers are those of the labels.
        data: of a data set, the class names are compared with the model's too; of
            pictures and labels, the labels are class numbers, or names of classes.

    Raises:
        ShapeError: the images are not of the model's height and width.
        DataError: no images, other classes, or a label that the model has no class for.
        DivergedError: the model's probabilities are not finite.
    """
    if isinstance(data, Dataset):
        data = for_model(model, data).test
    split: Any = data if hasattr(data, "labels") else _labelled(model, data)
    check_fit(model, split)
    labels = np.asarray(split.labels)
    probabilities = _finite_probabilities(model, split.images)  # (N, K)
    return scored(probabilities, labels, model.class_names)


def _labelled(model: Model, data: Any) -> Split:
    """Return pictures and labels (X, y) as the model takes them."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise DataError(
            "evaluate: expected a Dataset, a Split or (images, labels), got"
            f" {type(data).__name__}; try byhand.load_dataset"
        )
    images, _ = as_batch(data[0], model.image_shape)
    labels = np.asarray(data[1])
    if len(labels.shape) != 1 or len(labels) != len(images):
        raise DataError(
            f"evaluate: expected {len(images)} labels, one for each image, got "
            f"{labels.shape}"
        )
    if len(labels) == 0:
        raise DataError("evaluate: expected at least 1 image, got 0")
    if labels.dtype.kind in "OU" and set(labels.tolist()) <= {*model.class_names}:
        labels = np.array([model.class_names.index(name) for name in labels.tolist()])
    return Split(images, as_labels(labels, "evaluate"))


def training_data(model: Model) -> str:
    """Return the name or folder of the data a model was trained on, else "mnist"."""
    recorded = model.info.get("dataset")
    name = recorded.get("name") if isinstance(recorded, dict) else None
    return name if isinstance(name, str) else "mnist"


def training_loading(model: Model) -> dict[str, Any]:
    """Return how the data was read that a model was trained on, for load_dataset."""
    recorded = model.info.get("dataset")
    return recorded_loading(
        recorded.get("loading") if isinstance(recorded, dict) else None
    )


def check_classes(model: Model, dataset: Dataset) -> None:
    """Raise DataError unless the data set has the classes of the model, or some."""
    for_model(model, dataset)


def for_model(model: Model, dataset: Dataset) -> Dataset:
    """Return a data set with the classes and the channels of a model.

    See byhand.data.relabel; raises DataError for a class that the model does not have.
    """
    return with_classes(dataset, model.class_names, len(model.image_shape) == 3)


def _finite_probabilities(model: Model, images: Images) -> Floats:
    """Return the probabilities (N, K) of images; DivergedError if any is not finite."""
    with np.errstate(over="ignore", invalid="ignore"):  # raised below, with the cure
        probabilities: Floats = model.predict_proba(images)
    if not np.isfinite(probabilities).all():
        raise DivergedError(
            "evaluate: expected finite probabilities, got others: the model's training "
            "has diverged; try a smaller learning rate"
        )
    return probabilities


def scored(
    probabilities: Floats, labels: Labels, class_names: tuple[str, ...]
) -> Evaluation:
    """Return the scores of probabilities (N, K) against labels (N,)."""
    predictions = probabilities.argmax(axis=1)
    confidences = probabilities.max(axis=1).astype(np.float64)
    confusion = confusion_matrix(labels, predictions, len(class_names))
    count, correct = len(labels), int(np.trace(confusion))
    hits = np.diag(confusion)
    return Evaluation(
        count=count,
        correct=correct,
        accuracy=correct / count,
        interval=wilson(correct, count),
        confusion=confusion,
        precision=_ratio(hits, confusion.sum(axis=0)),
        recall=_ratio(hits, confusion.sum(axis=1)),
        calibration_error=expected_calibration_error(probabilities, labels),
        predictions=predictions,
        confidences=confidences,
        mistakes=confident_mistakes(predictions, confidences, labels),
        class_names=class_names,
    )


def wilson(correct: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the interval of the true accuracy, with 95 % confidence (z = 1.96).

    Unlike p ± z √(p (1 - p) / N) it never leaves 0..1 and is right near its ends.

    Raises:
        ValueError: correct is not within 0..count, or count is 0.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical
    Inference", J. Am. Stat. Assoc. 22, 209-212.
    """
    if not 0 <= correct <= count or count == 0:
        raise ValueError(
            f"wilson: expected 0 <= correct <= count and a count, got {correct, count}"
        )
    p, zz = correct / count, z * z / count
    centre = (p + zz / 2) / (1 + zz)
    half = z * math.sqrt(p * (1 - p) / count + zz / (4 * count)) / (1 + zz)
    # At 0 and N right, an end is exactly 0 or 1, which rounding might miss.
    low = 0.0 if correct == 0 else centre - half
    high = 1.0 if correct == count else centre + half
    return low, high


def confusion_matrix(labels: Labels, predictions: Integers, classes: int) -> Integers:
    """Count each pair (truth, prediction): (N,), (N,) -> (K, K)."""
    pairs = np.bincount(labels * classes + predictions, minlength=classes**2)
    return pairs.reshape(classes, classes).astype(np.int64)


def confident_mistakes(
    predictions: Integers, confidences: Floats, labels: Labels
) -> Integers:
    """Return the indices of wrong predictions, the most confident first."""
    wrong = np.flatnonzero(predictions != labels)
    return wrong[np.argsort(-confidences[wrong], kind="stable")]


def expected_calibration_error(
    probabilities: Array, labels: Labels, bins: int = 15
) -> float:
    """Return how far the confidence is from the accuracy, on average over images.

    The images are sorted into equally wide bins of their top probability; bin m of
    M holds those in ((m - 1) / M, m / M]. In each, the mean confidence is compared
    with the accuracy; the distances are weighted with the images in the bin.

    Args:
        probabilities: (N, K), rows summing to 1; N at least 1.
        labels: (N,) class numbers.
        bins: M.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks",
    arXiv:1706.04599, eq. 3.
    """
    confidences = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    number = np.clip(np.ceil(confidences * bins).astype(np.int64) - 1, 0, bins - 1)
    # In a bin, n (accuracy - mean confidence) is the sum of (right - confidence).
    gaps = np.bincount(number, weights=right - confidences, minlength=bins)  # (B,)
    return float(np.abs(gaps).sum() / len(labels))


def _ratio(part: Integers, total: Integers) -> Floats:
    """Divide the counts of each class, (K,) by (K,); nan where the total is 0."""
    ratio: Floats = np.full(len(part), np.nan)
    return np.divide(part, total, out=ratio, where=total > 0)


def check_fit(model: Model, split: Split) -> None:
    """Raise unless the model can be scored on the split.

    Raises:
        ShapeError: the images are not of the model's height and width.
        DataError: no images, or a label that the model has no class for.
    """
    found, expected = tuple(split.images.shape[1:]), tuple(model.image_shape)
    if found != expected:
        raise ShapeError(
            f"evaluate: expected images of {expected}, got {found}; "
            "try --prepare, or train a model on these"
        )
    if len(split.labels) == 0:
        raise DataError("evaluate: expected at least 1 image, got 0")
    if int(split.labels.max()) >= len(model.class_names):
        raise DataError(
            f"evaluate: expected labels 0..{len(model.class_names) - 1}, "
            f"got {int(split.labels.max())}; train a model on these classes"
        )
