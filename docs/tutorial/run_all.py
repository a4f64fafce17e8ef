"""Run all steps of the tutorial and print its two tables; --write puts them into it."""

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
SLOW = 30  # steps of the two programs that shuffle everything; the rest run to the end


def seconds_of(function, argument):
    """Return how long one call takes."""
    began = time.perf_counter()
    function(argument)
    return time.perf_counter() - began


def reading_rows():
    """Return how the training images are read in step 1 and in step 2."""
    mnist = resources.files("byhand") / "data" / "mnist"
    name = "train-images-idx3-ubyte"
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / name, mnist / f"{name}.gz"
        plain.write_bytes(gzip.decompress(packed.read_bytes()))
        loop, at_once = seconds_of(step_1.read, plain), seconds_of(step_2.read, packed)
    yield "1 reading, as the article", f"{loop:.2f} s", ""
    yield "2 reading at once, from gzip", f"{at_once:.2f} s", ""


def training_rows(limit):
    """Return milliseconds a step and test accuracy of each way to train."""
    slow, full = min(SLOW, limit or SLOW), limit or 1000
    for name, module, steps in (
        ("1 training, as the article", step_1, slow),
        ("3 whole batches", step_3, slow),
        ("4 a batch drawn", step_4, full),
        ("5 float32", step_5, full),
        ("6 layers", step_6, full),
        ("7 better choices: another job", step_7, limit),
    ):
        _, seconds, accuracy, *_ = module.train(steps)
        found = f"{accuracy:.2%}" if steps is None or steps > slow else "as step 4"
        yield name, f"{1000 * np.median(seconds):.2f} ms", found
    for name, recipe in (
        ("8 `byhand.train`, the job of step 6", CLASSIC),
        ("8 `byhand.train`, the job of step 7", list(step_8.recipes().values())[-1]),
    ):
        _, accuracy, _, seconds = step_8.train(recipe, limit)
        yield name, f"{1000 * seconds:.2f} ms", f"{accuracy:.2%}"


def choices_rows(limit, seeds):
    """Return what each choice of step 8 gained."""
    for name, recipe in step_8.recipes().items():
        held_out, test, seconds, _ = step_8.train(recipe, limit, seeds)
        yield name, f"{held_out:.2%}", f"{test:.2%}", f"{seconds:.1f} s"


def table(heads, rows):
    """Return a Markdown table: the first column is text, the rest figures."""
    lines = [heads, ("---", *["---:"] * (len(heads) - 1)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine():
    """Return what the figures were measured on."""
    sys.path.insert(0, str(TUTORIAL.parents[1]))  # benchmarks lies beside docs
    from benchmarks.machine import describe, line, threads

    return threads(), line(describe()).replace("\n", ", ")


def insert(text, name, block):
    """Return the tutorial with the block between the two comments of that name."""
    begin, end = f"<!-- measured: {name} -->\n", f"<!-- end: {name} -->"
    pattern = f"({re.escape(begin)}).*?({re.escape(end)})"
    return re.sub(pattern, lambda m: f"{m[1]}\n{block}\n\n{m[2]}", text, flags=re.S)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="put the tables into the tutorial"
    )
    parser.add_argument("--steps", type=int, help="at most so many a step: a quick try")
    parser.add_argument("--seeds", type=int, default=3, help="of the second table")
    args = parser.parse_args()
    threads, machine_line = machine()
    with threadpool_limits(threads):
        rows = [*reading_rows(), *training_rows(args.steps)]
        choices = choices_rows(args.steps, args.seeds)
        steps = table(("step", "time", "test accuracy"), rows)
        choices = table(("choice", "held out", "test", "training"), choices)
    print(steps, machine_line, choices, sep="\n\n")
    if args.write:
        text = TUTORIAL.read_text(encoding="utf-8")
        text = insert(text, "steps", f"{steps}\n\n{machine_line}.")
        TUTORIAL.write_text(insert(text, "choices", choices), encoding="utf-8")
