"""The table of forms: a row a form, continued, corrected; and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from byhand.errors import FormError, ReadError
from byhand.forms.corrections import apply_corrections
from byhand.forms.fields import Field, Form
from byhand.forms.filled import FormReading
from byhand.forms.pages import FormsReading, read_forms
from byhand.forms.table import columns_of, csv_form, json_form, read_table
from byhand.reading.results_file import ResultsFile
from byhand.reading.tasks import FileResult
from byhand.types import Box
from forms_read import FORM, form_reading, line_of, reading_of

COLUMNS = columns_of([FORM])
FILES = ["=a.png", "b.tif", "no.png"]


@pytest.fixture(params=["csv", "jsonl"])
def table(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A table of three files, the second with two forms, the third an error."""
    path = tmp_path / f"table.{request.param}"
    with ResultsFile(path, FILES, form_of(path)) as results:
        results.add(FileResult(FILES[0], reading_of(form_reading(sure=0.5))))
        two = form_reading("=12", tick=None), form_reading("", page=2)
        results.add(FileResult(FILES[1], reading_of(*two)))
        results.add(FileResult(FILES[2], error="no.png: no picture"))
    return path


def form_of(path: Path):
    return csv_form(COLUMNS) if path.suffix == ".csv" else json_form()


def rows_of(path: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(path.read_text().splitlines())]


def test_a_csv_has_a_row_a_form_with_texts_confidences_and_what_is_in_doubt(table):
    if table.suffix != ".csv":
        return
    first, two, three, bad = rows_of(table)
    assert {**first} == {
        "file": '="=a.png"', "page": "1", "pages": "1", "form": "club",
        "number": '="0123"', "born": '="01/02/1990"', "member": "true",
        "doubtful": "number", "number confidence": "0.5", "born confidence": "0.97",
        "member confidence": "0.98", "lines": "", "warnings": "", "error": "",
    }  # fmt: skip
    assert (two["page"], two["pages"], two["member"]) == ("1", "2", "")
    assert (two["number"], two["doubtful"]) == ('="=12"', "member")
    assert (three["page"], three["number"], three["doubtful"]) == ("2", "", "")
    assert (bad["file"], bad["error"], bad["form"]) == (
        "no.png", "no.png: no picture", "")  # fmt: skip


def test_json_has_a_line_a_form(table):
    if table.suffix != ".jsonl":
        return
    first, two, three, bad = map(json.loads, table.read_text().splitlines())
    assert first["fields"]["number"] == {
        "text": "0123", "confidence": 0.5, "doubtful": True, "box": [10, 10, 80, 20],
    }  # fmt: skip
    assert (first["file"], first["form"], first["page"]) == ("=a.png", "club", 1)
    assert (two["page"], three["page"], three["pages"]) == (1, 2, 2)
    assert bad == {"file": "no.png", "error": "no.png: no picture"}


def test_a_run_goes_on_and_reads_a_file_again_of_which_a_form_is_missing(table):
    content = table.read_bytes()
    lines = content.splitlines(keepends=True)
    cut = b"".join(lines[:-2])  # page 2 is lost
    table.write_bytes(cut)
    with ResultsFile(table, FILES, form_of(table)) as results:
        assert results.done == {"=a.png"}
        two = form_reading("=12", tick=None), form_reading("", page=2)
        results.add(FileResult(FILES[1], reading_of(*two)))
        results.add(FileResult(FILES[2], error="no.png: no picture"))
    assert table.read_bytes() == content


def test_a_table_that_is_read_and_written_is_the_same(table):
    assert read_table(table).encoded() == table.read_bytes()


def corrections(folder: Path, *rows: str) -> Path:
    path = folder / "corrections.csv"
    path.write_text("\r\n".join(["file,page,field,text", *rows, ""]), newline="")
    return path


def test_corrections_are_in_the_table_and_their_fields_certain(table, tmp_path):
    given = corrections(
        tmp_path, '"=a.png",1,"number","=7"', '"b.tif",1,"member","false"'
    )
    assert apply_corrections(given, table) == 2
    first, two, *_ = read_table(table).rows
    assert vars(first.fields["number"]) == {
        "text": "=7", "confidence": 1.0, "doubtful": False}  # fmt: skip
    assert vars(two.fields["member"]) == {
        "text": "false", "confidence": 1.0, "doubtful": False}  # fmt: skip
    assert first.fields["born"].text == "01/02/1990"
    with ResultsFile(table, FILES, form_of(table)) as results:  # it can go on
        assert results.done == {"=a.png", "b.tif"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('"c.png",1,"number","7"', "row 2: expected a form of"),
        ('"b.tif",3,"number","7"', "got page 3 of 'b.tif'"),
        ('"b.tif",1,"numbr","7"', "got 'numbr'; did you mean number?"),
        ('"no.png",1,"number","7"', "expected a field of the form none"),
        ('"b.tif",one,"number","7"', "expected file, page, field and text"),
        ('"b.tif",1', "expected file, page, field and text"),
    ],
)
def test_a_correction_of_nothing_changes_nothing(table, tmp_path, row, said):
    before = table.read_bytes()
    given = corrections(tmp_path, row, '"=a.png",1,"number","7"')
    with pytest.raises(FormError, match=f"^[^\n]*{said}[^\n]*$"):
        apply_corrections(given, table)
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"{}\n", b"\xff\xfe", b"[1]\n"]
)
def test_other_files_are_no_table_and_no_corrections(table, tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(FormError, match="expected a table of 'byhand read --form"):
        apply_corrections(corrections(tmp_path), path)
    with pytest.raises(FormError, match="expected CSV with the columns file, page"):
        apply_corrections(path, table)
    with pytest.raises(FormError, match=r"gone\.csv: No such file"):
        apply_corrections(tmp_path / "gone.csv", table)


def test_a_page_that_fits_no_form_has_its_lines():
    reading = FormsReading(
        (line_of("12"), line_of("345")), (), 1, forms=(FormReading(None, None),)
    )
    (row,) = reading.as_rows()
    assert (row["form"], row["lines"], row["doubtful"]) == ("", "12; 345", "")
    (form,) = reading.as_dict()["forms"]
    assert (form["form"], form["fields"]) == (None, {})
    assert [line["text"] for line in form["lines"]] == ["12", "345"]


def test_fields_of_two_forms_share_columns_and_clashes_are_refused():
    fields = Field("number", Box(0, 0, 5, 5)), Field("fee", Box(0, 0, 9, 9))
    other = Form("fees", fields, (50, 50))
    assert columns_of([FORM, other])[4:9] == (
        "number", "born", "member", "fee", "doubtful")  # fmt: skip
    for name in ("page", "error", "a;b"):
        clash = Form("x", (Field(name, Box(0, 0, 5, 5)),), (9, 9))
        with pytest.raises(FormError, match=f"form x, field {name}: expected a name"):
            columns_of([clash])


def test_a_required_field_that_is_empty_is_doubtful():
    field = Field("id", Box(0, 0, 9, 9), required=True)
    form = Form("x", (field, *FORM.fields[1:]), FORM.size)
    (row,) = reading_of(form_reading("", form=form)).as_rows()
    assert row["doubtful"] == "id"


def test_a_confidence_that_is_none_is_refused():
    with pytest.raises(ReadError, match="min_confidence: expected 0 to 1, got 2"):
        read_forms("a.png", forms=[FORM], min_confidence=2)
