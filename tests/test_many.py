"""Many pictures: on several processes and on a cluster, some of which end suddenly."""

from __future__ import annotations

import os
import time
from pathlib import Path

from byhand.errors import PictureError
from byhand.reading.answer import Digit, Line, Reading


def one(digit: int) -> Reading:
    return Reading((Line((Digit(digit, 0.9, (), (0, 0, 5, 9)),), 0.9),))


def by_name(path: str, **settings) -> Reading:
    """Read the digit a name ends in; die, fail or wait if the name says so."""
    name = Path(path).stem
    if "dies" in name:
        os._exit(3)
    if "bad" in name:
        raise PictureError(f"{path}: bad")
    if "bug" in name:
        raise ZeroDivisionError("division\nby zero")
    if "slow" in name:
        time.sleep(0.5)
    return one(int(name[-1]))
