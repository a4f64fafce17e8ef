"""Files of arrays: bit for bit round trips, and every error that a file can have."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import save_file

from byhand import tensors
from byhand.errors import ModelError

ARRAYS = {
    "weights": np.array([[1.5, -0.0, np.nan], [np.inf, 1e-45, 3]], np.float32),
    "double": np.array([1 / 3]),
    "count": np.array(2**40 + 1),
    "none": np.zeros((0, 3), np.float32),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "every other": np.arange(10)[::2],
    "one value": np.broadcast_to(np.float32(7), (2, 3)),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.safetensors"


def write_raw(path: Path, text: str | None) -> None:
    """Write a safetensors file with this text where the header should be."""
    metadata = None if text is None else {"byhand": text}
    save_file({"w": np.zeros(2, np.float32)}, path, metadata=metadata)


def test_arrays_come_back_bit_for_bit(path):
    tensors.write(path, ARRAYS, "model", {})
    _, arrays = tensors.read(path, "model")
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


def test_arrays_that_come_back_can_be_changed_in_place(path):
    tensors.write(path, {"w": np.zeros(3, np.float32)}, "model", {})
    array = tensors.read(path, "model")[1]["w"]
    array += 1
    assert_array_equal(tensors.read(path, "model")[1]["w"], np.zeros(3))


def test_the_header_comes_back(path):
    header = {"seed": 3, "names": ["a", "β"], "loss": 0.1, "best": None}
    tensors.write(path, ARRAYS, "checkpoint", header)
    expected = {"format": 1, "kind": "checkpoint", **header}
    assert tensors.read_header(path, "checkpoint") == expected
    assert tensors.read(path, "checkpoint")[0] == expected


def test_a_file_without_arrays_is_one(path):
    tensors.write(path, {}, "model", {"seed": 3})
    assert tensors.read(path, "model")[1] == {}


# --- files that are not what they should be -------------------------------------------


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_a_file_that_is_not_there_is_said_to_be_missing(path, kind):
    with pytest.raises(ModelError, match=f"{path.name}: expected a {kind} file, found"):
        tensors.read(path, kind)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ModelError, match="found none; check the path"):
        tensors.read_header(tmp_path, "model")


@pytest.mark.parametrize("part", [0, 1, 7, 8, 9, 50, -1, -8, -30])
def test_a_truncated_file_is_said_to_be_a_part(path, part):
    tensors.write(path, ARRAYS, "model", {"seed": 3})
    path.write_bytes(path.read_bytes()[:part])
    with pytest.raises(ModelError, match=f"{path.name}: expected a whole safetensors"):
        tensors.read(path, "model")


@pytest.mark.parametrize(
    "content",
    [
        b"not a model at all, but a text that is long enough to be one\n" * 9,
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"\x00" * 100,
        b"\xff" * 100,
        (2**60).to_bytes(8, "little") + b"{}",
        b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01x\x94.",  # a pickle
        b"PK\x03\x04" + b"\x00" * 60,
    ],
    ids=["text", "html", "zeros", "ones", "huge header", "pickle", "zip"],
)
def test_a_file_of_another_kind_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ModelError, match="found another kind or a part of one"):
        tensors.read(path, "model")


def test_bytes_after_the_end_are_refused(path):
    tensors.write(path, ARRAYS, "model", {})
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelError, match="expected a whole safetensors file"):
        tensors.read(path, "model")


@pytest.mark.parametrize(
    "text",
    [
        *[None, "", "{", "[]", "3", "null", '"format kind"', "{}", '{"format": 1}'],
        *['{"kind": "model"}', "[" * 100_000, '{"a":' * 100_000],
    ],
    ids=lambda text: repr(text)[:20],
)
def test_a_safetensors_file_of_another_program_is_refused(path, text):
    write_raw(path, text)
    with pytest.raises(ModelError, match="found a safetensors file of another program"):
        tensors.read_header(path, "model")


@pytest.mark.parametrize("version", [2, 99, 0, "1", None])
def test_a_file_of_another_version_says_to_upgrade(path, version):
    write_raw(path, json.dumps({"format": version, "kind": "model"}))
    with pytest.raises(ModelError, match=f"expected format 1, found {version!r}; it "):
        tensors.read(path, "model")


def test_a_checkpoint_is_no_model(path):
    tensors.write(path, ARRAYS, "checkpoint", {})
    with pytest.raises(ModelError, match="expected a model, found a checkpoint"):
        tensors.read(path, "model")


def test_an_array_of_a_type_numpy_does_not_have_is_refused_only_when_read(path):
    header = {"__metadata__": {"byhand": json.dumps({"format": 1, "kind": "model"})}}
    if "ml_dtypes" in sys.modules:  # it teaches NumPy that type, and onnx imports it
        pytest.skip("NumPy has the type")
    header["w"] = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"\x00" * 4)
    assert tensors.read_header(path, "model") == {"format": 1, "kind": "model"}
    with pytest.raises(ModelError, match="expected a whole safetensors file"):
        tensors.read(path, "model")


# --- writing --------------------------------------------------------------------------


def test_a_file_where_no_file_can_be_is_said_to_be_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelError, match="cannot be written: "):
        tensors.write(tmp_path / "file" / "model.safetensors", ARRAYS, "model", {})


def test_a_folder_is_not_written_over(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelError, match="folder: cannot be written: "):
        tensors.write(tmp_path / "folder", ARRAYS, "model", {})
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(path):
    tensors.write(path, ARRAYS, "model", {"seed": 3})
    with pytest.raises(TypeError):
        tensors.write(path, ARRAYS, "model", {"seed": object()})
    assert tensors.read_header(path, "model")["seed"] == 3
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_full_disk_is_one_line_and_the_old_file_stays(path):
    tensors.write(path, {"w": np.zeros(3)}, "model", {"seed": 3})
    resource = pytest.importorskip("resource")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, old[1]))
    try:
        with pytest.raises(
            ModelError, match=f"^{path}: cannot be written: File too la"
        ):
            tensors.write(path, {"w": np.zeros(100_000)}, "model", {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert tensors.read_header(path, "model")["seed"] == 3
    assert list(path.parent.iterdir()) == [path]


# --- headers that a stranger wrote ----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": true, "kind": "model"}', "expected format 1, found True"),
        ('{"format": 1.0, "kind": "model"}', "expected format 1, found 1.0"),
        (
            '{"format": 1, "kind": "model", "kind": "model"}',
            "each key once, got 'kind'",
        ),
        ('{"format": 1, "kind": "model", "t": 1%s}' % ("0" * 400), "of 40 digits"),
        ('{"format": 1, "kind": "model", "t": 1e999}', "numbers up to 1e308"),
        ('{"format": 1, "kind": "model", "n": "%s"}' % ("x" * 10**6), "got 1000000"),
        ('{"format": 1, "kind": "model", "%s": 1}' % ("x" * 10**6), "got 1000000"),
        (
            '{{"format": 1, "kind": "model", "d": {}1{}}}'.format("[" * 30, "]" * 30),
            "20 deep",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_a_header_beyond_the_limits_is_refused_in_a_short_line(path, text, message):
    write_raw(path, text)
    with pytest.raises(ModelError, match=message) as got:
        tensors.read(path, "model")
    assert len(str(got.value)) <= 400


def test_a_header_of_many_bytes_is_refused_before_it_is_read(path):
    with path.open("wb") as file:
        file.write((50_000_000).to_bytes(8, "little") + b"{}")
        file.truncate(60_000_000)
    with pytest.raises(ModelError, match="a header of 50000000 bytes"):
        tensors.read_header(path, "model")


def test_shapes_are_looked_at_before_arrays_are_read(path):
    tensors.write(path, {"w": np.zeros((2, 3))}, "model", {"seed": 3})
    seen = []

    def check(header, shapes):
        seen.append((header["seed"], shapes))
        raise ModelError("not these")

    with pytest.raises(ModelError, match="not these"):
        tensors.read(path, "model", check)
    assert seen == [(3, {"w": (2, 3)})]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes")
def test_a_pipe_is_refused_without_waiting(path):
    os.mkfifo(path)
    with pytest.raises(ModelError, match="expected a regular file, got a named pipe"):
        tensors.read_header(path, "model")
