"""Forms: fields with frames, combs and cells, tables, cheques, fields cut out of forms.

Lengths are in pixels of the sheet, unless they are in heights of a digit.
"""

from __future__ import annotations

import numpy as np

from byhand.ink.segmentation import HANDWRITING, PRINT
from byhand.synthesis import forms, handwriting, patterns, words
from byhand.synthesis.designs import Design, Layer, Rng, Size
from byhand.synthesis.fonts import face
from byhand.synthesis.forms import Row
from byhand.synthesis.layouts import WIDE, Area
from byhand.synthesis.rows import Block, Word
from byhand.types import Floats, Grey

CELLED = "boxes", "comb", "ticked", "dashes", "separators"  # a cell for each digit
SIGNS = "€", "$", "£", "EUR", "No", "#", "*", "Rs"  # before an amount
FRAMED = "frame", "frame", "baseline", "brackets"


def _row(x: float, y: float, room: float, height: float, rng: Rng) -> Row:
    """Return cells for digits of a height, not wider than a room."""
    cell = height * rng.uniform(0.75, 1.7)
    gap = height * float(rng.choice([0, 0, 0, rng.uniform(0.05, 0.4)]))
    count = max(1, min(int(room / (cell + gap)), int(rng.integers(2, 13))))
    return Row(x, y, cell, height * rng.uniform(1.05, 2.2), count, gap)


def _printed(design: Design, row: Row, kind: str, height: float, rng: Rng) -> None:
    """Add the lines of a row of cells to a design."""
    how = forms.stroke(height, rng, 0.25)
    pad = int(np.ceil(how.width)) + 2
    wide, high = row.right - row.x + 2 * pad, row.height + 2 * pad
    moved = Row(pad, pad, row.cell, row.height, row.count, row.gap)
    lines = forms.field((high, wide), moved, kind, how)
    if rng.random() < 0.06:
        lines = patterns.broken(lines, rng)
    design.layers.append(Layer(lines, round(row.x) - pad, round(row.y) - pad))


def _filled(row: Row, kind: str, height: float, rng: Rng) -> Word:
    """Return a word of digits that fills a row of cells, or a part of it."""
    celled = kind in CELLED and rng.random() < 0.85
    low = float(rng.choice([0.5, 0.5, rng.uniform(0.2, 0.8)]))
    foot = row.y + height + (row.height - height) * low + height * rng.normal(0, 0.08)
    if rng.random() < 0.15:  # over the lines
        foot += height * rng.uniform(-0.5, 0.5)
    if kind == "baseline":
        foot = row.bottom - height * rng.normal(0.08, 0.12)
    count = row.count if rng.random() < 0.6 else int(rng.integers(1, row.count + 1))
    step = row.cell + row.gap if celled else 0.0
    if not celled:
        count = max(1, min(count, int((row.right - row.x) / height / WIDE)))
    skipped = int(rng.integers(0, row.count - count + 1)) if rng.random() < 0.4 else 0
    start = row.x + skipped * (row.cell + row.gap)
    start += 0 if celled else height * rng.uniform(-0.1, 0.5)
    return Word(start, foot, count, step)


def _label(design: Design, x: float, y: float, patch: Grey) -> None:
    design.layers.append(Layer(patch, round(x), round(y), PRINT))


def fields(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return a form: fields below each other, some two in a row; some with labels."""
    left, top, right, bottom = area
    design, rows = Design(), list[list[Word]]()
    kind = str(rng.choice(CELLED + FRAMED))
    mixed, labelled = rng.random() < 0.3, str(rng.choice(["no", "left", "above"]))
    use, small = face(rng), height * rng.uniform(0.3, 1.0)
    indent = (right - left) * rng.uniform(0.2, 0.45) if labelled == "left" else 0.0
    pitch = height * rng.uniform(2.0, 3.6) + (1.5 * small if labelled == "above" else 0)
    y = top + rng.uniform(0, 1) * height + (1.5 * small if labelled == "above" else 0)
    while not rows or (y + 1.3 * height < bottom and len(rows) < 12):
        x, said = left + indent, list[Word]()
        for _ in range(1 if rng.random() < 0.8 else 2):
            if said and right - x < 1.5 * height:
                break
            kind = str(rng.choice(CELLED + FRAMED)) if mixed else kind
            row = _row(x, y, right - x, height, rng)
            _printed(design, row, kind, height, rng)
            if labelled != "no":
                text = words.label(small, rng, use)
                away = (x - text.shape[1] - height * rng.uniform(0.2, 0.6), row.bottom
                        - len(text) - height * rng.uniform(0, 0.6))  # fmt: skip
                over = x, y - len(text) - small * rng.uniform(0.15, 0.5)
                corner = away if labelled == "left" else over
                _label(design, corner[0], corner[1], text)
            if rng.random() < 0.9:
                said.append(_filled(row, kind, height, rng))
            x = row.right + height * rng.uniform(1.2, 3) + indent / 2
        rows.append(said)
        y += pitch * rng.uniform(1, 1.1)
    design.blocks = [Block(rows, 0, 0, height, size[1])]
    return design


def labelled(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return printed words, each before a number; some with a rule under the number."""
    left, top, right, bottom = area
    design, rows = Design(), list[list[Word]]()
    use, small = face(rng), height * rng.uniform(0.35, 1.2)
    indent = left + (right - left) * rng.uniform(0.25, 0.5)
    pitch, ruled = height * rng.uniform(1.4, 3.2), rng.random() < 0.6
    how, foot = forms.stroke(height, rng, 0.03), top + height * rng.uniform(1.1, 2)
    while not rows or (foot < bottom and len(rows) < 15):
        make = words.label if rng.random() < 0.9 else words.number
        text = make(small, rng, use)
        x = float(rng.choice([left, max(left, indent - text.shape[1] - 0.4 * height)]))
        _label(design, x, foot - len(text), text)
        begin = max(indent, x + text.shape[1] + 0.4 * height)
        if ruled:
            line = np.zeros(
                (int(how.width) + 4, max(1, round(right - begin))), np.uint8
            )
            forms.draw(line, np.array([[0, 2, line.shape[1], 2]]), how)
            at = round(foot + height * rng.normal(0.08, 0.04))
            design.layers.append(Layer(line, round(begin), at))
        most = max(1, int((right - begin) / height / WIDE))
        count = int(rng.integers(1, min(most, 11) + 1))
        some = [Word(begin + height * rng.uniform(0, 0.8), foot, count)]
        rows.append(some if rng.random() < 0.93 else [])
        foot += pitch
    design.blocks = [Block(rows, 0, 0, height, size[1])]
    return design


def table(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return a table, numbers in most of its cells; a row's cells are a line."""
    left, top, right, bottom = area
    count = max(1, min(int(rng.integers(1, 8)), int((right - left) / height / 1.2)))
    number = max(1, min(int(rng.integers(1, 13)), int((bottom - top) / height / 1.15)))
    even = rng.random() < 0.6
    shares = np.ones(count) if even else rng.uniform(0.6, 1.4, count)
    wide = (right - left) * rng.uniform(0.6, 1)
    begin = left + rng.uniform(0, 1) * (right - left - wide)
    xs: Floats = begin + np.r_[0, np.cumsum(shares / shares.sum())] * wide
    pitch = min((bottom - top) / number, height * rng.uniform(1.15, 2.6))
    above = top + rng.uniform(0, 1) * (bottom - top - pitch * number)
    ys: Floats = above + pitch * np.arange(number + 1)
    lines = forms.table(size, xs, ys, height, rng)
    design, use = Design([], [Layer(lines, 0, 0)]), face(rng)
    header, first = (
        rng.random() < 0.35 and number > 1,
        rng.random() < 0.35 and count > 1,
    )
    small, rows = min(height * rng.uniform(0.4, 1.1), 0.8 * pitch), []
    longest, centred = int(rng.integers(1, 6)), rng.random() < 0.5
    for i in range(number):
        said: list[Word] = []
        for j in range(count):
            room = xs[j + 1] - xs[j] - 0.3 * height
            if (header and i == 0) or (first and j == 0):
                make = words.label if rng.random() < 0.8 else words.number
                text = make(small, rng, use)[:, : max(1, int(room))]
                _label(
                    design, xs[j] + 0.2 * height, ys[i] + (pitch - len(text)) / 2, text
                )
                continue
            most = max(1, min(int(room / height / WIDE), longest))
            length = int(rng.integers(1, most + 1))
            if rng.random() < 0.12:
                continue
            spare = max(0.0, room - length * WIDE * height)
            x = (
                xs[j]
                + 0.15 * height
                + spare * (0.5 if centred else rng.uniform(0, 0.4))
            )
            foot = ys[i] + (pitch + height) / 2 + height * rng.normal(0, 0.06)
            said.append(Word(float(x), float(foot), length))
        rows.append(said)
    design.blocks = [Block(rows, 0, 0, height, size[1])]
    return design


def cheque(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return a cheque: fine lines, printed words, an amount, words and a signature."""
    left, top, right, bottom = area
    design, rows = Design(), list[list[Word]]()
    fine = patterns.waves(size, height, rng)
    design.layers.append(Layer(fine, 0, 0, faint=0.4))
    use, small = face(rng), height * rng.uniform(0.3, 0.8)
    y = top + height * rng.uniform(0, 0.5)
    while not rows or (y + 1.6 * height < bottom and len(rows) < 6):
        x = left + (right - left) * rng.uniform(0.3, 0.6)
        text = words.label(small, rng, use)
        _label(design, left, y + height - len(text), text)
        row = _row(x, y, right - x, height, rng)
        kind = str(rng.choice(["frame", "boxes", "baseline", "brackets"]))
        _printed(design, row, kind, height, rng)
        if rng.random() < 0.6:
            rows.append([_filled(row, kind, height, rng)])
        else:
            ink = handwriting.words(height * 0.9, rng, int(rng.integers(1, 4)))
            design.layers.append(Layer(ink, round(x), round(y), HANDWRITING))
            rows.append([])
        y += height * rng.uniform(2, 3)
    if rng.random() < 0.6:
        line = words.number(height * rng.uniform(0.4, 1), rng)
        _label(design, left, bottom - len(line), line)
    design.blocks = [Block(rows, 0, 0, height, size[1])]
    return design


def cut_field(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return one number that fills the picture, with what is left of a frame."""
    high, wide = size
    design = Design()
    spare = max(high - height, 0.0)
    foot = height + spare * float(np.clip(rng.normal(0.5, 0.2), 0, 1))
    kind = rng.random()
    if kind < 0.55:
        lines = forms.cut_frames(size, height, rng)
        design.layers.append(Layer(lines, 0, 0))
    elif kind < 0.8:
        inset = rng.uniform(0, 0.12) * high
        row = _row(inset, inset, wide - 2 * inset, height, rng)
        row = Row(
            inset, inset, (wide - 2 * inset) / row.count, high - 2 * inset, row.count
        )
        field = str(rng.choice(CELLED + FRAMED))
        _printed(design, row, field, height, rng)
        if field in CELLED:
            word = _filled(row, field, height, rng)
            design.blocks = [Block([[word]], 0, 0, height, wide)]
            return design
    if rng.random() < 0.25:
        sign, small = str(rng.choice(SIGNS)), height * rng.uniform(0.4, 1)
        text = words.printed(sign, small, rng, face(rng))
        _label(design, rng.uniform(0, 0.2) * height, foot - len(text), text)
    begin, said = height * rng.uniform(0.1, 2.5), []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        said.append(Word(begin, foot, int(rng.integers(1, 10))))
    design.blocks = [Block([said], 0, 0, height, wide)]
    return design
