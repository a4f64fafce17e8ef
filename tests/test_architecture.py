"""The source is built as docs/architecture.md says: imports lead downwards only."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import byhand

SOURCE = Path(byhand.__file__).parent
TEXT = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text("utf-8")
DOOR = "__init__"  # byhand itself; its version is all that the house may ask it for


def module_name(path: Path) -> str:
    """Return "nn.layers" for nn/layers.py, "nn" for nn/__init__.py."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == DOOR and len(parts) > 1 else parts)


SOURCES = {module_name(path): path.read_text("utf-8") for path in SOURCE.rglob("*.py")}


def room(module: str) -> str:
    return module.partition(".")[0]


@functools.cache  # most texts are read in many tests
def imported(text: str) -> frozenset[tuple[str, str | None]]:
    """Return what of byhand a text imports, wherever in it, typing included."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names):
                found |= {(alias.name, None) for alias in names}
            case ast.ImportFrom(module, names, level):
                assert level == 0, "relative imports hide the floor"
                found |= {(module, alias.name) for alias in names}
            case ast.Call(ast.Name("import_module"), [ast.Constant(str(name))]):
                found.add((name, None))
    ours = {(m, n) for m, n in found if m.partition(".")[0] == "byhand"}
    return frozenset(ours - {("byhand", "__version__")})


def imports(text: str, modules: Iterable[str]) -> set[str]:
    """Return which of the modules a text imports."""
    return {target(m, n, modules) for m, n in imported(text)}


def target(module: str, name: str | None, modules: Iterable[str]) -> str:
    """Return the module that `from module import name` opens."""
    inside = module.removeprefix("byhand").removeprefix(".")
    deeper = f"{inside}.{name}".removeprefix(".")
    return deeper if name and deeper in modules else inside or DOOR


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    """Return the modules that each module imports."""
    return {name: imports(text, sources) for name, text in sources.items()}


def misdirected(sources: dict[str, str], floors: dict[str, int]) -> list[str]:
    """Return the imports that go up, or sideways into another room."""
    return [
        f"{module} imports {other}"
        for module, others in graph(sources).items()
        for other in sorted(others)
        if room(module) != room(other) and floors[room(module)] <= floors[room(other)]
    ]


def table() -> dict[str, tuple[int, set[str]]]:
    """Return the floor of each room, and the modules in it, as the table has them."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|([^|]*)\|", TEXT, flags=re.M)
    return {name: (int(floor), set(re.findall(r"\w+", m))) for floor, name, m in rows}


FLOORS = {name: floor for name, (floor, _) in table().items()}


def test_imports_lead_downwards_only():
    assert misdirected(SOURCES, FLOORS) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("nn.layers", "from byhand.model import Model"),
        ("nn.layers", "from byhand.data import idx"),
        ("nn.layers", "from byhand import cli"),
        ("nn.layers", "def f():\n    import byhand.training.loop"),
        ("nn.layers", "from byhand import load_dataset"),
        ("nn", "import_module('byhand.plots')"),
        (
            "training.loop",
            "if TYPE_CHECKING:\n    from byhand.plots import save",
        ),
    ],
)
def test_an_import_upwards_or_sideways_is_found(module: str, line: str):
    planted = SOURCES | {module: f"{SOURCES[module]}\n{line}\n"}
    assert len(misdirected(planted, FLOORS)) == 1


def test_an_import_downwards_is_allowed():
    planted = SOURCES | {"model": "from byhand.nn import network\nimport byhand.errors"}
    assert misdirected(planted, FLOORS) == []
    assert graph(planted)["model"] == {"nn.network", "errors"}


def test_no_modules_import_each_other_in_a_circle():
    tuple(TopologicalSorter(graph(SOURCES)).static_order())


def test_a_circle_is_found():
    planted = SOURCES | {"nn.init": "from byhand.nn import network"}
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(graph(planted)).static_order())


def test_the_table_names_every_module_and_no_other():
    found: dict[str, set[str]] = {}
    for module in SOURCES:
        name, _, inside = module.partition(".")
        found.setdefault(name, set()).update({inside} - {""})
    assert {name: modules for name, (_, modules) in table().items()} == found


def test_the_picture_has_the_floors_of_the_table():
    for floor, words in re.findall(r"^floor (\d+) +(.*)$", TEXT, flags=re.M):
        drawn = re.split(r"\s{2,}", words)
        rooms = {name for name, number in FLOORS.items() if number == int(floor)}
        assert rooms == {name for name in drawn if re.fullmatch(r"\w+", name)}
    assert len(re.findall(r"^floor \d+", TEXT, flags=re.M)) == len({*FLOORS.values()})
