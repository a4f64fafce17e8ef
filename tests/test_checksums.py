"""byhand.reading.checksums, held against the methods as their standards put them."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.errors import ReadError
from byhand.reading.checksums import IBAN, checksum


def is_right(name: str, text: str, digits: int | None = None) -> bool:
    machine = checksum(name, digits)
    state = machine.start
    for digit in text:
        step = machine.step(state, int(digit))
        if step is None:
            return False
        state = step[0]
    return machine.final(state) is not None


def luhn(text: str) -> bool:
    doubled = [int(d) * (1 + n % 2) for n, d in enumerate(reversed(text))]
    return sum(int(d) for number in doubled for d in str(number)) % 10 == 0


def ean(text: str) -> bool:
    *body, check = map(int, text)
    weights = [3 if n % 2 == 0 else 1 for n in range(len(body))][::-1]
    return (10 - sum(w * d for w, d in zip(weights, body, strict=True)) % 10) % 10 == (
        check
    )


def isbn10(text: str) -> bool:
    return sum(n * int(d) for n, d in enumerate(reversed(text), start=1)) % 11 == 0


def mod97(text: str) -> bool:
    return int(text) % 97 == 1


METHODS = {"luhn": luhn, "ean": ean, "mod11": isbn10, "mod97": mod97}


@pytest.mark.parametrize("name", METHODS)
def test_a_text_is_right_where_the_standard_says_so(name):
    rng = np.random.default_rng(0)
    right = 0
    for length in (4, 8, 10, 13, 16):
        for _ in range(200):
            text = "".join(map(str, rng.integers(0, 10, length)))
            assert is_right(name, text) == METHODS[name](text)
            right += METHODS[name](text)
    assert right > 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("luhn", "79927398713"),  # the example of ISO/IEC 7812-1
        ("luhn", "4111111111111111"),
        ("ean", "4006381333931"),
        ("ean", "73513537"),
        ("mod11", "0306406152"),  # the example of ISBN-10
        ("mod97", "79444"),  # the example of ISO/IEC 7064
        ("iban-de", "89370400440532013000"),
        ("iban-no", "9386011117947"),
        ("iban-be", "68539007547034"),
    ],
)
def test_known_numbers_are_right_and_with_two_digits_changed_about_wrong(name, text):
    assert is_right(name, text)
    for place in range(len(text) - 1):
        a, b = text[place : place + 2]
        if a != b and not (name in ("luhn", "ean") and abs(int(a) - int(b)) in (5, 9)):
            swapped = text[:place] + b + a + text[place + 2 :]
            assert not is_right(name, swapped)


def test_an_iban_is_right_by_its_number_with_letters_behind_the_rest():
    rng = np.random.default_rng(1)
    for country, length in IBAN.items():
        body = "".join(map(str, rng.integers(0, 10, length - 2)))
        number = "".join(str(int(sign, 36)) for sign in f"{body}{country}00")
        check = f"{98 - int(number) % 97:02d}"
        assert is_right(f"iban-{country.lower()}", check + body)
        assert is_right("iban", check + body, digits=length)
        assert not is_right(f"iban-{country.lower()}", check + body + "0")
        other = f"{(int(check) + 1) % 100:02d}"
        assert not is_right(f"iban-{country.lower()}", other + body)


def test_methods_that_there_are_not_are_refused():
    with pytest.raises(ReadError, match="'lunh'; did you mean luhn"):
        checksum("lunh", None)
    with pytest.raises(ReadError, match="expected the number of digits"):
        checksum("iban", None)
