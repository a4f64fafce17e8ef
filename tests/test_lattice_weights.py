"""byhand.reading.lattice_weights: named, complete and finite, or refused."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import byhand
from byhand.errors import ModelError
from byhand.reading.lattice_weights import (
    DIGIT_FEATURES,
    REJECT_FEATURES,
    LatticeWeights,
    weights_of,
)


@pytest.fixture
def named() -> dict[str, Any]:
    return deepcopy(byhand.load().info["reading"])


def test_weights_come_back_from_their_names_in_order(named):
    shuffled = {kind: dict(reversed(own.items())) for kind, own in named.items()}
    weights = LatticeWeights.from_dict(shuffled)
    assert weights.as_dict() == named
    assert weights.digit[1] == named["digit"][DIGIT_FEATURES[1]]
    assert weights.reject[-1] == named["reject"][REJECT_FEATURES[-1]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None, True, [1.0]])
def test_a_weight_that_is_no_finite_number_is_refused(named, value):
    named["reject"]["ink"] = value
    with pytest.raises(ModelError, match="of reject: expected a finite number for ink"):
        LatticeWeights.from_dict(named)


def test_a_missing_and_an_unknown_name_are_refused(named):
    del named["digit"]["low"]
    with pytest.raises(ModelError, match="of digit: missing low, unknown none"):
        LatticeWeights.from_dict(named)
    named["digit"] |= {"low": 1.0, "colour": 1.0}
    with pytest.raises(ModelError, match="of digit: missing none, unknown colour"):
        LatticeWeights.from_dict(named)


@pytest.mark.parametrize("named", [None, 1, [], {}, {"digit": {}}])
def test_what_is_not_sets_of_weights_is_refused(named):
    with pytest.raises(ModelError, match="expected digit, mark, reject"):
        LatticeWeights.from_dict(named)


def test_a_set_of_weights_without_names_is_refused(named):
    named["digit"] = [1.0, 2.0]
    with pytest.raises(ModelError, match="of digit: expected names"):
        LatticeWeights.from_dict(named)


def test_a_model_has_its_own_weights_and_without_any_those_of_the_package(named):
    model = byhand.load()
    model.info["reading"]["digit"]["each"] = 7.0
    assert weights_of(model).digit[DIGIT_FEATURES.index("each")] == 7.0
    del model.info["reading"]
    assert weights_of(model).as_dict() == named


def test_a_model_with_weights_that_do_not_fit_is_refused_when_it_reads():
    model = byhand.load()
    model.info["reading"]["digit"]["each"] = float("nan")
    with pytest.raises(ModelError, match="finite number for each"):
        byhand.read(np.zeros((9, 9), np.uint8), model=model)
