"""What the page says of a number: what it depends on, and what spoke for it."""

from __future__ import annotations

import numpy as np
import pytest
from page_modules import STATIC, file_of, module_page, shipped_file, text_of

import byhand
from byhand.model import Model
from byhand.nn.calibration import EVIDENCE
from byhand.nn.losses import softmax
from byhand.nn.network import build


@pytest.fixture(scope="module")
def modules(chromium):
    yield from module_page(chromium)


def test_halves_are_read_as_numpy_reads_them(modules):
    numbers = np.arange(2**16, dtype=np.uint16)
    script = "(bits) => [...lab.fromFloat16(new Uint16Array(lab.bytes(bits).buffer))]"
    found = modules.evaluate(
        f"(bits) => ({script})(bits).map(String)", text_of(numbers)
    )
    halves = numbers.view(np.float16).astype(np.float64)
    ours = np.array([float(text.replace("Infinity", "inf")) for text in found])
    assert np.array_equal(ours, halves, equal_nan=True)


SEEN = """([file, layer, unit]) => {
  const network = lab.model(file);
  const { x, y, width, height } = lab.seenBox(network, layer, unit);
  return [x, y, width, height];
}"""
POOLED = "conv 2 3x3 | avgpool 2 | conv 2 2x2 stride 2 | flatten | dense 3"
ADDED = "conv 2 3x3 pad 1 | as a | conv 2 3x3 pad 1 | add a | flatten | dense 3"
JOINED = "conv 2 5x5 pad 2 | as a | conv 2 1x1 | conv 2 1x1 | concat a | globalpool "
JOINED += "| dense 3"
# the named output is of another place than the path between
APART = "conv 2 1x1 | as a | upsample 2 | crop 4 | conv 2 3x5 | add a | flatten"
APART += " | dense 3"
INFLUENCE = """([file, image, layer, unit]) => {
  const network = lab.model(file), pixels = lab.bytes(image);
  const value = (data) => network.forward(data).outputs[layer].data[unit];
  const before = value(pixels);
  return Array.from(pixels, (level, at) => {
    const changed = pixels.slice();
    changed[at] = 255 - level;
    return value(changed) !== before;
  });
}"""


@pytest.mark.parametrize(
    ("text", "layer", "unit"),
    [
        (POOLED, 1, 20),
        (POOLED, 3, 5),
        (POOLED, 4, 7),
        (POOLED, 5, 1),
        ("conv 2 3x3 pad 1 | flatten | dense 3", 1, 0),
        ("crop 1 | conv 2 3x2 | flatten | dense 3", 2, 11),
        ("conv 3 1x1 | avgpool 2 | upsample 2 | flatten | dense 3", 3, 40),
        ("conv 4 3x3 pad 1 | pixelshuffle 2 | flatten | dense 3", 2, 77),
        (ADDED, 4, 57),
        (JOINED, 5, 100),
        (APART, 6, 0),
        ("conv 2 3x3 | globalpool | dense 3", 2, 1),
    ],
)
def test_a_units_receptive_field_is_what_changes_it(
    modules, tmp_path, rng, text, layer, unit
):
    model = Model(build(f"pixels 1/255 | {text}", (10, 12), rng=rng), "abc", (10, 12))
    image = rng.integers(0, 100, (10, 12)).astype(np.uint8)
    file = file_of(model, tmp_path)
    data = [file, text_of(image), layer, unit]
    changes = np.array(modules.evaluate(INFLUENCE, data)).reshape(10, 12)
    rows, columns = np.nonzero(changes)
    x, y = columns.min(), rows.min()
    box = [x, y, columns.max() + 1 - x, rows.max() + 1 - y]
    assert modules.evaluate(SEEN, [file, layer, unit]) == box


SPOKE = """([file, image, output]) => {
  const network = lab.model(file), pixels = lab.bytes(image);
  const pass = network.forward(pixels);
  const { shape, drops } = lab.occlusion(network, pixels, { side: 7, step: 7 });
  const spoke = [...lab.gradientTimesInput(network, pass, output)];
  return { shape, drops: [...drops], spoke, logits: [...network.logits(pass)] };
}"""


def test_gradient_times_input_adds_up_to_the_score_of_a_network_without_biases(
    modules, tmp_path, rng
):
    text = "pixels 1/255 | conv 3 3x3 | relu | maxpool 2 | flatten | dense 4"
    model = Model(build(text, (14, 14), rng=rng), "abcd", (14, 14))
    image = rng.integers(0, 256, (14, 14)).astype(np.uint8)
    found = modules.evaluate(SPOKE, [file_of(model, tmp_path), text_of(image), 2])
    assert sum(found["spoke"]) == pytest.approx(found["logits"][2], rel=1e-4)


def test_occlusion_is_the_fall_of_probabilities_where_a_square_is_covered(
    modules, mnist
):
    image, model = mnist.test.images[0], byhand.load()
    found = modules.evaluate(SPOKE, [shipped_file(), text_of(image), 7])
    drops = np.array(found["drops"]).reshape(found["shape"])
    assert drops.shape == (4, 4, 11)
    covered = np.repeat(image[None], 16, axis=0)
    for place in range(16):
        row, column = 7 * (place // 4), 7 * (place % 4)
        covered[place, row : row + 7, column : column + 7] = 0
    scores = model.scores(np.concatenate([image[None], covered]))
    p = softmax(scores.astype(np.float64))
    assert np.abs(drops.reshape(16, 11) - (p[0] - p[1:])).max() <= 1e-4


def test_softmax_written_out_gives_the_probabilities(modules):
    logits = [3.0, -1.0, 0.5]
    found = modules.evaluate("(x) => lab.softmaxTerms(x, 2)", logits)
    expected = softmax(np.array([logits]) / 2)[0]
    shares = [term["exponential"] / found["sum"] for term in found["terms"]]
    assert shares == pytest.approx(expected)
    assert [term["probability"] for term in found["terms"]] == pytest.approx(expected)


def test_a_number_that_is_in_both_languages_is_the_same():
    assert f"const EVIDENCE = {EVIDENCE};" in (STATIC / "loss.js").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pixels | gone 3", "unknown layer: gone 3"),
        ("pixels | dense 3", "dense: expected a flat input"),
        ("pixels | flatten | dense 3", "dense 3: expected w of shape (4,3)"),
        ("pixels | as a | crop 1 | add a", "add a: expected"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(modules, text, said):
    script = """(text) => {
      const shape = text.includes("crop") ? [4, 4] : [2, 2];
      try { lab.buildNetwork(text, shape, {}); } catch (error) { return error.message; }
    }"""
    assert said in modules.evaluate(script, text)
