"""Forward, then backward: with a Run or without, plain or fused; what is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.kernels.cache import compiled_wanted
from byhand.nn import Arena, Network, Run, build, softmax_cross_entropy

END = "flatten | dense 3"
# every layer, and every pattern that a kernel runs
TEXTS = {
    "dense": "pixels | flatten | dense 9 | relu | dropout 0.5 | dense 3",
    "dense, not on pixels": "pixels 1/255 -0.4 | flatten | dense 7 | relu | dense 3",
    "conv on pixels": f"pixels | conv 8 3x2 | relu | maxpool 2 | {END}",
    "conv on colours": f"pixels | conv 8 3x3 pad 1 | relu | maxpool 2 | {END}",
    "by Winograd": "pixels | crop 1 | conv 8 2x2 | relu | maxpool 2 "
    f"| conv 8 3x3 pad 1 | relu | conv 16 3x3 pad 1 | relu | maxpool 2 | {END}",
    "more taps than are gathered": "pixels | conv 40 2x2 | relu | maxpool 2 "
    f"| conv 40 3x3 pad 1 | relu | maxpool 2 | {END}",
    "plain": "pixels | conv 6 3x3 stride 2 | batchnorm | relu | avgpool 2 "
    "| conv 5 2x2 pad 1 | relu | maxpool 3 | globalpool | dense 3",
}
every_text = pytest.mark.parametrize("name", TEXTS)
RUNS = {
    "no run": lambda: (),
    "inference": lambda: (Run(),),
    "inference in an arena": lambda: (Run(arena=Arena()),),
    "training": lambda: (Run(training=True, rng=np.random.default_rng(4)),),
    "training in an arena": lambda: (
        Run(training=True, rng=np.random.default_rng(4), arena=Arena()),
    ),
}


def needs_kernels() -> None:
    """Skip where no kernel is compiled: Numba is missing or BYHAND_KERNELS says so."""
    if not compiled_wanted():
        pytest.skip("there are no fused stages")


def pair(name: str, rng: np.random.Generator) -> tuple[Network, Network, np.ndarray]:
    """Return a network as it is built, the same without fused stages, and images."""
    shape = (13, 14, 3) if "colours" in name else (13, 14)
    network = build(TEXTS[name], shape, rng=rng)
    plain = network.with_arrays(network.arrays)
    plain.stages = list(enumerate(plain.layers))
    images = rng.integers(0, 256, (6, *shape)).astype(np.uint8)
    images[rng.random(images.shape) < 0.5] = 0
    return network, plain, images


@every_text
@pytest.mark.parametrize("kind", RUNS)
def test_backward_gives_the_plain_layers_gradients(name, kind, rng):
    gradients = []
    network, plain, images = pair(name, rng)
    for each in (network, plain):
        logits, caches = each.forward(images, *RUNS[kind]())
        dlogits = softmax_cross_entropy(logits, np.arange(6) % 3)[1]
        gradients.append(each.backward(dlogits, caches))
    assert gradients[0].keys() == gradients[1].keys() == network.params.keys()
    for key, g in gradients[1].items():
        assert np.abs(g).max() > 0
        assert_allclose(gradients[0][key], g, rtol=0, atol=1e-5 * np.abs(g).max())


@every_text
def test_a_pass_without_gradients_gives_the_same_and_no_caches(name, rng):
    for network in pair(name, rng)[:2]:
        images = pair(name, rng)[2]
        expected, _ = network.forward(images)
        logits, caches = network.forward(images, Run(gradients=False))
        assert_array_equal(logits, expected)
        assert caches is None
        with pytest.raises(ShapeError, match=r"got none; .*Run\(gradients=False\)"):
            network.backward(np.ones_like(logits), caches)


@every_text
def test_caches_of_another_network_are_refused(name, rng):
    network, plain, images = pair(name, rng)
    logits, caches = network.forward(images)
    with pytest.raises(ShapeError, match="got another network's"):
        plain.backward(logits, caches)
    with pytest.raises(ShapeError, match="got another network's"):
        network.with_arrays(network.arrays).backward(logits, caches)


@every_text
@pytest.mark.parametrize("shape", [(5, 3), (7, 3), (6, 4), (6,), (18,), (6, 3, 1)])
def test_a_gradient_of_another_shape_is_refused(name, shape, rng):
    for network in pair(name, rng)[:2]:
        _, caches = network.forward(pair(name, rng)[2])
        with pytest.raises(ShapeError, match=r"expected dy of shape \(6, 3\), got"):
            network.backward(np.ones(shape), caches)


def test_caches_whose_arena_was_used_again_are_refused(rng):
    network, _, images = pair("by Winograd", rng)
    run = Run(arena=Arena())
    logits, caches = network.forward(images, run)
    network.forward(images[:2], run)
    with pytest.raises(ShapeError, match=r"arena's last forward pass, got older"):
        network.backward(logits, caches)


@every_text
def test_a_stage_refuses_a_gradient_of_another_batch(name, rng):
    """Without `Network` to check: what is compiled must not read past an end."""
    network, _, images = pair(name, rng)
    x: Any = images
    for _, stage in network.stages:
        y, cache = stage.forward(x, Run())
        for count in (1, 5, 7) if stage not in network.layers else ():
            with pytest.raises(ShapeError, match=r"expected dy of shape \(6, "):
                stage.backward(np.ones((count, *y.shape[1:])), cache)
        x = y


def test_a_stage_refuses_the_cache_of_one_with_other_windows(rng):
    needs_kernels()
    texts = ["conv 8 3x3", "conv 8 2x2", "conv 16 3x3", "conv 8 5x2"]
    stages = [
        build(f"{text} | relu | maxpool 2", (9, 8, 2), rng=rng).stages[0][1]
        for text in texts
    ]
    x = rng.random((3, 9, 8, 2)).astype(np.float32)
    y, cache = stages[0].forward(x, Run())
    for other in stages[1:]:
        with pytest.raises(ShapeError, match="kernel: expected w of shape"):
            other.backward(y, cache)


def test_a_gradient_of_another_precision_is_taken_as_the_network_computes(rng):
    for name in TEXTS:
        network, _, images = pair(name, rng)
        network.astype(np.float32)
        logits, caches = network.forward(images)
        dy = rng.standard_normal(logits.shape).astype(np.float32)
        expected = network.backward(dy, caches)
        found = network.backward(dy.astype(np.float64), caches)
        for key, g in expected.items():
            assert_allclose(found[key], g, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", ["u1", "i2", ">u2", "i8", "f2", ">f4", "f8", "?"])
def test_images_of_any_type_of_number_are_taken(dtype, rng):
    for text in ("pixels 2 | flatten | dense 9 | relu", "pixels 2 | conv 8 3x3 | relu"):
        network = build(text, (6, 5), rng=rng)
        images = rng.integers(0, 2, (4, 6, 5)).astype(dtype)
        found = network.forward(images)[0]
        expected = network.forward(images.astype(np.uint8))[0]
        assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


README_LOOP = """
import numpy as np
from byhand import nn

rng = np.random.default_rng(0)
images = rng.integers(0, 256, (300, 28, 28)).astype(np.uint8)
labels = rng.integers(0, 10, 300)
network = nn.build(
    "pixels | conv 8 5x5 | relu | maxpool 2 | conv 16 3x3 | relu | maxpool 2 "
    "| flatten | dense 10", (28, 28), rng=rng)
optimizer = nn.SGD(momentum=0.9)
losses = []
for step in range(20):
    chosen = rng.integers(0, len(images), 100)
    logits, caches = network.forward(images[chosen])
    loss, dlogits = nn.softmax_cross_entropy(logits, labels[chosen])
    optimizer.step(network.params, network.backward(dlogits, caches), lr=0.05)
    losses.append(loss)
assert np.isfinite(losses).all()
print("ended")
"""
SHIPPED = """
import numpy as np
import byhand

network = byhand.load().network
images = np.random.default_rng(0).integers(0, 256, (50, 28, 28)).astype(np.uint8)
logits, caches = network.forward(images)
loss, dlogits = byhand.nn.softmax_cross_entropy(logits, np.arange(50) % 10)
grads = network.backward(dlogits, caches)
assert all(np.isfinite(g).all() for g in grads.values())
assert grads.keys() == network.params.keys()
print("ended")
"""


@pytest.mark.parametrize("code", [README_LOOP, SHIPPED], ids=["loop", "shipped"])
def test_a_loop_without_a_run_does_not_crash(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr
