"""The review sheet: what is in doubt, escaped; in Chromium as a person uses it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from byhand.forms.corrections import apply_corrections
from byhand.forms.fields import Field, Form
from byhand.forms.review import doubts, keep_pictures, sheet, write_sheet
from byhand.forms.table import columns_of, csv_form, read_table
from byhand.reading.results_file import ResultsFile
from byhand.reading.tasks import FileResult
from byhand.types import Box
from forms_read import FORM, form_reading, reading_of

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>.png'
NASTY = Form(
    "</title><b>",
    (Field("<i>&\"'", Box(0, 0, 9, 9)), *FORM.fields[1:]),
    FORM.size,
)


def reviewed(folder: Path, form: Form, *files: str) -> Path:
    """Write a table of forms, a doubtful number in each, and the sheet; its path."""
    table = folder / "table.csv"
    with ResultsFile(table, files, csv_form(columns_of([form]))) as results:
        for number, file in enumerate(files):
            tick = None if number == 1 else True
            one = form_reading(f"000{number}", tick=tick, sure=0.5, form=form)
            reading = reading_of(one)
            keep_pictures(folder, file, reading)
            results.add(FileResult(file, reading))
    return write_sheet(folder, doubts(read_table(table), ["member"]))


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_doubtful_fields_are_shown_field_by_field_with_their_pictures(tmp_path):
    page = Elements(reviewed(tmp_path, FORM, "a.png", "b.png", "c.png").read_text())
    where = [(x["data-field"], x["data-file"]) for x in page.named("input")]
    assert where == [("number", "a.png"), ("number", "b.png"), ("number", "c.png")]
    assert [x["value"] for x in page.named("input")] == ["0000", "0001", "0002"]
    (tick,) = page.named("select")
    assert (tick["data-field"], tick["data-file"]) == ("member", "b.png")
    assert all(
        x["src"].startswith("data:image/jpeg;base64,/9j/") for x in page.named("img")
    )
    assert len(page.named("img")) == 4
    labels = {x["for"] for x in page.named("label")}
    assert labels == {x["id"] for x in page.named("input") + page.named("select")}


def test_a_sheet_without_doubts_says_so():
    assert "No field of this table is in doubt." in sheet([], [])


def test_nothing_in_a_name_becomes_part_of_the_page(tmp_path):
    text = reviewed(tmp_path, NASTY, HOSTILE, "b\r\nc.png").read_bytes().decode()
    page = Elements(text)
    assert len(page.named("script")) == 1 and not page.named("i")
    assert len(page.named("b")) == len(page.named("li"))  # what was read, of ours
    assert [x for x in page.named("img") if "onerror" in x] == []
    first, second = page.named("input")
    assert (first["data-file"], first["data-field"]) == (HOSTILE, "<i>&\"'")
    assert second["data-file"] == "b\r\nc.png"
    policy = re.search(r'Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy


def test_three_fields_corrected_in_the_browser_are_in_the_table(tmp_path, chromium):
    names = [HOSTILE, "b.png", "c,1.png", "d.png"]
    path = reviewed(tmp_path, NASTY, *names)
    page = chromium.new_page(accept_downloads=True)
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    for typed in ("=1234", "0567"):  # the first field has the focus, its text selected
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    assert page.evaluate("document.activeElement.dataset.file") == "b.png"
    page.locator("select").select_option("false")
    assert page.locator(".count").inner_text() == "3 of 5 checked"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save corrections.csv").click()
    saved = tmp_path / "saved.csv"
    download.value.save_as(saved)
    page.close()
    assert complaints == []
    table = tmp_path / "table.csv"
    assert apply_corrections(saved, table) == 3
    rows = read_table(table).rows
    field = NASTY.fields[0].name
    assert [row.fields[field].text for row in rows] == ["=1234", "0567", "0002", "0003"]
    assert [row.fields[field].doubtful for row in rows] == [False, False, True, True]
    assert (rows[1].fields["member"].text, rows[1].fields["member"].doubtful) == (
        "false", False)  # fmt: skip
