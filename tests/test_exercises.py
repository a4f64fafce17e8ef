"""docs/exercises.md: twenty exercises, and the program of each answer proves it."""

from __future__ import annotations

import ast
import copy
import re
from pathlib import Path

import pytest

import byhand
from byhand import nn

TEXT = (Path(__file__).parents[1] / "docs" / "exercises.md").read_text("utf-8")
EXERCISES = re.split(r"^### ", TEXT, flags=re.M)[1:]
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.M | re.S)
ANSWER = re.compile(
    r"^<details><summary>Answer</summary>\n\n(.*?)\n\n</details>$", re.M | re.S
)
SECTION = re.compile(r"\]\((?:mathematics|reading)\.md#[\w-]+\)")
each_exercise = pytest.mark.parametrize(
    "exercise", EXERCISES, ids=[text.partition("\n")[0] for text in EXERCISES]
)


@pytest.fixture(autouse=True)
def without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels give the same, and take longer to compile than all of this to run."""
    monkeypatch.setenv("BYHAND_KERNELS", "reference")


def program(exercise: str) -> ast.Module:
    (block,) = BLOCK.findall(exercise)
    return ast.parse(block)


def run(module: ast.Module) -> None:
    code = compile(ast.fix_missing_locations(module), "exercises.md", "exec")
    exec(code, {"__name__": "exercise"})


def asserts(module: ast.Module) -> list[ast.Assert]:
    return [node for node in ast.walk(module) if isinstance(node, ast.Assert)]


def numbers(node: ast.AST) -> list[ast.Constant]:
    """Return the numbers in a part of a program, not its tolerances and indices."""
    if isinstance(node, ast.keyword) and node.arg in ("atol", "rtol"):
        return []
    if isinstance(node, ast.Subscript):
        return numbers(node.value)
    if isinstance(node, ast.Constant):
        return [node] if type(node.value) in (int, float) else []
    return [n for part in ast.iter_child_nodes(node) for n in numbers(part)]


def fails(module: ast.Module) -> bool:
    """Whether an assertion of the program is wrong; another error is no answer."""
    try:
        run(module)
    except AssertionError:
        return True
    except Exception:
        return False
    return False


def wrong_number_is_noticed(module: ast.Module, which: int) -> bool:
    """Whether the program fails if some number of that assertion is another."""
    for place in range(len(numbers(asserts(module)[which]))):
        changed = copy.deepcopy(module)
        number = numbers(asserts(changed)[which])[place]
        number.value = 3 * number.value + 1
        if fails(changed):
            return True
    return False


def test_there_are_twenty_numbered_from_one():
    assert [int(text.partition(".")[0]) for text in EXERCISES] == list(range(1, 21))


@each_exercise
def test_the_answer_is_hidden_and_the_section_is_named_before_it(exercise: str):
    (answer,) = ANSWER.findall(exercise)
    question = exercise.partition("<details>")[0]
    assert SECTION.search(question)
    assert "?" in question or "Find" in question
    assert BLOCK.findall(answer) == BLOCK.findall(exercise)
    assert len(BLOCK.sub("", answer)) > 200  # words, not only a program


@each_exercise
def test_the_program_proves_the_answer(exercise: str):
    module = program(exercise)
    assert asserts(module)
    run(module)


@each_exercise
def test_a_wrong_number_in_any_assertion_is_noticed(exercise: str):
    module = program(exercise)
    checked = [i for i, check in enumerate(asserts(module)) if numbers(check)]
    assert checked
    assert [i for i in checked if not wrong_number_is_noticed(module, i)] == []


def test_an_assertion_that_cannot_fail_is_found():
    assert not wrong_number_is_noticed(ast.parse("assert abs(7) >= 0 or 1"), 0)
    assert wrong_number_is_noticed(ast.parse("assert 3 + 4 == 7"), 0)


@each_exercise
def test_programs_use_numpy_and_public_names_alone(exercise: str):
    for node in ast.walk(program(exercise)):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= {"numpy", "byhand"}
        elif isinstance(node, ast.ImportFrom):
            assert node.module == "byhand"
            assert {name.name for name in node.names} <= set(byhand.__all__)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            public = {"nn": nn.__all__, "byhand": byhand.__all__}
            assert node.attr in public.get(node.value.id, [node.attr])
