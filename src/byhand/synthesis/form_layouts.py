"""The layouts of made forms: which fields, where, how they are drawn.

Lengths are in pixels of the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from byhand.synthesis.fonts import Face
from byhand.synthesis.page import Colour

TICK = 30  # side of a box to be ticked


@dataclass(frozen=True)
class Place:
    """A field of a layout, before it has a place: where, what, how wide.

    Attributes:
        x: left side of its first cell.
        name: of the field.
        label: beside or above it.
        cells: of each group; or the width of a single one.
        pattern: of its text; none for a box to be ticked.
        checksum: of the text.
        date: whether it is one.
        required: whether it is always filled in.
    """

    x: float
    name: str
    label: str
    cells: tuple[int, ...] = (TICK,)
    pattern: str = ""
    checksum: str = ""
    date: bool = False
    required: bool = False


@dataclass(frozen=True)
class Layout:
    """A kind of form.

    Attributes:
        title: in large letters.
        lines: of the fields, a name in `forms.FIELDS`.
        cell: width and height of a cell; a width of 0 where digits follow freely.
        pitch: from one row of fields to the next.
        above: whether labels are above the fields; else before them.
        colour: of the lines.
        width: of the lines.
        face: font of the labels.
        rows: the fields.
    """

    title: str
    lines: str
    cell: tuple[float, float]
    pitch: float
    above: bool
    colour: Colour
    width: float
    face: Face
    rows: tuple[tuple[Place, ...], ...]


DATE = (2, 2, 4)
BLACK, BLUE, GREEN = (0.85, 0.85, 0.85), (0.85, 0.6, 0.3), (0.8, 0.45, 0.7)
LAYOUTS: dict[str, Layout] = {
    "membership": Layout(
        "Application for membership", "boxes", (44, 54), 150, True, BLACK, 2, Face(),
        (
            (Place(130, "member", "1. Member number", (8,), "9{8}", "luhn",
                    required=True),
             Place(640, "born", "2. Born (day, month, year)", DATE, "9{8}", "", True)),
            (Place(130, "postcode", "3. Postcode", (5,), "9{5}"),
             Place(640, "house", "4. House number", (4,), "9{1,4}")),
            (Place(130, "phone", "5. Telephone", (10,), "9{7,10}"),
             Place(800, "since", "6. Since", (2, 4), "9{6}")),
            (Place(130, "account", "7. Account", (12,), "9{12}"),
             Place(800, "fee", "8. Fee in cents", (5,), "9{3,5}")),
            (Place(130, "student", "9. Student"),
             Place(640, "magazine", "10. Send me the magazine")),
            (Place(130, "debit", "11. Debit my account"),
             Place(640, "agreed", "12. I have read the rules")),
        ),
    ),
    "claim": Layout(
        "Claim of expenses", "comb", (40, 48), 105, False, BLUE, 2,
        Face(bold=0.04, narrow=0.9),
        (
            (Place(430, "policy", "Policy", (10,), "9{10}", "luhn", required=True),),
            (Place(430, "accident", "Day of the accident", DATE, "9{8}", "", True),),
            (Place(430, "claimant", "Claimant", (9,), "9{9}"),),
            (Place(430, "invoice", "Invoice", (7,), "9{7}", "luhn"),),
            (Place(430, "amount", "Amount in cents", (6,), "9{2,6}"),
             Place(1000, "receipt", "Receipt enclosed")),
            (Place(430, "days", "Days in hospital", (3,), "9{1,3}"),
             Place(1000, "surgery", "Surgery")),
            (Place(430, "bank", "Bank code", (8,), "9{8}"),),
            (Place(430, "iban", "Account", (10,), "9{8,10}"),
             Place(1000, "abroad", "Bank abroad")),
            (Place(430, "mobile", "Mobile phone", (11,), "9{9,11}"),),
        ),
    ),
    "survey": Layout(
        "Health survey 2026", "baseline", (0, 62), 112, False, BLACK, 1.5,
        Face(narrow=1.1),
        (
            (Place(400, "date", "Date", (320,), "99/99/9999", "", True, True),
             Place(900, "time", "Time", (160,), "99:99")),
            (Place(400, "participant", "Participant", (360,), "9999-999"),),
            (Place(400, "age", "Age", (140,), "9{1,2}"),
             Place(900, "smokes", "Smokes")),
            (Place(400, "weight", "Weight in kg", (200,), "9{2,3},9"),
             Place(900, "sports", "Does sports")),
            (Place(400, "height", "Height in cm", (180,), "9{3}"),
             Place(900, "diabetes", "Diabetes")),
            (Place(400, "pulse", "Pulse", (180,), "9{2,3}"),
             Place(900, "asthma", "Asthma")),
            (Place(400, "consent", "Consents to be called again"),),
        ),
    ),
    "delivery": Layout(
        "Delivery note", "frame", (0, 60), 130, True, GREEN, 2.5, Face(narrow=0.85),
        (
            (Place(130, "order", "Order", (320,), "9{7}", "luhn", required=True),
             Place(560, "day", "Day", (330,), "99.99.9999", "", True)),
            (Place(130, "customer", "Customer", (260,), "9{5}"),
             Place(560, "vehicle", "Vehicle", (220,), "9{3}-9{2}")),
            (Place(130, "count1", "Quantity", (160,), "9{1,3}"),
             Place(560, "price1", "Price", (260,), "9{1,3}.99")),
            (Place(130, "count2", "Quantity", (160,), "9{1,3}"),
             Place(560, "price2", "Price", (260,), "9{1,3}.99")),
            (Place(130, "count3", "Quantity", (160,), "9{1,3}"),
             Place(560, "total", "Total", (300,), "9{1,4}.99"),),
            (Place(130, "damaged", "Goods damaged"),
             Place(560, "complete", "Delivery complete")),
        ),
    ),
}  # fmt: skip
