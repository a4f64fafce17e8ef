"""A model in JSON, as the page must know it: of the server and of a file alike."""

from __future__ import annotations

from typing import Any

from byhand.model import Model


def described(model: Model, name: str) -> dict[str, Any]:
    """Return a model's name, layers, shape, classes and calibration.

    Args:
        model: of grey images; ShapeError if it takes colours.
        name: for people.
    """
    return {
        "name": name,
        "architecture": str(model.network),
        "shape": model.grey_shape,
        "classes": list(model.class_names),
        "reject": model.has_reject_class,
        "temperature": float(model.calibration.temperature),
        "threshold": float(model.calibration.threshold),
    }
