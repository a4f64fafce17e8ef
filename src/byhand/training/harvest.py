"""Candidates of composed rows as training images, labelled by whose ink they hold.

A row is cut up as reading does, so the network learns what it will be asked: digits
beside the rest of a neighbour, and what is none.

Letters: H, W height and width of a page in pixels; M candidates; D digits of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from byhand.data.datasets import Split
from byhand.ink.page_ink import PageInk
from byhand.reading.candidate_images import candidate_image
from byhand.reading.candidates import Candidate
from byhand.reading.fragments import joined
from byhand.reading.lattice_reader import cut_row
from byhand.reading.page import Page
from byhand.reading.rows import find_rows
from byhand.synthesis.composed import (
    ROW_STYLE,
    ComposedRow,
    RowStyle,
    compose,
)
from byhand.synthesis.pool import Pool
from byhand.types import Array, Grey, Integers


@dataclass(frozen=True)
class HarvestSettings:
    """Which candidates are digits, which are none, and how many are taken."""

    held: float = 0.8  # of a digit's ink: a candidate with as much is that digit
    foreign: float = 0.25  # of a candidate's ink: with more of others it is not
    part: float = 0.5  # of a digit's ink: with less of every digit it is none
    mixed: float = 0.45  # of a candidate's ink that is another's: with more it is none
    tall: float = 0.6  # of the row's height, and
    narrow: float = 0.4  # of its own: as 1s are, whatever ink it is
    each: int = 2  # candidates of a digit that are taken
    rejects: int = 3  # of a row
    deslanted: float = 0.4  # share of the rows that are deslanted first
    size: tuple[int, int] = (28, 28)  # of the images


HARVEST = HarvestSettings()


def harvest(
    pool: Pool,
    count: int,
    seed: int = 0,
    reject: int = 10,
    settings: HarvestSettings = HARVEST,
    style: RowStyle = ROW_STYLE,
) -> Split:
    """Return candidates of `count` rows; `reject` labels those that are no digit."""
    images: list[Grey] = []
    labels: list[int] = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        for image, label in harvest_row(compose(pool, rng, style), rng, settings):
            images.append(image)
            labels.append(reject if label is None else label)
    return Split(np.array(images, np.uint8), np.array(labels, np.uint8))


def harvest_row(
    composed: ComposedRow,
    rng: np.random.Generator,
    settings: HarvestSettings = HARVEST,
) -> Iterator[tuple[Grey, int | None]]:
    """Yield images of a row's candidates and the digits they are, None if none."""
    ink = PageInk.of(composed.grey, 1.0)
    for row in find_rows(Page.of(ink)) if ink.stroke_width else ():
        if rng.random() < settings.deslanted:
            row = row.deslanted() or row
        if not row.page.ink.stroke_width:
            continue
        owners = owners_on(row.page, composed.owners)
        totals = _counts(owners, len(composed.labels))
        candidates = cut_row(row).candidates
        named = [
            label_of(candidate, owners, totals, row.height, settings)
            for candidate in candidates
        ]
        for n in _taken(named, rng, settings):
            number = named[n]
            digit = None if number is None or number < 0 else composed.labels[number]
            fragments = candidates[n].fragments
            yield candidate_image(row.page, fragments, settings.size), digit


def owners_on(page: Page, owners: Array) -> Array:
    """Return whose ink the pixels of a page are, which was moved since it was drawn."""
    rows, columns = np.indices(page.ink.mask.shape)
    places = np.stack([columns, rows, np.ones_like(rows)], axis=-1) @ page.to_picture.T
    x, y = (np.rint(places[..., axis]).astype(int) for axis in (0, 1))
    inside = (x >= 0) & (y >= 0) & (x < owners.shape[1]) & (y < owners.shape[0])
    found = np.zeros_like(owners, shape=inside.shape)
    found[inside] = owners[y[inside], x[inside]]
    return np.where(page.ink.mask, found, 0).astype(np.uint16)


def _counts(owners: Array, digits: int) -> Integers:
    """Return how many pixels are ink of each digit (D,)."""
    return np.array([((owners >> n) & 1).sum() for n in range(digits)], np.int64)


def label_of(
    candidate: Candidate,
    owners: Array,
    totals: Integers,
    height: float,
    settings: HarvestSettings = HARVEST,
) -> int | None:
    """Return which digit of a row a candidate is, -1 for none; None if in doubt.

    Args:
        candidate: of the row.
        owners: (H, W), of its page.
        totals: (D,) pixels of each digit.
        height: of the row, in pixels.
        settings: how much ink it needs.
    """
    box, mask = candidate.box, joined(candidate.fragments, 0)
    own = owners[box.y : box.bottom, box.x : box.right][mask]
    counts, area = _counts(own, len(totals)), max(int(mask.sum()), 1)
    held = counts / np.maximum(totals, 1)
    best = int(held.argmax())
    others = 1 - counts[best] / area
    if held[best] >= settings.held and others < settings.foreign:
        return None if _with_another(candidate, owners, best) else best
    narrow = box.height > settings.tall * height
    if narrow and box.width < settings.narrow * box.height:
        return None
    none = held[best] < settings.part or others > settings.mixed
    return -1 if none else None


def _with_another(candidate: Candidate, owners: Array, number: int) -> bool:
    """Return whether a component beside a digit's own has nothing of the digit."""
    inked: dict[int, bool] = {}
    for p in candidate.fragments:
        own = owners[p.top : p.bottom, p.left : p.right][p.mask]
        has = bool(((own >> number) & 1).any())
        inked[p.component] = inked.get(p.component, False) or has
    return not all(inked.values())


def _taken(
    named: list[int | None], rng: np.random.Generator, settings: HarvestSettings
) -> list[int]:
    """Return the numbers of the candidates that are taken."""
    taken: list[int] = []
    for label in {name for name in named if name is not None}:
        some = [n for n, name in enumerate(named) if name == label]
        most = settings.rejects if label < 0 else settings.each
        taken += rng.permutation(some)[:most].tolist()
    return taken
