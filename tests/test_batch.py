"""Model.predict and recognise: one picture or many, of any kind, array or file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand import nn
from byhand.errors import ByhandError, PictureError, ShapeError
from byhand.ink.batch import as_batch
from byhand.model import Model

SHAPE = (28, 28)


@pytest.fixture(scope="module")
def model() -> Model:
    return byhand.load()


@pytest.fixture(scope="module")
def image() -> Any:
    """A 7 as the network takes it."""
    return byhand.load_dataset("mnist").test.images[0]


@pytest.fixture(scope="module")
def path(image: Any, tmp_path_factory: Any) -> Path:
    """The same, larger and dark on light, in a file."""
    path: Path = tmp_path_factory.mktemp("pictures") / "seven.png"
    Image.fromarray(255 - np.pad(image, 20)).save(path)
    return path


ONE: dict[str, Callable[[Any], Any]] = {
    "(H, W)": lambda x: x,
    "(H, W, 1)": lambda x: x[..., None],
    "flat": lambda x: x.ravel(),
    "fractions": lambda x: x / 255,
    "float16": lambda x: (x / 255).astype(np.float16),
    "floats to 255": lambda x: x.astype(float),
    "bool": lambda x: x > 100,
    "0 and 1": lambda x: (x > 100).astype(np.uint8),
    "int64": lambda x: x.astype(np.int64),
    "16 bits": lambda x: x.astype(np.uint16) * 257,
    "fractions, resized": lambda x: x / 255 * 1.06 - 0.03,
    "floats, resized": lambda x: x * 1.04,
    "lists": lambda x: x.tolist(),
    "objects": lambda x: x.astype(object),
    "read-only, reversed": lambda x: np.ascontiguousarray(x[:, ::-1])[:, ::-1],
}
MANY: dict[str, Callable[[Any], Any]] = {
    "(N, H, W)": lambda x: x,
    "(N, H, W, 1)": lambda x: x[..., None],
    "(N, 1, H, W)": lambda x: x[:, None],
    "(N, H W)": lambda x: x.reshape(len(x), -1),
    "fractions": lambda x: x / 255,
    "a list of arrays": lambda x: list(x),
    "a tuple of other types": lambda x: (x[0], x[1] / 255, x[2][..., None]),
    "lists": lambda x: x.tolist(),
    "a Split": lambda x: byhand.Split(x, np.zeros(len(x), np.int64)),
}
FILES: dict[str, Callable[[Path], Any]] = {
    "a Path": lambda p: p,
    "a str": str,
    "bytes": Path.read_bytes,
    "bytearray": lambda p: bytearray(p.read_bytes()),
    "BytesIO": lambda p: io.BytesIO(p.read_bytes()),
    "Pillow": Image.open,
    "CMYK": lambda p: Image.open(p).convert("CMYK"),
    "an array of another size": lambda p: np.asarray(Image.open(p)),
    "floats of another size": lambda p: np.asarray(Image.open(p)) / 255,
    "(H, W, 1) of another size": lambda p: np.asarray(Image.open(p))[..., None],
    "colours": lambda p: np.asarray(Image.open(p).convert("RGB")),
    "opacity": lambda p: np.asarray(Image.open(p).convert("RGBA")),
}


@pytest.mark.parametrize("kind", ONE)
def test_one_array_gives_one_answer(kind, model, image):
    given = ONE[kind](image)
    assert model.predict(given) == 7
    assert isinstance(model.predict(given), np.int64)
    assert model.predict_proba(given).shape == (10,)
    assert model.is_digit(given).shape == ()
    assert model.is_digit(given)


@pytest.mark.parametrize("kind", MANY)
def test_many_arrays_give_as_many_answers(kind, model):
    images = byhand.load_dataset("mnist").test.images[:3]
    given = MANY[kind](images)
    assert model.predict(given).tolist() == [7, 2, 1]
    assert model.predict_proba(given) == pytest.approx(model.predict_proba(images))
    assert model.is_digit(given).tolist() == [True] * 3


@pytest.mark.parametrize("kind", FILES)
def test_a_picture_is_prepared(kind, model, path):
    expected = model.predict_proba(byhand.prepare(path))
    assert model.predict_proba(FILES[kind](path)) == pytest.approx(expected, abs=1e-6)
    assert model.predict(FILES[kind](path)) == 7


def test_an_open_file_is_read(model, path):
    with path.open("rb") as file:
        assert model.predict(file) == 7


def test_what_prepare_gives_is_taken_as_it_is(model, path):
    prepared = byhand.prepare(path)
    (batch,), single = as_batch(prepared, SHAPE)
    assert single
    assert batch.tolist() == prepared.tolist()


def test_a_list_may_hold_pictures_of_all_kinds(model, path, image):
    kinds = [make(path) for make in FILES.values()]
    assert model.predict([*kinds, image]).tolist() == [7] * (len(kinds) + 1)
    assert model.predict(np.array([str(path)] * 2)).tolist() == [7, 7]
    assert model.predict(path.parent.glob("*.png")).tolist() == [7]


def test_many_pictures_of_one_size_are_prepared_each(model, path):
    picture = np.asarray(Image.open(path).convert("RGB"))
    assert model.predict(np.stack([picture, 255 - picture])).tolist() == [7, 7]
    assert model.predict(np.stack([picture[..., 0]] * 3)).tolist() == [7, 7, 7]


def test_no_pictures_give_no_answers(model):
    for none in ([], (), np.empty((0, 28, 28), np.uint8)):
        assert model.predict(none).shape == (0,)
        assert model.predict_proba(none).shape == (0, 10)
        assert model.is_digit(none).shape == (0,)


WRONG = {
    "None": (None, PictureError, r"None.*cv2\.imread returns for a missing file"),
    "None in a list": ([np.zeros(SHAPE), None], PictureError, "^picture 2 of 2: .*cv2"),
    "a data URL": ("data:image/png;base64,iVBOR", PictureError, "data URL.*b64decode"),
    "no file": ("nowhere.png", PictureError, r"^nowhere\.png: .*no such file"),
    "a number": (5, ShapeError, "got int"),
    "a dict": ({}, ShapeError, "got dict"),
    "a list in a list": ([["a.png"]], ShapeError, "got a list in it"),
    "rows of other lengths": ([[1, 2], [3]], ShapeError, "of one size"),
    "batches in a list": ([np.zeros((2, 28, 28))], PictureError, r"got \(2, 28, 28\)"),
    "normalised": (np.linspace(-1, 1, 784).reshape(SHAPE), ShapeError, "got -1 to 1"),
    "not a number": (np.full(SHAPE, np.nan), ShapeError, "got nan"),
    "complex": (np.zeros(SHAPE, complex), ShapeError, "got complex128"),
    "channels first": (np.zeros((2, 3, 28, 28)), PictureError, r"got \(2, 3, 28, 28\)"),
    "no pixels": (np.zeros((0, 28)), PictureError, "at least one pixel"),
    "32 bits": (np.full(SHAPE, 70_000), ShapeError, "got 70000 to 70000"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "is_digit"])
def test_what_is_no_picture_is_refused_in_one_line(kind, method, model):
    given, error, message = WRONG[kind]
    with pytest.raises(error, match=message) as found:
        getattr(model, method)(given)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) <= 400


def test_a_model_for_colours_takes_arrays_of_its_own_size_only(rng):
    network = nn.build("pixels | flatten | dense 3", (6, 5, 3), rng=rng)
    model = Model(network, "abc", (6, 5, 3))
    images = rng.integers(0, 256, (4, 6, 5, 3)).astype(np.uint8)
    assert model.predict(images).shape == (4,)
    assert model.predict(images[0]) == model.predict(images / 255)[0]
    with pytest.raises(ShapeError, match="takes colours"):
        model.predict(np.zeros((60, 50, 3)))


@pytest.mark.parametrize("kind", FILES)
def test_recognise_takes_the_same_pictures(kind, path):
    found = byhand.recognise(FILES[kind](path))
    assert (found.digit, found.reason) == (7, "")
    assert found.confidence > 0.9
    assert len(found.alternatives) == 9


def test_recognise_answers_a_list_with_a_list(path):
    found = byhand.recognise([path, Image.new("L", (30, 30), "white")])
    assert [each.digit for each in found] == [7, None]
    with pytest.raises(ByhandError, match=r"cv2\.imread"):
        byhand.recognise(None)
