"""``byhand lab``: a page on this machine where the network reads what is drawn."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from byhand.cli import fetching, options, output
from byhand.errors import ByhandError, MissingExtraError

if TYPE_CHECKING:
    from byhand.data.datasets import Dataset
    from byhand.model import Model

EXAMPLES = (
    "byhand lab",
    "byhand lab runs/mnist-standard-0/model.safetensors",
    "byhand lab letters.safetensors --data letters",
    "byhand lab --no-browser --port 8500",
)
OTHERS = (
    "note: others who get this address can use the laboratory too; camera and"
    " clipboard work on this machine only"
)


def lab(
    model: options.ModelArgument = None,
    data: options.ModelData = None,
    host: Annotated[
        str, typer.Option(help="The address of this machine to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="The port.", show_default="8400 or another"
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
    drawings: Annotated[
        Path,
        typer.Option(
            "--drawings",
            metavar="FOLDER",
            help="Where drawings are kept that you teach the model with.",
        ),
    ] = Path("drawings"),
    plugins: options.Plugins = None,
    quiet: options.Quiet = False,
) -> None:
    """Draw digits, see the network read them, and look inside.

    A page opens in the browser: draw, and every stroke is read. Every number of the
    computation can be inspected, forward and backward. Ctrl-C ends the laboratory.

    The server answers this machine only, and only who has the address that it prints.
    Needs the extra lab.
    """
    from byhand.model import load

    options.load_plugins(plugins)
    _check_extra()
    from byhand.lab.app import Laboratory, application
    from byhand.lab.described import check_layers
    from byhand.lab.security import Access, is_loopback
    from byhand.lab.serving import Server, listen

    loaded = load(model)
    loaded.grey_shape  # noqa: B018  refuses a model of colours
    check_layers(loaded)
    dataset = _dataset(loaded, data, quiet)
    with listen(host, port) as listening:
        access = Access(host, listening.getsockname()[1])
        name = Path(model).name if model else "shipped"
        laboratory = Laboratory(loaded, name, dataset, access, drawn=drawings)

        def started() -> None:
            laboratory.warm_up()
            output.answers().print(access.address(access.token), soft_wrap=True)
            if not is_loopback(host):
                output.notes(quiet).print(OTHERS)
            if browser and _has_display():
                address = access.address(access.single_token())
                threading.Thread(
                    target=webbrowser.open, args=[address], daemon=True
                ).start()

        server = Server(
            application(laboratory), on_start=started, on_end=laboratory.close
        )
        server.run([listening])


def _dataset(model: Model, given: str | None, quiet: bool) -> Dataset | None:
    """Return the data set asked for, or the one of the model if it is to be had."""
    from byhand.evaluation import check_fit

    try:
        found = fetching.dataset_for(model, given, quiet)
        check_fit(model, found.test)
    except ByhandError as error:
        if given is not None:
            raise
        output.notes(quiet).print(output.printable(f"note: no examples: {error}"))
        return None
    return found


def _check_extra() -> None:
    """Raise MissingExtraError, with the command that cures it, without the extra."""
    missing = [name for name in ("fastapi", "uvicorn") if not find_spec(name)]
    if missing:
        raise MissingExtraError(
            f"lab: expected {' and '.join(missing)}, found none; "
            "try pip install 'byhand[lab]'"
        )


def _has_display() -> bool:
    """Return whether a browser would have a window; a text browser is of no use."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, variables))
