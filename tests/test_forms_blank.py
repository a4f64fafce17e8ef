"""The fields of a blank form, found on its picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from byhand.errors import FormError
from byhand.forms.blank import make_fields
from byhand.forms.fields import read_form_file, write_form_file
from byhand.synthesis.blank_forms import LAYOUTS, blank_form
from byhand.types import Box


def overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes divided by their union."""
    both = Box.around([one, other])
    wide = one.width + other.width - both.width
    high = one.height + other.height - both.height
    shared = max(wide, 0) * max(high, 0)
    return shared / (one.width * one.height + other.width * other.height - shared)


def described(layout: str) -> list[tuple[str, int | None, Box]]:
    """Return kind, length and box of each field of a made form, in reading order."""
    return [
        (f.kind, sum(g.count for g in f.groups) if f.celled else None, f.box)
        for f in blank_form(layout).fields
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_field_is_found_with_its_kind_and_length_and_no_other(tmp_path, layout):
    path = tmp_path / "blank.png"
    Image.fromarray(blank_form(layout).picture).save(path)
    form = make_fields(path)
    expected = described(layout)
    assert [(f.kind, f.length) for f in form.fields] == [e[:2] for e in expected]
    for field, (_, _, box) in zip(form.fields, expected, strict=True):
        assert overlap(field.box, box) > 0.6, field.name
    assert [f.name for f in form.fields] == [f"f{n}" for n in range(1, 13)]
    assert (form.name, form.size, form.blank) == ("blank", (1240, 1754), path)


def test_a_blank_form_may_be_a_scan_that_lies_a_little_turned(tmp_path):
    picture = Image.fromarray(blank_form("claim").picture).convert("L")
    turned = picture.rotate(-1, Image.Resampling.BICUBIC, fillcolor=255)
    noise = np.random.default_rng(0).normal(0, 5, turned.size[::-1])
    scan = np.clip(np.asarray(turned) * 0.95 + noise, 0, 255).astype(np.uint8)
    path = tmp_path / "scan.png"
    Image.fromarray(scan).save(path)
    found = [(f.kind, f.length) for f in make_fields(path).fields]
    assert found == [e[:2] for e in described("claim")]


def test_cells_that_are_small_squares_are_a_comb_where_they_are_side_by_side(tmp_path):
    image = Image.new("L", (1240, 1754), 255)
    pen = ImageDraw.Draw(image)
    for x in range(200, 500, 40):
        pen.rectangle((x, 300, x + 40, 340), outline=30, width=2)
    pen.rectangle((800, 300, 830, 330), outline=30, width=2)
    pen.rectangle((200, 900, 1000, 1300), outline=30, width=2)  # for a signature
    path = tmp_path / "blank.png"
    image.save(path)
    comb, tick = make_fields(path).fields
    assert (comb.kind, comb.length, tick.kind) == ("digits", 8, "tick")


def test_the_fields_that_were_made_are_read_from_their_file(tmp_path):
    path = tmp_path / "blank.png"
    Image.fromarray(blank_form("survey").picture).save(path)
    form = make_fields(path)
    write_form_file(form, tmp_path / "fields.toml")
    assert read_form_file(tmp_path / "fields.toml") == form


def test_a_page_without_fields_is_refused(tmp_path):
    path = tmp_path / "empty.png"
    Image.new("L", (600, 800), 255).save(path)
    with pytest.raises(FormError, match=r"boxes, combs or lines .* found none"):
        make_fields(path)
