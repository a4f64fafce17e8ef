"""``byhand train``: from a recipe and a data set to a model, with a report."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import fetching, options, output, running

if TYPE_CHECKING:
    from byhand.data.datasets import Dataset
    from byhand.evaluation import Evaluation
    from byhand.runs.plan import Plan
    from byhand.training.gains import Gain
    from byhand.training.outcome import Result


EXAMPLES = (
    "byhand train",
    "byhand train --recipe classic --seed 1",
    "byhand train --epochs 2 --out small.safetensors --no-report",
    "byhand train --minutes 5",
    "byhand train --set batch=50 --set augmentation.rotate=10",
    "byhand train --recipe my.toml",
    "byhand train --data fashion-mnist --json",
    "byhand train --data scans --prepare",
    "byhand train --from shipped --data my_digits --prepare",
    "byhand train --resume runs/mnist-standard-0/checkpoint.safetensors",
)

DEFAULT_RECIPE = "standard"  # as the library has it; shown before that is imported

RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="NAME|FILE",
        help="How to train: a recipe's name, or a file that 'byhand recipes --toml'"
        " has written and you have changed.",
        show_default=DEFAULT_RECIPE,
        autocompletion=options.recipe_names,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="The same seed gives the same model, bit for bit.",
        show_default="0",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any setting of the recipe, as batch=50 or augmentation.rotate=10; may be"
        " given several times.",
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Passes over the training images."),
]
Steps = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Steps, instead of epochs.")
]
Minutes = Annotated[
    float | None,
    typer.Option(
        metavar="M", help="As many epochs as this machine trains in at most M minutes."
    ),
]
Lr = Annotated[
    float | None, typer.Option(metavar="RATE", help="The highest learning rate.")
]
Validation = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Images held out to choose by; 0 trains on all."
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="They do not change the model.",
        show_default="all processors",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Where the model goes.",
        show_default="in runs/DATA-RECIPE-SEED",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite the run that is in runs/ already.")
]
Resume = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Go on with the run of this checkpoint."),
]
Pictures = Annotated[
    bool, typer.Option("--report/--no-report", help="Draw a folder of pictures.")
]


def train(
    recipe: RecipeName = None,
    data: options.RunData = None,
    start: options.From = None,
    seed: Seed = None,
    settings: Set = None,
    epochs: Epochs = None,
    steps: Steps = None,
    minutes: Minutes = None,
    lr: Lr = None,
    validation: Validation = None,
    threads: Threads = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = None,
    prepare: options.Prepare = False,
    first_label: options.FirstLabel = 0,
    label_column: options.LabelColumn = None,
    pictures: Pictures = True,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train a network, measure it on the test images and draw a report.

    Settings are the recipe's unless given: by --set, or by the options --epochs,
    --steps, --lr and --validation, which count more. 'byhand recipes --toml NAME' shows
    all of them. Networks of named recipes fit themselves to small and large images.

    Before it starts, a line says how long it takes on this machine, as earlier runs or
    some steps of this one show. With --minutes it has fewer epochs, if need be, or
    steps, of a recipe in steps; the line says how to repeat it bit for bit.

    With --from, a model learns new images, and new classes, without forgetting what it
    knew: part of each batch are images that it was trained on before. The layers are
    the model's. At the end stands what it gained and lost.

    A run has a folder of its own in runs/, named by data, recipe, seed and the settings
    that are not the recipe's; it is not overwritten without --force. A run that fails
    leaves nothing there. One that ends with a loss of more than 100 times that of a
    guess, or 20 times with no better answers, has diverged, which is a failure.

    Ctrl-C ends the step, saves and says how to go on; a second one ends at once.
    SIGTERM and SIGHUP do the same. The exit code is 128 plus the signal's number.
    """
    from byhand.runs.finish import finish
    from byhand.training.recipe_file import read_settings

    options.load_plugins(plugins)
    changes = {"epochs": epochs, "steps": steps, "lr": lr, "validation": validation}
    given = {name: value for name, value in changes.items() if value is not None}
    settings_given = {"set": settings} if settings else {}
    loading = {
        "prepare": prepare,
        "first_label": first_label,
        "label_column": label_column,
    }
    loading = {name: value for name, value in loading.items() if value}
    time = {} if minutes is None else {"minutes": minutes}
    running.check_usage(given | settings_given | time | loading, resume)
    running.check_start(start, recipe, data, resume)
    given = running.preferred(read_settings(settings or []), given)
    where = {"data": data, "out": out, "force": force}
    new = {"loading": loading, "start": start}
    plan = _plan(resume, recipe, seed, given, new, **where)
    notes, line = output.notes(quiet), ""
    if minutes is None:
        plan.check_free()
    dataset = fetching.dataset(plan.data, quiet, **plan.loading)
    if minutes is not None:
        length, line = running.within(plan, dataset, threads, minutes, notes)
        given = running.preferred(given, length)
        plan = _plan(resume, recipe, seed, given, new, **where)
    with plan.files.nothing_left_over(resumed=resume is not None):
        result = running.run_with_progress(plan, dataset, threads, notes, line)
        scores = finish(plan, dataset, result)
    drawn = _report(plan, result, scores, dataset) if pictures else []
    if json:
        output.print_json(as_json(plan, result, drawn))
    else:
        _print_summary(plan, result, drawn)
        notes.print(f"try            {predict_line(plan, drawn)}")


def _plan(
    resume: Path | None,
    recipe: str | None,
    seed: int | None,
    given: dict[str, Any],
    new: dict[str, Any],
    **where: Any,
) -> Plan:
    """Return the plan of a new run, or of the rest of one."""
    from byhand.runs.plan import new_plan, resumed_plan

    if resume:
        return resumed_plan(resume, recipe, seed, **where)
    return new_plan(recipe, seed, changes=given, **new, **where)


def _report(
    plan: Plan, result: Result, scores: Evaluation, dataset: Dataset
) -> list[Path]:
    """Draw a run's pictures and return their paths.

    The model is safe by now: what goes wrong here is a line on stderr, and no failure
    of the training.
    """
    from byhand.errors import ByhandError
    from byhand.runs.report import draw_report

    try:
        return draw_report(plan.files.report, result, scores, dataset)
    except (ByhandError, OSError) as error:
        reason = output.printable(str(error))
        print(f"byhand: no report: {reason}", file=sys.stderr)
        return []


def as_json(plan: Plan, result: Result, drawn: list[Path]) -> dict[str, Any]:
    """Return what there is to know of a finished run."""
    return {
        "recipe": plan.recipe.name,
        "dataset": plan.data,
        "seed": plan.seed,
        "epochs": plan.recipe.epochs,
        "steps": result.steps,
        "seconds": result.seconds,
        "images_per_second": result.images_per_second,
        "history": [asdict(epoch) for epoch in result.history],
        "test": result.model.info["test"],
        "gains": [asdict(gain) for gain in result.gains],
        "model": plan.files.model,
        "report": drawn,
    }


def predict_line(plan: Plan, drawn: list[Path]) -> str:
    """Return a command to try next, on a picture of the report if there is one."""
    from byhand.runs.report import example_of

    picture = example_of(drawn)
    model = shlex.quote(str(plan.files.model))
    file = shlex.quote(str(picture)) if picture else "PICTURE.png"
    plugins = "".join(f"{shlex.quote(word)} " for word in options.plugin_words())
    return f"byhand predict --model {model} {plugins}{file}"


def gain_line(gain: Gain) -> str:
    """Return a line on what was gained, or lost: "mnist  99.61 % -> 99.58 %  (...)"."""
    name = "yours" if gain.new else output.printable(gain.data)
    said = "images held out" if gain.new else "test images"
    change = f"{output.percent(gain.before)} -> {output.percent(gain.after)}"
    return f"{name:13}  {change}  ({gain.count} {said})"


def _print_summary(plan: Plan, result: Result, drawn: list[Path]) -> None:
    """Print the outcome, a line for each of its parts."""
    test, out = result.model.info["test"], output.answers()
    out.print(
        f"test accuracy  {output.percent(test['accuracy'])}"
        f"  ({output.interval(test['interval'])}; {test['count']} images)"
    )
    for gain in result.gains:
        out.print(gain_line(gain))
    rate = f"{result.images_per_second:,.0f} images a second"
    out.print(f"training       {result.seconds:.1f} s, {rate}")
    out.print(f"model          {output.printable(str(plan.files.model))}")
    if drawn:
        out.print(f"report         {output.printable(str(plan.files.report))}")
