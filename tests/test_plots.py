"""byhand.plots: each figure shows the numbers and the images that it was given."""

from __future__ import annotations

import builtins
import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from byhand import plots
from byhand.errors import ByhandError, MissingExtraError, ShapeError
from byhand.plots import style

NAMES = ["zero", "one", "two"]
MATRIX = np.array([[50, 2, 0], [1, 4, 5], [0, 0, 70]])


@pytest.fixture
def images(rng):
    """Fifty images of 6 × 5 pixels, no two alike."""
    return rng.integers(0, 256, (50, 6, 5), dtype=np.uint8)


def epochs(count, validation=True):
    return [
        SimpleNamespace(
            number=n,
            loss=1 / n**2,
            training_accuracy=1 - 0.5 / n,
            validation_accuracy=1 - 0.6 / n if validation else None,
        )
        for n in range(1, count + 1)
    ]


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


def test_the_truth_about_one_digit_is_told_where_it_is_known(images):
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


def test_history_draws_the_values_of_every_epoch():
    run = epochs(5)
    left, right = plots.history(run).axes
    (loss,) = left.lines
    assert loss.get_xydata().tolist() == [[e.number, e.loss] for e in run]
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
    assert len(figure.axes[1].lines) == 1
    assert title(figure) == "2 epochs: 75.00 % of the training images right"


def test_history_leaves_a_gap_where_there_was_no_validation():
    run = epochs(3)
    run[1].validation_accuracy = None
    y = plots.history(run).axes[1].lines[1].get_ydata()
    assert np.isfinite(y).tolist() == [True, False, True]


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
        for run in (epochs(3), epochs(9), to_nothing)
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


@pytest.mark.parametrize(
    ("fraction", "words"),
    [(0, "0 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.994, "99 %"), (0.9951, ">99 %"),
     (1, "100 %")],
)  # fmt: skip
def test_percentages_round_to_nothing_and_to_all_only_what_is(fraction, words):
    assert style.percent(fraction) == words


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.png", b"\x89PNG"), ("b.PDF", b"%PDF"), ("new/folder/c.svg", b"<?xml")],
)
def test_a_figure_is_saved_in_the_format_of_its_suffix(tmp_path, name, start):
    path = plots.save(plots.history(epochs(2)), tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_saved_picture_has_150_dots_an_inch(tmp_path):
    figure = plots.history(epochs(2))
    path = plots.save(figure, tmp_path / "a.png")
    with Image.open(path) as image:
        assert image.size == tuple(
            round(150 * side) for side in figure.get_size_inches()
        )


@pytest.mark.parametrize(
    ("name", "got"), [("a.jpeg", r"got \.jpeg"), ("a", "got no suffix")]
)
def test_a_suffix_that_cannot_be_written_is_refused(tmp_path, name, got):
    with pytest.raises(
        ByhandError, match=rf"ends in \.png, \.pdf, \.svg, {got}.*a\.png"
    ):
        plots.save(plots.history([]), tmp_path / name)


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_text("old")
    figure = plots.history([])

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure, "savefig", broken)
    with pytest.raises(ByhandError, match=r"a\.png: .*No space left"):
        plots.save(figure, path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
    assert path.read_text() == "old"


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ByhandError, match="expected a place to write"):
        plots.save(plots.history([]), tmp_path / "file" / "a.png")


def test_no_figure_uses_pyplot():
    assert "matplotlib.pyplot" not in sys.modules


def test_without_matplotlib_the_cure_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    for name in [name for name in sys.modules if name.startswith("byhand.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[plots\]'"):
        importlib.import_module("byhand.plots")
