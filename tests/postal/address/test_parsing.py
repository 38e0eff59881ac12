"""Street lines in parts and standard form; the second opinion and when it is asked."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal.address import parsing
from postal.address.opinions import Reading, is_plain, keeps_digits, spoken
from postal.address.parsing import KINDS, PARTS, parse_addresses, standard_form

SHARED = Path(os.environ.get("INDICIA_SHARED", Path(__file__).resolve().parents[4] / "shared"))
LISTS = SHARED / "data" / "addresses"


def parse(*lines: str | tuple[str, str]) -> parsing.Addresses:
    pairs = [line if isinstance(line, tuple) else (line, "") for line in lines]
    return parse_addresses(*(pa.array([pair[k] for pair in pairs], pa.string()) for k in (0, 1)))


def parts(line: str, second: str = "") -> dict[str, str]:
    found = parse((line, second)).parts
    return {name: str(found[name][0]) for name in PARTS if str(found[name][0])}


# Publication 28: what is written and its standard form (sections 231 to 236, appendices B and C).
@pytest.mark.parametrize(
    ("text", "standard", "kind"),
    [
        ("123 north main street apt 4", "123 N MAIN ST APT 4", "street"),
        ("101 W. Main St. S, Suite 12", "101 W MAIN ST S STE 12", "street"),
        ("4500 Magnolia avenue", "4500 MAGNOLIA AVE", "street"),
        ("39.2 Elm Lane", "39.2 ELM LN", "street"),
        ("p.o. box 1190", "PO BOX 1190", "po_box"),
        ("P.O. Box 28293", "PO BOX 28293", "po_box"),
        ("12 Oak St Apt 28293", "12 OAK ST APT 28293", "street"),
        ("RR 2 Box 28293", "RR 2 BOX 28293", "rural_route"),
        ("Unit 15012 Box 28293", "UNIT 15012 BOX 28293", "military"),
        ("Rural Route 2 Box 15", "RR 2 BOX 15", "rural_route"),
        ("HC 68 box 23A", "HC 68 BOX 23A", "rural_route"),
        ("psc 3 box 4120", "PSC 3 BOX 4120", "military"),
        ("General Delivery", "GENERAL DELIVERY", "general_delivery"),
        ("", "", "unknown"),
    ],
)
def test_standard_form(text, standard, kind):
    assert standard_form(text) == standard
    assert KINDS[parse(text).kind[0]] == kind


def test_parts_with_house_and_unit_numbers_put_back():
    assert parts("4711 N Rampart Street", "Apt. 305") == {
        "number": "4711", "predirectional": "N", "name": "RAMPART", "suffix": "ST",
        "unit_type": "APT", "unit": "305",
    }  # fmt: skip
    assert parts("PSC 1650 BOX 10") == {"box": "10", "military": "PSC 1650"}
    assert parts("RR 2 BOX 15") == {"box": "15", "route": "RR 2"}
    assert parts("1234 LA HWY 1")["name"] == "LA HIGHWAY 1"


def test_a_line_is_read_once_for_all_its_numbers(monkeypatch):
    seen = []
    real = parsing._read_block
    monkeypatch.setattr(parsing, "_read_block", lambda shapes: seen.extend(shapes) or real(shapes))
    found = parse(*((f"{number} Canal St", f"Apt {number}") for number in range(1, 400)))
    assert len(seen) == found.distinct == 1
    assert found.line.to_pylist() == [f"{number} CANAL ST APT {number}" for number in range(1, 400)]


def test_numbers_that_change_the_reading_are_read_for_themselves():
    assert parse("706 C S Woods Blvd").line.to_pylist() == [standard_form("706 C S Woods Blvd")]
    assert parse("600 East Blvd").line.to_pylist() == ["600 EAST BLVD"]
    assert parse("12 34th St", "100 100th Ave").line.to_pylist() == ["12 34TH ST", "100 100TH AVE"]


@pytest.mark.parametrize(
    ("line", "second", "reading"),
    [
        ("12 Oak St", "B", Reading("outside", "unit")),
        ("100 Main St Indian Orchard", "", Reading("street", "outside")),
        ("3085 AL HIGHWAY 137", "", Reading("street", "unit")),
    ],
)
def test_disagreements_name_both_readings(line, second, reading):
    found = parse((line, second))
    assert reading in found.readings
    assert found.disagreeing.tolist() == [0]
    assert not found.is_sure[0]
    both = spoken(f"{line}, {second}" if second else line)
    assert set(both) == {"doorplate", "usaddress"}
    assert both["doorplate"] != both["usaddress"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Main St", "STREET_NUMBER"),
        ("4190", "STREET_NAME"),
        ("Oak St & Main St", "STREET_UNCLEAR"),
        ("100 Main St (rear)", "STREET_UNCLEAR"),
        ("101 N Main St PO Box 5", "STREET_AND_BOX"),
        ("1 Main St Apt", "UNIT_NUMBER"),
        ("100 Canal St 5", "UNIT_DESIGNATOR"),
    ],
)
def test_faults(line, code):
    found = parse("1 Main St", line)
    assert found.faults[code].tolist() == [1]
    assert found.is_sure.tolist() == [True, code == "UNIT_DESIGNATOR"]


@pytest.mark.parametrize(
    "text", ["\x00", "Ω" * 300, "1 " * 500, "#" * 40, "''", ", , ,", "1\u202e Main St", "٣ Main"]
)
def test_odd_text_is_read_without_an_error(text):
    parse(text, (text, text), ("1 Main St", text))


def test_a_list_with_too_many_doubtful_lines_is_compared_in_part(monkeypatch):
    monkeypatch.setattr(parsing, "MOST_SECOND_OPINIONS", 2)
    lines = ["Hall B, gate 2", "Hall A (rear)", "Hall C & D", "1 Main St"]
    found, turned = parse(*lines), parse(*reversed(lines))
    assert [lines[k] for k in found.not_compared] == ["Hall C & D"]
    assert [lines[::-1][k] for k in turned.not_compared] == ["Hall C & D"]
    assert not found.is_sure[found.not_compared].any()


NAMES = st.sampled_from(
    ["Canal", "Saint Charles", "Old River", "O'Neal", "2nd", "Jefferson Davis", "Ridge", "Main"]
)
TYPES = st.sampled_from(["St", "Street", "Ave", "avenue", "Blvd.", "Rd", "Lane", "Dr", "Parkway", "Ct"])
DIRECTIONS = st.sampled_from(["", "N", "south", "E.", "NW"])
UNITS = st.one_of(
    st.just(""),
    st.builds(
        "{} {}".format,
        st.sampled_from(["Apt", "apartment", "Ste.", "Suite", "Unit", "Lot", "#"]),
        st.integers(1, 9999),
    ),
)
LINES = st.builds(
    lambda *words: " ".join(word for word in words if word),
    st.integers(1, 99_999).map(str),
    DIRECTIONS,
    NAMES,
    TYPES,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(LINES, UNITS), min_size=1, max_size=20))
def test_a_standard_form_is_its_own_standard_form(pairs):
    found = parse(*pairs)
    sure = [line for line, is_sure in zip(found.line.to_pylist(), found.is_sure, strict=True) if is_sure]
    assert parse(*sure).line.to_pylist() == sure if sure else True


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.one_of(LINES, st.text(max_size=30)), UNITS), min_size=1, max_size=12), st.randoms()
)
def test_each_row_is_read_alike_whatever_stands_around_it(pairs, random):
    order = list(range(len(pairs)))
    random.shuffle(order)
    found, shuffled = parse(*pairs), parse(*(pairs[k] for k in order))
    assert [found.line[k].as_py() for k in order] == shuffled.line.to_pylist()
    assert found.is_sure[order].tolist() == shuffled.is_sure.tolist()
    alone = parse(pairs[0])
    assert alone.line[0].as_py() == found.line[0].as_py()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 999_999), min_size=1, max_size=200))
def test_a_box_keeps_its_number_however_many_digits_it_has(numbers):
    found = parse(*(f"PO BOX {number}" for number in numbers))
    assert found.line.to_pylist() == [f"PO BOX {number}" for number in numbers]
    assert found.is_sure.all()


MARKED = st.sampled_from(
    [
        "{}", "PO Box {}", "RR {} Box {}", "HC {} Box {}", "{} Oak St", "{}-{} 67th Ave", "{} {}/{} Main St",
        "{} FM {}", "N{}W{} Bluemound Rd", "{}A Elm Ln", "{} Calle {}", "Unit {} Box {}", "PSC {} Box {}", "Hall {}",
        "{} {} {}",
    ]
)  # fmt: skip
SECOND = st.sampled_from(
    [
        "",
        "Apt {}",
        "# {}",
        "{}",
        "PMB {}",
        "Apt {}-{}",
        "Ste {}A",
        "PO Box {}",
        "Bldg {} Apt {}",
        "Fl {}",
        "{}½",
    ]
)
NUMBERS = st.one_of(
    st.integers(0, 99), st.integers(0, 999_999), st.sampled_from(["007", "28293", "70802-1234"])
)


@settings(deadline=None, max_examples=120)
@given(MARKED, SECOND, st.lists(NUMBERS, min_size=6, max_size=6))
def test_a_sure_line_is_never_empty_and_keeps_all_digits(first, second, numbers):
    line, unit = first.format(*numbers[:3]), second.format(*numbers[3:])
    for found in (parse((line, unit)), parse(" ".join(filter(None, (line, unit))))):
        if found.is_sure[0]:
            assert keeps_digits(f"{line} {unit}", found.line[0].as_py())
            assert found.line[0].as_py()


@settings(deadline=None, max_examples=60)
@given(LINES, UNITS)
def test_ordinary_lines_ask_for_no_second_opinion(line, unit):
    import doorplate

    text = f"{line}, {unit}" if unit else line
    parsed = doorplate.parse_fields(line1=line, line2=unit)
    if is_plain(parsed, text, parsed.to_usps()["line1"]):
        _first, second = spoken(text).values()
        assert set(second) == {"number", "street"} | ({"unit"} if unit else set())


@pytest.mark.skipif(not LISTS.is_dir(), reason="the public address lists are not on this machine")
def test_the_gate_loses_hardly_any_disagreement_of_real_lists(monkeypatch):
    """Every fifth distinct line of 82,000 polling places, all of them read twice against the gate's choice."""
    with gzip.open(LISTS / "medium_polling_places.csv.gz", "rt", encoding="utf-8") as file:
        lines = sorted({" ".join(row["street_split"].split()) for row in csv.DictReader(file)})[::5]
    gated = parse(*lines)
    monkeypatch.setattr(parsing, "is_plain", lambda *_: False)
    every = parse(*lines)
    assert gated.second_opinions < 0.4 * every.second_opinions
    assert len(np.setdiff1d(every.disagreeing, gated.disagreeing)) <= 5
    assert len(every.disagreeing) > 1_000
