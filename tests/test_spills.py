"""No kernel's inner loop keeps sums in memory, on any target: read in its assembly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")
from byhand.kernels.target import sets
from spills import ARM, X86, spills

PROGRAM = Path(__file__).with_name("spills.py")


@pytest.mark.slow  # compiles all kernels anew
@pytest.mark.parametrize("name", ["avx512", "avx2", "neon", "baseline"])
def test_no_inner_loop_spills(name, tmp_path):
    # code for ARM is made from code for any processor
    compiled_for = "baseline" if name == "neon" else name
    if compiled_for not in sets() or "neon" in sets():
        pytest.skip("this processor's kernels are others")
    result = subprocess.run(
        [sys.executable, str(PROGRAM), name],
        env=os.environ
        | {"BYHAND_ISA": compiled_for, "BYHAND_CACHE": str(tmp_path)}
        | {"BYHAND_KERNELS": "", "COVERAGE_PROCESS_CONFIG": ""},  # unmeasured: faster
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    found = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert len(found) > 10
    # without a fused product one loop of the gathered backward reads a number again
    allowed = {"0", "1"} if name == "baseline" else {"0"}
    assert {k: c for k, c in found.items() if set(c.split()) - allowed} == {}


LOOP = """
.LBB0_1:
        vbroadcastss (%rdi), %ymm1
        {}
        vfmadd231ps (%rsi), %ymm1, %ymm2
        decq %rax
        jne .LBB0_1
        vmovups %ymm2, 32(%rsp)
"""


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("vmovups 32(%rsp), %ymm3", 1),
        ("vmovups %ymm3, (%rsp)", 1),
        ("vaddps 32(%rsp), %ymm3, %ymm4", 1),
        ("movq 32(%rsp), %rcx", 0),
        ("vmovups 32(%rdx), %ymm3", 0),
    ],
)
def test_a_spill_is_found_in_a_loop_and_nowhere_else(line, count):
    assert spills(LOOP.format(line), *X86) == [count]


def test_only_innermost_loops_with_products_count():
    outer = ".LBB0_0:\n vmovups 32(%rsp), %ymm3\n" + LOOP + " jne .LBB0_0\n"
    assert spills(outer.format("nop"), *X86) == [0]
    assert spills(LOOP.replace("vfmadd231ps", "vaddps").format("nop"), *X86) == []


def test_a_spill_on_arm_is_found():
    loop = (
        ".LBB0_3:\n\tldr q1, [sp, #32]\n\tfmla v0.4s, v1.4s, v2.s[0]\n\tb.ne\t.LBB0_3\n"
    )
    assert spills(loop, *ARM) == [1]
    assert spills(loop.replace("sp, #32", "x1"), *ARM) == [0]
