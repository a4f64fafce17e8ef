"""The progress of a run, on a terminal and elsewhere."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace

import pytest
from rich.console import Console

from byhand.training.display import TrainingDisplay, display_for, epoch_line
from byhand.training.loop import train
from byhand.training.state import Epoch, Progress

EPOCH = Epoch(3, 300, 0.12346, 0.97, 0.98214, 0.1, 4.25, validation_loss=0.08012)


def show(steps: list[Progress], **console: bool) -> str:
    """What a console writes of these steps."""
    file = io.StringIO()
    with TrainingDisplay(Console(file=file, width=100, **console)) as progress:
        for step in steps:
            progress(step)
    return file.getvalue()


def at(step: int, seconds: float, epoch: Epoch | None = None) -> Progress:
    return Progress(step, 300, 0.25, seconds, 12345.6, epoch)


def test_an_epoch_is_a_line_with_loss_and_accuracies():
    assert epoch_line(EPOCH) == (
        "epoch  3  step   300  loss 0.1235  97.00 %  validation 0.0801  98.21 %  4.2 s"
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


def test_a_loss_that_has_exploded_leaves_the_line_short():
    exploded = Epoch(1, 9, 4e17, 0.1, 0.1, 0.1, 1.0, validation_loss=4e33)
    assert "loss 4e+17  10.00 %  validation 4e+33  10.00 %" in epoch_line(exploded)


def test_an_epoch_of_an_older_file_has_no_validation_loss():
    old = Epoch(1, 9, 0.5, 0.9, 0.8, lr=0.1, seconds=1.0)
    assert "validation 80.00 %" in epoch_line(old)


# --- where it is shown ----------------------------------------------------------------


def test_a_program_that_nobody_watches_prints_nothing(dataset, capfd):
    train("mlp", dataset, steps=2, threads=1)
    train("mlp", dataset, steps=2, threads=1, progress=True)
    assert capfd.readouterr() == ("", "")


class Terminal(io.StringIO):
    """A terminal, as far as a display needs it."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_run_shows_itself(dataset, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    train("mlp", dataset, epochs=2, threads=1)
    assert "epoch  1" in terminal.getvalue() and "epoch  2" in terminal.getvalue()


def test_on_a_terminal_a_run_is_quiet_if_asked_or_shown_otherwise(dataset, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    train("mlp", dataset, steps=2, threads=1, progress=False)
    seen = []
    train("mlp", dataset, steps=2, threads=1, on_progress=seen.append)
    assert terminal.getvalue() == "" and len(seen) == 2
    train("mlp", dataset, steps=2, threads=1, on_progress=seen.append, progress=True)
    assert "epoch  1" in terminal.getvalue() and len(seen) == 4


@pytest.fixture
def notebook(monkeypatch):
    """Jupyter, as far as a display needs it; returns all that was shown."""
    shown = []

    def display(what, display_id):
        shown.append(what)
        return SimpleNamespace(update=shown.append)

    shell = type("ZMQInteractiveShell", (), {})()
    package = ModuleType("IPython")
    package.get_ipython = lambda: shell
    module = ModuleType("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    return shown


def test_in_a_notebook_a_run_shows_itself_in_one_output(dataset, notebook, capfd):
    train("mlp", dataset, epochs=2, threads=1)
    fitted, *epochs = str(notebook[-1]).splitlines()
    assert fitted.startswith("fitted to")
    assert [line[:8] for line in epochs] == ["epoch  1", "epoch  2"]
    assert notebook[-1]._repr_html_().startswith("<pre>fitted to")
    assert capfd.readouterr() == ("", "")


def test_in_a_notebook_a_run_is_quiet_if_asked(dataset, notebook):
    train("mlp", dataset, steps=2, threads=1, progress=False)
    assert notebook == []


def test_a_step_under_way_is_a_line_below_the_epochs(notebook):
    with display_for(True) as shown:
        shown(at(1, 1))
        shown(at(2, 1.01))  # too soon
        shown(at(30, 2))
        shown.say("a < b")
    assert [str(lines) for lines in notebook] == [
        "step 1/300  loss 0.2500  12,346 images/s",
        "step 30/300  loss 0.2500  12,346 images/s",
        "a < b",
    ]
    assert notebook[-1]._repr_html_() == "<pre>a &lt; b</pre>"
