"""Texts that pages are printed with: words, labels, numbers, dates, prices."""

from __future__ import annotations

import numpy as np

from byhand.synthesis.drawing import chosen

VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
ACCENTED = "äöüßéèêçñåøáíóúàìòâô"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыэюя"
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
WORDS = (
    "the of and to in is for on with by at from this that are or be your please "
    "not if use only office number page total amount received within section "
    "der die das und mit von für bitte nicht oder werden Straße Seite "
    "le la les des et pour dans une avec sur votre numéro "
    "el los que con por una para del como fecha il di per che non sono "
    "een van het op te voor och att som på med"
).split()
LABELS = (
    "Name|First name|Surname|Date|Date of birth|Account no.|Amount|Total|Signature|"
    "Address|Street|City|Postcode|ZIP|Telephone|Phone|Fax|Mobile|E-mail|Invoice no.|"
    "Order|Customer ID|Card number|IBAN|BIC|Serial no.|Part no.|Qty|Quantity|Price|"
    "Subtotal|VAT|Tax|Points|Marks|Score|Grade|Student no.|Exam|Question|Page|Sheet|"
    "Room|Seat|Time|From|To|Day|Month|Year|Age|Weight|Height|Code|PIN|No.|Nr.|Ref.|"
    "Datum|Betrag|Kontonummer|Unterschrift|Geburtsdatum|Matrikelnummer|Summe|Anzahl|"
    "Nom|Prénom|Montant|Numéro|Fecha|Importe|Firma|Data|Numer|Kwota|Cognome|Número|"
    "Meter reading|Zählerstand|kWh|Policy no.|Passport no.|Tel.|Pay|Date received"
).split("|")
SIGNS = "€$£%&§@#*+/()[]{}!?;:\"'=<>|~^_"


def word(rng: np.random.Generator, foreign: bool = False) -> str:
    """Return a word: a common one or one of random syllables, in some case."""
    kind = rng.random()
    if kind < 0.4:
        text = chosen(rng, WORDS)
    elif kind < 0.55:
        letters = chosen(rng, (CYRILLIC, GREEK)) if foreign else VOWELS + CONSONANTS
        text = "".join(letters[i] for i in rng.integers(len(letters), size=5))
    else:
        text = "".join(_syllable(rng) for _ in range(rng.integers(1, 5)))
    return _in_case(text, rng)


def _syllable(rng: np.random.Generator) -> str:
    vowel = chosen(rng, VOWELS if rng.random() < 0.92 else ACCENTED)
    parts = chosen(rng, CONSONANTS), vowel, chosen(rng, CONSONANTS)
    return "".join(parts[: rng.integers(2, 4)])


def _in_case(text: str, rng: np.random.Generator) -> str:
    case = rng.random()
    if case < 0.15:
        return text.upper()
    return text.capitalize() if case < 0.35 else text


def sentence(
    rng: np.random.Generator,
    words: int = 8,
    foreign: bool = False,
    numbers: float = 0.1,
) -> str:
    """Return some words, of which a share is numbers, with marks between some."""
    said = []
    for _ in range(words):
        text = number(rng) if rng.random() < numbers else word(rng, foreign)
        said.append(text + (chosen(rng, ",.;:)!?") if rng.random() < 0.15 else ""))
    return " ".join(said)


def label(rng: np.random.Generator) -> str:
    """Return what stands before a field: "Name:", "Date of birth"."""
    text = chosen(rng, LABELS) if rng.random() < 0.7 else word(rng).capitalize()
    text = text.upper() if rng.random() < 0.2 else text
    if rng.random() < 0.1:
        text = f"{rng.integers(1, 30)}{chosen(rng, ('.', ')', ''))} {text}"
    return text + chosen(rng, (":", ":", "", "", " :", ".", " (*)", "..........", " ="))


def digits(rng: np.random.Generator, least: int = 1, most: int = 10) -> str:
    """Return a number of some digits, leading zeros and all."""
    return "".join(map(str, rng.integers(10, size=rng.integers(least, most + 1))))


def number(rng: np.random.Generator) -> str:
    """Return something that is printed with digits: a number, a date, a price."""
    makers = (digits, grouped, date, price, clock, reference, page_number, digits)
    return chosen(rng, makers)(rng)


def grouped(rng: np.random.Generator) -> str:
    """Return digits in groups: "4021 3375 90"."""
    mark = chosen(rng, (" ", "-", ".", "/", " "))
    return mark.join(digits(rng, 2, 4) for _ in range(rng.integers(2, 5)))


def date(rng: np.random.Generator) -> str:
    """Return a date in one of several orders."""
    day, month, year = rng.integers((1, 1, 1950), (32, 13, 2035))
    mark = chosen(rng, (".", "/", "-", " "))
    if rng.random() < 0.2:
        return f"{year}-{month:02}-{day:02}"
    return mark.join(
        (f"{day:02}", f"{month:02}", f"{year if rng.random() < 0.6 else year % 100:02}")
    )


def price(rng: np.random.Generator) -> str:
    """Return an amount of money or a decimal number."""
    amount = 10 ** rng.uniform(0, 5)
    text = f"{amount:,.2f}" if rng.random() < 0.5 else f"{amount:.2f}"
    if rng.random() < 0.4:
        text = text.translate(str.maketrans(",.", ".,"))
    before, after = chosen(
        rng,
        (
            ("€ ", ""),
            ("", " €"),
            ("$", ""),
            ("£", ""),
            ("", ""),
            ("", " kg"),
            ("", "%"),
            ("-", ""),
        ),
    )
    return before + text + after


def clock(rng: np.random.Generator) -> str:
    """Return a time of the day, or a span of it."""
    hour, minute, other = rng.integers((0, 0, 0), (24, 60, 24))
    return chosen(rng, (f"{hour}:{minute:02}", f"{hour:02}:{minute:02}-{other:02}:00"))


def reference(rng: np.random.Generator) -> str:
    """Return letters and digits mixed: "KX-2041/b"."""
    letters = "".join(chosen(rng, CONSONANTS) for _ in range(rng.integers(1, 4)))
    letters = letters.upper() if rng.random() < 0.8 else letters
    return letters + chosen(rng, ("", "-", "/", " ")) + digits(rng, 2, 7)


def page_number(rng: np.random.Generator) -> str:
    """Return the number of a page or an item."""
    n, of = rng.integers((1, 1), (40, 90))
    return chosen(
        rng,
        (
            f"{n}",
            f"- {n} -",
            f"{n}/{of}",
            f"Page {n} of {of}",
            f"{n}.",
            f"({n})",
            f"{n})",
        ),
    )
