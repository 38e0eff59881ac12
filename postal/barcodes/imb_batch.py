"""Intelligent Mail barcodes by the million: the steps of ``postal.barcodes.imb`` on whole columns.

A row is four integers: prefix (barcode identifier and service type, 5 digits), number (mailer id and serial,
15 digits), routing, and how many digits the routing code has. Three facts make it fast: CRC and bars are both
linear over bits, so each is a few table look-ups; the value fits two limbs; a block of rows fits the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from kernel.errors import InvalidInput
from postal.barcodes import imb

UInt8s = NDArray[np.uint8]
UInt64s = NDArray[np.uint64]
Integers = NDArray[np.integer]

REFUSALS = ("", "IMB_FIELD", "IMB_ROUTING")  # by the number in a column of refusals
_FIELD, _ROUTING = 1, 2
_NO_BARCODE = ord("-")  # fills the rows that were refused: no 4-state font or reader knows it

_BLOCK = 16_384
_LOW_BITS = 39  # the value is high * 2^39 + low: high below 2^63 on encoding and on decoding
_LOW_MASK = np.uint64((1 << _LOW_BITS) - 1)
_SHIFT = np.uint64(_LOW_BITS)


# -- encoding ----------------------------------------------------------------------------------------


def encode_batch(
    barcode_id: str,
    service_type_id: str,
    mailer_id: str,
    serials: Integers,
    routing: Integers,
    routing_digits: Integers,
) -> tuple[UInt8s, UInt8s]:
    """One mailer's letters as ``encode_columns`` gives them. InvalidInput IMB_FIELD for the common three."""
    serial_digits = imb.serial_digits(mailer_id)
    imb.Tracking(barcode_id, service_type_id, mailer_id, "0" * serial_digits)  # checks the other two
    serials = _integers(serials)
    numbers = serials + int(mailer_id) * 10**serial_digits
    numbers[(serials < 0) | (serials >= 10**serial_digits)] = -1
    prefixes = np.full(len(serials), int(barcode_id + service_type_id), np.int64)
    return encode_columns(prefixes, numbers, routing, routing_digits)


def encode_columns(
    prefix: Integers, number: Integers, routing: Integers, routing_digits: Integers
) -> tuple[UInt8s, UInt8s]:
    """Four integer columns -> letters (n, 65) as ASCII, refusals (n,) as indices into ``REFUSALS``.

    A refused row holds no letters but 65 dashes.
    """
    columns = [_integers(column) for column in (prefix, number, routing, routing_digits)]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("the four columns must be equally long")
    rows = len(columns[0])
    letters = np.empty((rows, imb.BARS), np.uint8)
    refusals = np.empty(rows, np.uint8)
    for start in range(0, rows, _BLOCK):
        block = slice(start, min(start + _BLOCK, rows))
        _encode_block([column[block] for column in columns], letters[block], refusals[block])
    return letters, refusals


def _integers(column: Integers) -> NDArray[np.int64]:
    column = np.asarray(column)
    if column.dtype.kind not in "iu" or column.ndim != 1:
        raise TypeError("barcode fields are one-dimensional columns of integers")
    return column.astype(np.int64, copy=False)


def _encode_block(columns: Sequence[NDArray[np.int64]], letters: UInt8s, refusals: UInt8s) -> None:
    prefix, number, routing, routing_digits = columns
    base, limit = _routing_ranges(routing_digits)
    refusals[:] = np.where((routing < 0) | (routing >= limit), _ROUTING, 0)
    second_digit = prefix // 1000 % 10
    wrong = (prefix < 0) | (prefix > 99_999) | (second_digit > 4) | (number < 0) | (number >= 10**15)
    refusals[wrong] = _FIELD
    refused = refusals != 0
    if refused.any():
        prefix, number, routing = (np.where(refused, 0, column) for column in (prefix, number, routing))
        base, second_digit = np.where(refused, 0, base), np.where(refused, 0, second_digit)

    head = ((base + routing) * 10 + prefix // 10_000) * 5 + second_digit
    rest = prefix % 1000 * 10**15 + number
    high, low = _binary_value(head.view(np.uint64), rest.view(np.uint64))
    fcs = _crc_11(high, low)
    _bars(_codewords(high, low), fcs, letters)
    letters[refused] = _NO_BARCODE


_ROUTING_LENGTHS = (0, 5, 9, 11)
_BASE_OF_LENGTH = np.zeros(13, np.int64)
_LIMIT_OF_LENGTH = np.zeros(13, np.int64)  # no routing code of any other length is below its limit
for _length in _ROUTING_LENGTHS:
    _BASE_OF_LENGTH[_length] = imb.ROUTING_BASE[_length]
    _LIMIT_OF_LENGTH[_length] = 10**_length


def _routing_ranges(digits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    known = np.where((digits < 0) | (digits > 12), 12, digits)
    return _BASE_OF_LENGTH[known], _LIMIT_OF_LENGTH[known]


# Step 1

_FIVE_18 = np.uint64(5**18)  # 10^18 = 5^18 * 2^18, and 5^18 is just under 2^42


def _binary_value(head: UInt64s, rest: UInt64s) -> tuple[UInt64s, UInt64s]:
    """``head * 10^18 + rest`` as high and low limb; head below 2^43, rest below 10^18."""
    middle = (head & np.uint64(0x1FFFFF)) * _FIVE_18 + (rest >> np.uint64(18))
    high = (head >> np.uint64(21)) * _FIVE_18 + (middle >> np.uint64(21))
    low = (middle & np.uint64(0x1FFFFF)) << np.uint64(18) | rest & np.uint64(0x3FFFF)
    return high, low


# Step 2


def _crc_table(first_bit: int, bits: int) -> NDArray[np.uint16]:
    """What each setting of these bits of the value adds to the CRC of zero."""
    table = np.zeros(1, np.uint16)
    for bit in range(first_bit, first_bit + bits):
        table = np.concatenate([table, table ^ np.uint16(imb.crc_11(1 << bit) ^ imb.crc_11(0))])
    return table


_CRC_OF_ZERO = np.uint16(imb.crc_11(0))
_CRC_OF_LOW = [(np.uint64(bit), _crc_table(bit, 13)) for bit in (0, 13, 26)]
_CRC_OF_HIGH = [
    (np.uint64(bit), _crc_table(_LOW_BITS + bit, bits))
    for bit, bits in ((0, 13), (13, 13), (26, 13), (39, 12), (51, 12))
]


def _crc_11(high: UInt64s, low: UInt64s) -> NDArray[np.uint16]:
    fcs = np.full(len(high), _CRC_OF_ZERO)
    for limb, tables in ((low, _CRC_OF_LOW), (high, _CRC_OF_HIGH)):
        for bit, table in tables:
            fcs ^= table[limb >> bit & np.uint64(len(table) - 1)]
    return fcs


# Step 3

_PAIR = np.uint64(imb.CODEWORDS**2)
_LAST_PAIR = np.uint64(imb.CODEWORDS * imb.LAST_CODEWORDS)


def _codewords(high: UInt64s, low: UInt64s) -> list[NDArray[np.uint32]]:
    """A..J, two codewords at a division: two limbs shrink to one after the second."""
    high, low, ij = _divide(high, low, _LAST_PAIR)
    high, low, gh = _divide(high, low, _PAIR)
    value = high << _SHIFT | low
    value, ef = _divmod(value, _PAIR)
    value, cd = _divmod(value, _PAIR)
    words = []
    for pair, base in ((value, imb.CODEWORDS), (cd, imb.CODEWORDS), (ef, imb.CODEWORDS), (gh, imb.CODEWORDS)):
        words += _divmod32(pair.astype(np.uint32), base)
    return words + _divmod32(ij.astype(np.uint32), imb.LAST_CODEWORDS)


def _divide(high: UInt64s, low: UInt64s, divisor: np.uint64) -> tuple[UInt64s, UInt64s, UInt64s]:
    high, rest = _divmod(high, divisor)
    low, rest = _divmod(rest << _SHIFT | low, divisor)
    return high, low, rest


def _divmod(value: UInt64s, divisor: np.uint64) -> tuple[UInt64s, UInt64s]:
    quotient = (
        value // divisor
    )  # much faster than np.divmod, which does not know that the divisor is the same
    return quotient, value - quotient * divisor


def _divmod32(value: NDArray[np.uint32], divisor: int) -> list[NDArray[np.uint32]]:
    quotient = value // np.uint32(divisor)
    return [quotient, value - quotient * np.uint32(divisor)]


# Steps 4 to 6

_SPAN = 2048  # table rows a character: codewords 0..1364, then the same complemented from row 2048


def _bar_tables() -> tuple[NDArray[np.uint64], list[UInt8s]]:
    """Bars raised by each codeword of each character: two words of two bits a bar for 64, bar 65 apart.

    Rows of 16 bytes: NumPy copies those in one go.
    """
    first_64 = np.zeros((10, 2 * _SPAN, 2), np.uint64)
    last = np.zeros((10, 2 * _SPAN), np.uint8)
    plain = np.array(imb.CHARACTERS)
    chars = np.zeros(2 * _SPAN, np.int64)
    chars[: imb.CODEWORDS], chars[_SPAN : _SPAN + imb.CODEWORDS] = plain, plain ^ 0x1FFF
    for (k, bit), (bar, part) in imb.BAR_OF_BIT.items():
        raised = (chars >> bit & 1).astype(np.uint64) * np.uint64(part)
        if bar < 64:
            first_64[k, :, bar // 32] |= raised << np.uint64(2 * (bar % 32))
        else:
            last[k] |= raised.astype(np.uint8)
    return first_64, list(last)


_FIRST_64_BARS, _LAST_BAR = _bar_tables()
_LAST_BAR_FROM = [k for (k, _), (bar, _) in imb.BAR_OF_BIT.items() if bar == 64]
_LETTERS = np.frombuffer(imb.LETTERS.encode(), np.uint8)
# Sixteen bits are eight bars: eight letters at a look-up, whatever the machine's byte order.
_EIGHT_LETTERS = (
    _LETTERS[np.arange(1 << 16)[:, None] >> np.arange(0, 16, 2) & 3].copy().view(np.uint64).ravel()
)


def _bars(words: list[NDArray[np.uint32]], fcs: NDArray[np.uint16], letters: UInt8s) -> None:
    fcs = fcs.astype(np.uint32)
    words[0] = words[0] + (fcs >> np.uint32(10)) * np.uint32(imb.FIRST_CODEWORDS)
    words[9] = words[9] << np.uint32(1)
    rows = [word | (fcs >> np.uint32(k) & np.uint32(1)) << np.uint32(11) for k, word in enumerate(words)]
    raised = _FIRST_64_BARS[0].take(rows[0], axis=0)
    for k in range(1, 10):
        raised |= _FIRST_64_BARS[k].take(rows[k], axis=0)
    letters[:, :64] = _EIGHT_LETTERS.take(_eighths(raised)).view(np.uint8)
    last = np.zeros(len(fcs), np.uint8)
    for k in _LAST_BAR_FROM:
        last |= _LAST_BAR[k][rows[k]]
    letters[:, 64] = _LETTERS[last]


def _eighths(raised: UInt64s) -> NDArray[np.uint16]:
    return raised.astype("<u8", copy=False).view("<u2")


# -- decoding ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DecodedBatch:
    """Columns (n,) as ``encode_columns`` takes them; where ``readable`` is false the others are 0."""

    prefix: NDArray[np.int64]
    number: NDArray[np.int64]
    routing: NDArray[np.int64]
    routing_digits: NDArray[np.int64]
    readable: NDArray[np.bool_]


_UNKNOWN = 4
_PART_OF_LETTER = np.full(256, _UNKNOWN, np.uint8)
_PART_OF_LETTER[_LETTERS] = np.arange(4)


def bar_codes(letters: UInt8s) -> UInt8s:
    """ASCII letters of any shape -> 0 tracker, 1 descender, 2 ascender, 3 full, 4 anything else."""
    return _PART_OF_LETTER[letters]


def decode_batch(letters: UInt8s) -> DecodedBatch:
    """ASCII letters (n, 65), the right way up -> columns. The checks of ``imb.decode``, row by row."""
    if letters.dtype != np.uint8 or letters.ndim != 2 or letters.shape[1] != imb.BARS:
        raise TypeError("letters come as ASCII codes, 65 a row")
    blocks = [_decode_block(letters[start : start + _BLOCK]) for start in range(0, len(letters), _BLOCK)]
    if not blocks:
        none = np.zeros(0, np.int64)
        return DecodedBatch(none, none, none, none, none.astype(np.bool_))
    prefix, number, routing, digits, readable = (
        np.concatenate(column) for column in zip(*blocks, strict=True)
    )
    return DecodedBatch(prefix, number, routing, digits, readable.astype(np.bool_))


def _bit_weights() -> NDArray[np.float32]:
    """(130, 10): what a descender (first 65 rows) or ascender of each bar is worth in each character."""
    weights = np.zeros((2 * imb.BARS, 10), np.float32)
    for (k, bit), (bar, part) in imb.BAR_OF_BIT.items():
        weights[bar if part == imb.DESCENDER else imb.BARS + bar, k] = 1 << bit
    return weights


_BIT_WEIGHTS = _bit_weights()
_COMPLEMENT, _NO_WORD = 0x800, 0xFFFF
_WORD_OF_CHARACTER = np.full(0x2000, _NO_WORD, np.uint16)
_WORD_OF_CHARACTER[imb.CHARACTERS] = np.arange(imb.CODEWORDS)
_WORD_OF_CHARACTER[np.array(imb.CHARACTERS) ^ 0x1FFF] = np.arange(imb.CODEWORDS) | _COMPLEMENT


def _decode_block(letters: UInt8s) -> list[NDArray[np.int64] | NDArray[np.bool_]]:
    codes = bar_codes(letters)
    readable = (codes != _UNKNOWN).all(axis=1)
    raised = np.concatenate([codes & imb.DESCENDER, codes >> 1], axis=1).astype(np.float32)
    chars = (raised @ _BIT_WEIGHTS).astype(np.int64) & 0x1FFF  # exact: sums stay far below 2^24
    marked = _WORD_OF_CHARACTER[chars.T]
    readable &= (marked != _NO_WORD).all(axis=0)
    words = (marked & (_COMPLEMENT - 1)).astype(np.uint64)
    fcs = ((marked >> 11 & 1) << np.arange(10, dtype=np.uint16)[:, None]).sum(axis=0, dtype=np.uint16)

    first, last = words[0], words[9]
    readable &= (
        (first < 2 * imb.FIRST_CODEWORDS) & (last < 2 * imb.LAST_CODEWORDS) & (last & np.uint64(1) == 0)
    )
    fcs |= (first >= imb.FIRST_CODEWORDS).astype(np.uint16) << np.uint16(10)
    words[0] = first % np.uint64(imb.FIRST_CODEWORDS)
    words[9] = last >> np.uint64(1)
    high, low = _value_of_codewords(words)
    readable &= _crc_11(high, low) == fcs
    prefix, number, routing = _fields_of_value(high, low)
    readable &= routing < imb.ROUTING_END
    length = np.searchsorted(list(imb.ROUTING_BASE.values()), routing, side="right") - 1
    digits = np.array(_ROUTING_LENGTHS)[length]
    fields = (prefix, number, routing - _BASE_OF_LENGTH[digits], digits)
    return [*(np.where(readable, field, 0) for field in fields), readable]


def _value_of_codewords(words: UInt64s) -> tuple[UInt64s, UInt64s]:
    words = words % np.uint64(imb.CODEWORDS)  # unreadable rows may hold anything: keep them within 64 bits
    pairs = words[0::2] * np.uint64(imb.CODEWORDS) + words[1::2]
    value = (pairs[0] * _PAIR + pairs[1]) * _PAIR + pairs[2]
    high, low = _multiply_add(value >> _SHIFT, value & _LOW_MASK, _PAIR, pairs[3])
    ij = words[8] * np.uint64(imb.LAST_CODEWORDS) + words[9]
    return _multiply_add(high, low, _LAST_PAIR, ij)


def _multiply_add(high: UInt64s, low: UInt64s, factor: np.uint64, plus: UInt64s) -> tuple[UInt64s, UInt64s]:
    low = low * factor + plus
    return high * factor + (low >> _SHIFT), low & _LOW_MASK


_MILLION = np.uint64(10**6)


def _fields_of_value(
    high: UInt64s, low: UInt64s
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Prefix, number, shifted routing; decimal digits come off by sixes, as 10^6 fits beside a limb."""
    groups = []
    for _ in range(3):
        high, low, group = _divide(high, low, _MILLION)
        groups.append(group)
    head, second = _divmod(high << _SHIFT | low, np.uint64(5))
    routing, first = _divmod(head, np.uint64(10))
    service_type, top = _divmod(groups[2], np.uint64(1000))
    prefix = (first * np.uint64(10) + second) * np.uint64(1000) + service_type
    number = (top * _MILLION + groups[1]) * _MILLION + groups[0]
    return prefix.view(np.int64), number.view(np.int64), routing.view(np.int64)


# -- lines of text -----------------------------------------------------------------------------------

_ROUTING_AT = 21  # after 20 digits and a comma
_LINE = _ROUTING_AT + 11


def encode_lines(lines: Iterable[str]) -> Iterator[str]:
    """For each line ``tracking,routing`` (or ``tracking``) 65 letters or ``ERROR CODE``; no line ends."""
    for texts in _blocks(lines):
        yield from _encode_texts(texts)


def decode_lines(lines: Iterable[str]) -> Iterator[str]:
    """For each line of 65 letters ``tracking,routing`` or ``ERROR IMB_DECODE``; no line ends."""
    for texts in _blocks(lines):
        whole = [text if len(text) == imb.BARS and text.isascii() else "?" * imb.BARS for text in texts]
        letters = np.frombuffer("".join(whole).encode("ascii"), np.uint8).reshape(-1, imb.BARS)
        yield from _fields_as_text(decode_batch(letters))


def _fields_as_text(read: DecodedBatch) -> list[str]:
    """A matrix of characters, widest routing first; the places a row does not use are left out on joining."""
    text = np.concatenate(
        [
            _decimal(read.prefix, 5),
            _decimal(read.number, 15),
            np.full((len(read.prefix), 1), ord(","), np.uint8),
            _decimal(read.routing, 11),
            np.full((len(read.prefix), 1), ord("\n"), np.uint8),
        ],
        axis=1,
    )
    used = np.ones(text.shape, np.bool_)
    used[:, 21:32] = np.arange(11) >= 11 - read.routing_digits[:, None]
    out = text[used].tobytes().decode("ascii").split("\n")[:-1]
    for row in np.flatnonzero(~read.readable).tolist():
        out[row] = "ERROR IMB_DECODE"
    return out


def _decimal(column: NDArray[np.int64], places: int) -> UInt8s:
    text = np.empty((places, len(column)), np.uint8)
    rest = column.view(np.uint64)
    for place in range(places - 1, -1, -1):
        rest, text[place] = _divmod(rest, np.uint64(10))
    return text.T + np.uint8(ord("0"))


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(lines)
    while texts := [line.strip() for line in islice(rest, _BLOCK)]:
        yield texts


def _encode_texts(texts: list[str]) -> list[str]:
    data = np.frombuffer("\n".join([*texts, " " * _LINE]).encode("ascii", "replace"), np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    if len(ends) != len(texts):  # a line break inside a text: not from a file
        return [_encode_text(text) for text in texts]
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    routing_digits = np.maximum(lengths - _ROUTING_AT, 0)
    regular = np.isin(lengths, [_ROUTING_AT - 1, *(_ROUTING_AT + digits for digits in _ROUTING_LENGTHS)])
    regular &= (data[starts + 20] == ord(",")) | (lengths == 20)

    digits = sliding_window_view(data, _LINE)[starts] - np.uint8(ord("0"))  # anything else wraps to over 9
    tracking, routing = digits[:, :20], digits[:, _ROUTING_AT:]
    routing *= np.arange(11) < routing_digits[:, None]  # what follows belongs to the next line
    letters, refusals = encode_columns(
        np.where((tracking > 9).any(axis=1), -1, _number(tracking[:, :5])),
        _number(tracking[:, 5:]),
        np.where((routing > 9).any(axis=1), -1, _number(routing) // 10 ** np.maximum(11 - routing_digits, 0)),
        np.where(regular, routing_digits, -1),
    )
    out = _strings(letters)
    for row in np.flatnonzero(refusals).tolist():
        out[row] = f"ERROR {REFUSALS[refusals[row]]}" if regular[row] else _encode_text(texts[row])
    return out


def _encode_text(text: str) -> str:
    tracking, _, routing = text.partition(",")
    try:
        return imb.encode(tracking.strip(), routing.strip())
    except InvalidInput as refusal:
        return f"ERROR {refusal.instance_code}"


def _number(digits: UInt8s) -> NDArray[np.int64]:
    """Up to 15 digits a row; exact in a product of doubles, which hold whole numbers below 2^53."""
    weights = 10.0 ** np.arange(digits.shape[1] - 1, -1, -1)
    return (digits.astype(np.float64) @ weights).astype(np.int64)


def _strings(letters: UInt8s) -> list[str]:
    lined = np.full((len(letters), imb.BARS + 1), ord("\n"), np.uint8)
    lined[:, : imb.BARS] = letters
    return lined.tobytes().decode("ascii").split("\n")[:-1]
