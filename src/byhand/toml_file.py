"""TOML files that people edit, read with errors that say what to do."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from byhand.errors import ByhandError, RecipeError


def read_toml(
    path: Path, what: str, advice: str = "", kind: type[ByhandError] = RecipeError
) -> dict[str, Any]:
    """Return what is in a TOML file.

    Args:
        path: of the file.
        what: it is expected to be, for messages.
        advice: the end of the message where there is no such file.
        kind: of error that is raised.

    Raises:
        ByhandError: of that kind; it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        reason = error.strerror or error
        raise kind(f"{path}: expected {what}, got {reason}{advice}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = str(error).replace("Cannot overwrite a value", "a key is there twice")
        raise kind(f"{path}: expected TOML in UTF-8: {reason}") from error
