"""Whether kernels are compiled, and where what was compiled is kept."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from importlib import util
from pathlib import Path

import platformdirs


@functools.cache
def compiled_wanted() -> bool:
    """Return whether to use the compiled kernels; sets up their cache if so."""
    if os.environ.get("BYHAND_KERNELS") == "reference" or not util.find_spec("numba"):
        return False
    from numba import config

    config.CACHE_DIR = str(cache_folder())
    return True


def compiled_before() -> bool:
    """Return whether kernels of these sources were compiled by an earlier run."""
    return any(cache_folder().rglob("*.nbi"))


def cache_folder() -> Path:
    """Return a private, writable folder for what Numba compiles from these sources.

    The same one throughout a process. It is named by a hash of the sources: a new
    version never meets an old cache. Where the user's cache folder cannot be written,
    it is a temporary one.
    """
    return _folder_in(
        os.environ.get("BYHAND_CACHE") or str(platformdirs.user_cache_path("byhand"))
    )


@functools.cache
def _folder_in(base: str) -> Path:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    folder = Path(base) / "kernels" / key[:16]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="byhand-kernels-"))
