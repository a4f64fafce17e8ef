"""What the figures were measured on: processor, instruction sets, system, versions."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import byhand
from benchmarks import isa
from byhand.nn.blas import older_kernels

PACKAGES = ("numpy", "scipy", "numba", "torch", "jax", "scikit-learn")
THREADS = 2  # the figures are for two cores, so that machines compare


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads() -> int:
    """How many threads every side is given."""
    return min(THREADS, cores())


def describe() -> dict[str, Any]:
    """Everything a reader needs to judge the figures, ready for JSON."""
    versions = {"byhand": byhand.__version__}
    versions |= {name: found for name in PACKAGES if (found := _version(name))}
    return {
        "cpu": cpu_model(),
        "cores": cores(),
        "threads": threads(),
        "isa": isa.held() or None,
        "instruction_sets": isa.in_use(),
        "warning": "" if isa.held() else older_kernels(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def line(machine: dict[str, Any]) -> str:
    """What `describe` found, as some lines to print under the tables."""
    versions, sets = (
        ", ".join(f"{name} {found}" for name, found in machine[key].items())
        for key in ("versions", "instruction_sets")
    )
    held = f"held to {machine['isa']}" if machine["isa"] else "instruction sets"
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads a "
        f"side, {machine['system']}",
        f"{held}: {sets}",
        f"Python {machine['python']}, {versions}",
        machine["warning"],
    ]
    return "\n".join(filter(None, lines))


def cpu_model() -> str:
    """The processor's name as its maker gives it, else its architecture."""
    ask = {"linux": _linux, "darwin": _macos, "win32": _windows}.get(sys.platform)
    try:
        name = ask() if ask else ""
    except (OSError, subprocess.SubprocessError):
        name = ""
    return name or platform.processor() or platform.machine() or "unknown processor"


def _linux() -> str:
    for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return ""


def _macos() -> str:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=10
    )
    return answer.stdout.strip()


def _windows() -> str:
    if sys.platform != "win32":  # for the type checker: winreg may be missing
        return ""
    import winreg

    place = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
        return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
