"""Parts by the words that ask for them: byhand's own, a plug-in's, a package's.

A part is a class with a `kind`: a layer, an optimiser, an augmentation. Each room has
a dict of its kinds. `byhand.plugins` adds those of a file when it is asked to; those of
an installed package are added here when their kind is first asked for, by the entry
points of the dict's group. Nothing else is imported.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from byhand.errors import PluginError

GROUPS = ("layers", "optimizers", "augmentations")  # entry points are byhand.GROUP
METHODS = {  # what a part of a group must have itself
    "layers": ("forward", "backward"),
    "optimizers": ("step",),
    "augmentations": ("__call__",),
}
BASES = ("Layer", "Optimizer", "OwnAugmentation")  # have the methods but do nothing
RESERVED = "own"  # what a recipe says of an object or a function
KIND = re.compile(r"[^\s|]+")
FILE = re.compile(r"[\w][\w .+-]{0,80}")  # a name from a file that may be shown
ORIGINS: dict[type, dict[str, str]] = {}  # of what a plug-in gave: its file or package


def find(kinds: dict[str, Any], kind: str, group: str) -> Any:
    """Return the part of that kind, of an installed package if need be; None if none.

    Raises:
        PluginError: a package has it, and it cannot be imported or is none.
    """
    if kind in kinds or not KIND.fullmatch(kind):
        return kinds.get(kind)
    for point in entry_points(group=f"byhand.{group}", name=kind):
        where = f"{group[:-1]} {kind} of {_package(point)}"
        try:
            part = point.load()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(f"{where}: cannot be imported: {reason}") from error
        check_part(where, part, group)
        if part.kind != kind:
            raise PluginError(f"{where}: expected kind {kind!r}, got {part.kind!r}")
        kinds[kind] = part
        ORIGINS[part] = {"package": _package(point)}
    return kinds.get(kind)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module.partition(".")[0]


def check_part(where: str, part: Any, group: str) -> None:
    """Raise PluginError unless a class can be a part of a group.

    Args:
        where: it is defined, the beginning of the message.
        part: with a kind, and with the methods that its group needs, its own.
        group: one of GROUPS.
    """
    if not inspect.isclass(part):
        raise PluginError(f"{where}: expected a class, got {type(part).__name__}")
    kind = getattr(part, "kind", None)
    if not (isinstance(kind, str) and KIND.fullmatch(kind)):
        raise PluginError(
            f"{where}: expected {part.__name__} to have a kind, one word, got"
            f' {kind!r:.60}; give it kind = "{part.__name__.lower()}"'
        )
    if kind == RESERVED:
        raise PluginError(f"{where}: {kind!r} is taken; give {part.__name__} another")
    for method in METHODS[group]:
        owner = next((c for c in part.__mro__ if method in vars(c)), object)
        if owner is object or (is_ours(owner) and owner.__name__ in BASES):
            raise PluginError(
                f"{where}: expected {part.__name__} to have a method {method}, found"
                " none"
            )


def is_ours(part: type) -> bool:
    """Return whether a class is byhand's own, not of a plug-in."""
    return part.__module__.startswith("byhand.")


def origins(parts: Iterable[tuple[str, type]]) -> list[dict[str, Any]]:
    """Return which plug-ins gave these parts, and what each gave, for a file's header.

    Args:
        parts: a group and a class each; those of byhand itself are left out.
    """
    found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for group, part in parts:
        if not is_ours(part):
            origin = ORIGINS.get(part) or {"file": _file(part)}
            entry = found.setdefault(tuple(origin.items()), dict(origin))
            kinds = entry.setdefault(group, [])
            if part.kind not in kinds:  # type: ignore[attr-defined]
                kinds.append(part.kind)  # type: ignore[attr-defined]
    return list(found.values())


def _file(part: type) -> str:
    """Return the name of the file in which a class is defined; "" in a notebook."""
    try:
        return Path(inspect.getfile(part)).name
    except (TypeError, OSError):
        return ""


def check_available(header: Any, tables: Mapping[str, dict[str, Any]]) -> None:
    """Raise PluginError where a file needs parts that no plug-in has given here.

    Nothing that the header names is imported, except what is installed.

    Args:
        header: of a file, of unknown origin; its "plugins" are as `origins` gives them.
        tables: the kinds of each group that are needed here.
    """
    entries = header.get("plugins", []) if isinstance(header, dict) else []
    for entry in entries if isinstance(entries, list) else []:
        for group, kinds in tables.items():
            named = entry.get(group) if isinstance(entry, dict) else None
            for kind in named if isinstance(named, list) else []:
                if isinstance(kind, str) and find(kinds, kind, group) is None:
                    raise PluginError(_missing(entry, group, kind))


def _missing(entry: dict[str, Any], group: str, kind: str) -> str:
    """Return the message for a part that is not known here, from a file's header."""
    file, package = (_shown(entry.get(name)) for name in ("file", "package"))
    what = f"expected the {group[:-1]} {_shown(kind) or '?'}"
    if package:
        return f"{what} of the package {package}, found none; try pip install {package}"
    if not file.endswith(".py"):
        return f"{what} of a plug-in, found none; try --plugin with its file"
    return (
        f"{what} of the plug-in {file}, found none; if you trust that file, try"
        f" --plugin {file} (in Python, byhand.load_plugin)"
    )


def _shown(name: Any) -> str:
    """Return a name from a file if it is a harmless one, else ""."""
    return name if isinstance(name, str) and FILE.fullmatch(name) else ""
