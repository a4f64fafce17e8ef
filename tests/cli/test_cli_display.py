"""Whether a picture is opened, and what is done where it cannot be."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
import typer

from byhand.cli import display


@pytest.fixture
def desk(monkeypatch):
    """Somebody at a terminal of a graphical session on Linux."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "environ", {"DISPLAY": ":0"})
    return monkeypatch


def test_a_graphical_session_has_a_viewer(desk):
    assert display.has_viewer()
    desk.setattr(os, "environ", {"WAYLAND_DISPLAY": "wayland-0"})
    assert display.has_viewer()


def test_a_pipe_has_no_viewer(desk):
    desk.setattr(sys.stdout, "isatty", lambda: False)
    assert not display.has_viewer()


def test_a_session_on_another_machine_has_no_viewer(desk):
    desk.setattr(os, "environ", {"DISPLAY": ":0", "SSH_CONNECTION": "a b"})
    assert not display.has_viewer()


def test_a_machine_without_the_opener_has_no_viewer(desk):
    desk.setattr(shutil, "which", lambda name: None)
    assert not display.has_viewer()


@pytest.mark.parametrize(("system", "has"), [("linux", False), ("darwin", True)])
def test_only_some_systems_need_a_display_to_be_named(desk, system, has):
    desk.setattr(os, "environ", {})
    desk.setattr(sys, "platform", system)
    assert display.has_viewer() is has


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """There is a viewer; what it is given to open is written down."""
    given = []
    monkeypatch.setattr(display, "has_viewer", lambda: True)
    monkeypatch.setattr(display.tempfile, "mkdtemp", lambda prefix: str(tmp_path))
    monkeypatch.setattr(typer, "launch", lambda path: given.append(path) or 0)
    return given


def test_with_a_viewer_the_picture_is_opened(byhand, opened, toy):
    pytest.importorskip("matplotlib")
    ended = byhand("show", "data", "--data", toy)
    [path] = opened
    assert (ended.code, ended.out, ended.err) == (0, "", f"opening {path}\n")
    assert Path(path).read_bytes().startswith(b"\x89PNG")


def test_a_viewer_that_fails_leaves_the_drawing(byhand, opened, toy, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(typer, "launch", lambda path: 1)
    assert "@" in byhand("show", "data", "--data", toy).out


@pytest.fixture
def no_matplotlib(monkeypatch):
    """matplotlib is not installed."""
    for name in [name for name in sys.modules if name.startswith("byhand.plots")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("byhand.plots", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
        monkeypatch.setitem(sys.modules, name, None)


def test_without_matplotlib_it_is_drawn(byhand, opened, toy, no_matplotlib):
    ended = byhand("show", "data", "--data", toy)
    assert (ended.code, opened) == (0, [])
    assert ended.out.strip()


def test_out_without_matplotlib_says_how_to_get_it(byhand, toy, no_matplotlib):
    ended = byhand("show", "data", "--data", toy, "--out", "a.png")
    assert ended.code == 1
    assert "pip install 'byhand[plots]'" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("what", ["mistakes", "digit 3"])
def test_without_matplotlib_it_is_said_before_anything_is_computed(
    byhand, no_matplotlib, monkeypatch, what
):
    monkeypatch.setattr("byhand.model.load", lambda *_: pytest.fail("it has begun"))
    ended = byhand("show", *what.split(), "--out", "a.png")
    assert ended.code == 1 and "pip install 'byhand[plots]'" in ended.err
    for words in (("compare", "shipped", "shipped"), ("evaluate",)):
        ended = byhand(*words, "--pictures", "folder")
        assert ended.code == 1 and "pip install 'byhand[plots]'" in ended.err


def test_training_without_matplotlib_goes_on_without_a_report(
    byhand, toy, no_matplotlib
):
    ended = byhand("train", "--data", toy, "--steps", "5", "--quiet")
    assert ended.code == 0
    assert ended.out.startswith("test accuracy") and "report" not in ended.out
    assert ended.err.startswith("byhand: no report: ")
    assert "pip install 'byhand[plots]'" in ended.err
    assert ended.err.count("\n") == 1
