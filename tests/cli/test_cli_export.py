"""`byhand export`: the model's file in, an ONNX file out."""

from __future__ import annotations

import pytest

pytest.importorskip("onnx")


def test_the_file_is_an_onnx_model(byhand, trained, tmp_path):
    onnx = pytest.importorskip("onnx")
    ended = byhand("export", trained, tmp_path / "m.onnx", "--json")
    assert ended.code == 0
    assert ended.json == {
        "onnx": str(tmp_path / "m.onnx"),
        "bytes": (tmp_path / "m.onnx").stat().st_size,
    }
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"))


def test_what_is_no_model_is_one_line(byhand, tmp_path):
    ended = byhand("export", tmp_path / "none", tmp_path / "m.onnx")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "expected a model file, found none" in ended.err
