"""``byhand export``: a model as an ONNX file, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from byhand.cli import options, output

EXAMPLES = (
    "byhand export shipped digits.onnx",
    "byhand export runs/mnist-standard-0/model.safetensors digits.onnx",
)


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=options.MODEL_HELP)],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The ONNX file to write.")
    ],
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write a model as ONNX, for ONNX Runtime and other programs.

    Its input is "images", uint8 (N, H, W) with ink bright on 0; its outputs are
    "logits" and "probabilities", (N, K). Needs the extra onnx.
    """
    from byhand.export import export_onnx
    from byhand.model import load

    export_onnx(load(model), file)
    if json:
        output.print_json({"onnx": file, "bytes": file.stat().st_size})
    elif not quiet:
        output.answers().print(output.printable(f"{file}"))
