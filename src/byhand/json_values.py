"""Values of any kind as JSON can hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


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
