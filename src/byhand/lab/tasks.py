"""What is heavy, computed in a process of its own.

A long task is done in parts, and short ones are answered between them. Letters: N
images, K classes.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from byhand.data.datasets import Split
from byhand.errors import DivergedError, MissingExtraError, PictureError, ReadError
from byhand.json_values import json_value
from byhand.lab.changed import changed
from byhand.lab.described import margins
from byhand.lab.results import Results
from byhand.model import Model, load
from byhand.types import Array, Images

IMAGES = 250  # of a long task at once
LINES: dict[type[Exception], str] = {
    ReadError: "this model does not read rows: it is not of the ten digits",
    PictureError: "nothing can be read in this picture",
    DivergedError: "the model has diverged: its probabilities are not finite",
    MissingExtraError: "this needs openTSNE: pip install 'byhand[map]'",
}


class Tasks:
    """A model and the test images, and what is asked of them.

    Attributes:
        model: who answers.
        test: labelled images; None for none.
    """

    def __init__(self, model: Model, test: Split | None) -> None:
        self.model, self.test = model, test
        self.margins = cache(self._margins)
        self.results = cache(self._results)

    def read(self, grey: Array) -> Any:
        """Return what is read in a grey picture, as JSON has it."""
        from byhand.reading.reader import read

        return json_value(read(grey, model=self.model).as_dict())

    def warm(self, wanted: None) -> None:
        """Read a small picture: what reads is compiled at its first use."""
        with suppress(ReadError, PictureError):
            self.read(two_sevens())

    def augmented(self, wanted: dict[str, Any]) -> Images:
        """Return images (N, H, W) as an augmentation changes them, drawn by a seed."""
        split, change = wanted["split"], wanted["change"]
        at = np.arange(len(split))
        out: Images = split.images.copy()
        rng = np.random.default_rng(wanted["seed"]) if change.random else None
        change(split.images, split.labels, at, rng, out, wanted["reject"])
        return out

    def twice(self, wanted: dict[str, Any]) -> list[list[dict[str, Any]]]:
        """Return what two models make of images: the class of each, and how sure."""
        models = wanted["before"], load(wanted["after"])
        return [answers(model, wanted["images"]) for model in models]

    def hard(self, wanted: dict[str, Any]) -> list[int]:
        """Return the images nearest to being wrong; of the hardest 100, by the seed."""
        assert self.test is not None
        margins, label = self.margins(), wanted["label"]
        kept = margins > 0
        if label is not None:
            kept &= np.asarray(self.test.labels) == label
        at = np.flatnonzero(kept)
        at = at[np.argsort(margins[at], kind="stable")]
        hardest = at[: max(100, wanted["count"])]
        mixed = np.random.default_rng(wanted["seed"]).permutation(hardest)
        return [int(index) for index in mixed[: wanted["count"]]]

    def result(self, wanted: dict[str, Any]) -> Iterator[float | dict[str, Any]]:
        """Yield the share that is done, at last what a function of `Results` finds."""
        found: Iterator[Any] = getattr(self.results(), wanted["of"])(wanted["by"])
        yield from found

    def accuracy(self, job: dict[str, Any]) -> Iterator[float | dict[str, int]]:
        """Yield the share that is done, at last how many of how many are right."""
        assert self.test is not None
        network = changed(self.model.network, job["changes"])
        of = Model(network, self.model.class_names, self.model.image_shape)
        of.threads = self.model.threads
        count = min(job["count"] or len(self.test), len(self.test))
        at = np.linspace(0, len(self.test) - 1, count).astype(np.int64)
        right = 0
        with np.errstate(all="ignore"):  # weights as large as a page likes
            for first in range(0, count, IMAGES):
                part = self.test[at[first : first + IMAGES]]
                right += int((of.predict(part.images) == part.labels).sum())
                yield first / count
        yield {"right": right, "count": count}

    def _results(self) -> Results:
        assert self.test is not None
        return Results(self.model, self.test)

    def _margins(self) -> Array:
        """Return by how much each image's class is ahead of the next, (N,)."""
        assert self.test is not None
        images, labels = self.test.images, np.asarray(self.test.labels)
        scores = np.concatenate(
            [
                self.model.logits(images[i : i + 1000])
                for i in range(0, len(labels), 1000)
            ]
        )  # (N, K)
        return margins(scores, labels)


def answers(model: Model, images: Images) -> list[dict[str, Any]]:
    """Return the class of each image (N, H, W), its probability, whether it passes."""
    probabilities, shown = model.assess(images)
    return [
        {
            "name": model.class_names[int(row.argmax())],
            "share": float(row.max()),
            "accepted": bool(accepted),
        }
        for row, accepted in zip(probabilities, shown, strict=True)
    ]


def two_sevens() -> Array:
    """Return a picture of two digits that touch, grey and dark on light."""
    grey = np.full((80, 130), 240, np.uint8)
    for left in (20, 60):
        grey[20:26, left : left + 42] = 30
        for row in range(26, 62):
            middle = left + 36 - row // 3
            grey[row, middle - 3 : middle + 3] = 30
    return grey


def work(connection: Connection, model: Model, test: Split | None) -> None:
    """Answer what comes through a connection until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    model.threads = max(1, (os.cpu_count() or 2) - 1)
    waiting: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_receive, args=[connection, waiting], daemon=True).start()
    tasks = Tasks(model, test)
    long: dict[Any, tuple[int, Iterator[Any]]] = {}  # number and task
    while True:
        if not long or not waiting.empty():
            number, kind, wanted = waiting.get()
            found, error = _answer(getattr(tasks, kind), wanted)
            if not isinstance(found, Iterator):
                connection.send((number, found, error))
                continue
            page = wanted.get("page", -number)  # a newer task of a page replaces one
            if old := long.pop(page, None):
                connection.send((old[0], None, None))
            long[page] = number, found
            continue
        page = next(iter(long))
        number, task = long.pop(page)
        found, error = _answer(next, task)
        connection.send((number, found, error))
        if isinstance(found, float):  # a share: the others' turn is before its next
            long[page] = number, task


def _answer(task: Callable[[Any], Any], wanted: Any) -> tuple[Any, str | None]:
    """Return what a task returns, or a line that says why there is nothing."""
    try:
        return task(wanted), None
    except Exception as error:
        return None, LINES.get(type(error), "it could not be computed")


def _receive(connection: Connection, waiting: queue.Queue[Any]) -> None:
    """Take in what is asked at any time; end at once when nobody asks any more."""
    try:
        while True:
            waiting.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)
