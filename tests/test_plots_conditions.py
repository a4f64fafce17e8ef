"""byhand.plots.robustness: the rows it was given, images, frames and bars in line."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from byhand import plots
from byhand.plots import style


@pytest.fixture
def rows(rng):
    """Three conditions in two groups; the second image is read wrong."""
    return [
        SimpleNamespace(
            group=group,
            name=name,
            accuracy=accuracy,
            interval=(accuracy - 0.04, accuracy + 0.02),
            examples=rng.integers(0, 256, (3, 6, 5), dtype=np.uint8),
            labels=np.array([0, 1, 2]),
            predictions=np.array([0, 2, 2]),
        )
        for group, name, accuracy in (
            ("as it is", "clean", 0.95),
            ("spoilt", "thin", 0.25),
            ("spoilt", "wet", 0.5),
        )
    ]


def places(figure, word):
    return [t for t in figure.axes[0].texts if t.get_text() == word]


def test_every_example_is_drawn_ink_dark_in_the_row_of_its_name(rows):
    figure = plots.robustness(rows)
    (ax,) = figure.axes
    drawn = [np.asarray(image.get_array()) for image in ax.images]
    expected = [image for row in rows for image in row.examples]
    assert all((a == b).all() for a, b in zip(drawn, expected, strict=True))
    assert all(image.get_clim() == (0, 255) for image in ax.images)
    assert ax.images[0].get_cmap()(255)[:3] == (0, 0, 0)
    for k, row in enumerate(rows):
        (name,) = places(figure, row.name)
        left, right, bottom, top = ax.images[3 * k].get_extent()
        assert top < name.get_position()[1] < bottom
        assert (right - left) / (bottom - top) == pytest.approx(5 / 6)


def test_the_axes_are_inches_so_that_pixels_are_square(rows):
    figure = plots.robustness(rows)
    (ax,) = figure.axes
    width, height = figure.get_size_inches()
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, width), (height, 0))
    figure.draw_without_rendering()
    assert ax.get_position().bounds == (0, 0, 1, 1)


def test_wrong_ones_are_framed(rows):
    (ax,) = plots.robustness(rows).axes
    wrong = [p for p in ax.patches if to_hex(p.get_edgecolor()).upper() == "#D55E00"]
    key, *frames = wrong
    lefts = {image.get_extent()[0] for image in ax.images[1::3]}
    assert [frame.get_x() in lefts for frame in frames] == [True] * 3
    assert key.get_y() < min(frame.get_y() for frame in frames)


def test_a_bar_is_as_long_as_its_accuracy(rows):
    (ax,) = plots.robustness(rows).axes
    bars = [p for p in ax.patches if to_hex(p.get_facecolor()).upper() == style.BLUE]
    tracks = [bar for box in ax.containers for bar in box if bar not in bars]
    share = [b.get_width() / t.get_width() for b, t in zip(bars, tracks, strict=True)]
    assert share == pytest.approx([0.95, 0.25, 0.5])
    intervals = [line for line in ax.lines if line.get_linewidth() == 1.5]
    for row, bar, track, line in zip(rows, bars, tracks, intervals, strict=True):
        ends = (line.get_xdata() - bar.get_x()) / track.get_width()
        assert ends == pytest.approx(row.interval)


def test_headings_stand_once_and_means_where_they_are_given(rows):
    figure = plots.robustness(rows, {"spoilt": 0.375})
    assert [len(places(figure, group)) for group in ("as it is", "spoilt")] == [1, 1]
    assert len(places(figure, "mean 37.5 %")) == 1
    assert [len(places(figure, n)) for n in ("95.0 %", "25.0 %", "50.0 %")] == [1] * 3
    assert not [
        t for t in plots.robustness(rows).axes[0].texts if "mean" in t.get_text()
    ]


def test_the_title_tells_the_first_and_the_worst(rows):
    title = plots.robustness(rows).get_suptitle()
    assert title == "Read right: 95.0 % clean, at worst 25.0 % (thin)"
    assert plots.robustness(rows[:1]).get_suptitle() == "Read right: 95.0 % clean"


def test_the_words_stay_inside_the_picture(rows):
    figure = plots.robustness(rows, {"spoilt": 1.0})
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in figure.axes[0].texts]
    boxes.append(figure._suptitle.get_window_extent())
    assert min(box.x0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert min(box.y0 for box in boxes) >= 0
    assert max(box.y1 for box in boxes) <= figure.bbox.y1


def test_without_conditions_it_says_so():
    assert plots.robustness([]).texts[0].get_text() == "No conditions."
