"""Handwritten digits recognised by code written by hand.

    import byhand

    model = byhand.load()                       # the model in the package
    mnist = byhand.load_dataset("mnist")
    model.predict(mnist.test.images[:10])       # (10,) class numbers
    byhand.recognise("seven.png").digit         # 7; None for what is no digit

Nothing heavy is imported until it is used: ``import byhand`` alone loads neither
NumPy nor matplotlib, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from byhand import errors as errors
    from byhand import nn as nn
    from byhand import plots as plots
    from byhand.augment.augmentation import Augmentation as Augmentation
    from byhand.augment.own import OwnAugmentation as OwnAugmentation
    from byhand.comparison import Comparison as Comparison
    from byhand.comparison import compare as compare
    from byhand.data.datasets import Dataset as Dataset
    from byhand.data.datasets import Split as Split
    from byhand.data.datasets import load_dataset as load_dataset
    from byhand.data.idx import load_idx as load_idx
    from byhand.data.idx import save_idx as save_idx
    from byhand.errors import ByhandError as ByhandError
    from byhand.evaluation import Evaluation as Evaluation
    from byhand.evaluation import evaluate as evaluate
    from byhand.ink.prepare import prepare as prepare
    from byhand.model import Model as Model
    from byhand.model import load as load
    from byhand.plugins import Plugin as Plugin
    from byhand.plugins import load_plugin as load_plugin
    from byhand.reading.marks import Mark as Mark
    from byhand.reading.reader import read as read
    from byhand.reading.result import Digit as Digit
    from byhand.reading.result import Line as Line
    from byhand.reading.result import Reading as Reading
    from byhand.recognition import Recognition as Recognition
    from byhand.recognition import recognise as recognise
    from byhand.training.loop import train as train
    from byhand.training.outcome import Result as Result
    from byhand.training.recipe import Recipe as Recipe
    from byhand.training.recipe_file import load_recipe as load_recipe
    from byhand.training.recipes import RECIPES as RECIPES
    from byhand.training.recipes import find_recipe as find_recipe

    __version__: str

__all__ = [  # not plots, so that `from byhand import *` needs no matplotlib
    "RECIPES",
    "Augmentation",
    "ByhandError",
    "Comparison",
    "Dataset",
    "Digit",
    "Evaluation",
    "Line",
    "Mark",
    "Model",
    "OwnAugmentation",
    "Plugin",
    "Reading",
    "Recipe",
    "Recognition",
    "Result",
    "Split",
    "__version__",
    "compare",
    "errors",
    "evaluate",
    "find_recipe",
    "load",
    "load_dataset",
    "load_idx",
    "load_plugin",
    "load_recipe",
    "nn",
    "prepare",
    "read",
    "recognise",
    "save_idx",
    "train",
]

# Where each public name lives; None for a module of its own.
_HOMES: dict[str, str | None] = {
    "Augmentation": "byhand.augment.augmentation",
    "ByhandError": "byhand.errors",
    "Comparison": "byhand.comparison",
    "Dataset": "byhand.data.datasets",
    "Digit": "byhand.reading.result",
    "Evaluation": "byhand.evaluation",
    "Line": "byhand.reading.result",
    "Mark": "byhand.reading.marks",
    "Model": "byhand.model",
    "OwnAugmentation": "byhand.augment.own",
    "Plugin": "byhand.plugins",
    "RECIPES": "byhand.training.recipes",
    "Reading": "byhand.reading.result",
    "Recipe": "byhand.training.recipe",
    "Recognition": "byhand.recognition",
    "Result": "byhand.training.outcome",
    "Split": "byhand.data.datasets",
    "compare": "byhand.comparison",
    "errors": None,
    "evaluate": "byhand.evaluation",
    "find_recipe": "byhand.training.recipes",
    "load": "byhand.model",
    "load_dataset": "byhand.data.datasets",
    "load_idx": "byhand.data.idx",
    "load_plugin": "byhand.plugins",
    "load_recipe": "byhand.training.recipe_file",
    "nn": None,
    "plots": None,
    "prepare": "byhand.ink.prepare",
    "read": "byhand.reading.reader",
    "recognise": "byhand.recognition",
    "save_idx": "byhand.data.idx",
    "train": "byhand.training.loop",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562)."""
    if name == "__version__":
        value: Any = _version()
    elif name not in _HOMES:
        raise AttributeError(f"module 'byhand' has no attribute {name!r}")
    elif home := _HOMES[name]:
        value = getattr(import_module(home), name)
    else:
        value = import_module(f"byhand.{name}")
    globals()[name] = value  # so this function is asked only once
    return value


def __dir__() -> list[str]:
    """Return the public names, and no others: what was imported is not listed."""
    return sorted([*_HOMES, "__version__"])


def _version() -> str:
    """The installed version; "0+source" for a source tree that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("byhand")
    except PackageNotFoundError:
        return "0+source"
