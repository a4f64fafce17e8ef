"""What the figures were measured on: processor, threads, system, versions."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import byhand

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
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def line(machine: dict[str, Any]) -> str:
    """What `describe` found, as two lines to print under the tables."""
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads a "
        f"side, {machine['system']}\nPython {machine['python']}, {versions}"
    )


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
