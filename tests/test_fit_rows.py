"""Rows for the row network, and its training: it learns, and continues where it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.nn.ctc import frames_needed
from byhand.reading.row_network import CLASSES, read, save
from byhand.reading.strips import HEIGHT, LOST, STEP
from byhand.reading.symbols import DIGITS, SYMBOLS
from byhand.synthesis.pool import draw_hands
from byhand.training import row_examples
from byhand.training.drawing import Drawing
from byhand.training.fit_rows import FIT_ROWS, RowFit
from byhand.training.row_examples import SHARES, Placed, draw_batch, draw_strip
from byhand.training.row_source import RowSource
from byhand.training.shards import Workers

ARCHITECTURE = (
    "pixels 1/255 | conv 8 5x5 pad 2 | relu | maxpool 2 | conv 8 16x3 | relu"
    f" | conv 8 1x5 | relu | conv {len(CLASSES)} 1x1"
)
SMALL = replace(FIT_ROWS, steps=4, kept=3)
PLAIN = replace(SHARES, marks=0.0, rests=0.0, ligatures=0.0, empty=0.0)


@pytest.fixture(scope="module")
def source() -> RowSource:
    train = byhand.load_dataset("mnist").train[:300]
    pool = draw_hands(train.images, train.labels, 10, 6)
    return RowSource(pool, train.images, train.labels, signs=2)


def trained(source: RowSource, steps: int, fit: RowFit | None = None) -> RowFit:
    fit = fit or RowFit(source, 3, SMALL, ARCHITECTURE)
    with Workers(2) as workers:
        while fit.step < steps:
            fit.advance(workers)
    return fit


def test_a_batch_depends_on_its_number_alone(source):
    first, again, other = (draw_batch(source, 1, n) for n in (5, 5, 6))
    assert (first.images == again.images).all() and first.texts == again.texts
    assert (
        first.images.shape != other.images.shape or (first.images != other.images).any()
    )


@pytest.mark.parametrize("number", range(8))
def test_texts_can_be_written_in_the_frames_that_there_are(source, number):
    images, texts = draw_batch(source, 0, number)
    assert images.shape[1] == HEIGHT and images.dtype == np.uint8
    frames = images.shape[2] // STEP - 2 * LOST
    for text in texts:
        assert all(0 <= symbol < len(SYMBOLS) for symbol in text)
        assert frames_needed(text) <= frames


@pytest.mark.parametrize("seed", range(6))
def test_no_symbol_of_a_text_is_cut_off(source, seed, monkeypatch):
    ends = []
    lay = Placed.lay

    def noted(placed, canvas):
        ends.append((placed.right, canvas.shape[1]))
        lay(placed, canvas)

    monkeypatch.setattr(Placed, "lay", noted)
    rng = np.random.default_rng(seed)
    strip, text = draw_strip(source, 160, rng, PLAIN)
    assert len(ends) == len(text) > 0
    assert all(right < width for right, width in ends)
    last = np.flatnonzero(strip.any(axis=0))[-1]
    right, width = ends[-1]
    assert last == pytest.approx(right * 160 / width, abs=14)


def test_rows_without_marks_have_digits_alone(source):
    rng = np.random.default_rng(0)
    texts = [draw_strip(source, 128, rng, PLAIN)[1] for _ in range(30)]
    assert {symbol for text in texts for symbol in text} <= {*range(len(DIGITS))}


def test_rests_are_no_symbols(source):
    rng = np.random.default_rng(0)
    empty = replace(SHARES, empty=1.0, rests=1.0)
    drawn = [draw_strip(source, 128, rng, empty) for _ in range(20)]
    assert all(text == [] for _, text in drawn)
    assert sum(bool(strip.any()) for strip, _ in drawn) > 15


def test_touching_symbols_meet():
    bar = np.full((20, 5), 255, np.uint8)
    rng = np.random.default_rng(0)
    before, here = Placed(bar, 24, 10), Placed(bar, 24, 0)
    found = [
        row_examples._place(before, here, 30.0, True, rng) for _ in range(40)
    ]  # some keep the gap of 30
    close = [x for x in found if x < 20]
    assert len(close) > 10
    assert all(before.right - 3 <= x <= before.right + 1 for x in close)


def test_a_training_learns(source):
    fit, losses = RowFit(source, 3, replace(SMALL, steps=40, lr=0.02), ARCHITECTURE), []
    with Workers(2) as workers:
        fit.run(workers, lambda step, loss: losses.append(loss))
    assert len(losses) == 40
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


def test_a_training_that_stopped_gives_the_same_network(source, tmp_path):
    path = tmp_path / "fit.checkpoint"
    trained(source, 2).save(path)
    other = RowFit(source, 0, SMALL, ARCHITECTURE)
    other.restore(path)
    through, continued = trained(source, 4), trained(source, 4, other)
    for name, p in through.trained().params.items():
        assert (p == continued.trained().params[name]).all()


def test_rows_are_drawn_ahead_by_processes(source):
    alone, fit = trained(source, 2), RowFit(source, 3, SMALL, ARCHITECTURE)
    with Drawing(fit.drawer, processes=1, ahead=2) as fit.draw:
        trained(source, 2, fit)
    for name, p in alone.network.params.items():
        assert (p == fit.network.params[name]).all()


def test_the_network_in_a_file_says_what_it_said(source, tmp_path):
    fit, path = trained(source, 2), tmp_path / "rows.safetensors"
    save(fit.trained(), path, {"steps": 2})
    strip = draw_batch(source, 0, 0).images[0]
    network = read(path)
    log_y = network(strip)
    assert log_y.shape == (strip.shape[1] // STEP - 2 * LOST, len(CLASSES))
    assert np.exp(log_y).sum(axis=1) == pytest.approx(np.ones(len(log_y)))
