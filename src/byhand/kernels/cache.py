"""Whether kernels are compiled, and where what was compiled is kept.

What is in the cache is run. So it must be the user's own (`kernels.trust`), and each of
its files ends with a checksum: a damaged one is compiled again.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import multiprocessing
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path
from typing import Any

import platformdirs

from byhand.kernels.trust import distrust, make_private

CHECKSUM = hashlib.sha256().digest_size  # bytes at the end of each file


@functools.cache
def compiled_wanted() -> bool:
    """Return whether to use the compiled kernels; sets up cache and target if so.

    Raises:
        TargetError: BYHAND_ISA asks for what cannot be had.
    """
    if os.environ.get("BYHAND_KERNELS") == "reference" or not util.find_spec("numba"):
        return False
    from numba import config

    from byhand.kernels.target import hold_numba

    hold_numba()
    config.CACHE_DIR = str(cache_folder())
    with suppress(ImportError, AttributeError):  # another Numba has no such thing
        _check_files(cache_folder())
        _number_apart()
    return True


def compiled_before() -> bool:
    """Return whether kernels of these sources were compiled by an earlier run."""
    return any(cache_folder().rglob("*.nbi"))


def cache_folder() -> Path:
    """Return a private, writable folder for what Numba compiles from these sources.

    The same one throughout a process. It is named by a hash of the sources: a new
    version never meets an old cache. Where the user's cache folder cannot be written,
    or others can write to it, which is a RuntimeWarning, it is a temporary one.
    """
    return _folder_in(str(user_cache()))


def user_cache() -> Path:
    """Return the user's cache folder for byhand, or the one that BYHAND_CACHE sets."""
    set_by_user = os.environ.get("BYHAND_CACHE")
    return Path(set_by_user or platformdirs.user_cache_path("byhand"))


@functools.cache
def _folder_in(base: str) -> Path:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = Path(base) / "kernels" / key[:16]
    reason = _unusable(folder)
    if reason is None:
        return folder
    other = _temporary(key[:16])
    # each process of a pool would say it again
    if reason and multiprocessing.current_process().name == "MainProcess":
        warnings.warn(
            f"kernel cache: expected a folder of your own, got one that is not safe: "
            f"{reason}; compiled kernels are kept in {other} instead; try another "
            "BYHAND_CACHE",
            RuntimeWarning,
            stacklevel=2,
        )
    return other


def _unusable(folder: Path) -> str | None:
    """Return why a folder is not safe, "" if it cannot be written, else None."""
    try:
        make_private(folder)
        if reason := distrust(folder):
            return reason
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError:
        return ""


def _temporary(key: str) -> Path:
    """Return a folder that later runs find again, or if need be one that none does."""
    user = getattr(os, "getuid", lambda: "user")()
    roots = dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))
    for root in map(Path, roots):
        folder = root / f"byhand-{user}" / "kernels" / key
        if root.is_dir() and _unusable(folder) is None:
            return folder
    return Path(tempfile.mkdtemp(prefix="byhand-kernels-"))


def _number_apart() -> None:
    """Have Numba number what it compiles from a number of this process's own.

    The numbers are part of the names of functions, by which `kernels.tape` finds them.
    Numba begins at 1, so two that were compiled in two processes and come from the
    cache might have one name.
    """
    from numba.core import bytecode

    numbered: Any = bytecode.FunctionIdentity
    next(numbered._unique_ids)  # that it is there
    numbered._unique_ids = itertools.count(secrets.randbits(48))


def _check_files(folder: Path) -> None:
    """Have Numba end the files in a folder with a checksum, and see to it that it fits.

    Numba itself fails at a damaged index, and LLVM ends the process at damaged code.
    """
    from numba.core import caching

    numbas: Any = caching.IndexDataCacheFile

    class CheckedFile(numbas):
        @property
        def _ours(self) -> bool:
            return folder in Path(self._cache_path).parents

        def _load_index(self) -> Any:
            sound = not self._ours or is_sound(Path(self._index_path))
            return super()._load_index() if sound else {}

        def _load_data(self, name: str) -> Any:
            if self._ours and not is_sound(Path(self._data_path(name))):
                raise OSError("damaged")  # taken as a file that is gone
            return super()._load_data(name)

        @contextmanager
        def _open_for_write(self, path: str) -> Iterator[io.BytesIO]:
            content = io.BytesIO()
            yield content
            if self._ours:
                content.write(hashlib.sha256(content.getvalue()).digest())
            with super()._open_for_write(path) as file:
                file.write(content.getvalue())

    if all(hasattr(numbas, n) for n in ("_load_index", "_load_data", "_data_path")):
        caching.IndexDataCacheFile = CheckedFile


def is_sound(path: Path) -> bool:
    """Return whether a file of the cache ends with its checksum; remove it if not."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    if hashlib.sha256(content[:-CHECKSUM]).digest() == content[-CHECKSUM:]:
        return True
    path.unlink(missing_ok=True)
    return False
