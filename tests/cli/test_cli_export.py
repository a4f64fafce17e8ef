"""`byhand export`: the model's file in, an ONNX file or a page out."""

from __future__ import annotations

import pytest


def test_the_file_is_an_onnx_model(byhand, trained, tmp_path):
    onnx = pytest.importorskip("onnx")
    ended = byhand("export", trained, tmp_path / "m.onnx", "--json")
    assert ended.code == 0
    assert ended.json == {
        "onnx": str(tmp_path / "m.onnx"),
        "bytes": (tmp_path / "m.onnx").stat().st_size,
    }
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"))


def test_the_suffix_html_makes_a_page(byhand, trained, tmp_path):
    ended = byhand("export", trained, tmp_path / "m.html", "--json")
    assert ended.code == 0
    page = tmp_path / "m.html"
    assert ended.json == {"page": str(page), "bytes": page.stat().st_size}
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_a_page_with_other_data_than_the_models_is_one_line(byhand, trained, tmp_path):
    ended = byhand("export", trained, tmp_path / "m.html", "--data", tmp_path / "none")
    assert ended.code == 1
    assert ended.err.count("\n") == 1


def test_what_is_no_model_is_one_line(byhand, tmp_path):
    ended = byhand("export", tmp_path / "none", tmp_path / "m.onnx")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "expected a model file, found none" in ended.err
