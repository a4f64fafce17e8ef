"""Rows read by over-segmentation: cut up, recognised, and decoded as lattices.

Letters: S candidates; K = 10 digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.model import Model
from byhand.nn.calibration import digit_scores
from byhand.reading.candidate_images import candidate_image
from byhand.reading.candidates import (
    CANDIDATES,
    Candidate,
    CandidateSettings,
    find_candidates,
    is_component,
)
from byhand.reading.cuts import CUTS, CutSettings, can_be_cut, cut_up
from byhand.reading.decoding import DECODING, DecodingSettings, allowed_scores, decode
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import make_lattice
from byhand.reading.lattice_weights import LatticeWeights, weights_of
from byhand.reading.line_reader import RowResult, RowsResult
from byhand.reading.result import DIGITS
from byhand.reading.rows import ROWS, Row
from byhand.types import Images, Mask
from byhand.words import counted

Scores = NDArray[np.floating]

TOO_MUCH = "too much on the page for writing; try a part of it"
CUT_SHORT = "too much on the page: {} of {} read; try a part of it"
STRICT = "most marks are no digits: only those that stand alone are read"


@dataclass(frozen=True)
class LatticeSettings:
    """How rows are cut up and read; when a page shows letters or things, not digits."""

    most_candidates: int = 6_000  # on a page: some 500 digits have as many
    most_pixels: int = 4_000_000  # of the boxes of components to be cut, on a page
    narrowest: float = 0.15  # widths by heights of what looks like digits, from this
    widest: float = 1.3  # to this
    single: float = 1.3  # heights of the row: a wider component may be two digits
    text_least: int = (
        6  # components as large as a digit, from which on a page is judged
    )
    text_share: float = 0.7  # it shows text if fewer of them look like digits
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
    ) -> None:
        """Take a model, and the weights in its file unless others are given.

        Raises:
            ModelError: the weights in the model's file do not fit the features.
        """
        self.model, self.settings = model, settings
        self.weights = weights or weights_of(model)

    def read_rows(self, rows: Sequence[Row], whitelist: str) -> RowsResult:
        """Return each row's line and evidence.

        If there is too much on the page, only of the rows that look most like digits.
        """
        cut = self._cut_rows(rows)
        count = sum(len(row.candidates) for row in cut)
        if not cut:
            return RowsResult((), (TOO_MUCH,), self.settings.most_candidates)
        images = [self._images(row) for row in cut]
        scores = self.model.scores(np.concatenate(images))
        ends = np.cumsum([len(row.candidates) for row in cut])[:-1]
        single = [self._single(row) for row in cut]
        only = self._only_digits(scores, np.concatenate(single))
        if len(cut) < len(rows) and only is not None:
            return RowsResult((), (TOO_MUCH,), count)
        each = _with_reject_class(scores, self.model)
        each = each / self.model.calibration.temperature
        read = [
            self._decode(row, own, row_scores, whitelist, row_only)
            for row, own, row_scores, row_only in zip(
                cut, images, np.split(each, ends), _split(only, ends), strict=True
            )
        ]
        warnings = () if only is None else (STRICT,)
        if len(cut) < len(rows):
            left = CUT_SHORT.format(len(cut), counted(len(rows), "line"))
            warnings = (left, *warnings)
        return RowsResult(tuple(read), warnings, count)

    def _cut_rows(self, rows: Sequence[Row]) -> list[CutRow]:
        """Return the rows cut up, in their order.

        Those that look most like digits come first, until there are as many candidates
        as a page may have, or as many pixels have been searched for cuts.
        """
        left, pixels = self.settings.most_candidates, self.settings.most_pixels
        order = sorted(range(len(rows)), key=lambda n: -self._like_digits(rows[n]))
        found: dict[int, CutRow] = {}
        for number in order:
            row = rows[number]
            pixels -= sum(
                f.width * f.height for f in row.fragments
                if can_be_cut(f, row.height, self.settings.cuts)
            )  # fmt: skip
            if pixels < 0:
                break
            cut = self._cut_up(row, left)
            if len(cut.candidates) <= left:
                found[number] = cut
                left -= len(cut.candidates)
            elif found:
                break
        return [found[number] for number in sorted(found)]

    def _like_digits(self, row: Row) -> float:
        """Return the share of a row's components that have the shape of a digit."""
        limit, height = self.settings, ROWS.body * row.height
        like = [
            f.height >= height and limit.narrowest <= f.width / f.height <= limit.widest
            for f in row.fragments
        ]
        return sum(like) / len(like)

    def _cut_up(self, row: Row, most: int) -> CutRow:
        """Return a row cut wherever digits may touch, and its candidates.

        Once there are more than `most` of these, the rest of the row has none.
        """
        cuts, stroke = self.settings.cuts, row.page.ink.stroke_width
        parts = [p for f in row.fragments for p in cut_up(f, row.height, stroke, cuts)]
        parts.sort(key=lambda p: p.centre[1])
        found = find_candidates(parts, row.height, self.settings.candidates, most)
        return CutRow(row, parts, found)

    def _images(self, row: CutRow) -> Images:
        """Return what the network is to see of a row's candidates (S, H, W)."""
        shape = self.model.grey_shape
        return np.stack([
            candidate_image(row.row.page, candidate.fragments, shape)
            for candidate in row.candidates
        ])  # fmt: skip

    def _single(self, row: CutRow) -> Mask:
        """Return which candidates (S,) are uncut and as large as one digit."""
        height, found = row.row.height, []
        for candidate in row.candidates:
            large = candidate.box.height >= ROWS.body * height
            narrow = candidate.box.width <= self.settings.single * height
            alone = is_component(row.fragments, candidate)
            found.append(large and narrow and alone)
        return np.array(found)

    def _only_digits(self, scores: Scores, single: Mask) -> Mask | None:
        """Return which candidates (S,) alone may be read; None if all may.

        On a page that shows letters or things rather than digits, these are the
        components that look like a digit each.

        Args:
            scores: (S, K) or (S, K + 1), the network's for all candidates of a page.
            single: (S,) which are uncut and as large as one digit.
        """
        threshold = self.model.calibration.threshold
        good = single & (digit_scores(scores, len(DIGITS)) >= threshold)
        count, limit = int(single.sum()), self.settings
        is_text = count >= limit.text_least and good.sum() < limit.text_share * count
        return good if is_text else None

    def _decode(
        self,
        row: CutRow,
        images: Images,
        scores: Scores,
        whitelist: str,
        only: Mask | None,
    ) -> RowResult:
        """Return a row as it is read, from the network's scores of its candidates."""
        height, stroke = row.row.height, row.row.page.ink.stroke_width
        lattice = make_lattice(row.fragments, row.candidates, scores, height, stroke)
        allowed = allowed_scores(lattice.scores(self.weights), whitelist, only)
        return decode(
            row.row, row.fragments, images, lattice, allowed, self.settings.decoding
        )


def _with_reject_class(scores: Scores, model: Model) -> Scores:
    """Return scores (S, K + 1); without a reject class it is as the worst digit."""
    if model.has_reject_class:
        return scores
    return np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)


def _split(mask: Mask | None, ends: NDArray[np.int64]) -> Sequence[Mask | None]:
    """Return the parts of a mask, one a row; None for each if there is no mask."""
    return [None] * (len(ends) + 1) if mask is None else np.split(mask, ends)
