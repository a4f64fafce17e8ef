"""byhand data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand.data import download
from byhand.data.datasets import known
from byhand.errors import DownloadError


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "cache"))


def test_list_names_every_known_set_and_where_it_is(byhand):
    ended = byhand("data", "list")
    rows = {line.split()[0]: line for line in ended.out.splitlines()[1:]}
    assert rows.keys() == known().keys()
    assert "in the package" in rows["mnist"]
    assert "21 MB to fetch" in rows["kmnist"]


def test_list_as_json_says_what_is_cached(byhand):
    listed = {entry["name"]: entry for entry in byhand("data", "list", "--json").json}
    assert listed["mnist"]["cached"] is True
    assert listed["kmnist"]["cached"] is False
    assert listed["mnist"]["train"] == 60000


def test_info_has_licence_and_home(byhand):
    out = byhand("data", "info", "kmnist").out
    assert known()["kmnist"].licence in out
    assert known()["kmnist"].homepage in out
    assert byhand("data", "info", "kmnist", "--json").json["class_names"][1] == "ki"


@pytest.mark.parametrize("command", ["info", "fetch"])
def test_an_unknown_name_is_answered_with_the_known_ones(byhand, command: str):
    ended = byhand("data", command, "mnits")
    assert ended.code == 1
    assert "fashion-mnist" in ended.err and "'mnits'" in ended.err
    assert ended.err.count("\n") == 1


def test_fetch_of_the_packaged_set_has_nothing_to_do(byhand):
    assert byhand("data", "fetch", "mnist").out == "mnist: in the package\n"


def test_fetch_prints_the_folder(byhand, monkeypatch):
    asked = []
    monkeypatch.setattr(
        download,
        "fetch",
        lambda name, on_bytes=None: asked.append(name) or Path("here"),
    )
    ended = byhand("data", "fetch", "kmnist", "--json")
    assert ended.json == {"name": "kmnist", "folder": "here"}
    assert ended.err == "fetching kmnist, 21 MB\n"
    assert asked == ["kmnist"]


def test_a_failed_fetch_is_one_line(byhand, monkeypatch):
    def fail(name, on_bytes=None):
        raise DownloadError("kmnist: no network")

    monkeypatch.setattr(download, "fetch", fail)
    ended = byhand("data", "fetch", "kmnist", "--quiet")
    assert (ended.code, ended.err) == (1, "byhand: error: kmnist: no network\n")


def test_check_counts_the_images_of_each_class(byhand, toy):
    found = byhand("data", "check", toy, "--json").json
    assert found["image_shape"] == [7, 6]
    assert found["counts"] == {
        "train": {"0": 30, "1": 30, "2": 30},
        "test": {"0": 10, "1": 10, "2": 10},
    }
    lines = byhand("data", "check", toy).out.splitlines()
    assert lines[0] == "images of 7 × 6 pixels"
    assert lines[2].split() == ["0", "30", "10"]
    assert lines[-1].split() == ["all", "90", "30"]


def test_check_of_a_folder_without_data_is_an_error(byhand, tmp_path):
    (tmp_path / "notes.txt").write_text("no data")
    ended = byhand("data", "check", tmp_path)
    assert ended.code == 1
    assert "notes.txt" in ended.err


@pytest.mark.parametrize(("level", "warns"), [(250, True), (5, False)])
def test_check_notices_dark_ink_on_light(byhand, tmp_path, level, warns):
    images = np.full((6, 4, 4), level, np.uint8)
    images[:, 1, 1] = 255 - level
    np.savez(tmp_path / "d.npz", x_train=images, y_train=[0, 1, 0, 1, 0, 1],
             x_test=images, y_test=[0, 1, 0, 1, 0, 1])  # fmt: skip
    ended = byhand("data", "check", "d.npz", "--json")
    assert ("dark ink on light" in ended.err) is warns
    assert json.loads(ended.out)["counts"]["train"] == {"0": 3, "1": 3}


def test_example_forms_are_a_blank_form_scans_and_what_they_say(byhand):
    ended = byhand("data", "example-forms", "few", "--count", 1, "--layout", "claim")
    assert ended.out == "few: blank.png, truth.csv and 1 scan in scans\n"
    for name in ("blank.png", "scans/01-scan.jpg"):
        with Image.open(Path("few") / name) as image:
            assert image.size == (1240, 1754)
    head, row = (line.split(",") for line in Path("few/truth.csv").read_text().split())
    assert (head[:2], row[0], len(row)) == (["file", "policy"], "01-scan.jpg", 13)
    assert row[head.index("policy")].isdecimal()
    assert row[head.index("surgery")] in ("true", "false")
    again = byhand("data", "example-forms", "few")
    assert again.code == 1 and "expected a new folder" in again.err
    other = byhand("data", "example-forms", "more", "--layout", "tax")
    assert other.code == 1 and "expected a layout, got 'tax'" in other.err
