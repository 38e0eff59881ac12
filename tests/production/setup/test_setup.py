"""One way for every row of the set-up: versions, undo, a second person, one file from plant to plant."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from kernel.errors import Conflict, InvalidInput, NotFound, StaleVersion, Unconfirmed
from production.people import second_person, setup
from production.people.agencies import ACCOUNTS, AGENCIES, AccountValue, AgencyValue
from production.people.models import Agency, BudgetUnit
from production.people.persons import PEOPLE
from production.people.second_person import Act
from production.people.setup import AS_IT_STOOD, Kind
from production.people.setup_fields import Row
from production.setup import file as setup_file
from production.setup.checks import rows_say_what_their_versions_say
from production.setup.table import read_table, write_table
from store.audit import AuditEntry
from store.db import Actor
from store.keeping.verify import Survey
from tests.factories import PLANT, make_agency, make_budget_unit

ADA, BO = Actor("ada"), Actor("bo")


def agency(name="Department of Labor", code="LAB", crid=""):
    return AgencyValue(code=code, name=name, crid=crid)


def account(**other):
    return AccountValue(
        **{"agency": "LAB", "bill_code": "LAB-1", "name": "General", "accounting_string": "1-2-3"} | other
    )


def numbers(session, kind, key):
    return [one.number for one in setup.history(session, kind, key)]


class TimesValue(Row):
    """A rule of the shop, for these tests."""

    days: int = 2


class Times(Kind[TimesValue]):
    """One row, shipped with a guess; nobody changes it alone."""

    code, name, names = "times", "Times", "Times"
    value, is_one = TimesValue, True

    def shipped(self):
        return (TimesValue(),)

    def needs_second(self, change):
        return change.of("days")


TIMES = Times()


def test_a_row_is_written_with_its_version_and_its_audit_entry(plant):
    with plant.db.unit_of_work(ADA) as uow:
        version = setup.put(uow, AGENCIES, agency(), why="New department")
    with plant.db.read_only(PLANT) as session:
        row = session.scalars(select(Agency)).one()
        entry = session.scalars(select(AuditEntry).filter_by(subject="setup")).one()
    assert (row.code, row.name, row.crid) == ("LAB", "Department of Labor", None)
    assert (version.number, version.actor, version.why) == (1, "ada", "New department")
    assert (entry.act, entry.actor, entry.ulid) == ("added", "ada", version.ulid)
    assert entry.details == {"of": "agency LAB", "number": 1, "fields": []}


def test_the_same_again_is_no_version(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency())
        assert setup.put(uow, AGENCIES, agency()) is None
        assert numbers(uow.session, AGENCIES, "LAB") == [1]


def test_a_row_from_before_keeps_how_it_stood(plant):
    with plant.db.unit_of_work(ADA) as uow:
        make_agency(uow, code="OLD", name="As it was")
        setup.put(uow, AGENCIES, agency("Renamed", "OLD"))
        first = setup.history(uow.session, AGENCIES, "OLD")[-1]
        assert (first.number, first.why) == (1, AS_IT_STOOD)
        setup.bring_back(uow, AGENCIES, "OLD", 1)
        assert uow.session.scalars(select(Agency.name)).one() == "As it was"
        newest = setup.history(uow.session, AGENCIES, "OLD")[0]
        assert (newest.number, newest.undoes) == (3, 1)
        with pytest.raises(NotFound):
            setup.bring_back(uow, AGENCIES, "OLD", 9)


def test_whoever_looked_at_an_older_version_is_told(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency())
        setup.put(uow, AGENCIES, agency("Two"), seen=1)
        with pytest.raises(StaleVersion):
            setup.put(uow, AGENCIES, agency("Three"), seen=1)


def test_consequences_are_read_before_an_account_closes(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency())
        setup.put(uow, ACCOUNTS, account())
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, ACCOUNTS, account(is_closed=True))
        assert [one.code for one in told.value.findings] == ["ACCOUNT_CLOSING"]
        assert uow.session.scalars(select(BudgetUnit.closed_at)).one() is None
        setup.put(uow, ACCOUNTS, account(is_closed=True), knowing=["ACCOUNT_CLOSING"])
        uow.session.flush()
        assert uow.session.scalars(select(BudgetUnit.closed_at)).one() == uow.now


@pytest.mark.parametrize(
    ("kind", "given", "field", "words"),
    [
        (AGENCIES, {"code": "L A", "name": "Labor"}, "code", "without blanks"),
        (AGENCIES, {"code": "LAB", "name": " "}, "name", "Fill this in."),
        (AGENCIES, {"code": "LAB"}, "name", "This is needed."),
        (AGENCIES, {"code": "LAB", "name": "x" * 201}, "name", "at most 200"),
        (AGENCIES, {"code": "LAB", "name": "Labor", "crid": "12a"}, "crid", "up to 12 digits"),
        (AGENCIES, {"code": "LAB", "name": "Labor", "color": "red"}, "color", "This is not asked here."),
        (AGENCIES, {"code": 5, "name": "Labor"}, "code", "valid string"),
        (PEOPLE, {"sign_in_name": " "}, "sign_in_name", "Fill this in."),
        (ACCOUNTS, {"bill_code": "A/B"}, "bill_code", "without slash"),
        (ACCOUNTS, {"budget": "many"}, "budget", "not an amount"),
        (ACCOUNTS, {"budget": 12.5}, "budget", "not an amount"),
        (ACCOUNTS, {"is_closed": "perhaps"}, "is_closed", "Choose yes or no."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_beside_its_field(kind, given, field, words):
    with pytest.raises(InvalidInput) as refused:
        kind.read(given)
    said = {one.place.column: one.message for one in refused.value.findings}
    assert words in said[field]


def test_rows_that_name_what_is_not_there(plant):
    with plant.db.unit_of_work(ADA) as uow:
        with pytest.raises(InvalidInput, match="not entered") as refused:
            setup.put(uow, ACCOUNTS, account())
        assert refused.value.findings[0].message == "There is no agency LAB."
        setup.put(uow, AGENCIES, agency())
        with pytest.raises(InvalidInput) as refused:
            setup.put(uow, AGENCIES, agency(code="lab"))
        assert "only by capitals" in refused.value.findings[0].message


def test_what_one_alone_may_not_change_waits_for_another(plant):
    key = "plant"
    with plant.db.unit_of_work(ADA) as uow:
        version = setup.put(uow, TIMES, TimesValue(days=3), why="Slower")
        assert (version.in_force_at, TIMES.find(uow.session, key).days) == (None, 2)
        with pytest.raises(Conflict, match="waits for a second person"):
            setup.put(uow, TIMES, TimesValue(days=4))
        with pytest.raises(Conflict, match="asked for this yourself"):
            setup.agree(uow, version, TIMES)
    with plant.db.unit_of_work(BO) as uow:
        assert second_person.asked(uow.session, Act.SETUP, version.ulid).asked_by == "ada"
        setup.agree(uow, setup.waiting(uow.session, TIMES, key), TIMES)
        assert TIMES.find(uow.session, key).days == 3
        setup.take_back(uow, setup.put(uow, TIMES, TimesValue(days=9)))
    with plant.db.read_only(PLANT) as session:
        assert TIMES.find(session, key).days == 3
        assert setup.waiting(session, TIMES, key) is None
        assert second_person.waiting(session) == []
        acts = session.scalars(select(AuditEntry.act).filter_by(subject="setup").order_by(AuditEntry.number))
        assert acts.all() == ["agreed", "taken_back"]


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=30)
NAMES = TEXT.map(str.strip).filter(bool)
CODES = st.from_regex(r"[A-Z][A-Z0-9]{1,5}", fullmatch=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAMES, st.sampled_from(["", "1234567"])), min_size=1, max_size=6))
def test_any_version_can_be_brought_back(plant, wanted):
    """Property: whatever was in force is in force again, and the newest version is always what the row says."""
    with pytest.raises(KeyboardInterrupt), plant.db.unit_of_work(ADA) as uow:
        for name, crid in wanted:
            setup.put(uow, AGENCIES, agency(name, crid=crid))
        for old in setup.history(uow.session, AGENCIES, "LAB"):
            setup.bring_back(uow, AGENCIES, "LAB", old.number)
            assert AGENCIES.find(uow.session, "LAB") == setup.value_of(AGENCIES, old)
            newest = setup.history(uow.session, AGENCIES, "LAB")[0]
            assert setup.value_of(AGENCIES, newest) == AGENCIES.find(uow.session, "LAB")
        raise KeyboardInterrupt  # keeps nothing for the next example


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(CODES, NAMES, min_size=1, max_size=5))
def test_a_table_of_rows_reads_as_it_was_written(plant, wanted):
    rows = [AgencyValue(code=code, name=name) for code, name in sorted(wanted.items())]
    again = read_table(AGENCIES, write_table(AGENCIES, rows).encode())
    assert [AGENCIES.read(row).code for _, row, _ in again] == sorted(wanted)
    names = [AGENCIES.read(row).name.removeprefix("'") for _, row, _ in again]
    assert names == [row.name.removeprefix("'") for row in rows]


def test_one_file_from_a_plant_to_another(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency())
        setup.put(uow, ACCOUNTS, account(budget="12,000.50"))
    with plant.db.read_only(PLANT) as session:
        text = setup_file.export(session)
    told = json.loads(text)
    assert told["account"][0]["budget"] == "12000.50"
    told["agency"][0]["name"] = "Department of Work"
    told["account"].append(dict(told["account"][0], bill_code="LAB-2"))
    changed = json.dumps(dict(reversed(told.items()))).encode()  # in whatever order it comes
    rows = setup_file.rows_of(changed, "setup.json")
    for dry, outcomes in (
        (True, {"changed", "same", "new"}),
        (False, {"changed", "same", "new"}),
        (False, {"same"}),
    ):
        taken = setup_file.take_in(plant.db, BO, rows, dry=dry)
        assert {one.outcome for one in taken if one.kind in ("agency", "account")} == outcomes
    assert taken[0].kind == "agency"
    with plant.db.read_only(PLANT) as session:
        assert [row.bill_code for row in ACCOUNTS.rows(session)] == ["LAB-1", "LAB-2"]
        assert AGENCIES.find(session, "LAB").name == "Department of Work"


def test_a_file_is_taken_whole_or_not_at_all_and_says_every_place(plant):
    given = {
        "indicia_setup": 1,
        "agency": [
            {"code": "ONE", "name": "One"},
            {"code": "TWO", "name": ""},
            {"code": "ONE", "name": "Again"},
        ],
        "account": [{"agency": "NONE", "bill_code": "N-1", "name": "N", "accounting_string": "1"}],
    }
    with pytest.raises(InvalidInput) as refused:
        setup_file.take_in(plant.db, ADA, setup_file.rows_of(json.dumps(given).encode(), "s.json"), dry=False)
    places = {(one.place.sheet, one.place.row, one.place.column) for one in refused.value.findings}
    assert places == {("agency", 2, "name"), ("agency", 3, ""), ("account", 1, "agency")}
    with plant.db.read_only(PLANT) as session:
        assert AGENCIES.rows(session) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not json", "is no file of a set-up"),
        (b"[" * 100_000, "is no file of a set-up"),
        (b"{}", "does not say"),
        (b'{"indicia_setup": 1, "colors": []}', "unknown kind: colors"),
        (b'{"indicia_setup": 1, "agency": [1]}', "agency is no list of rows"),
        (b"\xff\xfe", "is no file of a set-up"),
    ],
)
def test_what_is_no_file_of_a_setup(data, words):
    with pytest.raises(InvalidInput, match=words):
        setup_file.rows_of(data, "x.json")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There are no rows."),
        (b"code,name\n", "There are no rows."),
        (b"code,color\nA,red\n", "No column is called"),
        (b"code,code\nA,B\n", "Code is there twice"),
        (b"name\nLabor\n", "The column Code is missing."),
        (b"code,name\nA\n", "1 cells where the first line names 2"),
        (b'code,name\nA,"open\n', "breaks off"),
        (b"code,name\nA,\xe9\n", "Byte 12 is no UTF-8"),
    ],
)
def test_what_is_no_table(data, words):
    with pytest.raises(InvalidInput) as refused:
        read_table(AGENCIES, data)
    assert words in refused.value.findings[0].message


def test_a_table_from_a_spreadsheet_leaves_what_it_does_not_name(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency(crid="1234567"))
    rows = read_table(AGENCIES, b"Code\tName\r\nLAB\tDepartment of Work, and more\r\n\r\nNEW\tNew\r\n")
    assert [place.row for _, _, place in rows] == [2, 4]
    setup_file.take_in(plant.db, ADA, rows, dry=False)
    with plant.db.read_only(PLANT) as session:
        assert AGENCIES.find(session, "LAB") == agency("Department of Work, and more", crid="1234567")


def test_verify_names_a_row_that_was_changed_past_its_history(plant):
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, AGENCIES, agency())
        make_budget_unit(uow)  # a row without a version says nothing wrong
    with plant.db.unit_of_work(ADA) as uow:
        survey = Survey(uow.session, plant.files)
        assert list(rows_say_what_their_versions_say(survey)) == []
        uow.session.execute(update(Agency).where(Agency.code == "LAB").values(name="Other"))
        uow.session.expire_all()
        found = [one.sentence for one in rows_say_what_their_versions_say(survey)]
    assert found == ["Agency LAB is not what version 1 says"]
