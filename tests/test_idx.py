import gzip
import tracemalloc
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from byhand.data.idx import load_idx, save_idx
from byhand.errors import IdxError

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
ENDINGS = ["plain", "packed.gz"]

# tmp_path is one folder for all examples of a test: each writes its own file.
fuzz = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def header(code, *shape):
    sizes = b"".join(size.to_bytes(4, "big") for size in shape)
    return bytes([0, 0, code, len(shape)]) + sizes


def write(path: Path, content: bytes, packed=False):
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return path


arrays = st.sampled_from(["<", ">"]).flatmap(
    lambda order: st.sampled_from(sorted(CODES)).flatmap(
        lambda kind: hnp.arrays(
            order + kind, hnp.array_shapes(min_dims=0, max_dims=6, min_side=0)
        )
    )
)


@fuzz
@given(array=arrays, ending=st.sampled_from(ENDINGS))
def test_every_array_comes_back_as_it_was_saved(tmp_path, array, ending):
    save_idx(tmp_path / ending, array)
    loaded = load_idx(tmp_path / ending)
    np.testing.assert_array_equal(loaded, array, strict=False)
    assert loaded.shape == array.shape
    assert loaded.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("kind", "body", "values"),
    [
        ("u1", "00 7f ff", [0, 127, 255]),
        ("i1", "00 7f ff", [0, 127, -1]),
        ("i2", "00 01 01 00 ff fe", [1, 256, -2]),
        ("i4", "00 00 00 01 00 01 00 00 ff ff ff fe", [1, 65536, -2]),
        ("f4", "3f 80 00 00 c0 00 00 00 00 00 00 00", [1, -2, 0]),
        ("f8", "3f f0" + " 00" * 6 + "c0" + " 00" * 15, [1, -2, 0]),
    ],
)
def test_elements_are_read_big_endian(tmp_path, kind, body, values, packed):
    content = header(CODES[kind], 3) + bytes.fromhex(body)
    loaded = load_idx(write(tmp_path / "x", content, packed))
    assert loaded.tolist() == values
    assert loaded.dtype.newbyteorder("=") == np.dtype(kind)


def test_a_saved_file_holds_exactly_the_bytes_of_the_format(tmp_path):
    save_idx(tmp_path / "x", np.array([[1, 2, -3]], np.int16))
    expected = "00 00 0b 02 00 00 00 01 00 00 00 03 00 01 00 02 ff fd"
    assert (tmp_path / "x").read_bytes() == bytes.fromhex(expected)


def test_gzip_is_told_by_content_and_not_by_name(tmp_path):
    content = header(0x08, 2) + b"\x05\x06"
    assert load_idx(write(tmp_path / "named", content, packed=True)).tolist() == [5, 6]
    assert load_idx(write(tmp_path / "named.gz", content)).tolist() == [5, 6]


def test_a_plain_file_is_mapped_read_only(tmp_path):
    save_idx(tmp_path / "x", np.arange(6, dtype=np.uint8).reshape(2, 3))
    loaded = load_idx(tmp_path / "x")
    assert isinstance(loaded, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded[0, 0] = 1


def test_only_a_packed_file_is_turned_to_native_byte_order(tmp_path):
    array = np.arange(3, dtype=np.int32)
    save_idx(tmp_path / "x", array)
    save_idx(tmp_path / "x.gz", array)
    assert load_idx(tmp_path / "x").dtype == np.dtype(">i4")
    assert load_idx(tmp_path / "x.gz").dtype.isnative


def test_a_gzip_file_of_several_members_is_read_whole(tmp_path):
    content = header(0x08, 4) + b"\1\2\3\4"
    members = gzip.compress(content[:9]) + gzip.compress(content[9:])
    (tmp_path / "x.gz").write_bytes(members)
    assert load_idx(tmp_path / "x.gz").tolist() == [1, 2, 3, 4]


def test_as_many_axes_as_numpy_has_are_read(tmp_path):
    array = np.full((1,) * 64, 7, np.uint8)
    save_idx(tmp_path / "x", array)
    assert load_idx(tmp_path / "x").shape == array.shape


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "got an empty file"),
        (b"\0\0\x08", "expected magic .* got 00 00 08"),
        (b"\0\0\x07\1" + b"\0" * 5, "08 09 0b 0c 0d 0e, got 00 00 07 01"),
        (b"\0\1\x08\1\0\0\0\0", "got 00 01 08 01"),
        (header(0x08, 1, 2)[:-1], "expected 2 sizes of 4 bytes .* got 7 bytes"),
        (header(0x08, 2, 3) + b"12345", r"\(2, 3\) promises 6 bytes, file holds 5"),
        (header(0x08, 2, 3) + b"1234567", r"\(2, 3\) promises 6 bytes, file holds "),
        (header(0x0C, 2) + b"1234567", r"\(2,\) promises 8 bytes, file holds 7"),
        (header(0x08, 0) + b"1", r"\(0,\) promises 0 bytes, file holds "),
        (header(0x08, *[1] * 65) + b"1", "at most 64 axes .* got 65 axes"),
        (header(0x0E, 2**31, 2**31) + b"1", f"{2**65} bytes"),
        (header(0x0E, 2**32 - 1, 0, 2**32 - 1), "expected at most"),
        (b"<!DOCTYPE html><html>", "looks like a web page; try fetching it again"),
        (b"\n <html>", "looks like a web page"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(tmp_path, content, message, packed):
    path = write(tmp_path / "file.gz", content, packed)
    with pytest.raises(IdxError, match=message) as caught:
        load_idx(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_a_promise_of_2_to_the_60_bytes_reserves_no_memory(tmp_path, packed):
    content = header(0x08, 2**30, 2**30) + bytes(1000)
    path = write(tmp_path / "x", content, packed)
    tracemalloc.start()
    try:
        with pytest.raises(IdxError, match=f"promises {2**60} bytes, file holds"):
            load_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_packed_file_of_zeros_may_expand_as_much_as_deflate_can(tmp_path):
    save_idx(tmp_path / "x.gz", np.zeros((3000, 1000), np.uint8))
    assert (tmp_path / "x.gz").stat().st_size < 3_000_000 / 900
    assert not load_idx(tmp_path / "x.gz").any()


def test_a_file_too_large_for_memory_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "x.gz", header(0x08, 3) + b"123", packed=True)

    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(np, "empty", no_memory)
    with pytest.raises(IdxError, match="file holds more than memory"):
        load_idx(path)


@pytest.mark.parametrize("spoil", ["cut", "flip", "tail", "crc"])
def test_a_corrupt_gzip_is_refused(tmp_path, spoil):
    noise = np.random.default_rng(0).bytes(500)
    content = bytearray(gzip.compress(header(0x08, 500) + noise, mtime=0))
    if spoil == "cut":
        del content[-20:]
    elif spoil == "flip":
        content[3] = 0xFF
    elif spoil == "tail":
        content += b"tail"
    else:
        content[-5] ^= 1
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(
        IdxError, match=r"x\.gz: expected a whole gzip file, got a damaged"
    ):
        load_idx(tmp_path / "x.gz")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file"), ("", "Is a directory|denied"), ("a\0b", "null")],
)
def test_what_cannot_be_opened_is_refused(tmp_path, name, reason):
    with pytest.raises(IdxError, match=f"cannot be read: .*({reason})"):
        load_idx(f"{tmp_path}/{name}")


@pytest.mark.parametrize("dtype", ["i8", "u2", "f2", "?", "c8", "U3", "O"])
def test_a_type_that_idx_does_not_have_is_not_saved(tmp_path, dtype):
    with pytest.raises(IdxError, match="expected elements of uint8, int8, int16"):
        save_idx(tmp_path / "x", np.zeros(3, dtype))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(IdxError, match=r"x: cannot be written: "):
        save_idx(tmp_path / "file" / "x", np.zeros(3, np.uint8))


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    save_idx(tmp_path / "x.gz", np.array([1, 2], np.uint8))

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(gzip.GzipFile, "write", disk_full)
    with pytest.raises(IdxError, match=r"x\.gz: cannot be written: No space left"):
        save_idx(tmp_path / "x.gz", np.array([3, 4], np.uint8))
    assert load_idx(tmp_path / "x.gz").tolist() == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["x.gz"]


def test_the_bytes_of_a_packed_file_depend_on_the_array_alone(tmp_path, monkeypatch):
    save_idx(tmp_path / "a.gz", np.arange(9, dtype=np.uint8))
    monkeypatch.setattr("time.time", lambda: 1e9)
    save_idx(tmp_path / "b.gz", np.arange(9, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@fuzz
@given(content=st.binary(max_size=60) | st.binary(max_size=60).map(gzip.compress))
def test_any_bytes_give_an_array_or_an_idx_error(tmp_path, content):
    check_array_or_error(tmp_path, content)


@fuzz
@given(data=st.data(), array=arrays, ending=st.sampled_from(ENDINGS))
def test_any_change_of_a_file_gives_an_array_or_an_idx_error(
    tmp_path, data, array, ending
):
    save_idx(tmp_path / ending, array)
    content = bytearray((tmp_path / ending).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 8))
        content[place : place + length] = data.draw(st.binary(max_size=8))
        if not content:
            break
    check_array_or_error(tmp_path, bytes(content))


def check_array_or_error(folder, content):
    (folder / "any").write_bytes(content)
    try:
        loaded = load_idx(folder / "any")
    except IdxError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(loaded, np.ndarray)


def test_the_bundled_files_have_the_pixels_of_mnist():
    folder = resources.files("byhand.data") / "mnist"
    for split, count in (("train", 60_000), ("t10k", 10_000)):
        name = f"{split}-images-idx3-ubyte.gz"
        with resources.as_file(folder / name) as path:
            images = load_idx(path)
            unpacked = gzip.decompress(path.read_bytes())
        assert images.shape == (count, 28, 28)
        assert images.dtype == np.uint8
        expected = np.frombuffer(unpacked, np.uint8, offset=16)
        assert images.sum(dtype=np.int64) == expected.sum(dtype=np.int64)


def test_a_gzipped_file_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("byhand.data.idx.MUCH", 10_000)
    path = tmp_path / "x.gz"
    save_idx(path, np.zeros((100, 28, 28), np.uint8))
    with pytest.raises(IdxError, match="that unpack to 78400, which no images do"):
        load_idx(path)
    save_idx(path, np.random.default_rng(0).integers(0, 9, 60_000, np.uint8))
    assert len(load_idx(path)) == 60_000
