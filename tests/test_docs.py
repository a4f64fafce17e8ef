"""What README.md and docs/ show is true: commands parse, code compiles, links lead."""

from __future__ import annotations

import itertools
import pkgutil
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from benchmarks.example_field import field

from byhand.cli import app, lazy

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.M | re.S)
SHELL = ("", "sh", "bash", "console")
STARTS = (["byhand"], ["python", "-m", "byhand"])


def blocks(text: str, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text) if language in languages]


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of every byhand command in a page, without `byhand` itself."""
    lines = [line for block in blocks(text, *SHELL) for line in block.splitlines()]
    lines += re.findall(r"`(byhand [^`\n]+)`", FENCE.sub("", text))
    for line in lines:
        for part in re.sub(r"(^|\s)(> \S+\s*)?(#.*)?$", "", line).split("&&"):
            words = part.strip().removeprefix("$ ").split(" ", 3)
            if any(words[: len(start)] == start for start in STARTS):
                words = shlex.split(part.strip().removeprefix("$ "))
                yield words[words.index("byhand") + 1 :]


def parse(words: list[str]) -> None:
    """Parse a command line as the program would; raise what it would complain of."""
    command: Any = typer.main.get_command(app)
    path, parent = "byhand", None
    while choices := getattr(command, "commands", None):
        parent = command.make_context(path, [], parent, resilient_parsing=True)
        known = {name for p in command.get_params(parent) for name in p.opts}
        if words and words[0] in choices:
            path = words[0]
            _, command, words = command.resolve_command(parent, words)
        elif words and known.issuperset(words):
            return  # --version and the like would act at once
        else:
            raise LookupError(f"{path}: no such command: {words}")
    try:
        command.make_context(path, list(words), parent)
    except typer.Exit:
        pass  # --help has been printed


def all_commands() -> Iterator[tuple[str, ...]]:
    """Yield the path of every command, ("data", "list") for one of a group."""
    for name in lazy.COMMANDS:
        inside = getattr(lazy.imported(name), "commands", None)
        yield from ((name, inner) for inner in inside) if inside else [(name,)]


@each_page
def test_every_command_shown_is_parsed(page: Path):
    for words in commands(page.read_text("utf-8")):
        parse(words)


@pytest.mark.parametrize(
    "line",
    ["train --nope 1", "train --seed x", "frobnicate", "data frob", "data", "--nope"],
)
def test_a_command_that_the_program_refuses_is_found(line: str):
    (words,) = commands(f"```\n$ byhand {line}  # a word\n```\n")
    assert words == line.split()
    with pytest.raises(Exception, match=r"[Nn]o such|valid integer"):
        parse(words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "```\npip install . && byhand train --seed 1  # set up\n```\n",
            "train --seed 1",
        ),
        ("```sh\npython -m byhand data list\n```\n", "data list"),
        ("Try `byhand --version` first.", "--version"),
        ("```\nbyhand recipes --toml fast > my.toml\n```\n", "recipes --toml fast"),
        ("```\nbyhand predict 'a b.png'\n```\n", "predict|a b.png"),
    ],
)
def test_commands_are_found_in_blocks_and_in_sentences(text: str, expected: str):
    (words,) = commands(text)
    assert words == re.split(r"\|" if "|" in expected else " ", expected)
    parse(words)


@pytest.mark.parametrize("path", list(all_commands()), ids=" ".join)
def test_every_command_of_the_parser_is_in_the_readme(path: tuple[str, ...]):
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(
        rf"^byhand {path[0]}\b.*$", "\n".join(blocks(readme, *SHELL)), re.M
    )
    assert any(re.search(rf"\b{path[-1]}\b", line) for line in shown), shown


@each_page
def test_every_python_block_compiles(page: Path):
    for block in blocks(page.read_text("utf-8"), "python"):
        body = "".join(f"    {line}\n" for line in block.splitlines())
        compile(f"def excerpt():\n{body}", page.name, "exec")  # it may hold a return


README_PYTHON = blocks((ROOT / "README.md").read_text("utf-8"), "python")
SHORTER = {"range(1000)": "range(3)", "epochs=1": "steps=3"}
SHORTER |= {  # fewer images to evaluate
    'load_dataset("mnist")  # or': 'load_dataset("mnist"); '
    "mnist = type(mnist)('few', mnist.train, mnist.test[:300], mnist.class_names)  # or"
}
CONVOLUTION = {  # two kinds of fused stage in front of what the README has
    "nn.Flatten(),": "nn.Conv2d(1, 8, (3, 3), rng=rng), nn.ReLU(), nn.MaxPool2d(), "
    "nn.Conv2d(8, 8, (3, 3), rng=rng), nn.ReLU(), nn.Dropout(0.1), nn.Flatten(),",
    "nn.Dense(784, 60": "nn.Dense(8 * 11 * 11, 60",
}


def run_python(block: str, folder: Path, changes: dict[str, str]) -> None:
    """Run an excerpt in a process of its own; a crash of compiled code fails too."""
    for text, replacement in changes.items():
        assert block.count(text) <= 1, text
        block = block.replace(text, replacement)
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}\n{block}"


@pytest.mark.parametrize("number", range(len(README_PYTHON)))
def test_the_python_of_the_readme_runs(number: int, tmp_path: Path):
    for name in ("form.jpg", "seven.png"):
        field().save(tmp_path / name)
    run_python(README_PYTHON[number], tmp_path, SHORTER)


def test_the_loop_of_the_readme_runs_with_convolutions(tmp_path: Path):
    (loop,) = [block for block in README_PYTHON if "network.forward" in block]
    assert "nn.Run(training=True" in loop
    assert all(loop.count(text) == 1 for text in CONVOLUTION)
    learns = "\nassert loss < 2.0, loss\n"
    run_python(loop + learns, tmp_path, CONVOLUTION | {"range(1000)": "range(60)"})


TEXTS = [
    *PAGES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "results" / "README.md",
]
UNBREAKABLE = r"^(\||\$\$|<)|https?://"  # rows of tables, formulas, addresses


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_have_at_most_100_columns(page: Path):
    lines = enumerate(page.read_text("utf-8").splitlines(), 1)
    long = [number for number, line in lines if len(line) > 100
            and not re.search(UNBREAKABLE, line)]  # fmt: skip
    assert long == []


@each_page
def test_every_link_leads_somewhere(page: Path):
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target.read_text("utf-8")), link


def headings(text: str) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    found = re.findall(r"^#+ (.+)$", FENCE.sub("", text), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in found}


def test_the_glossary_names_code_that_exists():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    entries = re.findall(r"^- \*\*.*?(?=^- |^$|\Z)", text, re.M | re.S)
    places = [re.findall(r"`([\w.]+)`", e.partition("Code:")[2]) for e in entries]
    assert len(entries) > 50
    for name in itertools.chain(*places):
        assert pkgutil.resolve_name(f"byhand.{name}"), name
