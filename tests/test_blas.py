"""OpenBLAS held to an older processor's kernels is noticed, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.nn import blas


@pytest.fixture
def openblas(monkeypatch):
    """OpenBLAS that uses the kernels it was held to, on a processor with AVX-512."""

    def held(name, found=("X86_V3", "X86_V4"), used=None):
        monkeypatch.setenv("OPENBLAS_CORETYPE", name)
        simd = {"baseline": ["X86_V2"], "found": list(found)}
        config = {"SIMD Extensions": simd}
        monkeypatch.setattr(np, "show_config", lambda mode: config)
        info = [
            {"internal_api": "openblas", "architecture": used or name},
            {"internal_api": "openmp"},
        ]
        monkeypatch.setattr(blas, "threadpool_info", lambda: info)

    return held


@pytest.mark.parametrize("name", ["Nehalem", "Haswell"])
def test_older_kernels_are_a_line_with_what_to_try(openblas, name):
    openblas(name)
    line = blas.older_kernels()
    assert line.startswith(f"OPENBLAS_CORETYPE={name} holds matrix products")
    assert line.endswith("try without it")


@pytest.mark.parametrize(
    ("name", "found", "used"),
    [
        ("", ("X86_V4",), "Nehalem"),  # a processor that has no better ones
        ("SkylakeX", ("X86_V3", "X86_V4"), None),
        ("no such processor", ("X86_V4",), "SkylakeX"),  # OpenBLAS ignores it
        ("Haswell", ("X86_V3",), None),
        ("Zen", ("AVX2",), None),
        ("ARMV8", ("ASIMDDP",), None),
    ],
)
def test_kernels_that_fit_are_no_line(openblas, name, found, used):
    openblas(name, found, used)
    assert blas.older_kernels() == ""
