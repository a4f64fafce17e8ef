"""The kinds of array that pass between rooms, and the one box.

Letters: N images or other things, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]  # by name: parameters, gradients, state
Shape: TypeAlias = tuple[int, ...]

Images: TypeAlias = NDArray[np.uint8]  # (N, H, W), ink bright on 0
Grey: TypeAlias = NDArray[np.uint8]  # (H, W)
Mask: TypeAlias = NDArray[np.bool_]  # (H, W)
Masks: TypeAlias = NDArray[np.bool_]  # (N, H, W)
Floats: TypeAlias = NDArray[np.floating]
Integers: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = NDArray[np.int64]  # (N,) class numbers


class Box(NamedTuple):
    """A rectangle of whole pixels: x to the right, y down, from the upper left corner.

    The one order everywhere, in Python and in JSON: x, y, width, height.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The column beyond the last."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The row beyond the last."""
        return self.y + self.height

    @classmethod
    def of_edges(cls, left: int, top: int, right: int, bottom: int) -> Box:
        """Return the box between these edges, the last two beyond it."""
        return cls(left, top, right - left, bottom - top)

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """Return the smallest box that holds all of these, of which there is one."""
        edges = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]
        left, top, right, bottom = zip(*edges, strict=True)
        return cls.of_edges(min(left), min(top), max(right), max(bottom))
