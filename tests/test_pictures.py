"""byhand.plots.pictures: each figure shows the images that it was given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from byhand import plots
from byhand.errors import ShapeError
from byhand.plots import style

NAMES = ["zero", "one", "two"]


@pytest.fixture
def images(rng):
    """Fifty images of 6 × 5 pixels, no two alike."""
    return rng.integers(0, 256, (50, 6, 5), dtype=np.uint8)


def title(figure):
    return figure.get_suptitle() or " ".join(t.get_text() for t in figure.texts)


def tiles(figure):
    """Return the axes that hold an image."""
    return [ax for ax in figure.axes if ax.images]


def drawn(ax):
    return np.asarray(ax.images[0].get_array())


def test_the_first_ten_images_are_drawn_with_their_predictions(images):
    labels = np.arange(50) % 3
    predictions = labels.copy()
    predictions[4] = 2
    confidences = np.linspace(0.5, 1, 50)
    figure = plots.digits(images, labels, predictions, confidences, NAMES)
    axes = tiles(figure)
    assert len(axes) == 10
    assert all((drawn(ax) == image).all() for ax, image in zip(axes, images))  # noqa: B905
    assert title(figure) == "The first 10 test images: 9 of 10 read right"
    assert [ax.get_title() for ax in axes[:5]] == [
        "✓ zero", "✓ one", "✓ two", "✓ zero", "✗ two",
    ]  # fmt: skip
    assert axes[4].get_xlabel() == "is one\n54 % sure"
    assert axes[3].get_xlabel() == "53 % sure"
    colours = [to_hex(axes[k].title.get_color()).upper() for k in (3, 4)]
    assert colours == [style.BLUE, style.VERMILION]


def test_digits_needs_neither_ten_images_nor_confidences_nor_names(images):
    figure = plots.digits(images[:3], np.array([7, 7, 1]), np.array([7, 1, 7]))
    assert [ax.get_title() for ax in tiles(figure)] == ["✓ 7", "✗ 1", "✗ 7"]
    assert [ax.get_xlabel() for ax in tiles(figure)] == ["", "is 7", "is 1"]
    none = np.array([], np.int64)
    assert title(plots.digits(images[:0], none, none)) == "No test images."


def test_images_are_drawn_ink_dark_on_one_scale(images):
    pale = np.full_like(images[:2], 100)
    ax = tiles(plots.digits(pale, np.zeros(2, int), np.zeros(2, int)))[0]
    assert ax.images[0].get_clim() == (0, 255)
    assert ax.images[0].get_cmap()(0)[:3] == (1, 1, 1)
    assert ax.images[0].get_cmap()(255)[:3] == (0, 0, 0)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (50, "The 40 most confident of 50 mistakes"),
        (40, "All 40 mistakes"),
        (3, "All 3 mistakes"),
        (1, "The only mistake"),
        (0, "No mistakes: every image was read right."),
    ],
)
def test_the_gallery_of_mistakes_shows_at_most_forty_in_order(images, count, words):
    labels, predictions = np.zeros(count, int), np.full(count, 2)
    confidences = np.full(count, 0.9971)
    figure = plots.mistakes(images[:count], labels, predictions, confidences, NAMES)
    axes = tiles(figure)
    assert title(figure) == words
    assert len(axes) == min(count, 40)
    for ax, image in zip(axes, images, strict=False):
        assert (drawn(ax) == image).all()
        assert (ax.get_title(), ax.get_xlabel()) == ("✗ two", "is zero\n>99 % sure")


def test_one_digit_is_drawn_beside_its_probabilities(images):
    probabilities = np.array([0.1, 0.87, 0.03])
    figure = plots.digit(images[0], probabilities, NAMES)
    left, right = figure.axes
    assert (drawn(left) == images[0]).all()
    assert [bar.get_width() for bar in right.patches] == probabilities.tolist()
    assert [t.get_text() for t in right.get_yticklabels()] == NAMES
    assert [t.get_text() for t in right.texts] == ["10 %", "87 %", "3 %"]
    colours = [to_hex(bar.get_facecolor()).upper() for bar in right.patches]
    assert colours == [style.PALE, style.BLUE, style.PALE]
    assert right.yaxis_inverted()  # the first class is at the top
    assert title(figure) == "Read as one"


def test_the_truth_about_one_digit_is_in_the_title_where_it_is_known(images):
    probabilities = np.array([0.1, 0.87, 0.03])
    right = plots.digit(images[0], probabilities, NAMES, 1)
    wrong = plots.digit(images[0], probabilities, NAMES, 0)
    assert title(right) == "✓ Read as one; it is one"
    assert title(wrong) == "✗ Read as one; it is zero"


def test_of_many_classes_the_ten_most_probable_are_shown(images):
    letters = [chr(97 + k) for k in range(26)]
    _, right = plots.digit(images[0], np.arange(26) / 325, letters).axes
    assert [t.get_text() for t in right.get_yticklabels()] == list("zyxwvutsrq")
    assert right.patches[0].get_width() == 25 / 325


def test_samples_stand_in_the_row_of_their_class(images):
    labels = np.repeat([2, 0], 25)  # none of class 1
    (ax,) = tiles(plots.samples(images, labels, NAMES))
    sheet = drawn(ax)  # each image 6 × 5 in a cell of 8 × 7
    assert sheet.shape == (3 * 8, 12 * 7)
    assert (sheet[1:7, 1:6] == images[25]).all()
    assert (sheet[17:23, 8:13] == images[1]).all()
    assert np.isnan(np.ma.filled(sheet, np.nan)[8:16]).all()
    ticks = [t.get_text() for t in ax.get_yticklabels()]
    assert ticks == ["zero   25", "one   0", "two   25"]
    assert ax.images[0].get_cmap()(0)[:3] == (1, 1, 1)
    assert ax.get_yticks().tolist() == [3.5, 11.5, 19.5]  # the middles of the rows


def test_samples_of_many_classes_stand_in_several_panels(images):
    names = [str(k) for k in range(40)]
    axes = tiles(plots.samples(images, np.arange(50) % 40, names))
    counts = [len(ax.get_yticks()) for ax in axes]
    assert counts == [14, 14, 12]
    assert axes[1].get_yticklabels()[0].get_text() == "14   1"


def test_weights_are_drawn_on_one_scale_as_far_up_as_down(rng):
    w = rng.standard_normal((30, 70)).astype(np.float32)
    figure = plots.weights(w, (6, 5))
    ax, bar = figure.axes
    sheet = drawn(ax)
    assert sheet.shape == (8 * 8, 8 * 7)
    assert np.allclose(sheet[1:7, 1:6], w[:, 0].reshape(6, 5))
    assert np.allclose(sheet[9:15, 8:13], w[:, 9].reshape(6, 5))
    low, high = ax.images[0].get_clim()
    assert low == -high
    assert 2 < high < np.abs(w).max()
    assert bar.get_ylabel() == "weight"
    assert title(figure) == "What 64 of 70 first-layer neurons look for"


@pytest.mark.parametrize("neurons", [1, 3, 9, 10])
def test_a_few_neurons_leave_no_number_wrong(neurons):
    figure = plots.weights(np.zeros((30, neurons)), (6, 5))
    assert title(figure) == f"What {neurons} first-layer neurons look for"
    shown = np.isfinite(np.ma.filled(drawn(figure.axes[0]), np.nan)).sum()
    assert shown == 30 * neurons


@pytest.mark.parametrize("shape", [(31, 4), (30,), (30, 0), (8, 1, 5, 5)])
def test_weights_that_do_not_fit_the_image_are_refused(shape):
    with pytest.raises(ShapeError, match=r"expected w of shape \(30, M\), got \("):
        plots.weights(np.zeros(shape), (6, 5))
