"""byhand.plots: without pyplot; without matplotlib, its cure."""

from __future__ import annotations

import builtins
import importlib
import sys

import pytest

from byhand.errors import MissingExtraError


def test_no_figure_uses_pyplot():
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_cure_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    for name in [name for name in sys.modules if name.startswith("byhand.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[plots\]'"):
        importlib.import_module("byhand.plots")
