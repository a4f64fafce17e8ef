"""Runs the benchmarks: `python -m benchmarks [NAME ...] [--isa SET] [--json] ...`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial

from rich.console import Console

from benchmarks import (
    accuracy,
    classic,
    cnn,
    confidence,
    estimator,
    fine_tuning,
    forms,
    growth,
    hostile,
    inference,
    isa,
    laboratory,
    machine,
    memory,
    ninetynine,
    read_kinds,
    read_photos,
    read_rows,
    reading,
    screenshots,
    startup,
    sweep,
    threads,
)
from benchmarks.report import Report, show

JOBS: dict[str, Callable[[int, Callable[[str], None]], Report]] = {
    "classic": classic.run,
    "cnn": cnn.run,
    "inference": inference.run,
    "reading": reading.run,
    "rows": read_rows.run,
    "pages": read_kinds.run,
    "photos": read_photos.run,
    "forms": forms.run,
    "confidence": confidence.run,
    "accuracy": accuracy.run,
    "ninetynine": ninetynine.run,
    "startup": startup.run,
    "memory": memory.run,
    "growth": growth.run,
    "threads": threads.run,
    "fine_tuning": fine_tuning.run,
    "laboratory": laboratory.run,
    "hostile": hostile.run,
    "sklearn": estimator.run,
    "sweep": sweep.run,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the jobs asked for, or all; tables or JSON on stdout, progress on stderr."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["screenshots"]:
        return screenshots.main(words[1:])
    args = parse(words)
    if args.isa and args.isa != isa.held():
        return isa.restarted(args.isa, isa.available(), words)
    console = Console()
    figures = {}
    for name in args.jobs:
        report = JOBS[name](args.runs, partial(_say, name))
        _say()
        figures[name] = {"timer": report.timer, **report.figures}
        if not args.json:
            show(report, console)
    found = machine.describe()  # when the libraries are loaded
    if args.json:
        print(json.dumps({"machine": found, "runs": args.runs, "jobs": figures}))
    else:
        console.print(machine.line(found), highlight=False, soft_wrap=True)
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; what cannot be done is refused."""
    names = ", ".join(JOBS)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure byhand against others, side by side in one run.",
    )
    parser.add_argument("jobs", nargs="*", metavar="NAME", help=f"{names}; default all")
    parser.add_argument("--json", action="store_true", help="all figures, as JSON")
    parser.add_argument(
        "--runs", type=int, default=5, metavar="N", help="rounds, or seeds; default 5"
    )
    parser.add_argument(
        "--isa",
        metavar="SET",
        help="hold every side to an instruction set, as avx2; default the processor's",
    )
    args = parser.parse_args(argv)
    for name in args.jobs:
        if name not in JOBS:
            parser.error(f"expected NAME among {names}, got {name!r}")
    if args.runs < 1:
        parser.error(f"expected --runs of 1 or more, got {args.runs}")
    if args.isa and (reason := isa.refused(args.isa, isa.available())):
        parser.error(reason)
    args.jobs = args.jobs or list(JOBS)
    return args


def _say(*words: str) -> None:
    """Show how far a job is in one line, written over each time; no words clear it."""
    if sys.stderr.isatty():
        line = "\r\x1b[K" + ": ".join(words)
        print(line, end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
