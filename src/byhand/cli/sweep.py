"""``byhand sweep``: a grid of settings and seeds, on all processors or a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import display, fetching, options, output, running
from byhand.cli.sweep_table import SweepTable

if TYPE_CHECKING:
    from rich.table import Table

    from byhand.runs.grid import PlannedRun, Sweep
    from byhand.runs.summary import Summary

EXAMPLES = (
    "byhand sweep --recipe fast --set lr=0.2,0.4 --set batch=100,200 --seeds 3",
    "byhand sweep grid.toml --report sweep.png",
    "byhand sweep grid.toml --cluster tcp://host:8786",
)

GridFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help="A TOML file with recipe, data, seeds, [set]."),
]
RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="NAME|FILE",
        help="What is changed: a recipe's name or file.",
        show_default="standard",
        autocompletion=options.recipe_names,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE,VALUE",
        help="Values of a setting, as lr=0.1,0.2; given again, more of them.",
    ),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Runs of each combination: seeds 0 to N - 1."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Add results to this file; skip what is done there.",
        show_default="runs/sweep-DATA-RECIPE.jsonl",
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw the means with their intervals here."),
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Processes.", show_default="all processors"),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Train on this Dask cluster; needs extra cluster."
    ),
]


def sweep(
    file: GridFile = None,
    recipe: RecipeName = None,
    data: options.RunData = None,
    start: options.From = None,
    settings: Set = None,
    seeds: Seeds = None,
    out: Out = None,
    report: Report = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    prepare: options.Prepare = False,
    first_label: options.FirstLabel = 0,
    label_column: options.LabelColumn = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Train every combination of some settings, and compare them.

    Each run is as of 'byhand train', in its own folder in runs/, with one thread; as
    many run at once as there are processors, or workers of a cluster. The values of
    --set are separated by commas, those of the architecture by giving --set again.

    Each result is written at once, as a line of JSON. The same command again skips what
    has a result, and goes on with runs that were interrupted; so does another
    process where one is killed. A run that fails does not affect the others; the exit
    code is 1.

    At the end stands the mean accuracy of each combination on the images held out from
    training, its 95 % interval (of the seeds, Student's t), and McNemar's exact test
    against the best one. Of the best alone, the accuracy on the test images is said.
    Recipes that train on all images hold out 5000 here.

    The workers of a cluster need byhand and the same files under the same paths.
    """
    from byhand.runs.files import sweep_file

    if jobs and cluster:
        raise typer.BadParameter("--jobs and --cluster exclude each other; give one")
    display.check(report)
    options.load_plugins(plugins)
    what = planned(
        file,
        {"recipe": recipe, "start": start, "data": data, "seeds": seeds},
        settings or [],
        {"prepare": prepare, "first_label": first_label, "label_column": label_column},
    )
    runs = what.runs()
    plan = runs[0].plan
    fetching.dataset(what.data, quiet, **plan.loading)
    path = out or sweep_file(what.data, plan.recipe.name if start else what.recipe)
    errors = carried_out(runs, path, {"jobs": jobs, "cluster": cluster}, quiet)
    _answer(runs, path, report, json)
    for error in errors:
        output.print_error(error)
    if errors:
        raise typer.Exit(1)


def planned(
    file: Path | None, given: dict[str, Any], settings: list[str], loading: Any
) -> Sweep:
    """Return what is swept: of a file, with what the command line gives instead."""
    from byhand.runs.grid import Sweep, load_sweep, read_grid

    base = load_sweep(file) if file else Sweep()
    grid = {**base.grid, **read_grid(settings)}
    data = given["data"] or (base.data if file else None)
    running.check_start(given["start"], given["recipe"], data, None)
    new = {name: value for name, value in given.items() if value is not None}
    loading = {name: value for name, value in loading.items() if value}
    return replace(base, grid=grid, loading=loading, **new)


def carried_out(
    runs: list[PlannedRun], path: Path, where: dict[str, Any], quiet: bool
) -> list[str]:
    """Carry out what has no result in a file; return the errors."""
    from byhand.reading.results_file import ResultsFile
    from byhand.runs.swept import sweep

    console = output.notes(quiet)
    output.note_compiling(console)
    with (
        alone(path),
        ResultsFile(path, [run.file for run in runs]) as kept,
        SweepTable(runs, kept.skipped, console) as table,
    ):

        def take(result: Any) -> None:
            kept.add(result)
            table.add(result)

        sweep(runs, take, done=kept.done, **where)
    return kept.errors


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Refuse results that another process is adding to at this moment."""
    from byhand.errors import ReadError
    from byhand.files import locked

    with locked(path) as ours:
        if not ours:
            raise ReadError(
                f"{path}: expected no other sweep at work on it, got one that is under"
                " way; wait for its end, or try another file with --out"
            )
        yield


def _answer(
    runs: list[PlannedRun], path: Path, report: Path | None, json: bool
) -> None:
    """Print the means, and draw them."""
    from byhand.runs.summary import on_test_images, read_results, summaries

    found = summaries(read_results(path, [run.file for run in runs]))
    test = on_test_images(found[0]) if found else {}
    if report:
        from byhand import plots

        names = [own.name for own in found]
        accuracies = [own.accuracies for own in found]
        intervals = [own.interval for own in found]
        plots.save(plots.means(names, accuracies, intervals), report)
    if json:
        rows = [asdict(own) for own in found]
        answer = {"results": path, "report": report, "test": test, "settings": rows}
        output.print_json(answer)
        return
    out = output.answers()
    out.print(table_of(found))
    if test:
        accuracy = output.percent(test["accuracy"])
        out.print(f"test     {accuracy} of {test['count']} images, the best ones' mean")
    out.print(f"results  {output.printable(str(path))}")
    if report:
        out.print(f"report   {output.printable(str(report))}")


def table_of(found: list[Summary]) -> Table:
    """Return a line for each combination of settings."""
    columns = (
        "settings",
        "seeds",
        "accuracy",
        "95 % interval",
        "seconds",
        "to the best",
    )
    table = output.table(*columns, text=("settings", "to the best"))
    for own in found:
        table.add_row(
            output.printable(own.name),
            str(len(own.accuracies)),
            output.percent(own.mean),
            output.percent_range(own.interval),
            f"{own.seconds:.1f}",
            against(own),
        )
    return table


def against(own: Summary) -> str:
    """Return how a combination compares with the best one."""
    if own.p is None:
        return "the best"
    p = "p < 0.0001" if own.p < 0.0001 else f"p = {own.p:.2g}"
    return f"{own.only_this} : {own.only_best} images, {p}"
