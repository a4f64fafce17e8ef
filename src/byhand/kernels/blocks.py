"""How large the blocks are that kernels keep in the registers of the target.

Sizes are for float32. In float64, of which a register holds half as many, the same
blocks are kept in memory in part, which is slower and changes no result.
"""

from __future__ import annotations

from byhand.kernels.target import TARGET, Target

MOST_ROWS = 16  # of a block of sums; more save little


def vectors(n: int, target: Target = TARGET) -> int:
    """Return how many registers hold n numbers."""
    return -(-n // target.lanes)


def parts(n: int) -> list[int]:
    """Return the sizes of equal parts of n numbers, multiples of 8, the largest first.

    n is a multiple of 8 itself.
    """
    return [n // k for k in range(1, n // 8 + 1) if n % (8 * k) == 0]


def part(n: int, rows: int, spare: int = 0, target: Target = TARGET) -> int:
    """Return the largest part of n numbers of which `rows` runs fit into registers.

    Args:
        n: a multiple of 8.
        rows: runs of numbers that are held at once.
        spare: registers that are needed for something else.
        target: the processor.
    """
    room = target.registers - spare
    return next((p for p in parts(n) if rows * vectors(p, target) <= room), 8)


def product(n: int, rows: int, target: Target = TARGET) -> tuple[int, int]:
    """Return rows and columns of the block of sums of a matrix product.

    A step of the product loads as many factors as the block has rows, and one row of
    numbers, and adds to all sums. The block with the fewest loads for each sum is best.

    Args:
        n: columns of the product, a multiple of 8.
        rows: its rows. Those of a block are as equal as can be.
        target: the processor.
    """

    def fitting(columns: int) -> int:
        wide = vectors(columns, target)
        return min((target.registers - 1 - wide) // wide, MOST_ROWS, rows)

    def loads(columns: int) -> float:
        high = fitting(columns)
        return (high + vectors(columns, target)) / (high * columns)

    columns = min((p for p in parts(n) if fitting(p) > 0), key=loads)
    times = -(-rows // fitting(columns))
    return -(-rows // times), columns


def sweep(rows: int, n: int, target: Target = TARGET) -> tuple[int, int]:
    """Return how many of `rows` rows of n numbers, and of each, are taken at once.

    They divide both equally. One register is spare for a factor, one for a product.
    """
    blocks = [(high, p) for p in parts(n) for high in range(1, rows + 1)]
    fitting = [
        (high, p)
        for high, p in blocks
        if rows % high == 0 and high * vectors(p, target) + 2 <= target.registers
    ]
    return max(fitting, key=lambda block: (block[0] * block[1], block[1]))


def strip(outputs: int, target: Target = TARGET) -> tuple[int, int]:
    """Return how many outputs are taken at once, and how many that is for all of them.

    Outputs are taken a strip at a time, whose sums fit into registers with a number and
    a product beside them. The last strip is filled up, as little as can be.
    """
    fewest = -(-outputs // ((target.registers - 2) * target.lanes))
    counts = range(fewest, fewest + 3)
    strips = [(k, -(-outputs // (8 * k)) * 8) for k in counts]
    count, lanes = min(strips, key=lambda strip: (strip[0] * strip[1], strip[0]))
    return lanes, count * lanes
