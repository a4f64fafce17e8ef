"""Whether boxes are ticked."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from benchmarks.fit_ticks import fitted, grey, opened, probability
from PIL import Image

import byhand
from byhand.forms.fields import Field
from byhand.forms.registration import Registration, register
from byhand.forms.ticks import ticked
from byhand.synthesis.blank_forms import blank_form
from byhand.synthesis.drawing import blank as nothing
from byhand.synthesis.filled_forms import filled_form
from byhand.synthesis.ticks import TICKS, lay_tick


@functools.cache
def form(layout: str = "membership"):
    return opened(layout)


def at(matrix: np.ndarray) -> Registration:
    return Registration(matrix, 0.0, 1.0, 1.0, True)


def written(how: str, dark: float, rng: np.random.Generator, layout="membership"):
    """Return a scan with paper's noise of a form whose boxes are ticked that way."""
    picture = grey(blank_form(layout).picture).astype(float)
    ink = nothing(*picture.shape)
    for field in form(layout).form.fields if how else ():
        lay_tick(ink, field.box, 0.5, rng, how)
    picture *= 0.9 * (1 - dark * ink / 255)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("how", TICKS)
@pytest.mark.parametrize("dark", [0.9, 0.35])
def test_any_tick_is_one_even_of_a_faint_pen(how, dark):
    scan = written(how, dark, np.random.default_rng(3))
    found = [ticked(scan, form(), at(np.eye(3)), f) for f in form().form.fields]
    assert [tick.value for tick in found] == [True] * 4
    assert min(tick.confidence for tick in found) >= 0.85


@pytest.mark.parametrize("off", [(0, 0), (2, 0), (-2, 2), (0, -3)])
@pytest.mark.parametrize("layout", ["membership", "claim", "survey", "delivery"])
def test_a_frame_that_is_not_quite_in_its_place_is_no_tick(layout, off):
    scan = written("", 0.0, np.random.default_rng(4), layout)
    shifted = np.eye(3)
    shifted[:2, 2] = off
    fields = form(layout).form.fields
    found = [ticked(scan, form(layout), at(shifted), field) for field in fields]
    assert [tick.value for tick in found] == [False] * len(fields)


def test_a_box_beyond_the_edge_of_the_scan_is_none():
    scan = written("", 0.0, np.random.default_rng(5))[:700]
    (field, *_) = form().form.fields
    assert ticked(scan, form(), at(np.eye(3)), field).value is not True


@pytest.mark.parametrize(("layout", "kind"), [("survey", "photo"), ("claim", "fax")])
def test_the_ticks_of_made_forms_are_found(layout, kind):
    mnist = byhand.load_dataset("mnist").test
    rng = np.random.default_rng(8)
    one = filled_form(layout, kind, (mnist.images, mnist.labels), rng)
    scan = grey(one.picture)
    place = register(scan, form(layout).landmarks)
    found = {f.name: ticked(scan, form(layout), place, f).value
             for f in form(layout).form.fields}  # fmt: skip
    assert found == one.ticks


def test_a_larger_scan_of_the_box_is_measured_as_well():
    scan = written("cross", 0.9, np.random.default_rng(6))
    double = np.asarray(Image.fromarray(scan).resize((2480, 3508)))
    place = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1.0]])
    field: Field = form().form.fields[0]
    assert ticked(double, form(), at(place), field).value


def test_newtons_method_finds_the_weights_whose_gradient_is_zero():
    rng = np.random.default_rng(7)
    features = np.c_[rng.normal(0, 1, (300, 2)), np.ones(300)]
    chance = probability(features, np.array([2.0, -1.0, 0.5]))
    yes = rng.random(300) < chance
    weights = fitted(features, yes)
    gradient = features.T @ (probability(features, weights) - yes) + weights
    np.testing.assert_allclose(gradient, 0, atol=1e-8)
    np.testing.assert_allclose(weights, [2.0, -1.0, 0.5], atol=0.5)
