"""byhand.training.fit_ink: the ink network learns, and continues where it stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.ink.segmentation import CLASSES, DIGIT, LINE, NONE, PRINT
from byhand.synthesis.kinds import KEPT_OUT, make_page
from byhand.synthesis.page import SyntheticPage
from byhand.training import ink_examples
from byhand.training.drawing import Drawing
from byhand.training.fit_ink import FIT_INK, InkFit
from byhand.training.ink_examples import EXAMPLES, Example, cut_out, draw_example
from byhand.training.shards import Workers

FEW = replace(EXAMPLES, size=(64, 80))
SMALL = replace(FIT_INK, steps=6, batch=4, new=2, kept=6, examples=FEW)
ARCHITECTURE = (
    "pixels 1/255 | conv 8 3x3 stride 2 pad 1 | relu | as half | conv 8 3x3 stride 2"
    " pad 1 | relu | upsample 2 | add half | conv 20 1x1 | pixelshuffle 2"
)
WEIGHTS = np.array(EXAMPLES.weights, np.float32)


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
    first, again, other = (draw_example(digits, 1, n, FEW) for n in (5, 5, 6))
    assert (first.picture == again.picture).all() and (first.ink == again.ink).all()
    assert not (first.picture == other.picture).all()


def test_kinds_that_were_kept_out_are_never_drawn(digits, monkeypatch):
    drawn = []

    def make(kind, *_, **__):
        drawn.append(kind)
        return page()

    monkeypatch.setattr(ink_examples, "make_page", make)
    monkeypatch.setattr(ink_examples, "cut_out", lambda page, *_: page)
    for number in range(300):
        draw_example(digits, 0, number, FEW)
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


def test_pages_are_drawn_ahead_by_processes(digits):
    alone = trained(digits, 2)
    fit = InkFit(digits, 3, SMALL, ARCHITECTURE)
    with Drawing(fit.drawer, processes=1, ahead=3) as fit.draw:
        trained(digits, 2, fit)
    for name, p in alone.network.params.items():
        assert (p == fit.network.params[name]).all()


@pytest.mark.parametrize("seed", range(20))
def test_what_is_around_a_cut_out_part_has_the_colours_of_its_edges(digits, seed):
    rng = np.random.default_rng(seed)
    images = digits.images, digits.labels
    page_before = make_page("white paper", images, rng, (120, 160), 30)
    part = cut_out(page_before, 30, rng)
    assert part.picture.shape == page_before.picture.shape
    assert part.ink.shape == part.classes.shape == page_before.ink.shape
    assert ((part.classes == DIGIT) == (part.ink > 127)).all()
    inked = part.ink.any(axis=1)
    for row in np.flatnonzero(~inked[:1]):
        assert (part.picture[row] == part.picture[0]).all()
    assert part.ink.sum() <= page_before.ink.sum()
