"""The progress of a run, on a terminal and elsewhere."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from byhand.cli.progress import TrainingProgress, epoch_line
from byhand.training.loop import Progress
from byhand.training.state import Epoch

EPOCH = Epoch(3, 300, 0.12346, 0.97, 0.98214, lr=0.1, seconds=4.25)


def show(steps: list[Progress], **console: bool) -> str:
    """What a console writes of these steps."""
    file = io.StringIO()
    with TrainingProgress(Console(file=file, width=100, **console)) as progress:
        for step in steps:
            progress(step)
    return file.getvalue()


def at(step: int, seconds: float, epoch: Epoch | None = None) -> Progress:
    return Progress(step, 300, 0.25, seconds, 12345.6, epoch)


def test_an_epoch_is_a_line_with_loss_and_accuracies():
    assert epoch_line(EPOCH) == (
        "epoch  3  step   300  loss 0.1235  training 97.00 %  validation 98.21 %  4.2 s"
    )


def test_validation_is_left_out_where_there_is_none():
    without = Epoch(1, 9, 0.5, 0.9, None, lr=0.1, seconds=1.0)
    assert "validation" not in epoch_line(without)


def test_a_file_gets_one_line_an_epoch_and_no_bar():
    written = show([at(1, 1), at(2, 2), at(300, 3, EPOCH)])
    assert written == f"{epoch_line(EPOCH)}\n"


def test_a_terminal_shows_step_loss_rate_and_time_left():
    written = show([at(1, 1), at(30, 2)], force_terminal=True)
    last = written.split("step 30/300")[1]
    assert "loss 0.2500" in last
    assert "12,346 images/s" in last
    assert "0:00:" in last or "-:--:--" in last


@pytest.mark.parametrize(("gap", "drawn"), [(0.01, 1), (0.5, 3)])
def test_the_bar_is_not_drawn_more_often_than_can_be_seen(gap: float, drawn: int):
    steps = [at(step, 1 + step * gap) for step in (1, 2, 3)]
    written = show(steps, force_terminal=True)
    assert len(
        {word for word in ("step 1/", "step 2/", "step 3/") if word in written}
    ) == (drawn)


def test_a_quiet_or_dumb_terminal_gets_no_bar(monkeypatch):
    assert show([at(1, 1), at(2, 2)], force_terminal=True, quiet=True) == ""
    monkeypatch.setenv("TERM", "dumb")
    assert show([at(1, 1), at(2, 2)], force_terminal=True) == ""
