"""The weights of reading, fitted on rows and pages made from single digits.

The network stays as it is: the weights say how much to trust it, and what else speaks
for a reading. docs/reading.md derives the gradient.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand.augment.fields import draw_rows
from byhand.ink.page_ink import PageInk
from byhand.model import Model
from byhand.nn.optim import AdamW
from byhand.pictures.sheets import Sheet
from byhand.reading.decoding import LatticeEvidence
from byhand.reading.lattice import Lattice, gradients
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import GROUPS, LatticeWeights
from byhand.reading.line_reader import RowResult
from byhand.reading.page import Page
from byhand.reading.page_reader import read_page
from byhand.reading.rows import find_rows
from byhand.synthesis.pool import draw_hands
from byhand.training.page_rows import Found, page_rows
from byhand.training.row_examples import draw_row
from byhand.training.row_source import RowSource
from byhand.types import Images, Labels

Example = tuple[Lattice, Sequence[int]]  # a row, and the symbols that it shows
HANDS, PER_HAND = 300, 12  # that wrote the composed rows
FINER = 1.5  # pixels of their ink for each of a strip's


@dataclass(frozen=True)
class FitSettings:
    """What the weights are fitted on, and how."""

    rows: int = 400
    rows_seed: int = 2
    composed: int = 1000
    composed_seed: int = 4
    pages: int = 250
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
    reader, digits = LatticeReader(model), (images, labels)
    found = itertools.chain(
        touching_rows(digits, settings, reader),
        composed_rows(digits, settings, reader),
        page_rows(digits, settings.pages, settings.pages_seed, reader),
    )
    return fit(list(examples(found, reader)), reader.weights, settings, on_step)


def touching_rows(
    digits: tuple[Images, Labels], settings: FitSettings, reader: LatticeReader
) -> Iterator[Found]:
    """Yield rows of five digits as they are in the data set, many of them touching."""
    for row in draw_rows(*digits, settings.rows, settings.rows_seed):
        image = Image.fromarray(255 - row.image)
        read = read_page(Sheet(image, image.size), reader)
        yield from _longest(read.rows, [int(digit) for digit in row.text])


def composed_rows(
    digits: tuple[Images, Labels], settings: FitSettings, reader: LatticeReader
) -> Iterator[Found]:
    """Yield rows as those of which the row network learned, their true ink."""
    seed = settings.composed_seed
    pool = draw_hands(*digits, HANDS, PER_HAND, seed=seed)
    source = RowSource(pool, *digits)
    for number in range(settings.composed):
        rng = np.random.default_rng((seed, number))
        row, symbols = draw_row(source, int(rng.integers(60, 240)), rng)
        if not row.any():
            continue
        image = Image.fromarray(row)
        size = round(image.width * FINER), round(image.height * FINER)
        grey = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
        page = Page.of(PageInk.of(grey, 1.0))
        rows = find_rows(page) if page.ink.character_height else []
        if rows:
            yield from _longest(reader.read_rows(rows).rows, symbols)


def _longest(rows: Sequence[RowResult], symbols: list[int]) -> Iterator[Found]:
    """Yield the row with most fragments, if there is one."""
    if rows:
        every = [row.evidence for row in rows]
        yield max(every, key=lambda evidence: len(evidence.row.fragments)), symbols


def examples(found: Iterable[Found], reader: LatticeReader) -> Iterator[Example]:
    """Yield the lattices of rows, where a path in them is right."""
    for evidence, text in found:
        if isinstance(evidence, LatticeEvidence):
            lattice = evidence.lattice
            if gradients(lattice, reader.weights, text)[0]:  # 0 where no path is right
                yield lattice, text


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
