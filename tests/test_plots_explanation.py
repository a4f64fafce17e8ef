"""byhand.plots.explanation: every step is drawn, and every sentence written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from PIL import Image

import byhand
from byhand.errors import ByhandError
from byhand.pictures.sheets import Sheet, open_sheets
from byhand.plots import explained_row, style
from byhand.plots.explanation import ROWS, draw_explanation, explained
from byhand.reading.constraint import Constraint
from byhand.reading.cuts import cut_up, find_cuts
from byhand.reading.explain import explain_page
from byhand.reading.fragments import Fragment
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.page_reader import PageResult, read_page
from byhand.reading.symbols import REJECT
from byhand.types import Box
from test_explain import APART, PEN, SMALL, a_page, a_row, fragment, result_of

PATH = [((0, 1), 3), ((1, 2), 1), ((2, 3), 7), ((3, 4), REJECT)]
LIKELY = {
    (0, 1): {3: 1.0}, (1, 2): {1: 0.67, 7: 0.2, 4: 0.09, 2: 0.04},
    (2, 3): {7: 0.97, 9: 0.03}, (3, 4): {REJECT: 0.8, 1: 0.2},
}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return byhand.load()


@pytest.fixture
def written(rng) -> tuple[Sheet, PageResult]:
    """A page with 3, 1 and 7 and a mark rejected."""
    fragments = [*APART, fragment(130, component=4, **SMALL)]
    row = a_row(fragments, PATH, LIKELY, sure=0.6)
    images = rng.integers(0, 256, row.evidence.images.shape, dtype=np.uint8)
    digits = [
        replace(d, box=Box(20 * k, 60, 20, 40)) for k, d in enumerate(row.line.digits)
    ]
    line = replace(row.line, digits=tuple(digits))
    row = replace(row, line=line, evidence=replace(row.evidence, images=images))
    image = Image.fromarray(rng.integers(0, 256, (100, 200), dtype=np.uint8))
    return Sheet(image, (400, 200)), result_of(row, page=a_page(*fragments))


def picture_of(rows: int, digits: int, gap: int = -1) -> Image.Image:
    """Return MNIST's first test digits, dark on white, in rows."""
    images = iter(byhand.load_dataset("mnist").test.images)
    page = np.zeros((40 * rows + 10, (28 + gap) * digits + 20), np.uint8)
    for y in range(rows):
        for x in range(digits):
            left = 10 + x * (28 + gap)
            part = page[40 * y + 10 : 40 * y + 38, left : left + 28]
            np.maximum(part, next(images), out=part)
    return Image.fromarray(255 - page)


def read(image: Image.Image, model) -> tuple[Sheet, PageResult]:
    (sheet,) = open_sheets(image)
    return sheet, read_page(sheet, LatticeReader(model))


def size(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        return image.size


def texts(figure) -> list[str]:
    return [t.get_text().replace("\u00a0", " ") for t in figure.axes[0].texts]


def drawn(figure) -> list[np.ndarray]:
    return [np.asarray(image.get_array()) for image in figure.axes[0].images]


def inside_the_paper(figure) -> bool:
    """Return whether every text is complete, and none beyond the margin."""
    figure.draw_without_rendering()
    paper = figure.bbox
    boxes = [t.get_window_extent() for t in figure.axes[0].texts if t.get_text()]
    return all(
        0 <= box.x0 and box.x1 <= paper.x1 and 0 <= box.y0 and box.y1 <= paper.y1
        for box in boxes
    )


def test_the_page_is_drawn_as_given_as_ink_and_in_rows(written):
    sheet, result = written
    given, even, ink, *_ = drawn(explained(sheet, result, "a.png"))
    assert (given == np.asarray(sheet.image)[:, :, None]).all()
    assert (even == 255 - result.page.ink.grey[:, :, None]).all()
    dark = (ink == style.rgb(style.INK)).all(axis=2)
    assert (dark == result.page.ink.mask).all()
    assert (ink[~dark] == 255).all()


def test_ink_in_no_row_is_pale_and_the_colours_are_named(written):
    sheet, result = written
    figure = explained(sheet, result, "a.png")
    assert "rows in blue" in texts(figure)
    stray = fragment(300, top=100, component=5)
    page = a_page(*result.rows[0].evidence.fragments, stray)
    figure = explained(sheet, replace(result, page=page), "a.png")
    assert "rows in blue, other ink grey" in texts(figure)
    pale = (drawn(figure)[2] == style.rgb(style.PALE)).all(axis=2)
    assert pale.sum() == stray.area and pale[100:140, 300:320].all()


def test_boxes_are_drawn_where_the_digits_are_in_the_picture(written):
    sheet, result = written
    figure = explained(sheet, result, "a.png")
    ax = figure.axes[0]
    left, right, bottom, top = ax.images[0].get_extent()
    inch = (right - left) / 400  # of a pixel, in the page's own size
    assert (bottom - top) / 200 == pytest.approx(inch)
    frames = [p for p in ax.patches if isinstance(p, Rectangle)]
    for digit in result.lines[0].digits:
        x, y, w, h = digit.box
        place = pytest.approx((left + x * inch, top + y * inch, w * inch, h * inch))
        (frame,) = [
            f for f in frames if (*f.get_xy(), f.get_width(), f.get_height()) == place
        ]
        sure = digit.confidence >= 0.9
        assert to_hex(frame.get_edgecolor()).upper() == (
            style.BLUE if sure else style.VERMILION
        )
    assert sum(d.confidence < 0.9 for d in result.lines[0].digits) == 1


def test_the_images_are_drawn_with_what_they_may_be(written):
    sheet, result = written
    figure = explained(sheet, result, "a.png")
    row = result.rows[0].evidence
    images = drawn(figure)[4:]  # behind the page's three and the row's strip
    assert len(images) == len(row.path)
    for image, (number, _) in zip(images, row.path, strict=True):
        assert (image == row.images[number]).all()
    found = texts(figure)
    assert found[found.index("5  What the network saw") :].count("rejected") == 1
    for words in ("67 %", "7  20 %", "4  9 %", "9  3 %", "1  20 %"):
        assert words in found
    assert "2  4 %" not in found  # a third one


def test_fragments_have_two_colours_by_turns_and_what_is_rejected_a_third(written):
    sheet, result = written
    strip = drawn(explained(sheet, result, "a.png"))[3]
    edge = round(explained_row.AROUND * result.rows[0].evidence.row.height)
    colours = [style.BLUE, style.SKY, style.BLUE, style.PALE]
    for part, colour in zip(result.rows[0].evidence.fragments, colours, strict=True):
        left = part.left - 10 + edge
        own = strip[edge : edge + part.height, left : left + part.width]
        assert (own == style.rgb(colour)).all()


def test_every_sentence_is_written_and_the_title_says_what_was_read(written):
    (sheet, result), known = written, Constraint(whitelist="137")
    figure = explained(
        sheet, result, "$a$ 数字.png", constraint=known, min_confidence=0.9
    )
    found = " ".join(word for word in texts(figure) if word != "•")
    for sentence in explain_page(result, known, 0.9):
        assert sentence in found
    assert len(explain_page(result, known, 0.9)) == 5
    assert texts(figure)[0] == "$a$ ??.png: 317, 60 % sure"
    assert not figure.axes[0].texts[0].get_parse_math()
    assert "The row: 317" in texts(figure)
    assert inside_the_paper(figure)


def test_of_many_sentences_the_first_are_written(written, monkeypatch):
    sheet, result = written
    monkeypatch.setattr("byhand.plots.explanation.SENTENCES", 2)
    found = texts(explained(sheet, result, "a.png"))
    assert "And 2 things more." in found
    assert not any("may also be" in text for text in found)
    assert not any("rejected:" in text for text in found)


def test_of_many_images_the_least_sure_are_drawn_in_their_order(written, monkeypatch):
    sheet, result = written
    monkeypatch.setattr(explained_row, "MOST_IMAGES", 2)
    figure = explained(sheet, result, "a.png")
    row = result.rows[0].evidence
    images = drawn(figure)[4:]
    expected = [row.images[row.path[place][0]] for place in (1, 3)]
    assert all((a == b).all() for a, b in zip(images, expected, strict=True))
    assert "The 2 least sure of 4 images." in texts(figure)


def two_blocks() -> Fragment:
    """Return two blocks of ink joined by a bridge."""
    mask = np.zeros((40, 50), bool)
    mask[:, :20] = mask[:, 30:] = mask[18:23] = True
    return Fragment(30, 10, mask, 1)


@pytest.mark.parametrize(
    ("ends", "made"),
    [
        ([(0, 4)], [False, False, False]),
        ([(0, 2), (2, 4)], [False, True, False]),
        ([(0, 1), (1, 2), (2, 4)], [True, True, False]),
    ],
)
def test_a_cut_is_made_where_the_viterbi_path_parts_the_ink(ends: list, made: list):
    component = two_blocks()
    parts = cut_up(component, 40, PEN)
    assert len(parts) == 4
    row = SimpleNamespace(
        row=SimpleNamespace(height=40, page=a_page()),
        fragments=parts,
        path=[(number, 3) for number in range(len(ends))],
        lattice=SimpleNamespace(
            candidates=[SimpleNamespace(start=a, end=b) for a, b in ends]
        ),
    )
    cuts = explained_row._cuts(component, row)
    assert [cut for _, cut in cuts] == made
    paths = [path for path, _ in cuts]
    assert (paths == find_cuts(component, 40, PEN)[0]).all()


def test_cuts_go_where_the_ink_is_parted(model):
    sheet, result = read(picture_of(1, 5, gap=-8), model)
    figure = explained(sheet, result, "a.png")
    row = result.rows[0].evidence
    ax = figure.axes[0]
    left, right, bottom, top = ax.images[3].get_extent()
    lines = [line for line in ax.lines if line.get_zorder() == 3]
    pen = row.row.page.ink.stroke_width
    paths = [find_cuts(p, row.row.height, pen)[0] for p in row.row.fragments]
    assert len(lines) == sum(map(len, paths)) > 0
    for line in lines:
        x, y = line.get_data()
        assert left < min(x) <= max(x) < right and top < min(y) <= max(y) < bottom


def test_many_rows_make_the_paper_longer_up_to_a_number(model):
    heights = []
    for count in (1, 3, ROWS + 2):
        sheet, result = read(picture_of(count, 4, gap=6), model)
        assert len(result.rows) == count
        figure = explained(sheet, result, "a.png")
        assert inside_the_paper(figure)
        heights.append(figure.get_size_inches()[1])
        found = texts(figure)
        assert found.count("1") and (f"Row {min(count, ROWS)}: " in "".join(found)) == (
            count > 1
        )
        assert len(drawn(figure)) == 3 + sum(
            len(r.evidence.path) + 1 for r in result.rows[:ROWS]
        )
    assert heights[0] + 2 < heights[1] < heights[2] - 10
    assert f"Only the first {ROWS} of {ROWS + 2} rows are drawn." in found


@pytest.mark.parametrize("digits", [1, 45])
def test_short_and_long_rows_fit_on_the_paper(digits: int, model):
    sheet, result = read(picture_of(1, digits, gap=6), model)
    assert inside_the_paper(explained(sheet, result, "a long name " * 9))


def test_a_picture_without_ink_says_why_there_is_no_answer(model):
    for size in ((3, 2), (300, 200)):
        sheet, result = read(Image.new("L", size, 240), model)
        figure = explained(sheet, result, "blank.png")
        assert texts(figure)[0] == "blank.png: no digits found"
        assert set(explain_page(result)) <= set(texts(figure))
        assert len(drawn(figure)) in (1, 3)  # with its ink, if any was found
        assert inside_the_paper(figure)


def test_a_large_picture_is_drawn_with_no_more_pixels_than_are_seen(model):
    large = picture_of(1, 3, gap=6)
    large = large.resize((large.width * 20, large.height * 20))
    sheet, result = read(large, model)
    figure = explained(sheet, result, "a.png")
    given = drawn(figure)[0]
    assert given.shape[1] < 1000 < large.width
    assert f"{large.width} × {large.height} pixels" in texts(figure)


def test_each_page_has_a_file_of_its_own(tmp_path: Path, model):
    pages = [picture_of(1, 2), Image.new("L", (60, 40), 255)]
    pages[0].save(tmp_path / "two.tif", save_all=True, append_images=pages[1:])
    files = draw_explanation(
        tmp_path / "two.tif", tmp_path / "two.v1.png", model=model, whitelist="7"
    )
    assert files == [tmp_path / f"two.v1-page-{number}.png" for number in (1, 2)]
    sizes = list(map(size, files))
    assert sizes[0][0] == sizes[1][0] and sizes[0][1] > sizes[1][1] > 200


def test_it_is_read_as_byhand_read_reads_it(tmp_path: Path, monkeypatch, written):
    sheet, result = written
    asked = []
    monkeypatch.setattr(
        "byhand.plots.explanation.read_page",
        lambda *given: asked.append(given) or result,
    )
    model = byhand.load()
    draw_explanation(
        sheet.image, tmp_path / "x.png", model=model, lines=2, whitelist="17"
    )
    ((_, reader, *options),) = asked
    assert reader.model is model
    assert options == [2, Constraint(whitelist="17")]


def test_a_line_is_no_surer_than_each_of_its_digits(model):
    _, result = read(picture_of(2, 5, gap=-8), model)
    for line in result.lines:
        for digit in line.digits:
            each = [digit.confidence, *(p for _, p in digit.alternatives)]
            assert digit.confidence >= line.confidence - 1e-6
            assert sum(each) <= 1 + 1e-6


def test_a_picture_of_one_page_keeps_the_name_and_arrays_are_pictures(tmp_path: Path):
    array = np.asarray(picture_of(1, 1))
    files = draw_explanation(array, tmp_path / "x.png")
    assert files == [tmp_path / "x.png"]
    assert size(files[0])[0] == 1650
    with pytest.raises(ByhandError, match="expected a name that ends in"):
        draw_explanation(array, tmp_path / "x.xyz")
