"""`--isa` holds every side to one instruction set, and the output names it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import __main__, inference, isa, machine
from benchmarks.report import Report

NEW = {"baseline": ["X86_V2"], "found": ["X86_V3", "X86_V4", "AVX512_ICL"]}
OLD = {  # NumPy before 2.4
    "baseline": ["SSE", "SSE2", "SSE3"],
    "found": ["SSSE3", "SSE41", "SSE42", "AVX", "FMA3", "AVX2", "AVX512_SKX"],
}
ALL = ["avx512", "avx2", "baseline"]


@pytest.fixture(autouse=True)
def simd(monkeypatch):
    """What NumPy says of the processor: AVX-512, unless a test changes it."""
    found = dict(NEW)
    monkeypatch.setattr(np, "show_config", lambda mode: {"SIMD Extensions": found})
    monkeypatch.setattr(isa.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(isa, "_version", lambda name: (0, 10))
    monkeypatch.delenv(isa.HELD, raising=False)
    return found


def test_sets_are_what_the_processor_has(simd, monkeypatch):
    assert isa.available() == ALL
    simd.update(OLD)
    assert isa.available() == ALL
    simd["found"] = ["X86_V3"]
    assert isa.available() == ALL[1:]
    simd["found"] = []
    assert isa.available() == ["baseline"]
    monkeypatch.setattr(isa.platform, "machine", lambda: "arm64")
    assert isa.available() == ["neon"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("avx2", ["avx2", "AVX2", "Haswell", "X86_V4 AVX512_ICL", "AVX2"]),
        ("baseline", ["default", "SSE41", "Nehalem", " ".join(NEW["found"]), "SSE4_2"]),
    ],
)
def test_every_library_is_held_by_its_own_switch(name, expected, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX --xla_dump_to=x")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "+sse2")
    found = isa.environment(name, ALL)
    names = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE")
    *switches, limit = expected
    assert [found[k] for k in (*names, "NPY_DISABLE_CPU_FEATURES")] == switches
    flags = ["--xla_dump_to=x", f"--xla_cpu_max_isa={limit}", isa.YNNPACK]
    assert found["XLA_FLAGS"].split() == flags
    assert found["BYHAND_ISA"] == found[isa.HELD] == name
    assert "NUMBA_CPU_FEATURES" not in found
    assert found["PATH"] == os.environ["PATH"]


def test_an_older_jax_gets_no_flag_that_it_would_refuse(monkeypatch):
    monkeypatch.setattr(isa, "_version", lambda name: (0, 9))
    assert isa.environment("avx2", ALL)["XLA_FLAGS"] == "--xla_cpu_max_isa=AVX2"


def test_the_widest_set_is_what_libraries_use_unasked(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    monkeypatch.setenv("NPY_DISABLE_CPU_FEATURES", "AVX512_ICL")
    found = isa.environment("avx512", ALL)
    assert found[isa.HELD] == "avx512"
    switches = {*isa.SWITCHES["avx2"], *isa.SWITCHES["baseline"], *isa.CLEARED}
    assert [k for k in switches if found.get(k)] == []


def test_numpy_is_asked_to_disable_only_what_it_has(simd):
    simd.update(OLD)
    assert isa.wider("avx2") == ["AVX512_SKX"]
    assert isa.wider("baseline") == ["AVX", "FMA3", "AVX2", "AVX512_SKX"]


@pytest.mark.parametrize("name", ["avx2", "baseline"])
def test_numpy_and_openblas_say_that_they_are_held(name, monkeypatch):
    monkeypatch.undo()
    if name not in isa.available():
        pytest.skip(f"this processor has no {name}")
    program = "import byhand.model; from benchmarks import isa; print(isa.in_use())"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=Path(__file__).parents[1],
        env=isa.environment(name, isa.available()),
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert f"'byhand': '{name}'" in done.stdout or "plain NumPy" in done.stdout
    assert "X86_V4" not in done.stdout and "SkylakeX" not in done.stdout


@pytest.mark.parametrize("name", ["sse9", "neon"])
def test_a_set_that_is_not_there_is_refused_with_what_to_try(name, capsys):
    with pytest.raises(SystemExit) as end:
        __main__.main(["reading", "--isa", name])
    assert end.value.code == 2
    assert (
        f"expected --isa among avx512, avx2, baseline, which this processor has, got "
        f"{name!r}; try --isa avx512"
    ) in capsys.readouterr().err


@pytest.fixture
def one_job(monkeypatch):
    def run(runs, say):
        return Report("a job", ("", "ms"), [("byhand", "1.5")], "timed", {})

    monkeypatch.setattr(__main__, "JOBS", {"one": run})


def test_the_program_starts_itself_again_held(one_job, monkeypatch):
    calls = []

    def started(command, env):
        calls.append((command, env[isa.HELD]))
        return SimpleNamespace(returncode=3)

    monkeypatch.setattr(subprocess, "run", started)
    words = ["one", "--isa", "avx2", "--runs", "2"]
    assert __main__.main(words) == 3
    assert calls == [([sys.executable, "-m", "benchmarks", *words], "avx2")]


def test_a_process_that_is_held_measures(one_job, monkeypatch, capsys):
    monkeypatch.setenv(isa.HELD, "avx2")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace())
    assert __main__.main(["one", "--isa", "avx2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["machine"]
    assert found["isa"] == "avx2"
    assert found["instruction_sets"]["JAX"] == "AVX2 at most"
    assert found["instruction_sets"]["NumPy"] == "AVX512_ICL"  # the last that it found


def test_a_library_says_what_it_uses_or_that_nobody_knows(monkeypatch):
    cpu = SimpleNamespace(get_cpu_capability=lambda: "AVX512")
    torch = SimpleNamespace(backends=SimpleNamespace(cpu=cpu))
    for name in ("torch", "jax", "onnxruntime"):
        monkeypatch.setitem(sys.modules, name, torch)
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    monkeypatch.setattr("byhand.kernels.cache.compiled_wanted", lambda: False)
    found = isa.in_use()
    assert found["byhand"] == "plain NumPy"
    assert found["PyTorch"] == "AVX512"
    assert found["JAX"] == "its own choice"
    assert found["ONNX Runtime"] == "its own choice (no switch)"


def test_the_lines_name_processor_and_sets():
    found = {
        **{"cpu": "a CPU", "cores": 2, "threads": 2, "system": "Linux", "python": "3"},
        **{"versions": {"numpy": "2"}, "instruction_sets": {"byhand": "avx2"}},
        **{"isa": None, "warning": ""},
    }
    lines = machine.line(found).splitlines()
    assert lines[1:] == ["instruction sets: byhand avx2", "Python 3, numpy 2"]
    lines = machine.line({**found, "isa": "avx2", "warning": "slow"}).splitlines()
    assert (lines[1], lines[-1]) == ("held to avx2: byhand avx2", "slow")


def test_an_environment_that_holds_openblas_is_reported(monkeypatch):
    monkeypatch.setattr(machine, "older_kernels", lambda: "OPENBLAS_CORETYPE=Nehalem")
    assert machine.describe()["warning"] == "OPENBLAS_CORETYPE=Nehalem"
    monkeypatch.setenv(isa.HELD, "baseline")  # then it is what was asked for
    assert machine.describe()["warning"] == ""


def test_the_row_of_onnx_runtime_says_that_it_has_no_switch(monkeypatch):
    assert isa.runtime_label(inference.RUNTIME) == inference.RUNTIME
    monkeypatch.setenv(isa.HELD, "avx2")
    assert isa.runtime_label("ONNX") == "ONNX, no switch for the instruction set"
