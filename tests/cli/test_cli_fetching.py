"""Data sets that are fetched when a command needs them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from byhand.cli import fetching, output
from byhand.data import datasets, download


@pytest.fixture
def fetched(monkeypatch, dataset):
    """Known sets are not here; being fetched is written down."""
    names = []

    def fetch(name, on_bytes=None):
        names.append(name)
        if on_bytes:
            on_bytes("images.gz", 1_000_000, None)
            on_bytes("images.gz", 2_000_000, 4_000_000)
        return Path("cache") / name

    monkeypatch.setattr(download, "is_cached", lambda name: name in names)
    monkeypatch.setattr(download, "fetch", fetch)
    monkeypatch.setattr(datasets, "load_dataset", lambda name: dataset)
    return names


def test_a_known_set_is_fetched_before_it_is_loaded(byhand, fetched, dataset, capsys):
    assert fetching.dataset("kmnist") is dataset
    assert fetched == ["kmnist"]
    assert capsys.readouterr().err == "fetching kmnist, 21 MB\n"


def test_a_set_that_is_here_is_not_fetched(fetched, capsys):
    fetching.dataset("kmnist")
    fetching.dataset("kmnist")
    assert fetched == ["kmnist"]
    assert capsys.readouterr().err.count("fetching") == 1


def test_a_folder_is_not_fetched(fetched):
    fetching.dataset("my/folder")
    assert fetched == []


def test_quiet_fetches_in_silence(fetched, capsys):
    fetching.dataset("kmnist", quiet=True)
    assert fetched == ["kmnist"]
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_a_bar_for_each_file(fetched, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(output, "notes", lambda quiet: console)
    fetching.fetch("kmnist")
    assert "images.gz" in screen.getvalue()
    assert "2.0/4.0 MB" in screen.getvalue()
