"""The heavy inner loops: in plain NumPy, and the same results compiled by Numba.

The compiled ones are used where Numba is installed. BYHAND_KERNELS=reference in the
environment forces the plain ones.
"""

from __future__ import annotations

from collections.abc import Callable

from byhand.kernels import reference
from byhand.kernels.cache import compiled_wanted
from byhand.types import Array


def momentum_step() -> Callable[..., None]:
    """Return the update of SGD with momentum, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import update

        return update.momentum_step
    return reference.momentum_step


def warped() -> Callable[[Array, Array, Array, Array, Array], None]:
    """Return what gathers and bends images, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import warp

        return warp.warped
    return reference.warped


def elastic() -> Callable[[Array, Array, Array, Array], None]:
    """Return what draws smooth random fields, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import warp

        return warp.elastic
    return reference.elastic


def strokes() -> Callable[[Array, Array, Array, Array, Array], None]:
    """Return what draws strokes, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import stroke

        return stroke.strokes
    return reference.strokes


def gathered() -> Callable[[Array, Array, Array, Array, Array], None]:
    """Return what gathers and moves images, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import gather

        return gather.gathered
    return reference.gathered


def projected() -> Callable[[Array, Array, bool, Array], None]:
    """Return what shows a layer by a projection, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import project

        return project.projected
    return reference.projected


def seams() -> Callable[..., tuple[Array, Array]]:
    """Return what finds the cheapest paths through ink, compiled if that is wanted."""
    if compiled_wanted():
        from byhand.kernels import seam

        return seam.seams
    return reference.seams
