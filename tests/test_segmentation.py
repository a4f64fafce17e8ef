"""byhand.ink.segmentation: tiles, files, sizes. What it finds is in test_page_ink."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from byhand import tensors
from byhand.errors import ByhandError, ModelError
from byhand.ink import segmentation
from byhand.ink.segmentation import (
    CLASSES,
    MARGIN,
    STRIDE,
    TILE,
    Segmenter,
    read,
    save,
    shipped,
    tiles,
)
from byhand.nn.losses import softmax
from byhand.nn.network import Network, build

SMALL = (
    "pixels 1/255 | conv 8 3x3 stride 2 pad 1 | relu | as half | conv 8 3x3 stride 2"
    " pad 1 | relu | upsample 2 | add half | conv 20 1x1 | pixelshuffle 2"
)


@pytest.fixture
def network(rng) -> Network:
    return build(SMALL, (STRIDE, STRIDE, 3), rng=rng)


def pixels(rng, *shape: int) -> np.ndarray:
    return rng.integers(0, 256, (*shape, 3), np.uint8)


@given(st.tuples(st.integers(1, 60), st.integers(1, 60)))
def test_tiles_cover_each_pixel_once_and_keep_what_they_have_seen(sides):
    height, width = (STRIDE * side for side in sides)
    covered = np.zeros((height, width), int)
    places = np.arange(covered.size).reshape(covered.shape)
    for tile in tiles((height, width, 3)):
        covered[tile.kept] += 1
        assert (places[tile.seen][tile.inside] == places[tile.kept]).all()
        for part in tile.seen:
            assert part.start % STRIDE == part.stop % STRIDE == 0
    assert (covered == 1).all()


@settings(max_examples=20, deadline=None)
@given(st.tuples(st.integers(1, 70), st.integers(1, 70)))
def test_a_picture_of_any_size_has_a_probability_for_each_class(sides):
    rng = np.random.default_rng(0)
    found = Segmenter(build(SMALL, (16, 16, 3), rng=rng))(pixels(rng, *sides))
    assert found.shape == (*sides, len(CLASSES)) and found.dtype == np.uint8
    assert (abs(found.astype(int).sum(axis=2) - 255) <= len(CLASSES)).all()


def test_the_borders_of_tiles_leave_no_trace(network, rng):
    picture = pixels(rng, 2 * TILE + 32, TILE + 16)
    around = (MARGIN, MARGIN)
    padded = np.pad(picture, (around, around, (0, 0)), mode="edge")
    logits = network.forward(padded[np.newaxis])[0][0]
    expected = np.rint(softmax(logits) * 255)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert abs(Segmenter(network)(picture) - expected).max() <= 1


def test_several_threads_may_use_one(network, rng):
    segment, pictures = Segmenter(network), [pixels(rng, 50, 40) for _ in range(8)]
    expected = [segment(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(segment, pictures))
    assert all((a == b).all() for a, b in zip(expected, found, strict=True))


def test_a_file_gives_the_network_again(network, rng, tmp_path):
    path = tmp_path / "ink.safetensors"
    save(network, path, {"seed": 3})
    picture = pixels(rng, 40, 56)
    difference = read(path)(picture).astype(int) - Segmenter(network)(picture)
    assert abs(difference).max() <= 2  # float16


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "pixels 1/255 | dense 5"},
        {"architecture": 3},
        {"architecture": SMALL.replace("20", "24")},
        {"classes": ["none", "digit"]},
        {"architecture": None},
    ],
)
def test_a_file_of_another_network_is_refused(network, tmp_path, change):
    path = tmp_path / "ink.safetensors"
    header = {"architecture": str(network), "classes": CLASSES} | change
    tensors.write(path, network.arrays, segmentation.KIND, header)
    with pytest.raises(ByhandError) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_a_digit_model_is_no_ink_network(tmp_path):
    path = tmp_path / "digits.safetensors"
    tensors.write(path, {}, "model", {})
    with pytest.raises(ModelError, match="expected a segmentation network"):
        read(path)


def test_the_file_in_the_package_is_small_and_opened_once():
    from importlib import resources

    file = resources.files("byhand.models") / segmentation.SHIPPED
    with resources.as_file(file) as path:
        assert path.stat().st_size <= 1_000_000
    assert shipped() is shipped()
