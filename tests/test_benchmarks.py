"""The benchmarks do what they say: every side learns the same, and all take turns."""

import gzip
import json
import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import (
    __main__,
    accuracy,
    article,
    classic,
    example_field,
    job,
    machine,
    peers,
    reading,
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


def learnt_in_the_articles_way(parameters, images, labels, batches):
    network = article.ArticleNetwork(parameters)
    for batch in batches:
        network.step(images[batch].astype(np.float64), labels[batch])
    return network.parameters()


def flat(dataset):
    images = dataset.train.images.reshape(len(dataset.train), -1)
    return images, dataset.train.labels


@pytest.fixture(params=["noise", "black"])
def either(request, dataset):
    """Noise, or black images: of those, only the penalty moves the first weights."""
    if request.param == "black":
        dataset.train.images[:] = 0
    return dataset


def layers(network):
    """The w (D, M) and b (M,) of a byhand network's dense layers, copied."""
    arrays = [np.array(p, np.float64) for p in network.params.values()]
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def assert_same_learnt(found, expected, start):
    """The changes since the start agree within 1 % of each array's largest change."""
    for layer, (left, right, before) in enumerate(
        zip(found, expected, start, strict=True)
    ):
        for name, a, b, c in zip("wb", left, right, before, strict=True):
            tolerance = 0.01 * abs(b - c).max()
            assert tolerance > 0
            assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=f"{name}{layer}")


# The sides of `classic`


def test_the_job_is_the_recipe_classic():
    recipe = RECIPES["classic"]
    assert "dense 30 | relu | dense 60 | relu" in recipe.architecture
    assert (recipe.batch, recipe.lr, recipe.l2) == (
        job.BATCH,
        job.LEARNING_RATE,
        job.DECAY,
    )
    assert recipe.init == f"normal {job.SIGMA}"


def test_the_start_is_normal_with_a_small_deviation():
    layers = job.start(np.random.default_rng(0))
    assert [w.shape for w, _ in layers] == [(784, 30), (30, 60), (60, 10)]
    assert [b.shape for _, b in layers] == [(30,), (60,), (10,)]
    assert layers[0][0].std() == pytest.approx(0.01, rel=0.02)
    assert layers[1][1].std() == pytest.approx(0.01, rel=0.3)


def test_each_step_draws_other_images_and_none_twice():
    first, second = job.draw(np.random.default_rng(0), 50, steps=2, batch=40)
    assert len(set(first)) == len(set(second)) == 40
    assert set(first) != set(second)
    assert min(first) >= 0 and max(first) < 50


def test_the_articles_gradient_is_the_slope_of_its_loss():
    rng = np.random.default_rng(1)
    start = [(20 * w, 20 * b) for w, b in job.start(rng, (7, 6, 5, 4))]
    network = article.ArticleNetwork(start)
    images, labels = rng.random((3, 7)), np.array([0, 3, 1])

    def loss():
        return network.loss(network.forward(images)[1], labels)[0]

    inputs, scores = network.forward(images)
    dws, dbs = network.gradients(inputs, network.loss(scores, labels)[1], labels)
    for array, gradient in zip(
        network.weights + network.biases, dws + dbs, strict=True
    ):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + 1e-5
            above = loss()
            array[index] = kept - 1e-5
            slope = (above - loss()) / 2e-5
            array[index] = kept
            assert gradient[index] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_the_articles_loss_is_ln_10_where_nothing_is_known():
    start = job.start(np.random.default_rng(0))
    nothing = [(np.zeros_like(w), np.zeros_like(b)) for w, b in start]
    network = article.ArticleNetwork(nothing)
    loss = network.step(np.full((3, 784), 255.0), np.array([1, 2, 3]))
    assert loss == pytest.approx(np.log(10))


def test_the_article_shuffles_the_whole_set_each_step_labels_with_images(monkeypatch):
    seen = []

    def step(self, images, labels):
        seen.append(images[:, 0].tolist())
        assert_array_equal(images[:, 0], labels + 100)

    monkeypatch.setattr(article.ArticleNetwork, "step", step)
    monkeypatch.setattr(article, "BATCH", 30)
    labels = np.arange(40)
    images = np.repeat(labels[:, None] + 100, 784, axis=1).astype(np.uint8)
    rng = np.random.default_rng(0)
    assert article.seconds_a_step(images, labels, job.start(rng), 3, rng) > 0
    assert [len(set(batch)) for batch in seen] == [30, 30, 30]
    assert seen[0] != seen[1] != seen[2]


def test_byhand_learns_what_the_article_learns(either):
    recipe = replace(RECIPES["classic"], batch=BATCH, shard=5)
    images, labels = flat(either)
    network = build(
        recipe.architecture.format(classes=10),
        (28, 28),
        rng=generator(0, Stream.INIT),
        init=INITS[recipe.init],
    )
    start = layers(network)
    batches = Batches(np.arange(len(labels)), BATCH, 0, replacement="per_batch")
    batches = [batches[step] for step in range(STEPS)]

    result = byhand.train(recipe, either, seed=0, steps=STEPS)

    expected = learnt_in_the_articles_way(start, images, labels, batches)
    assert_same_learnt(layers(result.model.network), expected, start)


@pytest.mark.parametrize("kept", ["uint8", "float32"])
@pytest.mark.parametrize("fused", [False, True])
def test_pytorch_learns_what_the_article_learns(either, kept, fused):
    torch = pytest.importorskip("torch")
    images, labels = flat(either)
    rng = np.random.default_rng(0)
    start, batches = job.start(rng), job.draw(rng, len(labels), STEPS, BATCH)
    network = peers.TorchNetwork(start, fused=fused, threads=1)
    tensor = torch.from_numpy(images).to(getattr(torch, kept))
    assert network.seconds_a_step(tensor, torch.from_numpy(labels), batches) > 0
    expected = learnt_in_the_articles_way(start, images, labels, batches)
    assert_same_learnt(network.parameters(), expected, start)


def test_jax_learns_what_the_article_learns(either, monkeypatch):
    monkeypatch.setenv("NPROC", "1")  # else the first network sets it for good
    jax_peer = pytest.importorskip("benchmarks.jax_peer", exc_type=ImportError)
    images, labels = flat(either)
    rng = np.random.default_rng(0)
    start, batches = job.start(rng), job.draw(rng, len(labels), STEPS, BATCH)
    network = jax_peer.JaxNetwork(
        jax_peer.dense, start, lr=job.LEARNING_RATE, decay=job.DECAY, threads=1
    )
    assert network.seconds_a_step(images, labels, batches) > 0
    found = network.parameters()
    assert {w.dtype for w, _ in found} == {np.dtype(np.float32)}
    expected = learnt_in_the_articles_way(start, images, labels, batches)
    assert_same_learnt(found, expected, start)


def test_scikit_learn_learns_what_the_article_learns(either):
    pytest.importorskip("sklearn")
    images, labels = flat(either)
    rng = np.random.default_rng(0)
    start, batches = job.start(rng), job.draw(rng, len(labels), STEPS, BATCH)
    floats = images.astype(np.float32)
    network = peers.SklearnNetwork(start, floats, labels, BATCH)
    assert network.seconds_a_step(floats, labels, batches) > 0
    found = network.parameters()
    assert {w.dtype for w, _ in found} == {np.dtype(np.float32)}
    expected = learnt_in_the_articles_way(start, images, labels, batches)
    assert_same_learnt(found, expected, start)


# Reading


def save_idx_by_hand(path: Path, array: np.ndarray) -> None:
    head = struct.pack(f">2x2B{array.ndim}i", 8, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


@pytest.fixture
def files(tmp_path):
    """Four small gzipped files with MNIST's names, and the sums in them."""
    rng = np.random.default_rng(0)
    for count, part in ((5, "train"), (3, "t10k")):
        images = rng.integers(0, 256, (count, 4, 3), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            path = tmp_path / f"{part}-{name}-ubyte"
            save_idx_by_hand(path, array)
            path.with_suffix(".gz").write_bytes(gzip.compress(path.read_bytes()))
    return tmp_path


def test_the_article_reads_what_byhand_reads(files):
    for name in reading.IMAGES:
        found = article.read_images(files / name)
        assert found.dtype == np.float64
        assert_array_equal(found, byhand.load_idx(files / name))
    for name in reading.LABELS:
        found = article.read_labels(files / name)
        assert_array_equal(found, byhand.load_idx(files / name))


def test_the_files_are_unpacked_and_their_sums_told(files, tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    pixels, labels = reading.unpack(files, plain)
    assert pixels == sum(int(byhand.load_idx(files / n).sum()) for n in reading.IMAGES)
    assert labels == sum(int(byhand.load_idx(files / n).sum()) for n in reading.LABELS)
    for name in reading.IMAGES + reading.LABELS:
        assert (plain / name).read_bytes() == (files / name).read_bytes()


@pytest.mark.parametrize(
    ("ending", "images", "labels"),
    [
        ("", byhand.load_idx, byhand.load_idx),
        (".gz", byhand.load_idx, byhand.load_idx),
        ("", article.read_images, article.read_labels),
    ],
    ids=["plain", "gzipped", "article"],
)
def test_a_reader_with_a_wrong_sum_is_not_timed(
    files, tmp_path, ending, images, labels
):
    (tmp_path / "plain").mkdir()
    pixels, digits = reading.unpack(files, tmp_path / "plain")
    arguments = ("it", files, ending, images, labels)
    assert reading.reader(*arguments, (pixels, digits)).run() > 0
    for wrong in ((pixels + 1, digits), (pixels, digits + 1)):
        with pytest.raises(ValueError, match="it: expected sums"):
            reading.reader(*arguments, wrong).run()


def test_the_total_of_bytes_does_not_overflow():
    assert reading.total(np.full((3, 28, 28), 255, np.uint8)) == 3 * 784 * 255


# Timing


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0)


def test_sides_take_turns_and_the_first_round_is_not_counted(no_pause):
    calls = []

    def side(name):
        return timing.Side(name, lambda: calls.append(name) or float(len(calls)))

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


# Whole jobs, on noise


@pytest.fixture
def small(monkeypatch, dataset, no_pause):
    """`classic` in a few steps on noise."""
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    monkeypatch.setattr(classic, "STEPS", 1)
    monkeypatch.setattr(timing, "TRIAL_STEPS", 1)
    monkeypatch.setattr(timing, "TRIALS", 1)
    monkeypatch.setenv("NPROC", "1")  # else JAX's side sets it for good
    monkeypatch.setattr(classic, "ARTICLE_STEPS", 1)


def test_classic_goes_on_where_the_peers_are_not_installed(small, monkeypatch):
    for name in ("torch", "benchmarks.jax_peer", "sklearn.neural_network"):
        monkeypatch.setitem(sys.modules, name, None)  # makes its import fail
    report = classic.run(1, lambda text: None)
    rows = {row[0]: row[1:] for row in report.rows}
    absent = (classic.TORCH, classic.JAX, classic.SKLEARN)
    assert [rows[name] for name in absent] == [("not installed",)] * 3
    assert rows["byhand"][-1] == "1.00"
    assert set(report.figures["rounds"]) == {"byhand", "the article's way"}
    assert report.figures["missing"] == dict.fromkeys(absent, "not installed")


def test_classic_times_all_five_sides(small):
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    pytest.importorskip("sklearn")
    report = classic.run(2, lambda text: None)
    assert len(report.rows) == len(report.figures["rounds"]) == 5
    assert all(len(rounds) == 2 for rounds in report.figures["rounds"].values())
    assert report.rows[2][0].startswith("PyTorch eager, ")
    assert list(report.figures["variants"]) == [classic.TORCH, classic.SKLEARN]


def test_the_fastest_variant_is_chosen_by_its_best_trial():
    times = {"steady": [2.0, 2.0, 2.0], "noisy one": [9.0, 1.0, 9.0]}
    steps = []

    def train(count, name):
        steps.append(count)
        return times[name].pop(0)

    variants = {name: lambda count, name=name: train(count, name) for name in times}
    side = timing.fastest("it", variants, 7)
    assert (side.name, side.variant) == ("it", "noisy one")
    assert steps == [timing.TRIAL_STEPS] * 6
    times["noisy one"].append(5.0)
    assert side.run() == 5.0
    assert steps[-1] == 7


def test_reading_compares_both_kinds_of_file_with_the_article(
    files, monkeypatch, no_pause
):
    bundled = files / "data" / "mnist"
    bundled.mkdir(parents=True)
    for path in files.glob("*.gz"):
        path.rename(bundled / path.name)
    monkeypatch.setattr(byhand, "__file__", str(files / "__init__.py"))
    report = reading.run(1, lambda text: None)
    assert [row[0] for row in report.rows] == [
        "byhand, gzipped files",
        "byhand, plain files",
        reading.ARTICLE,
    ]
    assert report.rows[2][-1] == "1.0"


def test_a_reader_three_times_as_fast_says_three():
    report = reading._report({"quick": [1.0, 2.0], reading.ARTICLE: [3.0, 6.0]})
    assert report.rows == [
        ("quick", "1500.0", "3.0"),
        (reading.ARTICLE, "4500.0", "1.0"),
    ]


def test_accuracy_is_measured_on_the_test_images(monkeypatch, dataset):
    results, seeds = [], []

    def train(recipe, *arguments, seed, **settings):
        seeds.append(seed)
        settings |= {"seed": seed, "steps": 1}
        results.append(byhand.training.loop.train(recipe, *arguments, **settings))
        return results[-1]

    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    monkeypatch.setattr(byhand, "train", train)
    monkeypatch.setattr(accuracy, "RECIPES", ("classic", "mlp"))
    report = accuracy.run(2, lambda text: None)
    assert seeds == [0, 1, 0, 1]
    found = report.figures["recipes"]
    assert list(found) == ["classic", "mlp"]
    expected = [
        byhand.evaluate(result.model, dataset.test).accuracy for result in results
    ]
    assert found["classic"]["test_accuracy"] + found["mlp"]["test_accuracy"] == expected
    assert found["mlp"]["seconds"] == [result.seconds for result in results[2:]]


# The command


@pytest.fixture
def one_job(monkeypatch):
    def run(runs, say):
        say("halfway")
        rows = [("byhand", "1.5"), ("another", "not installed")]
        return Report("a job", ("", "ms"), rows, "what is timed", {"runs_seen": runs})

    monkeypatch.setattr(__main__, "JOBS", {"one": run, "two": run})


def test_tables_name_the_machine_and_what_is_timed(one_job, capsys):
    assert __main__.main(["one"]) == 0
    out, err = capsys.readouterr()
    for expected in ("a job", "1.5", "not installed", "what is timed", "Python 3."):
        assert expected in out
    assert out.count("a job") == 1
    assert machine.cpu_model() in out
    assert err == ""


def test_json_holds_all_figures_and_nothing_else(one_job, capsys):
    assert __main__.main(["--json", "--runs", "7"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["jobs"]) == {"one", "two"}
    assert found["jobs"]["one"] == {"timer": "what is timed", "runs_seen": 7}
    assert found["machine"]["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nonsense"], f"expected NAME among {', '.join(__main__.JOBS)}, got"),
        (["--runs", "0"], "expected --runs of 1 or more, got 0"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments, reason, capsys):
    with pytest.raises(SystemExit, match="2"):
        __main__.parse(arguments)
    assert reason in capsys.readouterr().err


def test_all_jobs_run_unless_some_are_named():
    assert __main__.parse([]).jobs == list(__main__.JOBS)
    assert __main__.parse(["reading"]).jobs == ["reading"]


# The machine


def test_every_side_gets_at_most_two_threads(monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 16)
    assert machine.threads() == 2
    monkeypatch.setattr(machine, "cores", lambda: 1)
    assert machine.threads() == 1


@pytest.mark.parametrize("platform", ["linux", "darwin", "sunos5"])
def test_a_processor_has_a_name_even_where_the_system_does_not_say(
    monkeypatch, platform
):
    def fail(*arguments, **options):
        raise OSError

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(machine.Path, "read_text", fail)
    monkeypatch.setattr(machine.subprocess, "run", fail)
    assert machine.cpu_model()


def test_the_processors_name_is_read_from_linux(monkeypatch):
    text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz: fast\n"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(machine.Path, "read_text", lambda *a, **k: text)
    assert machine.cpu_model() == "Some CPU @ 3 GHz: fast"


def test_packages_that_are_not_installed_are_not_listed(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", ("numpy", "no-such-package"))
    assert list(machine.describe()["versions"]) == ["byhand", "numpy"]


def test_the_example_field_is_dark_on_light_the_same_each_time():
    first, again, other = map(example_field.field, (0, 0, 1))
    assert first.mode == "L" and first.width > 2 * first.height
    assert first.tobytes() == again.tobytes() != other.tobytes()
    pixels = np.asarray(first)
    assert np.median(pixels) > 150 > 80 > pixels.min()
    dark = (pixels < 110).any(axis=0)  # the rule goes from side to side
    assert dark[20:-20].all()
