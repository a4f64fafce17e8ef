"""byhand train."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand import load, load_dataset, tensors, train
from byhand.cli import running
from byhand.cli import train as cli_train
from byhand.errors import DataError, DivergedError, ModelError
from byhand.evaluation import wilson
from byhand.runs import plan
from byhand.training import checkpoint, display, loop, recipes
from byhand.training.recipes import RECIPES
from byhand.training.speeds import Speed
from byhand.words import duration

SHORT = ("--steps", "20", "--no-report")
PLAIN = {"BYHAND_KERNELS": "reference"}  # nothing to compile


def test_a_run_ends_with_accuracy_time_and_where_the_model_is(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT, "--seed", "3")
    assert ended.code == 0
    lines = ended.out.splitlines()
    test = load("runs/toy-mlp-3-steps-20/model.safetensors").info["test"]
    assert lines[0].startswith(f"test accuracy  {100 * test['accuracy']:.2f} %  (95 %")
    assert lines[1].startswith("training ") and lines[1].endswith("images a second")
    assert lines[2].split() == ["model", "runs/toy-mlp-3-steps-20/model.safetensors"]
    assert (
        "byhand predict --model runs/toy-mlp-3-steps-20/model.safetensors" in ended.err
    )


def test_the_model_file_holds_its_test_figures(byhand, toy):
    byhand("train", "--data", toy, *SHORT)
    model, split = (
        load("runs/toy-mlp-0-steps-20/model.safetensors"),
        load_dataset(toy).test,
    )
    right = int((model.predict(split.images) == split.labels).sum())
    assert model.info["test"] == {
        "dataset": str(toy),
        "count": 30,
        "accuracy": right / 30,
        "interval": list(wilson(right, 30)),
    }


def test_an_openblas_held_to_older_kernels_is_one_line(byhand, toy, monkeypatch):
    line = "OPENBLAS_CORETYPE=Nehalem holds matrix products"
    monkeypatch.setattr("byhand.nn.blas.older_kernels", lambda: line)
    assert byhand("train", "--data", toy, *SHORT).err.count(line) == 1
    quiet = byhand("train", "--data", toy, *SHORT, "--seed", "1", "--quiet")
    assert line not in quiet.out + quiet.err


def test_json_alone_is_on_stdout(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT, "--json", "--validation", "9")
    found = ended.json
    assert found["recipe"] == "mlp" and found["seed"] == 0 and found["steps"] == 20
    assert found["test"]["count"] == 30
    assert found["model"] == ("runs/toy-mlp-0-steps-20-validation-9/model.safetensors")
    assert found["report"] == []
    assert found["history"][-1]["step"] == 20
    assert 0 <= found["history"][-1]["validation_accuracy"] <= 1
    assert 0 < found["history"][-1]["validation_loss"] < 5
    assert found["images_per_second"] > 0 and found["seconds"] > 0
    epochs = [line for line in ended.err.splitlines() if line.startswith("epoch")]
    assert len(epochs) == len(found["history"])


def test_each_epoch_is_a_line_on_stderr_where_there_is_no_terminal(byhand, toy):
    ended = byhand("train", "--data", toy, "--epochs", "3", "--no-report")
    epochs = [line for line in ended.err.splitlines() if line.startswith("epoch")]
    assert [line.split()[1] for line in epochs] == ["1", "2", "3"]
    assert "\r" not in ended.err and "\x1b" not in ended.err


@pytest.fixture
def at_speed(monkeypatch):
    """The function that says how fast a probe finds the machine."""

    def set_speed(step: float, held_out: float = 0.0) -> None:
        found = Speed(step, held_out)
        monkeypatch.setattr("byhand.training.duration.probe", lambda *_: found)

    return set_speed


def lines_on_time(ended) -> list[str]:
    return [line for line in ended.err.splitlines() if line.startswith("recipe ")]


def test_how_long_it_takes_is_said_before_it_starts(byhand, toy, at_speed):
    at_speed(1.0)
    words = ("train", "--data", toy, "--steps", "40", "--no-report")
    ended = byhand(*words)
    (line,) = lines_on_time(ended)
    assert line == "recipe mlp: 40 steps, about 40 s on this machine"
    assert ended.err.index(line) < ended.err.index("epoch")
    assert "on this machine" not in ended.out
    assert byhand(*words, "--quiet", "--force").err == ""


def test_where_it_takes_long_another_recipe_is_named(byhand, toy, at_speed):
    at_speed(0.4, 10.0)  # fast holds no image out
    ended = byhand("train", "--data", toy, "--epochs", "40", "--no-report")
    (line,) = lines_on_time(ended)
    assert line == (
        "recipe mlp: 40 epochs, about 60 minutes on this machine; "
        f"--recipe fast takes about {duration(0.4 * (RECIPES['fast'].steps or 0))}"
    )


def test_a_run_of_a_few_steps_starts_without_a_word_on_time(byhand, toy):
    assert lines_on_time(byhand("train", "--data", toy, *SHORT)) == []


def test_a_resumed_run_is_not_probed(byhand, toy, stopped, monkeypatch):
    stopped("--steps", "40")
    monkeypatch.setattr("byhand.training.duration.probe", lambda *_: pytest.fail())
    checkpoint = "runs/toy-mlp-0-steps-40/checkpoint.safetensors"
    assert byhand("train", "--resume", checkpoint, "--no-report").code == 0


def test_a_time_becomes_epochs_that_can_be_given_again(byhand, toy, at_speed):
    at_speed(2.0)
    words = ("train", "--data", toy, "--no-report", "--json")
    timed = byhand(*words, "--minutes", "0.2")
    (line,) = lines_on_time(timed)
    assert line == "recipe mlp: 5 epochs, about 10 s; repeat with --epochs 5"
    assert (timed.json["epochs"], timed.json["steps"]) == (5, 5)
    assert timed.json["model"] == "runs/toy-mlp-0-epochs-5/model.safetensors"
    again = byhand(*words, "--epochs", "5", "--out", "again.safetensors")
    a, b = load(timed.json["model"]), load("again.safetensors")
    for name, array in a.network.arrays.items():
        assert np.array_equal(array, b.network.arrays[name])
    assert a.info["recipe"] == b.info["recipe"] and again.json["epochs"] == 5
    assert "exists; --force overwrites it" in byhand(*words, "--minutes", "0.2").err


def test_of_a_recipe_in_steps_a_time_becomes_steps(byhand, toy, at_speed):
    at_speed(2.0)
    words = ("--recipe", "classic", "--minutes", "0.2", "--no-report", "--json")
    ended = byhand("train", "--data", toy, *words)
    assert lines_on_time(ended) == [
        "recipe classic: 5 steps, about 10 s; repeat with --steps 5"
    ]
    assert (ended.json["epochs"], ended.json["steps"]) == (None, 5)
    assert ended.json["model"] == "runs/toy-classic-0-steps-5/model.safetensors"


def test_enough_time_is_the_recipe_as_it_is(byhand, toy, at_speed):
    at_speed(1e-9)
    ended = byhand("train", "--data", toy, "--minutes", "1e9", "--no-report", "--json")
    assert ended.json["epochs"] == RECIPES["mlp"].epochs
    assert ended.json["model"] == "runs/toy-mlp-0/model.safetensors"


def test_a_time_that_is_too_short_is_one_line_and_leaves_nothing(byhand, toy, at_speed):
    at_speed(2.0)
    ended = byhand("train", "--data", toy, "--minutes", "0.01")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == (
        "byhand: error: recipe mlp, minutes: expected time for one epoch, about 2.0 s "
        "here, got 0.6 s; try --minutes 0.04"
    )
    assert not Path("runs").exists()


def test_a_time_is_kept_by_a_real_run(toy, tmp_path):
    environment = {**os.environ, "BYHAND_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "byhand", "train", "--data", str(toy), "--recipe"]
    command += ["mlp", "--no-report", "--json"]

    def run(*words: str) -> tuple[dict[str, Any], str]:
        ended = subprocess.run(
            [*command, *words], cwd=tmp_path, env=environment | PLAIN,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return json.loads(ended.stdout), ended.stderr

    found, said = run("--minutes", "1")
    epochs = found["epochs"]
    assert said.startswith("recipe mlp: ")
    assert f"; repeat with --epochs {epochs}\n" in said
    run("--epochs", str(epochs), "--out", "again.safetensors")
    a, b = load(tmp_path / found["model"]), load(tmp_path / "again.safetensors")
    for name, array in a.network.arrays.items():
        assert np.array_equal(array, b.network.arrays[name])


def test_quiet_leaves_only_the_answer(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT, "--quiet")
    assert ended.err == ""
    assert ended.out.startswith("test accuracy")


def test_out_says_where_the_model_goes(byhand, toy):
    byhand("train", "--data", toy, *SHORT, "--out", "deep/er/mine.safetensors")
    assert load("deep/er/mine.safetensors").image_shape == (7, 6)
    assert not Path("runs").exists()


def test_no_checkpoint_is_left_when_the_model_is_written(byhand, toy, monkeypatch):
    def with_checkpoint(*args, checkpoint, **kwargs):
        checkpoint.write_bytes(b"state")
        return train(*args, **kwargs)

    monkeypatch.setattr(loop, "train", with_checkpoint)
    byhand("train", "--data", toy, *SHORT)
    left = [path.name for path in Path("runs/toy-mlp-0-steps-20").iterdir()]
    assert left == ["model.safetensors"]


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads(byhand, toy):
    for name, threads in (("a", "1"), ("b", "2")):
        out = ("--out", f"{name}.safetensors", "--threads", threads)
        byhand("train", "--data", toy, *SHORT, *out)
    a, b = load("a.safetensors").network.params, load("b.safetensors").network.params
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_options_reach_the_library(byhand, toy, monkeypatch):
    seen = {}

    def remember(recipe, dataset, **settings):
        seen.update(settings, recipe=recipe, dataset=dataset)
        raise DivergedError("enough")

    monkeypatch.setattr(loop, "train", remember)
    words = "--recipe classic --seed 4 --epochs 7 --validation 9 --lr 0.5 --threads 3"
    ended = byhand("train", "--data", toy, *words.split())
    assert ended.err == "byhand: error: enough\n"
    assert (seen["recipe"].name, seen["recipe"].lr) == ("classic", 0.5)
    assert (seen["seed"], seen["threads"]) == (4, 3)
    recipe = seen["recipe"]
    assert (recipe.epochs, recipe.steps, recipe.validation) == (7, None, 9)
    assert seen["checkpoint"] == Path(
        "runs/toy-classic-4-epochs-7-lr-0.5-validation-9/checkpoint.safetensors"
    )


def test_a_file_then_set_then_the_single_options_count(byhand, toy):
    Path("my.toml").write_text(
        'based_on = "mlp"\narchitecture = "pixels 1/255 | flatten | dense {classes}"\n'
        "batch = 20\nlr = 0.2\nsteps = 9\n[augmentation]\nshift = 2\n"
    )
    ended = byhand(
        *("train", "--recipe", "my.toml", "--data", toy, "--no-report", "--json"),
        *("--set", "batch=30", "--set", "lr=0.3", "--set", "augmentation.rotate=5"),
        *("--set", "epochs=7", "--steps", "3", "--lr", "0.4"),
    )
    assert ended.code == 0, ended.err
    folder = "runs/toy-my-0-steps-3-batch-30-lr-0.4-rotate-5"
    assert ended.json["model"] == f"{folder}/model.safetensors"
    model = load(ended.json["model"])
    recipe = model.info["recipe"]
    found = [recipe[n] for n in ("name", "batch", "lr", "steps", "epochs")]
    assert found == ["my", 30, 0.4, 3, None]
    found = [recipe["augmentation"][n] for n in ("shift", "rotate")]
    assert found == [2, 5]
    assert [layer.kind for layer in model.network.layers] == [
        *("pixels", "flatten", "dense")
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["batch=0"], "recipe mlp, batch: expected an integer of 1 or more, got 0"),
        (["batc=1"], "got 'batc'; did you mean batch?"),
        (["batch"], "--set: expected NAME=VALUE, got 'batch'; try batch=50"),
        (["lr=1", "lr=2"], "--set: expected each setting once, got lr twice: 1.0 and"),
        (["epochs=1", "steps=1"], "recipe mlp: expected epochs or steps, got both"),
    ],
)
def test_what_cannot_be_set_is_one_line(byhand, toy, words, message):
    options = [option for word in words for option in ("--set", word)]
    ended = byhand("train", "--data", toy, *options)
    assert (ended.code, ended.out) == (1, "")
    assert message in ended.err and ended.err.count("\n") == 1


def test_the_defaults_are_the_librarys():
    signature = inspect.signature(train)
    document = inspect.getdoc(train)
    assert signature.parameters["recipe"].default is None
    assert cli_train.DEFAULT_RECIPE == recipes.DEFAULT
    assert f'"{recipes.DEFAULT}" unless given' in document
    assert f'"{plan.DATA}" unless given' in document


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--epochs", "1", "--steps", "1"], "--epochs or --steps, not both"),
        (["--epochs", "1", "--minutes", "1"], "--epochs or --minutes, not both"),
        (["--minutes", "1", "--steps", "1"], "--steps or --minutes, not both"),
        (["--minutes", "x"], "--minutes"),
        (["--resume", "c.safetensors", "--minutes", "9"], "leave out --minutes"),
        (["--epochs", "0"], "--epochs"),
        (["--steps", "-1"], "--steps"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "x"], "--seed"),
        (["--threads", "0"], "--threads"),
        (["--validation", "-1"], "--validation"),
        (["--resume", "c.safetensors", "--steps", "9"], "leave out --steps"),
        (["--colour"], "--colour"),
    ],
)
def test_wrong_usage_is_exit_code_2(byhand, words: list[str], complaint: str):
    ended = byhand("train", *words)
    assert ended.code == 2
    assert complaint in " ".join(ended.err.replace("│", " ").split())
    assert ended.out == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ["--recipe", "cake"],
            "recipe: expected one of classic, mlp, fast, small, standard, best, "
            "shipped, got 'cake'",
        ),
        (["--data", "nowhere"], "nowhere"),
        (["--lr", "0"], "lr: expected a finite number above 0, got 0.0"),
        (["--minutes", "0"], "minutes: expected a finite number above 0, got 0.0"),
        (["--minutes", "-1"], "minutes: expected a finite number above 0, got -1.0"),
        (["--minutes", "nan"], "minutes: expected a finite number above 0, got nan"),
        (["--minutes", "inf"], "minutes: expected a finite number above 0, got inf"),
        (["--resume", "none.safetensors"], "none.safetensors"),
    ],
)
def test_a_fault_is_one_line_and_exit_code_1(byhand, words, complaint):
    ended = byhand("train", *words)
    assert ended.code == 1
    assert ended.err.startswith("byhand: error: ") and complaint in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("steps", ["20", "1"])
def test_a_run_that_diverges_says_what_to_try(byhand, toy, steps: str):
    ended = byhand("train", "--data", toy, "--steps", steps, "--lr", "1e38")
    assert not Path("runs").exists()
    assert ended.code == 1
    assert "try a smaller learning rate" in ended.err.splitlines()[-1]


def test_a_place_that_cannot_be_written_is_refused_before_training(byhand, toy):
    Path("there").mkdir()
    ended = byhand("train", "--data", toy, *SHORT, "--out", "there")
    assert (ended.code, ended.err) == (
        1,
        "byhand: error: there: cannot be written; choose another file with --out\n",
    )


def test_a_folder_that_cannot_be_made_is_one_line(byhand, toy):
    Path("file").write_text("")
    ended = byhand("train", "--data", toy, *SHORT, "--out", "file/model.safetensors")
    assert ended.code == 1
    assert ended.err.startswith("byhand: error: file: ")


@pytest.fixture
def stopped(byhand, toy, monkeypatch):
    """Train as `words` say, stopped after 5 steps; return how it ended."""

    def run(*words):
        steps = iter(range(1, 1000))
        ask = type("Ask", (), {"__enter__": lambda self: lambda: (next(steps) >= 5) * 2,
                               "__exit__": lambda *_: None})  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(running, "stop_on_signal", ask)
            return byhand("train", "--data", toy, *SHORT, *words)

    return run


def test_a_stopped_run_says_how_to_go_on_and_exits_130(stopped):
    ended = stopped()
    assert (ended.code, ended.out) == (130, "")
    assert ended.err.endswith(
        "byhand: stopped after step 5 of 20; go on with:\n"
        "  byhand train --resume runs/toy-mlp-0-steps-20/checkpoint.safetensors\n"
    )


def test_the_line_to_go_on_with_finds_a_model_of_any_name(stopped):
    ended = stopped("--out", "my model")
    line = ended.err.splitlines()[-1]
    assert line == (
        "  byhand train --resume 'my model.checkpoint.safetensors' --out 'my model'"
    )


def test_a_resumed_run_ends_with_the_same_bits(byhand, toy, stopped):
    stopped("--seed", "2")
    resumed = byhand(
        "train", "--resume", "runs/toy-mlp-2-steps-20/checkpoint.safetensors", "--json"
    )
    assert resumed.json["model"] == "runs/toy-mlp-2-steps-20/model.safetensors"
    assert resumed.json["steps"] == 20 and resumed.json["seed"] == 2
    assert not Path("runs/toy-mlp-2-steps-20/checkpoint.safetensors").exists()
    byhand(
        "train", "--data", toy, *SHORT, "--seed", "2", "--out", "throughout.safetensors"
    )
    a = load("runs/toy-mlp-2-steps-20/model.safetensors").network.params
    b = load("throughout.safetensors").network.params
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_a_resumed_run_does_not_begin_anew(byhand, stopped, monkeypatch):
    stopped()
    seen = []

    def watch(*args, on_progress, **settings):
        on_progress = lambda now: seen.append(now.step)  # noqa: E731
        return train(*args, on_progress=on_progress, **settings)

    monkeypatch.setattr(loop, "train", watch)
    byhand(
        "train",
        "--resume",
        "runs/toy-mlp-0-steps-20/checkpoint.safetensors",
        "--no-report",
    )
    assert seen == list(range(6, 21))


@pytest.mark.parametrize(
    ("words", "own"),
    [(["--seed", "1"], "--seed 0"), (["--recipe", "classic"], "--recipe mlp")],
)
def test_resuming_with_other_settings_is_refused(byhand, stopped, words, own):
    stopped()
    checkpoint = "runs/toy-mlp-0-steps-20/checkpoint.safetensors"
    ended = byhand("train", "--resume", checkpoint, *words)
    assert ended.code == 1
    assert f"expected {own}" in ended.err


def test_resuming_with_the_same_settings_is_not_refused(byhand, toy, stopped):
    stopped()
    checkpoint = "runs/toy-mlp-0-steps-20/checkpoint.safetensors"
    words = ("--seed", "0", "--recipe", "mlp", "--data", toy, "--no-report")
    assert byhand("train", "--resume", checkpoint, *words).code == 0


def test_a_checkpoint_of_another_name_is_resumed_into_the_usual_place(byhand, stopped):
    stopped()
    Path("runs/toy-mlp-0-steps-20/checkpoint.safetensors").rename("kept.safetensors")
    ended = byhand("train", "--resume", "kept.safetensors", "--no-report", "--json")
    assert ended.json["model"] == "runs/toy-mlp-0-steps-20/model.safetensors"
    assert Path("kept.safetensors").exists()


def test_a_model_is_not_a_checkpoint(byhand, trained):
    ended = byhand("train", "--resume", trained)
    assert ended.code == 1
    assert "expected a checkpoint" in ended.err


def test_the_first_ctrl_c_is_a_question_and_the_second_an_end():
    before = signal.getsignal(signal.SIGINT)
    with running.stop_on_signal() as caught:
        assert not caught()
        signal.raise_signal(signal.SIGINT)
        assert caught() == signal.SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_as_ctrl_c_does(byhand, toy, monkeypatch, number):
    def kill_at_5(*args, on_progress, **settings):
        def then_kill(now):
            on_progress(now)
            if now.step == 5:
                signal.raise_signal(number)

        return train(*args, on_progress=then_kill, **settings)

    monkeypatch.setattr(loop, "train", kill_at_5)
    ended = byhand("train", "--data", toy, *SHORT)
    assert ended.code == 128 + number
    line = ended.err.splitlines()[-1]
    assert "stopped after step 5 of 20" in ended.err
    assert byhand(*line.split()[1:], "--no-report").code == 0
    assert signal.getsignal(number) == signal.SIG_DFL


def test_a_hangup_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with running.stop_on_signal() as caught:
            signal.raise_signal(signal.SIGHUP)
            assert not caught()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_state_is_saved_though_the_terminal_is_gone(byhand, toy, monkeypatch):
    def hang_up(self, now):
        if now.step == 5:
            signal.raise_signal(signal.SIGHUP)
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(display.TrainingDisplay, "__call__", hang_up)
    assert byhand("train", "--data", toy, *SHORT).code == 128 + signal.SIGHUP
    assert Path("runs/toy-mlp-0-steps-20/checkpoint.safetensors").exists()


# --- folders of runs ------------------------------------------------------------------


def test_a_run_that_is_there_is_not_overwritten(byhand, toy):
    byhand("train", "--data", toy, *SHORT)
    model = Path("runs/toy-mlp-0-steps-20/model.safetensors")
    before = model.read_bytes()
    ended = byhand("train", "--data", toy, *SHORT)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        f"byhand: error: {model} exists; --force overwrites it, --out chooses another\n"
    )
    assert model.read_bytes() == before
    assert byhand("train", "--data", toy, *SHORT, "--force").code == 0
    assert model.read_bytes() != before  # other seconds


def test_a_run_that_was_stopped_is_not_overwritten(byhand, toy, stopped):
    stopped()
    checkpoint = Path("runs/toy-mlp-0-steps-20/checkpoint.safetensors")
    ended = byhand("train", "--data", toy, *SHORT)
    assert ended.code == 1 and f"--resume {checkpoint} goes on with it" in ended.err
    assert checkpoint.exists()
    assert byhand("train", "--data", toy, *SHORT, "--force").code == 0
    assert not checkpoint.exists()


def test_other_settings_have_a_folder_of_their_own(byhand, toy):
    for words in ((), ("--lr", "0.2"), ("--seed", "1"), ("--recipe", "small")):
        assert byhand("train", "--data", toy, *SHORT, *words).code == 0
    assert sorted(path.name for path in Path("runs").iterdir()) == [
        "toy-mlp-0-steps-20",
        "toy-mlp-0-steps-20-lr-0.2",
        "toy-mlp-1-steps-20",
        "toy-small-0-steps-20",
    ]


def test_a_run_that_fails_leaves_the_one_that_it_was_to_overwrite(byhand, toy):
    byhand("train", "--data", toy, *SHORT)
    model = Path("runs/toy-mlp-0-steps-20/model.safetensors")
    before = model.read_bytes()
    model.rename(model.with_name("kept"))
    Path("runs/toy-mlp-0-steps-20").rename("runs/toy-mlp-0-steps-20-lr-1e+38")
    model = Path("runs/toy-mlp-0-steps-20-lr-1e+38/model.safetensors")
    model.with_name("kept").rename(model)
    ended = byhand("train", "--data", toy, *SHORT, "--lr", "1e38", "--force")
    assert ended.code == 1 and "--lr" in ended.err
    assert model.read_bytes() == before


def test_pictures_of_a_model_that_was_overwritten_do_not_stay(byhand, toy):
    pytest.importorskip("matplotlib")
    byhand("train", "--data", toy, "--steps", "9")
    assert len(list(Path("runs/toy-mlp-0-steps-9/report").iterdir())) == 4
    byhand("train", "--data", toy, "--steps", "9", "--no-report", "--force")
    assert list(Path("runs/toy-mlp-0-steps-9/report").iterdir()) == []


def test_a_checkpoint_in_a_folder_of_an_older_version_is_resumed(byhand, stopped):
    stopped()
    Path("runs/toy-mlp-0-steps-20").rename("runs/mlp-0")
    words = ("--resume", "runs/mlp-0/checkpoint.safetensors", "--no-report", "--json")
    assert byhand("train", *words).json["model"] == "runs/mlp-0/model.safetensors"


def test_a_checkpoint_of_a_run_that_diverged_does_not_stay(byhand, toy, monkeypatch):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", -1.0)
    words = ("--epochs", "9", "--lr", "3e4", "--no-report")
    ended = byhand("train", "--data", toy, *words)
    assert ended.code == 1 and "smaller learning rate" in ended.err
    assert not Path("runs").exists()
    out = ("--out", "deep/er/model.safetensors")
    assert byhand("train", "--data", toy, *words, *out).code == 1
    assert not Path("deep").exists()


@pytest.mark.parametrize(
    ("error", "stays"), [(DivergedError, False), (DataError, True), (OSError, True)]
)
def test_a_checkpoint_that_was_resumed_stays_unless_the_run_diverges(
    byhand, toy, stopped, monkeypatch, error, stays
):
    stopped()
    path = Path("runs/toy-mlp-0-steps-20/checkpoint.safetensors")

    def fail(*_, **__):
        raise error("enough")

    monkeypatch.setattr(loop, "train", fail)
    assert byhand("train", "--resume", path).code == 1
    assert path.exists() == stays


def test_a_model_that_cannot_be_measured_leaves_nothing(byhand, toy, monkeypatch):
    def fail(*_):
        raise DataError("bad test images")

    monkeypatch.setattr("byhand.runs.finish.evaluate", fail)
    assert byhand("train", "--data", toy, *SHORT).code == 1
    assert not Path("runs").exists()


# --- a disk that is full --------------------------------------------------------------


def limited(folder: Path, kilobytes: int, *words: str | Path) -> Any:
    """Run a command in a process that may write files of this size only."""
    limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({1024 * kilobytes},) * 2)"
    code = (
        f"import resource, sys; {limit}\n"
        "from byhand.training import checkpoint\n"
        "checkpoint.SECONDS_BETWEEN = -1.0\n"  # after every epoch
        "from byhand.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, *map(str, words)]
    # coverage could not write its own file
    unmeasured = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    return subprocess.run(
        command, cwd=folder, env=unmeasured, capture_output=True, text=True, check=False
    )


no_limits = pytest.mark.skipif(sys.platform == "win32", reason="no limits to set")


@no_limits
def test_a_full_disk_is_one_line_and_leaves_nothing(toy, tmp_path):
    words = ("train", "--data", toy, "--recipe", "mlp", "--steps", "9", "-q")
    ended = limited(tmp_path, 4, *words, "--no-report")
    assert ended.returncode == 1 and ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("byhand: error: runs/toy-mlp-0-steps-9/")
    assert not (tmp_path / "runs").exists()


@no_limits
def test_a_model_that_cannot_be_overwritten_stays(toy, tmp_path):
    out = tmp_path / "model.safetensors"
    words = ("train", "--data", toy, "--recipe", "mlp", "--epochs", "2", "--out", out)
    assert limited(tmp_path, 10_000, *words, "-q", "--no-report").returncode == 0
    before = out.read_bytes()
    ended = limited(tmp_path, len(before) // 1024 - 1, *words, "-q", "--no-report")
    assert ended.returncode == 1 and ended.stderr.count("\n") == 1
    assert str(tmp_path) in ended.stderr
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_disk_that_fills_up_leaves_the_last_good_checkpoint(byhand, toy, monkeypatch):
    def full(path, *_):
        raise ModelError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", -1.0)
    words = ("train", "--data", toy, "--epochs", "3", "--no-report")
    with monkeypatch.context() as patch:
        patch.setattr("byhand.model.Model.save", lambda self, path: full(path))
        ended = byhand(*words, "-q")
    folder = Path("runs/toy-mlp-0-epochs-3")
    assert ended.err == (
        f"byhand: error: {folder}/model.safetensors: cannot be written: "
        "No space left on device\n"
    )
    assert [path.name for path in folder.iterdir()] == ["checkpoint.safetensors"]
    resumed = byhand("train", "--resume", folder / "checkpoint.safetensors", "-q")
    assert resumed.code == 0 and (folder / "model.safetensors").exists()


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(
    byhand, toy, monkeypatch
):
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", -1.0)
    write, written = tensors.write, []

    def fills_up(path, *rest):
        if len(written) == 2:
            raise ModelError(f"{path}: cannot be written: No space left on device")
        write(path, *rest)
        written.append(path.read_bytes())

    monkeypatch.setattr(tensors, "write", fills_up)
    ended = byhand("train", "--data", toy, "--epochs", "3", "--no-report", "-q")
    assert ended.code == 1 and "No space left" in ended.err
    left = Path("runs/toy-mlp-0-epochs-3/checkpoint.safetensors")
    assert left.read_bytes() == written[1]
