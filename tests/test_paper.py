"""byhand.ink.paper: paper found under ink, however it is lit, and its noise level."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.paper import FLATTEN, deviation, flattened, paper_and_noise, paper_level
from lighting import ramp, step

HEIGHT = FLATTEN.smoothed_from


def grey(levels: np.ndarray) -> np.ndarray:
    return levels.round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [ramp, step])
def test_shadows_are_gone_from_flattened_ink(light):
    dark = grey(255 - 235 * light((120, 600)))
    flat = flattened(dark, HEIGHT)
    assert np.quantile(flat, 0.95) < 5 < 100 < np.ptp(dark)  # but for an edge


def test_noise_is_smoothed_on_a_page_of_the_usual_size(rng):
    ink = grey(rng.normal(100, 10, (90, 90)))
    small, usual = (flattened(ink, height).std() for height in (HEIGHT - 1, HEIGHT))
    assert usual < 0.9 * small


@pytest.mark.parametrize("channels", [(), (3,)])
def test_strokes_are_taken_off_and_wide_shapes_stay(channels):
    ink = np.full((60, 80, *channels), 20, np.uint8)
    ink[10:50, 20:25] = 200  # a stroke
    ink[:, 50:] = 90  # a shadow
    expected = np.full(ink.shape, 20)
    expected[:, 50:] = 90
    assert (paper_level(ink, 9) == expected).all()


def test_smoothed_paper_may_be_kept_from_falling_below_the_opening():
    ink = np.zeros((40, 60), np.uint8)
    ink[:, 30:] = 90
    smooth, raised = (paper_level(ink, 5, 7, raised=raised) for raised in (False, True))
    assert smooth[20, 31] < 90 <= raised[20, 31]
    assert smooth[20, 28] == raised[20, 28] > 0


def test_the_noise_level_is_the_standard_deviation_of_bare_paper(rng):
    levels = rng.normal(30, 4, (200, 200))
    levels[:10] += 150  # ink, on a twentieth
    paper, noise = paper_and_noise(levels)
    assert paper == pytest.approx(30, abs=0.5)
    assert noise == pytest.approx(4, rel=0.1)
    assert deviation(0, 0.6745) == deviation(0, -0.6745) == pytest.approx(1, rel=0.01)
