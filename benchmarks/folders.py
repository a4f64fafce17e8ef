"""Folders of plain IDX files with as many images as wanted: MNIST's, over and over."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import numpy as np

import byhand

NO_ROOM = "skipped, the disk is too full"
SPARE = 2**30  # bytes of the disk to leave free


def write(parent: Path, count: int, dataset: byhand.Dataset) -> Path | None:
    """Return a new folder with `count` training images; None if the disk is too full.

    Its test images are the data set's. The bytes are on the disk when this returns, and
    in the system's cache as well if there is room in it.
    """
    train, test = dataset.train, dataset.test
    size = count * (1 + train.images[0].size)
    if shutil.disk_usage(parent).free < size + SPARE:
        return None
    folder = parent / str(count)
    folder.mkdir()
    with (folder / "train-images-idx3-ubyte").open("wb") as file:
        file.write(struct.pack(">4B3i", 0, 0, 8, 3, count, *dataset.image_shape))
        for written in range(0, count, len(train)):
            file.write(np.ascontiguousarray(train.images[: count - written]).data)
        file.flush()
        os.fsync(file.fileno())  # so that nothing is written while others are timed
    labels = np.resize(train.labels, count).astype(np.uint8)  # repeated, not zeros
    byhand.save_idx(folder / "train-labels-idx1-ubyte", labels)
    byhand.save_idx(folder / "t10k-images-idx3-ubyte", test.images)
    byhand.save_idx(folder / "t10k-labels-idx1-ubyte", test.labels.astype(np.uint8))
    return folder
