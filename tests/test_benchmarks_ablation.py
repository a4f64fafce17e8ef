"""The ablations are runs of a sweep, each counted for what was changed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from benchmarks import ablation

from byhand.runs.swept import RunResult


def test_each_run_counts_for_what_was_changed(monkeypatch, tmp_path, dataset):
    monkeypatch.chdir(tmp_path)
    begun = []

    def sweep(runs, take):
        begun.extend(runs)
        for run in reversed(runs):  # they end in any order
            take(RunResult(run, seconds=run.plan.recipe.lr))

    def load(file):
        history = [{"validation_accuracy": 0.5}, {"validation_accuracy": 0.75}]
        zeros = np.eye(3)[[0]]  # of every image the first class
        return SimpleNamespace(
            info={"history": history}, predict_proba=lambda x: zeros.repeat(len(x), 0)
        )

    monkeypatch.setattr(ablation, "sweep", sweep)
    monkeypatch.setattr(ablation.byhand, "load", load)
    monkeypatch.setattr(ablation.byhand, "load_dataset", lambda name: dataset)
    found = ablation.run(3, 2, ["as it is", "constant learning rate"])
    assert [run.plan.seed for run in begun] == [0, 1, 0, 1]
    recipes = [run.plan.recipe for run in begun]
    assert {(r.epochs, r.validation) for r in recipes} == {(3, ablation.HELD_OUT)}
    assert [r.schedule for r in recipes] == ["one-cycle"] * 2 + ["constant"] * 2
    assert found["as it is"]["accuracy"] == [75.0, 75.0]
    assert found["as it is"]["seconds"] == [ablation.STANDARD.lr] * 2
    assert found["constant learning rate"]["seconds"] == [0.03] * 2
    held_out = ablation.held_out_images(recipes[0], dataset)
    first = 100 * np.mean(held_out.labels == 0)
    assert found["as it is"]["moved"] == [first, first]
