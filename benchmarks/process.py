"""Python in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python(*arguments: str) -> str:
    """Run Python with these arguments in a new process; return what it printed.

    It has this process's environment, and the repository's root as its folder.
    """
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        command = " ".join(("python", *arguments))
        raise RuntimeError(f"{command}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout
