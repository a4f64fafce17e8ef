"""Small data sets for the tests; hypothesis tries the same examples in every run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from byhand.data.datasets import Dataset, Split

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

settings.register_profile("byhand", deadline=None, derandomize=True)
settings.load_profile("byhand")
# They compile kernels that many others need. Where two processes share the tests, each
# would compile them; begun first, they are in the cache when the others come.
FIRST = ("test_golden.py", "test_fusion.py", "test_fused_layers.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of FIRST; the others stay in their order."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.name, len(FIRST)))


def toy_dataset(
    train: int = 90,
    test: int = 30,
    shape: tuple[int, int] = (7, 6),
    classes: int = 3,
    noise: float = 60.0,
    seed: int = 5,
) -> Dataset:
    """Return images of one random pattern a class, each with noise of its own."""
    rng = np.random.default_rng(seed)
    patterns = rng.uniform(60, 190, (classes, *shape))

    def part(count: int) -> Split:
        labels = np.arange(count) % classes
        images = patterns[labels] + noise * rng.standard_normal((count, *shape))
        split = Split(images.clip(0, 255).astype(np.uint8), labels.astype(np.int64))
        split.images.flags.writeable = split.labels.flags.writeable = False
        return split

    return Dataset("toy", part(train), part(test), tuple("abcdefghij"[:classes]))


@pytest.fixture(autouse=True)
def no_record(tmp_path_factory, monkeypatch):
    """Tests know nothing of earlier runs on this machine, and leave no record."""
    path = tmp_path_factory.getbasetemp() / "speeds" / "speeds.json"
    path.unlink(missing_ok=True)
    monkeypatch.setattr("byhand.training.speeds.record_file", lambda: path)


@pytest.fixture
def make_dataset() -> Callable[..., Dataset]:
    """The function that makes data sets of other sizes."""
    return toy_dataset


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """90 training and 30 test images of 7 × 6 pixels, three classes, read-only."""
    return toy_dataset()


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers in each test that asks."""
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The Chromium of this machine, without a window."""
    reason = "needs Playwright: pip install playwright"
    sync_api = pytest.importorskip("playwright.sync_api", reason=reason)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("needs Chromium, as apt-get install chromium installs it")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()
