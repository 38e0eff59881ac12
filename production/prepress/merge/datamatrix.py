"""The 2D page mark: DataMatrix ECC 200, 16 x 16 modules, 24 digits, whole columns at once.

ISO/IEC 16022:2006: digit pairs as codewords (5.2.3), Reed-Solomon over GF(256) with polynomial 301 (5.7),
module placement (annex F). Placement and Reed-Solomon are both linear over bits, so a symbol is the exclusive
or of one table entry for each of its twelve data codewords.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

SIDE = 16
QUIET = 1  # modules of white on every side (ISO/IEC 16022, 7.1)
DIGITS = 24
_DATA, _CHECK = 12, 12
_INNER = 14  # the mapping matrix inside the finder pattern


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x12D if a & 0x80 else 0)
        b >>= 1
    return product


def _check_codewords(data: list[int]) -> list[int]:
    """Remainder by the generator polynomial with roots 2^1..2^12."""
    generator = [1]
    root = 1
    for _ in range(_CHECK):
        root = _multiply(root, 2)
        shifted = [*generator, 0]
        for i, coefficient in enumerate(generator):
            shifted[i + 1] ^= _multiply(coefficient, root)
        generator = shifted
    remainder = [0] * _CHECK
    for word in data:
        factor = word ^ remainder[0]
        remainder = [
            r ^ _multiply(g, factor) for r, g in zip([*remainder[1:], 0], generator[1:], strict=True)
        ]
    return remainder


def _placement() -> np.ndarray:  # noqa: C901  the standard's own walk, kept whole to be read beside it
    """(14, 14) of codeword * 8 + bit (bit 0 the most significant); -1 where no codeword reaches (annex F)."""
    n = _INNER
    cells = np.full((n, n), -2, np.int64)

    def put(row: int, column: int, codeword: int, bit: int) -> None:
        if row < 0:
            row, column = row + n, column + 4 - (n + 4) % 8
        if column < 0:
            row, column = row + 4 - (n + 4) % 8, column + n
        cells[row, column] = codeword * 8 + bit

    utah = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
    row, column, codeword = 4, 0, 0
    # Of the four corner cases only the second can arise at this size (14 % 4 = 2, 14 % 8 = 6).
    corner2 = ((n - 3, 0), (n - 2, 0), (n - 1, 0), (0, n - 4), (0, n - 3), (0, n - 2), (0, n - 1), (1, n - 1))
    while row < n or column < n:
        if row == n - 2 and column == 0 and n % 4:
            for bit, (r, c) in enumerate(corner2):
                put(r, c, codeword, bit)
            codeword += 1
        while row >= 0 and column < n:
            if row < n and column >= 0 and cells[row, column] == -2:
                for bit, (dr, dc) in enumerate(utah):
                    put(row + dr, column + dc, codeword, bit)
                codeword += 1
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < n and column >= 0:
            if row >= 0 and column < n and cells[row, column] == -2:
                for bit, (dr, dc) in enumerate(utah):
                    put(row + dr, column + dc, codeword, bit)
                codeword += 1
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    cells[cells == -2] = -1
    return cells


@lru_cache(maxsize=1)
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Fixed modules (4 words of 64) and, for each data codeword and pair of digits, the modules it turns:
    (12, 100, 4) uint64."""
    cells = _placement()
    base = np.zeros((SIDE, SIDE), np.uint8)
    base[:, 0] = base[-1, :] = 1  # solid left and bottom
    base[0, ::2] = 1  # alternating top
    base[1::2, -1] = 1  # alternating right
    inside = np.zeros((_INNER, _INNER), np.uint8)
    # The corner that no codeword reaches: dark on the diagonal (annex F).
    inside[-1, -1] = inside[-2, -2] = 1
    base[1:-1, 1:-1] = np.where(cells < 0, inside, 0)
    turned = np.zeros((_DATA, 8, SIDE, SIDE), np.uint8)
    for place in range(_DATA):
        for bit in range(8):
            data = [1 << bit if i == place else 0 for i in range(_DATA)]
            bits = np.unpackbits(np.array(data + _check_codewords(data), np.uint8))
            turned[place, bit, 1:-1, 1:-1] = np.where(cells >= 0, bits[np.maximum(cells, 0)], 0)
    by_bit = _words(turned.reshape(-1, SIDE, SIDE)).reshape(_DATA, 8, 1, 4)
    codewords = np.arange(130, 230)[:, None]  # codeword 130 + n is the digit pair n
    tables = np.zeros((_DATA, 100, 4), np.uint64)
    for bit in range(8):
        tables ^= np.where(codewords >> bit & 1, by_bit[:, bit], 0).astype(np.uint64)
    return _words(base[None])[0], tables


def _words(modules: np.ndarray) -> np.ndarray:
    """(n, 16, 16) of 0 and 1 as (n, 4) uint64."""
    return np.packbits(modules.reshape(len(modules), -1), axis=1).view(np.uint64)


def encode_digits(columns: list[tuple[np.ndarray, int]]) -> np.ndarray:
    """Symbols for whole numbers with their (even) digit counts, 24 digits in all: (n, 32) uint8, sixteen rows
    of two bytes, most significant bit leftmost, 1 = dark. A column of one number counts for every row. ValueError if a
    number does not fit."""
    if sum(digits for _, digits in columns) != DIGITS or any(digits % 2 for _, digits in columns):
        raise ValueError("a page mark holds 24 digits in even fields")
    base, tables = _tables()
    (n,) = np.broadcast_shapes(*(np.shape(values) for values, _ in columns))
    symbols = np.tile(base, (n, 1))
    place = 0
    for values, digits in columns:
        values = np.asarray(values, np.int64)
        if len(values) and (values.min() < 0 or values.max() >= 10**digits):
            raise ValueError(f"a number of the page mark needs more than {digits} digits")
        for k in range(digits // 2 - 1, -1, -1):
            symbols ^= tables[place][values // 100**k % 100]
            place += 1
    return symbols.view(np.uint8)


def modules(symbols: np.ndarray) -> np.ndarray:
    """(n, 32) bytes as (n, 16, 16) of 0 and 1."""
    return np.unpackbits(symbols, axis=1).reshape(-1, SIDE, SIDE)
