"""The network of `cnn` by JAX learns what byhand's does."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import cnn, inference, timing

import byhand
from byhand.nn import SGD, Run, build, softmax_cross_entropy

LR, MOMENTUM, STEPS, BATCH = 0.05, 0.9, 4, 16


def test_jax_learns_what_byhand_learns(monkeypatch):
    monkeypatch.setenv("NPROC", "1")
    jax_peer = pytest.importorskip("benchmarks.jax_peer", exc_type=ImportError)
    train, rng = byhand.load_dataset("mnist").train, np.random.default_rng(5)
    ours = build(cnn.ARCHITECTURE.format(classes=10), (28, 28), rng=rng)
    ours = ours.astype(np.float64)
    start = [(w.copy(), b.copy()) for w, b in cnn.layers(ours)]
    batches = rng.integers(0, len(train), (STEPS, BATCH))

    theirs = jax_peer.JaxNetwork(
        jax_peer.convolutional, start, lr=LR, momentum=MOMENTUM, threads=1
    )
    assert theirs.seconds_a_step(train.images, train.labels, list(batches)) > 0
    optimizer = SGD(MOMENTUM, nesterov=True)
    for batch in batches:
        logits, caches = ours.forward(train.images[batch], Run(training=True))
        _, dlogits = softmax_cross_entropy(logits, train.labels[batch])
        optimizer.step(ours.params, ours.backward(dlogits, caches), LR)

    pairs = zip(theirs.parameters(), cnn.layers(ours), start, strict=True)
    for number, (found, expected, before) in enumerate(pairs):
        for name, a, b, c in zip("wb", found, expected, before, strict=True):
            assert a.dtype == np.float32
            tolerance = 0.001 * abs(b - c).max()
            assert tolerance > 0
            assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=f"{name}{number}")


def test_inference_compares_each_size_with_its_own(monkeypatch, make_dataset):
    dataset = make_dataset(300, shape=(28, 28), classes=10)
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    monkeypatch.setattr(timing, "PAUSE", 0)
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    monkeypatch.setattr(inference, "BATCHES", {"batch 1": (1, 2), "batch 5": (5, 1)})
    report = inference.run(1, lambda text: None)
    relative = report.figures["ratio_to_byhand"]
    assert len(report.rows) == len(relative) == 4
    assert relative["byhand, batch 1"] == relative["byhand, batch 5"] == 1
