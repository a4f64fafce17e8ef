"""The benchmarks do what they say: every side learns the same, and all take turns."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import (
    __main__,
    article,
    classic,
    job,
    peers,
    timing,
)
from benchmarks.report import Report

import byhand
from byhand.nn import INITS, build
from byhand.training.batches import Batches, Stream, generator
from byhand.training.recipes import RECIPES

STEPS, BATCH = 4, 16


@pytest.fixture
def dataset() -> byhand.Dataset:
    """Noise in MNIST's shape: just enough images for one batch of `classic`."""
    rng = np.random.default_rng(3)

    def split(count: int) -> byhand.Split:
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        images *= rng.random(images.shape) < 0.2  # mostly empty, like MNIST
        return byhand.Split(images, rng.integers(0, 10, count))

    return byhand.Dataset("noise", split(2100), split(50), tuple("0123456789"))


@pytest.fixture(params=["noise", "black"])
def either(request, dataset):
    """Noise, or black images: of those, only the penalty moves the first weights."""
    if request.param == "black":
        dataset.train.images[:] = 0
    return dataset


def flat(dataset):
    images = dataset.train.images.reshape(len(dataset.train), -1)
    return images, dataset.train.labels


def learnt_by_the_article(parameters, images, labels, batches):
    network = article.ArticleNetwork(parameters)
    for batch in batches:
        network.step(images[batch].astype(np.float64), labels[batch])
    return network.parameters()


def assert_same_learnt(found, expected, start):
    """The changes since the start agree within 1 % of each array's largest change."""
    for layer, (left, right, before) in enumerate(
        zip(found, expected, start, strict=True)
    ):
        for name, a, b, c in zip("wb", left, right, before, strict=True):
            tolerance = 0.01 * abs(b - c).max()
            assert tolerance > 0
            assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=f"{name}{layer}")


def test_the_job_is_the_recipe_classic():
    recipe = RECIPES["classic"]
    assert "dense 30 | relu | dense 60 | relu" in recipe.architecture
    assert recipe.init == f"normal {job.SIGMA}"
    assert (recipe.batch, recipe.lr, recipe.l2) == (
        *(job.BATCH, job.LEARNING_RATE, job.DECAY),
    )


def test_the_articles_gradient_is_the_slope_of_its_loss():
    rng = np.random.default_rng(1)
    start = [(20 * w, 20 * b) for w, b in job.start(rng, (7, 6, 5, 4))]
    network = article.ArticleNetwork(start)
    images, labels = rng.random((3, 7)), np.array([0, 3, 1])

    def loss():
        return network.loss(network.forward(images)[1], labels)[0]

    inputs, scores = network.forward(images)
    dws, dbs = network.gradients(inputs, network.loss(scores, labels)[1], labels)
    arrays = network.weights + network.biases
    for array, gradient in zip(arrays, dws + dbs, strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + 1e-5
            above = loss()
            array[index] = kept - 1e-5
            slope = (above - loss()) / 2e-5
            array[index] = kept
            assert gradient[index] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_byhand_learns_what_the_article_learns(either):
    recipe = replace(RECIPES["classic"], batch=BATCH, shard=5)
    images, labels = flat(either)
    network = build(
        recipe.architecture.format(classes=10),
        (28, 28),
        rng=generator(0, Stream.INIT),
        init=INITS[recipe.init],
    )

    def layers(network):
        arrays = [np.array(p, np.float64) for p in network.params.values()]
        return list(zip(arrays[::2], arrays[1::2], strict=True))

    start = layers(network)
    batches = Batches(np.arange(len(labels)), BATCH, 0, replacement="per_batch")
    expected = learnt_by_the_article(
        start, images, labels, [batches[step] for step in range(STEPS)]
    )
    result = byhand.train(recipe, either, seed=0, steps=STEPS)
    assert_same_learnt(layers(result.model.network), expected, start)


def torch_side(start, images, labels, batches, *, fused=False, kept="uint8"):
    torch = pytest.importorskip("torch")
    network = peers.TorchNetwork(start, fused=fused, threads=1)
    tensor = torch.from_numpy(images).to(getattr(torch, kept))
    assert network.seconds_a_step(tensor, torch.from_numpy(labels), batches) > 0
    return network


def jax_side(start, images, labels, batches):
    jax_peer = pytest.importorskip("benchmarks.jax_peer", exc_type=ImportError)
    network = jax_peer.JaxNetwork(
        jax_peer.dense, start, lr=job.LEARNING_RATE, decay=job.DECAY, threads=1
    )
    assert network.seconds_a_step(images, labels, batches) > 0
    return network


def sklearn_side(start, images, labels, batches):
    pytest.importorskip("sklearn")
    floats = images.astype(np.float32)
    network = peers.SklearnNetwork(start, floats, labels, BATCH)
    assert network.seconds_a_step(floats, labels, batches) > 0
    return network


@pytest.mark.parametrize(
    ("side", "settings"),
    [
        (torch_side, {}),
        (torch_side, {"kept": "float32"}),
        (torch_side, {"fused": True}),
        (torch_side, {"fused": True, "kept": "float32"}),
        (jax_side, {}),
        (sklearn_side, {}),
    ],
)
def test_every_peer_learns_what_the_article_learns(either, side, settings, monkeypatch):
    monkeypatch.setenv("NPROC", "1")  # else the first of JAX's networks sets it
    images, labels = flat(either)
    rng = np.random.default_rng(0)
    start, batches = job.start(rng), job.draw(rng, len(labels), STEPS, BATCH)
    found = side(start, images, labels, batches, **settings).parameters()
    assert {w.dtype for w, _ in found} == {np.dtype(np.float32)}
    expected = learnt_by_the_article(start, images, labels, batches)
    assert_same_learnt(found, expected, start)


def test_sides_take_turns_and_the_first_round_is_not_counted(monkeypatch):
    calls = []

    def side(name):
        return timing.Side(name, lambda: calls.append(name) or float(len(calls)))

    monkeypatch.setattr(timing, "PAUSE", 0)
    said = []
    sides = [side("a"), timing.Side("absent", None), side("b")]
    seconds = timing.alternate(sides, 2, said.append)
    assert calls == ["a", "b", "b", "a", "a", "b"]
    assert seconds == {"a": [4.0, 5.0], "b": [3.0, 6.0]}
    assert said == ["warming up", "round 1 of 2", "round 2 of 2"]


def test_ratios_are_medians_of_each_rounds_ratio():
    seconds = {"fast": [1.0, 2.0, 10.0], "slow": [3.0, 8.0, 20.0]}
    assert timing.medians(seconds) == {"fast": 2.0, "slow": 8.0}
    assert timing.ratios(seconds, "fast") == {"fast": 1.0, "slow": 3.0}


def test_the_fastest_variant_is_chosen_by_its_best_trial():
    times = {"steady": [2.0, 2.0, 2.0], "noisy one": [9.0, 1.0, 9.0, 5.0]}
    variants = {name: lambda count, name=name: times[name].pop(0) for name in times}
    side = timing.fastest("it", variants, 7)
    assert (side.name, side.variant, side.run()) == ("it", "noisy one", 5.0)


@pytest.fixture
def small(monkeypatch, dataset):
    """`classic` in a few steps on noise."""
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    monkeypatch.setattr(classic, "STEPS", 1)
    monkeypatch.setattr(classic, "ARTICLE_STEPS", 1)
    monkeypatch.setattr(timing, "PAUSE", 0)
    monkeypatch.setattr(timing, "TRIAL_STEPS", 1)
    monkeypatch.setattr(timing, "TRIALS", 1)
    monkeypatch.setenv("NPROC", "1")


def test_classic_goes_on_where_the_peers_are_not_installed(small, monkeypatch):
    for name in ("torch", "benchmarks.jax_peer", "sklearn.neural_network"):
        monkeypatch.setitem(sys.modules, name, None)  # makes its import fail
    report = classic.run(1, lambda text: None)
    rows = {row[0]: row[1:] for row in report.rows}
    absent = (classic.TORCH, classic.JAX, classic.SKLEARN)
    assert [rows[name] for name in absent] == [("not installed",)] * 3
    assert rows["byhand"][-1] == "1.00"
    assert set(report.figures["rounds"]) == {"byhand", "the article's way"}


@pytest.fixture
def one_job(monkeypatch):
    def run(runs, say):
        say("halfway")
        rows = [("byhand", "1.5"), ("another", "not installed")]
        return Report("a job", ("", "ms"), rows, "what is timed", {"runs_seen": runs})

    monkeypatch.setattr(__main__, "JOBS", {"one": run, "two": run})


def test_json_holds_all_figures_and_nothing_else(one_job, capsys):
    assert __main__.main(["--json", "--runs", "7"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["jobs"]) == {"one", "two"}
    assert found["jobs"]["one"] == {"timer": "what is timed", "runs_seen": 7}
    assert found["machine"]["versions"]["numpy"] == np.__version__
