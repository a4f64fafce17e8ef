"""Commands that are imported when they are run: to list them takes a line of each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from byhand.cli.options import add

# Each command, the module of this room that it is in, with the first line of its help.
COMMANDS = {
    "train": "Train a network, measure it on the test images and draw a report.",
    "sweep": "Train every combination of some settings, and compare them.",
    "recipes": "List the recipes that 'byhand train --recipe NAME' knows.",
    "evaluate": "Score a model on the test images of a data set.",
    "compare": "Compare two models on the same test images.",
    "predict": "Recognise the digit in each picture, with the model's confidence.",
    "read": "Read the digits in pictures of handwriting, line by line.",
    "lab": "Draw digits, see the network read them, and look inside.",
    "show": "Show data, mistakes, weights, history or a digit.",
    "gradcheck": "Check every layer, every fused stage and a whole network.",
    "data": "List, fetch and check data sets.",
    "export": "Write a model for other programs (ONNX) or as a page to draw on (HTML).",
}


class LazyCommands(TyperGroup):
    """The commands of COMMANDS; what is run, or asked for help, is imported."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command in the arguments, imported."""
        if args and args[0] in COMMANDS:
            self.commands[args[0]] = imported(args[0])
        return super().resolve_command(ctx, args)


def list_commands(app: typer.Typer) -> None:
    """Add to an app of LazyCommands what it lists."""
    for name, line in COMMANDS.items():
        app.command(name, help=line)(_not_imported)


def imported(name: str) -> Any:
    """Return a command with its options, or a group of commands."""
    module, app = import_module(f"byhand.cli.{name}"), typer.Typer()
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        add(app, getattr(module, name), module.EXAMPLES)
    return get_group(app).commands[name]


def _not_imported() -> None:
    """Stand for a command in the list of commands."""
