"""A network as the header of a model file describes it, once it has been checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from byhand.errors import ByhandError, ModelError, PluginError
from byhand.nn.init import PLACEHOLDERS
from byhand.nn.network import LAYERS, Network, build
from byhand.nn.pixels import Pixels
from byhand.registry import check_available, origins
from byhand.types import Shape
from byhand.words import shortened

LONGEST_NAME = 255  # characters of a class's name, as of a folder's
LARGEST_SIDE = 1024  # pixels; a file that claims more is not believed


def plugins_of(network: Network) -> dict[str, Any]:
    """Return what a header says of the plug-ins that gave layers; {} for none."""
    plugins = origins(("layers", type(layer)) for layer in network.layers)
    return {"plugins": plugins} if plugins else {}


def check_text(network: Network, image_shape: Shape) -> None:
    """Raise ModelError unless the text of the network describes its layers in full."""
    for layer in network.layers:
        if LAYERS.get(layer.kind) is not type(layer):
            name = type(layer).__name__
            raise ModelError(
                f"model: expected layers that can be read again, got {name} of kind "
                f"{layer.kind!r}; give it a kind of its own and add it: "
                f"byhand.nn.network.LAYERS[{name}.kind] = {name}"
            )
    again = build(str(network), image_shape, init=PLACEHOLDERS)
    for layer, other in zip(network.layers, again.layers, strict=True):
        for name, value in vars(layer).items():
            setting = isinstance(value, str | int | float)
            if setting and getattr(other, name, None) != value:
                raise ModelError(
                    f"model: expected a text of {layer.kind} that says {name} = "
                    f"{value!r}, got {str(layer)!r}; give {type(layer).__name__} "
                    "__str__ and parse that agree"
                )


def network_of(header: dict[str, Any]) -> Network:
    """Return the network that a file's header describes, without its arrays."""
    shape = tuple(header["input"]["shape"])
    sides = all(type(s) is int and 0 < s <= LARGEST_SIDE for s in shape)
    if len(shape) not in (2, 3) or not sides:
        raise ModelError(
            f"expected two or three sides up to {LARGEST_SIDE}, got {shape!r:.200}"
        )
    check_available(header, {"layers": LAYERS})
    scaling, architecture = header["input"]["scaling"], header["architecture"]
    network = build(f"{scaling} | {architecture}", shape, init=PLACEHOLDERS)
    if not isinstance(network.layers[0], Pixels):
        raise ModelError(f"expected pixels first, got {scaling!r:.200}")
    outputs = network.output_shape(shape)
    if len(outputs) != 1:
        raise ModelError(f"expected a flat output, got one of shape {outputs}")
    names, count = header["class_names"], outputs[0] - rejects(header)
    if type(names) is not list or len(names) != count:
        raise ModelError(f"expected {count} class names, got {names!r:.200}")
    if not all(isinstance(n, str) and len(n) <= LONGEST_NAME for n in names):
        raise ModelError(
            f"expected class names up to {LONGEST_NAME} characters, got {names!r:.200}"
        )
    if not isinstance(header["info"], dict):
        raise ModelError(f"expected info by names, got {header['info']!r:.200}")
    return network


def rejects(header: dict[str, Any]) -> bool:
    """Return whether there is a reject class; older files call it something_else."""
    return header.get("reject_class", header.get("something_else", False)) is True


@contextmanager
def misfits_explained(path: Path) -> Iterator[None]:
    """Turn what is raised inside into ModelError, for a file that does not fit."""
    try:
        yield
    except PluginError as error:
        raise PluginError(f"{path}: {error}") from error
    except (
        *(KeyError, TypeError, ValueError, AttributeError),
        *(OverflowError, MemoryError, ByhandError),
    ) as error:
        reason = str(error) if isinstance(error, ByhandError) else repr(error)
        raise ModelError(
            f"{path}: a model that does not fit: {shortened(reason, 250)}"
        ) from error
