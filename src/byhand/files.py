"""Files: only regular ones are read; none is ever half written.

A writer holds a lock on its temporary file. The lock ends with its process, so that
what a killed process has left is known, and the next write to the folder removes it.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # pragma: no cover: Windows, where no open file can be removed
    fcntl = None  # type: ignore[assignment]

MARK = ".byhand-"  # in the name of every temporary file; eight characters follow
TEMPORARY = re.compile(r"\..+\.byhand-[a-z0-9_]{8}(\..*)?", re.DOTALL)
LONGEST = 100  # characters of the file's own name in that of its temporary one
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def irregular(path: str | os.PathLike[str]) -> str:
    """Return what a path is if it is no regular file, as "a named pipe"; else "".

    To read a pipe, a device or a socket may wait or go on for ever. A path of nothing
    gives "": opening it says why.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # ValueError: a path with a zero byte
        return ""
    return "" if stat.S_ISREG(mode) else KINDS.get(stat.S_IFMT(mode), "no file")


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file to be read, if it is a regular one; never wait for it.

    Raises:
        OSError: it cannot be opened, or is no regular file; with its name.
    """
    _refuse(path, irregular(path))  # before it is opened: that can wake a device
    file = open(path, "rb", opener=_without_waiting)
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):  # another since it was asked
        file.close()
        _refuse(path, KINDS.get(stat.S_IFMT(mode), "no file"))
    return file


def _refuse(path: str | os.PathLike[str], kind: str) -> None:
    if kind == KINDS[stat.S_IFDIR]:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if kind:
        raise OSError(errno.EINVAL, f"expected a regular file, got {kind}", str(path))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on leaving without error it becomes `path`.

    Readers see the old file or the new one, never a part; after a power cut too, since
    the new one is on the disk before it gets the name. Folders are made as needed.

    Raises:
        OSError: it cannot be written; with the name of `path`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(path.parent)
        with _temporary_file(path) as temporary:
            yield temporary
            _sync_name(temporary, os.O_RDWR)
            temporary.chmod(0o666 & ~_umask())  # made private; a result is not
            temporary.replace(path)
        with suppress(PermissionError):  # Windows, or a folder that may not be listed
            _sync_name(path.parent, os.O_RDONLY)
    except OSError as error:
        if error.errno is None or not _is_temporary(error.filename):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _is_temporary(name: object) -> bool:
    """Return whether an error has no file's name, or that of a temporary file."""
    return name is None or TEMPORARY.fullmatch(Path(str(name)).name) is not None


@contextmanager
def _temporary_file(path: Path) -> Iterator[Path]:
    """Give a new, locked file beside `path`; remove it, unless it was renamed."""
    start = os.fsencode(path.name)[:LONGEST].decode(errors="ignore")
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= LONGEST else ""
    while True:
        handle, name = tempfile.mkstemp(suffix, f".{start}{MARK}", path.parent)
        # Before it is locked, another process can take it for a leftover.
        if _lock(handle) is not False and os.path.exists(name):
            break
        os.close(handle)
    if fcntl is None:  # pragma: no cover: Windows lets nobody rename an open file
        os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
        if fcntl is not None:
            os.close(handle)


def clear_leftovers(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers are dead.

    `replacing` does so by itself. Nothing is removed where files cannot be locked.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if MARK in entry.name and TEMPORARY.fullmatch(entry.name):
                with suppress(OSError):
                    _remove_if_dead(entry.path)


def _remove_if_dead(name: str) -> None:
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(name, flags)
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode) and _lock(handle):
            os.unlink(name)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Lock an open file until its process ends; None where files have no locks.

    Returns:
        Whether it is locked now; False if another process has locked it.
    """
    if fcntl is None:  # pragma: no cover
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # pragma: no cover: a file system that has none
        return None
    return True


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a file's lock, and give whether nobody else has it.

    It is on another file beside it, hidden, which goes with the lock: the file itself
    may be replaced meanwhile. Where files have no locks, nobody is refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mark = path.with_name(f".{path.name[:LONGEST]}.lock")
    while True:
        handle = os.open(mark, os.O_RDWR | os.O_CREAT, 0o666)
        free = _lock(handle) is not False
        if not free or _is_same(handle, mark):
            break
        os.close(handle)  # it was removed when the last one let it go
    try:
        yield free
    finally:
        if free:
            with suppress(OSError):  # Windows removes no open file: it stays, unlocked
                mark.unlink()
        os.close(handle)


def _is_same(handle: int, path: Path) -> bool:
    """Return whether a path still has the file that was opened by it."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def sync(handle: int) -> None:
    """Have what was written to an open file stored on the disk itself."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise  # the others have no such thing: pipes, some network disks


def _sync_name(path: Path, flags: int) -> None:
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    try:
        sync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
