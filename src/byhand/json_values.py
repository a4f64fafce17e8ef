"""Values of any kind as JSON can hold them, and JSON that is read without trust."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

TEXT = 10_000  # characters of one text: an architecture of hundreds of layers
DEPTH = 20  # lists and objects in one another
DIGITS = 40  # of a whole number; a seed may have as many


def json_value(value: Any) -> Any:
    """Return the value in dicts, lists, strings, numbers and None.

    Arrays become lists, paths become text, and nan and infinity, which JSON does not
    have, become None.
    """
    if hasattr(value, "tolist"):  # an array, or a NumPy number
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def read_json(text: str) -> Any:
    """Return what a JSON text says that a stranger may have written.

    Raises:
        ValueError: it is not JSON, has a key twice in one object, or a text, a number
            or a nesting beyond the limits.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction
        )
    except RecursionError as error:
        raise ValueError(_too_deep()) from error
    _check(value, 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"expected each key once, got {twice[:100]!r} twice")
    return found


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"expected numbers of {DIGITS} digits, got one of {len(text)}")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"expected numbers up to 1e308, got {text[:100]}")
    return value


def _check(value: Any, depth: int) -> None:
    """Raise ValueError at a text that is too long, or at what is nested too deeply."""
    if isinstance(value, str) and len(value) > TEXT:
        raise ValueError(f"expected texts of {TEXT} characters, got {len(value)}")
    if not isinstance(value, dict | list):
        return
    if depth == DEPTH:
        raise ValueError(_too_deep())
    if isinstance(value, dict):
        for key in value:
            _check(key, depth)
    for inside in value.values() if isinstance(value, dict) else value:
        _check(inside, depth + 1)


def _too_deep() -> str:
    return f"expected lists and objects at most {DEPTH} deep, got deeper ones"
