"""Skip connections: named outputs, forwards, backwards, as text and as ONNX."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import Add, Arena, As, Network, ReLU, Run, build, pixel_cross_entropy
from byhand.nn.gradcheck import STEP, TOLERANCE, worst_error
from byhand.nn.skips import output_shapes
from byhand.nn.summary import layer_rows

U_NET = (
    "pixels 1/255 | conv 2 3x3 stride 2 pad 1 | relu | as half"
    " | conv 3 3x3 stride 2 pad 1 | relu | conv 2 1x1 | upsample 2 | add half"
    " | concat half | conv 12 1x1 | pixelshuffle 2"
)
LARGE = (  # every stage compiled
    "pixels 1/255 | conv 8 3x3 stride 2 pad 1 | relu | conv 8 3x3 pad 1 | relu"
    " | as half | conv 16 3x3 stride 2 pad 1 | relu | conv 8 1x1 | upsample 2"
    " | add half | conv 8 3x3 pad 1 | relu | add half | conv 20 1x1 | pixelshuffle 2"
)


def images(rng, shape=(2, 8, 12, 3)):
    """Pictures of that shape."""
    return rng.integers(0, 256, shape).astype(np.uint8)


def apart(network, x, rng):
    """Draw the parameters until what ReLU compares with 0 is away from it."""
    while True:
        for p in network.params.values():
            p[...] = rng.standard_normal(p.shape) * 0.7
        z, before, named = x, [], {}
        for layer in network.layers:
            if isinstance(layer, ReLU):
                before.append(np.abs(z).min())
            if hasattr(layer, "join"):
                z, _ = layer.join(z, named[layer.name], Run())
            else:
                z, _ = layer.forward(z, Run())
            if isinstance(layer, As):
                named[layer.name] = z
        if min(before) > 100 * STEP:
            return


@pytest.mark.parametrize("plain", [True, False])
def test_every_gradient_of_a_u_shaped_network_is_that_of_differences(plain, rng):
    x = images(rng, (2, 4, 8, 3))
    network = build(U_NET, x.shape[1:], rng=rng).astype(np.float64)
    if plain:
        network.stages = list(enumerate(network.layers))
    apart(network, x, rng)
    targets = np.eye(3)[rng.integers(0, 3, (2, 4, 8))]
    weights = rng.random((2, 4, 8))

    def loss():
        return pixel_cross_entropy(network.forward(x)[0], targets, weights)[0]

    logits, caches = network.forward(x)
    grads = network.backward(pixel_cross_entropy(logits, targets, weights)[1], caches)
    assert worst_error(grads, loss, network.params) < TOLERANCE


def test_a_sum_by_hand():
    network = Network([As("x"), ReLU(), Add("x")])
    y, _ = network.forward(np.array([[-3.0, 2.0]]))
    assert_array_equal(y, [[-3, 4]])


def test_concatenation_puts_the_named_channels_behind():
    network = build("as x | relu | concat x", (2,))
    y, _ = network.forward(np.array([[-3.0, 2.0]]))
    assert_array_equal(y, [[0, 2, -3, 2]])
    assert network.output_shape((2,)) == (4,)


def test_gradients_of_all_uses_add_up(rng):
    """Used k times more, an output's gradient is 1 + k times as large."""
    x, dy = rng.standard_normal((3, 4)), rng.standard_normal((3, 5))
    grads = []
    for uses in range(3):
        text = "dense 5 | as a" + " | add a" * uses
        network = build(text, (4,), rng=np.random.default_rng(1)).astype(np.float64)
        _, caches = network.forward(x)
        grads.append(network.backward(dy, caches)["0.w"])
    # y = z, 2 z, 3 z
    assert_allclose(grads[1], 2 * grads[0])
    assert_allclose(grads[2], 3 * grads[0])


def test_a_name_that_is_never_used_changes_nothing(rng):
    networks = [
        build(f"dense 5 | {name}relu | dense 2", (4,), rng=np.random.default_rng(1))
        for name in ("", "as a | ")
    ]
    x, dy = rng.standard_normal((3, 4)), rng.standard_normal((3, 2))
    found = []
    for network in networks:
        y, caches = network.forward(x.astype(np.float32))
        found.append([y, *network.backward(dy.astype(np.float32), caches).values()])
    for a, b in zip(*found, strict=True):
        assert_array_equal(a, b)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_any_sides_that_are_multiples_are_taken(down, across, seed):
    """The network was built for others; a picture alone gives what it does in two."""
    rng = np.random.default_rng(seed)
    network = build(U_NET, (8, 8, 3), rng=np.random.default_rng(1))
    x = images(rng, (2, 4 * down, 4 * across, 3))
    y, _ = network.forward(x)
    assert y.shape == (*x.shape[:3], 3)
    assert network.output_shape(x.shape[1:]) == y.shape[1:]
    assert_allclose(network.forward(x[1:])[0], y[1:], rtol=1e-4, atol=1e-5)


def test_an_arena_changes_no_bit(rng):
    network, arena = build(LARGE, (16, 24, 3), rng=rng), Arena()
    x = images(rng, (3, 16, 24, 3))
    for given_arena in (arena, arena, None):
        y, caches = network.forward(x, Run(training=True, arena=given_arena))
        grads = network.backward(np.ones_like(y), caches)
        found = [y.copy(), *(g.copy() for g in grads.values())]
        if given_arena:
            expected = found
    for a, b in zip(found, expected, strict=True):
        assert_array_equal(a, b)


def test_compiled_stages_give_what_the_plain_layers_give(rng):
    pytest.importorskip("numba")
    x = images(rng, (2, 16, 24, 3))
    results = []
    for compiled in (True, False):
        network = build(LARGE, x.shape[1:], rng=np.random.default_rng(1))
        if compiled:
            assert network.recordable
            assert network.divisible
        else:
            network.stages = list(enumerate(network.layers))
        y, caches = network.forward(x)
        dy = np.random.default_rng(2).standard_normal(y.shape).astype(np.float32)
        results.append({"y": y, **network.backward(dy, caches)})
    ours, plain = results
    assert ours.keys() == plain.keys()
    for name, value in plain.items():
        within = 2e-5 * np.abs(value).max()
        assert_allclose(ours[name], value, rtol=0, atol=within, err_msg=name)


def test_the_kept_part_of_a_pass_gives_the_chosen_images_gradients(rng):
    pytest.importorskip("numba")
    x, chosen = images(rng, (4, 16, 24, 3)), np.array([2, 0])
    network = build(LARGE, x.shape[1:], rng=rng)
    y, caches = network.forward(x)
    dy = rng.standard_normal(y.shape).astype(np.float32)
    found = network.backward(dy[chosen], network.kept(caches, chosen))
    _, few = network.forward(x[chosen])
    for name, g in network.backward(dy[chosen], few).items():
        assert_allclose(found[name], g, rtol=1e-4, atol=1e-3, err_msg=name)


def test_its_text_is_read_again(rng):
    network = build(U_NET, (8, 12, 3), rng=rng)
    again = build(str(network), (8, 12, 3))
    assert str(again) == str(network)
    assert [type(layer) for layer in again.layers] == [
        type(layer) for layer in network.layers
    ]


def test_the_table_of_layers_has_the_shape_of_every_output():
    network = build("conv 4 3x3 pad 1 | as a | relu | concat a", (5, 6, 2))
    shapes = output_shapes(network.layers, (5, 6, 2))
    assert shapes == [(5, 6, 4), (5, 6, 4), (5, 6, 4), (5, 6, 8)]
    heading, rows = layer_rows(network.layers, (5, 6, 2))
    column = heading.index("output")
    assert [row[column] for row in rows][:4] == ["5×6×4"] * 3 + ["5×6×8"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("as a | add b", "add: expected the name of an earlier output, one of a, got"),
        ("concat a | as a", "concat: expected the name of .*, one of none, got 'a'"),
        ("as a | relu | as a", "as: expected a new name, got 'a' again"),
        ("as a | conv 4 3x3 | add a", r"add a: expected the shape of 'a', \(6, 8, 4\)"),
        ("as a | maxpool 2 | concat a", "to differ in channels only, got"),
        ("as", "cannot read 'as'"),
        ("as a b", "cannot read 'as a b'"),
    ],
)
def test_what_fits_nothing_is_refused_in_one_line(text, message):
    with pytest.raises(ShapeError, match=message) as error:
        build(text, (6, 8, 4))
    assert "\n" not in str(error.value)


def test_names_are_checked_without_a_text_too():
    with pytest.raises(ShapeError, match="expected the name of an earlier output"):
        Network([ReLU(), Add("half")])


def test_sides_that_are_no_multiples_are_refused(rng):
    network = build(U_NET, (8, 8, 3), rng=rng)
    with pytest.raises(ShapeError, match="add half: expected the shape of 'half'"):
        network.forward(images(rng, (1, 10, 8, 3)))
