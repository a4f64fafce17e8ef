"""What kernels are compiled for: found, forced, and refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from byhand.errors import TargetError
from byhand.kernels.cache import compiled_wanted

pytest.importorskip("numba")
from byhand.kernels.target import NAMES, TARGETS, available, chosen, sets

ZEN_1 = {"avx2": True, "fma": True, "avx512f": False}
SANDY_BRIDGE = {"avx": True, "avx2": False, "fma": False}
ICE_LAKE = {"avx2": True, "fma": True, "avx512f": True, "avx512vl": True}
KNIGHTS_LANDING = {"avx2": True, "fma": True, "avx512f": True, "avx512vl": False}


@pytest.mark.parametrize(
    ("architecture", "features", "expected"),
    [
        ("x86_64", ICE_LAKE, ["avx512", "avx2", "baseline"]),
        ("x86_64", ZEN_1, ["avx2", "baseline"]),
        ("x86_64", KNIGHTS_LANDING, ["avx2", "baseline"]),
        ("x86_64", SANDY_BRIDGE, ["baseline"]),
        ("x86_64", {}, ["baseline"]),
        ("aarch64", {}, ["neon", "baseline"]),
        ("arm64", {"fp-armv8": True}, ["neon", "baseline"]),
        ("riscv64", {}, ["baseline"]),
    ],
)
def test_the_sets_of_a_processor_are_found_the_widest_first(
    architecture, features, expected
):
    assert available(architecture, features) == expected


def test_the_widest_is_chosen_unless_another_is_named():
    assert chosen(None, ["avx2", "baseline"]) is TARGETS["avx2"]
    assert chosen("", ["avx2", "baseline"]) is TARGETS["avx2"]
    assert chosen("baseline", ["avx2", "baseline"]) is TARGETS["baseline"]


@pytest.mark.parametrize("name", ["avx512", "neon", "AVX2", "sse"])
def test_a_set_that_is_not_there_is_refused(name):
    with pytest.raises(TargetError, match=f"expected one of avx2, base.*got {name};"):
        chosen(name, ["avx2", "baseline"])


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"BYHAND_KERNELS": ""} | environment,
        capture_output=True,
        text=True,
    )


COMPILE = """
import numpy as np
from byhand.kernels.update import _flat_step as step
a, half = [np.ones(640, np.float32) for _ in range(3)], np.float32(0.5)
step(*a, half, half, False)
[code] = step.inspect_asm().values()
print("ymm" in code, sum(step.stats.cache_hits.values()))
"""


@pytest.mark.skipif("avx2" not in sets(), reason="needs a processor with AVX2")
def test_numba_compiles_for_the_forced_set_and_its_cache_tells_sets_apart(tmp_path):
    if not compiled_wanted():
        pytest.skip("no kernel is compiled")
    results = [
        run(COMPILE, BYHAND_ISA=name, BYHAND_CACHE=str(tmp_path)).stdout.split()
        for name in ("baseline", "avx2", "baseline", "avx2")
    ]
    assert results == [
        ["False", "0"],
        ["True", "0"],
        ["False", "1"],  # no assembly is kept in the cache
        ["False", "1"],
    ]


def test_a_set_cannot_be_forced_after_numba_was_used():
    used = "import numba; numba.njit(lambda x: x + 1)(1)\n"
    result = run(used + "import byhand.kernels.compiled", BYHAND_ISA="baseline")
    assert "TargetError: BYHAND_ISA: expected Numba to compile for" in result.stderr


def test_the_command_line_says_so_in_one_line():
    program = "from byhand.cli import main; raise SystemExit(main(['gradcheck']))"
    result = run(program, BYHAND_ISA="sse9")
    assert result.returncode == 1
    assert "expected one of" in result.stderr
    assert "Traceback" not in result.stderr


# what the plain layers compute, from networks in which every kernel runs, and in
# float64 from small ones that load and store as all do
COMPARE = """
import sys
import numpy as np
import test_fusion as fusion
for case, both_types in {
    "two, and 24 filters": False,
    "by Winograd, before a pool and before the mean": False,
    "rows of a window that are no multiple of 8": True,
    "dense on pixels, several blocks and ReLU": True,
}.items():
    for dtype, within in ((np.float32, 1e-5), (np.float64, 1e-13))[: 1 + both_types]:
        fused, plain = fusion.both(case, dtype)
        images = fusion.ink(7, fusion.CASES[case][1], np.random.default_rng(0))
        ours, expected = (fusion.gradients(n, images) for n in (fused, plain))
        for name, g in expected.items():
            assert np.linalg.norm(ours[name] - g) <= within * np.linalg.norm(g), name
        y, expected_y = (n.forward(images)[0] for n in (fused, plain))
        assert abs(y - expected_y).max() <= within * abs(expected_y).max()
print("equal")
"""


@pytest.mark.slow  # compiles all kernels anew
@pytest.mark.parametrize("name", NAMES)
def test_kernels_give_what_the_plain_layers_give_on_every_target(name):
    if name not in sets()[1:]:
        pytest.skip("no set of this processor, or the one of all other tests")
    tests, others = str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join([tests, others])
    unmeasured = {"COVERAGE_PROCESS_CONFIG": ""}  # it slows down compiling
    result = run(COMPARE, BYHAND_ISA=name, PYTHONPATH=path, **unmeasured)
    assert result.stdout == "equal\n", result.stderr


def test_names_are_listed_widest_first():
    assert list(NAMES) == ["avx512", "avx2", "neon", "baseline"]
