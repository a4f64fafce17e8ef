"""docs/reference.md is what its script writes today, and has every public name."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import byhand

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date(script):
    found = (DOCS / "reference.md").read_text("utf-8")
    assert found == script.page(), "run: python docs/reference.py"


def test_every_public_name_has_a_heading():
    text = (DOCS / "reference.md").read_text("utf-8")
    modules = {"nn", "plots", "errors", "ByhandError", "__version__"}
    names = [f"byhand.{name}" for name in {*byhand.__all__} - modules]
    names += [f"nn.{name}" for name in byhand.nn.__all__]
    names += [f"plots.{name}" for name in byhand.plots.__all__]
    names += ["errors.ByhandError", "errors.PictureError", "errors.TrainingStopped"]
    assert [name for name in names if f"\n### {name}\n" not in text] == []


def test_no_address_in_memory_is_in_the_reference():
    assert " at 0x" not in (DOCS / "reference.md").read_text("utf-8")


def test_a_docstring_becomes_prose_examples_and_lists(script):
    text = """Return a * b < 3.

        f(1)  # 2

    More words
    of it.

    Args:
        a: one
            thing.
        b: another.

    Raises:
        ValueError: never.

    Source: a book."""
    assert "\n".join(script.described(script.inspect.cleandoc(text))) == (
        "Return a \\* b \\< 3.\n\n```python\nf(1)  # 2\n```\n\nMore words of it.\n\n"
        "Args:\n\n- `a`: one thing.\n- `b`: another.\n\nRaises:\n\n"
        "- `ValueError`: never.\n\nSource: a book.\n"
    )


def test_a_long_call_has_a_line_for_each_argument(script):
    assert script.signature("f", lambda: 0) == "```text\nf()\n```\n"
    text = script.signature("byhand.recognise", byhand.recognise)
    assert "byhand.recognise(picture: Any, model: Model" in text.replace("\n    ", "")
    assert "\n    *,\n    seed: int = 0,\n" in script.signature("train", byhand.train)
