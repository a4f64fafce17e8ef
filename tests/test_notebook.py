"""Every public object says what it is in one line, and shows itself in a notebook."""

from __future__ import annotations

import copy
import pickle
import re
import sys
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand import nn, notebook
from byhand.augment.augmentation import Augmentation
from byhand.comparison import compare
from byhand.evaluation import Evaluation
from byhand.model import Model
from byhand.notebook import Labelled
from byhand.reading.result import Digit, Line, Reading
from byhand.recognition import Recognition
from byhand.training.outcome import Result
from byhand.training.state import Epoch
from byhand.types import Box

HOSTILE = "<script>alert('x')</script>\n\x1b[31m\"&" + "z" * 5000


def network(outputs: int = 3) -> nn.Network:
    text = f"pixels | conv 4 3x3 | relu | flatten | dense 7 | relu | dense {outputs}"
    return nn.build(text, (6, 5), rng=np.random.default_rng(1))


def model(*names: str, outputs: int = 3, **info: Any) -> Model:
    return Model(network(outputs), names or ("a", "b", "c"), (6, 5), info)


def dataset(name: str = "mine", names: tuple[str, ...] = ("a", "b", "c")) -> Any:
    images = np.arange(8 * 30, dtype=np.uint8).reshape(8, 6, 5)
    split = byhand.Split(images, np.arange(8) % 3)
    return byhand.Dataset(name, split, split[:4], names)


def evaluation(names: tuple[str, ...] = ("a", "b", "c")) -> Evaluation:
    return byhand.evaluate(model(*names), dataset(names=names))


def result() -> Result:
    epochs = tuple(
        Epoch(n, n, 1 / n, 0.5, 0.9, 0.1, 1.0, None if n == 2 else 2 / n)
        for n in (1, 2, 3)
    )
    return Result(model(), epochs, 3.0, 300, 3)


def recognition(names: tuple[str, ...] = ("a", "b"), reason: str = "") -> Recognition:
    image = np.zeros((6, 5), np.uint8)
    return Recognition(names, np.array([0.75, 0.25]), image, reason)


def reading(picture: Any = None) -> Reading:
    digits = tuple(Digit(d, 0.6 + d / 10, (), Box(10 * d, 5, 8, 12)) for d in (1, 2, 3))
    lines = tuple(Line(digits, 0.5, page=page) for page in (1, 2))
    return Reading(lines, ("ink left out",), 2, picture)


CACHES = nn.build("flatten | dropout 0.1", (6, 5)).forward(np.zeros((2, 6, 5)))[1]
LINES: dict[str, tuple[Any, str]] = {
    "Model": (model(), "Model(conv 4, dense 7, 3 classes)"),
    "Model with a reject class": (
        model(outputs=4, test={"dataset": "mnist", "accuracy": 0.9956}),
        "Model(conv 4, dense 7, 3 classes + reject, MNIST 99.56 %)",
    ),
    "Network": (network(), "Network(conv 4, dense 7-3; 407 parameters)"),
    "no layers": (nn.Network([]), "Network(no layers; 0 parameters)"),
    "Conv2d": (nn.Conv2d(1, 16, 5), "Conv2d(16 5x5; w 5×5×1×16, b 16)"),
    "Dense": (nn.Dense(784, 60), "Dense(60; w 784×60, b 60)"),
    "ReLU": (nn.ReLU(), "ReLU()"),
    "Dropout": (nn.Dropout(0.3), "Dropout(0.3)"),
    "SGD": (nn.SGD(0.9, True), "SGD(momentum=0.9, nesterov=True)"),
    "AdamW": (
        nn.AdamW(),
        "AdamW(beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.0)",
    ),
    "Init": (nn.HE, "Init(he_normal, zeros)"),
    "Run": (nn.Run(), "Run(training=False, rng=None, arena=None, gradients=True)"),
    "Arena": (nn.Arena(), "Arena(0 buffers, 0 bytes)"),
    "caches": (CACHES, "Caches(2 stages)"),
    "Dataset": (dataset(), "Dataset(mine: 8 + 4 images of 6×5, 3 classes)"),
    "Split": (dataset().train, "Split(8 images of 6×5)"),
    "Evaluation": (
        byhand.evaluate(model(), dataset()),
        "Evaluation(XX % of 4 images, 3 classes, 95 % interval XX % to XX %)",
    ),
    "Result": (
        result(),
        "Result(3 epochs in 3.0 s, validation 90.00 %, "
        "Model(conv 4, dense 7, 3 classes))",
    ),
    "Recipe": (
        byhand.find_recipe("mlp"),
        "Recipe(mlp: flatten | dense 384 | relu | dense 128 | relu | dense {classes}; "
        "7 epochs, sgd lr 0.3 one-cycle)",
    ),
    "Augmentation": (
        Augmentation(shift=2, roam=0.5),
        "Augmentation(shift=2, roam=0.5)",
    ),
    "no augmentation": (Augmentation(), "Augmentation()"),
    "Recognition": (recognition(), "Recognition(class a, 75.0 %)"),
    "a rejection": (
        recognition(reason="nothing drawn"),
        "Recognition(none: nothing drawn; perhaps a, 75.0 %)",
    ),
    "Comparison": (
        compare(np.arange(3), np.arange(3), np.zeros(3, np.int64)),
        "Comparison(3 images: 2 right by a alone, 0 by b alone, p = 0.5: "
        "may be chance)",
    ),
    "Reading": (reading(), "Reading(2 lines, 2 pages, 1 warning: '123', '123')"),
    "nothing read": (Reading(()), "Reading(0 lines)"),
    "Line": (reading().lines[1], "Line('123', 50.0 %, page 2)"),
    "Digit": (reading().lines[0].digits[0], "Digit(1, 70.0 %, box 10, 5, 8, 12)"),
    "Box": (Box(1, 2, 3, 4), "Box(x=1, y=2, width=3, height=4)"),
}


@pytest.mark.parametrize("name", LINES)
def test_an_object_says_in_one_line_what_it_is(name):
    thing, expected = LINES[name]
    found = re.sub(r"\d+\.\d\d %", "XX %", repr(thing)) if "XX" in expected else None
    assert (found or repr(thing)) == expected


def test_the_model_in_the_package_says_what_it_is():
    expected = "Model(conv 32-64-64, dense 320, 10 classes + reject, MNIST 99.61 %)"
    assert repr(byhand.load()) == expected


def test_every_layer_has_a_short_repr():
    for kind in nn.LAYERS.values():
        layer, _ = kind.example()
        assert re.fullmatch(rf"{kind.__name__}\(.*\)", repr(layer)), repr(layer)


def test_a_layer_without_a_text_has_a_repr_too():
    class Odd(nn.Layer):
        kind = "odd"

        def __init__(self, thing: object) -> None:
            super().__init__()

    assert repr(Odd([])) == "Odd(…)"


def shown(text: str) -> ElementTree.Element:
    """Return HTML as a tree; fail where it is not well formed."""
    closed = re.sub(r"(<img[^>]*)>", r"\1/>", text)
    return ElementTree.fromstring(f"<html>{closed}</html>")


SHOWN = [name for name, (thing, _) in LINES.items() if hasattr(thing, "_repr_html_")]


@pytest.mark.parametrize("name", SHOWN)
def test_html_is_well_formed_and_needs_no_matplotlib(name, monkeypatch):
    for module in [m for m in sys.modules if m.startswith("matplotlib")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    tree = shown(LINES[name][0]._repr_html_())
    assert len("".join(tree.itertext())) > 10


def test_what_shows_itself():
    """The objects that a notebook ends a cell with."""
    results = {"Dataset", "Split", "Recipe", "Result", "Model", "Network"}
    answers = {"Evaluation", "Recognition", "Comparison", "Reading"}
    assert results | answers <= {*SHOWN}


@pytest.mark.parametrize(
    "thing",
    [
        model(HOSTILE, "b", "c", test={"dataset": HOSTILE, "accuracy": 0.5}),
        model(test=[HOSTILE]),
        model(test={"dataset": 5, "accuracy": "x"}),
        dataset(HOSTILE, (HOSTILE, "b", "c")),
        evaluation((HOSTILE, "b", "c")),
        recognition((HOSTILE, "b")),
        recognition((HOSTILE, "b"), "no"),
        Reading((), (HOSTILE,)),
        Reading((), (), 1, f"{HOSTILE[:100]}.png"),
    ],
    ids=repr,
)
def test_hostile_names_are_escaped_and_shortened(thing):
    assert len(repr(thing)) < 400
    assert repr(thing).isprintable()
    html = thing._repr_html_()
    assert "<script" not in html
    assert "\x1b" not in html
    assert len(html) < 40_000
    shown(html)


def test_layers_are_a_table_with_shapes_and_parameters():
    rows = [[*row.itertext()] for row in shown(model()._repr_html_()).iter("tr")]
    assert rows[0] == ["layer", "output", "parameters", "arrays"]
    assert rows[2] == ["1", "conv 4 3x3", "4×3×4", "40", "w 3×3×1×4, b 4"]
    assert rows[-1] == ["407"]


def test_curves_are_drawn_for_both_kinds_of_images():
    tree = shown(result()._repr_html_())
    lines = [line.get("points", "").split() for line in tree.iter("polyline")]
    assert [len(points) for points in lines] == [3, 2, 3, 3]  # one epoch has no value


def test_curves_of_nothing_are_nothing():
    assert notebook.curves("a", {"b": [None, float("nan")]}, "epoch") == ""


def test_a_line_without_values_is_not_named():
    html = notebook.curves("a", {"drawn": [1, 2], "empty": [None, None]}, "epoch")
    assert "drawn" in html
    assert "empty" not in html


def test_a_page_is_shown_with_its_boxes(tmp_path):
    page = Image.new("L", (900, 300), "white")
    page.save(tmp_path / "page.png")
    for picture in (page, tmp_path / "page.png", np.asarray(page)):
        html = reading(picture)._repr_html_()
        tree = shown(html)
        assert len([*tree.iter("rect")]) == 3  # of the one page that it has
        assert next(tree.iter("svg")).get("viewBox") == "0 0 900 300"
        assert html.count("data:image/png;base64,") == 1


def test_a_page_that_has_gone_is_said_to_have_gone(tmp_path):
    html = reading(tmp_path / "gone.png")._repr_html_()
    assert "cannot be shown" in html
    assert "123" in html


def test_a_pickle_of_a_reading_holds_no_pixels(tmp_path):
    for picture, kept in ((np.zeros((999, 999)), None), ("a.png", "a.png")):
        again = pickle.loads(pickle.dumps(reading(picture)))
        assert again == reading(picture) == copy.deepcopy(reading(picture))
        assert again.picture == kept


def test_what_was_read_refers_to_its_picture():
    page = Image.new("L", (90, 60), "white")
    assert byhand.read(page).picture is page


def test_a_sheet_has_dark_ink_on_white_and_colours_as_they_are():
    grey = notebook.sheet([np.full((2, 3), 255, np.uint8)] * 3, 2)
    assert grey.shape == (8, 10)
    assert (grey == 0).sum() == 18
    colour = notebook.sheet([np.full((2, 3, 3), 9, np.uint8)], 1)
    assert (colour == 9).sum() == 18
    assert notebook.sheet([np.zeros((2, 3, 2), np.uint8)], 1).ndim == 2


def test_a_reading_is_a_frame_of_its_lines():
    pytest.importorskip("pandas")
    frame = reading().to_frame()
    assert [*frame.columns] == (
        "page text marked amount confidence x y width height left_out".split()
    )
    assert frame["text"].tolist() == ["123", "123"]
    assert frame["page"].tolist() == [1, 2]
    assert frame.loc[0, ["x", "y", "width", "height"]].tolist() == [10, 5, 28, 12]
    assert Reading(()).to_frame().empty


def test_a_training_is_a_frame_of_its_epochs():
    pytest.importorskip("pandas")
    frame = result().to_frame()
    assert frame["number"].tolist() == [1, 2, 3]
    assert frame["loss"].tolist() == [1, 1 / 2, 1 / 3]
    assert frame["validation_loss"].isna().tolist() == [False, True, False]


def test_an_evaluation_is_a_frame_of_its_classes():
    pytest.importorskip("pandas")
    scores = evaluation()
    frame = scores.to_frame()
    assert frame["class"].tolist() == ["a", "b", "c"]
    assert frame["images"].tolist() == [2, 1, 1]  # labels 0, 1, 2, 0
    assert frame["correct"].sum() == scores.correct
    assert (frame["correct"] / frame["images"]).tolist() == scores.recall.tolist()


def test_without_pandas_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    for thing in (reading(), result(), evaluation()):
        with pytest.raises(byhand.errors.MissingExtraError, match="pip install pandas"):
            thing.to_frame()


def test_boxes_that_are_doubtful_have_another_colour():
    boxes = [Labelled(0, 0, 5, 5, "1", True), Labelled(6, 0, 5, 5, "<", False)]
    html = notebook.on_picture(Image.new("L", (20, 10)), (20, 10), boxes)
    colours = [rect.get("stroke") for rect in shown(html).iter("rect")]
    assert colours == [notebook.BLUE, notebook.VERMILION]


def test_a_confusion_matrix_is_dark_where_counts_are():
    counts = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    cells = [*shown(notebook.confusion(["0", "<b>", "2"], counts)).iter("td")]
    assert [cell.text for cell in cells] == [str(n) for n in counts.ravel()]
    styles = [cell.get("style") for cell in cells]
    opacity = [int(style.partition("#")[2][6:8], 16) for style in styles]
    assert opacity[:6] == [80, 100, 0, 50, 90, 0]  # of 100; the worst mistake is full
    assert opacity[6:] == [0, 0, 0]
    assert notebook.BLUE in styles[0] and notebook.VERMILION in styles[1]
