"""Step 2, reading: all the bytes of a file become one array, without a loop."""

import gzip
import time
from importlib import resources

import numpy as np


def read(path):
    """Return the array in a gzipped IDX file of bytes, shaped as its header says."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


if __name__ == "__main__":
    for path in sorted((resources.files("byhand") / "data" / "mnist").iterdir()):
        if path.name.endswith(".gz"):
            began = time.perf_counter()
            array = read(path)
            seconds = time.perf_counter() - began
            print(f"{path.name}: {array.shape}, sum {array.sum()}, {seconds:.3f} s")
