"""Counts of the source: `python -m benchmarks.house [FOLDER] [--tuned PLACE ...]`.

Modules of more than 300 lines, functions of more than 30, and tuned constants: the
numbers that a room's results depend on, as module constants and as settings' fields.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import byhand

SOURCE = Path(byhand.__file__).parent
MODULE_LINES, FUNCTION_LINES = 300, 30
TUNED = ("ink", "reading")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Counts:
    """What was counted in a source tree.

    Attributes:
        modules: how many there are.
        long_modules: those of more than 300 lines, "path: lines".
        functions: how many there are, methods included.
        long_functions: those of more than 30 lines, signature and docstring included;
            a function in another counts by itself alone.
        tuned: the tuned constants of some rooms, "path: name".
    """

    modules: int
    long_modules: tuple[str, ...]
    functions: int
    long_functions: tuple[str, ...]
    tuned: tuple[str, ...]

    @property
    def long_share(self) -> float:
        """The fraction of the functions that are long."""
        return len(self.long_functions) / self.functions


def count(source: Path = SOURCE, tuned: Sequence[str] = TUNED) -> Counts:
    """Return the counts of all modules below a folder.

    Args:
        source: the package's folder.
        tuned: folders and files below it whose tuned constants are counted.
    """
    texts = {path: path.read_text("utf-8") for path in sorted(source.rglob("*.py"))}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    modules, functions, constants = [], [], []
    for path, tree in trees.items():
        place, length = path.relative_to(source).as_posix(), texts[path].count("\n")
        modules += [f"{place}: {length}"] if length > MODULE_LINES else []
        functions += [(f"{place}: {name}: {size}", size) for name, size in sizes(tree)]
        if any(path.is_relative_to(source / room) for room in tuned):
            constants += [f"{place}: {name}" for name in tuned_names(tree)]
    long = tuple(name for name, size in functions if size > FUNCTION_LINES)
    return Counts(len(trees), tuple(modules), len(functions), long, tuple(constants))


def sizes(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function's name and its lines, without those of functions in it."""
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            inner = [n for n in ast.walk(node) if isinstance(n, FUNCTIONS)][1:]
            outermost = [
                n
                for n in inner
                if not any(n in ast.walk(m) for m in inner if m is not n)
            ]
            yield node.name, lines(node) - sum(map(lines, outermost))


def lines(node: ast.stmt) -> int:
    """Return the lines of a statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def tuned_names(tree: ast.Module) -> Iterator[str]:
    """Yield the numbers of a module: constants, and defaults of its Settings."""
    for node in tree.body:
        match node:
            case ast.Assign([ast.Name(name)], value) if name.isupper():
                yield from [name] * numbers(value)
            case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)):
                pairs = zip(targets, values, strict=False)
                yield from (ast.unparse(t) for t, v in pairs if numbers(v))
            case ast.ClassDef(name, body=body) if name.endswith("Settings"):
                for field in body:
                    if isinstance(field, ast.AnnAssign) and field.value is not None:
                        found = f"{name}.{ast.unparse(field.target)}"
                        yield from [found] * numbers(field.value)


def numbers(value: ast.expr) -> int:
    """Return how many numbers an expression is made of; 0 if it has anything else."""
    leaves = [n for n in ast.walk(value) if isinstance(n, ast.Constant | ast.Name)]
    of_numbers = all(
        isinstance(n, ast.Constant) and type(n.value) in (int, float) for n in leaves
    )
    calls = any(isinstance(n, ast.Call) for n in ast.walk(value))
    return len(leaves) if of_numbers and not calls else 0


def main() -> None:
    """Print the counts, and what is long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=SOURCE)
    parser.add_argument("--tuned", nargs="+", default=TUNED, metavar="PLACE")
    args = parser.parse_args()
    found = count(args.source, args.tuned)
    rows = {
        "modules": found.modules,
        f"of more than {MODULE_LINES} lines": len(found.long_modules),
        "functions": found.functions,
        f"of more than {FUNCTION_LINES} lines": len(found.long_functions),
        "of a hundred functions": f"{100 * found.long_share:.1f}",
        f"tuned numbers in {' '.join(args.tuned)}": len(found.tuned),
    }
    for name, value in rows.items():
        print(f"{value:>6}  {name}")
    for name in (*found.long_modules, *found.long_functions):
        print(f"  {name}")


if __name__ == "__main__":
    main()
