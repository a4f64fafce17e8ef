"""Commands are listed without being imported, and are what they were listed as."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from byhand.cli import app, lazy

PROGRAM = """
import sys
from byhand.cli import main
main(sys.argv[1:])
print(*[name for name in sys.modules if name.startswith("byhand.cli.")])
"""


def imported(*words: object) -> set[str]:
    """Modules of the command line that a command imports."""
    command = [sys.executable, "-c", PROGRAM, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(("name", "line"), lazy.COMMANDS.items())
def test_the_line_of_a_command_is_the_first_of_its_help(name, line):
    command = lazy.imported(name)
    assert command.name == name
    assert command.help.split("\n\n")[0] == line


def test_help_imports_no_command():
    found = imported("--help")
    assert "byhand.cli.lazy" in found
    assert found.isdisjoint(f"byhand.cli.{name}" for name in lazy.COMMANDS)


def test_a_command_imports_itself_and_no_other():
    found = imported("predict", "--help")
    others = {f"byhand.cli.{name}" for name in lazy.COMMANDS}
    assert found & others == {"byhand.cli.predict"}


def test_a_command_is_run_with_its_own_options():
    group = typer.main.get_command(app)
    context = group.make_context("byhand", ["show", "digit", "8"])
    name, command, rest = group.resolve_command(context, ["show", "digit", "8"])
    assert (name, rest) == ("show", ["digit", "8"])
    assert "digit" in command.commands


def test_every_command_that_opens_or_builds_a_model_takes_plugins():
    found = {}
    for name in lazy.COMMANDS:
        command = lazy.imported(name)
        for inner in getattr(command, "commands", {name: command}).values():
            found[inner.name] = {o for p in inner.params for o in (*p.opts, p.name)}
    building = {n for n, o in found.items() if o & {"model", "--model", "--recipe"}}
    building |= {"compare", "gradcheck"}
    assert building > {"train", "predict", "read", "lab", "export", "weights", "digit"}
    assert [name for name in building if "--plugin" not in found[name]] == []
