"""docs/tutorial: every step runs, learns, and computes what the one before did."""

from __future__ import annotations

import gzip
import importlib
import re
import runpy
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import byhand
from byhand import nn
from byhand.data.datasets import Dataset, Split

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = DOCS / "tutorial"
TEXT = (DOCS / "tutorial.md").read_text("utf-8")
SCRIPTS = sorted(FOLDER.glob("step_*.py"))
SLOW = pytest.mark.slow
Step = Callable[[int], ModuleType]


@pytest.fixture(scope="session")
def data() -> Dataset:
    """The first 2000 training and 500 test images of MNIST."""
    mnist = byhand.load_dataset("mnist")
    train = Split(mnist.train.images[:2000], mnist.train.labels[:2000])
    test = Split(mnist.test.images[:500], mnist.test.labels[:500])
    return Dataset("small", train, test, mnist.class_names)


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch, data: Dataset) -> Step:
    """The module of a step, by number, with small data and batches of 50."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(byhand, "load_dataset", lambda name: data)

    def load(part: str) -> tuple[np.ndarray, np.ndarray]:
        split = {"train": data.train, "t10k": data.test}[part]
        return split.images.reshape(-1, 784).astype(float), split.labels

    def module(number: int) -> ModuleType:
        (path,) = FOLDER.glob(f"step_{number}_*.py")
        found = importlib.import_module(path.stem)
        for name, value in {"BATCH": 50, "HELD_OUT": 100, "load": load}.items():
            if hasattr(found, name):
                monkeypatch.setattr(found, name, value)
        return found

    return module


@pytest.mark.parametrize(
    "script",
    [pytest.param(p, marks=SLOW if p.name[5] in "13" else ()) for p in SCRIPTS],
    ids=lambda p: p.stem,
)
def test_each_step_runs_as_a_program_on_mnist(script, monkeypatch, capsys):
    steps = [] if "_2_" in script.name else ["--steps", "2"]
    monkeypatch.setattr(sys, "argv", [str(script), *steps])
    runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr().out
    assert re.search(r"\(10000, 28, 28\), sum 264923200|2 steps, \d|%  +\d", printed)


def test_steps_1_and_2_read_the_same_array(step, tmp_path, rng):
    array = rng.integers(0, 256, (7, 5, 3)).astype(np.uint8)
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    byhand.save_idx(plain, array)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert np.array_equal(step(1).read(plain), array.reshape(7, 15))
    assert np.array_equal(step(2).read(packed), array)


def test_step_1_loads_images_and_labels(step, tmp_path, monkeypatch, rng):
    images, labels = rng.integers(0, 256, (4, 3, 2)).astype(np.uint8), np.arange(4)
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = tmp_path / "data" / "mnist" / f"t10k-{name}-ubyte.gz"
        byhand.save_idx(path, array.astype(np.uint8))
    (script,) = FOLDER.glob("step_1_*.py")
    fresh = runpy.run_path(str(script))  # the module that `step` gives has a small load
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    found = fresh["load"]("t10k")
    assert np.array_equal(found[0], images.reshape(4, 6))
    assert np.array_equal(found[1], labels)


def random_batch(rng, dtype=np.float64):
    """Return parameters of the article's network, images and labels."""
    shapes = (784, 30), (30, 60), (60, 10)
    params = [(rng.normal(0, 0.05, s), rng.normal(0, 0.05, s[1])) for s in shapes]
    params = [(w.astype(dtype), b.astype(dtype)) for w, b in params]
    return params, rng.uniform(0, 2, (9, 784)).astype(dtype), rng.integers(0, 10, 9)


@pytest.mark.parametrize("later", [3, 4, 5])
def test_loss_and_gradients_are_those_of_step_1(step, rng, later):
    batch = random_batch(rng)
    loss, grads = step(1).loss_and_gradients(*batch)
    later_loss, later_grads = step(later).loss_and_gradients(*batch)
    assert later_loss == pytest.approx(loss, rel=1e-12)
    for pair, later_pair in zip(grads, later_grads, strict=True):
        for g, later_g in zip(pair, later_pair, strict=True):
            np.testing.assert_allclose(later_g, g, rtol=1e-9, atol=1e-14)


def test_the_gradients_of_step_6_are_those_of_step_1(step, rng):
    params, x, labels = random_batch(rng)
    loss, grads = step(1).loss_and_gradients(params, x, labels)
    network = nn.build(step(6).CLASSIC, (28, 28), rng=rng).astype(np.float64)
    for number, (w, b) in zip((2, 4, 6), params, strict=True):
        network.layers[number].params = {"w": w, "b": b}
    later_loss, later_grads = step(6).gradients(network, x.reshape(-1, 28, 28), labels)
    assert later_loss == pytest.approx(loss, rel=1e-12)
    for number, (dw, db) in zip((2, 4, 6), grads, strict=True):
        np.testing.assert_allclose(
            later_grads[f"{number}.w"], dw, rtol=1e-9, atol=1e-14
        )
        np.testing.assert_allclose(
            later_grads[f"{number}.b"], db, rtol=1e-9, atol=1e-14
        )


@pytest.mark.parametrize(
    ("before", "after", "tolerance"), [(1, 3, 1e-9), (4, 5, 1e-3), (5, 6, 1e-4)]
)
def test_a_step_learns_as_the_one_before(step, before, after, tolerance):
    losses = step(before).train(5, seed=1)[0]
    assert step(after).train(5, seed=1)[0] == pytest.approx(losses, rel=tolerance)


def test_step_4_draws_no_image_twice_and_new_ones_each_time(step, monkeypatch):
    module, seen = step(4), []
    plain = module.loss_and_gradients

    def spy(params, x, labels):
        seen.append(x)
        return plain(params, x, labels)

    monkeypatch.setattr(module, "loss_and_gradients", spy)
    module.train(2)
    assert [len(np.unique(x, axis=0)) for x in seen] == [50, 50]
    assert not np.array_equal(*seen)


@pytest.mark.parametrize("number", [1, 3, 4, 5, 6, 7])
def test_the_loss_falls_and_the_test_images_are_recognised(step, number):
    losses, seconds, accuracy, *_ = step(number).train(40)
    assert len(losses) == len(seconds) == 40
    assert losses[-1] < 0.9 * losses[0]
    assert accuracy > 0.3


def test_step_7_sees_every_image_once_an_epoch(step, rng):
    order = step(7).batches(130, 50, rng)
    first, second = (np.concatenate([next(order) for _ in range(3)]) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(130))
    assert not np.array_equal(first, second)


def test_the_recipes_of_step_8_lead_from_the_articles_to_that_of_step_7(step):
    first, *_, last = step(8).recipes().values()
    assert (first.lr, first.batch, first.init) == (0.01, 2000, "normal 0.01")
    (seven,) = FOLDER.glob("step_7_*.py")
    settings = runpy.run_path(str(seven))
    assert (last.lr, last.batch, last.steps) == tuple(
        settings[name] for name in ("LR", "BATCH", "STEPS")
    )
    assert (last.architecture, last.l2) == (settings["WIDE"], 0.0)


def test_the_tables_are_put_between_their_comments(step, monkeypatch):
    measuring = importlib.import_module("run_all")
    rows = [(n, "what", f"{n}.00 ms", "97.00%") for n in "13456788"]
    monkeypatch.setattr(measuring, "read", lambda: (3.0, 0.25))
    monkeypatch.setattr(measuring, "train", lambda limit, threads: rows)
    monkeypatch.setattr(
        measuring, "choose", lambda limit, seeds, threads: [("He",) * 4]
    )
    text = TEXT
    for name, block in measuring.measure(None, 1).items():
        text = measuring.insert(text, name, block)
        assert f"<!-- measured: {name} -->\n\n{block}\n\n<!-- end: {name} -->" in text
    assert "| 3 | what | 3.00 ms | 97.00% |" in text
    assert "3.00 ms a step before, 4.00 ms after." in text
    assert text.count("<!-- measured:") == text.count("<!-- end:") == 7
    again = measuring.insert(text, "step 2", "slow")
    assert (
        measuring.insert(again, "step 2", "**Measured.** 3.00 s before, 0.25 s after.")
        == text
    )
    with pytest.raises(ValueError, match="step 9"):
        measuring.insert(text, "step 9", "")


def test_the_tables_are_made_of_what_the_steps_return(step, monkeypatch):
    measuring = importlib.import_module("run_all")
    for number in (1, 3, 4, 5, 6, 7):
        step(number)
    rows = measuring.train(2, 1)
    assert [number for number, *_ in rows] == list("13456788")
    assert all(re.fullmatch(r"\d+\.\d\d ms", ms) for _, _, ms, _ in rows)
    assert [found for *_, found in rows][:2] == ["as step 4", "as step 4"]
    (name, held_out, *_), *_ = measuring.choose(2, 1, 1)
    assert name == "the article's choices"
    assert re.fullmatch(r"\d+\.\d\d%", held_out)


def test_every_excerpt_is_in_a_script_or_in_the_source():
    files = [*FOLDER.glob("*.py"), *(Path(byhand.__file__).parent / "nn").glob("*.py")]
    texts = [
        re.sub(r'^ *""".*"""\n\n?', "", p.read_text("utf-8"), flags=re.M) for p in files
    ]
    excerpts = re.findall(r"^```python\n(.*?)^```", TEXT, flags=re.M | re.S)
    assert len(excerpts) >= 8
    for excerpt in excerpts:
        forms = [textwrap.indent(excerpt, " " * indent) for indent in (0, 4, 8)]
        assert any(form in text for form in forms for text in texts), excerpt


def test_every_script_has_its_section():
    for number, script in enumerate(SCRIPTS, start=1):
        assert re.search(
            rf"^## Step {number}: .*\n\n\[{script.name}\]", TEXT, flags=re.M
        )
