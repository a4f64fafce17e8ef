"""The command line: parse, one library call, print. Nothing else in byhand prints.

Only Typer is imported here. A command is imported when it is run, and imports what it
uses then, so that ``byhand --help`` and the shell's completion answer at once.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Annotated

import typer

from byhand.cli import output, streams
from byhand.cli.lazy import LazyCommands, list_commands
from byhand.cli.options import help_page, plugin_fault
from byhand.errors import ByhandError

ABOUT = "Recognise handwritten digits, by code written by hand."
EXAMPLES = (
    "byhand train",
    "byhand predict seven.png",
    "byhand read form.jpg",
    "byhand show mistakes",
    "byhand data list",
)

app = typer.Typer(
    cls=LazyCommands,
    help=help_page(ABOUT, *EXAMPLES),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
list_commands(app)


def _show_version(given: bool) -> None:
    if given:
        from byhand import __version__

        print(f"byhand {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Take the options before any command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    0 done; 1 failed, with one line saying why; 2 wrong usage; 130 ended by Ctrl-C, 128
    and its number by another signal.
    """
    streams.prepare()
    with streams.ended_by_signals() as came, output.warnings_in_a_line():
        code = _run(argv)
    if reason := streams.flush():
        if reason.strip() and code == 0:
            output.print_error(reason)
        code = code or 1
    streams.end_errors()
    return streams.SIGNALLED + came() if came() else code


def _run(argv: Sequence[str] | None) -> int:
    """Run the app; print an error in one line, and return the exit code."""
    try:
        app(argv, prog_name="byhand")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:  # before or after the command itself
        return streams.SIGNALLED + signal.SIGINT
    except ByhandError as error:
        output.print_error(error)
    except BrokenPipeError:
        pass  # the reader has read enough, as head does: no message
    except OSError as error:
        output.print_error(streams.explained(error))
    except MemoryError:
        output.print_error("expected more memory, got too little; try a smaller input")
    except RecursionError as error:
        output.print_error(f"expected simpler input, got {error}; try another file")
    except Exception as error:
        if (fault := plugin_fault(error)) is None:
            raise  # a mistake in byhand: its traceback is what helps to find it
        output.print_error(fault)
    return 1
