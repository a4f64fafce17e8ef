"""``byhand show``: data, mistakes, weights, history, digits and pages as pictures."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from byhand.cli import display, fetching, options

if TYPE_CHECKING:
    from byhand.data.datasets import Dataset
    from byhand.training.state import Epoch
    from byhand.types import Grey

SHOWN = 20  # images, or neurons, drawn in a terminal; a picture file holds more
CHART_ROWS = 8
SHRUNK = 8  # pixels of a page for each in a terminal
STRIP = 24  # images in a row of what augmentation does

Number = Annotated[
    int, typer.Argument(min=0, metavar="N", help="Which test image, from 0.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of all that is drawn.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Save the picture: .png, .pdf or .svg."),
]


def data(data: options.Data = "mnist", out: Out = None) -> None:
    """Show training images of each class."""
    from byhand import terminal

    display.check(out)
    dataset = fetching.dataset(data)
    train, names = dataset.train, dataset.class_names
    captions = [names[label] for label in train.labels[:SHOWN]]
    display.show(
        lambda: _plots().samples(train.images, train.labels, names),
        lambda width: terminal.gallery(train.images[:SHOWN], captions, width),
        out,
    )


def mistakes(
    model: options.ModelFile = None,
    data: options.ModelData = None,
    out: Out = None,
    plugins: options.Plugins = None,
) -> None:
    """Show a model's mistakes on test images, the most confident first."""
    from byhand import terminal
    from byhand.evaluation import evaluate
    from byhand.model import load

    options.load_plugins(plugins)
    display.check(out)
    loaded = load(model)
    dataset = fetching.dataset_for(loaded, data)
    names, scores = dataset.class_names, evaluate(loaded, dataset)
    wrong = scores.mistakes
    images, labels = dataset.test.images[wrong], dataset.test.labels[wrong]
    predictions, confidences = scores.predictions[wrong], scores.confidences[wrong]
    captions = [
        f"{index}: {names[prediction]}, is {names[label]}"
        for index, prediction, label in zip(wrong, predictions, labels, strict=True)
    ][:SHOWN]
    display.show(
        lambda: _plots().mistakes(images, labels, predictions, confidences, names),
        lambda width: (
            terminal.gallery(images[:SHOWN], captions, width)
            if captions
            else "No mistakes."
        ),
        out,
    )


def weights(
    model: options.ModelFile = None,
    out: Out = None,
    plugins: options.Plugins = None,
) -> None:
    """Show the weights of a model's first layer, neuron by neuron."""
    from rich.columns import Columns
    from rich.console import Group
    from rich.text import Text

    from byhand import terminal
    from byhand.model import load
    from byhand.nn.summary import first_weights

    options.load_plugins(plugins)
    display.check(out)
    loaded = load(model)
    w, shape = first_weights(loaded.network.layers, loaded.image_shape)
    neurons = w.T[:SHOWN].reshape(-1, *shape)
    legend = weights_legend(len(neurons), w.shape[1], shape)
    display.show(
        lambda: _plots().weights(w, shape),
        lambda width: Group(
            Text(legend),
            Columns(
                [terminal.signed(neuron, width) for neuron in neurons], padding=(1, 2)
            ),
        ),
        out,
    )


def weights_legend(shown: int, count: int, shape: tuple[int, int]) -> str:
    """Return what a drawing of the first layer's weights shows."""
    some = f"{shown} of {count}" if shown < count else f"{count}"
    height, width = shape
    return (
        f"Weights of the first layer: {some} neurons, {height} × {width} pixels each.\n"
        "Orange or +*#: ink there raises the output; blue or -=o: ink lowers it; black"
        " or blank: 0. Each neuron has its own scale, up to its largest weight."
    )


def history(
    model: options.ModelFile = None,
    out: Out = None,
    plugins: options.Plugins = None,
) -> None:
    """Show a model's loss and accuracy during training."""
    from rich.console import Group

    from byhand import terminal
    from byhand.model import load
    from byhand.training.recorded import recorded_history

    options.load_plugins(plugins)
    display.check(out)
    epochs = recorded_history(load(model))
    display.show(
        lambda: _plots().history(epochs),
        lambda width: Group(
            *(
                terminal.curve(values, width, CHART_ROWS, label, "epoch")
                for label, values in curves(epochs).items()
            )
        ),
        out,
    )


def curves(epochs: list[Epoch]) -> dict[str, list[float]]:
    """Return the measures of every epoch, by what they are; NaN where one is missing.

    A measure that no epoch has is left out.
    """
    nan = float("nan")
    held_out = [epoch.validation_accuracy for epoch in epochs]
    losses = [epoch.validation_loss for epoch in epochs]
    measures = {
        "training loss, nats an image": [epoch.loss for epoch in epochs],
        "validation loss, nats an image": [nan if x is None else x for x in losses],
        "training accuracy, %": [100 * epoch.training_accuracy for epoch in epochs],
        "validation accuracy, %": [nan if x is None else 100 * x for x in held_out],
    }
    return {
        label: values
        for label, values in measures.items()
        if any(math.isfinite(value) for value in values)
    }


def digit(
    number: Number,
    model: options.ModelFile = None,
    data: options.ModelData = None,
    out: Out = None,
    plugins: options.Plugins = None,
) -> None:
    """Show one test image, large, with a model's prediction."""
    from byhand.evaluation import check_classes
    from byhand.model import load

    options.load_plugins(plugins)
    display.check(out)
    loaded = load(model)
    dataset = fetching.dataset_for(loaded, data)
    check_classes(loaded, dataset)
    check_number(number, dataset)
    names, label = dataset.class_names, int(dataset.test.labels[number])
    image = dataset.test.images[number]
    probabilities = loaded.predict_proba(image[None])[0]
    prediction = names[int(probabilities.argmax())]
    title = f"test image {number}: {names[label]}, read as {prediction}"
    display.show(
        lambda: _plots().digit(image, probabilities, names, label),
        lambda width: display.with_bars(title, image, probabilities, names, width),
        out,
    )


def augment(data: options.Data = "mnist", out: Out = None) -> None:
    """Show what augmentation does to training images."""
    from byhand import terminal
    from byhand.augment.examples import augmented

    display.check(out)
    train = fetching.dataset(data).train
    count = min(STRIP, len(train))
    rows = augmented(train.images[:count], train.labels[:count])
    captions = list(rows)
    display.show(
        lambda: _plots().changes(rows, "What augmentation may do to training images"),
        lambda width: terminal.gallery(
            [row[min(2, len(row) - 1)] for row in rows.values()], captions, width
        ),
        out,
    )


def pages(seed: Seed = 0, out: Out = None) -> None:
    """Show a synthetic page of each kind, with what its pixels show."""
    from byhand import terminal
    from byhand.synthesis.kinds import examples

    display.check(out)
    train = fetching.dataset("mnist").train
    made = examples((train.images, train.labels), seed)
    display.show(
        lambda: _plots().pages(made),
        lambda width: terminal.gallery(
            [shrunk(page.ink) for page in made],
            [page.kind for page in made],
            width,
        ),
        out,
    )


def shrunk(ink: Grey) -> Grey:
    """Return the ink of a page in blocks, each as covered as its most covered pixel."""
    height, width = (side // SHRUNK for side in ink.shape)
    blocks = ink[: height * SHRUNK, : width * SHRUNK]
    most: Grey = blocks.reshape(height, SHRUNK, width, SHRUNK).max(axis=(1, 3))
    return most


def check_number(number: int, dataset: Dataset) -> None:
    """Raise DataError unless there is a test image of that number."""
    from byhand.errors import DataError

    count = len(dataset.test)
    if number >= count:
        raise DataError(
            f"show digit: expected 0 to {count - 1}, the test images of "
            f"{dataset.name}, got {number}"
        )


def _plots() -> ModuleType:
    """Return the module of plots, imported when a picture is made: matplotlib is."""
    from byhand import plots

    return plots


app = typer.Typer(
    help=options.help_page(
        "Show data, mistakes, weights, history or a digit.\n\n"
        "In a graphical session the picture opens in the system's viewer; otherwise it "
        "is drawn in the terminal. --out saves it instead.",
        "byhand show data",
        "byhand show mistakes --out mistakes.png",
        "byhand show digit 8",
    ),
    no_args_is_help=True,
)
options.add(app, data, ["byhand show data", "byhand show data --data kmnist"])
options.add(
    app,
    mistakes,
    [
        "byhand show mistakes --out mistakes.png",
        "byhand show mistakes --model runs/mnist-standard-0/model.safetensors",
    ],
)
options.add(app, weights, ["byhand show weights --out weights.svg"])
options.add(
    app, history, ["byhand show history --model runs/mnist-classic-0/model.safetensors"]
)
options.add(app, augment, ["byhand show augment --out augment.png"])
options.add(app, pages, ["byhand show pages --out pages.png"])
options.add(app, digit, ["byhand show digit 8", "byhand show digit 8 --out eight.png"])
