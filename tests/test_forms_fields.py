"""Fields of a form, and the file fields.toml."""

from __future__ import annotations

import tomllib

import pytest

from byhand.errors import FormError
from byhand.forms.fields import Field, Form, read_form_file, write_form_file
from byhand.types import Box

DATE = Field("date", Box(310, 422, 380, 58), pattern="99/99/9999", required=True)
PAID = Field("paid in €", Box(310, 522, 30, 30), kind="tick")
BY_HAND = """
size = [1000, 1400]
[[field]]
name = "total"
box = [1, 2, 30, 40]
length = 6
[[field]]
name = "paid"
box = [100, 2, 20, 20]
kind = "tick"
"""


@pytest.fixture
def written(tmp_path):
    """A function that writes a file order.toml and returns its path."""

    def write(text: str):
        path = tmp_path / "order.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_form_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "fields.toml"
    form = Form("order", (DATE, PAID), (1654, 2339), tmp_path / "blank.png")
    write_form_file(form, path)
    assert read_form_file(path) == form
    assert tomllib.loads(path.read_text("utf-8"))["blank"] == "blank.png"


def test_what_a_field_has_by_default_is_not_written(tmp_path):
    write_form_file(Form("a", (PAID,), (400, 600)), tmp_path / "a.toml")
    (table,) = tomllib.loads((tmp_path / "a.toml").read_text("utf-8"))["field"]
    assert table == {"name": "paid in €", "box": [310, 522, 30, 30], "kind": "tick"}


def test_a_form_written_by_hand_has_the_name_of_its_file(written):
    total = Field("total", Box(1, 2, 30, 40), length=6)
    paid = Field("paid", Box(100, 2, 20, 20), kind="tick")
    assert read_form_file(written(BY_HAND)) == Form(
        "order", (total, paid), (1000, 1400)
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("length", "lenght", "total: expected a key of a field.*did you mean length"),
        ("size", "sise", "expected a key of a form, got 'sise'; did you mean size"),
        ("size = [1000, 1400]", "", r"size: expected \[width, height\] in pixels"),
        ("length = 6", "length = 0", "total, length: expected an integer of 1 or more"),
        ("[1, 2, 30, 40]", "[1, 2, 30]", "total, box: expected four integers"),
        ("[1, 2, 30, 40]", "[1, 2, 30, 0]", "total, box: expected four integers"),
        ("[1, 2, 30, 40]", "[980, 2, 30, 40]", "total: expected a box on the form"),
        ('name = "total"', "", "field 1: expected name, found none"),
        ('"paid"', '"total"', "expected each field's name once, got 'total' 2 times"),
        ('"tick"', '"tock"', "paid, kind: expected one of digits, tick"),
        ('"tick"', '"tick"\nlength = 3', "paid: expected nothing of a text"),
        ("[[field]]", "[field]", "expected TOML"),
        (BY_HAND, "size = [3, 4]", r"expected a table \[\[field\]\] for each field"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_name(written, old, new, message):
    path = written(BY_HAND.replace(old, new))
    with pytest.raises(FormError, match=message) as caught:
        read_form_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_with_the_command_that_makes_one(tmp_path):
    with pytest.raises(FormError, match="--make-fields"):
        read_form_file(tmp_path / "none.toml")
