"""A network with its classes in one file: of those that come with the package.

The models of single digits have files of their own (`byhand.model`), since they hold
more: a calibration, and how they were trained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from byhand import tensors
from byhand.errors import ModelError
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.network import Network, build
from byhand.types import Shape


def write_network(
    network: Network,
    path: Path,
    kind: str,
    classes: Sequence[str],
    info: Mapping[str, object],
) -> None:
    """Write a network to a file, its arrays as float16.

    Args:
        network: what is written.
        path: of the file.
        kind: what it is for, in words.
        classes: names of its outputs.
        info: how it was made.

    Raises:
        ModelError: the file cannot be written.
    """
    header = {
        "architecture": str(network), "classes": [*classes], "info": dict(info)
    }  # fmt: skip
    arrays = {name: a.astype(np.float16) for name, a in network.arrays.items()}
    tensors.write(path, arrays, kind, header)


def read_network(
    path: Path, kind: str, classes: Sequence[str], shape: Shape, output: Shape
) -> Network:
    """Return the network in a file.

    Args:
        path: of the file.
        kind: what it must be for.
        classes: the names that its outputs must have.
        shape: of an input that it must take, without N.
        output: what it must give for it.

    Raises:
        ModelError: there is no such network in the file.
    """

    def described(header: dict[str, Any]) -> Network:
        text, named = header.get("architecture"), header.get("classes")
        if not isinstance(text, str) or named != [*classes]:
            raise ModelError(
                f"{path}: expected a network of the classes {', '.join(classes)}, got "
                f"{text!r:.100} of {named!r:.100}; try pip install --upgrade byhand"
            )
        network = build(text, shape, init=PLACEHOLDERS)
        found = network.output_shape(shape)
        if found != output:
            raise ModelError(
                f"{path}: expected an output of shape {output} for {shape}, got {found}"
            )
        return network

    def check(header: dict[str, Any], shapes: dict[str, Shape]) -> None:
        described(header).check(shapes)

    header, arrays = tensors.read(path, kind, check)
    network = described(header)
    network.load({name: a.astype(np.float32) for name, a in arrays.items()})
    return network
