"""OpenBLAS, if the environment holds it to kernels of an older processor."""

from __future__ import annotations

import os

import numpy as np
from threadpoolctl import threadpool_info

# Its names of processors, by the widest vectors that their kernels use.
AVX512 = {"skylakex", "cooperlake", "sapphirerapids"}
AVX2 = {"haswell", "zen", "excavator"}


def older_kernels() -> str:
    """Return a line on an OPENBLAS_CORETYPE that makes products slower; "" if none."""
    name = os.environ.get("OPENBLAS_CORETYPE")
    if not name:
        return ""
    blas = (i for i in threadpool_info() if i["internal_api"] == "openblas")
    used = {str(i["architecture"]).lower() for i in blas}
    best = fitting()
    if not best or used <= best:
        return ""
    return (
        f"OPENBLAS_CORETYPE={name} holds matrix products to the instructions of an "
        "older processor, which may be slower; try without it"
    )


def fitting() -> set[str]:
    """Return the names whose kernels use all that an x86 processor has; lower case."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    names = {*simd.get("baseline", []), *simd.get("found", [])}
    if names & {"X86_V4", "AVX512_SKX"}:
        return AVX512
    return AVX2 | AVX512 if names & {"X86_V3", "AVX2"} else set()
