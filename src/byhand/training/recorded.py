"""What a model's file records of its training."""

from __future__ import annotations

from byhand.errors import ModelError
from byhand.model import Model
from byhand.training.state import Epoch


def recorded_history(model: Model) -> list[Epoch]:
    """Return the epochs recorded in a model's file.

    Raises:
        ModelError: none are recorded.
    """
    recorded = model.info.get("history")
    try:
        epochs = [Epoch(**epoch) for epoch in recorded or ()]
    except TypeError as error:
        raise ModelError(
            f"show history: the model's history is damaged: {error}"
        ) from error
    if not epochs:
        raise ModelError(
            "show history: expected a model with a history, got one without; "
            "try one made by byhand train"
        )
    return epochs
