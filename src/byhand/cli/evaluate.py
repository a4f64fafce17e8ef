"""``byhand evaluate``: a model's scores on the test images of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import display, fetching, options, output
from byhand.cli import robustness as conditions

if TYPE_CHECKING:
    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation
    from byhand.robustness.scores import ConditionScore

SHOWN = 10  # mistakes listed for the reader; --json lists them all
EXAMPLES = (
    "byhand evaluate",
    "byhand evaluate runs/mnist-standard-0/model.safetensors --pictures scores",
    "byhand evaluate new.safetensors --data emnist-digits --json",
    "byhand evaluate --data scans --prepare",
    "byhand evaluate --robustness --pictures scores",
)


Pictures = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Save pictures of first images, confusion and mistakes."
    ),
]
Robustness = Annotated[
    bool,
    typer.Option("--robustness", help="Score it on changed and degraded images too."),
]


def evaluate(
    model: options.ModelArgument = None,
    data: options.ModelData = None,
    pictures: Pictures = None,
    robustness: Robustness = False,
    prepare: options.Prepare = False,
    first_label: options.FirstLabel = 0,
    label_column: options.LabelColumn = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a model on the test images of a data set.

    Accuracy with its 95 % interval (Wilson), expected calibration error (15 bins),
    precision and recall of each class, confusion matrix, most confident mistakes.

    With --robustness also the accuracy on the images shifted, rotated, blurred and so
    on, and under the fifteen corruptions of MNIST-C (Mu and Gilmer 2019).
    """
    from byhand.evaluation import evaluate as evaluated
    from byhand.model import load

    options.load_plugins(plugins)
    display.check(pictures and pictures / "confusion.png")
    loaded = load(model)
    output.note_compiling(output.notes(quiet))
    dataset = fetching.dataset_for(
        loaded,
        data,
        quiet,
        prepare=prepare,
        first_label=first_label,
        label_column=label_column,
    )
    scores = evaluated(loaded, dataset)
    rows = conditions.measure(loaded, dataset, quiet) if robustness else []
    written = _draw(scores, rows, dataset, pictures) if pictures else []
    if json:
        answer = as_json(scores, rows, dataset)
        output.print_json(answer | {"model": model, "pictures": written})
    else:
        _print(scores, rows, dataset)
        output.note_pictures(output.notes(quiet), written)


def as_json(
    scores: Evaluation, rows: Sequence[ConditionScore], dataset: Dataset
) -> dict[str, Any]:
    """Return everything measured, classes by their names."""
    robustness = {"robustness": conditions.as_json(rows)} if rows else {}
    names, truths = dataset.class_names, dataset.test.labels
    per_class = zip(names, scores.precision, scores.recall, strict=True)
    return {
        "dataset": dataset.name,
        "warnings": dataset.warnings,
        "count": scores.count,
        "correct": scores.correct,
        "accuracy": scores.accuracy,
        "interval": scores.interval,
        "calibration_error": scores.calibration_error,
        "classes": [
            {"class": name, "precision": precision, "recall": recall}
            for name, precision, recall in per_class
        ],
        "confusion": scores.confusion,
        "mistakes": [
            {
                "index": int(index),
                "truth": names[truths[index]],
                "prediction": names[scores.predictions[index]],
                "confidence": scores.confidences[index],
            }
            for index in scores.mistakes
        ],
        **robustness,
    }


def _print(
    scores: Evaluation, rows: Sequence[ConditionScore], dataset: Dataset
) -> None:
    """Print the scores, and those on changed images if there are any."""
    _print_scores(scores, dataset)
    if rows:
        output.answers().print("\nTest images changed and degraded:")
        conditions.print_table(rows)


def _print_scores(scores: Evaluation, dataset: Dataset) -> None:
    """Print the scores as text and three tables."""
    out = output.answers()
    out.print(
        f"accuracy           {output.percent(scores.accuracy)}"
        f"  ({output.interval(scores.interval)};"
        f" {scores.correct} of {scores.count} test images of {dataset.name})"
    )
    out.print(f"calibration error  {output.percent(scores.calibration_error)}")
    out.print()
    names = [output.printable(name) for name in dataset.class_names]
    _print_classes(scores, names)
    out.print("\nConfusion: rows are the truth, columns the prediction.")
    _print_confusion(scores, names)
    if scores.mistakes.size:
        out.print("\nThe most confident mistakes:")
        _print_mistakes(scores, dataset, names)


def _print_classes(scores: Evaluation, names: list[str]) -> None:
    """Print precision and recall of each class."""
    rows = output.table("class", "images", "precision", "recall", text=["class"])
    for k, name in enumerate(names):
        images = int(scores.confusion[k].sum())
        precision, recall = scores.precision[k], scores.recall[k]
        rows.add_row(
            name, str(images), output.percent(precision), output.percent(recall)
        )
    output.answers().print(rows)


def _print_confusion(scores: Evaluation, names: list[str]) -> None:
    """Print the confusion matrix; a dot for 0, so that the mistakes stand out."""
    rows = output.table("", *names, text=[""])
    for name, counts in zip(names, scores.confusion, strict=True):
        rows.add_row(name, *(str(count) if count else "·" for count in counts))
    output.answers().print(rows)


def _print_mistakes(scores: Evaluation, dataset: Dataset, names: list[str]) -> None:
    """Print the most confident mistakes."""
    rows = output.table("image", "truth", "prediction", "confidence")
    for index in scores.mistakes[:SHOWN]:
        rows.add_row(
            str(index),
            names[dataset.test.labels[index]],
            names[scores.predictions[index]],
            output.percent(scores.confidences[index]),
        )
    output.answers().print(rows)


def _draw(
    scores: Evaluation,
    rows: Sequence[ConditionScore],
    dataset: Dataset,
    folder: Path,
) -> list[Path]:
    """Draw first images, confusion, mistakes and robustness; return the paths."""
    from byhand import plots
    from byhand.runs.report import first_ten

    wrong = scores.mistakes
    figures = {
        "first-ten.png": first_ten(scores, dataset),
        "confusion.png": plots.confusion(scores.confusion, dataset.class_names),
        "mistakes.png": plots.mistakes(
            dataset.test.images[wrong],
            dataset.test.labels[wrong],
            scores.predictions[wrong],
            scores.confidences[wrong],
            dataset.class_names,
        ),
    }
    written = [plots.save(figure, folder / name) for name, figure in figures.items()]
    return written + ([conditions.draw(rows, folder)] if rows else [])
