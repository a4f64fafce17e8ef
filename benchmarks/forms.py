"""`forms`: filled forms of four layouts, scanned, photographed or faxed, read."""

from __future__ import annotations

import itertools
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import byhand
from benchmarks.report import Report
from byhand.forms.example import form_of
from byhand.forms.fields import Form
from byhand.forms.filled import FieldReading
from byhand.forms.pages import FormsReading, read_forms
from byhand.synthesis.blank_forms import blank_form
from byhand.synthesis.filled_forms import FilledForm, filled_form
from byhand.synthesis.form_layouts import LAYOUTS
from byhand.types import Images, Labels

KINDS = {"scan": 5, "photo": 3, "fax": 2}  # forms of each layout in a run
SEED = 1711  # of these forms alone
RIGHT = 0.995  # of the accepted fields that are to be right
TIMER = (
    "Forms of four layouts with 12 fields, filled in with MNIST's test digits by one\n"
    "hand and pen each, by byhand.synthesis; turned up to 4 degrees, scaled up to\n"
    "5 %; photographs from farther away, in perspective and uneven light.\n"
    "All four forms are given. Exact: the fields of digits, empty ones too, that are\n"
    "read as written; without what is known of them, their digits alone are compared.\n"
    "Accepted: the fields at least as sure as the least sure of those of which 99.5 %\n"
    "are right. Seconds: to read a form, in one process, its file in memory."
)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How a form was read.

    Attributes:
        layout: which it is.
        kind: "scan", "photo" or "fax".
        found: the layout that was found; "" for none.
        sure: the confidences of its fields of digits.
        exact: whether these are read as written.
        plain: the same, where nothing is known of the fields.
        ticks: of its boxes, whether each was read as it is.
        seconds: that reading took.
    """

    layout: str
    kind: str
    found: str
    sure: tuple[float, ...]
    exact: tuple[bool, ...]
    plain: tuple[bool, ...]
    ticks: tuple[bool, ...]
    seconds: float


def run(runs: int, say: Say) -> Report:
    """Read 40 forms a run."""
    test = byhand.load_dataset("mnist").test
    return report(score(runs, (test.images, test.labels), say))


def made_forms(runs: int, digits: tuple[Images, Labels]) -> Iterator[FilledForm]:
    """Yield the forms of the benchmark, the same in every run."""
    for number in range(runs):
        for layout, (kind, count) in itertools.product(LAYOUTS, KINDS.items()):
            for again in range(count):
                which = [*LAYOUTS].index(layout), [*KINDS].index(kind)
                rng = np.random.default_rng((SEED, number, *which, again))
                yield filled_form(layout, kind, digits, rng)


def true_forms(folder: Path, known: bool) -> list[Form]:
    """Return the four forms, their blank pictures in a folder."""
    forms = []
    for name in LAYOUTS:
        blank, path = blank_form(name), folder / f"{name}.png"
        Image.fromarray(blank.picture).save(path)
        forms.append(form_of(blank, path, known))
    return forms


def score(runs: int, digits: tuple[Images, Labels], say: Say) -> list[Outcome]:
    """Return how each form was read, with what is known of its fields and without."""
    model, total, outcomes = byhand.load(), 40 * runs, list[Outcome]()
    with tempfile.TemporaryDirectory() as folder:
        known, plain = (true_forms(Path(folder), about) for about in (True, False))
        for number, made in enumerate(made_forms(runs, digits), 1):
            say(f"form {number} of {total}")
            if number == 1:  # what is compiled or cached takes no time of the first
                read_forms(made.picture, forms=known, model=model)
            began = time.perf_counter()
            reading = read_forms(made.picture, forms=known, model=model)
            seconds = time.perf_counter() - began
            bare = read_forms(made.picture, forms=plain, model=model)
            outcomes.append(outcome(made, reading, bare, seconds))
    return outcomes


def outcome(
    made: FilledForm, reading: FormsReading, bare: FormsReading, seconds: float
) -> Outcome:
    """Compare what was read in a form with what was written."""
    found, fields = _found(reading), _fields(reading, made)
    texts = {name: fields[name].text if name in fields else "?" for name in made.texts}
    without = _fields(bare, made)
    said = {n: without[n].text if n in without else "?" for n in made.texts}
    ticks = [
        name in fields and fields[name].tick == t for name, t in made.ticks.items()
    ]
    return Outcome(
        made.blank.name,
        made.kind,
        found,
        tuple(fields[n].confidence if n in fields else 0.0 for n in made.texts),
        tuple(texts[name] == text for name, text in made.texts.items()),
        tuple(_digits(said[name]) == _digits(t) for name, t in made.texts.items()),
        tuple(ticks),
        seconds,
    )


def _found(reading: FormsReading) -> str:
    form = reading.forms[0].form
    return form.name if form else ""


def _fields(reading: FormsReading, made: FilledForm) -> dict[str, FieldReading]:
    """Return what was read in each field; nothing where it was another form."""
    if _found(reading) != made.blank.name:
        return {}
    return {found.field.name: found for found in reading.forms[0].fields}


def _digits(text: str) -> str:
    return re.sub(r"[^\d?]", "", text)


def report(outcomes: Sequence[Outcome]) -> Report:
    """Return a row for each kind, and one for each layout, and for all."""
    groups: dict[str, list[Outcome]] = {
        **{kind: [o for o in outcomes if o.kind == kind] for kind in KINDS},
        **{name: [o for o in outcomes if o.layout == name] for name in LAYOUTS},
        "all": [*outcomes],
    }
    figures = {name: group_figures(some) for name, some in groups.items() if some}
    rows = [_row(name, figure) for name, figure in figures.items()]
    columns = ("forms", "forms", "fields", "exact", "without", "accepted", "ticks",
               "wrong form", "no form", "seconds")  # fmt: skip
    return Report("Filled forms, read", columns, rows, TIMER, {"groups": figures})


def group_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the figures of some forms, as JSON has them."""
    sure = np.array([c for o in outcomes for c in o.sure])
    exact = np.array([e for o in outcomes for e in o.exact])
    accepted, least = accepted_share(sure, exact)
    return {
        "forms": len(outcomes),
        "fields": len(exact),
        "exact": float(exact.mean()),
        "without": float(np.mean([e for o in outcomes for e in o.plain])),
        "accepted": accepted,
        "least": least,
        "ticks": float(np.mean([t for o in outcomes for t in o.ticks])),
        "wrong_form": sum(o.found not in ("", o.layout) for o in outcomes),
        "no_form": sum(not o.found for o in outcomes),
        "seconds": statistics.mean(o.seconds for o in outcomes),
        "most_seconds": max(o.seconds for o in outcomes),
    }


def accepted_share(
    sure: np.ndarray, right: np.ndarray, least: float = RIGHT
) -> tuple[float, float]:
    """Return how many fields can be accepted with that share right, and from where.

    Args:
        sure: confidences.
        right: whether each is right.
        least: share of the accepted that are to be right.

    Returns:
        The largest share that is at least as sure as some confidence, and that one; 0
        and 1 if there is none.
    """
    order = np.argsort(-sure, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(sure[order]) < 0, True)  # no two of the same confidence
    good = np.flatnonzero((share >= least) & ends)
    if not len(good):
        return 0.0, 1.0
    return float(good[-1] + 1) / len(order), float(sure[order][good[-1]])


def _row(name: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    shares = [f"{figures[n]:.1%}" for n in ("exact", "without", "accepted", "ticks")]
    return (name, str(figures["forms"]), str(figures["fields"]), *shares,
            str(figures["wrong_form"]), str(figures["no_form"]),
            f"{figures['seconds']:.2f}")  # fmt: skip
