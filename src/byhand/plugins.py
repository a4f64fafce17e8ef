"""Layers, optimisers and augmentations in a file of the user's own.

A file is imported when the user names it, by `--plugin` or `load_plugin`, and only
then: the names of plug-ins in a model's header serve for messages.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

from byhand.augment.own import AUGMENTATIONS, OwnAugmentation
from byhand.errors import PluginError
from byhand.nn.layer import Layer
from byhand.nn.network import LAYERS
from byhand.nn.optim import OPTIMIZERS, Optimizer
from byhand.registry import GROUPS, ORIGINS, check_part
from byhand.words import one_line

TABLES: dict[str, dict[str, Any]] = dict(
    zip(GROUPS, (LAYERS, OPTIMIZERS, AUGMENTATIONS), strict=True)
)
BASES = dict(zip(GROUPS, (Layer, Optimizer, OwnAugmentation), strict=True))
LOADED: dict[Path, Plugin] = {}


@dataclass(frozen=True)
class Plugin:
    """What a file of the user's own has given.

    Attributes:
        path: of the file.
        layers: the kinds of its layers.
        optimizers: the kinds of its optimisers.
        augmentations: the kinds of its augmentations.
    """

    path: Path
    layers: tuple[str, ...] = ()
    optimizers: tuple[str, ...] = ()
    augmentations: tuple[str, ...] = ()


def load_plugin(path: str | Path) -> Plugin:
    """Run a Python file, and make what it defines known by its kind.

    That is every class derived from `byhand.nn.Layer`, `byhand.nn.Optimizer` or
    `byhand.OwnAugmentation` with a `kind`; a name that begins with _ is passed over. A
    file that is loaded again replaces what it gave before.

    Args:
        path: of the file. It is run as any Python program is: load only what you trust.

    Raises:
        PluginError: it cannot be imported, has no such class, or one that lacks a
            method or has a kind that is taken; with the file and the line.
    """
    path = Path(path)
    module, place = _imported(path), path.resolve()
    before = LOADED.get(place, Plugin(path))
    found = _checked(path, module, before)
    for group, parts in found.items():
        for kind in getattr(before, group):
            del TABLES[group][kind]
        TABLES[group].update(parts)
        ORIGINS.update({part: {"file": path.name} for part in parts.values()})
    LOADED[place] = Plugin(path, **{group: tuple(p) for group, p in found.items()})
    return LOADED[place]


def _checked(
    path: Path, module: ModuleType, before: Plugin
) -> dict[str, dict[str, type]]:
    """Return the parts of a module by group and kind, all of them fit for use."""
    found: dict[str, dict[str, type]] = {group: {} for group in GROUPS}
    for group, part in _parts(module):
        where = f"{path}, line {inspect.getsourcelines(part)[1]}"
        check_part(where, part, group)
        kind: str = part.kind  # type: ignore[attr-defined]
        taken = kind in TABLES[group] and kind not in getattr(before, group)
        if taken or kind in found[group]:
            raise PluginError(
                f"{where}: expected a kind of its own for {part.__name__}, got"
                f" {kind!r}, which is taken; try another word"
            )
        found[group][kind] = part
    if not any(found.values()):
        raise PluginError(
            f"{path}: expected a class derived from byhand.nn.Layer,"
            " byhand.nn.Optimizer or byhand.OwnAugmentation, found none"
        )
    return found


def loaded() -> tuple[str, ...]:
    """Return the paths of all plug-ins loaded here, for another process to load."""
    return tuple(str(path) for path in LOADED)


def load_missing(paths: Iterable[str]) -> None:
    """Load the plug-ins of these paths that are not loaded in this process."""
    for path in map(Path, paths):
        if path not in LOADED:
            load_plugin(path)


def _imported(path: Path) -> ModuleType:
    """Return the module that a file defines; PluginError where it does not."""
    if not path.is_file():
        raise PluginError(f"{path}: expected a plug-in's file, found none")
    name = f"byhand_plugin_{path.stem}"
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path}: expected a Python file; its name must end in .py")
    module = util.module_from_spec(spec)
    known = sys.modules.get(name)
    sys.modules[name] = module  # where inspect and dataclasses find it
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if known is not None:
            sys.modules[name] = known
        raise _explained(path, error) from error
    return module


def fault(error: BaseException) -> PluginError | None:
    """Return in a line where the code of a plug-in failed; None if none did."""
    for plugin in LOADED.values():
        if _where(plugin.path, error):
            return _explained(plugin.path, error)
    return None


def _explained(path: Path, error: BaseException) -> PluginError:
    """Return what a plug-in's code raised, with the file and the line."""
    reason = one_line(getattr(error, "msg", None) or error, 200)
    kind = type(error).__name__
    return PluginError(f"{path}{_where(path, error)}: {kind}: {reason}")


def _where(path: Path, error: BaseException) -> str:
    """Return ", line N" of the file where an error came up; "" where none is known."""
    here = os.path.abspath(path)  # as the importer has it
    if isinstance(error, SyntaxError) and error.filename == here:
        return f", line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == here]
    return f", line {lines[-1]}" if lines else ""


def _parts(module: ModuleType) -> Iterator[tuple[str, type]]:
    """Give the group and the class of each part that a module defines."""
    for name, value in vars(module).items():
        here = inspect.isclass(value) and value.__module__ == module.__name__
        if here and not name.startswith("_"):
            for group, base in BASES.items():
                if base in value.__mro__[1:]:
                    yield group, value
