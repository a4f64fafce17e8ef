"""stub."""

import typer

app = typer.Typer(help="x")


@app.command()
def data() -> None:
    "x"
