"""Standard streams that are closed or full, and signals that end a command as Ctrl-C.

What is written to standard output may fail at any time: it may be closed, or a file on
a full disk. That is one line on stderr and exit code 1, as any other failure.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

SIGNALLED = 128  # plus the signal's number: the exit code of what a signal has ended
UNWRITTEN = {"ENOSPC", "EFBIG", "EBADF", "EIO", "EDQUOT"}  # EDQUOT: not on Windows
# what kill and a shutdown send, and a terminal that is closed
SIGNALS = [
    signal.Signals[name]
    for name in ("SIGTERM", "SIGHUP")
    if name in signal.Signals.__members__
]


def prepare() -> None:
    """Give closed streams a place, and every character a form that can be written."""
    if sys.stdout is None:
        # It can only be read: to write to it is the error that it should be.
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # there is nobody to complain to
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # "×" on a terminal that has none


def flush() -> str:
    """Write what is left to standard output; return why that failed, or "".

    Where it fails, the rest goes nowhere: else Python would try again at its end. A
    reader that has read enough, as head does, is no failure to speak of: " ".
    """
    error = _flushed(sys.stdout)
    if error is None:
        return ""
    return " " if isinstance(error, BrokenPipeError) else explained(error)


def end_errors() -> None:
    """Write what is left to standard error; where that fails, nobody can read it."""
    _flushed(sys.stderr)


def _flushed(stream: TextIO) -> OSError | None:
    """Write what is left to a stream; return why that failed, and let the rest go."""
    try:
        stream.flush()
    except OSError as error:
        with suppress(OSError, ValueError):  # ValueError: it has no number
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return error
    return None


def explained(error: OSError) -> str:
    """Return the line of an error: what it was about, and the system's reason.

    What opens a file names it. What has no name has been written to, and every writer
    of byhand names its own file.
    """
    closed = error.errno == errno.EBADF
    reason = "it is closed" if closed else error.strerror or str(error)
    if error.filename:
        return f"{error.filename}: {reason}"
    written = errno.errorcode.get(error.errno or 0) in UNWRITTEN
    return f"standard output: cannot be written: {reason}" if written else reason


@contextmanager
def ended_by_signals() -> Iterator[Callable[[], int]]:
    """Give a function that returns the number of the signal that came, 0 for none.

    The first of a kind raises KeyboardInterrupt, as Ctrl-C does; a second one ends at
    once. A hangup that is ignored, as under nohup, stays ignored.
    """
    came = 0

    def catch(number: int, frame: FrameType | None) -> None:
        nonlocal came
        came = number
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {n: signal.getsignal(n) for n in SIGNALS}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, catch)
    try:
        yield lambda: came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
