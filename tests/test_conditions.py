"""byhand.robustness.conditions: each change does what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.damage import DAMAGES
from byhand.augment.pen import strokes
from byhand.data.datasets import Split
from byhand.robustness import conditions as module
from byhand.robustness.conditions import CONDITIONS, Condition, changed
from byhand.robustness.corruptions import CORRUPTIONS

BY_NAME = {condition.name: condition for condition in CONDITIONS}
every_condition = pytest.mark.parametrize("name", BY_NAME)


@pytest.fixture
def digits(rng):
    """Thirty strokes with soft edges, as digits are made of."""
    begin, end = rng.uniform(7, 21, (2, 30, 2))
    return strokes(begin, end, 3.0, (30, 28, 28))


def seen(name, images, seed=0):
    return BY_NAME[name].change(images, np.random.default_rng(seed))


def dots(count, shape, level=200):
    images = np.zeros((count, *shape), np.uint8)
    images[:, shape[0] // 2, shape[1] // 2] = level
    return images


def test_the_conditions_have_names_of_their_own_and_groups_that_hang_together():
    names = [condition.name for condition in CONDITIONS]
    assert len(set(names)) == len(names) == 31
    assert names[0] == "clean"
    groups = [condition.group for condition in CONDITIONS]
    assert list(dict.fromkeys(groups)) == sorted(set(groups), key=groups.index)
    runs = [g for k, g in enumerate(groups) if k == 0 or g != groups[k - 1]]
    assert runs == ["unchanged", "place", "pen", "paper", "MNIST-C"]


@every_condition
def test_the_images_stay_and_the_result_is_of_their_kind(name, digits):
    before = digits.copy()
    out = seen(name, digits)
    assert_array_equal(digits, before)
    assert (out.shape, out.dtype) == (digits.shape, np.uint8)
    assert (out == digits).all() == (name == "clean")
    assert_array_equal(out, seen(name, digits))


@every_condition
@pytest.mark.parametrize("shape", [(0, 28, 28), (2, 1, 1), (3, 5, 9), (2, 40, 20)])
def test_any_shape_will_do(name, shape):
    assert seen(name, np.full(shape, 77, np.uint8)).shape == shape


@pytest.mark.parametrize(
    ("name", "shape", "far"),
    [
        ("shift 3", (28, 28), (3, 3)),
        ("shift 6", (28, 28), (6, 6)),
        ("shift 3", (56, 28), (6, 3)),
        ("shift 6", (7, 14), (2, 3)),
        ("shift 3", (4, 4), (1, 1)),
        ("shift 3, diagonal", (56, 28), (6, 3)),
        ("shift 6, diagonal", (7, 14), (2, 3)),
    ],
)
def test_a_shift_is_by_exactly_so_many_pixels_in_four_directions(name, shape, far):
    n, rows, columns = np.nonzero(seen(name, dots(200, shape)) == 200)
    assert_array_equal(n, np.arange(200))
    down, right = rows - shape[0] // 2, columns - shape[1] // 2
    steps = {*zip((down / far[0]).tolist(), (right / far[1]).tolist(), strict=True)}
    straight = {(1, 0), (-1, 0), (0, 1), (0, -1)}
    diagonal = {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    assert steps == (diagonal if "diagonal" in name else straight)


def test_half_the_size_has_a_quarter_of_the_ink_in_the_middle(digits):
    fours = digits // 4 * 4
    out = seen("half size, centred", fours).astype(int)
    quarter = fours.sum(axis=(1, 2)) / 4
    assert abs(out.sum(axis=(1, 2)) - quarter).max() <= 0.5 * 14 * 14
    assert out.sum() == pytest.approx(quarter.sum(), rel=0.01)
    assert_array_equal(out[:, 9, 11], np.rint(fours[:, 4:6, 8:10].mean(axis=(1, 2))))
    assert not out[:, :7].any()
    assert not out[:, :, 21:].any()


def test_half_of_an_odd_size_loses_nothing_of_it():
    full = np.full((1, 5, 7), 80, np.uint8)
    (out,) = seen("half size, centred", full)
    assert_array_equal(out, [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 80, 80, 80, 40, 0, 0],
        [0, 80, 80, 80, 40, 0, 0],
        [0, 40, 40, 40, 20, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ])  # fmt: skip


def test_half_size_anywhere_loses_no_ink_and_comes_to_every_side(digits):
    many = np.repeat(digits[:1], 2000, axis=0)
    centred, out = seen("half size, centred", many), seen("half size, anywhere", many)
    assert_array_equal(
        np.sort(out.reshape(2000, -1)), np.sort(centred.reshape(2000, -1))
    )
    for edge in (out[:, 0], out[:, -1], out[:, :, 0], out[:, :, -1]):
        assert 0.01 < edge.any(axis=1).mean() < 0.2
    blank = np.zeros((3, 28, 28), np.uint8)
    assert not seen("half size, anywhere", blank).any()


@pytest.mark.parametrize("degrees", [15, 30])
def test_a_rotation_is_by_so_many_degrees_either_way(degrees):
    stem = np.zeros((40, 28, 28), np.uint8)
    stem[:, 2:26, 13:15] = 255
    out = seen(f"rotation {degrees}°", stem).astype(float)
    columns = (out * np.arange(28)).sum(axis=2)[:, 8:20] / out.sum(axis=2)[:, 8:20]
    angles = np.degrees(np.arctan(np.polyfit(np.arange(8, 20), columns.T, 1)[0]))
    assert abs(angles) == pytest.approx(degrees, abs=0.7)
    assert 10 < (angles > 0).sum() < 30


@pytest.mark.parametrize(
    ("name", "damage"),
    [("thin", "thinner"), ("thick", "thicker"), ("noise", "noisy"),
     ("blur", "blurred"), ("low contrast", "faint")],
)  # fmt: skip
def test_pen_and_paper_are_damages_at_full_strength(name, damage, digits):
    full = np.ones(len(digits), np.float32)
    expected = DAMAGES[damage](digits, full, np.random.default_rng(0))
    assert_array_equal(seen(name, digits), expected)


def test_inverted_images_are_as_good_as_new_once_prepared():
    images = byhand.load_dataset("mnist").test.images[:20]
    assert_array_equal(seen("inverted", images), 255 - images)
    expected = [byhand.prepare(255 - image) for image in images]
    out = seen("inverted, prepared", images)
    assert_array_equal(out, expected)
    assert abs(out.astype(int) - images).mean() < 3


def test_the_last_fifteen_are_those_of_mnist_c(digits):
    rest = [condition for condition in CONDITIONS if condition.group == "MNIST-C"]
    assert [c.name.replace(" ", "_") for c in rest] == list(CORRUPTIONS)
    assert [c.change for c in rest] == list(CORRUPTIONS.values())


def test_chunks_are_not_drawn_alike(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 50)
    split = Split(dots(100, (28, 28)), np.zeros(100, np.int64))
    first, second = changed(split, BY_NAME["noise"])
    assert (first != second).any()


def test_conditions_are_not_drawn_alike():
    split = Split(dots(30, (28, 28)), np.zeros(30, np.int64))
    shift = BY_NAME["shift 3"].change
    one, other = (next(changed(split, Condition("g", name, shift))) for name in "ab")
    assert (one != other).any()
