"""The jobs measure what they say: start, memory, growth, threads, 99 % and reading."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import (
    __main__,
    article,
    folders,
    growth,
    machine,
    ninetynine,
    peak,
    process,
    reading,
    startup,
    threads,
    timing,
)

import byhand

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def quiet(text):
    pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0)


@pytest.fixture
def mnist(monkeypatch, make_dataset):
    """Ten images of 28 x 28 for all of MNIST."""
    dataset = make_dataset(10, 4, shape=(28, 28), classes=10)
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    return dataset


@pytest.fixture
def trained(monkeypatch):
    """What byhand.train was called with; it takes 2 s with one thread, 1 with two."""
    calls = []

    def train(recipe, dataset, **settings):
        calls.append(SimpleNamespace(recipe=recipe, dataset=dataset, **settings))
        steps = settings["steps"]
        return SimpleNamespace(
            seconds=2 / settings["threads"], steps=steps, images=100 * steps
        )

    monkeypatch.setattr(byhand, "train", train)
    return calls


def test_every_job_is_described_in_the_documentation():
    text = DOCS.read_text("utf-8")
    assert [name for name in __main__.JOBS if f"## `{name}`" not in text] == []


def test_a_folder_repeats_the_images_and_is_not_read_into_memory(tmp_path, mnist):
    folder = folders.write(tmp_path, 25, mnist)
    found = byhand.data.datasets.load_dataset(folder)
    order = np.arange(25) % 10
    assert isinstance(found.train.images, np.memmap)
    assert_array_equal(found.train.images, mnist.train.images[order])
    assert_array_equal(found.train.labels, mnist.train.labels[order])
    assert_array_equal(found.test.images, mnist.test.images)


def test_the_peak_is_the_most_that_was_seen(monkeypatch):
    values, seen = [5, 7, 9, 6], threading.Event()

    def anonymous():
        if len(values) == 1:
            seen.set()
            return values[0]
        return values.pop(0)

    monkeypatch.setattr(peak, "anonymous", anonymous)
    monkeypatch.setattr(peak, "PAUSE", 0)
    with peak.Peak() as found:
        assert seen.wait(10)
    assert (found.start, found.most) == (5, 9)
    assert not found.thread.is_alive()


def test_growth_maps_every_size_and_draws_other_images_each_time(
    trained, mnist, monkeypatch
):
    monkeypatch.setattr(growth, "COUNTS", (10, 30))
    monkeypatch.setattr(machine, "threads", lambda: 2)
    report = growth.run(2, quiet)
    assert [row[0] for row in report.rows] == [growth.MEMORY, "10 mapped", "30 mapped"]
    assert report.figures["median"]["30 mapped"] == 1e6 / (100 * growth.STEPS)
    assert trained[0].dataset is mnist
    assert [call.dataset.name for call in trained[1:3]] == ["10", "30"]
    assert len({call.seed for call in trained}) == len(trained) == 9


def test_threads_compares_two_with_one_for_each_recipe(trained, mnist, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 2)
    report = threads.run(1, quiet)
    assert [row[0] for row in report.rows] == ["cnn", "fast", "classic"]
    assert [row[-1] for row in report.rows] == ["2.00"] * 3
    assert report.rows[0][1:3] == (f"{2000 / 150:.3g}", f"{1000 / 150:.3g}")
    called = [(call.recipe.name, call.threads) for call in trained[:6]]
    assert called == [(n, k) for n in ("cnn", "fast", "classic") for k in (1, 2)]


def test_ninetynine_counts_the_seeds_that_reach_it(monkeypatch, mnist):
    def measured(recipe, dataset, runs, say):
        assert (recipe, dataset, runs) == ("fast", mnist, 3)
        return [9900 / 10000, 0.9899, 0.9913], [3.0, 1.0, 2.0]

    monkeypatch.setattr(ninetynine, "measured", measured)
    report = ninetynine.run(3, quiet)
    assert [row[1] for row in report.rows] == [
        *("99.04 ± 0.08", "98.99", "2 of 3", "2.00", "1.50-2.50", "1.00-3.00"),
    ]
    assert list(report.figures["seconds_quantiles"].values()) == [1, 1.5, 2, 2.5, 3]


# `reading`: the four files of MNIST


@pytest.fixture
def files(tmp_path, rng):
    """Four small files with MNIST's names, gzipped; and plain, in "plain"."""
    for count, part in ((5, "train"), (3, "t10k")):
        images = rng.integers(0, 256, (count, 4, 3), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        byhand.save_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", images)
        byhand.save_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", labels)
    (tmp_path / "plain").mkdir()
    return tmp_path


def test_the_article_reads_what_byhand_reads(files):
    reading.unpack(files, files / "plain")
    readers = dict.fromkeys(reading.IMAGES, article.read_images)
    readers |= dict.fromkeys(reading.LABELS, article.read_labels)
    for name, read in readers.items():
        found = read(files / "plain" / name)
        assert found.dtype == np.float64
        assert_array_equal(found, byhand.load_idx(files / f"{name}.gz"))


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_reader_with_a_wrong_sum_is_not_timed(files, gzipped):
    pixels, digits = reading.unpack(files, files / "plain")
    place = (files, ".gz") if gzipped else (files / "plain", "")
    arguments = ("it", *place, byhand.load_idx, byhand.load_idx)
    assert reading.reader(*arguments, (pixels, digits)).run() > 0
    for wrong in ((pixels + 1, digits), (pixels, digits + 1)):
        with pytest.raises(ValueError, match="it: expected sums"):
            reading.reader(*arguments, wrong).run()


# `startup`: whole processes


def test_startup_compares_help_with_typer_and_predict_with_torch(monkeypatch, mnist):
    took = {startup.HELP: 3.0, startup.TYPER: 2.0}

    def side(name, arguments):
        if name == startup.PICTURE:
            assert arguments[:3] == ("-m", "byhand", "predict")
            with Image.open(arguments[3]) as picture:
                assert picture.size == (28, 28)
        return timing.Side(name, lambda: took.get(name, 4.0))

    monkeypatch.setattr(startup, "_side", side)
    monkeypatch.setattr(startup, "find_spec", lambda name: None)
    report = startup.run(1, quiet)
    pair = f"{startup.HELP} / {startup.TYPER}"
    assert report.rows[-1] == (pair, "", "", "1.50")
    assert report.figures["ratio_of_pairs"] == {pair: 1.5}  # there is no PyTorch
    assert report.figures["ratio_to_byhand"][startup.PICTURE] == 1.0


def test_the_bare_program_has_help():
    done = process.python("-c", startup.BARE, "--help")
    assert "NAME" in done.upper()
