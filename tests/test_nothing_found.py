"""byhand.reading.nothing_found: a page without digits is described."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.page_ink import PageInk
from byhand.reading.nothing_found import nothing_found

BLANK = np.zeros((20, 30), np.uint8)
ALL = {"print": 0.1, "lines": 0.1, "handwriting": 0.1}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({}, "the page is blank, or too faint"),
        ({"print": 1e-5}, "the page is blank, or too faint"),
        ({"print": 0.1}, "printed words, no handwriting (see --explain)"),
        ({"print": 0.1, "lines": 0.1},
         "printed lines and printed words, no handwriting (see --explain)"),
        (ALL, "printed lines, printed words and other handwriting (see --explain)"),
    ],
)  # fmt: skip
def test_what_is_there_instead_is_said(found, said):
    assert nothing_found(PageInk.of(BLANK, 1.0, found)) == f"no digits: {said}"


def test_ink_that_was_rejected_is_said():
    ink = PageInk.of(BLANK + 255, 1.0, {"lines": 0.1})
    said = "printed lines and ink that does not look like digits"
    assert nothing_found(ink) == f"no digits: {said} (see --explain)"


def test_without_ink_the_page_is_blank():
    assert nothing_found(None) == "no digits: the page is blank, or too faint"
