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
    from byhand.reading.reader import read as read
    from byhand.reading.result import Reading as Reading
    from byhand.recognition import Recognition as Recognition
    from byhand.recognition import recognise as recognise
    from byhand.training.loop import train as train
    from byhand.training.recipe import Recipe as Recipe
    from byhand.training.recipes import find_recipe as find_recipe

    __version__: str

# Where each public name lives; None for a module of its own.
_HOMES: dict[str, str | None] = {
    "ByhandError": "byhand.errors",
    "Dataset": "byhand.data.datasets",
    "Evaluation": "byhand.evaluation",
    "Model": "byhand.model",
    "Reading": "byhand.reading.result",
    "Recipe": "byhand.training.recipe",
    "Recognition": "byhand.recognition",
    "Split": "byhand.data.datasets",
    "errors": None,
    "evaluate": "byhand.evaluation",
    "find_recipe": "byhand.training.recipes",
    "load": "byhand.model",
    "load_dataset": "byhand.data.datasets",
    "load_idx": "byhand.data.idx",
    "nn": None,
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
    return sorted([*globals(), *_HOMES, "__version__"])


def _version() -> str:
    """The installed version; "0+source" for a source tree that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("byhand")
    except PackageNotFoundError:
        return "0+source"
