"""Trains in a process of its own and prints the memory that took, as JSON.

`python -m benchmarks.peak RECIPE DATA STEPS`; "cnn" is the recipe of that benchmark,
and where STEPS is empty the recipe says how many.
"""

from __future__ import annotations

import json
import sys
import threading
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import byhand
from benchmarks import cnn, machine
from byhand import kernels
from byhand.kernels.cache import compiled_wanted

STATUS = Path("/proc/self/status")
PAUSE = 0.002  # seconds between two readings


def anonymous() -> int | None:
    """Bytes of anonymous memory, which is no file's, in RAM; None if nobody says."""
    if STATUS.exists():
        for line in STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return 1024 * int(line.split()[1])  # "RssAnon:     1234 kB"
    return None


class Peak:
    """Anonymous memory at the start, and the most while this is open.

    A thread reads it every few milliseconds; a peak between two readings is missed.
    """

    def __enter__(self) -> Peak:
        self.start = self.most = anonymous() or 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while not self.done.wait(PAUSE):
            self.most = max(self.most, anonymous() or 0)

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()


def import_everything() -> None:
    """Import what training uses, and every module of kernels, if they are wanted."""
    import_module("byhand.training.loop")
    if compiled_wanted():
        for module in iter_modules(kernels.__path__, "byhand.kernels."):
            import_module(module.name)


def main(recipe: str, data: str, steps: str) -> int:
    """Train, and print the bytes before it and the most during it."""
    import_everything()
    with Peak() as peak:
        byhand.train(
            cnn.RECIPE if recipe == "cnn" else recipe,
            data,
            steps=int(steps) if steps else None,
            threads=machine.threads(),
        )
    print(json.dumps({"start": peak.start, "most": peak.most}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
