"""docs/howto-own-parts.md does what it says, by the real command line.

Its code is taken from the page, and trains the network of its recipe on small images.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "howto-own-parts.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", flags=re.M | re.S)
HEADINGS = ("A layer", "An optimiser", "An augmentation")


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(text) if found == language]


def section(heading: str) -> str:
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def plugin() -> str:
    """Return the file of the page: its first lines and its three classes."""
    start = blocks(PAGE.partition("\n## ")[0], "python")
    classes = [blocks(section(heading), "python")[0] for heading in HEADINGS]
    return "\n\n".join([*start, *classes])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, make_images) -> Path:
    """A folder with the page's two files, and images to train on."""
    found = tmp_path_factory.mktemp("own")
    (found / "my_layers.py").write_text(plugin(), "utf-8")
    recipe = blocks(section("Train with them"), "toml")[0]
    (found / "my_recipe.toml").write_text(recipe, "utf-8")
    np.savez(found / "toy.npz", **make_images)
    return found


@pytest.fixture(scope="module")
def make_images() -> dict[str, np.ndarray]:
    """Three patterns of 9 × 8 pixels with noise."""
    rng = np.random.default_rng(1)
    patterns = rng.uniform(0, 255, (3, 9, 8))
    found = {}
    for part, count in (("train", 240), ("test", 60)):
        labels = np.arange(count) % 3
        noise = 40 * rng.standard_normal((count, 9, 8))
        images = (patterns[labels] + noise).clip(0, 255)
        found |= {f"x_{part}": images.astype(np.uint8), f"y_{part}": labels}
    return found


def byhand(folder: Path, line: str) -> Ended:
    """Run a command of the page in a process of its own."""
    return python(folder, "-m", *line.split())


def python(folder: Path, *words: str) -> Ended:
    """Run Python in a process of its own, without kernels: none are the point here."""
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True,
        env={**os.environ, "BYHAND_KERNELS": "reference", "NO_COLOR": "1"},
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def trained(folder) -> Path:
    """The model of the page's training, shorter and on small images."""
    (line,) = re.findall(r"^byhand train .*--out .*$", PAGE, re.M)
    ended = byhand(folder, f"{line} --data toy.npz --no-report --steps 200")
    assert ended.code == 0, ended.err
    assert "--plugin my_layers.py PICTURE.png" in ended.err  # what to try next
    return folder / "leaky.safetensors"


def test_the_page_has_every_command_that_is_tried_here():
    commands = "\n".join(blocks(PAGE, ""))
    assert set(re.findall(r"^byhand (\w+)", commands, re.M)) == {
        *("train", "gradcheck", "evaluate", "export")
    }


def test_the_gradients_of_the_layer_are_right(folder):
    (line,) = re.findall(r"^byhand gradcheck .*$", PAGE, re.M)
    ended = byhand(folder, line)
    assert ended.code == 0, ended.err
    assert re.search(r"^ *leakyrelu +\d\.\de-\d+ +ok *$", ended.out, re.M), ended.out


def test_it_learns_and_the_model_keeps_the_words(folder, trained, tmp_path):
    line = (
        "byhand evaluate leaky.safetensors --plugin my_layers.py --data toy.npz --json"
    )
    ended = byhand(folder, line)
    assert ended.code == 0, ended.err
    accuracy = float(re.search(r'"accuracy": ([\d.]+)', ended.out)[1])  # type: ignore[index]
    assert accuracy > 0.9
    program = (
        "import byhand; byhand.load_plugin('my_layers.py');"
        "model = byhand.load('leaky.safetensors');"
        "layer = model.network.layers[3]; recipe = model.info['recipe'];"
        "print(layer.slope, str(layer), recipe['optimizer'],"
        " recipe['augmentation']['own'], sep='|')"
    )
    done = python(folder, "-c", program)
    recipe = tomllib.loads((folder / "my_recipe.toml").read_text("utf-8"))
    words = recipe["optimizer"], recipe["augmentation"]["own"]
    assert done.out.strip() == "|".join(["0.1", "leakyrelu 0.1", *words]), done.err


def test_without_the_plugin_it_is_refused_as_the_page_says(folder, trained):
    ended = byhand(folder, "byhand evaluate leaky.safetensors --data toy.npz")
    (said,) = blocks(re.sub(r"^  ", "", PAGE, flags=re.M), "text")[1:]
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.split() == said.split()


def test_it_is_exported_and_another_program_computes_the_same(
    folder, trained, make_images
):
    onnxruntime = pytest.importorskip("onnxruntime")
    ended = byhand(
        folder, "byhand export leaky.safetensors leaky.onnx --plugin my_layers.py"
    )
    assert ended.code == 0, ended.err
    program = (
        "import byhand, numpy; byhand.load_plugin('my_layers.py');"
        "images = numpy.load('toy.npz')['x_test'];"
        "numpy.save('logits.npy', byhand.load('leaky.safetensors').logits(images))"
    )
    assert python(folder, "-c", program).code == 0
    session = onnxruntime.InferenceSession(str(folder / "leaky.onnx"))
    logits = session.run(["logits"], {"images": make_images["x_test"]})[0]
    worst = np.abs(logits - np.load(folder / "logits.npy")).max()
    assert worst <= 1e-5 * max(1, np.abs(logits).max())


def test_a_page_cannot_be_exported_with_it(folder, trained):
    line = "byhand export leaky.safetensors leaky.html --plugin my_layers.py"
    ended = byhand(folder, line)
    assert ended.code == 1
    assert "expected layers that its page can compute, got leakyrelu" in ended.err
    assert ended.err.count("\n") == 1
