"""Files of named arrays with JSON beside them: safetensors, never pickled.

Models and checkpoints are both such files; they differ in what the JSON says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from byhand.errors import ModelError
from byhand.files import open_regular, replacing
from byhand.json_values import read_json
from byhand.types import Arrays, Shape
from byhand.words import shortened

FORMAT = 1
HEADER = 10_000_000  # bytes before the arrays; a thousand epochs have 100,000
# Looks at the header and at the shapes of the arrays, before they take memory.
Check: TypeAlias = Callable[[dict[str, Any], dict[str, Shape]], object]


def write(path: Path, arrays: Arrays, kind: str, header: dict[str, Any]) -> None:
    """Write the arrays and the header in one step: the old file or the new, no half.

    Raises:
        ModelError: the file cannot be written.
    """
    text = json.dumps({"format": FORMAT, "kind": kind, **header})
    # not ascontiguousarray, which makes a row of a single number
    arrays = {name: np.asarray(a, order="C") for name, a in arrays.items()}
    # Not by save_file: its errors have no names, and it leaves files of its own.
    content = save(arrays, metadata={"byhand": text})
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror}") from error


def read_header(path: Path, kind: str) -> dict[str, Any]:
    """Return the header alone; raise ModelError unless the file is of this kind."""
    return _open(path, kind, None)[0]


def read(
    path: Path, kind: str, check: Check = lambda header, shapes: None
) -> tuple[dict[str, Any], Arrays]:
    """Return the header and the arrays; raise ModelError unless it is of this kind.

    Args:
        path: the file.
        kind: "model" or "checkpoint".
        check: called before the arrays are read, with the header and their shapes; what
            it raises goes through.
    """
    return _open(path, kind, check)


def _open(path: Path, kind: str, check: Check | None) -> tuple[dict[str, Any], Arrays]:
    _check_file(path, kind)
    try:
        with safe_open(path, framework="np") as file:
            header = _checked(path, kind, file.metadata() or {})
            names = file.keys() if check else ()
            shapes = {n: tuple(file.get_slice(n).get_shape()) for n in names}
            if check:
                check(header, shapes)
            return header, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from error


def _check_file(path: Path, kind: str) -> None:
    """Raise ModelError unless it is a regular file whose header has a likely size."""
    try:
        with open_regular(path) as file:
            size = int.from_bytes(file.read(8), "little")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ModelError(
            f"{shortened(str(path))}: expected a {kind} file, found none; check the "
            "path"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelError(f"{shortened(str(path))}: cannot be read: {reason}") from error
    if size > HEADER:
        raise _damaged(path, f"a header of {size} bytes")


def _damaged(path: Path, reason: object) -> ModelError:
    return ModelError(
        f"{path}: expected a whole safetensors file, found another kind or a part "
        f"of one ({shortened(str(reason), 100)}); copy the file or train the model "
        "again"
    )


def _checked(path: Path, kind: str, metadata: dict[str, str]) -> dict[str, Any]:
    """Return the header, parsed and seen to be one that this version understands."""
    try:
        header = read_json(metadata.get("byhand", ""))
        version, found = header["format"], header["kind"]
    except (ValueError, KeyError, TypeError) as error:
        reason = "" if isinstance(error, KeyError | TypeError) else f" ({error})"
        raise ModelError(
            f"{path}: expected a {kind} of byhand, found a safetensors file of "
            f"another program{shortened(reason, 150)}; try one made by byhand train"
        ) from error
    if type(version) is not int or version != FORMAT:
        raise ModelError(
            f"{path}: expected format {FORMAT}, found {shortened(repr(version), 100)}; "
            "it is from another version: try pip install --upgrade byhand"
        )
    if found != kind:
        raise ModelError(f"{path}: expected a {kind}, found a {shortened(found, 100)}")
    assert isinstance(header, dict)
    return header
