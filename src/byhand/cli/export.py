"""``byhand export``: a model as an ONNX file, or as a page for any browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from byhand.cli import options, output

EXAMPLES = (
    "byhand export shipped digits.onnx",
    "byhand export shipped digits.html",
    "byhand export runs/mnist-standard-0/model.safetensors digits.onnx",
)
PAGE = (".html", ".htm")
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file to write: .onnx or .html.")
]
Data = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FOLDER",
        help="Where a page's examples are from; MNIST for a model of its digits.",
    ),
]


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=options.MODEL_HELP)],
    file: File,
    data: Data = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a model for other programs (ONNX) or as a page to draw on (HTML).

    The input of the ONNX file is "images", uint8 (N, H, W) with ink bright on 0; its
    outputs are "logits" and "probabilities", (N, K). It needs the extra onnx. The page
    is one file that works offline: the laboratory, with the model inside.
    """
    options.load_plugins(plugins)
    kind = "page" if file.suffix.lower() in PAGE else "onnx"
    if kind == "page":
        from byhand.lab.page_file import export_page

        export_page(model, file, data)
    else:
        from byhand.export import export_onnx
        from byhand.model import load

        export_onnx(load(model), file)
    if json:
        output.print_json({kind: file, "bytes": file.stat().st_size})
    elif not quiet:
        output.answers().print(output.printable(f"{file}"))
