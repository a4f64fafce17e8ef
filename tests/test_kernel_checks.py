"""What compiled kernels are given is checked: no index, size or type is believed."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import byhand
from byhand.errors import ShapeError
from byhand.kernels.checks import expect_indices, flat

pytest.importorskip("numba")
from byhand.kernels import gather, stroke, update, warp

IMAGES = np.zeros((4, 5, 6), np.uint8)
OUT = np.zeros((3, 5, 6), np.uint8)
THREE = np.arange(3)


def gathered(**changed: Any) -> None:
    given = {"images": IMAGES, "indices": THREE, "down": THREE, "right": THREE}
    gather.gathered(**{**given, "out": OUT.copy(), **changed})


def warped(**changed: Any) -> None:
    given = {
        "images": IMAGES,
        "indices": THREE,
        "matrices": np.zeros((3, 2, 3), np.float32),
        "fields": np.zeros((3, 2, 5, 6), np.float32),
        "out": OUT.copy(),
    }
    warp.warped(**{**given, **changed})


def strokes(**changed: Any) -> None:
    given = {
        "out": OUT.copy(),
        "which": np.array([0, 2]),
        "begin": np.zeros((2, 2)),
        "end": np.ones((2, 2)),
        "width": np.ones(2),
    }
    stroke.strokes(**{**given, **changed})


def stepped(**changed: Any) -> None:
    given = {name: np.zeros((4, 3), np.float32) for name in "pvg"}
    update.momentum_step(**{**given, **changed}, lr=0.1, momentum=0.9, nesterov=False)


BAD_INDICES = [
    np.array([0, 1, 4]), np.array([0, -1, 1]), np.array([0.0, 1.0, 2.0]),
    np.array([[0, 1, 2]]),
]  # fmt: skip
CASES = [
    *((call, {"indices": bad}) for call in (gathered, warped) for bad in BAD_INDICES),
    (gathered, {"down": THREE[:2]}),
    (gathered, {"right": np.zeros((3, 1), int)}),
    (gathered, {"out": OUT[:2].copy()}),
    (gathered, {"out": OUT.astype(np.int64)}),
    (gathered, {"out": OUT.transpose(0, 2, 1)}),
    (warped, {"images": IMAGES.astype(np.float32)}),
    (warped, {"matrices": np.zeros((2, 2, 3), np.float32)}),
    (warped, {"matrices": np.zeros((3, 2, 3))}),
    (warped, {"fields": np.zeros((3, 2, 5, 5), np.float32)}),
    (warped, {"out": OUT[:, :4].copy()}),
    (warped, {"out": np.zeros((3, 5, 12), np.uint8)[:, :, ::2]}),
    (strokes, {"which": np.array([0, 3])}),
    (strokes, {"which": np.array([-1, 0])}),
    (strokes, {"begin": np.zeros((1, 2))}),
    (strokes, {"end": np.zeros((2, 3))}),
    (strokes, {"width": np.ones(1)}),
    (stepped, {"v": np.zeros((4, 2), np.float32)}),
    (stepped, {"g": np.zeros((3, 3), np.float32)}),
]


@pytest.mark.parametrize("call", [gathered, warped, strokes, stepped])
def test_what_fits_is_taken(call):
    call()


@pytest.mark.parametrize(("call", "changed"), CASES)
def test_what_does_not_fit_is_refused(call, changed):
    with pytest.raises(ShapeError, match=f"kernel: expected .*{next(iter(changed))}"):
        call(**changed)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_images_are_bent_within_bounds_wherever_a_map_points(value):
    out = OUT.copy()
    matrices = np.full((3, 2, 3), value, np.float32)
    warp.warped(IMAGES + 9, THREE, matrices, np.zeros((0,), np.float32), out)
    assert set(out.flat) <= {*range(10)}  # 0 beyond the edge, and no other memory


def test_an_array_that_is_written_must_lie_in_one_row():
    with pytest.raises(ShapeError, match="expected a in one row of memory, got a view"):
        flat("a", np.zeros((4, 4))[:, :2], 8, np.float64, written=True)
    assert flat("a", np.zeros((4, 4))[:, :2], 8, np.float64).shape == (8,)


def test_no_indices_are_all_within_bounds():
    expect_indices("indices", np.zeros(0, np.int64), 0)


def has_slice(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)


def test_no_kernel_assigns_a_slice_to_a_slice():
    """For the text of an error Numba would compile as long as for the kernel."""
    folder = Path(byhand.__file__).parent / "kernels"
    sources = [p.read_text("utf-8") for p in sorted(folder.glob("*.py"))]
    assigned = [
        ast.unparse(node)
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and has_slice(node.targets[0])
        if has_slice(node.value)
    ]
    assert len(sources) > 30
    assert assigned == []
