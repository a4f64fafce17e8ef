"""``byhand compare``: which of two models is better, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import display, fetching, options, output

if TYPE_CHECKING:
    from byhand.comparison import Comparison
    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation

    Scores = dict[str, Evaluation]  # of "A" and "B"

SHOWN = 20  # differences listed for the reader; --json lists them all
EXAMPLES = (
    "byhand compare runs/mnist-standard-0/model.safetensors shipped",
    "byhand compare old.safetensors new.safetensors --pictures differences",
    "byhand compare shipped new.safetensors --data emnist-digits --json",
)

First = Annotated[str, typer.Argument(metavar="A", help=options.MODEL_HELP)]
Second = Annotated[str, typer.Argument(metavar="B", help=options.MODEL_HELP)]
Pictures = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Save a picture of the differences here."),
]


def compare(
    a: First,
    b: Second,
    data: options.PairData = None,
    pictures: Pictures = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two models on the same test images.

    The accuracy of each with its 95 % interval (Wilson), how often both, one or none is
    right, McNemar's exact test of the difference, and the images they differ on.
    """
    from byhand.comparison import compare as compared
    from byhand.evaluation import evaluate
    from byhand.model import load

    options.load_plugins(plugins)
    picture = pictures and pictures / "differences.png"
    display.check(picture)
    files = {"A": a, "B": b}
    models = {name: load(file) for name, file in files.items()}
    output.note_compiling(output.notes(quiet))
    dataset = fetching.dataset_for(models["A"], data, quiet)
    scores = {name: evaluate(model, dataset) for name, model in models.items()}
    predictions = (own.predictions for own in scores.values())
    found = compared(dataset.test.labels, *predictions)
    written = [_draw(files, scores, found, dataset, picture)] if picture else []
    if json:
        measured = as_json(files, scores, found, dataset)
        output.print_json(measured | {"pictures": written})
    else:
        _print(files, scores, found, dataset)
        output.note_pictures(output.notes(quiet), written)


def outcome(found: Comparison) -> str:
    """Return in a sentence which model is better, if the difference is significant."""
    p = "p < 0.0001" if found.p < 0.0001 else f"p = {found.p:.2g}"
    if found.better:
        return f"{found.better.upper()} is better: {p}"
    return f"No significant difference on these images: {p}"


def as_json(
    files: dict[str, str], scores: Scores, found: Comparison, dataset: Dataset
) -> dict[str, Any]:
    """Return everything measured, classes by their names."""
    return {
        "dataset": dataset.name,
        "count": scores["A"].count,
        "models": {
            model: {
                "model": files[model],
                "correct": own.correct,
                "accuracy": own.accuracy,
                "interval": own.interval,
            }
            for model, own in scores.items()
        },
        "both_right": found.both,
        "only_a_right": found.only_a,
        "only_b_right": found.only_b,
        "both_wrong": found.neither,
        "p": found.p,
        "better": found.better and found.better.upper(),
        "outcome": outcome(found),
        "differences": [
            difference(int(index), scores, dataset) for index in found.differing
        ],
    }


def difference(index: int, scores: Scores, dataset: Dataset) -> dict[str, Any]:
    """Return what the two predict for one image, and the truth."""
    names = dataset.class_names
    answers = {
        model: {
            "prediction": names[own.predictions[index]],
            "confidence": own.confidences[index],
        }
        for model, own in scores.items()
    }
    return {"index": index, "truth": names[dataset.test.labels[index]], **answers}


def _print(
    files: dict[str, str], scores: Scores, found: Comparison, dataset: Dataset
) -> None:
    """Print scores, counts, outcome and differences."""
    _print_scores(files, scores, dataset)
    _print_counts(found)
    output.answers().print(f"\n{outcome(found)}")
    _print_differences(scores, found, dataset)


def _print_scores(files: dict[str, str], scores: Scores, dataset: Dataset) -> None:
    """Print the accuracy of each model."""
    out = output.answers()
    out.print(f"{scores['A'].count} test images of {output.printable(dataset.name)}\n")
    rows = output.table(
        "", "accuracy", "95 % interval", "right", "model", text=["model"]
    )
    for model, own in scores.items():
        ends = output.percent_range(own.interval)
        name = output.printable(files[model])
        rows.add_row(model, output.percent(own.accuracy), ends, str(own.correct), name)
    out.print(rows)


def _print_counts(found: Comparison) -> None:
    """Print how often both, one or none is right."""
    rows = output.table("", "B right", "B wrong", text=[""])
    rows.add_row("A right", str(found.both), str(found.only_a))
    rows.add_row("A wrong", str(found.only_b), str(found.neither))
    output.answers().print()
    output.answers().print(rows)


def _print_differences(scores: Scores, found: Comparison, dataset: Dataset) -> None:
    """Print the first images with different answers."""
    from byhand.words import counted

    out, total = output.answers(), len(found.differing)
    if not total:
        out.print("\nThey give the same answer for every image.")
        return
    first = f"; the first {SHOWN}" if total > SHOWN else ""
    out.print(f"\nThey differ on {counted(total, 'image')}{first}:")
    columns = ("image", "truth", "A", "confidence", "B", "confidence", "right")
    rows = output.table(*columns, text=["right"])
    for index in found.differing[:SHOWN]:
        image = difference(int(index), scores, dataset)
        cells = [str(index), output.printable(image["truth"])]
        right = "–"
        for model in scores:
            name, confidence = image[model]["prediction"], image[model]["confidence"]
            cells += [output.printable(name), output.percent(confidence)]
            right = model if name == image["truth"] else right
        rows.add_row(*cells, right)
    out.print(rows)


def _draw(
    files: dict[str, str],
    scores: Scores,
    found: Comparison,
    dataset: Dataset,
    path: Path,
) -> Path:
    """Draw the images with different answers; return the picture's path."""
    from byhand import plots

    where = found.differing
    a, b = ((own.predictions[where], own.confidences[where]) for own in scores.values())
    images, labels = dataset.test.images[where], dataset.test.labels[where]
    named = (files["A"], files["B"])
    figure = plots.differences(images, labels, a, b, dataset.class_names, named)
    return plots.save(figure, path)
