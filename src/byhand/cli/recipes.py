"""``byhand recipes``: what there is to train with, and what it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from byhand.cli import display, options, output

if TYPE_CHECKING:
    from rich.table import Table

    from byhand.training.recipe import Recipe

# MNIST's, for which the recipes are made
IMAGES, SHAPE, CLASSES = 60_000, (28, 28), 10
KINDS = ("conv", "dense")  # the layers with weights
EXAMPLES = ("byhand recipes", "byhand recipes --json")


def recipes(json: options.Json = False, quiet: options.Quiet = False) -> None:
    """List the recipes that 'byhand train --recipe NAME' knows.

    For MNIST: the network, its parameters, the images it is trained on (the others
    are held out to choose by), for how many epochs, and what is known of the time and
    memory that takes.
    """
    from byhand.training.recipes import RECIPES

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


def _as_table(found: list[dict[str, Any]]) -> Table:
    """Return a line for each recipe."""
    rows = output.table(
        *("name", "network", "parameters", "images", "epochs", "cost", "summary"),
        text=["name", "network", "cost", "summary"],
    )
    for row in found:
        counts = (f"{row['parameters']:,}", f"{row['images']:,}")
        epochs = f"{row['epochs']:.3g}"
        words = (row["cost"] or "–", row["summary"])
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
            *([row["cost"]] if row["cost"] else []),
        )
        rows.add_row(row["name"], "\n".join([row["summary"], "; ".join(facts)]))
    return rows


def as_json(recipe: Recipe) -> dict[str, Any]:
    """Return what there is to know of a recipe when it is used on MNIST."""
    from byhand.nn import build
    from byhand.nn.init import PLACEHOLDERS

    architecture = recipe.architecture_for(CLASSES)
    params = build(architecture, SHAPE, init=PLACEHOLDERS).params.values()
    images = IMAGES - min(recipe.validation, IMAGES // 10)
    return {
        "name": recipe.name,
        "summary": recipe.summary,
        "network": short(architecture),
        "architecture": architecture,
        "parameters": sum(p.size for p in params),
        "images": images,
        "epochs": recipe.epochs or (recipe.steps or 0) * recipe.batch / images,
        "cost": recipe.cost,
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
