"""A new layer is one class: with settings, state, text, gradients and ONNX nodes."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ByhandError, ModelError, ShapeError
from byhand.kernels.cache import compiled_wanted
from byhand.model import Model, load
from byhand.nn import (
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Network,
    ReLU,
    Run,
    build,
    gradcheck,
    softmax_cross_entropy,
)
from byhand.nn.gradcheck import TOLERANCE, check_all, check_kind
from byhand.nn.inference import Predictor, folded
from byhand.nn.network import LAYERS

SHAPE = (6, 5)


class Centred(Layer):
    """y = slope · (x - mean), with mean measured: settings, a parameter and a state."""

    kind = "centred"

    def __init__(self, slope: str | float, rounds: str | int = 2) -> None:
        super().__init__()
        self.slope, self.rounds = float(slope), int(rounds)
        self.params = {"g": np.ones(1, np.float32)}
        self.state = {"mean": np.zeros(1, np.float32)}

    @classmethod
    def example(cls) -> Any:
        return cls(0.7), (3, 4)

    def forward(self, x: Any, run: Run) -> Any:
        mean = x.mean().reshape(1) if run.training else self.state["mean"]
        return self.params["g"] * self.slope * (x - mean), (x - mean, mean, run)

    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        z, _, run = cache
        dx = self.params["g"] * self.slope * dy
        if run.training:
            dx = dx - dx.mean()
        return dx, {"g": (self.slope * dy * z).sum().reshape(1)}

    def measured(self, cache: Any) -> Any:
        return {"mean": cache[1]}

    def onnx(self, graph: Any) -> None:
        graph.node("Sub", self.state["mean"])
        graph.node("Mul", self.params["g"] * np.float32(self.slope))


class Leaky(ReLU):
    """A ReLU that lets a tenth of what is below 0 through."""

    kind = "leaky"

    def forward(self, x: Any, run: Run) -> Any:
        return np.where(x > 0, x, x / 10), (x, run)

    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        return np.where(cache[0] > 0, dy, dy / 10), {}


TEXT = "pixels | flatten | dense 7 | centred 0.5 3 | relu | dense 3"


@pytest.fixture
def known(monkeypatch):
    """Both layers in the dict that texts are read with."""
    for layer in (Centred, Leaky):
        monkeypatch.setitem(LAYERS, layer.kind, layer)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (12, *SHAPE)).astype(np.uint8)


def test_its_settings_are_in_the_text_and_are_read_from_it(known):
    network = build(TEXT, SHAPE)
    assert str(network.layers[3]) == "centred 0.5 3"
    again = build(str(network), SHAPE).layers[3]
    assert isinstance(again, Centred)
    assert (again.slope, again.rounds) == (0.5, 3)


def test_it_comes_back_from_a_file_as_it_was(known, images, rng, tmp_path):
    network = build(TEXT, SHAPE, rng=rng)
    network.state["3.mean"][...] = 0.25
    model = Model(network, "abc", SHAPE)
    model.save(tmp_path / "own.safetensors")
    again = load(tmp_path / "own.safetensors")
    assert_array_equal(again.predict_proba(images), model.predict_proba(images))
    assert again.network.state["3.mean"] == 0.25


def test_its_state_is_measured_and_merged(known, images, rng):
    network = build(TEXT.replace("relu", "batchnorm | relu"), SHAPE, rng=rng)
    logits, caches = network.forward(images, Run(training=True))
    measured = network.measured(caches)
    assert measured.keys() == network.state.keys() == {"3.mean", "4.mean", "4.var"}
    network.merge(measured, share=0.5)
    assert_allclose(network.state["3.mean"], measured["3.mean"] / 2)
    assert network.backward(logits, caches).keys() == network.params.keys()


def test_a_state_that_nothing_measures_stays(images, rng, known):
    class Fixed(Centred):
        measured = Layer.measured

    network = Network([Flatten(), Dense(30, 4, rng=rng), Fixed(1), BatchNorm(4)])
    _, caches = network.forward(images.astype(np.float32), Run(training=True))
    network.merge(network.measured(caches))
    assert network.state["2.mean"] == 0
    assert np.abs(network.state["3.mean"]).min() > 0


def test_its_gradients_are_checked_with_the_others(known, monkeypatch):
    class Wrong(Centred):
        kind = "wrong"

        def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
            dx, grads = super().backward(dy, cache, need_dx)
            return dx, {"g": 1.001 * grads["g"]}

    monkeypatch.setitem(LAYERS, "wrong", Wrong)
    errors = check_all()
    assert errors["centred"] <= TOLERANCE
    assert errors["leaky"] <= TOLERANCE
    assert errors["wrong"] > TOLERANCE


def test_what_is_wrong_in_training_alone_is_found(rng):
    class Wrong(Centred):
        def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
            _, grads = super().backward(dy, cache, need_dx)
            return self.params["g"] * self.slope * dy, grads

    assert check_kind(Wrong, rng) > TOLERANCE


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ((None, {"g": np.ones(1)}), "expected backward to return dx, got None"),
        ((np.ones((3, 4)), {}), r"gradients of \['x'\], expected of \['x', 'g'\]"),
        ((np.ones(4), {"g": np.ones(1)}), r"x: gradient of \(4,\), expected \(3, 4\)"),
    ],
)
def test_a_layer_that_returns_something_else_is_named(returned, message, rng):
    class Wrong(Centred):
        def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
            return returned

    with pytest.raises(ShapeError, match=f"gradcheck, centred: {message}"):
        check_kind(Wrong, rng)


def test_a_layer_without_an_example_is_named(rng):
    class Bare(Layer):
        kind = "bare"

    with pytest.raises(ByhandError, match=r"bare: expected an example .*Bare a class"):
        check_kind(Bare, rng)


@pytest.mark.parametrize("text", [TEXT, "pixels | flatten | centred 2 | dense 3"])
def test_it_is_exported(known, text, images, rng, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    from byhand.export import export_onnx

    model = Model(build(text, SHAPE, rng=rng), "abc", SHAPE)
    export_onnx(model, tmp_path / "own.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "own.onnx"))
    logits = session.run(["logits"], {"images": images})[0]
    assert_allclose(logits, model.logits(images), rtol=1e-4, atol=1e-5)


def test_a_layer_without_nodes_of_its_own_is_not_exported(known, rng, tmp_path):
    """Nor one that inherits those of a layer that computes something else."""
    pytest.importorskip("onnx")
    from byhand.export import export_onnx

    for layer in (Leaky(), type("Bare", (Layer,), {"kind": "bare"})()):
        layers = [*build("pixels | flatten | dense 3", SHAPE, rng=rng).layers, layer]
        model = Model(Network(layers), "abc", SHAPE)
        message = f"export: expected ONNX nodes of '{layer.kind}', found none; give"
        with pytest.raises(ByhandError, match=message):
            export_onnx(model, tmp_path / "none.onnx")


# --- what cannot be written is not written --------------------------------------------


class Hidden(ReLU):
    kind = "hidden"

    def __init__(self, slope: float) -> None:
        super().__init__()
        self._slope = slope


class Worded(Hidden):
    def __init__(self, slope: str) -> None:
        super().__init__(1)
        self.slope = slope


class Keyword(ReLU):
    kind = "keyword"

    def __init__(self, *, slope: float = 0.5) -> None:
        super().__init__()
        self.slope = slope


class Flag(ReLU):
    kind = "flag"

    def __init__(self, on: Any = False) -> None:
        super().__init__()
        self.on = bool(on)


class Scaled(Dense):
    """Inherits the text of Dense, which does not know of the scale."""

    kind = "scaled"
    scale = 1.0


class SameKind(ReLU):
    pass


@pytest.mark.parametrize(
    "layer", [Hidden(1.0), Worded("a | b"), Worded("a b"), Keyword(slope=0.6)]
)
def test_a_setting_that_cannot_be_found_has_no_text(layer):
    message = f"{layer.kind}: expected the setting 'slope' as an attribute of that name"
    with pytest.raises(ShapeError, match=message):
        str(layer)


def test_a_keyword_at_its_default_need_not_be_written():
    assert str(Keyword()) == "keyword"


def scaled() -> Scaled:
    layer = Scaled(3, 3, rng=np.random.default_rng(0))
    layer.scale = 2.0
    return layer


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Flag(), "text of flag that says on = False, got 'flag False'"),
        (scaled(), "text of scaled that says scale = 2.0, got 'scaled 3'"),
        (SameKind(), "got SameKind of kind 'relu'; give it a kind of its own"),
        (Leaky(), r"LAYERS\[Leaky.kind\] = Leaky"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_file_that_would_be_read_as_another_network_is_not_written(
    layer, message, rng, tmp_path, monkeypatch
):
    for kind in (Flag, Scaled):
        monkeypatch.setitem(LAYERS, kind.kind, kind)
    layers = [*build("pixels | flatten | dense 3", SHAPE, rng=rng).layers, layer]
    model = Model(Network(layers), "abc", SHAPE)
    with pytest.raises(ModelError, match=message):
        model.save(tmp_path / "model.safetensors")
    assert not list(tmp_path.iterdir())


def test_batch_norm_keeps_its_eps(rng, tmp_path, images):
    head = build("pixels | flatten", SHAPE).layers
    layers = [*head, BatchNorm(30, eps=0.25), Dense(30, 3, rng=rng)]
    model = Model(Network(layers), "abc", SHAPE)
    model.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert str(again.network.layers[2]) == "batchnorm eps 0.25"
    assert_array_equal(again.logits(images), model.logits(images))


# --- exact types ----------------------------------------------------------------------


def needs_kernels() -> None:
    """Skip where no kernel is compiled: Numba is missing or BYHAND_KERNELS says so."""
    if not compiled_wanted():
        pytest.skip("there are no fused stages")


def own(base: type[Layer]) -> type[Layer]:
    """Return a class derived from a layer of the house, in the house's own module."""
    return type(f"My{base.__name__}", (base,), {"__module__": base.__module__})


@pytest.mark.parametrize(
    "text",
    [
        "pixels | flatten | dense 8 | relu | dense 3 | relu",
        "pixels | conv 8 3x3 | relu | maxpool 2",
    ],
)
def test_a_layer_derived_from_one_of_the_house_is_never_fused(text, rng):
    needs_kernels()
    for number, layer in enumerate(build(text, (9, 8), rng=rng).layers):
        layers = list(build(text, (9, 8), rng=rng).layers)
        layers[number].__class__ = own(type(layer))
        for _, stage in Network(layers).stages:
            assert layers[number] not in vars(stage).values()


def test_pixels_derived_from_those_of_the_house_may_give_anything(rng):
    """A kernel that skips blank pixels would leave out what was made of them."""
    needs_kernels()
    for number in (0, 1):
        text = "pixels | crop 1 | conv 8 3x3 | relu | maxpool 2"
        layers = list(build(text, (9, 8), rng=rng).layers)
        assert Network(layers).stages[-1][1].skip  # type: ignore[attr-defined]
        layers[number].__class__ = own(type(layers[number]))
        assert not Network(layers).stages[-1][1].skip  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", [3, 4])
def test_a_derived_relu_in_a_network_computes_what_it_says(number, images, rng):
    layers = list(build(TEXT_PLAIN, SHAPE, rng=rng).layers)
    layers[number] = type("Leaky", (Leaky,), {"__module__": "byhand.nn.layers"})()
    network, plain = Network(layers), Network(layers)
    plain.stages = list(enumerate(layers))
    found = [n.forward(images, Run())[0] for n in (network, plain)]
    assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-6)


TEXT_PLAIN = "pixels | flatten | dense 8 | relu | relu | dense 3"


def test_folding_leaves_derived_layers_as_they_are(rng):
    for base in (Dropout, BatchNorm, Dense):
        text = "flatten | dense 8 | batchnorm | relu | dropout 0.5 | dense 3"
        network = build(text, SHAPE, rng=rng)
        changed = next(x for x in network.layers if type(x) is base)
        changed.__class__ = own(base)
        assert changed in folded(network).layers
    assert len(folded(build(text, SHAPE, rng=rng)).layers) == 4


INSIDE = {"Pointwise": "DenseReLU"}  # a stage, and the one that it runs


@pytest.mark.parametrize("stage", sorted({f.stage for f in gradcheck.FUSIBLE}))
def test_gradcheck_finds_what_is_wrong_in_a_fused_stage(stage, monkeypatch):
    needs_kernels()
    kinds = [
        getattr(import_module(f"byhand.nn.{f.module}"), f.stage)
        for f in gradcheck.FUSIBLE
    ]
    kind = next(kind for kind in kinds if kind.__name__ == stage)
    if hasattr(kind, "parted"):
        parted = kind.parted
        monkeypatch.setattr(
            kind, "parted", lambda *args: [d * 1.001 for d in parted(*args)]
        )
    right = getattr(kind, "backward", None)

    def wrong(self: Any, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        dx, grads = right(self, dy, cache, need_dx)
        wrong_grads = {name: g * 1.001 for name, g in grads.items()}
        return None if dx is None else dx * 1.001, wrong_grads

    if right:
        monkeypatch.setattr(kind, "backward", wrong)
    fused = {k: e for k, e in check_all().items() if k.endswith(", fused")}
    assert len(fused) == len(gradcheck.FUSIBLE)
    found = [e > TOLERANCE for e in fused.values()]
    assert found == [
        issubclass(other, kind) or INSIDE.get(other.__name__) == stage
        for other in kinds
    ]


# --- models that are copied -----------------------------------------------------------


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_model_that_has_predicted_can_be_copied(again, images, rng):
    network = build(
        "pixels | conv 8 3x3 | relu | maxpool 2 | flatten | dense 3", SHAPE, rng=rng
    )
    model = Model(network, "abc", SHAPE, {"seed": 3})
    expected = model.predict_proba(images)
    other = again(model)
    assert_array_equal(other.predict_proba(images), expected)
    assert (other.class_names, other.info) == (model.class_names, model.info)
    if again is not copy.copy:
        other.network.params["1.w"][...] = 0
    assert_array_equal(model.predict_proba(images), expected)
    logits, caches = other.network.forward(images)
    dlogits = softmax_cross_entropy(logits, np.arange(12) % 3)[1]
    assert other.network.backward(dlogits, caches).keys() == network.params.keys()


def test_two_that_predict_at_first_share_nothing(images, rng):
    network = build("pixels | flatten | dense 3", SHAPE, rng=rng)
    assert_array_equal(Predictor(network)(images), Predictor(network)(images))
