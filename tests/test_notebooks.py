"""docs/notebooks: small files whose stored outputs are of one run without an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))


def test_there_are_three_notebooks():
    assert len(BOOKS) == 3


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_cell_was_run_in_order_without_an_error(path: Path):
    assert path.stat().st_size < 400_000
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == [*range(1, len(code) + 1)]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert len(outputs) >= 3
    assert {o["output_type"] for o in outputs} <= {"execute_result", "stream"}
    for cell in code:
        compile("".join(cell["source"]), path.name, "exec")
