"""docs/howto-forms.md: its four commands make of scans what it says."""

from __future__ import annotations

import csv
import shlex
import subprocess
import sys
from pathlib import Path

from byhand.forms.fields import read_form_file
from byhand.reading.spreadsheets import from_cell

PAGE = Path(__file__).parents[1] / "docs" / "howto-forms.md"


def test_the_four_commands_lead_from_a_blank_form_to_a_table(tmp_path: Path):
    block = PAGE.read_text("utf-8").split("```sh\n")[1].split("```")[0]
    example, make, read, apply = (
        shlex.split(line, comments=True)[1:] for line in block.splitlines()
    )
    run(tmp_path, *example, "--count", "3")
    run(tmp_path, *make)
    made, known = (
        read_form_file(tmp_path / "forms" / name)
        for name in ("fields.toml", "known.toml")
    )
    assert [f.kind for f in made.fields] == [f.kind for f in known.fields]
    assert (tmp_path / "forms/seen/blank.png").exists()
    run(tmp_path, *read, "--jobs", "1")
    names = [field.name for field in known.fields]
    truth, found = (rows(tmp_path / "forms" / f"{n}.csv") for n in ("truth", "table"))
    assert [row["form"] for row in found] == 3 * ["membership"]
    right = [row[n] == true[n] for row, true in zip(found, truth, strict=True)
             for n in names]  # fmt: skip
    assert sum(right) >= 0.8 * len(right)
    review = (tmp_path / "forms/review/review.html").read_text("utf-8")
    doubtful = sum(len(row["doubtful"].split("; ")) for row in found if row["doubtful"])
    assert review.count("data:image/jpeg;base64") == doubtful
    (tmp_path / "corrections.csv").write_text(
        f"file,page,field,text\n{found[0]['file']},1,member,0042\n"
    )
    run(tmp_path, *apply)
    assert rows(tmp_path / "forms/table.csv")[0]["member"] == "0042"


def run(folder: Path, *words: str) -> None:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "byhand", *words],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table, as they were before they were safe."""
    found = csv.DictReader(path.read_text("utf-8").splitlines())
    return [{name: from_cell(cell) for name, cell in row.items()} for row in found]
