"""The word shipped stands for the model in the package wherever a file is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand import load
from byhand.errors import ModelError

COMMANDS = {
    "evaluate": "evaluate shipped --data small.npz --json",
    "predict": "predict --model shipped seven.png --json",
    "read": "read --model shipped seven.png --json",
    "export": "export shipped model.onnx --json",
    "compare": "compare shipped shipped --data small.npz --json",
    "show mistakes": "show mistakes --model shipped --data small.npz --out seen.png",
    "show weights": "show weights --model shipped --out seen.png",
    "show digit": "show digit 3 --model shipped --data small.npz",
}


@pytest.fixture(autouse=True)
def inputs(byhand, make_dataset, save_npz) -> None:
    """A small data set of ten classes and a picture, in the working folder."""
    save_npz(Path("small.npz"), make_dataset(40, 20, (28, 28), 10))
    Image.new("L", (30, 30), 255).save("seven.png")


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_word_shipped_stands_for_the_model_in_the_package(byhand, command: str):
    if command.startswith("export"):
        pytest.importorskip("onnx")
    ended = byhand(*command.split())
    assert (ended.code, "error" in ended.err) == (0, False), ended.err


def test_a_file_of_that_name_is_given_as_a_path(byhand):
    image = np.zeros((1, 28, 28), np.uint8)
    assert (load("shipped").scores(image) == load().scores(image)).all()
    for path in (Path("shipped"), "./shipped"):
        with pytest.raises(ModelError, match="shipped"):
            load(path)
    assert byhand("predict", "--model", "./shipped", "seven.png").code == 1
