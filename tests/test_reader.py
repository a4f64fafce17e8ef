"""byhand.read: whole pictures in, lines of digits out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

import byhand
from byhand.augment.fields import LEAST_INK, MARGIN, set_row
from byhand.errors import PictureError, ReadError
from byhand.model import Model
from byhand.nn import build
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.nn.crf import posteriors, posteriors_given_text
from byhand.pictures.sheets import Sheet
from byhand.reading.constraint import ANYTHING
from byhand.reading.decoding import position_marginal
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import weights_of
from byhand.reading.page_reader import read_page
from byhand.reading.result import Digit, Line, Reading

EASY, DIGITS, GAP = 10, 6, 8  # rows, digits in each, pixels between them
# Another network will be trained: of ten easy rows one may be misread, of light ink two
# more, and as many by a model that can reject nothing.
ENOUGH, FEWER = EASY - 1, EASY - 3


@pytest.fixture(scope="module")
def mnist() -> byhand.Dataset:
    return byhand.load_dataset("mnist")


@pytest.fixture(scope="module")
def rows(mnist) -> list[tuple[np.ndarray, str]]:
    """Rows of digits, ink bright, and what they say."""
    chosen = np.random.default_rng(8).integers(len(mnist.test), size=(EASY, DIGITS))
    return [
        (set_row(list(mnist.test.images[row]), [GAP] * (DIGITS - 1)),
         "".join(map(str, mnist.test.labels[row])))
        for row in chosen
    ]  # fmt: skip


def of(mnist: byhand.Dataset, text: str, gaps: Sequence[int]) -> np.ndarray:
    """Return a row with this text, from digits that are easy to read."""
    labels = mnist.test.labels
    numbers = [np.flatnonzero(labels == int(digit))[k] for k, digit in enumerate(text)]
    return set_row([mnist.test.images[n] for n in numbers], gaps)


def scaled(row: np.ndarray, factor: float) -> np.ndarray:
    size = [round(side * factor) for side in row.shape[::-1]]
    return np.asarray(Image.fromarray(row).resize(size, Image.Resampling.BICUBIC))


def rotated(paper: np.ndarray, degrees: float) -> np.ndarray:
    image = Image.fromarray(paper)
    return np.asarray(
        image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    )


PICTURES = {
    "light on dark": lambda row: row,
    "dark on light": lambda row: 255 - row,
    "on grey": lambda row: (180 - 0.5 * row).astype(np.uint8),
    "twice as large": lambda row: 255 - scaled(row, 2),
    "8 times as large": lambda row: 255 - scaled(row, 8),
    "rotated by 6°": lambda row: rotated(255 - scaled(row, 2), 6),
    "rotated by -6°": lambda row: rotated(255 - scaled(row, 2), -6),
    "rotated by 15°": lambda row: rotated(255 - scaled(row, 2), 15),
}


@pytest.mark.parametrize("how", PICTURES)
def test_easy_rows_are_read_exactly(rows, how):
    read = [byhand.read(PICTURES[how](row)).text for row, _ in rows]
    enough = FEWER if how == "light on dark" else ENOUGH
    assert sum(a == b for a, (_, b) in zip(read, rows, strict=True)) >= enough, read


def ink_boxes(mnist: byhand.Dataset) -> list[tuple[int, int, int, int]]:
    """Return x, y, w, h of each digit's ink in the row that `boxed` has."""
    boxes, left = [], MARGIN + 6
    for image in mnist.test.images[:DIGITS]:
        y, x = np.nonzero(image >= LEAST_INK)
        boxes.append((left, MARGIN + y.min(), np.ptp(x) + 1, np.ptp(y) + 1))
        left += int(np.ptp(x)) + 1 + GAP
    return boxes


@pytest.fixture(scope="module")
def boxed(mnist) -> np.ndarray:
    return set_row(list(mnist.test.images[:DIGITS]), [GAP] * (DIGITS - 1))


@pytest.mark.parametrize(("scale", "near"), [(1, 1.5), (2, 3), (8, 10)])
def test_boxes_are_where_the_ink_is_in_the_pictures_own_pixels(
    mnist, boxed, scale, near
):
    (line,) = byhand.read(255 - scaled(boxed, scale)).lines
    for digit, wanted in zip(line.digits, ink_boxes(mnist), strict=True):
        x, y, w, h = digit.box
        left, top, wide, high = (scale * side for side in wanted)
        found = x, y, x + w, y + h
        assert found == pytest.approx((left, top, left + wide, top + high), abs=near)
    assert line.box[0] == line.digits[0].box[0]


@pytest.mark.parametrize("degrees", [-6, 6])
def test_boxes_of_a_rotated_page_are_around_the_ink_in_the_picture(
    mnist, boxed, degrees
):
    paper = 255 - scaled(boxed, 2)
    picture = rotated(paper, degrees)
    (line,) = byhand.read(picture).lines
    sin, cos = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    for digit, box in zip(line.digits, ink_boxes(mnist), strict=True):
        x, y, w, h = (2 * side for side in box)
        across, down = x + w / 2 - paper.shape[1] / 2, y + h / 2 - paper.shape[0] / 2
        middle = (across * cos + down * sin + picture.shape[1] / 2,
                  -across * sin + down * cos + picture.shape[0] / 2)  # fmt: skip
        x, y, w, h = digit.box
        assert (x + w / 2, y + h / 2) == pytest.approx(middle, abs=6)


def test_two_rows_are_two_lines_from_top_to_bottom(rows):
    right = 0
    for (above, first), (below, second) in zip(rows[::2], rows[1::2], strict=True):
        width = max(above.shape[1], below.shape[1])
        page = np.vstack([
            np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in (above, below)
        ])  # fmt: skip
        reading = byhand.read(255 - page)
        assert len(reading.lines) == 2
        right += reading.text == f"{first}\n{second}"
        assert reading.lines[0].box[1] < above.shape[0] <= reading.lines[1].box[1]
    assert right >= len(rows) // 2 - 1


def test_wide_gaps_part_words(mnist):
    line = byhand.read(of(mnist, "160162", [6, 45, 6, 6, 45])).lines[0]
    assert line.breaks == (2, 5)
    assert line.text == "16 016 2"
    assert byhand.read(of(mnist, "160162", [6] * 5)).lines[0].breaks == ()


@pytest.mark.parametrize("whitelist", ["0", "13", "024579", "0123456789"])
def test_only_digits_of_the_whitelist_are_answered(rows, whitelist):
    for row, _ in rows[:4]:
        for line in byhand.read(row, whitelist=whitelist).lines:
            named = {d.digit for d in line.digits}
            named |= {other for d in line.digits for other, _ in d.alternatives}
            assert named <= {int(digit) for digit in whitelist}


def test_a_line_less_sure_than_is_wanted_is_left_out(rows):
    (line,) = byhand.read(rows[0][0]).lines
    assert byhand.read(rows[0][0], min_confidence=line.confidence).lines == (line,)
    strict = byhand.read(rows[0][0], min_confidence=line.confidence + 1e-6)
    assert strict.lines == ()
    assert "1 line left out: less sure than" in strict.warnings[-1]


def test_confidences_are_probabilities_and_alternatives_fall(mnist):
    images = mnist.test.images[:60].reshape(EASY, DIGITS, 28, 28)
    close = [set_row(list(some), [-4] * (DIGITS - 1)) for some in images]
    lines = [line for row in close for line in byhand.read(row).lines]
    assert all(0 < line.confidence <= 1 for line in lines)
    digits = [digit for line in lines for digit in line.digits]
    assert max(len(digit.alternatives) for digit in digits) > 1
    for digit in digits:
        shares = [p for _, p in digit.alternatives]
        assert 0 < digit.confidence + sum(shares) <= 1 + 1e-9
        assert shares == sorted(shares, reverse=True)
        assert digit.digit not in dict(digit.alternatives)


def test_a_number_of_lines_that_is_not_found_is_a_warning(boxed):
    assert byhand.read(255 - boxed, lines=1).warnings == ()
    assert byhand.read(255 - boxed, lines=3).warnings == ("expected 3 lines, found 1",)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_is_a_warning(level):
    reading = byhand.read(np.full((90, 120), level, np.uint8))
    assert reading == Reading((), ("no digits: the page is blank, or too faint",))


def model_with(feature: str, value: float) -> Model:
    """Return the model with one of its weights for rejection replaced."""
    model = byhand.load()
    model.info["reading"]["reject"][feature] = value
    return model


def test_a_page_with_marks_but_no_digit_is_a_warning(boxed):
    reading = byhand.read(boxed, model=model_with("each", 1e3))
    assert not reading.lines
    (warning,) = reading.warnings
    assert warning.startswith("no digits: ")
    assert warning.endswith("ink that does not look like digits (see --explain)")


def test_confidences_come_from_the_lattice(rows):
    model = byhand.load()
    for picture, _ in rows[:4]:
        sheet = Sheet(Image.fromarray(picture), picture.shape[::-1])
        (row,) = read_page(sheet, LatticeReader(model)).rows
        evidence = row.evidence
        lattice = evidence.lattice
        scores = lattice.scores(weights_of(model))
        p, log_z = posteriors(lattice.edges, scores)
        text = [digit for _, digit in evidence.digits]
        alone = ANYTHING.narrowed(scores)  # whatever marks there are
        log_text = posteriors_given_text(lattice.edges, alone, text)[1]
        probability = np.exp(log_text - log_z)
        sure = probability * (1 - BASE_ERROR_RATE) ** len(text)
        assert row.line.confidence == pytest.approx(sure)
        marginals = [position_marginal(lattice.candidates, p, n)[digit]
                     for n, digit in evidence.digits]  # fmt: skip
        assert [d.confidence for d in row.line.digits] == pytest.approx(
            [
                (1 - BASE_ERROR_RATE) * max(marginal, probability)
                for marginal in marginals
            ]
        )


def test_pages_of_a_file_are_read_one_after_the_other(tmp_path, rows):
    pages = [Image.fromarray(255 - row) for row, _ in rows[:2]]
    blank = Image.new("L", (90, 60), 255)
    path = tmp_path / "three.tif"
    pages[0].save(path, save_all=True, append_images=[blank, pages[1]])
    reading = byhand.read(path)
    assert reading.pages == 3
    assert [line.page for line in reading.lines] == [1, 3]
    blank = [warning for warning in reading.warnings if warning.startswith("page 2")]
    assert blank == ["page 2: no digits: the page is blank, or too faint"]
    assert [d["page"] for d in reading.as_dict()["lines"]] == [1, 3]
    alone = [byhand.read(255 - row).lines[0].text for row, _ in rows[:2]]
    assert [line.text for line in reading.lines] == alone


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lines": 0}, "lines: expected 1 or more, got 0"),
        ({"lines": -2}, "lines: expected 1 or more, got -2"),
        ({"whitelist": ""}, "whitelist: expected some of 0123456789, got ''"),
        ({"whitelist": "12a"}, "whitelist: expected .* got '12a'"),
        ({"min_confidence": 1.1}, "min_confidence: expected 0 to 1, got 1.1"),
        ({"min_confidence": -0.1}, "min_confidence: expected 0 to 1, got -0.1"),
        ({"min_confidence": float("nan")}, "min_confidence: .* got nan"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ReadError, match=message):
        byhand.read(np.zeros((9, 9), np.uint8), **settings)


def test_a_model_of_other_classes_is_refused():
    network = build("pixels 1/255 | flatten | dense 3", (9, 7))
    with pytest.raises(ReadError, match="expected a model of the ten digits"):
        byhand.read(np.zeros((9, 9), np.uint8), model=Model(network, "abc", (9, 7)))


def test_a_model_without_a_reject_class_reads_too(rows):
    shipped = byhand.load()
    *others, last = str(shipped.network).split(" | ")
    assert last == "dense 11"
    network = build(" | ".join([*others, "dense 10"]), shipped.image_shape)
    network.load({
        name: array[..., :10] if array.shape[-1] == 11 else array
        for name, array in shipped.network.arrays.items()
    })  # fmt: skip
    model = Model(network, shipped.class_names, shipped.image_shape)
    read = [byhand.read(row, model=model).text for row, _ in rows]
    assert any("9" in text for _, text in rows)
    assert sum(a == b for a, (_, b) in zip(read, rows, strict=True)) >= FEWER, read


@pytest.mark.parametrize("kind", ["array", "image", "path", "str", "float", "rgb"])
def test_pictures_of_every_kind_are_read_the_same(tmp_path, boxed, kind):
    paper = 255 - boxed
    image, path = Image.fromarray(paper), tmp_path / "row.png"
    image.save(path)
    kinds = {
        "array": paper, "image": image, "path": path, "str": str(path),
        "float": paper / 255, "rgb": image.convert("RGB"),
    }  # fmt: skip
    assert byhand.read(kinds[kind]) == byhand.read(paper)


def test_the_answer_is_made_of_plain_python_values(boxed):
    reading = byhand.read(boxed)
    assert type(reading) is Reading
    (line,) = reading.lines
    assert type(line) is Line
    assert (type(line.text), type(line.confidence)) == (str, float)
    for digit in line.digits:
        assert type(digit) is Digit
        assert (type(digit.digit), type(digit.confidence)) == (int, float)
        assert [type(side) for side in digit.box] == [int] * 4
        for other, confidence in digit.alternatives:
            assert (type(other), type(confidence)) == (int, float)


HOSTILE = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "one row": np.random.default_rng(0).integers(0, 256, (1, 3000)).astype(np.uint8),
    "one column": np.random.default_rng(1).integers(0, 256, (3000, 1)).astype(np.uint8),
    "noise": np.random.default_rng(2).integers(0, 256, (200, 300)).astype(np.uint8),
    "a chessboard": (np.indices((90, 90)).sum(axis=0) % 2 * 255).astype(np.uint8),
    "stripes": np.tile((np.arange(200) % 8 < 4) * np.uint8(255), (90, 1)),
    "a ramp": np.tile(np.arange(256, dtype=np.uint8), (90, 1)),
    "a block": np.pad(np.zeros((90, 40), np.uint8), 60, constant_values=255),
    "a frame": np.pad(np.full((90, 90), 255, np.uint8), 9),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_answered(name):
    reading = byhand.read(HOSTILE[name])
    assert reading.lines or reading.warnings
    height, width = HOSTILE[name].shape
    for line in reading.lines:
        x, y, w, h = line.box
        assert 0 <= x < x + w <= width + 3 and 0 <= y < y + h <= height + 3


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 5)),
        np.zeros((2, 2, 2)),
        np.full((9, 9), np.nan),
        ["text"],
        "no.png",
    ],
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(PictureError):
        byhand.read(picture)
