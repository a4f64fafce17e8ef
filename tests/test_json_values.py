"""Values of any kind as JSON can hold them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from byhand.json_values import json_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([[1, 2]]), [[1, 2]]),
        (np.float32(0.5), 0.5),
        (Path("x"), "x"),
        ((np.int64(3), True, None), [3, True, None]),
        ({1: {"a": (2,)}}, {"1": {"a": [2]}}),
        ([float("nan"), np.float32("inf"), -0.5], [None, None, -0.5]),
        (np.array([0.5, np.nan]), [0.5, None]),
        ("text", "text"),
    ],
)
def test_values_become_what_json_holds(value, expected):
    found = json_value(value)
    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected
