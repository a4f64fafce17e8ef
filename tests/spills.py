"""How often the kernels' innermost loops access registers' contents in memory.

A program for `test_spills`, one target each: `python tests/spills.py avx2`. It prints
one line for each kernel with products in an innermost loop. Code for NEON is made from
the same intermediate code, on any machine; it is read, and not run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import binding

from byhand.kernels import target

NETWORKS = {
    (28, 28): "pixels | conv 24 5x5 | relu | maxpool 2 | conv 32 3x3 | relu "
    "| maxpool 2 | conv 64 3x3 pad 1 | relu | flatten | dense 64 | relu | dense 10",
    (14, 14): "pixels 1/255 -0.1 | conv 16 5x5 | relu | maxpool 2 | conv 40 3x3 pad 1 "
    "| relu | maxpool 2 | flatten | dense 10",
    (10, 10): "pixels | flatten | dense 128 | relu | dense 10",
}
# what multiplies and adds, and what names a vector register beside the stack
X86 = r"v?f(?:n?m)add\w+|v?mulp[sd]", r"%[xyz]mm\d+.*\(%rsp|\(%rsp.*%[xyz]mm\d+"
ARM = r"fml[as]", r"\b(?:ldr|str|ldp|stp|ldur|stur)\s+q\d+.*\[sp"
JUMP = re.compile(
    r"^\s+(?:j\w+|b(?:\.\w+)?|cbn?z\s+\w+,|tbn?z\s+\w+, #\d+,)\s+(\.L\w+)"
)


def innermost(assembly: str) -> Iterator[list[str]]:
    """Give the lines of each loop in which there is no other loop."""
    lines = assembly.splitlines()
    labels = {
        line[:-1]: i for i, line in enumerate(lines) if re.match(r"\.L\w+:$", line)
    }
    jumps = [(i, m[1]) for i, line in enumerate(lines) if (m := JUMP.match(line))]
    loops = [(labels[to], i) for i, to in jumps if labels.get(to, i) < i]
    for start, end in loops:
        if not any(start <= a and b < end for a, b in loops if (a, b) != (start, end)):
            yield lines[start : end + 1]


def spills(assembly: str, products: str, memory: str) -> list[int]:
    """Return how many accesses to memory each innermost loop with products has."""
    return [
        sum(bool(re.search(memory, line)) for line in loop)
        for loop in innermost(assembly)
        if any(re.search(products, line) for line in loop)
    ]


def cross_compiled(code: str) -> str:
    """Return a kernel's assembly for a 64-bit ARM processor."""
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    triple = "aarch64-unknown-linux-gnu"
    machine = binding.Target.from_triple(triple).create_target_machine(opt=3)
    code = re.sub(r"target (triple|datalayout) = .*", "", code)
    # counting references to arrays, outside the loops, is in x86's own terms already
    code = re.sub(r"(tail )?call i8 @llvm\.x86.*", "add i8 0, 0", code)
    module = binding.parse_assembly(f'target triple = "{triple}"\n{code}')
    return machine.emit_assembly(module)


def kernels() -> dict[str, Any]:
    """Return each kernel that training these networks compiles, by its name."""
    from byhand.nn import Run, build, softmax_cross_entropy

    found: dict[str, Any] = {}

    def launch(kernel: Any, *args: Any) -> None:
        module = kernel.py_func.__module__.rpartition(".")[2]
        name = f"{module}.{kernel.py_func.__qualname__.partition('.')[0]}"
        if kernel not in found.values():
            found[f"{name}#{len(found)}"] = kernel
        kernel(*args)

    for shape, text in NETWORKS.items():
        rng = np.random.default_rng(1)
        network = build(text, shape, rng=rng)
        images = rng.integers(0, 256, (2, *shape)).astype(np.uint8)
        logits, caches = network.forward(images, Run(training=True, launch=launch))
        dlogits = softmax_cross_entropy(logits, np.array([1, 2]))[1]
        network.backward(dlogits, caches)
    return found


def main(name: str) -> None:
    """Print each kernel with the accesses to memory of its innermost loops."""
    target.TARGET = target.TARGETS[name]
    for kernel_name, kernel in kernels().items():
        for signature in kernel.signatures:
            if name == "neon":
                code = cross_compiled(kernel.inspect_llvm(signature))
                counts = spills(code, *ARM)
            else:
                counts = spills(kernel.inspect_asm(signature), *X86)
            if counts:
                print(kernel_name, *counts, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
