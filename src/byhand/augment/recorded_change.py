"""Moving and bending a shard's images by kernels that can be recorded.

What is random is drawn before, into memory that the kernels read.

Letters: N images of M, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.augment.elastic import drawn_key, elastic_factors
from byhand.types import Images, Integers


class RecordedChange:
    """An augmentation that moves only (`moves_only`), for shards of one size.

    It gives what the augmentation itself gives with the same generator.

    Args:
        change: the augmentation.
        images: (M, H, W) uint8, contiguous.
        out: (N, H, W) uint8, gets the images.
    """

    def __init__(self, change: Augmentation, images: Images, out: Images) -> None:
        self.change, self.images, self.out = change, np.asarray(images), out
        count, (height, width) = len(out), images.shape[1:]
        self.indices = np.zeros(count, np.int64)
        self.moves = np.zeros((2, count), np.int64)
        self.matrices = np.zeros(6 * count, np.float32)
        self.key = np.zeros(2, np.uint32)
        fields = 2 * count if change.bends and change.elastic else 0
        self.fields = np.empty((fields, height, width), np.float32)

    def draw(self, indices: Integers, rng: np.random.Generator | None) -> None:
        """Choose the images (N,) and draw how each changes."""
        self.indices[:] = indices
        if rng is None:
            return
        change, count = self.change, len(indices)
        if not change.bends:
            self.moves[:] = rng.integers(-change.shift, change.shift + 1, (2, count))
            return
        matrices = change.matrices(self.images, indices, rng)
        self.matrices[:] = matrices.reshape(-1)
        if change.elastic:
            self.key[:] = drawn_key(rng)

    def launch(self, launch: Callable[..., None]) -> None:
        """Have the images changed by kernels."""
        from byhand.kernels import gather, warp

        images, out = self.images.reshape(-1), self.out.reshape(-1)
        shape = self.images.shape
        if not self.change.bends:
            down, right = self.moves
            launch(gather.gather, images, self.indices, down, right, out, shape)
            return
        if self.change.elastic:
            factors = elastic_factors(shape[1:], self.change.elastic)
            line = np.empty(shape[2], np.float32)
            launch(warp.smooth_fields, self.key, *factors, line, self.fields)
        launch(
            warp.warp, images, self.indices, self.matrices, self.fields.reshape(-1),
            out, shape,
        )  # fmt: skip


def recorded_change(
    change: Augmentation, images: Images, out: Images
) -> RecordedChange | None:
    """Return it, or None where kernels cannot do it all."""
    suits = images.ndim == 3 and images.dtype == np.uint8 and images.flags.c_contiguous
    return RecordedChange(change, images, out) if suits and change.moves_only else None
