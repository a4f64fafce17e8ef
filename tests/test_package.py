"""The public names of the package, which are imported at their first use."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

import byhand
from byhand.data.idx import load_idx
from byhand.ink.prepare import prepare
from byhand.model import load
from byhand.recognition import Recognition, recognise
from byhand.training.loop import train


def test_public_names_are_the_librarys_own():
    assert byhand.load is load
    assert byhand.load_idx is load_idx
    assert byhand.prepare is prepare
    assert byhand.recognise is recognise
    assert byhand.Recognition is Recognition
    assert byhand.train is train
    assert callable(byhand.evaluate)
    assert byhand.nn.Network.__module__ == "byhand.nn.network"
    assert issubclass(byhand.errors.IdxError, byhand.ByhandError)


@pytest.mark.parametrize("name", sorted(byhand._HOMES))
def test_every_public_name_can_be_had_and_is_listed(name: str):
    assert getattr(byhand, name) is not None
    assert name in dir(byhand)


def test_only_public_names_are_listed():
    import byhand.training.loop

    assert dir(byhand) == sorted({*byhand.__all__, "plots"})
    assert {*byhand.__all__} | {"plots"} == {*byhand._HOMES, "__version__"}
    assert dir(byhand.nn) == sorted(byhand.nn.__all__)
    assert dir(byhand.plots) == sorted(byhand.plots.__all__)


def test_all_public_names_have_a_docstring_that_says_something():
    for module in (byhand, byhand.nn, byhand.plots):
        for name in module.__all__:
            thing = getattr(module, name)
            if callable(thing):
                assert len(thing.__doc__ or "") > 20, name
                assert not thing.__doc__.startswith(f"{name}("), name


def test_everything_can_be_imported_at_once_without_matplotlib():
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from byhand import *\n"
        "assert RECIPES['mlp'] == find_recipe('mlp') and Model and nn.LAYERS"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_the_version_is_the_installed_one(monkeypatch):
    monkeypatch.delitem(byhand.__dict__, "__version__", raising=False)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"{name} 9")
    assert byhand.__version__ == "byhand 9"
    del byhand.__version__


def test_a_source_tree_that_is_not_installed_says_so(monkeypatch):
    def fail(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.delitem(byhand.__dict__, "__version__", raising=False)
    monkeypatch.setattr(importlib.metadata, "version", fail)
    assert byhand.__version__ == "0+source"
    del byhand.__version__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'byhand' has no attribute 'draw'"):
        byhand.draw  # noqa: B018


def test_names_need_no_import_of_their_modules_first():
    script = (
        "import byhand; assert byhand.nn.Dense and byhand.errors.IdxError;"
        "assert callable(byhand.train); import byhand.training.loop;"
        "assert callable(byhand.train) and callable(byhand.evaluate)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
