"""What a network's forward pass keeps for its backward pass."""

from __future__ import annotations

from typing import Any

from byhand.errors import ShapeError
from byhand.nn.run import Arena
from byhand.types import Array, Shape


class Caches(list[Any]):
    """What a pass keeps for `Network.backward`: the cache of each stage, in order.

    It says which network's it is, and whether its arena has been reused since: compiled
    kernels would take what is in it for places in an image.
    """

    def __init__(self, network: object, arena: Arena | None) -> None:
        super().__init__()
        self.network, self.arena = network, arena
        self.rewinds = arena.rewinds if arena else 0
        self.output_shape: Shape = ()

    def __repr__(self) -> str:
        return f"Caches({len(self)} stages)"

    def check(self, network: object, dy: Array) -> None:
        """Raise ShapeError unless this network's `backward` can take these and dy."""
        if self.network is not network:
            raise ShapeError(
                "network: expected caches of its own pass, got another network's"
            )
        if self.arena and self.arena.rewinds != self.rewinds:
            raise ShapeError(
                "network: expected caches of the arena's last forward pass, got older "
                "ones; call backward before the next forward, or use a second arena"
            )
        if dy.shape != self.output_shape:
            raise ShapeError(
                f"network: expected dy of shape {self.output_shape}, got {dy.shape}"
            )
