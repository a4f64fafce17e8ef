"""Layers, optimisers and augmentations in a file of the user's own."""

from __future__ import annotations

import os
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand import nn, plugins, registry, tensors
from byhand.augment.own import AUGMENTATIONS, made
from byhand.cli import main
from byhand.errors import ModelError, PluginError, RecipeError, ShapeError
from byhand.model import Model, load
from byhand.plugins import load_plugin
from byhand.reading.many import read_many
from byhand.reading.result import Reading
from byhand.reading.tasks import FileResult
from byhand.training.checkpoint import read_checkpoint_header

LAYER = """
    import numpy as np
    import byhand
    from byhand import nn

    class LeakyReLU(nn.Layer):
        kind = "leakyrelu"

        def __init__(self, slope="0.01"):
            super().__init__()
            self.slope = float(slope)

        def forward(self, x, run):
            return np.where(x > 0, x, self.slope * x), x

        def backward(self, dy, x, need_dx=True):
            return np.where(x > 0, dy, self.slope * dy), {}
"""
OTHERS = """
    class RMSProp(nn.Optimizer):
        kind = "rmsprop"

        def __init__(self, decay="0.9"):
            self.decay, self.state = float(decay), {}

        def step(self, params, grads, lr):
            for name, g in grads.items():
                v = self.state.setdefault(f"v.{name}", np.zeros_like(g))
                v += (1 - self.decay) * (g * g - v)
                params[name] -= lr * g / (np.sqrt(v) + 1e-8)

    class Erase(byhand.OwnAugmentation):
        kind = "erase"

        def __init__(self, side="2"):
            self.side = int(side)

        def __call__(self, images, rng):
            top = int(rng.integers(0, images.shape[1] - self.side + 1))
            images[:, top : top + self.side] = 0
            return images
"""
SHAPE = (7, 6)
TEXT = "pixels 1/255 | flatten | dense 5 | leakyrelu 0.3 | dense {classes}"
SETTINGS: dict[str, Any] = {"architecture": TEXT, "optimizer": "rmsprop 0.8",
    "lr": 0.002, "augmentation.own": "erase 3"}  # fmt: skip


@pytest.fixture(autouse=True)
def as_before(monkeypatch, tmp_path):
    """Forget afterwards what a test has loaded; no kernels, which are not the point."""
    monkeypatch.setenv("BYHAND_KERNELS", "reference")
    monkeypatch.chdir(tmp_path)
    tables = [*plugins.TABLES.values(), plugins.LOADED, registry.ORIGINS]
    kept = [dict(table) for table in tables]
    yield
    for table, before in zip(tables, kept, strict=True):
        table.clear()
        table.update(before)
    for name in [n for n in sys.modules if n.startswith("byhand_plugin_")]:
        del sys.modules[name]


def write(text: str, name: str = "my_layers.py") -> Path:
    Path(name).write_text(textwrap.dedent(text), "utf-8")
    return Path(name)


@pytest.fixture
def given():
    """The layer, the optimiser and the augmentation, loaded from one file."""
    return load_plugin(write(LAYER + OTHERS))


def forget(given: plugins.Plugin) -> None:
    """Be as a process that has not loaded the plug-in."""
    for group in registry.GROUPS:
        for kind in getattr(given, group):
            del plugins.TABLES[group][kind]
    plugins.LOADED.clear()


# --- what a file gives ----------------------------------------------------------------


def test_a_file_gives_its_parts_by_their_kinds(given):
    assert given == plugins.Plugin(
        Path("my_layers.py"), ("leakyrelu",), ("rmsprop",), ("erase",)
    )
    network = nn.build("flatten | leakyrelu 0.25", SHAPE)
    assert (str(network), network.layers[1].slope) == ("flatten | leakyrelu 0.25", 0.25)
    assert made("erase 4").side == 4  # type: ignore[attr-defined]
    assert byhand.find_recipe("mlp")  # and nothing else has changed
    assert {*nn.OPTIMIZERS} == {"sgd", "adamw", "rmsprop"}


def test_a_file_loaded_again_replaces_what_it_gave(given):
    write(LAYER.replace('"leakyrelu"', '"leaky"'))
    assert load_plugin("my_layers.py").layers == ("leaky",)
    assert "leaky" in nn.LAYERS and "leakyrelu" not in nn.LAYERS
    assert "rmsprop" not in nn.OPTIMIZERS and AUGMENTATIONS == {}


def test_a_base_of_others_is_passed_over():
    text = LAYER + "\n    class _Base(nn.Layer):\n        pass\n"
    assert load_plugin(write(text)).layers == ("leakyrelu",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import numpy\n\nx = (", r"my_layers.py, line 3: SyntaxError: '\(' was never"),
        ("import numpy\n1 / 0", "my_layers.py, line 2: ZeroDivisionError: division by"),
        ("import nope_nope", "my_layers.py, line 1: ModuleNotFoundError: No module"),
        ("raise SystemExit(3)", "my_layers.py, line 1: SystemExit: 3"),
        (
            "def f():\n    raise ValueError('a\\nb')\nf()",
            r"my_layers.py, line 2: ValueError: a\\nb$",
        ),
        (
            "from byhand.nn import ReLU",
            "my_layers.py: expected a class derived from byhand.nn.Layer, .*none",
        ),
        (
            "from byhand.nn import Layer\n\nclass A(Layer):\n    kind = 'a'\n"
            "    def forward(self, x, run):\n        return x, x",
            "my_layers.py, line 3: expected A to have a method backward, found none",
        ),
        (
            "from byhand.nn import Optimizer\nclass A(Optimizer):\n    kind = 'a'",
            "my_layers.py, line 2: expected A to have a method step, found none",
        ),
        (
            "import byhand\nclass A(byhand.OwnAugmentation):\n    kind = 'a'",
            "my_layers.py, line 2: expected A to have a method __call__, found none",
        ),
        (
            "from byhand.nn import ReLU\nclass A(ReLU):\n    kind = 'two words'",
            "line 2: expected A to have a kind, one word, got 'two words'; .* \"a\"",
        ),
        (
            "from byhand.nn import Layer\nclass A(Layer):\n    pass",
            "line 2: expected A to have a kind, one word, got None; give it kind = ",
        ),
        (
            "from byhand.nn import ReLU\nclass A(ReLU):\n    kind = 'own'",
            "my_layers.py, line 2: 'own' is taken; give A another",
        ),
        (
            "from byhand.nn import ReLU\nclass A(ReLU):\n    pass",
            "line 2: expected a kind of its own for A, got 'relu', which is taken",
        ),
        (
            "from byhand.nn import SGD, Optimizer\n"
            "class A(SGD, Optimizer):\n    kind = 'adamw'",
            "line 2: expected a kind of its own for A, got 'adamw', which is taken",
        ),
        (
            "from byhand.nn import ReLU\nclass A(ReLU):\n    kind = 'a'\n"
            "class B(ReLU):\n    kind = 'a'",
            "line 4: expected a kind of its own for B, got 'a', which is taken",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_with_its_place(text, message):
    before = {group: dict(table) for group, table in plugins.TABLES.items()}
    with pytest.raises(PluginError, match=message) as refused:
        load_plugin(write(text))
    assert "\n" not in str(refused.value)
    assert before == plugins.TABLES and not plugins.LOADED


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for path in ("nope.py", tmp_path):
        with pytest.raises(PluginError, match="expected a plug-in's file, found none"):
            load_plugin(path)
    with pytest.raises(PluginError, match=r"its name must end in .py"):
        load_plugin(write(LAYER, "my_layers.txt"))


def test_a_kind_of_another_plugin_is_refused(given):
    with pytest.raises(
        PluginError, match=r"other.py, line 6: .* 'leakyrelu', which is"
    ):
        load_plugin(write(LAYER, "other.py"))


# --- models ---------------------------------------------------------------------------


@pytest.fixture
def saved(given, rng):
    """A model with the layer, in a file, and the model."""
    network = nn.build(TEXT.replace("{classes}", "3"), SHAPE, rng=rng)
    model = Model(network, "abc", SHAPE)
    model.save("own.safetensors")
    return model


def test_a_model_comes_back_with_its_slope(saved, rng):
    images = rng.integers(0, 256, (9, *SHAPE)).astype(np.uint8)
    again = load("own.safetensors")
    assert again.network.layers[3].slope == 0.3
    assert_array_equal(again.predict_proba(images), saved.predict_proba(images))


def test_a_model_says_which_plugin_it_needs(saved):
    header = tensors.read_header(Path("own.safetensors"), "model")
    assert header["plugins"] == [{"file": "my_layers.py", "layers": ["leakyrelu"]}]
    load().save("shipped.safetensors")
    assert "plugins" not in tensors.read_header(Path("shipped.safetensors"), "model")


def test_a_model_without_its_plugin_is_refused_and_nothing_is_run(given, saved):
    forget(given)
    write("open('ran', 'w')")
    message = (
        r"^own.safetensors: expected the layer leakyrelu of the plug-in my_layers.py, "
        r"found none; if you trust that file, try --plugin my_layers.py \(in Python, "
        r"byhand.load_plugin\)$"
    )
    with pytest.raises(PluginError, match=message):
        load("own.safetensors")
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"file": "a\nb.py"}, "of a plug-in, found none; try --plugin with its file"),
        ({"file": "../x.py"}, "of a plug-in, found none; try --plugin with its file"),
        ({"file": ""}, "of a plug-in, found none; try --plugin with its file"),
        ({"file": 3}, "of a plug-in, found none; try --plugin with its file"),
        ({"package": "leaky"}, "of the package leaky, .*; try pip install leaky$"),
        ({"package": "a; rm x"}, "of a plug-in, found none; try --plugin"),
    ],
)
def test_only_harmless_names_of_a_header_are_shown(entry, message, given, saved):
    header = tensors.read_header(Path("own.safetensors"), "model")
    header["plugins"] = [{**entry, "layers": ["leakyrelu"]}]
    _, arrays = tensors.read(Path("own.safetensors"), "model")
    tensors.write(Path("x.safetensors"), arrays, "model", header)
    forget(given)
    with pytest.raises(PluginError, match=message):
        load("x.safetensors")


@pytest.mark.parametrize(
    "entries",
    [3, None, [3], {"file": "x.py"}, [{"layers": 3}], [{"layers": [3, "relu"]}]],
)
def test_a_header_of_nonsense_is_no_failure_of_ours(entries, given, saved):
    header = tensors.read_header(Path("own.safetensors"), "model")
    _, arrays = tensors.read(Path("own.safetensors"), "model")
    tensors.write(Path("x.safetensors"), arrays, "model", header | {"plugins": entries})
    assert load("x.safetensors").network.layers[3].kind == "leakyrelu"
    forget(given)
    with pytest.raises(ModelError, match=r"got 'leakyrelu'; .* need their --plugin"):
        load("x.safetensors")


def test_the_slope_decides_what_is_exported(given, saved, rng, tmp_path):
    pytest.importorskip("onnx")
    from byhand.export import export_onnx

    message = "export: expected ONNX nodes of 'leakyrelu', found none; give LeakyReLU"
    with pytest.raises(byhand.ByhandError, match=message):
        export_onnx(saved, tmp_path / "own.onnx")


# --- training -------------------------------------------------------------------------


def test_all_three_train_and_a_resumed_run_has_the_same_bits(given, dataset):
    once = byhand.train("mlp", dataset, steps=6, **SETTINGS)
    trained = once.model.info["recipe"]
    assert trained["optimizer"] == "rmsprop 0.8"
    assert trained["augmentation"]["own"] == "erase 3"
    assert once.model.network.layers[3].slope == 0.3
    steps: list[int] = []
    with pytest.raises(byhand.errors.TrainingStopped):
        byhand.train(
            "mlp", dataset, steps=6, checkpoint="c.safetensors", threads=1,
            on_progress=lambda now: steps.append(now.step),
            should_stop=lambda: len(steps) == 3, **SETTINGS,
        )  # fmt: skip
    header, arrays = tensors.read(Path("c.safetensors"), "checkpoint")
    assert header["plugins"] == [
        {"file": "my_layers.py", "layers": ["leakyrelu"], "optimizers": ["rmsprop"],
         "augmentations": ["erase"]}
    ]  # fmt: skip
    assert "optimizer/v.2.w" in arrays
    resumed = byhand.train(resume="c.safetensors", dataset=dataset)
    for name, array in once.model.network.arrays.items():
        assert_array_equal(array, resumed.model.network.arrays[name])
    forget(given)
    with pytest.raises(
        PluginError, match=r"c.safetensors: expected the .*my_layers.py"
    ):
        read_checkpoint_header(Path("c.safetensors"))


def test_each_setting_of_the_words_counts(given, dataset):
    def weights(**changes: Any) -> Any:
        found = byhand.train("mlp", dataset, steps=3, **SETTINGS | changes)
        return found.model.network.params["2.w"]

    first = weights()
    assert_array_equal(first, weights(threads=1))
    for changes in (
        {"optimizer": "rmsprop 0.5"},
        {"augmentation.own": "erase 5"},
        {"architecture": TEXT.replace("0.3", "0.9")},
        {"seed": 1},
    ):
        assert not np.array_equal(first, weights(**changes)), changes


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"optimizer": "rmsprp"}, RecipeError, "expected one of sgd, adamw, own, or "),
        ({"optimizer": "sgd 0.9"}, RecipeError, "mlp, optimizer: expected one of sgd"),
        ({"optimizer": " "}, RecipeError, "mlp, optimizer: expected one of sgd"),
        (
            {"optimizer": "rmsprop x"},
            RecipeError,
            "optimizer: cannot read 'rmsprop x':",
        ),
        ({"optimizer": "rmsprop 1 2"}, RecipeError, "cannot read 'rmsprop 1 2': .*arg"),
        (
            {"augmentation.own": "eras"},
            RecipeError,
            r"augmentation.own: expected one of ",
        ),
        (
            {"augmentation.own": "erase x"},
            RecipeError,
            "cannot read 'erase x': invalid",
        ),
        ({"architecture": "flatten | leaky"}, ShapeError, "did you mean leakyrelu"),
        (
            {"architecture": "flatten | leakyrelu x"},
            ShapeError,
            "cannot read 'leakyrelu",
        ),
    ],
)
def test_words_that_are_none_are_refused(settings, error, message, given, dataset):
    with pytest.raises(error, match=message):
        byhand.train("mlp", dataset, steps=1, **settings)


# --- packages -------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with an entry point for each part; returns its folder."""
    folder = tmp_path / "site"
    about = folder / "leaky_parts-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: leaky-parts\n")
    (about / "entry_points.txt").write_text(
        "[byhand.layers]\nleakyrelu = leaky_parts:LeakyReLU\n"
        "bad = leaky_parts:RMSProp\n"
        "other = leaky_parts:LeakyReLU\nnone = leaky_parts:Nope\n"
        "[byhand.optimizers]\nrmsprop = leaky_parts:RMSProp\n"
        "[byhand.augmentations]\nerase = leaky_parts:Erase\n"
    )
    text = "print('imported')\n" + textwrap.dedent(LAYER + OTHERS)
    (folder / "leaky_parts.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("leaky_parts", None)


def test_a_package_is_imported_when_its_kind_is_asked_for(package, dataset, capsys):
    assert metadata.entry_points(group="byhand.layers", name="leakyrelu")
    byhand.train("mlp", dataset, steps=1)
    assert "leaky_parts" not in sys.modules
    result = byhand.train("mlp", dataset, steps=1, **SETTINGS)
    assert capsys.readouterr().out == "imported\n"
    result.model.save("own.safetensors")
    header = tensors.read_header(Path("own.safetensors"), "model")
    assert header["plugins"] == [{"package": "leaky-parts", "layers": ["leakyrelu"]}]
    del nn.LAYERS["leakyrelu"]
    assert load("own.safetensors").network.layers[3].slope == 0.3


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("bad", "layer bad of leaky-parts: expected RMSProp to have a method forward"),
        ("other", "layer other of leaky-parts: expected kind 'other', got 'leakyrelu'"),
        ("none", "layer none of leaky-parts: cannot be imported: AttributeError: "),
    ],
)
def test_a_package_that_does_not_keep_its_word_is_one_line(package, kind, message):
    with pytest.raises(PluginError, match=message):
        nn.build(f"flatten | {kind}", SHAPE)


# --- other processes ------------------------------------------------------------------


def kinds(path: str, **settings: Any) -> Reading:
    """Return the kinds of the layers of the model that is open in this process."""
    layers = settings["model"].network.layers
    return Reading((), (str(os.getpid()), *(layer.kind for layer in layers)))


def test_processes_that_read_load_the_plugin_too(saved):
    results: list[FileResult] = []
    read_many(
        ["a", "b"], model="own.safetensors", jobs=2, read=kinds,
        on_result=results.append,
    )  # fmt: skip
    for result in results:
        assert result.reading, result.error
        pid, *found = result.reading.warnings
        assert int(pid) != os.getpid()
        assert found == ["pixels", "flatten", "dense", "leakyrelu", "dense"]


# --- what fails -----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["train", "sweep"])
def test_an_exception_in_a_plug_in_is_one_line_that_names_its_own(
    command: str, dataset: byhand.Dataset, capfd
):
    text = LAYER.replace("np.where(x > 0, x,", "np.matmul(x, np.zeros((2, 2)),")
    write(text.replace("leakyrelu", "failing"))  # processes that are used again know it
    (x, y), (x_test, y_test) = dataset.train, dataset.test
    np.savez("some.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    layers = "architecture=pixels 1 | flatten | dense 9 | failing | dense {classes}"
    words = "--recipe mlp --data some.npz --plugin my_layers.py --quiet --set".split()
    more = ("--jobs", "1") if command == "sweep" else ("--no-report",)
    assert main([command, *words, layers, *more]) == 1
    said = capfd.readouterr().err
    assert "my_layers.py, line 14: ValueError: matmul: " in said
    assert "Traceback" not in said and said.count("\n") == 1
    assert not [*Path().rglob("*.safetensors")]
