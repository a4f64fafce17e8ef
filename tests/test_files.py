"""Writing through a temporary file: the old one or the new one, never a part."""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from byhand.files import clear_leftovers, irregular, open_regular, replacing


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


POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from byhand.files import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half")
    if sys.argv[2] == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    print("writing", flush=True)
    input()
"""


@pytest.fixture
def special(tmp_path):
    """A folder, a named pipe and a socket; each with what it is called."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        yield {
            tmp_path / "folder": "a folder",
            tmp_path / "pipe": "a named pipe",
            tmp_path / "socket": "a socket",
            Path("/dev/zero"): "a device",
        }


@POSIX
def test_what_is_no_regular_file_is_named_and_refused_at_once(special):
    for path, kind in special.items():
        assert irregular(path) == kind
        with pytest.raises(OSError, match=r"regular file, got a|Is a directory") as got:
            open_regular(path)
        assert got.value.filename == str(path)


@POSIX
def test_a_link_to_a_pipe_is_refused_and_one_to_a_file_is_opened(tmp_path, special):
    (tmp_path / "file").write_text("yes")
    (tmp_path / "good").symlink_to("file")
    (tmp_path / "bad").symlink_to("pipe")
    assert irregular(tmp_path / "bad") == "a named pipe"
    assert irregular(tmp_path / "good") == irregular(tmp_path / "missing") == ""
    with open_regular(tmp_path / "good") as file:
        assert file.read() == b"yes"


@POSIX
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(special, monkeypatch):
    pipe = next(path for path, kind in special.items() if "pipe" in kind)
    monkeypatch.setattr("byhand.files.irregular", lambda path: "")
    with pytest.raises(OSError, match="got a named pipe"):
        open_regular(pipe)


@POSIX
def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("old")
    words = [sys.executable, "-c", KILLED_WHILE_WRITING, str(path), "dies"]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    assert path.read_text() == "old"
    with replacing(tmp_path / "another") as temporary:
        temporary.write_text("new")
    assert {p.name for p in tmp_path.iterdir()} == {"model.safetensors", "another"}


@POSIX
def test_what_a_living_writer_writes_to_stays(tmp_path):
    path = tmp_path / "model.safetensors"
    words = [sys.executable, "-c", KILLED_WHILE_WRITING, str(path), "lives"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "writing\n"
        clear_leftovers(tmp_path)
        with replacing(path) as temporary:
            temporary.write_text("another")
        writer.communicate("\n")
    assert writer.returncode == 0
    assert path.read_text() == "half"
    assert list(tmp_path.iterdir()) == [path]


@POSIX
def test_files_of_other_programs_are_no_leftovers(tmp_path):
    names = ".model.safetensors.bak", ".byhand-abcdefgh", "a.byhand-abcdefgh", ".a.tmp"
    for name in names:
        (tmp_path / name).write_text("")
    os.mkfifo(tmp_path / ".pipe.byhand-abcdefgh")
    clear_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(names) + 1


def test_an_error_has_the_name_of_the_file_not_of_the_temporary_one(tmp_path):
    path = tmp_path / "model.safetensors"
    for name in (False, True):
        with pytest.raises(OSError, match="No space left") as got:
            with replacing(path) as temporary:
                args = (str(temporary),) if name else ()
                raise OSError(errno.ENOSPC, "No space left on device", *args)
        assert got.value.filename == str(path)
        assert got.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_file_and_folder_are_stored_on_the_disk_before_and_after_the_name(
    tmp_path, monkeypatch
):
    stored = []

    def fsync(handle):
        mode = os.fstat(handle).st_mode
        stored.append((stat.S_ISDIR(mode), (tmp_path / "file").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(tmp_path / "file") as temporary:
        temporary.write_text("new")
    assert stored[0] == (False, False)
    if os.name != "nt":
        assert stored[1:] == [(True, True)]
