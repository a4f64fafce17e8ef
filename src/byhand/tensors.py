"""Files of named arrays with JSON beside them: safetensors, never pickled.

Models and checkpoints are both such files; they differ in what the JSON says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from byhand.errors import ModelError
from byhand.files import replacing
from byhand.types import Arrays

FORMAT = 1


def write(path: Path, arrays: Arrays, kind: str, header: dict[str, Any]) -> None:
    """Write the arrays and the header in one step: the old file or the new, no half.

    Raises:
        ModelError: the file cannot be written.
    """
    text = json.dumps({"format": FORMAT, "kind": kind, **header})
    # not ascontiguousarray, which makes a row of a single number
    arrays = {name: np.asarray(a, order="C") for name, a in arrays.items()}
    try:
        with replacing(path) as temporary:
            save_file(arrays, temporary, metadata={"byhand": text})
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}") from error


def read_header(path: Path, kind: str) -> dict[str, Any]:
    """Return the header alone; raise ModelError unless the file is of this kind."""
    return _open(path, kind, arrays=False)[0]


def read(path: Path, kind: str) -> tuple[dict[str, Any], Arrays]:
    """Return the header and the arrays; raise ModelError unless it is of this kind."""
    return _open(path, kind, arrays=True)


def _open(path: Path, kind: str, arrays: bool) -> tuple[dict[str, Any], Arrays]:
    if not path.is_file():
        raise ModelError(f"{path}: expected a {kind} file, found none; check the path")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            header = _checked(path, kind, metadata)
            names = file.keys() if arrays else ()
            return header, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path}: expected a whole safetensors file, found another kind or a part "
            f"of one ({error}); copy the file or train the model again"
        ) from error


def _checked(path: Path, kind: str, metadata: dict[str, str]) -> dict[str, Any]:
    """Return the header, parsed and seen to be one that this version understands."""
    try:
        header = json.loads(metadata.get("byhand", ""))
        version, found = header["format"], header["kind"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{path}: expected a {kind} of byhand, found a safetensors file of "
            "another program; try one made by byhand train"
        ) from error
    if version != FORMAT:
        raise ModelError(
            f"{path}: expected format {FORMAT}, found {version!r}; "
            "it is from another version: try pip install --upgrade byhand"
        )
    if found != kind:
        raise ModelError(f"{path}: expected a {kind}, found a {found}")
    assert isinstance(header, dict)
    return header
