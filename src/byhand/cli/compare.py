"""``byhand compare``: which of two models is better, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import evaluate, fetching, options, output

if TYPE_CHECKING:
    from byhand.comparison import Comparison
    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation
    from byhand.model import Model

    Scores = dict[str, Evaluation]  # of "A" and "B"

SHIPPED = "shipped"  # instead of a file: the model in the package
SHOWN = 20  # differences listed for the reader; --json lists them all
EXAMPLES = (
    "byhand compare runs/standard-0/model.safetensors shipped",
    "byhand compare old.safetensors new.safetensors --pictures differences",
    "byhand compare shipped new.safetensors --data emnist-digits --json",
)

_HELP = "A model's file, or the word 'shipped' for the model in the package."
First = Annotated[str, typer.Argument(metavar="A", help=_HELP)]
Second = Annotated[str, typer.Argument(metavar="B", help=_HELP)]


def compare(
    a: First,
    b: Second,
    data: options.PairData = None,
    pictures: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Draw the images they differ on here."),
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare two models on the same test images.

    The accuracy of each with its 95 % interval (Wilson), how often both, one or none
    is right, whether chance alone could make that difference (McNemar's exact test),
    and the images that they answer differently.
    """
    from byhand.comparison import compare as compared

    models = {"A": opened(a), "B": opened(b)}
    output.note_compiling(output.notes(quiet))
    dataset = fetching.dataset(data or fetching.trained_on(models["A"]), quiet=quiet)
    scores = {who: evaluate.score(model, dataset) for who, model in models.items()}
    found = compared(
        dataset.test.labels, scores["A"].predictions, scores["B"].predictions
    )
    written = _draw(scores, found, dataset, pictures) if pictures else []
    files = {"A": a, "B": b}
    if json:
        answer = as_json(files, scores, found, dataset)
        output.print_json(answer | {"pictures": written})
        return
    _print_scores(files, scores, dataset)
    _print_counts(found)
    output.answers().print(f"\n{outcome(found)}")
    _print_differences(scores, found, dataset)
    for path in written:
        output.notes(quiet).print(f"picture  {output.printable(str(path))}")


def opened(name: str) -> Model:
    """Return the model in a file, or the one in the package if it is called shipped."""
    from byhand.model import load

    return load(None if name == SHIPPED else name)


def outcome(found: Comparison) -> str:
    """Return in a sentence which model is better, if that can be said at all."""
    p = "p < 0.0001" if found.p < 0.0001 else f"p = {found.p:.2g}"
    if found.better:
        return f"{found.better.upper()} is better: {p}"
    return f"No difference that these images could show: {p}"


def as_json(
    files: dict[str, str], scores: Scores, found: Comparison, dataset: Dataset
) -> dict[str, Any]:
    """Return everything measured, classes by their names."""
    return {
        "dataset": dataset.name,
        "count": scores["A"].count,
        "models": {
            who: {
                "model": files[who],
                "correct": own.correct,
                "accuracy": own.accuracy,
                "interval": own.interval,
            }
            for who, own in scores.items()
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
    """Return what the two say of one image, and what it is."""
    names = dataset.class_names
    said = {
        who: {
            "prediction": names[own.predictions[index]],
            "confidence": own.confidences[index],
        }
        for who, own in scores.items()
    }
    return {"index": index, "truth": names[dataset.test.labels[index]], **said}


def _print_scores(files: dict[str, str], scores: Scores, dataset: Dataset) -> None:
    """Print the accuracy of each model."""
    out = output.answers()
    out.print(f"{scores['A'].count} test images of {output.printable(dataset.name)}\n")
    rows = output.table(
        "", "accuracy", "95 % interval", "right", "model", text=["model"]
    )
    for who, own in scores.items():
        low, high = own.interval
        ends = f"{100 * low:.2f} to {100 * high:.2f} %"
        name = output.printable(files[who])
        rows.add_row(who, output.percent(own.accuracy), ends, str(own.correct), name)
    out.print(rows)


def _print_counts(found: Comparison) -> None:
    """Print how often both, one or none is right."""
    rows = output.table("", "B right", "B wrong", text=[""])
    rows.add_row("A right", str(found.both), str(found.only_a))
    rows.add_row("A wrong", str(found.only_b), str(found.neither))
    output.answers().print()
    output.answers().print(rows)


def _print_differences(scores: Scores, found: Comparison, dataset: Dataset) -> None:
    """Print the first images that the two answer differently."""
    out, total = output.answers(), len(found.differing)
    if not total:
        out.print("\nThey say the same of every image.")
        return
    some = f"; the first {SHOWN}" if total > SHOWN else ""
    images = "image" if total == 1 else "images"
    out.print(f"\nThey differ on {total} {images}{some}:")
    rows = output.table(
        "image", "truth", "A", "sure", "B", "sure", "right", text=["right"]
    )
    for index in found.differing[:SHOWN]:
        told = difference(int(index), scores, dataset)
        cells = [str(index), output.printable(told["truth"])]
        right = "–"
        for who in scores:
            said, sure = told[who]["prediction"], told[who]["confidence"]
            cells += [output.printable(said), output.percent(sure)]
            right = who if said == told["truth"] else right
        rows.add_row(*cells, right)
    out.print(rows)


def _draw(
    scores: Scores, found: Comparison, dataset: Dataset, folder: Path
) -> list[Path]:
    """Draw the images they differ on into the folder; return the paths."""
    from byhand import plots

    where = found.differing
    a, b = ((own.predictions[where], own.confidences[where]) for own in scores.values())
    images, labels = dataset.test.images[where], dataset.test.labels[where]
    figure = plots.differences(images, labels, a, b, dataset.class_names)
    return [plots.save(figure, folder / "differences.png")]
