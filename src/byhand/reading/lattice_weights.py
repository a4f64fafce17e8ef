"""How much each feature of a candidate counts: named, and kept in the model's file.

The weights are fitted to the scores of one network (byhand.training.fit_lattice), so
they stand in its file, in `info["reading"]`, beside its calibration.

Letters: A features of a candidate read as a digit, M as a mark, B of a rejected one.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from byhand.errors import ModelError
from byhand.model import Model, load

# what speaks for or against a candidate being a digit, a mark, and being rejected
DIGIT_FEATURES = ("likely", "heard", "each", "cut", "through", "low", "wide", "gap",
                  "components", "shared", "flat", "narrow", "foreign")  # fmt: skip
MARK_FEATURES = ("likely", "heard", "each", "cut", "through", "foreign")
REJECT_FEATURES = ("likely", "heard", "each", "cut", "through", "ink", "foreign")
GROUPS = {"digit": DIGIT_FEATURES, "mark": MARK_FEATURES, "reject": REJECT_FEATURES}

INFO = "reading"  # the weights' place in a model's info


@dataclass(frozen=True, eq=False)
class LatticeWeights:
    """What each feature counts.

    Attributes:
        digit: (A,) in the order of DIGIT_FEATURES.
        mark: (M,) in the order of MARK_FEATURES.
        reject: (B,) in the order of REJECT_FEATURES.
    """

    digit: NDArray[np.float64]
    mark: NDArray[np.float64]
    reject: NDArray[np.float64]

    @classmethod
    def from_dict(cls, named: Any) -> LatticeWeights:
        """Return the weights from dicts by name, as `as_dict` returns them.

        Raises:
            ModelError: a name is missing or unknown, or a weight is not finite.
        """
        if not isinstance(named, Mapping) or named.keys() != GROUPS.keys():
            raise ModelError(
                f"reading weights: expected {', '.join(GROUPS)}, got {named!r:.99}; "
                "try to fit them again"
            )
        return cls(**{k: _in_order(k, named[k], names) for k, names in GROUPS.items()})

    def as_dict(self) -> dict[str, dict[str, float]]:
        """Return the weights by name, as they stand in a model's info."""
        return {
            group: dict(zip(names, getattr(self, group).tolist(), strict=True))
            for group, names in GROUPS.items()
        }


def _in_order(kind: str, named: Any, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the weights in the order of their names, once they are seen to fit."""
    if not isinstance(named, Mapping):
        raise ModelError(
            f"reading weights of {kind}: expected names and numbers, got {named!r:.99}"
        )
    missing, unknown = set(names) - set(named), set(named) - set(names)
    if missing or unknown:
        lacks, has = (", ".join(sorted(n)) or "none" for n in (missing, unknown))
        raise ModelError(
            f"reading weights of {kind}: missing {lacks}, unknown {has}; try to fit "
            "them again"
        )
    for name, value in named.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise ModelError(
                f"reading weights of {kind}: expected a finite number for {name}, "
                f"got {value!r:.99}"
            )
    return np.array([named[name] for name in names], np.float64)


def weights_of(model: Model) -> LatticeWeights:
    """Return a model's weights; those of the model in the package if it has none.

    Raises:
        ModelError: the model has weights that do not fit the features.
    """
    if INFO not in model.info:
        return _shipped()
    return LatticeWeights.from_dict(model.info[INFO])


@functools.cache
def _shipped() -> LatticeWeights:
    """Return the weights of the model in the package."""
    return LatticeWeights.from_dict(load().info[INFO])
