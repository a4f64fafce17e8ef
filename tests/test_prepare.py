"""byhand.ink.prepare: whatever the picture, the same square comes out of it."""

from __future__ import annotations

import gzip
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw
from scipy import ndimage

from byhand.errors import PictureError
from byhand.ink.character import find_character
from byhand.ink.prepare import closer, prepare
from byhand.pictures.convert import grey_levels


def two(
    shape: tuple[int, int] = (100, 100), corner: tuple[int, int] = (20, 25), tall=60
) -> np.ndarray:
    """Return uint8 (H, W): a 2 drawn with a black pen on white, antialiased.

    Args:
        shape: of the paper.
        corner: the row and column of the figure's upper left.
        tall: the height of the figure; it is two thirds as wide.
    """
    points = [(0.05, 0.3), (0.15, 0.05), (0.5, 0.05), (0.6, 0.35), (0.05, 0.95)]
    points += [(0.62, 0.93)]
    image = Image.new("L", (shape[1] * 4, shape[0] * 4), 255)
    line = [(4 * (corner[1] + x * tall), 4 * (corner[0] + y * tall)) for x, y in points]
    ImageDraw.Draw(image).line(line, fill=0, width=max(1, tall // 2), joint="curve")
    return np.array(image.reduce(4))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean absolute difference of two squares, in grey levels."""
    return float(np.abs(a.astype(float) - b).mean())


def extent(image: np.ndarray) -> tuple[int, int]:
    """Return the height and width of what is not 0."""
    rows, columns = np.nonzero(image)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """The first 300 test images of MNIST, (300, 28, 28)."""
    path = files("byhand.data") / "mnist" / "t10k-images-idx3-ubyte.gz"
    with path.open("rb") as packed, gzip.open(packed) as file:
        content = file.read(16 + 300 * 784)
    return np.frombuffer(content, np.uint8, offset=16).reshape(300, 28, 28)


def test_a_prepared_picture_is_a_bright_centred_figure_in_the_box():
    image = prepare(two())
    assert image.dtype == np.uint8
    assert image.shape == (28, 28)
    assert image.max() == 255
    assert max(extent(image)) == 20
    assert np.abs(np.subtract(ndimage.center_of_mass(image), 14)).max() <= 0.5
    assert set(image[0]) == set(image[:, 0]) == {0}
    assert 0.1 < np.mean((image > 20) & (image < 235)) / np.mean(image > 20) < 0.7


def test_the_figure_is_the_one_that_was_drawn():
    small = Image.fromarray(255 - two((28, 28), (4, 7), tall=20))
    assert difference(prepare(two((300, 300), (50, 90), tall=160)), small) < 18
    assert difference(np.asarray(small)[:, ::-1], small) > 25  # a mirror image is far


@pytest.mark.parametrize("size", [(28, 28), (40, 30), (12, 20), (3, 3), (1, 1)])
def test_any_size_can_be_asked_for(size):
    image = prepare(two(), size)
    box = max(1, round(min(size) * 20 / 28))
    assert image.shape == size
    assert image.max() == 255
    assert max(extent(image)) == box


def test_a_size_of_nothing_is_refused():
    with pytest.raises(PictureError, match=r"at least \(1, 1\), got \(28, 0\)"):
        prepare(two(), (28, 0))


@pytest.mark.parametrize("side", [40, 100, 300, 700])
def test_a_picture_and_its_inverse_give_the_same(side):
    picture = two((side, side), (side // 5, side // 4), tall=side // 2)
    assert prepare(picture).any()
    assert difference(prepare(picture), prepare(255 - picture)) < 0.1


def test_where_the_figure_stands_makes_no_difference():
    centre = prepare(two())
    for corner in [(3, 3), (35, 50), (3, 50), (37, 4)]:
        assert difference(prepare(two(corner=corner)), centre) == 0


@pytest.mark.parametrize("tall", [25, 40, 90, 200, 450])
def test_how_large_the_figure_is_makes_little_difference(tall):
    usual = prepare(two())
    assert difference(prepare(two((500, 600), (20, 30), tall)), usual) < 15
    assert difference(prepare(two((tall + 9, tall), (4, 9), tall)), usual) < 15


def test_mnist_is_left_as_it_is(digits):
    changes = [difference(prepare(digit), digit) for digit in digits]
    assert np.mean(changes) < 0.5
    assert np.median(changes) < 0.2


def test_grey_ink_on_grey_paper_gives_what_black_on_white_gives():
    grey = (two() * 0.2 + 120).astype(np.uint8)  # 120–171
    assert difference(prepare(grey), prepare(two())) < 3


def test_the_grey_of_a_strokes_edge_is_kept():
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:15] = 255
    picture[4:24, 15] = 80
    image = prepare(picture)
    assert sorted(set(image.ravel())) == [0, 80, 255]


@pytest.mark.parametrize("slope", [0, 1, -2])
@pytest.mark.parametrize("ink", [60, 5])
def test_a_shadow_is_not_ink(slope, ink):
    rows, columns = np.mgrid[:150, :150]
    shadow = np.where(rows + slope * columns > 75 + slope * 75, 0.5, 1)
    shadow = ndimage.gaussian_filter(shadow, 2)
    picture = (ink + two((150, 150), (40, 50), 60) / 255 * (220 - ink)) * shadow
    for page in (picture, 255 - picture):
        assert difference(prepare(page), prepare(two((150, 150), (40, 50), 60))) < 25


def test_noisy_paper_becomes_black(rng=None):
    rng = np.random.default_rng(3)
    picture = two((200, 200), (50, 60), 90) * 0.6 + 60
    picture += 5 * rng.standard_normal(picture.shape)
    image = prepare(picture)
    assert difference(image, prepare(two((200, 200), (50, 60), 90))) < 6
    assert (image == 0).mean() > 0.6


def test_specks_are_dropped_and_parts_of_the_figure_kept():
    picture = two()
    speckled = picture.copy()
    speckled[5:8, 5:8] = speckled[90:92, 50:53] = 0
    assert (prepare(speckled) == prepare(picture)).all()
    barred = picture.copy()
    barred[10:14, 30:60] = 0  # a bar, apart from the rest
    assert difference(prepare(barred), prepare(picture)) > 5


def test_what_the_border_cuts_off_is_not_the_figure():
    picture = two((150, 150), (40, 50), 60)
    page = picture.copy()
    page[:20, :70] = 0  # smaller than the longest stroke, but at the border
    page[100:, 145:] = 0
    assert difference(prepare(page), prepare(picture)) < 1


def test_a_figure_that_the_border_cuts_is_kept():
    assert difference(prepare(two(corner=(20, -5))), prepare(two())) < 25
    picture = two((100, 100), (-3, 25), 98)
    picture[3, 3] = picture[50, 10] = 0  # specks that the border does not cut
    assert max(extent(prepare(picture))) == 20


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28), np.uint8),
        np.full((28, 28), 255, np.uint8),
        np.full((500, 300, 3), 130, np.uint8),
        np.ones((1, 1)),
        np.zeros((1, 900)),
        np.full((3, 3), 60000, np.uint16),
        np.random.default_rng(1).normal(200, 1, (90, 90)),
    ],
)
def test_a_blank_picture_gives_zeros(picture):
    assert prepare(picture).shape == (28, 28)
    assert not prepare(picture).any()


PIXELS = st.one_of(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=70)),
    hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    hnp.arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4])),
        elements=st.floats(-(2**100), 2**100, width=32),
    ),
    st.integers(1, 3000).map(lambda n: np.arange(n, dtype=np.uint8)[None]),
    st.integers(1, 3000).map(lambda n: np.arange(n, dtype=np.uint8)[:, None]),
)


@given(PIXELS, st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_any_array_gives_a_square_with_its_ink_in_the_box(picture, size):
    image = prepare(picture, size)
    assert image.dtype == np.uint8
    assert image.shape == size
    if image.any():
        box = max(1, round(min(size) * 20 / 28))
        assert image.max() == 255
        assert max(extent(image)) <= box + (box >= 20)


def test_a_path_an_image_and_an_array_give_the_same(tmp_path):
    picture = two((600, 800), (100, 120), 380)
    Image.fromarray(picture).save(tmp_path / "two.png")
    Image.fromarray(picture).convert("RGB").save(tmp_path / "two.bmp")
    for other in (
        tmp_path / "two.png",
        str(tmp_path / "two.bmp"),
        Image.fromarray(picture),
        picture / 255,
        picture.astype(np.uint16) * 257,
        np.repeat(picture[..., None], 3, axis=2),
    ):
        assert (prepare(other) == prepare(picture)).all()


def test_black_ink_on_nothing_gives_what_black_on_white_gives():
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[..., 3] = 255 - two()
    assert (prepare(rgba) == prepare(two())).all()


def test_prepare_leaves_its_picture_alone():
    picture = two()
    before = picture.copy()
    picture.flags.writeable = False
    prepare(picture)
    assert (picture == before).all()


def test_a_trace_beside_the_ink_is_paper():
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:15] = 255
    picture[4:24, 15] = 5  # 2 % of the ink
    assert set(prepare(picture).ravel()) == {0, 255}


def test_a_small_figure_is_cropped_with_as_much_paper_around():
    picture = two((1000, 900), (500, 450), 60)
    found = find_character(grey_levels(Image.fromarray(picture), 256))
    box = found.box
    part = closer(Image.fromarray(picture), found)
    side, scale = max(box.width, box.height), 1000 / 334
    assert part.size == pytest.approx(
        (scale * (box.width + 2 * side), scale * (box.height + 2 * side)), abs=2
    )
    ink = np.argwhere(np.asarray(part) < 128)
    assert np.abs(ink.mean(axis=0) - np.divide(part.size[::-1], 2)).max() < 20
    for place in [(1, 835), (935, 2)]:  # no paper beyond the picture's edges
        corner = Image.fromarray(two((1000, 900), place, 60))
        small = closer(corner, find_character(grey_levels(corner, 256)))
        assert np.subtract(part.size, small.size).min() > 25


def test_a_figure_that_is_large_or_was_not_shrunk_is_not_cropped():
    for picture in (two((1000, 900), (100, 50), 160), two((250, 250), (20, 20), 30)):
        image = Image.fromarray(picture)
        assert closer(image, find_character(grey_levels(image, 256))) is None
