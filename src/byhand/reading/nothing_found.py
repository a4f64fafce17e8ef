"""What a page without digits shows instead."""

from __future__ import annotations

from byhand.ink.page_ink import PageInk
from byhand.reading.phrases import listed

NO_DIGITS = "no digits"  # how the warning begins
WORTH_NAMING = 0.005  # of the page
NAMES = {
    "lines": "printed lines",
    "print": "printed words",
    "handwriting": "other handwriting",
}


def nothing_found(ink: PageInk | None) -> str:
    """Return the warning for a page on which no digit was read."""
    found = ink.found if ink else {}
    seen = [NAMES[kind] for kind in NAMES if found.get(kind, 0) >= WORTH_NAMING]
    if ink and ink.mask.any():
        seen.append("ink that does not look like digits")
    if not seen:
        return f"{NO_DIGITS}: the page is blank, or too faint"
    other = NAMES["handwriting"] in seen or (ink and ink.mask.any())
    none = "" if other else ", no handwriting"
    return f"{NO_DIGITS}: {listed(seen, 'and')}{none} (see --explain)"
