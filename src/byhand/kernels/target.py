"""The processor that kernels are compiled for: its vector registers and instructions.

Every kernel takes the size of its blocks from TARGET. BYHAND_ISA in the environment,
one of NAMES, forces a narrower instruction set than the processor has.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from byhand.errors import TargetError

WIDER = ("avx512", "avx10", "amx")  # how the features begin that AVX2 has not


class Target(NamedTuple):
    """An instruction set, as kernels see it.

    Attributes:
        name: one of NAMES.
        lanes: float32 numbers in a register; half as many float64 ones.
        registers: how many vector registers there are.
        fma: whether one instruction multiplies and adds, rounded once.
        compress: whether one instruction packs chosen numbers side by side.
    """

    name: str
    lanes: int
    registers: int
    fma: bool
    compress: bool


TARGETS = {
    "avx512": Target("avx512", lanes=16, registers=32, fma=True, compress=True),
    "avx2": Target("avx2", lanes=8, registers=16, fma=True, compress=False),
    "neon": Target("neon", lanes=4, registers=32, fma=True, compress=False),
    "baseline": Target("baseline", lanes=4, registers=16, fma=False, compress=False),
}
NAMES = tuple(TARGETS)


def available(architecture: str, features: Mapping[str, bool]) -> list[str]:
    """Return the names of the sets that a processor has, the widest first.

    Args:
        architecture: the first part of LLVM's triple.
        features: LLVM's names of what the processor has.
    """
    found = ["baseline"]
    if architecture in ("aarch64", "arm64"):
        found.insert(0, "neon")
    if features.get("avx2") and features.get("fma"):
        found.insert(0, "avx2")
        if features.get("avx512f") and features.get("avx512vl"):
            found.insert(0, "avx512")
    return found


def chosen(name: str | None, names: list[str]) -> Target:
    """Return the widest of the available sets, or the one with that name.

    Raises:
        TargetError: there is no such set, or the processor has it not.
    """
    if name and name not in names:
        raise TargetError(
            f"BYHAND_ISA: expected one of {', '.join(names)}, which this processor "
            f"has, got {name}; try BYHAND_ISA={names[0]}, or leave it unset"
        )
    return TARGETS[name or names[0]]


def features() -> dict[str, bool]:
    """Return what Numba may use of this processor, by LLVM's names."""
    from llvmlite import binding
    from numba import config

    if config.CPU_FEATURES is not None:  # the user's own NUMBA_CPU_FEATURES
        words = str(config.CPU_FEATURES).split(",")
        return {word[1:]: word.startswith("+") for word in words if word}
    try:
        return dict(binding.get_host_cpu_features())
    except RuntimeError:  # LLVM does not know this processor
        return {}


def sets() -> list[str]:
    """Return the names of the sets that Numba may use here, the widest first."""
    from llvmlite import binding

    architecture = binding.get_process_triple().partition("-")[0]
    return available(architecture, features())


TARGET = chosen(os.environ.get("BYHAND_ISA"), sets())


def hold_numba() -> None:
    """Have Numba compile for TARGET, where that is less than it may use.

    Numba's cache keeps apart what it compiles for different targets.

    Raises:
        TargetError: Numba has prepared to compile for another target.
    """
    from numba import config
    from numba.core.registry import cpu_target

    if TARGET.name == sets()[0]:
        return
    if TARGET.name == "avx2":  # the same processor without its wider registers
        config.CPU_FEATURES = ",".join(
            f"{'+' if has and not name.startswith(WIDER) else '-'}{name}"
            for name, has in sorted(features().items())
        )
    else:
        config.CPU_NAME, config.CPU_FEATURES = "generic", ""
    used = cpu_target.target_context.codegen().magic_tuple()[-1]
    if used != config.CPU_FEATURES:
        raise TargetError(
            f"BYHAND_ISA: expected Numba to compile for {TARGET.name}, got a program "
            "that used Numba before; try importing byhand's kernels first"
        )
