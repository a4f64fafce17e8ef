"""Fit what says whether a box is ticked: `python -m benchmarks.fit_ticks`.

Logistic regression on the features of boxes of made forms, by Newton's method. Prints
the weights for `byhand.forms.ticks`, and how often they are wrong of forms that they
were not fitted to.
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image

import byhand
from byhand.forms.fields import TICK, Field, Form
from byhand.forms.registration import BlankForm, register, with_picture
from byhand.forms.ticks import TICKS, tick_features
from byhand.pictures.convert import grey_levels
from byhand.synthesis.blank_forms import LAYOUTS, blank_form
from byhand.synthesis.filled_forms import filled_form
from byhand.types import Array, Floats

KINDS = ("scan", "photo", "fax", "scan")
FIRST = 10_000  # seed of the first form; those of the benchmark are below
FOLDS = 5
RIDGE = 1.0  # times half the square of the weights is added to the loss
STEPS = 50


def main() -> None:
    """Draw forms, fit, and print the weights and their errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=400, help="how many are drawn")
    count = parser.parse_args().forms
    features, ticked, form = drawn(count)
    right = np.zeros(len(ticked))
    for fold in range(FOLDS):
        held = form % FOLDS == fold
        right[held] = probability(
            features[held], fitted(features[~held], ticked[~held])
        )
    wrong = (right > 0.5) != ticked
    sure = np.maximum(right, 1 - right) >= TICKS.certain
    print(f"{len(ticked)} boxes of {count} forms: {wrong.sum()} wrong")
    print(f"{sure.sum()} not doubtful, of these {(wrong & sure).sum()} wrong")
    weights = ", ".join(f"{weight:.2f}" for weight in fitted(features, ticked))
    print(f"WEIGHTS = ({weights})")


def opened(layout: str) -> BlankForm:
    """Return the blank form of a layout with its ticks as fields."""
    blank = blank_form(layout)
    fields = [Field(f.name, f.box, f.kind) for f in blank.fields if f.kind == TICK]
    picture = grey(blank.picture)
    form = Form(layout, tuple(fields), (picture.shape[1], picture.shape[0]))
    return with_picture(form, picture)


def drawn(count: int) -> tuple[Floats, Array, Array]:
    """Return features (N, 4), whether ticked (N,) and the number of the form (N,)."""
    mnist = byhand.load_dataset("mnist").train
    blanks = [opened(layout) for layout in LAYOUTS]
    rows, ticked, numbers = [], [], []
    for number in range(count):
        blank = blanks[number % len(blanks)]
        kind = KINDS[number // len(blanks) % len(KINDS)]
        rng = np.random.default_rng(FIRST + number)
        one = filled_form(blank.form.name, kind, (mnist.images, mnist.labels), rng)
        scan = grey(one.picture)
        place = register(scan, blank.landmarks)
        for field in blank.form.fields if place.fits else ():
            rows.append(tick_features(scan, blank, place, field))
            ticked.append(one.ticks[field.name])
            numbers.append(number)
    return np.array(rows), np.array(ticked), np.array(numbers)


def grey(picture: Array) -> Array:
    """Return a picture (H, W, 3) as grey levels."""
    return grey_levels(Image.fromarray(picture), max(picture.shape))


def probability(features: Floats, weights: Floats) -> Floats:
    """Return how likely boxes are ticked (N,)."""
    return np.asarray(1 / (1 + np.exp(-(features @ weights))))


def fitted(features: Floats, ticked: Array) -> Floats:
    """Return the weights that make the ticks most likely, by Newton's method.

    The gradient of the loss is X^T (p - y) + r w, its Hessian X^T diag(p - p²) X + r.
    A step is no longer than 2 in any weight: far away the loss is no parabola.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(STEPS):
        p = probability(features, weights)
        gradient = features.T @ (p - ticked) + RIDGE * weights
        hessian = (features.T * (p * (1 - p))) @ features + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step * min(1, 2 / np.abs(step).max())
    return weights


if __name__ == "__main__":
    main()
