"""The instruction set of every side: `--isa avx2` holds all of them to it.

A library chooses its kernels once, when it is loaded, by the processor and a variable
of its own. So the program starts itself again with these variables set.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_info

HELD = "BYHAND_BENCHMARK_ISA"  # the set to which this process was started again
OWN_CHOICE = "its own choice"
UNHELD = "no switch for the instruction set"  # of ONNX Runtime
XLA_LIMIT = "--xla_cpu_max_isa"
SSE = {"SSSE3", "SSE41", "SSE42", "POPCNT"}  # NumPy's names that baseline leaves on

# What holds each library to a set narrower than the processor's.
SWITCHES: dict[str, dict[str, str]] = {
    "avx2": {
        "BYHAND_ISA": "avx2",
        "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own loops
        "ONEDNN_MAX_CPU_ISA": "AVX2",  # its convolutions, and JAX's products
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",  # its products
        "OPENBLAS_CORETYPE": "Haswell",  # of NumPy, SciPy and scikit-learn
        "XLA_FLAGS": f"{XLA_LIMIT}=AVX2",
    },
    "baseline": {
        "BYHAND_ISA": "baseline",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",  # the only one of MKL's that acts on AMD's processors
        "OPENBLAS_CORETYPE": "Nehalem",
        "XLA_FLAGS": f"{XLA_LIMIT}=SSE4_2",
    },
}
# JAX's products and convolutions are YNNPACK's, which has no switch; without it they
# are oneDNN's, which has one. An older JAX refuses the flag.
YNNPACK, YNNPACK_SINCE = "--xla_cpu_experimental_ynn_fusion_type=", (0, 10)
CLEARED = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NPY_DISABLE_CPU_FEATURES")


def available() -> list[str]:
    """Return the sets that the processor has, by NumPy's account, the widest first."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return ["neon"]
    names, found = set(simd_names()), ["baseline"]
    if names & {"AVX2", "X86_V3"}:
        found.insert(0, "avx2")
    if names & {"AVX512_SKX", "X86_V4"}:
        found.insert(0, "avx512")
    return found


def refused(name: str, names: Sequence[str]) -> str:
    """Return why sides cannot be held to a set, or "" if the processor has it."""
    if name in names:
        return ""
    expected = ", ".join(names)
    return (
        f"expected --isa among {expected}, which this processor has, got {name!r}; "
        f"try --isa {names[0]}, or none for the processor's own"
    )


def environment(name: str, names: Sequence[str]) -> dict[str, str]:
    """Return the environment in which every side is held to a set.

    The processor's widest set is what libraries use by themselves: switches that are
    set are taken out.
    """
    every = {key for switches in SWITCHES.values() for key in switches}
    found = {k: v for k, v in os.environ.items() if k not in {*every, *CLEARED}}
    flags = os.environ.get("XLA_FLAGS", "").split()
    flags = [f for f in flags if not f.startswith((XLA_LIMIT, YNNPACK))]
    if name != names[0]:
        found |= SWITCHES[name] | {"NPY_DISABLE_CPU_FEATURES": " ".join(wider(name))}
        flags.append(found["XLA_FLAGS"])
        flags += [YNNPACK] if _version("jaxlib") >= YNNPACK_SINCE else []
    return found | {HELD: name, "XLA_FLAGS": " ".join(flags)}


def wider(name: str) -> list[str]:
    """Return NumPy's names of what the processor has beyond a set.

    Only these: NumPy warns of a name that it does not know or the processor has not.
    """
    beyond = ("AVX512", "X86_V4") if name == "avx2" else ("",)
    return [n for n in _simd("found") if n.startswith(beyond) and n not in SSE]


def restarted(name: str, names: Sequence[str], argv: Sequence[str]) -> int:
    """Run the benchmarks in a process that is held to a set; return its exit code."""
    command = [sys.executable, "-m", "benchmarks", *argv]
    return subprocess.run(command, env=environment(name, names)).returncode


def held() -> str:
    """Return the set to which every side is held; "" if they are not."""
    return os.environ.get(HELD, "")


def runtime_label(name: str) -> str:
    """Return the name of ONNX Runtime's side, which says that it cannot be held."""
    return f"{name}, {UNHELD}" if held() else name


def in_use() -> dict[str, str]:
    """Return the set that every library loaded here says it uses."""
    from byhand.kernels.cache import compiled_wanted

    if compiled_wanted():
        from byhand.kernels.target import TARGET

        found = {"byhand": TARGET.name}
    else:
        found = {"byhand": "plain NumPy"}
    found["NumPy"] = simd_names()[-1]
    blas = [i for i in threadpool_info() if i["internal_api"] == "openblas"]
    if blas:
        found["OpenBLAS"] = ", ".join(sorted({i["architecture"] for i in blas}))
    if torch := sys.modules.get("torch"):
        found["PyTorch"] = torch.backends.cpu.get_cpu_capability()
    if "jax" in sys.modules:
        found["JAX"] = xla_limit(os.environ)
    if "onnxruntime" in sys.modules:
        found["ONNX Runtime"] = f"{OWN_CHOICE} (no switch)"
    return found


def xla_limit(environ: Mapping[str, str]) -> str:
    """Return what XLA is held to; it does not say what it uses."""
    flags = environ.get("XLA_FLAGS", "").split()
    limit = dict(flag.partition("=")[::2] for flag in flags).get(XLA_LIMIT)
    return f"{limit} at most" if limit else OWN_CHOICE


def simd_names() -> list[str]:
    """Return NumPy's names of the instruction sets that it uses, the widest last."""
    return [*_simd("baseline"), *_simd("found")]


def _simd(kind: str) -> list[str]:
    """Return what NumPy was built for, "baseline", or has found beyond, "found"."""
    return list(np.show_config(mode="dicts")["SIMD Extensions"].get(kind, []))


def _version(name: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version(name).split(".")[:2])
    except (PackageNotFoundError, ValueError):
        return ()
