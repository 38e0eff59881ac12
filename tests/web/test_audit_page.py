"""The audit page, its file, and what agencies see of who looked at their recipients."""

from __future__ import annotations

import csv
import io

from sqlalchemy import select, text

from production.jobs import need_to_know
from production.people.models import Agency
from store.audit import AuditEntry, broken_at
from store.db import Actor
from tests.factories import PLANT, make_job, owners_hand


def test_the_page_filters_pages_and_writes_a_file(app, plant, sign_in) -> None:
    ada = sign_in("administrator")
    ada.submit("/setup/rows/agency/new", code="LAB", name="Labor")
    page = ada.get("/setup/audit").text
    assert "Setup: Added" in page
    assert "agency LAB" in page
    assert "system:" not in page
    assert "agency LAB" in ada.get("/setup/audit?thing=lab&subject=setup").text
    assert "agency LAB" not in ada.get("/setup/audit?thing=nothing").text
    assert "agency LAB" in ada.get("/setup/audit?actor=ada&since=2020-01-01").text
    assert "agency LAB" not in ada.get("/setup/audit?until=2020-01-01").text
    assert "agency LAB" in ada.get("/setup/audit?since=never&before=x").text
    rows = list(csv.DictReader(io.StringIO(ada.get("/setup/audit/file?subject=setup&actor=ada").text)))
    assert [(row["act"], row["actor"]) for row in rows] == [("added", "ada")]
    assert len(rows[0]["hash"]) == 64
    assert sign_in("billing_clerk").get("/setup/audit").status_code == 403


def test_an_entry_that_was_changed_is_named(app, plant, sign_in) -> None:
    ada = sign_in("administrator")
    assert "The chain is broken" not in ada.get("/setup/audit").text
    with owners_hand(plant) as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit_entry SET actor = 'somebody' WHERE number = 3"))
    with plant.db.read_only(PLANT) as session:
        assert broken_at(session, [2, 3, 4]) == {3}
        assert session.scalar(select(AuditEntry.actor).filter_by(number=3)) == "somebody"
    assert "Entries 3 are not what their hashes say" in ada.get("/setup/audit").text


def test_an_agency_sees_who_looked_at_its_recipients_and_at_nobody_elses(app, plant, sign_in) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    assert "Nobody has looked yet" in rita.get("/jobs/recipients-seen").text
    with plant.db.read_only(PLANT) as session:
        agency = session.scalars(select(Agency).filter_by(code="DEX")).one()
    with plant.db.unit_of_work(Actor("mona")) as uow:
        job = make_job(uow, agency=agency)
        need_to_know.note_shown(uow, job.number, "list")
    page = rita.get("/jobs/recipients-seen").text
    assert "Mona Mailroom" in page
    assert job.number in page
    assert job.number not in oscar.get("/jobs/recipients-seen").text
    assert sign_in("mail_operator").get("/jobs/recipients-seen").status_code == 403
