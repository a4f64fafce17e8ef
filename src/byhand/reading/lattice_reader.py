"""Rows read by over-segmentation: cut up, recognised, and decoded as lattices.

Letters: S candidates; D = 10 digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.model import Model
from byhand.reading.candidate_images import candidate_image
from byhand.reading.candidates import (
    CANDIDATES,
    Candidate,
    CandidateSettings,
    find_candidates,
)
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.cuts import CUTS, CutSettings, can_be_cut, cut_up
from byhand.reading.decoding import DECODING, DecodingSettings, decode
from byhand.reading.fragments import Fragment
from byhand.reading.heard import heard_scores
from byhand.reading.lattice import make_lattice
from byhand.reading.lattice_weights import LatticeWeights, weights_of
from byhand.reading.line_reader import RowResult, RowsResult
from byhand.reading.row_network import RowNetwork, shipped
from byhand.reading.rows import Row
from byhand.types import Images
from byhand.words import counted

Scores = NDArray[np.floating]

TOO_MUCH = "too much on the page for writing; try a part of it"
CUT_SHORT = "too much on the page: {} of {} read; try a part of it"


@dataclass(frozen=True)
class LatticeSettings:
    """How rows are cut up and read; when a page shows letters or things, not digits."""

    most_candidates: int = 6_000  # on a page: some 500 digits have as many
    most_pixels: int = 4_000_000  # of the boxes of components to be cut, on a page
    cuts: CutSettings = CUTS
    candidates: CandidateSettings = CANDIDATES
    decoding: DecodingSettings = DECODING


LATTICE = LatticeSettings()


@dataclass(frozen=True, eq=False)
class CutRow:
    """A row cut up.

    Attributes:
        row: its connected components.
        fragments: the same, cut wherever digits may touch, from left to right.
        candidates: what of them may be one digit.
    """

    row: Row
    fragments: Sequence[Fragment]
    candidates: Sequence[Candidate]


class LatticeReader:
    """A `LineReader`: a network sees every candidate, a lattice weighs all paths."""

    def __init__(
        self,
        model: Model,
        weights: LatticeWeights | None = None,
        settings: LatticeSettings = LATTICE,
        network: RowNetwork | None = None,
    ) -> None:
        """Take a model, and the weights in its file unless others are given.

        The row network is that in the package unless another is given.

        Raises:
            ModelError: the weights in the model's file do not fit the features.
        """
        self.model, self.settings = model, settings
        self.weights = weights or weights_of(model)
        self.network = network or shipped()

    def read_rows(
        self,
        rows: Sequence[Row],
        constraints: Constraint | Sequence[Constraint] = ANYTHING,
    ) -> RowsResult:
        """Return each row's line and evidence.

        If there is too much on the page, only of the first rows.
        """
        cut = self._cut_rows(rows)
        count = sum(len(row.candidates) for row in cut)
        if not cut:
            return RowsResult((), (TOO_MUCH,), self.settings.most_candidates)
        images = [self._images(row) for row in cut]
        scores = self.model.scores(np.concatenate(images))
        ends = np.cumsum([len(row.candidates) for row in cut])[:-1]
        each = _with_reject_class(scores, self.model)
        each = each / self.model.calibration.temperature
        if isinstance(constraints, Constraint):
            constraints = [constraints] * len(rows)
        read = [
            self._decode(*row)
            for row in zip(cut, images, np.split(each, ends), constraints, strict=False)
        ]
        if len(cut) == len(rows):
            return RowsResult(tuple(read), (), count)
        left = CUT_SHORT.format(len(cut), counted(len(rows), "line"))
        return RowsResult(tuple(read), (left,), count)

    def _cut_rows(self, rows: Sequence[Row]) -> list[CutRow]:
        """Return the rows cut up, as many as a page may have candidates for.

        Nor are more pixels searched for cuts than a page may have.
        """
        left, pixels = self.settings.most_candidates, self.settings.most_pixels
        found: list[CutRow] = []
        for row in rows:
            pixels -= sum(
                f.width * f.height for f in row.fragments
                if can_be_cut(f, row.height, self.settings.cuts)
            )  # fmt: skip
            cut = cut_row(row, self.settings, left) if pixels >= 0 else None
            if cut is None or len(cut.candidates) > left:
                break
            found.append(cut)
            left -= len(cut.candidates)
        return found

    def _images(self, row: CutRow) -> Images:
        """Return what the network is to see of a row's candidates (S, H, W)."""
        shape = self.model.grey_shape
        return np.stack([
            candidate_image(row.row.page, candidate.fragments, shape)
            for candidate in row.candidates
        ])  # fmt: skip

    def _decode(
        self,
        row: CutRow,
        images: Images,
        scores: Scores,
        constraint: Constraint,
    ) -> RowResult:
        """Return a row as it is read, from the network's scores of its candidates."""
        height, stroke = row.row.height, row.row.page.ink.stroke_width
        heard, log_y = heard_scores(
            row.row, row.fragments, row.candidates, self.network
        )
        lattice = make_lattice(
            row.fragments, row.candidates, scores, heard, height, stroke
        )
        own = lattice.scores(self.weights)
        known = constraint, self.settings.decoding
        return decode(row.row, row.fragments, images, lattice, own, log_y, *known)


def cut_row(
    row: Row, settings: LatticeSettings = LATTICE, most: float = math.inf
) -> CutRow:
    """Return a row cut wherever digits may touch, and its candidates.

    Once there are more than `most` of these, the rest of the row has none.
    """
    cuts, stroke = settings.cuts, row.page.ink.stroke_width
    parts = [p for f in row.fragments for p in cut_up(f, row.height, stroke, cuts)]
    parts.sort(key=lambda p: p.centre[1])
    return CutRow(
        row, parts, find_candidates(parts, row.height, settings.candidates, most)
    )


def _with_reject_class(scores: Scores, model: Model) -> Scores:
    """Return scores (S, D + 1); without a reject class it is as the worst digit."""
    if model.has_reject_class:
        return scores
    return np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)
