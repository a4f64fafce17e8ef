"""What rows for the row network are made of: one hand's digits, marks, letters.

Letters: h, w height and width of a symbol's ink, in pixels; N images of digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from byhand.reading.strips import DIGIT_HEIGHT
from byhand.reading.symbols import MARKS
from byhand.synthesis import handwriting
from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.letters import CAPITAL, SMALL
from byhand.synthesis.pool import Pool
from byhand.types import Grey, Images, Labels

Rng = np.random.Generator
Supply = Callable[[], tuple[Grey, int]]  # a digit's ink, and which it is
Sign = tuple[Grey, float]  # its ink, and how far it reaches below the line, pixels

TALL = "/()"  # marks that people write higher than digits: else a slash were a 1
ORIGINAL = 0.4  # of the rows have digits of the data set as they are
REPEATED = 0.2  # of the others have many zeros, as amounts


@dataclass(frozen=True, eq=False)
class RowSource:
    """What rows are made of.

    Attributes:
        pool: digits by hands.
        images: (N, 28, 28) of a data set, ink bright on 0.
        labels: (N,).
        signs: of marks and letters, how many variants of each are drawn.
    """

    pool: Pool
    images: Images
    labels: Labels
    signs: int = 200

    @cached_property
    def marks(self) -> dict[str, list[Sign]]:
        """Variants of each mark."""
        rng = np.random.default_rng(0)
        return {mark: [_sign(mark, rng) for _ in range(self.signs)] for mark in MARKS}

    @cached_property
    def letters(self) -> list[Sign]:
        """Letters: no symbols."""
        rng = np.random.default_rng(1)
        return [_sign(chosen(rng, SMALL + CAPITAL), rng) for _ in range(8 * self.signs)]

    def digits(self, rng: Rng) -> Supply:
        """Return a function that gives digits of one hand, or of the data set."""
        if rng.random() < ORIGINAL:
            return lambda: self._original(int(rng.integers(len(self.labels))))
        own = self.pool.of_hand(int(rng.integers(self.pool.count)))
        zeros = own[self.pool.labels[own] == 0]
        repeated = len(zeros) and rng.random() < REPEATED

        def of_hand() -> tuple[Grey, int]:
            some = zeros if repeated and rng.random() < 0.5 else own
            n = int(some[rng.integers(len(some))])
            return self.pool[n], int(self.pool.labels[n])

        return of_hand

    def mark(self, text: str, rng: Rng) -> Sign:
        """Return a variant of a mark."""
        return self.marks[text][int(rng.integers(self.signs))]

    def letter(self, rng: Rng) -> Sign:
        """Return a variant of a letter."""
        return self.letters[int(rng.integers(len(self.letters)))]

    def _original(self, number: int) -> tuple[Grey, int]:
        """Return an image of the data set cut out around its ink, and its label."""
        image = self.images[number]
        rows, columns = (np.flatnonzero(image.any(axis=a)) for a in (1, 0))
        part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return part, int(self.labels[number])


def _sign(text: str, rng: Rng) -> Sign:
    sizes = (0.95, 1.4) if text in TALL else (0.75, 1.25)
    height = DIGIT_HEIGHT * log_uniform(rng, *sizes)
    return handwriting.sign(height, rng, text), handwriting.hang(text) * height
