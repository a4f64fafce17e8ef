"""``byhand data``: the data sets known by name, and a check of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import fetching, options, output
from byhand.words import counted

if TYPE_CHECKING:
    from byhand.data.datasets import Split
    from byhand.data.sources import Source

SHOWN = 100  # classes in the table; --json has them all

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A name from 'byhand data list'.",
        autocompletion=options.data_names,
    ),
]


def list_(json: options.Json = False, quiet: options.Quiet = False) -> None:
    """List the data sets known by name, and which of them are on this machine."""
    from byhand.data.datasets import known

    if json:
        output.print_json([_as_json(name, set_) for name, set_ in known().items()])
        return
    rows = output.table("name", "train", "test", "classes", "", "", text=["name", ""])
    for name, source in known().items():
        rows.add_row(
            name,
            str(source.train),
            str(source.test),
            str(len(source.class_names)),
            _whereabouts(name, source),
            source.summary,
        )
    output.answers().print(rows)


def info(name: Name, json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Describe a data set: its images and classes, its licence, its home page."""
    source = _known(name)
    if json:
        output.print_json(_as_json(name, source))
        return
    out = output.answers()
    out.print(f"{name}: {source.summary}")
    out.print(f"images   {source.train} for training, {source.test} to test")
    out.print(f"classes  {' '.join(source.class_names)}")
    out.print(f"licence  {source.licence}")
    out.print(f"home     {source.homepage}")
    out.print(f"here     {_whereabouts(name, source)}")


def fetch(name: Name, json: options.Json = False, quiet: options.Quiet = False) -> None:
    """Download a data set, check it and keep it in the cache."""
    from byhand.data.download import is_cached

    folder = None
    if _known(name).mirrors:
        folder = fetching.fetch(name, quiet or is_cached(name))
    if json:
        output.print_json({"name": name, "folder": folder})
    else:
        output.answers().print(f"{name}: {folder or 'in the package'}")


def check(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A data set of your own.")
    ],
    prepare: options.Prepare = False,
    first_label: options.FirstLabel = 0,
    label_column: options.LabelColumn = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Open a folder as 'byhand train --data FOLDER' does, and count its images.

    It has four IDX files, plain or gzipped; or one folder of pictures for each class;
    or a .npz, .npy, .csv or .zip file. What was done to the images, or what seems wrong
    with them, is said.
    """
    found = fetching.dataset(
        folder,
        quiet,
        prepare=prepare,
        first_label=first_label,
        label_column=label_column,
    )
    parts = {"train": found.train, "test": found.test}
    counts = {part: _counts(split, found.class_names) for part, split in parts.items()}
    if json:
        output.print_json(
            {
                "folder": folder,
                "image_shape": found.image_shape,
                "counts": counts,
                "warnings": found.warnings,
            }
        )
    else:
        _print_counts(counts, found.image_shape)


def example_forms(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.")],
    count: Annotated[
        int, typer.Option(min=1, max=10_000, metavar="N", help="How many scans.")
    ] = 30,
    layout: Annotated[
        str, typer.Option(metavar="NAME", help="Which form it is.")
    ] = "membership",
    quiet: options.Quiet = False,
) -> None:
    """Make a form, and scans of it filled in with MNIST's test digits, to try on.

    FOLDER gets blank.png, scans with a picture for each form, truth.csv, which has what
    was written, and known.toml, the fields with all that is known of them. Some are
    scanned askew, some photographed, some faxed. The layouts are membership (boxes),
    claim (combs), survey (lines) and delivery (frames).
    """
    from byhand.data.datasets import load_dataset
    from byhand.errors import DataError
    from byhand.forms.example import write_example

    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder}: expected a new folder, got one with files in it")
    test = load_dataset("mnist").test
    write_example(folder, (test.images, test.labels), count, layout)
    line = f"{folder}: blank.png, truth.csv and {counted(count, 'scan')} in scans"
    output.answers().print(output.printable(line))


app = typer.Typer(
    help=options.help_page(
        "List, fetch and check data sets.",
        "byhand data list",
        "byhand data info kmnist",
        "byhand data fetch fashion-mnist",
        "byhand data check my-digits",
        "byhand data example-forms forms",
    ),
    no_args_is_help=True,
)
options.add(app, list_, ["byhand data list", "byhand data list --json"], "list")
options.add(app, info, ["byhand data info emnist-letters"])
options.add(app, fetch, ["byhand data fetch kmnist"])
options.add(
    app,
    check,
    ["byhand data check my-digits", "byhand data check scans --prepare --json"],
)

options.add(
    app,
    example_forms,
    ["byhand data example-forms forms", "byhand data example-forms few --count 3"],
    "example-forms",
)


def _known(name: str) -> Source:
    """Return the data set of that name; DataError with all names if there is none."""
    from byhand.data.datasets import known
    from byhand.errors import DataError

    if name not in known():
        raise DataError(f"data: expected one of {', '.join(known())}, got {name!r}")
    return known()[name]


def _whereabouts(name: str, source: Source) -> str:
    """Return where a set is: in the package or the cache; or how large it is."""
    from byhand.data.download import is_cached

    if not source.mirrors:
        return "in the package"
    megabytes = f"{source.download / fetching.MEGABYTE:.0f} MB"
    return "fetched" if is_cached(name) else f"{megabytes} to fetch"


def _as_json(name: str, source: Source) -> dict[str, Any]:
    """Return what is known about a set, and whether it can be used offline."""
    from byhand.data.download import is_cached

    return {
        "name": name,
        "summary": source.summary,
        "train": source.train,
        "test": source.test,
        "class_names": source.class_names,
        "licence": source.licence,
        "homepage": source.homepage,
        "download": source.download,
        "cached": is_cached(name),
    }


def _counts(split: Split, class_names: tuple[str, ...]) -> dict[str, int]:
    """Return how many images each class has."""
    import numpy as np

    counts = np.bincount(split.labels, minlength=len(class_names)).tolist()
    return dict(zip(class_names, counts, strict=True))


def _print_counts(counts: dict[str, dict[str, int]], shape: tuple[int, ...]) -> None:
    """Print the number of images of each class and part, and their size."""
    rows = output.table("class", "train", "test", text=["class"])
    names = list(counts["train"])
    for name in names[:SHOWN]:
        train = counts["train"][name]
        rows.add_row(output.printable(name), str(train), str(counts["test"][name]))
    if len(names) > SHOWN:
        rows.add_row(f"and {len(names) - SHOWN} more", "", "")
    totals = [str(sum(part.values())) for part in counts.values()]
    rows.add_row("all", *totals)
    out = output.answers()
    out.print(f"images of {shape[0]} × {shape[1]} pixels")
    out.print(rows)
