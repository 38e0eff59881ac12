"""Repeats and households: who is the same, whose letters may be one, and that no row is ever lost."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postal.address.parsing import standard_form
from production.catalog.piece_weight import envelopes
from production.frontdesk.checks.households import NUMBER_COLUMN, addressee, addressee_rule, join_households
from production.frontdesk.checks.joined_rows import together
from production.frontdesk.checks.list_check import check_list
from production.frontdesk.checks.repeats import MOST_IN_HOUSEHOLD, name_key
from production.frontdesk.preparation.examine import Examination, Submission, _list_options, examine
from production.mailings.accepted import read_accepted
from production.mailings.list_order import ListOrder
from production.prepress.merge.fields import default_fields
from tests.production.prepress.letters import make_template

HEADER = ("Name", "Street", "Unit", "City", "State", "ZIP", "Account")
MAPPING = {
    "recipient": "Name", "street": "Street", "street2": "Unit", "city": "City", "state": "State", "zip": "ZIP",
}  # fmt: skip
HOME = ("Baton Rouge", "LA", "70802-1234")
ANA, MARC, ROY = "Ana Landry", "Marc Landry", "Joan Roy"


def row(name, street="12 Canal St", unit="", place=HOME, account=""):
    return (name, street, unit, *place, account)


def write(folder: Path, rows) -> Path:
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def check(folder, *rows, **options):
    return check_list(write(folder, rows), "list.csv", MAPPING, {"on": "2026-12-01"} | options, folder)


def joined(result, *, houses=True):
    """Row to row it is joined to, as examine() decides where nothing stands against it; and the mailed rows."""
    accepted = read_accepted(Path(result.accepted_path))
    repeats = read_accepted(Path(result.joined_path)) if result.joined_path else None
    kept, others = join_households(accepted) if houses else (accepted, None)
    table = together(repeats, others)
    rows = table.to_pylist() if table is not None else []
    return {one["source_row"]: one["joined_to"] for one in rows}, kept.to_pylist()


# --- the same person -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        row(ANA),
        row("ANA LANDRY", "12 canal street"),
        row("Landry, Ana", "12 Canal Street"),
        row("Ána  Landry.", "12 CANAL ST."),
    ],
)
def test_the_same_person_written_in_another_way(tmp_path, other):
    assert check(tmp_path, row(ANA), other).counts["ROW_DUPLICATE"] == 1


@pytest.mark.parametrize(
    "other",
    [
        row(MARC),
        row("Mrs Ana Landry"),
        row("Ana Landry Jr"),
        row("Ana B Landry"),
        row(ANA, unit="Apt 2"),
        row(ANA, "12 Canal Ave"),
        row(ANA, "12 N Canal St"),
        row(ANA, place=("Metairie", "LA", "70001")),
        row(ANA, "12 Canal St, B"),  # read in two ways: only the same text is the same
        row(ANA, place=("Baton Rouge", "LA", "70802-1235")),  # another delivery: an apartment is missing
    ],
)
def test_another_person_or_another_address(tmp_path, other):
    assert "ROW_DUPLICATE" not in check(tmp_path, row(ANA), other).counts


def test_five_digit_boxes_of_one_zip_code_are_strangers(tmp_path):
    people = [row(ANA, "PO Box 28293"), row(MARC, "PO Box 28411"), row(ROY, "PO Box 91234")]
    result = check(tmp_path, *people, row(ANA, "P.O. Box 28411"), duplicates="merge", households="one_piece")
    assert joined(result)[0] == {5: 3}
    assert "ROW_DUPLICATE" not in result.counts


def test_an_address_without_add_on_goes_with_the_one_that_has_it(tmp_path):
    bare, coded = ("Baton Rouge", "LA", "70802"), ("Baton Rouge", "LA", "70802-1234-12")
    assert check(tmp_path, row(ANA, place=bare), row(ANA, place=coded)).counts["ROW_DUPLICATE"] == 1
    other = row(ANA, place=("Baton Rouge", "LA", "70802-1234-13"))
    assert "ROW_DUPLICATE" not in check(tmp_path, row(ANA, place=bare), row(ANA, place=coded), other).counts


def test_units_count_however_they_are_written(tmp_path):
    same = [row(ANA, unit="Apt 4"), row(ANA, "12 Canal St Apartment 4"), row(ANA, unit="apt. 4")]
    assert check(tmp_path, *same).counts["ROW_DUPLICATE"] == 2


def test_names_are_turned_only_where_that_is_sure():
    names = pa.array(
        ["Landry, Ana", "Landry, Jr.", "Smith, Jones & Co", "ANA LANDRY", "O'Neal, Bo", "Bo ONeal"]
    )
    assert name_key(names).to_pylist() == [
        "ANALANDRY", "LANDRYJR", "SMITHJONESANDCO", "ANALANDRY", "ONEALBO", "BOONEAL",
    ]  # fmt: skip


def test_merged_repeats_say_to_which_row_and_whether_they_differ(tmp_path):
    rows = [row(ANA, account="1"), row(MARC), row("ana landry", account="2"), row(ANA, account="1")]
    result = check(tmp_path, *rows, duplicates="merge")
    assert joined(result, houses=False)[0] == {4: 2, 5: 2}
    (said,) = (one.message for one in result.findings if one.code == "ROW_DUPLICATE")
    assert "1 of them are not written alike" in said


# --- households ----------------------------------------------------------------------------------------------


def test_one_letter_for_two_people_at_one_address(tmp_path):
    rows = [row(ANA), row(ROY, unit="Apt 9"), row(MARC, "12 Canal Street")]
    result = check(tmp_path, *rows, households="one_piece")
    assert result.counts["HOUSEHOLD_SHARED"] == 1
    to, mailed = joined(result)
    assert to == {4: 2}
    assert [one["recipient"] for one in mailed] == ["Ana Landry and Marc Landry", ROY]
    assert "household" not in mailed[0]


@pytest.mark.parametrize(
    "rows",
    [
        [row(ANA), row(ANA)],  # one person: a repeat, not a household
        [row(ANA, "General Delivery"), row(MARC, "General Delivery")],
        [row(ANA, "12 Canal St, B"), row(MARC, "12 Canal St, B")],  # not read surely
        [row(ANA, "Canal St"), row(MARC, "Canal St")],  # no number: nobody knows the house
        [row(f"Person {chr(65 + k) * 3}") for k in range(MOST_IN_HOUSEHOLD + 1)],
    ],
)
def test_rows_that_are_no_household(tmp_path, rows):
    assert joined(check(tmp_path, *rows, households="one_piece"))[0] == {}


def test_a_repeat_is_joined_to_the_letter_that_is_mailed(tmp_path):
    rows = [row(MARC), row(ANA), row("LANDRY, ANA")]
    to, mailed = joined(check(tmp_path, *rows, duplicates="merge", households="one_piece"))
    assert to == {3: 2, 4: 2}
    assert [one["recipient"] for one in mailed] == ["Marc Landry and Ana Landry"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([ANA, MARC], "Ana Landry and Marc Landry"),
        ([ANA, "Marc Landry Jr.", "Zoe LANDRY"], "The Landry Household"),
        (["Landry, Ana", "Landry, Marc", "Landry, Zoe"], "The Landry Household"),
        ([ANA, MARC, ROY], "Ana Landry and Household"),
        (["Maximilian B Featherstonehaugh", "Theodora Featherstonehaugh"], "The Featherstonehaugh Household"),
        (["Cher", "Prince", "Madonna"], "Cher and Household"),
    ],
)
def test_whom_the_letter_names(names, expected):
    assert addressee(names, addressee_rule()) == expected


def test_unknown_policy(tmp_path):
    with pytest.raises(ValueError, match="households"):
        check(tmp_path, row(ANA), households="all")


# --- properties ----------------------------------------------------------------------------------------------

PEOPLE = st.sampled_from([ANA, "ANA LANDRY", "Landry, Ana", MARC, ROY, "Mr Marc Landry", ""])
STREETS = st.sampled_from(
    ["12 Canal St", "12 canal street", "12 Canal St Apt 4", "PO Box 7", "Old Hall (rear)", ""]
)
ROWS = st.lists(
    st.builds(row, PEOPLE, STREETS, st.sampled_from(["", "Apt 4", "#4"]), account=st.sampled_from(["", "1"])),
    min_size=1,
    max_size=14,
)
POLICIES = {
    "duplicates": st.sampled_from(["allow", "merge", "refuse"]),
    "households": st.sampled_from(["separate", "one_piece"]),
}
_SETTINGS = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def settle(folder, rows, options):
    result = check(folder, *rows, **options)
    to, mailed = joined(result, houses=options["households"] == "one_piece")
    fixes = []
    if result.rows_to_fix_path:
        text = Path(result.rows_to_fix_path).read_text("utf-8-sig")
        fixes = [int(one["fix: row"]) for one in csv.DictReader(io.StringIO(text, newline=""))]
    return to, [one["source_row"] for one in mailed], fixes


@_SETTINGS
@given(rows=ROWS, options=st.fixed_dictionaries(POLICIES))
def test_every_row_is_mailed_joined_or_to_be_fixed(tmp_path, rows, options):
    to, mailed, fixes = settle(tmp_path, rows, options)
    assert sorted([*to, *mailed, *fixes]) == list(range(2, len(rows) + 2))
    assert set(to.values()) <= set(mailed)


NUMBERED = st.sampled_from(
    ["PO Box {}", "{} Canal St", "12 Canal St Apt {}", "RR 2 Box {}", "12 Canal St {}", "Lot {}"]
)


@settings(_SETTINGS, max_examples=20)
@given(NUMBERED, st.booleans(), st.lists(st.integers(0, 99_999), min_size=2, max_size=2, unique=True))
def test_rows_whose_texts_differ_in_a_digit_are_never_joined(tmp_path, line, in_unit, numbers):
    """Neither as a repeat nor as a household, whichever of the two lines the digit stands in."""
    places = [("12 Canal St", line.format(n)) if in_unit else (line.format(n), "") for n in numbers]
    for names in ([ANA, ANA], [ANA, MARC]):
        rows = [row(name, *place) for name, place in zip(names, places, strict=True)]
        assert settle(tmp_path, rows, {"duplicates": "merge", "households": "one_piece"})[0] == {}


@_SETTINGS
@given(rows=ROWS, options=st.fixed_dictionaries(POLICIES), random=st.randoms())
def test_the_order_of_rows_does_not_matter_for_who_is_joined(tmp_path, rows, options, random):
    order = list(range(len(rows)))
    random.shuffle(order)

    def groups(given_order):
        to, mailed, _ = settle(tmp_path, [rows[k] for k in given_order], options)
        people = {number: {given_order[number - 2]} for number in mailed}
        for number, head in to.items():
            people[head].add(given_order[number - 2])
        return {frozenset(members) for members in people.values() if len(members) > 1}

    def told(k):
        """Rows that are equal in every cell may stand for one another; where repeats are returned, the first row of a
        person stays, whichever that is.
        """
        name, street, unit, *_ = rows[k]
        is_person = options["duplicates"] == "refuse"
        return (
            (*name_key(pa.array([name])).to_pylist(), standard_form(f"{street} {unit}"))
            if is_person
            else rows[k]
        )

    straight, shuffled = groups(range(len(rows))), groups(order)
    assert sorted(sorted(map(told, one)) for one in straight) == sorted(
        sorted(map(told, one)) for one in shuffled
    )


@_SETTINGS
@given(rows=ROWS, options=st.fixed_dictionaries(POLICIES), said=st.sampled_from([{}, {"confidential": True}]))
def test_nobody_confidential_is_ever_joined(tmp_path, rows, options, said):
    """Whatever is asked for: no household is formed, and a row is joined only to the same name at the same address."""
    given = replace(order(tmp_path, rows), options=ListOrder(list=options, **said))
    found = Examination()
    result = check(tmp_path, *rows, **_list_options(given, found))
    assert ("HOUSEHOLD_REFUSED" in codes(found)) == (options["households"] == "one_piece")
    assert NUMBER_COLUMN not in read_accepted(Path(result.accepted_path)).column_names
    names = name_key(pa.array([one[0] for one in rows])).to_pylist()
    assert all(names[own - 2] == names[to - 2] for own, to in joined(result, houses=False)[0].items())


# --- with the letter -----------------------------------------------------------------------------------------


def order(folder, rows, *, text="", **options):
    if not (folder / "letter.pdf").exists():
        make_template(folder / "letter.pdf", 1)
    boxes = default_fields().to_json()
    if text:
        boxes["fields"].append(
            {"name": "greeting", "page": 1, "x": 72, "y": 400, "width": 300, "height": 20, "text": text}
        )
    (folder / "fields.json").write_text(json.dumps(boxes))
    return Submission(
        template=folder / "letter.pdf", template_name="letter.pdf", list=write(folder, rows), list_name="list.csv",
        fields=folder / "fields.json", envelope=envelopes()["window10"], is_duplex=True, mail_date=date(2026, 12, 1),
        options=ListOrder(mapping=MAPPING, **options),
    )  # fmt: skip


ONE_PIECE = {"list": {"households": "one_piece"}}
PAIR = [row(ANA), row(MARC), row(ROY, "14 Canal St")]


def codes(found):
    return {group.code: group for groups in found.groups.values() for group in groups}


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("", {}, "confidential"),  # an order is confidential unless it says no
        ("", {"confidential": True}, "confidential"),
        ("Dear {Name}", {"confidential": False}, "greeting"),
        ("Account {Account}", {"confidential": False}, "greeting"),
    ],
)
def test_households_are_refused_with_the_reason(tmp_path, text, options, reason):
    found = examine(order(tmp_path, PAIR, text=text, **ONE_PIECE, **options), tmp_path)
    assert reason in codes(found)["HOUSEHOLD_REFUSED"].message
    assert found.table().column("recipient").to_pylist() == [ANA, MARC, ROY]
    assert found.joined is None
    assert "household" not in found.table().column_names


def test_a_letter_that_says_the_same_to_all_goes_to_the_household(tmp_path):
    found = examine(order(tmp_path, PAIR, text="To all", confidential=False, **ONE_PIECE), tmp_path)
    assert found.table().column("recipient").to_pylist() == ["Ana Landry and Marc Landry", ROY]
    assert codes(found)["HOUSEHOLD_JOINED"].count == 1
    with found.joined_file.open(encoding="utf-8-sig", newline="") as file:
        (one,) = csv.DictReader(file)
    assert (one["joined: row"], one["joined: to row"], one["joined: why"]) == ("3", "2", "same household")
    assert one["Name"] == MARC


def returned(found):
    if found.rows_to_fix is None:
        return {}
    with found.rows_to_fix.open(encoding="utf-8-sig", newline="") as file:
        return {int(one["fix: row"]): one["fix: codes"] for one in csv.DictReader(file)}


def test_a_row_that_fits_is_not_returned_with_one_that_does_not(tmp_path):
    rows = [
        row("漢字 Landry"),
        row(MARC),
        row(ANA),
        row(ROY, "14 Canal St"),
        row("Roy, Joan", "14 Canal Street"),
    ]
    asked = {"list": {"households": "one_piece", "duplicates": "merge"}}
    found = examine(order(tmp_path, rows, confidential=False, **asked), tmp_path)
    letters = dict(
        zip(*(found.table().column(name).to_pylist() for name in ("source_row", "recipient")), strict=True)
    )
    assert letters == {3: "Marc Landry and Ana Landry", 5: ROY}  # and not the one who is returned
    assert dict(zip(*(found.joined.column(name).to_pylist() for name in ("source_row", "joined_to")), strict=True)) == {
        4: 3, 6: 5,
    }  # fmt: skip
    assert returned(found) == {2: "GLYPH_MISSING"}
    assert found.rows_in == len(found.table()) + len(found.joined) + found.fixes


def test_a_person_is_reached_by_a_row_that_fits(tmp_path):
    """The first row has a mark that no font has; another row of the same person has not."""
    rows = [
        row("Ana \U0001039f Landry"),
        row(ANA, account="2"),
        row("Landry, Ana"),
        row("Roy \U0001039f Joan", "14 Canal St"),
    ]
    found = examine(order(tmp_path, rows, list={"duplicates": "merge"}), tmp_path)
    (letter,) = found.table().to_pylist()
    assert (letter["source_row"], letter["recipient"], letter["c.Account"], letter["plus4"]) == (
        3,
        ANA,
        "2",
        "1234",
    )
    assert dict(zip(*(found.joined.column(name).to_pylist() for name in ("source_row", "joined_to")), strict=True)) == {
        2: 3, 4: 3,
    }  # fmt: skip
    assert list(returned(found)) == [5]
    assert found.rows_in == len(found.table()) + len(found.joined) + found.fixes


def test_a_household_whose_names_do_not_fit_gets_a_letter_each(tmp_path):
    """Each name fits the address box of three lines; the line for both does not."""
    people = ["Maximiliana Wolkenstein", "Bartholomew Roy"]
    mailing = order(tmp_path, list(map(row, people)), confidential=False, **ONE_PIECE)
    boxes = json.loads((tmp_path / "fields.json").read_text())
    for box in boxes["fields"]:
        box |= {"width": 120, "height": 28, "min_size": 8.0} if box["kind"] == "address" else {}
    (tmp_path / "fields.json").write_text(json.dumps(boxes))
    found = examine(mailing, tmp_path)
    assert found.table().column("recipient").to_pylist() == people
    assert (found.joined, returned(found)) == (None, {})


def test_who_has_left_a_household_is_not_named(tmp_path):
    result = check(tmp_path, row(ANA), row(MARC), row("Jo Landry"), households="one_piece")
    table = read_accepted(Path(result.accepted_path))
    kept, joined = join_households(table.filter(pa.array([False, True, True])))
    assert kept.column("recipient").to_pylist() == ["Marc Landry and Jo Landry"]
    assert joined.column("joined_to").to_pylist() == [3]
    alone, nobody = join_households(table.filter(pa.array([False, True, False])))
    assert (alone.column("recipient").to_pylist(), len(nobody)) == ([MARC], 0)
