"""byhand.training.fit_ink: the ink network learns, and continues where it stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.ink.segmentation import CLASSES, DIGIT, LINE, NONE, PRINT
from byhand.synthesis.kinds import KEPT_OUT
from byhand.synthesis.page import SyntheticPage
from byhand.training import fit_ink
from byhand.training.fit_ink import FIT_INK, Example, InkFit, draw_example
from byhand.training.shards import Workers

SMALL = replace(FIT_INK, steps=6, batch=4, new=2, kept=6, size=(64, 80))
ARCHITECTURE = (
    "pixels 1/255 | conv 8 3x3 stride 2 pad 1 | relu | as half | conv 8 3x3 stride 2"
    " pad 1 | relu | upsample 2 | add half | conv 20 1x1 | pixelshuffle 2"
)
WEIGHTS = np.array(FIT_INK.weights, np.float32)


@pytest.fixture(scope="module")
def digits():
    return byhand.load_dataset("mnist").train[:500]


def trained(digits, steps: int, fit: InkFit | None = None) -> InkFit:
    fit = fit or InkFit(digits, 3, SMALL, ARCHITECTURE)
    fit.settings = replace(SMALL, steps=6)
    with Workers(2) as workers:
        while fit.step < steps:
            fit.advance(workers)
    return fit


def page() -> SyntheticPage:
    ink = np.array([[0, 100], [200, 0]], np.uint8)
    classes = np.array([[NONE, PRINT], [DIGIT, LINE]], np.uint8)
    return SyntheticPage(np.zeros((2, 2, 3), np.uint8), ink, classes, (), "made")


def test_targets_are_the_shares_of_what_a_pixel_shows():
    targets, weights = Example(page(), True, WEIGHTS).targets()
    expected = np.zeros((2, 2, len(CLASSES)))
    expected[0, 0, NONE] = expected[1, 1, LINE] = 1
    expected[0, 1, [DIGIT, PRINT]] = 100 / 255, 155 / 255
    expected[1, 0, [DIGIT, NONE]] = 200 / 255, 55 / 255
    assert targets == pytest.approx(expected)
    assert weights == pytest.approx(expected @ WEIGHTS)


def test_digits_too_large_for_the_scale_are_no_ink():
    targets, _ = Example(page(), False, WEIGHTS).targets()
    assert not targets[..., DIGIT].any()
    assert targets.sum(axis=-1) == pytest.approx(np.ones((2, 2)))


def test_a_page_depends_on_its_number_alone(digits):
    first, again, other = (draw_example(digits, 1, n, SMALL) for n in (5, 5, 6))
    assert (first.picture == again.picture).all() and (first.ink == again.ink).all()
    assert not (first.picture == other.picture).all()


def test_kinds_that_were_kept_out_are_never_drawn(digits, monkeypatch):
    drawn = []

    def make(kind, *_, **__):
        drawn.append(kind)
        return page()

    monkeypatch.setattr(fit_ink, "make_page", make)
    for number in range(300):
        draw_example(digits, 0, number, SMALL)
    assert len({*drawn}) > 20 and not {*drawn} & {*KEPT_OUT}


def test_a_training_learns(digits):
    fit, losses = InkFit(digits, 3, replace(SMALL, steps=60), ARCHITECTURE), []
    with Workers(2) as workers:
        fit.run(workers, lambda step, loss: losses.append(loss))
    assert len(losses) == 60
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])


def test_a_training_that_stopped_gives_the_same_network(digits, tmp_path):
    path = tmp_path / "fit.checkpoint"
    trained(digits, 3).save(path)
    other = InkFit(digits, 0, SMALL, ARCHITECTURE)
    other.restore(path)
    through, continued = trained(digits, 6), trained(digits, 6, other)
    assert other.step == 6
    for name, p in through.trained().params.items():
        assert (p == continued.trained().params[name]).all()


def test_one_seed_gives_one_network_with_any_number_of_threads(digits):
    found = []
    for threads in (1, 3):
        fit = InkFit(digits, 5, SMALL, ARCHITECTURE)
        with Workers(threads) as workers:
            fit.advance(workers)
        found.append(fit.network.params)
    assert all((found[0][name] == p).all() for name, p in found[1].items())
