"""Of each form one revision at most is in use, and only that one can be ordered."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from kernel.errors import Conflict, InvalidInput, NotFound, Unconfirmed
from production.catalog.forms.finds import FORMS as FINDER
from production.catalog.forms.queries import orderable, register
from production.catalog.forms.register import FORMS, FormValue
from production.notices import reminders
from production.notices.models import Notice
from production.people import setup
from production.setup.table import read_table, write_table
from store.db import Actor
from tests.factories import PLANT, make_agency

ADA = Actor("ada")


def form(**other):
    said = {
        "agency": "DEX", "number": "DEX-104", "revision": "1", "title": "Leave request", "edition": date(2025, 7, 1),
        "owner": "Olive Owner", "product": "flat_form",
    }  # fmt: skip
    return FormValue.model_validate(said | other)


@pytest.fixture
def agency(plant):
    """An agency with revision 1 of a form, and another agency with a form of the same number."""
    with plant.db.unit_of_work(ADA) as uow:
        own, other = make_agency(uow, code="DEX"), make_agency(uow, code="OTH")
        setup.put(uow, FORMS, form())
        setup.put(uow, FORMS, form(agency="OTH", title="Trip report"))
    return own, other


def supersede(uow):
    newer = form(revision="2", edition=date(2026, 7, 1), supersedes="1")
    setup.put(uow, FORMS, newer, knowing=["FORM_SUPERSEDES"])


def test_a_revision_in_use_takes_the_one_before_out_of_use_and_says_so_first(plant, agency):
    with plant.db.unit_of_work(ADA) as uow:
        with pytest.raises(Unconfirmed, match="DEX/DEX-104/2 is new") as told:
            setup.put(uow, FORMS, form(revision="2", supersedes="1"))
        assert "Revision 1 of DEX-104 cannot be ordered" in told.value.findings[0].message
        assert orderable(uow.session, agency[0].id, "DEX-104").revision == "1"
        supersede(uow)
    with plant.db.read_only(ADA) as session:
        states = {row.revision: row.state.value for row in register(session, agency[0].id)}
        assert states == {"2": "in_use", "1": "superseded"}
        assert orderable(session, agency[0].id, "DEX-104").revision == "2"
        assert orderable(session, agency[1].id, "DEX-104").title == "Trip report"  # the other agency's
        assert setup.history(session, FORMS, "DEX/DEX-104/1")[0].why == "Revision 2 is in use."


def test_a_revision_that_is_not_in_use_is_refused_with_the_one_in_force(plant, agency):
    with plant.db.unit_of_work(ADA) as uow:
        supersede(uow)
        with pytest.raises(Conflict, match="Revision 1 of form DEX-104 is superseded") as refused:
            orderable(uow.session, agency[0].id, "DEX-104", "1")
        assert refused.value.instance_code == "FORM_SUPERSEDED"
        assert "revision 2 of July 1, 2026" in refused.value.remedy
        gone = form(revision="2", edition=date(2026, 7, 1), supersedes="1", state="withdrawn")
        with pytest.raises(Unconfirmed, match="changes"):
            setup.put(uow, FORMS, gone)
        setup.put(uow, FORMS, gone, knowing=["FORM_STOPS"])
        for revision in ("", "2"):
            with pytest.raises(Conflict, match="withdrawn"):
                orderable(uow.session, agency[0].id, "DEX-104", revision)
        for number, revision in (("DEX-105", ""), ("DEX-104", "9")):
            with pytest.raises(NotFound) as unknown:
                orderable(uow.session, agency[0].id, number, revision)
            assert unknown.value.instance_code == "FORM_UNKNOWN"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"agency": "NO"}, "agency"),
        ({"product": "no_such"}, "product"),
        ({"revision": "2", "supersedes": "2"}, "supersedes"),
        ({"revision": "2", "supersedes": "7"}, "supersedes"),
    ],
)
def test_what_is_not_there_is_told_by_field(plant, agency, wrong, field):
    with plant.db.unit_of_work(ADA) as uow:
        with pytest.raises(InvalidInput) as refused:
            setup.put(uow, FORMS, form(**wrong), knowing=None)
        assert [one.place.column for one in refused.value.findings] == [field]


def test_the_register_goes_out_as_a_table_and_comes_in_the_same(plant, agency):
    with plant.db.unit_of_work(ADA) as uow:
        supersede(uow)
        rows = FORMS.rows(uow.session)
        again = [FORMS.read(given) for _, given, _ in read_table(FORMS, write_table(FORMS, rows).encode())]
        assert again == rows
        assert {FORMS.key(row) for row in rows} == set(uow.session.scalars(FORMS.keys()))


def test_a_review_that_is_due_is_told_once_a_day_set_and_ends_with_a_later_day(plant, agency):
    def told():
        with plant.db.unit_of_work(PLANT) as uow:
            reminders.tell_reviews(uow)
        with plant.db.read_only(PLANT) as session:
            rows = session.scalars(select(Notice).filter_by(kind="form_review").order_by(Notice.id)).all()
        return [(one.role, one.agency_id, one.answered_at is None) for one in rows]

    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, FORMS, form(review_on=date(2026, 12, 1)))
    with time_machine.travel("2026-11-30T18:00Z", tick=False):
        assert told() == []
    with time_machine.travel("2026-12-01T18:00Z", tick=False):
        both = [("approver", agency[0].id, True), ("administrator", None, True)]
        assert told() == told() == both
    with plant.db.unit_of_work(ADA) as uow:
        setup.put(uow, FORMS, form(review_on=date(2027, 12, 1)))
    with time_machine.travel("2026-12-02T18:00Z", tick=False):
        assert told() == [(*who, False) for *who, _ in both]


def test_an_agency_finds_its_own_forms_by_number_and_title(plant, agency):
    own = Actor("rita", agency_id=agency[0].id)
    for text in ("dex-104", "leave req"):
        with plant.db.read_only(own) as session:
            assert [hit.title for hit in FINDER.find(session, own, text)] == ["DEX-104 Leave request"]
    with plant.db.read_only(own) as session:
        assert FINDER.find(session, own, "trip report") == []
    with plant.db.read_only(ADA) as session:
        assert len(FINDER.find(session, ADA, "dex-104")) == 2
