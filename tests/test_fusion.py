"""Fused stages: the plain layers define what they must give, ties and all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand import nn
from byhand.errors import ShapeError
from byhand.kernels import cache as kernel_cache
from byhand.nn import Arena, Network, Run, build, softmax_cross_entropy
from byhand.nn.gradcheck import TOLERANCE, numerical_gradient, worst_error

pytest.importorskip("numba")
from byhand.nn.fused_conv import ConvReLUPool
from byhand.nn.fused_dense import DenseReLU, PixelsDense
from byhand.nn.fused_winograd import ConvReLU

END = "flatten | dense 3"
# architecture, image shape, which of its stages are fused
CASES: dict[str, tuple[str, tuple[int, int], list[type]]] = {
    "conv on pixels": (
        f"pixels | conv 8 3x2 | relu | maxpool 2 | {END}", (9, 8), [ConvReLUPool]),
    "conv on pixels that are not 0 where blank": (
        f"pixels 1/255 -0.4 | conv 8 3x2 | relu | maxpool 2 | {END}", (9, 8),
        [ConvReLUPool]),
    "odd sizes, padding": (
        f"pixels | conv 16 4x3 pad 1 | relu | maxpool 2 | {END}", (10, 9),
        [ConvReLUPool]),
    "two, and 24 filters": (
        f"pixels | conv 24 5x5 | relu | maxpool 2 | conv 8 3x3 | relu | maxpool 2 "
        f"| {END}",
        (16, 18), [ConvReLUPool, ConvReLUPool]),
    "rows of a window that are no multiple of 8": (
        f"pixels | conv 8 2x2 | relu | maxpool 2 | conv 8 3x3 pad 1 | relu | maxpool 2 "
        f"| {END}",
        (9, 11), [ConvReLUPool, ConvReLUPool]),
    "a 3 × 3 window on 16 channels, by Winograd": (
        "pixels | conv 16 3x2 | relu | maxpool 2 | conv 24 3x3 pad 1 | relu | maxpool 2"
        f" | {END}", (14, 19), [ConvReLUPool, ConvReLUPool]),
    "several by Winograd in a row, odd sizes, with padding and without": (
        "pixels | conv 8 2x3 | relu | maxpool 2 | conv 16 3x3 pad 1 | relu "
        f"| conv 8 3x3 | relu | conv 8 3x3 pad 1 | relu | {END}",
        (15, 20), [ConvReLUPool, ConvReLU, ConvReLU, ConvReLU]),
    "by Winograd, before a pool and before the mean": (
        "pixels | conv 16 3x3 | relu | maxpool 2 | conv 8 3x3 pad 1 | relu "
        "| conv 24 3x3 | relu | maxpool 2 | conv 8 3x3 pad 1 | relu | globalpool "
        "| dense 3", (15, 16), [ConvReLUPool, ConvReLU, ConvReLUPool, ConvReLU]),
    "by Winograd, padded more than it needs": (
        f"pixels | conv 8 2x2 | relu | maxpool 2 | conv 8 3x3 pad 2 | relu | {END}",
        (6, 7), [ConvReLUPool, ConvReLU]),
    "by Winograd, one output": (
        f"pixels | conv 8 2x2 | relu | maxpool 2 | conv 8 3x3 | relu | {END}",
        (7, 8), [ConvReLUPool, ConvReLU]),
    "a 3 × 3 window on 40 channels before a pool: back by Winograd as well": (
        "pixels | conv 40 2x2 | relu | maxpool 2 | conv 40 3x3 pad 1 | relu | maxpool 2"
        f" | conv 8 3x3 | relu | maxpool 2 | {END}",
        (19, 23), [ConvReLUPool, ConvReLUPool, ConvReLUPool]),
    "more filters than fit into registers at once": (
        "pixels | conv 72 2x2 | relu | maxpool 2 | conv 80 3x3 pad 1 | relu "
        f"| conv 72 3x3 | relu | maxpool 2 | {END}", (13, 14),
        [ConvReLUPool, ConvReLU, ConvReLUPool]),
    "a window of more pixels than a word has bits": (
        f"pixels | conv 8 7x7 | relu | maxpool 2 | {END}", (13, 12), [ConvReLUPool]),
    "two filters at a time, of three pairs, and images of no multiple of 8 pixels": (
        f"pixels | conv 24 3x5 | relu | maxpool 2 | {END}", (11, 11), [ConvReLUPool]),
    "conv on pixels without their margin": (
        f"pixels | crop 1 | conv 8 2x3 | relu | maxpool 2 | {END}", (9, 8),
        [ConvReLUPool]),
    "dense on pixels": ("pixels | flatten | dense 30 | relu | dense 3", (9, 8),
        [PixelsDense]),
    "dense on pixels, several blocks": ("pixels 1 | flatten | dense 300", (9, 8),
        [PixelsDense]),
    "dense on pixels, several blocks and ReLU": (
        "pixels 1 | flatten | dense 300 | relu | dense 3", (9, 8), [PixelsDense]),
    "dense after dense": (
        "pixels 1 0.1 | flatten | dense 7 | relu | dense 9 | relu | dense 3", (9, 8),
        [DenseReLU, DenseReLU]),
}  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES)
# those that have all kinds of kernels, in float64 as well: each compiles more of them,
# and they differ in the type alone
DOUBLE = (
    "conv on pixels that are not 0 where blank",
    "a 3 × 3 window on 16 channels, by Winograd",
    "by Winograd, before a pool and before the mean",
    "rows of a window that are no multiple of 8",
    "dense on pixels, several blocks and ReLU",
    "dense after dense",
)


def ink(count: int, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Images as digits are: blank for the most part, one of them wholly."""
    images = rng.integers(0, 256, (count, *shape)).astype(np.uint8)
    images[rng.random(images.shape) < 0.6] = 0
    images[:, :, -3:] = 0
    images[-1] = 0
    return images


def both(case: str, dtype: Any = np.float32) -> tuple[Network, Network]:
    """Return the network fused and plain, with equal parameters, biases not 0."""
    text, shape, _ = CASES[case]
    networks = []
    for fuse in (True, False):
        rng = np.random.default_rng(2)
        network = build(text, shape, rng=rng)
        if not fuse:
            network.stages = list(enumerate(network.layers))
        network.astype(dtype)
        for name, p in network.params.items():
            if name.endswith(".b"):
                p[...] = rng.standard_normal(p.shape) * 0.3
        networks.append(network)
    return networks[0], networks[1]


def gradients(network: Network, images: np.ndarray, arena: Arena | None = None) -> Any:
    logits, caches = network.forward(images, Run(training=True, arena=arena))
    labels = np.arange(len(images)) % 3
    return network.backward(softmax_cross_entropy(logits, labels)[1], caches)


@every_case
def test_the_patterns_are_found(case):
    stages = [stage for _, stage in both(case)[0].stages]
    if isinstance(stages[-1], DenseReLU):  # each network's last, without a ReLU
        stages.pop()
    found = [type(stage) for stage in stages]
    fused = (ConvReLUPool, ConvReLU, PixelsDense, DenseReLU)
    assert [kind for kind in found if kind in fused] == CASES[case][2]


@pytest.mark.parametrize(
    ("case", "dtype", "within"),
    [(case, np.float32, 2e-6) for case in CASES]
    + [
        pytest.param(case, np.float64, 1e-13, marks=pytest.mark.slow) for case in DOUBLE
    ],
)
def test_a_fused_network_gives_what_the_plain_one_gives(case, dtype, within, rng):
    fused, plain = both(case, dtype)
    images = ink(7, CASES[case][1], rng)
    for training in (False, True):
        run = Run(training=training)
        ours, expected = (n.forward(images, run)[0] for n in (fused, plain))
        assert ours.dtype == dtype
        assert_allclose(ours, expected, rtol=within, atol=within * abs(expected).max())


@every_case
def test_a_fused_network_takes_images_of_numbers_as_well(case, rng):
    fused, plain = both(case)
    images = ink(7, CASES[case][1], rng) * rng.random((7, *CASES[case][1]))
    ours, expected = (n.forward(images)[0] for n in (fused, plain))
    assert_allclose(ours, expected, rtol=2e-6, atol=2e-6 * abs(expected).max())


@pytest.mark.parametrize(
    ("case", "dtype", "within"),
    [(case, np.float32, 1e-5) for case in CASES]
    + [(case, np.float64, 1e-13) for case in DOUBLE],
)
def test_a_fused_network_has_the_gradients_of_the_plain_one(case, dtype, within, rng):
    fused, plain = both(case, dtype)
    images = ink(7, CASES[case][1], rng)
    ours, expected = gradients(fused, images), gradients(plain, images)
    assert ours.keys() == expected.keys()
    for name, g in expected.items():
        assert ours[name].shape == g.shape
        assert ours[name].dtype == dtype
        assert np.linalg.norm(ours[name] - g) <= within * np.linalg.norm(g), name


@pytest.mark.parametrize("case", DOUBLE)
def test_the_gradients_of_a_fused_network_are_the_central_differences(case, rng):
    network, _ = both(case, np.float64)
    images = ink(3, CASES[case][1], rng)
    labels = np.arange(3)
    # of every array the biases and some weights: enough for every output and window row
    moved = {n: p for n, p in network.params.items() if p.size <= 700}

    def loss() -> float:
        return softmax_cross_entropy(network.forward(images)[0], labels)[0]

    grads = gradients(network, images)
    assert moved
    assert worst_error({n: grads[n] for n in moved}, loss, moved) < TOLERANCE


@pytest.mark.parametrize("values", [2, 3])
def test_the_first_of_equal_maxima_gets_the_gradient(values, rng):
    text = "conv 8 1x1 | relu | maxpool 2"
    fused, plain = (build(text, (6, 8, 2), rng=np.random.default_rng(1)) for _ in "ab")
    plain.stages = list(enumerate(plain.layers))
    x = rng.integers(0, values, (4, 6, 8, 2)).astype(np.float32)  # most blocks tie
    results = []
    for network in (fused, plain):
        y, caches = network.forward(x, Run(training=True))
        dy = np.arange(y.size, dtype=np.float32).reshape(y.shape)
        d = dy
        for (_, stage), saved in zip(network.stages[::-1], caches[::-1], strict=True):
            d, _ = stage.backward(d, saved)
        results.append((y, d))
    assert isinstance(fused.stages[0][1], ConvReLUPool)
    assert_array_equal(results[0][0], results[1][0])
    assert_allclose(results[0][1], results[1][1], rtol=1e-5, atol=1e-4)


def test_numbers_of_another_type_are_taken_as_the_network_computes(rng):
    text = "conv 8 3x3 | relu | maxpool 2 | flatten | dense 3"
    network = build(text, (9, 8), rng=np.random.default_rng(1))
    x = rng.random((4, 9, 8)).astype(np.float32)
    for again in (x.astype(np.float64), x.astype(np.float16).astype(np.float32)):
        expected = network.forward(again.astype(np.float32))[0]
        assert_array_equal(network.forward(again)[0], expected)


@every_case
def test_an_arena_changes_no_bit(case, rng):
    fused, _ = both(case)
    images, arena = ink(7, CASES[case][1], rng), Arena()
    gradients(fused, images[:3], arena)  # leaves something in the arena
    expected, ours = gradients(fused, images), gradients(fused, images, arena)
    for name, g in expected.items():
        assert_array_equal(ours[name], g)


@pytest.mark.parametrize(
    "text",
    [
        "pixels | conv 12 3x3 | relu | maxpool 2",  # filters no multiple of 8
        "pixels | conv 8 3x3 stride 2 | relu | maxpool 2",  # by windows, then plain
        "pixels | conv 8 3x3 | relu | maxpool 3",
        "pixels | conv 8 3x3 | relu | maxpool 2x1",
        "pixels | conv 8 3x3 | relu | avgpool 2",
        "conv 12 3x3 | relu | conv 8 3x3 | relu",  # channels no multiple of 8
        "conv 8 3x3 | relu | conv 8 3x3 stride 2 | relu | conv 8 3x1 | relu",
        "pixels 1/255 0.1 | flatten | dense 8",
    ],
)
def test_what_no_kernel_is_made_for_stays_plain(text, rng):
    network = build(text, (12, 13), rng=rng)
    fused = (ConvReLUPool, ConvReLU, PixelsDense)
    assert not [stage for _, stage in network.stages if isinstance(stage, fused)]


def test_the_environment_forces_the_plain_kernels():
    code = (
        "from byhand import nn; import sys;"
        "n = nn.build('pixels | flatten | dense 8', (5, 5));"
        "print(len(n.stages), 'numba' in sys.modules)"
    )
    environment = {**os.environ, "BYHAND_KERNELS": "reference"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["3", "False"], done.stderr


def test_the_cache_is_private_and_named_by_the_sources(tmp_path, monkeypatch):
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path))
    folder = kernel_cache.cache_folder()
    assert folder.parent == tmp_path / "kernels"
    assert folder == kernel_cache.cache_folder()
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_kernels_were_compiled_before_where_the_cache_holds_some(tmp_path, monkeypatch):
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path))
    assert not kernel_cache.compiled_before()
    (kernel_cache.cache_folder() / "deeper").mkdir()
    (kernel_cache.cache_folder() / "deeper" / "one.nbi").write_text("")
    assert kernel_cache.compiled_before()


def test_a_cache_that_cannot_be_written_is_replaced_by_a_temporary_one(
    tmp_path, monkeypatch
):
    (tmp_path / "kernels").write_text("a file where the folder should be")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    folder = kernel_cache.cache_folder()
    assert folder.is_dir()
    assert tmp_path / "temporary" in folder.parents


def test_numerical_gradient_of_a_fused_network_moves_the_real_parameters(rng):
    network, _ = both("dense on pixels", np.float64)
    images = ink(3, (9, 8), rng)
    b = network.params["2.b"]
    numeric = numerical_gradient(lambda: float(network.forward(images)[0].sum()), b)
    assert np.abs(numeric).max() > 0
    assert isinstance(network.layers[2], nn.Dense)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_compiled_update_is_the_plain_one(nesterov, transposed, dtype, rng):
    from byhand.kernels import reference, update

    p, v, g = rng.standard_normal((3, 5, 4)).astype(dtype)
    if transposed:  # no flat view: an update of a copy would be lost
        p = p.T.copy().T
    arrays = [(p.copy(order="K"), v.copy()) for _ in "ab"]
    for (ours, velocity), step in zip(
        arrays, (update.momentum_step, reference.momentum_step), strict=True
    ):
        step(ours, velocity, g, 0.1, 0.9, nesterov)
    assert_allclose(arrays[0][0], arrays[1][0], rtol=1e-5)
    assert_allclose(arrays[0][1], arrays[1][1], rtol=1e-5)
    assert np.abs(arrays[0][0] - p).max() > 0.01
    assert arrays[0][0].dtype == arrays[0][1].dtype == dtype


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("limit", [0, 1, 3, 9])
def test_the_compiled_gather_is_the_plain_one(limit, transposed, rng):
    from byhand.kernels import gather, reference

    images = rng.integers(0, 256, (20, 5, 7)).astype(np.uint8)
    if transposed:  # no flat view
        images = images.transpose(0, 2, 1)
    indices = rng.integers(0, 20, 30)
    down, right = rng.integers(-limit, limit + 1, (2, 30))
    ours, expected = (np.full((30, *images.shape[1:]), 9, np.uint8) for _ in "ab")
    gather.gathered(images, indices, down, right, ours)
    reference.gathered(images, indices, down, right, expected)
    assert_array_equal(ours, expected)
    assert limit > 3 or ours.any()


@pytest.mark.parametrize("bent", [False, True])
def test_the_compiled_warp_is_the_plain_one(bent, rng):
    from byhand.kernels import reference, warp

    images = rng.integers(0, 256, (20, 9, 7)).astype(np.uint8)
    indices = rng.integers(0, 20, 60)
    matrices = np.eye(2, 3) + rng.normal(size=(60, 2, 3)) * [0.5, 0.5, 4]
    fields = rng.normal(size=(60 if bent else 0, 2, 9, 7)) * 2
    ours, expected = (np.full((60, 9, 7), 9, np.uint8) for _ in "ab")
    args = matrices.astype(np.float32), fields.astype(np.float32)
    warp.warped(images, indices, *args, ours)
    reference.warped(images, indices, *args, expected)
    assert abs(ours.astype(int) - expected).max() <= 1  # a half rounded otherwise
    assert (ours != expected).mean() < 0.001


def test_compiled_strokes_are_the_plain_ones(rng):
    from byhand.kernels import reference, stroke

    which = rng.integers(0, 12, 40)
    begin, end = rng.uniform(-4, 14, (2, 40, 2))
    end[:3] = begin[:3]  # dots
    ours, expected = (np.zeros((12, 11, 9), np.uint8) for _ in "ab")
    ours[0] = expected[0] = 200
    for draw, out in ((stroke.strokes, ours), (reference.strokes, expected)):
        draw(out, which, begin, end, np.linspace(0.5, 3, 40))
    assert abs(ours.astype(int) - expected).max() <= 1
    assert ours[0].min() == 200
    assert 0.1 < (ours > 0).mean() < 0.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_kernels_that_pick_out_ink_find_the_same(dtype, rng):
    """Whichever this processor takes, and what they find is what NumPy finds."""
    from byhand.kernels import compress

    images = ink(9, (5, 16), rng).reshape(-1)
    kernels = [compress.listed_by_table]
    if compress.listed is compress.listed_at_once:
        kernels.append(compress.listed_at_once)
    for listed in kernels:
        room, count = len(images) + 16, 0
        where, values = np.empty(room, np.int32), np.empty(room, dtype)
        for place in range(0, len(images), 80):
            count = listed(images, place, 80, where, values, count, dtype(0.5))
        (places,) = images.nonzero()
        assert count == len(places)
        assert_array_equal(where[:count], places % 80)
        assert_array_equal(values[:count], images[places] * dtype(0.5))


def test_an_image_whose_places_float32_cannot_tell_apart_is_refused(rng, monkeypatch):
    from byhand.nn import fused_conv

    network = build("conv 8 3x3 | relu | maxpool 2", (9, 8), rng=rng)
    x = np.zeros((1, 9, 8), np.float32)
    assert 2**24 == np.float32(2**24) == np.float32(2**24 + 1)
    assert fused_conv.LARGEST_PLACE <= 2**24
    monkeypatch.setattr(fused_conv, "LARGEST_PLACE", 9 * 8 - 1)
    with pytest.raises(ShapeError, match="conv: expected images of at most 71 numbers"):
        network.forward(x, Run(training=True))
    inference = Run(gradients=False)  # keeps no places
    assert network.forward(x, inference)[0].shape == (1, 3, 3, 8)
