"""Writing through a temporary file: the old one or the new one, never a part."""

from __future__ import annotations

import os
import stat

import pytest

from byhand.files import replacing


def test_what_was_written_is_there_afterwards_and_nothing_else(tmp_path):
    path = tmp_path / "model.safetensors"
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("n")
        assert path.read_text() == "old"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_after_an_error_the_old_file_is_left_alone_and_no_other(tmp_path, error):
    path = tmp_path / "model.safetensors"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_file_lies_beside_the_file_and_ends_as_it_does(tmp_path):
    path = tmp_path / "picture.png"
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".png"
        assert temporary.name.startswith(".")


def test_folders_are_made_as_needed(tmp_path):
    path = tmp_path / "runs" / "mlp-0" / "model.safetensors"
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


def test_a_name_as_long_as_a_folder_allows_can_be_written(tmp_path):
    path = tmp_path / ("x" * 250 + ".gz")
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_the_file_may_be_read_by_whom_the_umask_lets(tmp_path, umask, mode):
    path = tmp_path / "model.safetensors"
    old = os.umask(umask)
    try:
        with replacing(path) as temporary:
            temporary.write_text("new")
        assert os.umask(umask) == umask  # it was put back
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == mode
