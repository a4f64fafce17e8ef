"""The kernel cache: what others wrote, or what is damaged, is never run."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path

import pytest

from byhand.kernels import cache, trust

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
STEP = """
    import numpy as np
    from byhand.kernels import momentum_step
    p, v, g = (np.full(4, x, np.float32) for x in (1, 0, 2))
    momentum_step()(p, v, g, 0.5, 0.9, False)
    from byhand.kernels import update
    found = update._flat_step.stats
    print(p[0], sum(found.cache_hits.values()), sum(found.cache_misses.values()))
"""


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    """A folder for the cache, one for temporary folders, nothing remembered."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    cache._folder_in.cache_clear()
    yield
    cache._folder_in.cache_clear()


def owned_by(monkeypatch, *strangers: Path) -> None:
    """Have these paths belong to another user, as far as `lstat` says."""
    real = os.lstat
    me = os.getuid() + 1

    def lstat(path, **more):
        found = real(path, **more)
        if Path(path) in strangers:
            return os.stat_result((*found[:4], me, *found[5:10]))
        return found

    monkeypatch.setattr(os, "lstat", lstat)
    monkeypatch.setattr(Path, "lstat", lambda self: lstat(self))


def shared(tmp_path, monkeypatch, kind: str) -> None:
    """Make the place of the cache one that another user could have written to."""
    base = tmp_path / "cache"
    inner = cache._folder_in(str(base))
    cache._folder_in.cache_clear()
    if kind == "base 0777":
        base.chmod(0o777)
    elif kind == "kernels 0777":
        inner.parent.chmod(0o777)
    elif kind == "folder 0777":
        inner.chmod(0o777)
    elif kind == "folder 1777":
        inner.chmod(0o1777)
    elif kind == "group":
        monkeypatch.setattr(trust, "_has_no_others", lambda group: False)
        base.chmod(0o770)
    elif kind == "owner of base":
        owned_by(monkeypatch, base)
    elif kind == "owner of folder":
        owned_by(monkeypatch, inner)
    elif kind == "owner of file":
        (inner / "x.nbi").write_text("")
        owned_by(monkeypatch, inner / "x.nbi")
    elif kind == "owner of link":
        base.rename(tmp_path / "elsewhere")
        base.symlink_to(tmp_path / "elsewhere")
        owned_by(monkeypatch, base)
    elif kind == "link to 0777":
        (tmp_path / "open").mkdir()
        base.rename(tmp_path / "open" / "cache")
        base.symlink_to("open/cache")
        (tmp_path / "open").chmod(0o777)
    elif kind == "link inside":
        (tmp_path / "other").mkdir()
        (inner / "deeper").symlink_to(tmp_path / "other")
    elif kind == "parent 0777":
        monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "open" / "cache"))
        (tmp_path / "open").mkdir()
        (tmp_path / "open").chmod(0o777)


KINDS = (
    *("base 0777", "kernels 0777", "folder 0777", "folder 1777", "group"),
    *("owner of base", "owner of folder", "owner of file", "owner of link"),
    *("link to 0777", "link inside", "parent 0777"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cache_that_others_could_write_is_not_used(tmp_path, monkeypatch, kind):
    shared(tmp_path, monkeypatch, kind)
    with pytest.warns(RuntimeWarning, match="expected a folder of your own") as got:
        folder = cache.cache_folder()
    assert len(got) == 1
    assert "\n" not in str(got[0].message)
    assert (tmp_path / "tmp").resolve() in folder.resolve().parents
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_links_of_ones_own_and_sticky_folders_above_are_trusted(tmp_path, monkeypatch):
    (tmp_path / "sticky").mkdir()
    (tmp_path / "sticky").chmod(0o1777)
    (tmp_path / "link").symlink_to("sticky/../sticky")
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "link" / "cache"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tmp_path / "link" in cache.cache_folder().parents


def test_folders_are_made_for_the_user_alone_whatever_the_umask(tmp_path):
    old = os.umask(0)
    try:
        folder = cache.cache_folder()
    finally:
        os.umask(old)
    assert folder.parent.parent == tmp_path / "cache"
    for made in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_links_in_a_circle_are_a_cache_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    monkeypatch.setenv("BYHAND_CACHE", str(tmp_path / "a"))
    assert (tmp_path / "tmp") in cache.cache_folder().parents


def test_the_temporary_cache_is_found_again_by_the_next_run(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    first = cache.cache_folder()
    cache._folder_in.cache_clear()
    assert cache.cache_folder() == first


def test_a_temporary_cache_of_another_user_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    squatted = tmp_path / "tmp" / f"byhand-{os.getuid()}"
    squatted.mkdir()
    owned_by(monkeypatch, squatted)
    assert squatted not in cache.cache_folder().parents


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | environment,
        check=False,
    )


class Trap:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_what_another_user_left_in_an_open_cache_is_not_run(tmp_path):
    pytest.importorskip("numba")
    assert run(STEP).stdout.split() == ["0.0", "0", "1"]
    files = [p for p in (tmp_path / "cache").rglob("*.nb?")]
    assert len(files) >= 2
    for path in files:
        path.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    (tmp_path / "cache" / "kernels").chmod(0o777)
    done = run(STEP)
    assert done.stdout.split()[0] == "0.0", done.stderr
    assert "expected a folder of your own" in done.stderr
    assert not (tmp_path / "sprung").exists()


@pytest.mark.slow
def test_the_command_line_says_so_in_one_line(tmp_path):
    pytest.importorskip("numba")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    program = "import sys; from byhand.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "gradcheck"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    warned = [line for line in done.stderr.splitlines() if "warning" in line]
    assert len(warned) == 1
    assert warned[0].startswith("byhand: warning: kernel cache: expected a folder")


def damaged(content: bytes, how: str) -> bytes:
    """Return the bytes of a file with something wrong."""
    if how == "empty":
        return b""
    if how == "zeros":
        return bytes(len(content))
    if how == "cut":
        return content[: len(content) // 2]
    if how == "one byte less":
        return content[:-1]
    if how == "old":  # of a version without checksums
        return content[: -cache.CHECKSUM]
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_damaged_files_are_found_and_removed(tmp_path, ending):
    path = tmp_path / f"kernel{ending}"
    content = b"what was compiled" * 9
    intact = content + hashlib.sha256(content).digest()
    path.write_bytes(intact)
    assert cache.is_sound(path)
    for how in ("empty", "zeros", "cut", "one byte less", "old", "one bit"):
        path.write_bytes(damaged(intact, how))
        assert not cache.is_sound(path), how
        assert not path.exists()
    assert not cache.is_sound(path)


def test_a_damaged_cache_is_made_again(tmp_path):
    pytest.importorskip("numba")
    assert run(STEP).stdout.split() == ["0.0", "0", "1"]
    assert run(STEP).stdout.split() == ["0.0", "1", "0"]
    for ending in (".nbi", ".nbc"):
        for how in ("empty", "cut"):
            for path in (tmp_path / "cache").rglob(f"*{ending}"):
                path.write_bytes(damaged(path.read_bytes(), how))
            done = run(STEP)
            assert done.stdout.split() == ["0.0", "0", "1"], done.stderr
            assert done.stderr == ""
    assert run(STEP).stdout.split() == ["0.0", "1", "0"]


def test_files_of_other_programs_have_no_checksum_and_need_none(tmp_path):
    pytest.importorskip("numba")
    (tmp_path / "mine.py").write_text(
        "import numba\n@numba.njit(cache=True)\ndef twice(x):\n    return 2 * x\n"
    )
    code = """
        import sys; sys.path.insert(0, sys.argv[0] or '.')
        import mine
        from byhand.kernels import momentum_step; momentum_step()
        print(mine.twice(3), sum(mine.twice.stats.cache_hits.values()))
    """
    path = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    assert run(code, **path).stdout.split() == ["6", "0"]
    assert run(code, **path).stdout.split() == ["6", "1"]
