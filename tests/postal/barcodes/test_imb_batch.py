"""Whole columns must give what the scalar reference gives, refusals included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from postal.barcodes import imb, imb_batch

from .test_imb import VECTOR_ROWS, forged, random_codes


def columns_of(codes: list[tuple[str, str]]) -> list[np.ndarray]:
    """Prefix, number, routing and its digits."""
    rows = [(int(t[:5]), int(t[5:]), int(r or 0), len(r)) for t, r in codes]
    return [np.array(column, np.int64) for column in zip(*rows, strict=True)]


def strings(letters: np.ndarray) -> list[str]:
    return [bytes(row).decode() for row in letters]


def scalar(tracking: str, routing: str) -> str:
    try:
        return imb.encode(tracking, routing)
    except InvalidInput as refusal:
        return f"ERROR {refusal.instance_code}"


def test_published_vectors_as_one_batch() -> None:
    letters, refusals = imb_batch.encode_columns(*columns_of([row[:2] for row in VECTOR_ROWS]))
    assert strings(letters) == [row[2] for row in VECTOR_ROWS]
    assert not refusals.any()


def test_twenty_thousand_random_codes_over_a_block_border_and_back() -> None:
    codes = random_codes(20_000, seed=5)
    columns = columns_of(codes)
    letters, refusals = imb_batch.encode_columns(*columns)
    assert strings(letters) == [imb.encode(*code) for code in codes]
    assert not refusals.any()
    read = imb_batch.decode_batch(letters)
    assert read.readable.all()
    for found, given_column in zip(
        (read.prefix, read.number, read.routing, read.routing_digits), columns, strict=True
    ):
        assert np.array_equal(found, given_column)


any_integer = st.integers(-(2**63), 2**63 - 1)
field = st.one_of(
    st.integers(0, 99_999), st.sampled_from([0, 4_999, 5_000, 99_999, 100_000, -1]), any_integer
)
number = st.one_of(st.integers(0, 10**15 - 1), st.sampled_from([-1, 10**15 - 1, 10**15]), any_integer)
edges = [10**n + step for n in (0, 5, 9, 11) for step in (-1, 0)]
routing = st.one_of(st.integers(0, 10**11), st.sampled_from([*edges, -1]), any_integer)
length = st.one_of(st.sampled_from([0, 5, 9, 11]), st.integers(-2, 14), any_integer)


@settings(max_examples=300)
@given(st.lists(st.tuples(field, number, routing, length), min_size=1, max_size=8))
def test_any_integers_are_encoded_or_refused_as_the_scalar_does(
    rows: list[tuple[int, int, int, int]],
) -> None:
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    letters, refusals = imb_batch.encode_columns(*columns)
    for row, (prefix, piece, route, places) in enumerate(rows):
        text = f"{route:0{places}d}" if 0 < places < 20 else "" if places == route == 0 else "no"
        expected = scalar(f"{prefix:05d}{piece:015d}", text if len(text) == places else "no")
        if refusals[row]:
            assert expected == f"ERROR {imb_batch.REFUSALS[refusals[row]]}"
            assert bytes(letters[row]) == b"-" * 65
        else:
            assert bytes(letters[row]).decode() == expected


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16])
def test_narrow_columns_of_digit_counts(dtype: type) -> None:
    prefix, piece, route, places = columns_of(random_codes(50, seed=6))
    wide, _ = imb_batch.encode_columns(prefix, piece, route, places)
    narrow, refusals = imb_batch.encode_columns(prefix.astype(np.uint32), piece, route, places.astype(dtype))
    assert np.array_equal(narrow, wide)
    assert not refusals.any()


def test_one_mailer_id_for_a_batch() -> None:
    serials, route, places = np.array([0, 7, 999_999, 1_000_000, -1]), np.full(5, 70802123456), np.full(5, 11)
    letters, refusals = imb_batch.encode_batch(
        "00", "270", "912345678", serials, route, places.astype(np.uint8)
    )
    assert [imb_batch.REFUSALS[code] for code in refusals] == ["", "", "", "IMB_FIELD", "IMB_FIELD"]
    assert strings(letters[:3]) == [
        imb.encode(f"00270912345678{serial:06d}", "70802123456") for serial in (0, 7, 999_999)
    ]
    assert strings(letters[3:]) == ["-" * 65] * 2


@pytest.mark.parametrize(
    "fields", [("05", "270", "123456"), ("00", "270", "923456"), ("00", "270", ""), ("00", "2", "1")]
)
def test_common_fields_are_refused_at_once(fields: tuple[str, str, str]) -> None:
    none = np.zeros(0, np.int64)
    with pytest.raises(InvalidInput) as refusal:
        imb_batch.encode_batch(*fields, none, none, none)
    assert refusal.value.instance_code == "IMB_FIELD"


def test_columns_of_the_wrong_kind_are_a_mistake_of_the_caller() -> None:
    whole = np.zeros(2, np.int64)
    with pytest.raises(TypeError, match="integers"):
        imb_batch.encode_columns(whole, whole.astype(float), whole, whole)
    with pytest.raises(ValueError, match="equally long"):
        imb_batch.encode_columns(whole, whole[:1], whole, whole)
    with pytest.raises(TypeError, match="65 a row"):
        imb_batch.decode_batch(np.zeros((2, 64), np.uint8))


def test_nothing_in_nothing_out() -> None:
    none = np.zeros(0, np.int64)
    letters, refusals = imb_batch.encode_columns(none, none, none, none)
    assert (letters.shape, refusals.shape) == ((0, 65), (0,))
    assert imb_batch.decode_batch(letters).readable.shape == (0,)
    assert list(imb_batch.encode_lines([])) == list(imb_batch.decode_lines([])) == []


def test_batch_decoder_refuses_exactly_what_the_scalar_refuses() -> None:
    """Whole barcodes spoiled in one bar, in two, in the CRC only, turned, at random, or of other letters."""
    chance = np.random.default_rng(7)
    letters, _ = imb_batch.encode_columns(*columns_of(random_codes(3000, seed=8)))
    rows = np.arange(500)
    for part in (slice(0, 500), slice(500, 1000)):
        letters[part][rows, chance.integers(0, 65, 500)] = chance.choice(
            np.frombuffer(b"FADT", np.uint8), 500
        )
    letters[500:1000][rows, chance.integers(0, 65, 500)] = ord("F")
    letters[1000:1500] = chance.choice(np.frombuffer(b"FADT", np.uint8), (500, 65))
    letters[1500:1600] = [list(imb.turn(text).encode()) for text in strings(letters[1500:1600])]
    letters[1600, 3], letters[1601, 64] = ord("X"), ord("f")
    letters[1700:2200] = [list(text.encode()) for text in wrong_codewords(500)]
    read = imb_batch.decode_batch(letters)
    for row, text in enumerate(strings(letters)):
        try:
            tracking, route = imb.decode(text)
        except InvalidInput:
            assert not read.readable[row]
            assert read.prefix[row] == read.number[row] == read.routing[row] == read.routing_digits[row] == 0
        else:
            found = (read.prefix[row], read.number[row], read.routing[row], read.routing_digits[row])
            assert found == (int(tracking[:5]), int(tracking[5:]), int(route or 0), len(route))
    assert 950 < np.count_nonzero(read.readable) < 1150


def test_each_rule_of_the_reader_stands_alone_in_the_batch() -> None:
    letters = np.array([list(text.encode()) for text in forged().values()], np.uint8)
    assert not imb_batch.decode_batch(letters).readable.any()


def wrong_codewords(count: int) -> list[str]:
    """Ten valid characters each, but of codewords drawn at random, J odd or even."""
    chance = np.random.default_rng(9)
    return [
        imb.bars(imb.characters(chance.integers(0, 1365, 10).tolist(), int(chance.integers(0, 1024))))
        for _ in range(count)
    ]


def test_bar_codes_for_drawing() -> None:
    letters = np.frombuffer(b"TDAF-f", np.uint8)
    assert imb_batch.bar_codes(letters).tolist() == [0, imb.DESCENDER, imb.ASCENDER, 3, 4, 4]


# -- lines

LINES = [
    "01234567094987654321,01234567891\n",
    "01234567094987654321,012345678\r\n",
    "  01234567094987654321,01234  ",
    "01234567094987654321,",
    "01234567094987654321",
    "01234567094987654321 , 01234",
    "01234567094987654321;01234",
    "05234567094987654321,01234",
    "0123456709498765432x,01234",
    "0123456709498765432,01234",
    "01234567094987654321,0123",
    "01234567094987654321,01234567891234",
    "01234567094987654321,0123x",
    "01234567094987654321,0123\u0664",
    "0123456709498765432\u0661,01234",
    "01234567094987654321,01234,",
    "01234567094987654321,01234\n01234567094987654321,01234",
    "tracking,routing",
    ",",
    "",
]


def expected_line(line: str) -> str:
    tracking, _, routing = line.strip().partition(",")
    return scalar(tracking.strip(), routing.strip())


@pytest.mark.parametrize(
    "lines", [LINES, [line for line in LINES if "\n0" not in line]], ids=["with break", "plain"]
)
def test_lines_of_every_kind(lines: list[str]) -> None:
    assert list(imb_batch.encode_lines(lines)) == [expected_line(line) for line in lines]
    assert list(imb_batch.encode_lines(lines))[5] == imb.encode("01234567094987654321", "01234")


@settings(max_examples=200)
@given(st.lists(st.one_of(st.text(max_size=40), st.text("0123456789, x", max_size=34)), max_size=5))
def test_any_text_gives_one_line_out_for_one_in(lines: list[str]) -> None:
    assert list(imb_batch.encode_lines(lines)) == [expected_line(line) for line in lines]
    assert list(imb_batch.decode_lines(lines)) == ["ERROR IMB_DECODE"] * len(lines)


def test_lines_there_and_back_in_order() -> None:
    lines = [f"{tracking},{routing}" for tracking, routing in random_codes(20_000, seed=10)]
    encoded = list(imb_batch.encode_lines(f"{line}\n" for line in lines))
    assert encoded == [expected_line(line) for line in lines]
    assert list(imb_batch.decode_lines(f"{text}\n" for text in encoded)) == lines


def test_unreadable_lines_keep_their_place() -> None:
    good = VECTOR_ROWS[0][2]
    lines = [good, good[:-1], good + "T", "é" * 65, imb.turn(good), "", good]
    back = "01234567094987654321,"
    assert list(imb_batch.decode_lines(lines)) == [back, *["ERROR IMB_DECODE"] * 5, back]
