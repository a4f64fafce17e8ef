"""The sizes of blocks: they fit into the registers of every target."""

from __future__ import annotations

import pytest

pytest.importorskip("numba")
from byhand.kernels.blocks import MOST_ROWS, part, parts, product, vectors
from byhand.kernels.target import TARGETS

SIZES = [8, 16, 24, 32, 40, 56, 64, 96, 128, 200]
every_target = pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))


@every_target
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("rows", [1, 7, 25, 36, 64])
def test_a_product_s_sums_and_factors_fit(target, n, rows):
    high, columns = product(n, rows, target)
    wide = vectors(columns, target)
    assert high * wide + wide + 1 <= target.registers
    assert 1 <= high <= min(rows, MOST_ROWS)
    assert n % columns == columns % 8 == 0


@every_target
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("rows", [1, 4, 6])
def test_a_part_is_the_largest_that_fits(target, n, rows):
    taken = part(n, rows, 1, target)
    fitting = [p for p in parts(n) if rows * vectors(p, target) + 1 <= target.registers]
    assert taken == max(fitting, default=8)


def test_parts_are_equal_and_multiples_of_8():
    assert parts(48) == [48, 24, 16, 8]
    assert parts(40) == [40, 8]


def test_the_rows_of_a_product_are_as_equal_as_can_be():
    assert product(24, 25, TARGETS["avx512"]) == (13, 24)  # 13 and 12, not 14 and 11
    assert product(32, 25, TARGETS["avx2"]) == (5, 16)  # five times 5, not 6
    assert product(24, 36, TARGETS["avx2"]) == (4, 24)
