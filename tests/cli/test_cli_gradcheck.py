"""byhand gradcheck."""

from __future__ import annotations

import pytest

from byhand.nn import gradcheck


def test_every_layer_and_the_whole_network_pass(byhand):
    ended = byhand("gradcheck", "--json")
    assert ended.code == 0
    assert ended.json["passed"] is True
    assert {"dense", "relu", "whole network"} <= ended.json["errors"].keys()
    assert max(ended.json["errors"].values()) <= ended.json["tolerance"] == 1e-6


def test_the_seed_is_passed_on(byhand, monkeypatch):
    monkeypatch.setattr(gradcheck, "check_all", lambda seed: {"seed": seed * 2.0**-40})
    assert (
        byhand("gradcheck", "--seed", "7", "--json").json["errors"]["seed"]
        == 7 * 2.0**-40
    )


@pytest.mark.parametrize("error", [1.1e-6, float("nan")])
def test_a_wrong_gradient_is_named_and_fails(byhand, monkeypatch, error: float):
    errors = {"dense": 1e-9, "relu": error}
    monkeypatch.setattr(gradcheck, "check_all", lambda seed: errors)
    ended = byhand("gradcheck")
    assert ended.code == 1
    assert ended.err == (
        "byhand: error: gradcheck: expected errors of at most 1e-06, got more in relu\n"
    )
    dense, relu = ended.out.splitlines()[1:]
    assert dense.split() == ["dense", "1.0e-09", "ok"]
    assert relu.split()[-1] == "FAILED"


def test_quiet_leaves_only_the_table(byhand, monkeypatch):
    monkeypatch.setattr(gradcheck, "check_all", lambda seed: {"dense": 1e-9})
    assert byhand("gradcheck", "--quiet").err == ""
    assert byhand("gradcheck").err == "All 1 are within 1e-06.\n"
