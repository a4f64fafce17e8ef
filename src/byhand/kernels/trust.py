"""Whether only the user can change what is in a folder.

Numba unpickles what it finds in its cache, and runs it: whoever can write there can run
code as the user.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

LINKS = 40  # symbolic links in one path, as Linux allows
GROUP, OTHERS = stat.S_IWGRP, stat.S_IWOTH


def make_private(folder: Path) -> None:
    """Make a folder and the missing ones above it, for the user alone."""
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=0o700, exist_ok=True)


def distrust(folder: Path) -> str:
    """Return why another user could have put something into a folder, or "".

    It and all that is in it must be the user's own, and no other may write to it. Every
    folder and link on the way to it must belong to the user or to root, and no other
    may replace what is in it: a folder in which all may write must be sticky, as /tmp.

    Raises:
        OSError: it does not exist, or cannot be looked at.
    """
    if os.name == "nt":  # pragma: no cover: the user's own folder, by its rights
        return ""
    if reason := _untrusted_parent(Path.cwd() / folder):
        return reason
    for path in (folder, *folder.rglob("*")):
        found = path.lstat()
        if found.st_uid != os.getuid():
            return f"{path} belongs to another user"
        if stat.S_ISLNK(found.st_mode) and path != folder:
            return f"{path} is a link"
    writable = _writable_for(folder.stat())
    return f"{writable} can write to {folder}" if writable else ""


def _untrusted_parent(path: Path) -> str:
    """Return the first reason to distrust a part of an absolute path, or ""."""
    here, links = Path(path.anchor), 0
    parts = list(path.parts[1:])
    while parts:
        part = parts.pop(0)
        if part == "..":
            here = here.parent
            continue
        entry = here / part
        found = entry.lstat()
        if found.st_uid not in (os.getuid(), 0):
            return f"{entry} belongs to another user"
        if stat.S_ISLNK(found.st_mode):
            links += 1
            target = Path(os.readlink(entry))
            here = Path(target.anchor) if target.is_absolute() else here
            parts = [p for p in target.parts if p != target.anchor] + parts
            if links > LINKS:
                return f"{entry} is a link that leads nowhere"
            continue
        writable = _writable_for(found)
        if writable and not found.st_mode & stat.S_ISVTX:
            return f"{writable} can write to {entry}"
        here = entry
    return ""


def _writable_for(found: os.stat_result) -> str:
    """Return who else can write to a folder, or ""."""
    if found.st_mode & OTHERS:
        return "every user"
    if found.st_mode & GROUP and not _has_no_others(found.st_gid):
        return "a group"
    return ""


def _has_no_others(group: int) -> bool:
    """Return whether a group is root's, or one that the user has for himself."""
    import grp
    import pwd

    if group == 0:
        return True
    try:
        found, user = grp.getgrgid(group), pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    same = group == user.pw_gid and found.gr_name == user.pw_name
    return same and set(found.gr_mem) <= {user.pw_name}
