"""`photos`: how long byhand.read takes, for a field and for a large photo."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import byhand
from benchmarks.report import Report
from byhand.augment.fields import draw_fields, set_row
from byhand.types import Images

FIELDS = 60
ROWS, DIGITS = 5, 10  # of the photo
PHOTO = (4000, 3000)  # pixels: 12 megapixels
ENLARGED = 9.0  # digits of 20 pixels
TIMER = (
    "Decoding, finding and reading, on all processors, once everything is compiled;\n"
    "the median of the rounds. The field: 60 of `augment.fields.draw_fields`, one to\n"
    "eight digits each, the mean. The photo: JPEG, 12 megapixels, 50 digits in five\n"
    "rows, uneven light and noise. Memory: the most of a process that reads the photo\n"
    "alone, imports and model included (VmHWM)."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Time fields and a photo, and measure the memory that the photo takes."""
    test = byhand.load_dataset("mnist").test
    model = byhand.load()
    fields = [field for field, _ in
              draw_fields(test.images, test.labels, FIELDS, seed=3)]  # fmt: skip
    byhand.read(fields[0], model=model)
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        text = draw_photo(photo, test.images, test.labels)
        field_ms, photo_ms = [], []
        for number in range(runs):
            say(f"round {number + 1} of {runs}")
            began = time.perf_counter()
            for field in fields:
                byhand.read(field, model=model)
            field_ms.append((time.perf_counter() - began) / len(fields) * 1e3)
            began = time.perf_counter()
            reading = byhand.read(photo, model=model)
            photo_ms.append((time.perf_counter() - began) * 1e3)
        memory = peak_memory(photo)
    right = reading.text.replace(" ", "") == text
    return _report(field_ms, photo_ms, memory, right)


def draw_photo(path: Path, images: Images, labels: np.ndarray) -> str:
    """Write a photo of digits in rows; return what they say."""
    rng = np.random.default_rng(5)
    sheet = np.full((PHOTO[1], PHOTO[0]), 200, np.float32)
    sheet += np.linspace(-60, 30, PHOTO[0], dtype=np.float32)  # light from the right
    lines = []
    for number in range(ROWS):
        chosen = rng.integers(len(images), size=DIGITS)
        row = set_row(list(images[chosen]), [6] * (DIGITS - 1))
        size = [round(side * ENLARGED) for side in row.shape[::-1]]
        big = Image.fromarray(row).resize((size[0], size[1]), Image.Resampling.BICUBIC)
        top, ink = 100 + 550 * number, np.asarray(big, np.float32) / 255
        part = sheet[top : top + ink.shape[0], 200 : 200 + ink.shape[1]]
        part -= 120 * ink[: part.shape[0], : part.shape[1]]
        lines.append("".join(str(label) for label in labels[chosen]))
    sheet += rng.normal(0, 4, sheet.shape).astype(np.float32)
    Image.fromarray(sheet.clip(0, 255).astype(np.uint8)).convert("RGB").save(
        path, quality=90
    )
    return "\n".join(lines)


def peak_memory(picture: Path) -> int | None:
    """Return the most bytes of a process that reads a picture; None if nobody says."""
    program = (
        "import byhand, json, pathlib, sys; byhand.read(sys.argv[1]);"
        "s = pathlib.Path('/proc/self/status');"
        "t = s.read_text() if s.exists() else '';"
        "print(json.dumps([int(l.split()[1]) for l in t.splitlines()"
        " if l.startswith('VmHWM')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(picture)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    return 1024 * found[0] if found else None


def _report(
    field_ms: list[float], photo_ms: list[float], memory: int | None, right: bool
) -> Report:
    field, photo = statistics.median(field_ms), statistics.median(photo_ms)
    megabytes = "–" if memory is None else f"{memory / 1e6:.0f} MB"
    rows = [
        ("a field, on average", f"{field:.1f} ms", ""),
        ("a photo of 12 megapixels, 50 digits", f"{photo:.0f} ms", megabytes),
    ]
    figures = {
        "field_ms": field_ms, "photo_ms": photo_ms, "memory": memory,
        "photo_read_right": right,
    }  # fmt: skip
    return Report("Reading", ("picture", "time", "memory"), rows, TIMER, figures)
