"""``byhand recipes``: what there is to train with, and what it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import display, options, output

if TYPE_CHECKING:
    from rich.table import Table

    from byhand.training.recipe import Recipe
    from byhand.training.speeds import Speed

# MNIST's, for which the recipes are made
IMAGES, SHAPE, CLASSES = 60_000, (28, 28), 10
KINDS = ("conv", "dense")  # the layers with weights
UNKNOWN = "–"
NOT_MEASURED = "Not all times are known here: byhand recipes --measure"
EXAMPLES = (
    "byhand recipes",
    "byhand recipes --measure",
    "byhand recipes --json",
    "byhand recipes --toml standard > my.toml",
)

Measure = Annotated[
    bool, typer.Option("--measure", help="Measure the times now: a second a recipe.")
]

Toml = Annotated[
    str | None,
    typer.Option(
        "--toml",
        metavar="NAME",
        help="Print a recipe as a file to change, for 'byhand train --recipe FILE'.",
        autocompletion=options.recipe_names,
    ),
]


def recipes(
    measure: Measure = False,
    toml: Toml = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """List the recipes that 'byhand train --recipe NAME' knows.

    For MNIST: the network, its parameters, the images it is trained on (the others
    are held out to choose by), for how many epochs, and how long that takes on this
    machine. The time is that of earlier runs, or what --measure found by some steps of
    training.

    --toml prints all settings of a recipe, with a line on each, as TOML.
    """
    from byhand.training.recipe_file import recipe_of, recipe_toml
    from byhand.training.recipes import RECIPES

    if toml is not None:
        print(recipe_toml(recipe_of(toml)), end="")
        return
    if measure:
        measure_all(quiet)
    found = [as_json(recipe) for recipe in RECIPES.values()]
    if json:
        output.print_json(found)
        return
    wide = _as_table(found)
    narrow = display.columns(output.ENDLESS)
    if output.answers().measure(wide).maximum > narrow:
        output.answers().print(_as_paragraphs(found), width=narrow)
    else:
        output.answers().print(wide)
    if any(row["seconds"] is None for row in found) and not quiet:
        output.answers().print(NOT_MEASURED)


def _as_table(found: list[dict[str, Any]]) -> Table:
    """Return a line for each recipe."""
    rows = output.table(
        *("name", "network", "parameters", "images", "epochs", "time here", "summary"),
        text=["name", "network", "time here", "summary"],
    )
    for row in found:
        counts = (f"{row['parameters']:,}", f"{row['images']:,}")
        epochs = f"{row['epochs']:.3g}"
        words = (_time(row) or UNKNOWN, row["summary"])
        rows.add_row(row["name"], row["network"], *counts, epochs, *words)
    return rows


def _as_paragraphs(found: list[dict[str, Any]]) -> Table:
    """Return some lines for each recipe, for a terminal that a table does not fit."""
    from rich.table import Table

    rows = Table.grid(padding=(0, 2, 1, 0))
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    for row in found:
        facts = (
            f"{row['network']}: {row['parameters']:,} parameters",
            f"{row['images']:,} images, {row['epochs']:.3g} epochs",
            f"{_time(row)} here" if _time(row) else "time here not known",
        )
        rows.add_row(row["name"], "\n".join([row["summary"], "; ".join(facts)]))
    return rows


def _time(row: dict[str, Any]) -> str:
    """Return a recipe's time in words; "" where it is not known."""
    from byhand.words import duration

    return "" if row["seconds"] is None else duration(row["seconds"])


def measure_all(quiet: bool) -> None:
    """Measure how fast each recipe trains here, and record it."""
    from byhand.data.datasets import load_dataset
    from byhand.training.duration import Timing
    from byhand.training.loop import step
    from byhand.training.recipes import RECIPES

    output.note_compiling(output.notes(quiet))
    timing = Timing(load_dataset("mnist"), step)
    for recipe in RECIPES.values():
        timing.measure(recipe)


def speed_of(recipe: Recipe) -> Speed | None:
    """Return how fast the recipe was on MNIST in earlier runs, on all processors."""
    from byhand.nn.threads import available_threads
    from byhand.training.speeds import DataSize, recorded

    mnist = DataSize("mnist", IMAGES, SHAPE, CLASSES)
    return recorded(recipe, mnist, available_threads())


def as_json(recipe: Recipe) -> dict[str, Any]:
    """Return what there is to know of a recipe when it is used on MNIST."""
    from byhand.nn import build
    from byhand.nn.init import PLACEHOLDERS
    from byhand.training.duration import length_of, seconds_of

    speed, held_out = speed_of(recipe), length_of(recipe, IMAGES).held_out
    architecture = recipe.architecture_for(CLASSES)
    params = build(architecture, SHAPE, init=PLACEHOLDERS).params.values()
    images = IMAGES - held_out
    return {
        "name": recipe.name,
        "summary": recipe.summary,
        "network": short(architecture),
        "architecture": architecture,
        "parameters": sum(p.size for p in params),
        "images": images,
        "epochs": recipe.epochs or (recipe.steps or 0) * recipe.batch / images,
        "seconds": None if speed is None else seconds_of(recipe, IMAGES, speed),
    }


def short(architecture: str) -> str:
    """Return an architecture in a few words.

    "784-384-128-10" if it is dense all through, else "conv 16-32, dense 64-10".
    """
    sizes = {kind: re.findall(rf"\b{kind} (\d+)", architecture) for kind in KINDS}
    if not sizes["conv"]:
        return "-".join([str(SHAPE[0] * SHAPE[1]), *sizes["dense"]])
    parts = [f"{kind} {'-'.join(found)}" for kind, found in sizes.items() if found]
    return ", ".join(parts)
