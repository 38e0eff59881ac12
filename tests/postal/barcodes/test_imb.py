"""The 65 bars against the published vectors, the specification's steps and two other encoders."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.graphics.barcode.usps4s import USPS_4State

from kernel.errors import InvalidInput
from postal.barcodes import imb

# USPS-B-3200 examples 1 to 4, rows of the USPS "Encoder Test Case Reference Set" (2009), the two ends of the
# range, and one barcode made by the USPS online encoder.
VECTORS = """
01234567094987654321 - ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT
01234567094987654321 01234 DTTAFADDTTFTDTFTFDTDDADADAFADFATDDFTAAAFDTTADFAAATDFDTDFADDDTDFFT
01234567094987654321 012345678 ADFTTAFDTTTTFATTADTAAATFTFTATDAAAFDDADATATDTDTTDFDTDATADADTDFFTFA
01234567094987654321 01234567891 AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA
40120111574675115924 - FAAADFDDADFFDAFDFFTFDFFFFTADFADTTTATTTADDDAFTATADDTADDDATATFFTFDD
70236987456321035987 - AADTDFTDDDFTFFADDFTAFFTTAATFTTFDFTDTTTAAFDATTDTDADTDFDFTAADFDTTAD
12456321478955412336 - DAAAAFDDTTFFTATFADDTTFDDDADDFADDTTADFFFDDFDFAFFFDDTAFTFATFDTTTDFT
22645874125632145236 - DTAFTTDFTDAATTDAFDTFTFFFDTFFFAATTFTTTAFDFDTFDFDFDDFADDAATATFADFAF
62789641258963214569 42563 DTTFAATAADFDFDTADDTFAFADAADTATDDTFATTTATDATDFDATDDDTATATAFADTDFAD
40120111574675115924 62176 AFDDADATAFDTDTTFAATDDTDFTDDDAFTFFTDTTATFAADFTFTFFADAAFAADFFDAADDT
62145879854112365544 45632 FFDDTDAADADTDFFDFTFFDTTTFDDFFFTFTAFTAFDDTTFAAAFADFAFAFFFFDFFDATDA
83145874125896325544 65258 AFDFAFAFFDTAFFADTAFTATFADDAFFDFFTTDDTTDTAFFDTTDTTATTFFTTDTDTAADTD
40120111574675115924 621766091 ADFFTATTAFTTFTAADTFFATDTDFDDDTTAAFDTDDDFAAFATAFDFDTDTATDDATTADADA
42458965412589632541 456998748 ATFAATAADDTFTFATDTDTAFDDDATFADTTDFDFDFDFTAADDFAFADDFDDDFATATADFTD
90456778976541564155 859859409 FDFTADFFFDTFDDDADTFDDFFDADDTTFAFAFAFAATTFAFTDTTDDAAADDFDDDATFTDFA
92301284092858039032 039549329 ADAFDTDATTFFDFAADDTFTFADFTFDFFFFTDADDAAFADADDTDFTDAATATFTTFATFFTA
53379777234994544928 51135759461 DAFDTDAFFDFTDADTDDFTTFDTATATFFFDFTTFFFTFDDTDAAFATDFTFDFDTTTDTTFDA
82205455868913559972 54765515722 TTTADTFFADAFDTTFDTAADATFFFADFFTDDFFFATDADAATAAADDATFTAADFADTADADD
72589631489654789632 13254789654 AFDDDDDDATAADFDTADDTTFDDTFDFDADADFFAFFAFATDDATFDDFFTFFFDFFFAAATDT
71456321478965412365 58965123645 DDFDDTTFDADTDFFDFDAAFDTTDDDTDTTFTAFTDDATFDAATAFFFDAAAFTDTFFDAFDFA
00000000000000000000 - ATDFAATFTAFTFATTTFDDAADATAAFTDFDADFDTDFAFDTAFFFTFDTDDTATATFTADTDA
94999999999999999999 99999999999 TDFAADDFAFDFFTADFATDAADDFDFTAFATFAFTTATDTFDDFAAFTTFADAAFTFTADFTTD
23270592831482031240 96713024817 DDADATADTAATDTTTDFDTTFTFFADTFTDFTATAAFTTFATDAATATDATATFADAADDTFDT
"""
VECTOR_ROWS = [(t, r.strip("-"), letters) for t, r, letters in map(str.split, VECTORS.strip().splitlines())]

# The examples: routing, value, CRC, codewords before and after step 4, characters before and after inversion
STEPS = [
    (
        "",
        "00000000001122103B5C2004B1",
        "051",
        "0 0 0 0 559 202 508 451 124 17",
        "0 0 0 0 559 202 508 451 124 34",
        "001F 001F 001F 001F 1524 01A3 043C 1838 012B 0076",
        "1FE0 001F 001F 001F 0ADB 01A3 1BC3 1838 012B 0076",
    ),
    (
        "01234",
        "0000000D138A87BAB5CF3804B1",
        "065",
        "0 0 15 14 290 567 385 48 388 333",
        "0 0 15 14 290 567 385 48 388 666",
        "001F 001F 1D40 0057 0255 0724 04E8 009D 030B 0583",
        "1FE0 001F 02BF 0057 0255 18DB 1B17 009D 030B 0583",
    ),
    (
        "012345678",
        "000202BDC097711204D21804B1",
        "606",
        "0 110 1113 1363 198 413 470 468 1333 513",
        "659 110 1113 1363 198 413 470 468 1333 1026",
        "1154 00F8 1E01 0110 019A 1298 03A2 03A1 0084 0B11",
        "1154 1F07 01FE 0110 019A 1298 03A2 03A1 0084 14EE",
    ),
    (
        "01234567891",
        "016907B2A24ABC16A2E5C004B1",
        "751",
        "14 787 607 1022 861 19 816 1294 35 301",
        "673 787 607 1022 861 19 816 1294 35 602",
        "1234 085C 08E4 0B06 1922 1740 0839 1200 0DC0 04D4",
        "0DCB 085C 08E4 0B06 06DD 1740 17C6 1200 123F 1B2B",
    ),
]

digits = st.characters(min_codepoint=48, max_codepoint=57)
trackings = st.from_regex(r"[0-9][0-4][0-9]{18}", fullmatch=True)
routings = st.sampled_from([0, 5, 9, 11]).flatmap(lambda n: st.text(digits, min_size=n, max_size=n))


def random_codes(count: int, seed: int) -> list[tuple[str, str]]:
    """Tracking and routing, all four routing lengths equally likely."""
    chance = random.Random(seed)
    codes = []
    for _ in range(count):
        length = chance.choice((0, 5, 9, 11))
        tracking = f"{chance.randrange(10)}{chance.randrange(5)}{chance.randrange(10**18):018d}"
        codes.append((tracking, f"{chance.randrange(10**length):0{length}d}" if length else ""))
    return codes


def bits_crc(value: int) -> int:
    """CRC-11 as the specification words it, one bit after the other."""
    register = 0x7FF
    for bit in f"{value:0102b}":
        top = register >> 10 & 1
        register = register << 1 & 0x7FF
        if top ^ int(bit):
            register ^= 0xF35 & 0x7FF
    return register


def code_of(refusal: pytest.ExceptionInfo[InvalidInput]) -> str:
    return refusal.value.instance_code


@pytest.mark.parametrize(("tracking", "routing", "letters"), VECTOR_ROWS)
def test_published_vectors_both_ways(tracking: str, routing: str, letters: str) -> None:
    assert imb.encode(tracking, routing) == letters
    assert imb.decode(letters) == (tracking, routing)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[0] or "no routing")
def test_every_intermediate_value_of_the_specification(step: tuple[str, ...]) -> None:
    routing, value_hex, crc_hex, words, doubled, plain, inverted = step
    value = imb.binary_value("01234567094987654321", routing)
    assert f"{value:026X}" == value_hex
    fcs = imb.crc_11(value)
    assert f"{fcs:03X}" == crc_hex
    before = imb.codewords(value)
    assert before == [int(word) for word in words.split()]
    after = imb.insert_extra_information(before, fcs)
    assert after == [int(word) for word in doubled.split()]
    assert [f"{char:04X}" for char in imb.characters(after, 0)] == plain.split()
    assert [f"{char:04X}" for char in imb.characters(after, fcs)] == inverted.split()


@pytest.mark.parametrize(
    ("table", "size", "sha256", "start", "end"),
    [
        (
            imb.FIVE_OF_13,
            1287,
            "a74ee962b4f72ea67a47bb37f244fd84d3efa98444b82ce0061d5a94e72f28d6",
            "001F 1F00 002F 1E80 0037 1D80 003B 1B80",
            "0952 08E2 064C 0554 04E4 0358 02E8 01F0",
        ),
        (
            imb.TWO_OF_13,
            78,
            "7ecb0c5f1a4742ecb92ec50a804eec51f557a3c938f738360e2391fd1b7a0dad",
            "0003 1800 0005 1400 0006 0C00 0009 1200",
            "1001 0802 0404 0208 0110 00A0",
        ),
    ],
    ids=["5 of 13", "2 of 13"],
)
def test_character_tables(table: list[int], size: int, sha256: str, start: str, end: str) -> None:
    assert len(table) == len(set(table)) == size
    assert [f"{char:04X}" for char in table[:8]] == start.split()
    assert [f"{char:04X}" for char in table[-len(end.split()) :]] == end.split()
    assert hashlib.sha256(b"".join(char.to_bytes(2, "big") for char in table)).hexdigest() == sha256


def test_bar_table_uses_every_bit_of_every_character_once() -> None:
    assert set(imb.BAR_OF_BIT) == {(k, bit) for k in range(10) for bit in range(13)}
    assert len(set(imb.BAR_OF_BIT.values())) == 130


@pytest.mark.parametrize(
    ("tracking", "routing", "code"),
    [
        ("15345678901234567890", "", "IMB_FIELD"),
        ("0123456709498765432", "", "IMB_FIELD"),
        ("012345670949876543210", "", "IMB_FIELD"),
        ("", "", "IMB_FIELD"),
        ("0123456709498765432x", "", "IMB_FIELD"),
        ("+1234567094987654321", "", "IMB_FIELD"),
        ("0123456709498765432\u0661", "", "IMB_FIELD"),
        *[("01234567094987654321", "1" * n, "IMB_ROUTING") for n in (1, 4, 6, 8, 10, 12)],
        ("01234567094987654321", "7080a", "IMB_ROUTING"),
        ("01234567094987654321", "70802-123", "IMB_ROUTING"),
        ("01234567094987654321", "7080\u0662", "IMB_ROUTING"),
        ("01234567094987654321", " 7080", "IMB_ROUTING"),
    ],
)
def test_fields_that_are_refused(tracking: str, routing: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imb.encode(tracking, routing)
    assert code_of(refusal) == code


@given(trackings, routings)
def test_decoding_undoes_encoding_in_either_direction(tracking: str, routing: str) -> None:
    letters = imb.encode(tracking, routing)
    assert imb.decode(letters) == imb.decode_any_way(imb.turn(letters)) == (tracking, routing)


@given(st.integers(0, 2**102 - 1))
def test_the_byte_wise_crc_is_the_bit_wise_one(value: int) -> None:
    assert imb.crc_11(value) == bits_crc(value)


@settings(max_examples=20)
@given(trackings, routings)
def test_one_misread_bar_never_gives_another_number(tracking: str, routing: str) -> None:
    """Guaranteed: a bar touches one bit of two characters, or fewer; each then has a wrong number of ones."""
    letters = imb.encode(tracking, routing)
    for bar in range(65):
        for letter in set("FADT") - {letters[bar]}:
            with pytest.raises(InvalidInput) as refusal:
                imb.decode(letters[:bar] + letter + letters[bar + 1 :])
            assert code_of(refusal) == "IMB_DECODE"


def test_a_wrong_codeword_is_caught_by_the_crc() -> None:
    """Two bars that turn one character into another of the table: all but about 1 in 2048 must be refused."""
    chance, misread, trials = random.Random(3), 0, 4000
    for tracking, routing in random_codes(trials, seed=2):
        value = imb.binary_value(tracking, routing)
        fcs = imb.crc_11(value)
        words = imb.insert_extra_information(imb.codewords(value), fcs)
        k = chance.randrange(1, 9)
        words[k] = (words[k] + chance.randrange(1, 1365)) % 1365
        try:
            imb.decode(imb.bars(imb.characters(words, fcs)))
            misread += 1
        except InvalidInput as refusal:
            assert refusal.instance_code == "IMB_DECODE"
    assert misread < 12  # 2 expected


def forged() -> dict[str, str]:
    """Barcodes right in everything, their CRC too, but for one rule each."""
    value = imb.binary_value("01234567094987654321", "01234567891")
    fcs = imb.crc_11(value)
    words = imb.insert_extra_information(imb.codewords(value), fcs)
    beyond = imb.ROUTING_END * 50 * 10**18
    small_j = next(n for n in range(636, 2000) if imb.codewords(n)[9] < 40)
    small = imb.binary_value(f"{small_j:020d}", "")
    *small_words, i, j = imb.insert_extra_information(imb.codewords(small), imb.crc_11(small))
    first = next(n for n in range(1000) if imb.crc_11(imb.binary_value(f"{n:020d}", "")) & 0x400)
    flagged = imb.binary_value(f"{first:020d}", "")
    flagged_words = imb.insert_extra_information(imb.codewords(flagged), imb.crc_11(flagged))
    forgeries = {
        "J odd": ([*words[:9], words[9] + 1], fcs),
        "J over 1270": ([*small_words, i - 1, j + 2 * imb.LAST_CODEWORDS], imb.crc_11(small)),
        "A over 1317": ([flagged_words[0] + imb.FIRST_CODEWORDS, *flagged_words[1:]], imb.crc_11(flagged)),
        "routing over 11 digits": (
            imb.insert_extra_information(imb.codewords(beyond), imb.crc_11(beyond)),
            imb.crc_11(beyond),
        ),
        "CRC": (words, fcs ^ 1),
    }
    return {rule: imb.bars(imb.characters(words, fcs)) for rule, (words, fcs) in forgeries.items()}


@pytest.mark.parametrize("rule", forged())
def test_each_rule_of_the_reader_stands_alone(rule: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imb.decode(forged()[rule])
    assert code_of(refusal) == "IMB_DECODE"


@pytest.mark.parametrize("letters", ["", "F" * 64, "F" * 66, "F" * 65, "X" * 65, VECTOR_ROWS[0][2].lower()])
def test_what_is_no_barcode_is_refused(letters: str) -> None:
    for read in (imb.decode, imb.decode_any_way):
        with pytest.raises(InvalidInput) as refusal:
            read(letters)
        assert code_of(refusal) == "IMB_DECODE"


@pytest.mark.parametrize("letters", [row[2] for row in VECTOR_ROWS])
def test_upside_down_is_not_read_as_right_way_up(letters: str) -> None:
    with pytest.raises(InvalidInput):
        imb.decode(imb.turn(letters))


def test_reportlab_draws_the_same_bars() -> None:
    for tracking, routing in random_codes(2000, seed=1):
        assert imb.encode(tracking, routing) == USPS_4State(tracking, routing).barcodes


@pytest.mark.skipif(shutil.which("zint") is None, reason="zint is not installed")
def test_zint_draws_the_same_bars(tmp_path: Path) -> None:
    codes = random_codes(100, seed=4)
    lines = "".join(f"{tracking}{'-' * bool(routing)}{routing}\n" for tracking, routing in codes)
    (tmp_path / "codes.txt").write_text(lines)
    command = ["zint", "-b", "85", "--batch", "-i", "codes.txt", "-o", "bar~~~.svg", "--height=8"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    for number, (tracking, routing) in enumerate(codes, start=1):
        assert letters_of_svg((tmp_path / f"bar{number:03d}.svg").read_text()) == imb.encode(
            tracking, routing
        )


def letters_of_svg(svg: str) -> str:
    """The rectangles zint drew: a bar's top and bottom against the highest top and the lowest bottom."""
    found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    boxes = [tuple(map(float, box)) for box in found]
    background = max(boxes, key=lambda box: box[2] * box[3])
    rects = sorted(box for box in boxes if box is not background)
    top = min(y for _, y, _, _ in rects)
    bottom = max(y + height for _, y, _, height in rects)
    letters = {(True, True): "F", (True, False): "A", (False, True): "D", (False, False): "T"}
    return "".join(letters[abs(y - top) < 0.1, abs(y + h - bottom) < 0.1] for _, y, _, h in rects)


# -- fields and service types


def test_tracking_splits_by_the_first_digit_of_the_mailer_id() -> None:
    six = imb.Tracking("00", "270", "123456", "000000789")
    nine = imb.Tracking("20", "271", "912345678", "000789")
    assert six.text == "00270123456000000789"
    assert nine.text == "20271912345678000789"
    assert imb.Tracking.parse(six.text) == six
    assert imb.Tracking.parse(nine.text) == nine


@given(trackings)
def test_tracking_text_and_parse_are_inverse(tracking: str) -> None:
    assert imb.Tracking.parse(tracking).text == tracking


@pytest.mark.parametrize(
    "fields",
    [
        ("05", "270", "123456", "000000789"),
        ("0", "270", "123456", "0000007890"),
        ("00", "2700", "123456", "00000078"),
        ("00", "270", "123456", "000789"),
        ("00", "270", "912345678", "000000789"),
        ("00", "270", "923456", "000000789"),
        ("00", "270", "112345678", "000789"),
        ("00", "270", "1234567", "00000789"),
        ("00", "27x", "123456", "000000789"),
        ("00", "270", "", ""),
    ],
)
def test_fields_that_do_not_fit_together(fields: tuple[str, str, str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        imb.Tracking(*fields)
    assert code_of(refusal) == "IMB_FIELD"
