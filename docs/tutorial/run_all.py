"""Run all steps of the tutorial and print the gains; --write updates the tutorial."""

import argparse
import gzip
import re
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

import numpy as np
import step_1_the_articles_way as step_1
import step_2_reading_at_once as step_2
import step_3_whole_batches as step_3
import step_4_draw_a_batch as step_4
import step_5_float32 as step_5
import step_6_layers as step_6
import step_7_better_choices as step_7
import step_8_recipes as step_8
from threadpoolctl import threadpool_limits

from byhand.training.recipes import CLASSIC

TUTORIAL = Path(__file__).resolve().parents[1] / "tutorial.md"
PACKAGES = ("byhand", "numpy", "numba")
SLOW = 30  # steps of the two programs that shuffle everything; the rest run to the end
TRAININGS = [
    ("1", "as the article", step_1),
    ("3", "whole batches", step_3),
    ("4", "a batch drawn", step_4),
    ("5", "float32", step_5),
    ("6", "parts from `byhand.nn`", step_6),
    ("7", "better choices: another network, batches of 100", step_7),
]


def seconds_of(function, argument):
    """Return how long one call takes."""
    began = time.perf_counter()
    function(argument)
    return time.perf_counter() - began


def read():
    """Return the seconds of reading the training images in step 1 and in step 2."""
    mnist, name = (
        resources.files("byhand") / "data" / "mnist",
        "train-images-idx3-ubyte",
    )
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / name, mnist / f"{name}.gz"
        plain.write_bytes(gzip.decompress(packed.read_bytes()))
        return seconds_of(step_1.read, plain), seconds_of(step_2.read, packed)


def train(limit, threads):
    """Return (step, what, milliseconds a step, test accuracy) of each way to train."""
    rows = []
    for number, what, module in TRAININGS:
        slow = module in (step_1, step_3)
        steps = min(SLOW, limit or SLOW) if slow else limit or module.STEPS
        _, seconds, accuracy, *_ = module.train(steps)
        found = "as step 4" if slow else f"{accuracy:.2%}"
        rows.append((number, what, f"{1000 * np.median(seconds):.2f} ms", found))
    *_, step_7s = step_8.recipes().values()
    for job, recipe in (("step 6", CLASSIC), ("step 7", step_7s)):
        step_8.train(recipe, 1, threads=threads)  # what is done once is not measured
        _, accuracy, _, seconds = step_8.train(recipe, limit, threads=threads)
        what = f"`byhand.train`, the job of {job}"
        rows.append(("8", what, f"{1000 * seconds:.2f} ms", f"{accuracy:.2%}"))
    return rows


def choose(limit, seeds, threads):
    """Return (choice, held out, test, seconds) of each recipe of step 8."""
    for name, recipe in step_8.recipes().items():
        held_out, test, seconds, _ = step_8.train(recipe, limit, seeds, threads)
        yield name, f"{held_out:.2%}", f"{test:.2%}", f"{seconds:.1f} s"


def gains(rows):
    """Return a sentence a step: the milliseconds of the one before, and its own."""
    times = {number: ms for number, _, ms, _ in rows[:-2]}
    pairs = [("1", "3"), ("3", "4"), ("4", "5"), ("5", "6")]
    return {
        f"step {after}": f"**Measured.** {times[before]} a step before, "
        f"{times[after]} after."
        for before, after in pairs
    }


def table(heads, rows):
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine():
    """Return the threads of step 8, and a line on what the figures were measured on."""
    sys.path.insert(0, str(TUTORIAL.parents[1]))  # benchmarks lies beside docs
    from benchmarks.machine import describe

    found = describe()
    used = [(n, v) for n, v in found["versions"].items() if n in PACKAGES]
    versions = ", ".join(f"{name} {version}" for name, version in used)
    return found["threads"], (
        f"{found['cpu']}, {found['cores']} cores; 1 thread, in step 8: "
        f"{found['threads']}. {found['system']}, Python {found['python']}, {versions}."
    )


def insert(text, name, block):
    """Return the tutorial with the block between the two comments of that name."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    if begin not in text or end not in text:
        raise ValueError(f"tutorial: expected the comments of {name!r}, found none")
    pattern = f"({re.escape(begin)}).*?({re.escape(end)})"
    return re.sub(pattern, lambda m: f"{m[1]}\n{block}\n\n{m[2]}", text, flags=re.S)


def measure(limit, seeds):
    """Return every block of the tutorial that holds figures, by name."""
    threads, where = machine()
    with threadpool_limits(1):
        loop, at_once = read()
        rows = train(limit, threads)
        choices = choose(limit, seeds, threads)
        choices = table(("choice", "held out", "test", "training"), choices)
    steps = [
        ("1", "reading the training images, as the article", f"{loop:.2f} s", ""),
        ("2", "reading them at once, gzipped", f"{at_once:.2f} s", ""),
        *rows,
    ]
    steps = table(("step", "what", "time", "test accuracy"), steps)
    reading = f"**Measured.** {loop:.2f} s before, {at_once:.2f} s after."
    found = {"all steps": f"{steps}\n\n{where}", "choices": choices, "step 2": reading}
    return found | gains(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="change the tutorial")
    parser.add_argument("--steps", type=int, help="at most N: a quick try")
    parser.add_argument("--seeds", type=int, default=3, help="for the choices")
    args = parser.parse_args()
    text = TUTORIAL.read_text(encoding="utf-8")
    for name, block in measure(args.steps, args.seeds).items():
        print(f"{block}\n")
        text = insert(text, name, block)
    if args.write:
        TUTORIAL.write_text(text, encoding="utf-8")
