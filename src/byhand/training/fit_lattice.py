"""The weights of reading, fitted on rows and fields drawn from single digits.

The network stays as it is: the weights say how much to trust it, and what else speaks
for a reading. docs/reading.md derives the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand.augment.fields import DrawnField, draw_fields, draw_rows
from byhand.model import Model
from byhand.nn.optim import AdamW
from byhand.pictures.sheets import Sheet
from byhand.reading.decoding import LatticeEvidence
from byhand.reading.lattice import Lattice, gradients
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import GROUPS, LatticeWeights
from byhand.reading.page_reader import read_page
from byhand.training.page_rows import page_rows
from byhand.types import Images, Labels

Example = tuple[Lattice, Sequence[int]]  # a row, and the digits that it shows


@dataclass(frozen=True)
class FitSettings:
    """What the weights are fitted on, and how."""

    fields: int = 600
    fields_seed: int = 1
    rows: int = 500
    rows_seed: int = 2
    pages: int = 400
    pages_seed: int = 3
    steps: int = 60  # each over all examples
    lr: float = 0.1  # at first; it falls to 0 along a cosine
    penalty: float = 1e-3  # on half the squares of the weights
    hopeless: float = (
        1e-3  # a text less likely than this was cut wrongly: it counts less
    )
    digits: int = 3  # behind the point, to which the weights are rounded


FIT = FitSettings()


def fit_lattice(
    model: Model,
    images: Images,
    labels: Labels,
    settings: FitSettings = FIT,
    on_step: Callable[[int, float], None] | None = None,
) -> LatticeWeights:
    """Return the weights that make the right texts likeliest for a model.

    Args:
        model: the weights are fitted to its scores; its own weights are where the
            search starts.
        images: of digits, (N, H, W); not those that the model was trained on, since it
            is too sure of them.
        labels: (N,) the digits that they show.
        settings: how many rows, how many steps.
        on_step: called with a step's number and its loss, nats a row.
    """
    reader = LatticeReader(model)
    drawn = draw_fields(images, labels, settings.fields, settings.fields_seed)
    rows = draw_rows(images, labels, settings.rows, settings.rows_seed)
    drawn += [DrawnField(255 - row.image, row.text) for row in rows]
    every = list(examples(drawn, reader))
    every += page_examples((images, labels), settings, reader)
    return fit(every, reader.weights, settings, on_step)


def page_examples(
    digits: tuple[Images, Labels], settings: FitSettings, reader: LatticeReader
) -> Iterator[Example]:
    """Yield the lattices of rows on synthetic pages, if a path in them is right."""
    for evidence, text in page_rows(
        digits, settings.pages, settings.pages_seed, reader
    ):
        if isinstance(evidence, LatticeEvidence):
            lattice = evidence.lattice
            if gradients(lattice, reader.weights, text)[0]:  # 0 where no path is right
                yield lattice, text


def examples(drawn: Iterable[DrawnField], reader: LatticeReader) -> Iterator[Example]:
    """Yield the lattice of each picture's longest row, if a path in it is right."""
    for picture, text in drawn:
        image = Image.fromarray(picture)
        read = read_page(Sheet(image, image.size), reader).rows
        rows = [r.evidence for r in read if isinstance(r.evidence, LatticeEvidence)]
        if not rows:
            continue
        lattice = max(rows, key=lambda row: len(row.fragments)).lattice
        digits = [int(digit) for digit in text]
        if gradients(lattice, reader.weights, digits)[0]:  # 0 where no path is right
            yield lattice, digits


def fit(
    rows: Sequence[Example],
    start: LatticeWeights,
    settings: FitSettings = FIT,
    on_step: Callable[[int, float], None] | None = None,
) -> LatticeWeights:
    """Return the weights that make the right texts likeliest, by AdamW.

    Minimises the mean of -log(P + h), with P the probability of a row's text and h
    `settings.hopeless`: a row cut so badly that no weights can help pulls no more.
    """
    params = {group: getattr(start, group).copy() for group in GROUPS}
    optimizer = AdamW(weight_decay=0.0)
    for step in range(settings.steps):
        loss, total = 0.0, {name: settings.penalty * p for name, p in params.items()}
        for lattice, digits in rows:
            own, g = gradients(lattice, LatticeWeights(**params), digits)
            loss += own / len(rows)
            p = np.exp(-own)
            # d -log(P + h) = P / (P + h) · d -log P
            share = p / (p + settings.hopeless) / len(rows)
            for group, sum_of in total.items():
                sum_of += share * getattr(g, group)
        cosine = 0.5 * (1 + np.cos(np.pi * step / settings.steps))
        optimizer.step(params, total, lr=settings.lr * cosine)
        if on_step:
            on_step(step, loss)
    return LatticeWeights(**{k: p.round(settings.digits) for k, p in params.items()})
