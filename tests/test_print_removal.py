"""byhand.ink.print_removal: forms drawn in ink and print, and what is left of each.

Inks multiply: a colour is what is left of white light in red, green and blue.
"""

from __future__ import annotations

import gzip
import io
from functools import partial
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from byhand.ink.print_removal import kept_share, paper_of, without_print
from byhand.pictures.convert import grey_levels

RED, GREEN, BLUE_PRINT = (0.92, 0.55, 0.55), (0.5, 0.8, 0.55), (0.55, 0.72, 0.95)
ORANGE, YELLOW, STRONG_RED = (0.97, 0.75, 0.45), (0.97, 0.93, 0.5), (0.85, 0.2, 0.25)
BLACK, PENCIL, BLUE, PEN_RED = (
    (0.1,) * 3,
    (0.4,) * 3,
    (0.12, 0.2, 0.55),
    (0.75, 0.1, 0.15),
)
PRINTS = {
    "red": RED,
    "green": GREEN,
    "blue": BLUE_PRINT,
    "orange": ORANGE,
    "yellow": YELLOW,
    "strong red": STRONG_RED,
}
PENS = {"black": BLACK, "pencil": PENCIL, "blue": BLUE, "red": PEN_RED}

H, W = 700, 1000
PITCH = 62  # pixels from box to box


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """The first 200 test images of MNIST, (200, 28, 28), 0–1."""
    path = files("byhand.data") / "mnist" / "t10k-images-idx3-ubyte.gz"
    with path.open("rb") as packed, gzip.open(packed) as file:
        content = file.read(16 + 200 * 784)
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, 28, 28) / 255


def written(digits: np.ndarray, rng: np.random.Generator, high: int = 58) -> np.ndarray:
    """Return (H, W), 0–1: rows of digits, one in each box of the forms below."""
    ink = np.zeros((H, W))
    for top in range(40, H - 2 * PITCH, 2 * PITCH):
        for left in range(40, W - PITCH, PITCH):
            digit = digits[rng.integers(len(digits))]
            dy, dx = rng.integers(-16, 17, 2)  # over the box's sides, now and then
            y, x = top + dy + (PITCH - high) // 2, left + dx + (PITCH - high) // 2
            large = ndimage.zoom(digit, high / 28, order=1).clip(0, 1)
            ink[y : y + high, x : x + high] = np.maximum(
                ink[y : y + high, x : x + high], large
            )
    return ink


def boxes(thick: int = 2, gap: int = 0) -> np.ndarray:
    """Return (H, W), 0–1: rows of boxes, one for each digit."""
    ink = np.zeros((H, W))
    for top in range(40, H - 2 * PITCH, 2 * PITCH):
        for left in range(40, W - PITCH, PITCH):
            right = left + PITCH + (-gap or thick)
            ink[top : top + PITCH, left:right] = 1
            inside = slice(top + thick, top + PITCH - thick)
            ink[inside, left + thick : right - thick] = 0
    return ink


def combs(thick: int = 2) -> np.ndarray:
    """Return (H, W), 0–1: rules with short teeth on them."""
    ink = np.zeros((H, W))
    for bottom in range(40 + PITCH, H - PITCH, 2 * PITCH):
        ink[bottom : bottom + thick, 40 : W - 40] = 1
        for left in range(40, W - 40, PITCH):
            ink[bottom - 18 : bottom, left : left + thick] = 1
    return ink


def ruled(thick: int = 2) -> np.ndarray:
    """Return (H, W), 0–1: ruled paper."""
    ink = np.zeros((H, W))
    for top in range(30, H, 36):
        ink[top : top + thick] = 1
    return ink


FORMS = {
    "boxes": boxes,
    "separate": partial(boxes, gap=6),
    "combs": combs,
    "ruled": ruled,
}


def light(uneven: float = 0.3) -> np.ndarray:
    """Return (H, W, 3): yellowish paper, less lit towards one corner."""
    fall = 1 - uneven * np.add.outer(np.linspace(0, 0.6, H), np.linspace(0, 0.4, W))
    return fall[..., None] * np.array([250, 246, 236])


def photographed(
    *layers: tuple[np.ndarray, tuple[float, float, float]],
    seed: int = 0,
    quality: int | None = 85,
) -> Image.Image:
    """Return a picture of inks, each (H, W), on paper: blurred, noisy, compressed."""
    colour = light()
    for amount, ink in layers:
        colour = colour * np.asarray(ink) ** amount[..., None]
    colour = ndimage.gaussian_filter(colour, (0.7, 0.7, 0))
    colour += np.random.default_rng(seed).normal(0, 3, colour.shape)
    image = Image.fromarray(colour.clip(0, 255).astype(np.uint8))
    if quality is None:
        return image
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


def contrast(image: Image.Image, where: np.ndarray) -> float:
    """Return how much darker than the paper a picture is at some pixels."""
    paper = light() @ [0.299, 0.587, 0.114]
    grey = grey_levels(image, 1024)
    return float(((paper - grey) / paper)[where].mean())


def shares_left(digits: np.ndarray, rules: np.ndarray, print_, pen) -> list[float]:
    """Return what is left of a form's contrast: of the print, strokes, crossings."""
    writing = written(digits, np.random.default_rng(1))
    picture = photographed((rules, print_), (writing, pen))
    result = without_print(picture)
    assert result is not picture
    bare = (rules > 0) & (ndimage.maximum_filter(writing, 15) == 0)
    strokes, crossings = writing > 0.8, (writing > 0.8) & (rules > 0)
    assert crossings.sum() > 100
    alone = photographed((writing, pen))
    return [
        contrast(result, bare) / contrast(picture, bare),
        contrast(result, strokes) / contrast(picture, strokes),
        contrast(result, crossings) / contrast(alone, crossings),
    ]


PAIRS = [(a, b) for a in PRINTS for b in PENS if a.split()[-1] != b]


@pytest.mark.parametrize(("print_", "pen"), PAIRS)
def test_print_of_another_colour_goes_and_the_writing_stays(digits, print_, pen):
    left = shares_left(digits, boxes(), PRINTS[print_], PENS[pen])
    assert left[0] < 1 / 4
    assert left[1] > 0.9
    assert 0.9 < left[2] < 1.2


@pytest.mark.parametrize("form", ["separate", "combs", "ruled"])
@pytest.mark.parametrize(("print_", "pen"), [("green", "black"), ("red", "blue")])
def test_so_it_is_with_forms_of_every_kind(digits, form, print_, pen):
    left = shares_left(digits, FORMS[form](), PRINTS[print_], PENS[pen])
    assert left[0] < 1 / 4
    assert left[1] > 0.9
    assert 0.9 < left[2] < 1.2


@pytest.mark.parametrize("form", ["boxes", "ruled"])
@pytest.mark.parametrize("pen", ["red", "blue"])
def test_black_rules_are_the_print_where_the_pen_has_a_colour(digits, form, pen):
    left = shares_left(digits, FORMS[form](), BLACK, PENS[pen])
    assert left[0] < 1 / 4
    assert left[1] > 0.9


@pytest.mark.parametrize("thick", [1, 4])
@pytest.mark.parametrize("quality", [50, None])
def test_thin_and_thick_rules_go_from_good_and_bad_files(digits, thick, quality):
    writing, rules = written(digits, np.random.default_rng(1)), boxes(thick)
    picture = photographed((rules, RED), (writing, BLUE), quality=quality)
    bare = (rules > 0) & (ndimage.maximum_filter(writing, 15) == 0)
    result = without_print(picture)
    assert contrast(result, bare) < contrast(picture, bare) / 4
    assert contrast(result, writing > 0.8) > 0.9 * contrast(picture, writing > 0.8)


def test_two_pens_are_both_kept_when_the_print_goes(digits):
    writing, rules = written(digits, np.random.default_rng(1)), boxes()
    left = np.arange(W) < W / 2
    picture = photographed(
        (rules, RED), (writing * left, BLACK), (writing * ~left, BLUE)
    )
    result = without_print(picture)
    bare = (rules > 0) & (ndimage.maximum_filter(writing, 15) == 0)
    assert contrast(result, bare) < contrast(picture, bare) / 4
    for side in (left, ~left):
        strokes = (writing > 0.8) & side
        assert contrast(result, strokes) > 0.8 * contrast(picture, strokes)


def test_what_is_far_from_the_print_stays_bit_for_bit(digits):
    rules = boxes()
    picture = photographed(
        (rules, RED), (written(digits, np.random.default_rng(1)), BLUE)
    )
    far = ndimage.maximum_filter(rules, 21) == 0
    before, after = grey_levels(picture, W), grey_levels(without_print(picture), W)
    assert (before[far] == after[far]).mean() > 0.97
    assert np.abs(before[far].astype(int) - after[far]).max() < 20
    assert (before != after).mean() > 0.05


def board(writing: np.ndarray, lines: np.ndarray) -> Image.Image:
    """Return a picture of a green board with yellow lines and white writing."""
    colour = np.ones((H, W, 3)) * (30, 50, 40)
    for amount, chalk in ((lines, (250, 230, 90)), (writing, (245, 245, 240))):
        colour += amount[..., None] * (np.asarray(chalk) - colour)
    colour = ndimage.gaussian_filter(colour, (0.7, 0.7, 0))
    colour += np.random.default_rng(0).normal(0, 3, colour.shape)
    return Image.fromarray(colour.clip(0, 255).astype(np.uint8))


def unclear(digits: np.ndarray) -> dict[str, Image.Image]:
    """Return pictures in which there is no print of another colour than the pen's."""
    writing = written(digits, np.random.default_rng(1))
    left = np.arange(W) < W / 2
    ones = np.zeros((H, W))
    for top in range(50, H - 140, 124):
        for x in range(70, W - 50, PITCH):
            ones[top : top + 45, x : x + 4] = 1
    one_ink = {name: photographed((writing, pen)) for name, pen in PENS.items()}
    tall = ndimage.zoom(ones[50:112, :W], (70 / 45, 1), order=0)[:90] * left
    form = photographed((boxes(), RED), (writing, BLUE))
    clear = form.convert("RGB")
    clear.info["transparency"] = (0, 0, 0)
    return one_ink | {
        "nothing": photographed(),
        "black and blue": photographed(
            (writing * left, BLACK), (writing * ~left, BLUE)
        ),
        "red and black": photographed(
            (writing * left, PEN_RED), (writing * ~left, BLACK)
        ),
        "ones": photographed((ones * left, PEN_RED), (writing * ~left, BLACK)),
        "tall ones": photographed(
            (np.pad(tall, ((50, H - 50 - len(tall)), (0, 0))), PEN_RED),
            (writing * ~left, BLACK),
        ),
        "no writing": photographed((boxes(), RED)),
        "the print's colour": photographed((boxes(), BLUE_PRINT), (writing, BLUE)),
        "black print": photographed((boxes(), BLACK), (writing, BLACK)),
        "black print, two pens": photographed(
            (boxes(), BLACK), (writing * left, BLACK), (writing * ~left, BLUE)
        ),
        "grey": form.convert("L"),
        "grey in three channels": form.convert("L").convert("RGB"),
        "a form inverted": Image.fromarray(255 - np.asarray(form)),
        "a board": board(writing, combs(3)),
        "transparent": clear,
        "deep": Image.fromarray(np.asarray(form.convert("L")).astype(np.uint16)),
    }


def test_without_print_of_another_colour_the_picture_comes_back_itself(digits):
    for name, picture in unclear(digits).items():
        assert without_print(picture) is picture, name


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 5), (40, 300)])
def test_pictures_of_any_size_are_taken(size, rng):
    noise = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    assert without_print(picture) is picture


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "HSV"])
def test_colour_may_come_in_any_mode(digits, mode):
    writing = written(digits, np.random.default_rng(1))
    form = photographed((boxes(), RED), (writing, BLUE))
    assert without_print(form.convert("RGB").convert(mode)).mode == "L"


@pytest.mark.parametrize("scale", [0.5, 3])
def test_pictures_of_any_resolution_lose_their_print(digits, scale):
    writing, rules = written(digits, np.random.default_rng(1)), boxes(3)
    form = photographed((rules, RED), (writing, BLUE))
    size = round(W * scale), round(H * scale)
    picture = form.resize(size, Image.Resampling.BICUBIC)
    result = without_print(picture)
    assert result.size == size
    bare = (rules > 0) & (ndimage.maximum_filter(writing, 15) == 0)
    back = [image.convert("L").resize((W, H)) for image in (picture, result)]
    assert contrast(back[1], bare) < contrast(back[0], bare) / 4


def test_paper_is_found_under_ink_and_uneven_light(digits):
    writing = written(digits, np.random.default_rng(1))
    picture = photographed((boxes(), RED), (writing, BLACK))
    difference = paper_of(picture).astype(float) - light()
    assert np.abs(difference).mean() < 3
    assert np.quantile(np.abs(difference), 0.99) < 12


def test_the_print_is_taken_off_a_crossing_but_no_more_than_there_is():
    red, black = np.array([0.1, 0.6, 0.6]), np.array([2.0, 2.0, 2.0])
    absorbance = np.zeros((20, 200, 3), np.float32)
    absorbance[5] = red
    absorbance[:, 5] += black
    absorbance[15, 15] = 3 * red  # more than the print has: something else
    directions = [(d / d.sum()).astype(np.float32) for d in (red, black)]
    kept = kept_share(absorbance, *directions)
    assert (kept[5, 7:] == 0).all()
    assert (kept[[0, 19], 5] == 255).all()
    missing = [1 - np.exp(-a) @ [0.299, 0.587, 0.114] for a in (black, red + black)]
    assert kept[5, 5] == pytest.approx(255 * missing[0] / missing[1], abs=1)
    assert kept[15, 15] > 150
