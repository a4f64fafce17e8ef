"""A network whose weights were changed by hand: numbers set, filters zeroed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from byhand.nn.network import Network
from byhand.types import Arrays

Change = dict[str, Any]  # {name, index, value}, or {filter: {layer, number}}


def misfit(network: Network, changes: Sequence[Change]) -> str | None:
    """Return what does not fit the network, in one line; None if all do."""
    arrays = network.arrays
    for number, change in enumerate(changes):
        filter_ = change.get("filter")
        name = f"{filter_['layer']}.w" if filter_ else change["name"]
        if name not in arrays:
            return f"changes.{number}: the network has no such array"
        most = arrays[name].shape[-1] if filter_ else arrays[name].size
        if (filter_["number"] if filter_ else change["index"]) >= most:
            return f"changes.{number}: expected a number below {most}"
    return None


def changed(network: Network, changes: Sequence[Change]) -> Network:
    """Return a network after changes that fit, in the order in which they were made."""
    arrays: Arrays = {name: array.copy() for name, array in network.arrays.items()}
    for change in changes:
        if "filter" in change:
            layer, number = change["filter"]["layer"], change["filter"]["number"]
            for name in (f"{layer}.w", f"{layer}.b"):
                if name in arrays:
                    arrays[name][..., number] = 0  # the last axis counts the filters
        else:
            arrays[change["name"]].flat[change["index"]] = change["value"]
    return network.with_arrays(arrays)
