"""Intelligent Mail barcode: 31 digits to 65 bars and back, in the order of USPS-B-3200 Rev H (2015-04-20).

The scalar reference: whole streams go through ``postal.barcodes.imb_batch``, which must agree with it.
Letters are F full, A ascender, D descender, T tracker, left to right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.errors import InvalidInput

# -- the fields (USPS-B-3200 section 2.1) ------------------------------------------------------------

# "none": the presort level is not told by letters (Technical Resource Guide, table B1).
BARCODE_ID = "00"
_DIGITS = re.compile(r"[0-9]+")  # not str.isdigit, which takes other scripts' digits


def serial_digits(mailer_id: str) -> int:
    """9 after a 6-digit mailer id (starts 0 to 8), 6 after a 9-digit one (starts 9). IMB_FIELD otherwise."""
    length = 9 if mailer_id.startswith("9") else 6
    if len(mailer_id) != length or not _DIGITS.fullmatch(mailer_id):
        raise _field("a mailer id that starts with 9 has 9 digits, any other 6")
    return 15 - length


@dataclass(frozen=True, slots=True)
class Tracking:
    """The 20 digits that name a piece: 2 + 3 + (6 + 9 or 9 + 6). InvalidInput IMB_FIELD if they misfit."""

    barcode_id: str
    service_type_id: str
    mailer_id: str
    serial: str

    def __post_init__(self) -> None:
        if len(self.service_type_id) != 3 or len(self.barcode_id) != 2:
            raise _field("a barcode identifier has 2 digits and a service type identifier 3")
        if len(self.serial) != serial_digits(self.mailer_id):
            raise _field("a 6-digit mailer id goes with a 9-digit serial, a 9-digit one with 6 digits")
        check_tracking(self.text)

    @property
    def text(self) -> str:
        """The 20 digits."""
        return self.barcode_id + self.service_type_id + self.mailer_id + self.serial

    @classmethod
    def parse(cls, text: str) -> Tracking:
        """From 20 digits; the first digit of the mailer id tells where it ends. InvalidInput IMB_FIELD."""
        check_tracking(text)
        serial_at = 14 if text[5] == "9" else 11
        return cls(text[:2], text[2:5], text[5:serial_at], text[serial_at:])


def check_tracking(tracking: str) -> None:
    """InvalidInput IMB_FIELD unless 20 digits with the second 0 to 4 (USPS-B-3200 section 2.1.1)."""
    if len(tracking) != 20 or not _DIGITS.fullmatch(tracking):
        raise _field("a tracking code has exactly 20 digits")
    if tracking[1] > "4":
        raise _field("the second digit of the barcode identifier runs from 0 to 4")


def check_routing(routing: str) -> None:
    """InvalidInput IMB_ROUTING unless 0, 5, 9 or 11 digits."""
    if len(routing) not in ROUTING_BASE or (routing and not _DIGITS.fullmatch(routing)):
        raise InvalidInput("a routing code has 0, 5, 9 or 11 digits", code="IMB_ROUTING")


def _field(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="IMB_FIELD")


# -- encoding, steps 1 to 6 --------------------------------------------------------------------------


def encode(tracking: str, routing: str = "") -> str:
    """65 letters for 20 tracking and 0, 5, 9 or 11 routing digits. InvalidInput IMB_FIELD, IMB_ROUTING."""
    check_tracking(tracking)
    check_routing(routing)
    value = binary_value(tracking, routing)
    fcs = crc_11(value)
    words = insert_extra_information(codewords(value), fcs)
    return bars(characters(words, fcs))


# Step 1: conversion of data fields into binary data

# Each routing length has its own range of numbers, so that "00000" differs from no routing code.
ROUTING_BASE = {0: 0, 5: 1, 9: 100_001, 11: 1_000_100_001}
ROUTING_END = ROUTING_BASE[11] + 10**11


def binary_value(tracking: str, routing: str) -> int:
    """Step 1: fields already checked -> 102-bit integer; the second tracking digit counts in fives."""
    value = ROUTING_BASE[len(routing)] + int(routing or 0)
    value = value * 10 + int(tracking[0])
    value = value * 5 + int(tracking[1])
    return value * 10**18 + int(tracking[2:])


# Step 2: generation of 11-bit CRC on binary data

CRC_GENERATOR = 0xF35
CRC_INITIAL = 0x7FF
VALUE_BITS = 102


def _crc_shift(register: int, zero_bits: int) -> int:
    for _ in range(zero_bits):
        register <<= 1
        if register & 0x800:
            register ^= CRC_GENERATOR
    return register & 0x7FF


_CRC_BYTE = [_crc_shift(byte << 3, 8) for byte in range(256)]
# The value fills 13 bytes but for two bits at the top, which the specification skips: a register that becomes
# the initial one after two zero bits lets all 13 bytes go through the same table.
_CRC_START = next(register for register in range(0x800) if _crc_shift(register, 2) == CRC_INITIAL)


def crc_11(value: int) -> int:
    """Step 2: frame check sequence 0..2047 over the 102 bits, most significant first."""
    register = _CRC_START
    for byte in value.to_bytes(13, "big"):
        register = (register << 8) & 0x7FF ^ _CRC_BYTE[register >> 3 ^ byte]
    return register


# Step 3: conversion from binary data to codewords

CODEWORDS = 1365
LAST_CODEWORDS = 636
FIRST_CODEWORDS = 659


def codewords(value: int) -> list[int]:
    """Step 3: ten codewords A..J; J counts to 636, I..B to 1365, A takes what is left (0..658)."""
    value, last = divmod(value, LAST_CODEWORDS)
    words = [last]
    for _ in range(8):
        value, word = divmod(value, CODEWORDS)
        words.append(word)
    words.append(value)
    return words[::-1]


# Step 4: inserting additional information into codewords


def insert_extra_information(words: list[int], fcs: int) -> list[int]:
    """Step 4: J doubled, so that an odd J shows a barcode read the wrong way; A carries the CRC's top bit."""
    first = words[0] + FIRST_CODEWORDS if fcs & 0x400 else words[0]
    return [first, *words[1:9], words[9] * 2]


# Step 5: conversion from codewords to characters


def _n_of_13(ones: int) -> list[int]:
    """The 13-bit values with so many ones: mirrored pairs from the start, palindromes from the end."""
    pairs, palindromes = [], []
    for value in range(0x2000):
        mirror = int(f"{value:013b}"[::-1], 2)
        if value.bit_count() != ones or mirror < value:
            continue
        if mirror == value:
            palindromes.append(value)
        else:
            pairs += [value, mirror]
    return pairs + palindromes[::-1]


FIVE_OF_13 = _n_of_13(5)  # 1287 characters
TWO_OF_13 = _n_of_13(2)  # 78 characters
CHARACTERS = FIVE_OF_13 + TWO_OF_13


def characters(words: list[int], fcs: int) -> list[int]:
    """Step 5: ten 13-bit characters; bit k of the CRC complements character k (A is 0)."""
    return [CHARACTERS[word] ^ (0x1FFF if fcs >> k & 1 else 0) for k, word in enumerate(words)]


# Step 6: conversion from characters to bars

# Bar 1 to 65: the character and bit that give its descender / its ascender.
BAR_TABLE = """
H2/E3 B10/A0 J12/C8 F5/G11 I9/D1 A1/F12 C5/B8 E4/J11 G3/I10 D9/H6 F11/B4 I5/C12 J10/A2
H1/G7 D6/E9 A3/I6 G4/C7 B1/J9 H10/F2 E0/D8 G2/A4 I11/B0 J8/D12 C6/H7 F1/E10 B12/G9
H3/I0 F8/J7 E6/C10 D4/A5 I4/F7 H11/B9 G0/J6 A6/E8 C1/D2 F9/I12 E11/G1 J5/H4 D3/B2
A7/C0 B3/E1 G10/D5 I7/J4 C11/F6 A8/H12 E2/I1 F10/D0 J3/A9 G5/C4 H8/B7 F0/E5 C3/A10
G12/J2 D11/B6 I8/H9 F4/A11 B5/C2 J1/E12 I3/G6 H0/D7 E7/H5 A12/B11 C9/J0 G8/F3 D10/I2
"""
BARS = 65
DESCENDER, ASCENDER = 1, 2  # the two things a bar may have besides its tracker
LETTERS = "TDAF"  # letter of a bar by DESCENDER | ASCENDER

# (bar from 0, DESCENDER or ASCENDER) of each bit of each character
BAR_OF_BIT: dict[tuple[int, int], tuple[int, int]] = {
    ("ABCDEFGHIJ".index(name[0]), int(name[1:])): (bar, part)
    for bar, names in enumerate(BAR_TABLE.split())
    for part, name in zip((DESCENDER, ASCENDER), names.split("/"), strict=True)
}


def _bars_of_bits(k: int, bits: range) -> list[int]:
    """By setting of these bits of character k, the bars raised: one byte a bar, the first bar highest."""
    table = [0]
    for bit in bits:
        bar, part = BAR_OF_BIT[k, bit]
        table += [others | part << 8 * (BARS - 1 - bar) for others in table]
    return table


_BARS_OF_LOW_BITS = [_bars_of_bits(k, range(7)) for k in range(10)]
_BARS_OF_HIGH_BITS = [_bars_of_bits(k, range(7, 13)) for k in range(10)]
_TO_LETTERS = LETTERS.encode().ljust(256, b"?")


def bars(chars: list[int]) -> str:
    """Step 6: ten characters -> 65 letters."""
    raised = 0
    for k, char in enumerate(chars):
        raised |= _BARS_OF_LOW_BITS[k][char & 0x7F] | _BARS_OF_HIGH_BITS[k][char >> 7]
    return raised.to_bytes(BARS, "big").translate(_TO_LETTERS).decode()


# -- decoding: the steps backwards -------------------------------------------------------------------

_WORD_OF_CHARACTER = {char: (word, 0) for word, char in enumerate(CHARACTERS)}
_WORD_OF_CHARACTER |= {char ^ 0x1FFF: (word, 1) for word, char in enumerate(CHARACTERS)}
_UPSIDE_DOWN = str.maketrans("AD", "DA")


def decode(letters: str) -> tuple[str, str]:
    """Tracking and routing of 65 letters read left to right. InvalidInput IMB_DECODE if a check fails."""
    words, fcs = _words_of_characters(_characters_of_bars(letters))
    fcs |= 0x400 * (words[0] >= FIRST_CODEWORDS)
    words[0] %= FIRST_CODEWORDS
    words[9] //= 2
    value = 0
    for word, base in zip(words, [FIRST_CODEWORDS] + [CODEWORDS] * 8 + [LAST_CODEWORDS], strict=True):
        value = value * base + word
    if crc_11(value) != fcs:
        raise _unreadable("the check sequence does not match")
    return _fields_of_value(value)


def decode_any_way(letters: str) -> tuple[str, str]:
    """As ``decode``, also for a barcode read upside down. InvalidInput IMB_DECODE if neither way reads."""
    try:
        return decode(letters)
    except InvalidInput:
        return decode(turn(letters))


def turn(letters: str) -> str:
    """The letters of the same barcode turned by half a circle."""
    return letters[::-1].translate(_UPSIDE_DOWN)


def _characters_of_bars(letters: str) -> list[int]:
    if len(letters) != BARS or set(letters) - set(LETTERS):
        raise _unreadable("65 letters of F, A, D and T are needed")
    raised = [LETTERS.index(letter) for letter in letters]
    chars = [0] * 10
    for (k, bit), (bar, part) in BAR_OF_BIT.items():
        chars[k] |= bool(raised[bar] & part) << bit
    return chars


def _words_of_characters(chars: list[int]) -> tuple[list[int], int]:
    """Codewords A..J as step 4 left them and the lower ten bits of the CRC."""
    try:
        pairs = [_WORD_OF_CHARACTER[char] for char in chars]
    except KeyError:
        raise _unreadable("a group of bars is not in the tables") from None
    words = [word for word, _ in pairs]
    if words[9] % 2 or words[9] >= 2 * LAST_CODEWORDS or words[0] >= 2 * FIRST_CODEWORDS:
        raise _unreadable("a codeword is out of range, or the barcode was read upside down")
    return words, sum(flag << k for k, (_, flag) in enumerate(pairs))


def _fields_of_value(value: int) -> tuple[str, str]:
    value, rest = divmod(value, 10**18)
    value, second = divmod(value, 5)
    value, first = divmod(value, 10)
    if value >= ROUTING_END:
        raise _unreadable("the routing code is out of range")
    digits = max(length for length, base in ROUTING_BASE.items() if value >= base)
    routing = f"{value - ROUTING_BASE[digits]:0{digits}d}" if digits else ""
    return f"{first}{second}{rest:018d}", routing


def _unreadable(sentence: str) -> InvalidInput:
    return InvalidInput(f"this is not an Intelligent Mail barcode: {sentence}", code="IMB_DECODE")
