"""byhand.plots.charts: each chart shows the numbers that it was given."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from byhand import plots
from byhand.plots import style

NAMES = ["zero", "one", "two"]
MATRIX = np.array([[50, 2, 0], [1, 4, 5], [0, 0, 70]])


def epochs(count, validation=True):
    return [
        SimpleNamespace(
            number=n,
            loss=1 / n**2,
            training_accuracy=1 - 0.5 / n,
            validation_accuracy=1 - 0.6 / n if validation else None,
            validation_loss=1.5 / n**2 if validation else None,
        )
        for n in range(1, count + 1)
    ]


def title(figure):
    return figure.get_suptitle() or " ".join(t.get_text() for t in figure.texts)


def drawn(ax):
    return np.asarray(ax.images[0].get_array())


def test_history_draws_the_values_of_every_epoch():
    run = epochs(5)
    left, right = plots.history(run).axes
    loss, held_out = left.lines
    assert loss.get_xydata().tolist() == [[e.number, e.loss] for e in run]
    assert held_out.get_ydata().tolist() == [e.validation_loss for e in run]
    legend = [t.get_text() for t in left.get_legend().get_texts()]
    assert legend == ["training", "validation"]
    training, validation = right.lines
    assert training.get_ydata().tolist() == [e.training_accuracy for e in run]
    assert validation.get_ydata().tolist() == [e.validation_accuracy for e in run]
    legend = [t.get_text() for t in right.get_legend().get_texts()]
    assert legend == ["training", "validation"]
    assert (
        title(plots.history(run)) == "5 epochs: 88.00 % of the validation images right"
    )


def test_history_without_validation_speaks_of_training():
    figure = plots.history(epochs(2, validation=False))
    assert [len(ax.lines) for ax in figure.axes] == [1, 1]
    assert title(figure) == "2 epochs: 75.00 % of the training images right"


def test_history_leaves_a_gap_where_there_was_no_validation():
    run = epochs(3)
    run[1].validation_accuracy = None
    y = plots.history(run).axes[1].lines[1].get_ydata()
    assert np.isfinite(y).tolist() == [True, False, True]


def test_history_of_an_older_file_has_no_validation_loss():
    run = epochs(3)
    for epoch in run:
        epoch.validation_loss = None
    assert [len(ax.lines) for ax in plots.history(run).axes] == [1, 2]


def test_the_scale_of_the_loss_suits_both_curves():
    run = epochs(3)
    run[0].validation_loss = 99.0
    assert plots.history(run).axes[0].get_yscale() == "log"


def test_history_of_one_epoch_has_one_tick_and_of_none_says_so():
    figure = plots.history(epochs(1))
    figure.draw_without_rendering()
    left = figure.axes[0]
    low, high = left.get_xlim()
    assert [tick for tick in left.get_xticks() if low <= tick <= high] == [1]
    assert title(figure).startswith("1 epoch:")
    assert title(plots.history([])) == "No epoch has ended yet."


def test_the_loss_has_a_log_scale_only_if_it_falls_far_and_not_to_nothing():
    to_nothing = epochs(9)
    to_nothing[-1].loss = 0.0
    scales = [
        plots.history(run).axes[0].get_yscale()
        for run in (epochs(2), epochs(9), to_nothing)
    ]
    assert scales == ["linear", "log", "linear"]


def test_every_count_of_the_confusion_matrix_stands_in_its_cell():
    (ax,) = plots.confusion(MATRIX, NAMES).axes
    written = {t.get_position(): t.get_text() for t in ax.texts}
    assert written == {
        (0, 0): "50", (1, 0): "2", (0, 1): "1", (1, 1): "4", (2, 1): "5", (2, 2): "70",
    }  # fmt: skip
    assert [t.get_text() for t in ax.get_xticklabels()] == NAMES
    assert [t.get_text() for t in ax.get_yticklabels()] == NAMES
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("is", "read as")


def test_only_mistakes_colour_the_matrix_each_by_its_share_of_its_class():
    (ax,) = plots.confusion(MATRIX, NAMES).axes
    darkness = np.ma.filled(drawn(ax), 0)
    assert (np.diag(darkness) == 0).all()
    assert darkness[1, 2] == 1  # 5 of 10 is the worst
    assert darkness[1, 0] == pytest.approx(1 / 5)  # 1 of 10
    assert darkness[0, 1] == pytest.approx((2 / 52) / (5 / 10))
    ink = {t.get_position(): t.get_color() for t in ax.texts}
    assert ink[2, 1] == "white"
    assert ink[0, 1] == style.INK


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (MATRIX, "8 mistakes in 132 images,\nmost often one read as two (5)"),
        (MATRIX - [[0, 2, 0], [0, 0, 5], [0, 0, 0]],
         "1 mistake in 125 images,\nmost often one read as zero (1)"),
        (np.diag([5000, 0, 1]), "No mistakes in 5,001 images"),
        (np.zeros((3, 3), int), "No mistakes in 0 images"),
    ],
)  # fmt: skip
def test_the_title_of_the_matrix_names_the_most_frequent_mistake(matrix, words):
    assert title(plots.confusion(matrix, NAMES)) == words


@pytest.mark.parametrize("k", [2, 10, 26])
def test_the_words_of_a_matrix_stay_inside_the_picture(k, rng):
    names = ["Ankle boot"] * 10 if k == 10 else [f"{n}" for n in range(k)]
    figure = plots.confusion(rng.integers(0, 2, (k, k)) * 888, names)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    corners = [t.get_window_extent() for t in [*ax.get_xticklabels(), *ax.texts]]
    corners.append(figure._suptitle.get_window_extent())
    assert min(c.x0 for c in corners) >= 0
    assert max(c.x1 for c in corners) <= figure.bbox.x1
    assert max(c.y1 for c in corners) <= figure.bbox.y1
