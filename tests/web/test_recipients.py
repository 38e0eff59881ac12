"""To whom letters go: for the job's agency and, with a reason once a job, mail operators; every look is on record."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from production.jobs.models import Job
from production.mailroom.streams.building import build
from store.audit import AuditEntry
from tests.databases import begin
from tests.factories import PLANT
from tests.web import ordering
from workers.runtime import drain

NAMED = ("list", "rows_to_fix", "proof")


def looks(plant):
    """What the audit chain holds of looks and searches, besides the approver's, who looked at the proof."""
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(
            select(AuditEntry)
            .filter_by(subject="recipient")
            .where(AuditEntry.actor != "andy")
            .order_by(AuditEntry.number)
        ).all()
    return [(row.actor, row.act, row.details) for row in rows]


@pytest.fixture
def number(sign_in, plant):
    """A job of five good rows and one to fix, sorted."""

    def make():
        made = ordering.submit_mailing(sign_in("requester"))
        drain(plant)
        sign_in("approver").submit(f"/jobs/{made}/proof", f"/jobs/{made}/approve")
        with plant.db.unit_of_work(PLANT) as uow:
            build(uow, plant.files, list(uow.session.scalars(select(Job))))
        drain(plant)
        return made

    return begin(plant, "sorted five", make)


def files_of(browser, number):
    return {role: browser.get(f"/jobs/{number}/files/{role}").status_code for role in NAMED} | {
        "image": browser.get(f"/jobs/{number}/proof/1.png").status_code
    }


def test_the_agency_sees_its_own_files_and_each_is_on_record(sign_in, number, plant):
    rita = sign_in("requester")
    before = len(looks(plant))
    seen = files_of(rita, number)
    assert (seen["list"], seen["proof"], seen["image"]) == (200, 200, 200)
    found = looks(plant)[before:]
    assert {(actor, act) for actor, act, _ in found} == {("rita", "names_shown")}
    assert {details["what"] for _, _, details in found} >= {"the list", "proof", "proof 1"}
    assert all(details["job"] == number for _, _, details in found)


@pytest.mark.parametrize("role", ["print_operator", "billing_clerk", "administrator"])
def test_others_of_the_plant_see_counts(sign_in, number, plant, role):
    browser = sign_in(role)
    page = browser.get(f"/jobs/{number}").text
    assert "/proof/1.png" not in page
    assert "files/list" not in page
    assert set(files_of(browser, number).values()) == {403}
    assert looks(plant) == []
    assert browser.get(f"/jobs/{number}/recipients").status_code == 403


def test_a_mail_operator_says_why_once_a_job(sign_in, number, plant):
    mona, rita = sign_in("mail_operator"), sign_in("requester")
    asked = mona.get(f"/jobs/{number}/files/list")
    why = f"/jobs/{number}/recipients"
    assert (asked.status_code, asked.location) == (303, f"{why}?next=/jobs/{number}/files/list")
    assert looks(plant) == []
    refused = mona.submit(why, why, reason=" x ")
    assert refused.status_code == 422
    given = mona.submit(asked.location, why, reason="Returned letter of 12 November")
    assert (given.status_code, given.location) == (303, f"/jobs/{number}/files/list")
    assert mona.get(given.location).status_code == 200
    assert mona.get(f"/jobs/{number}/proof/1.png").status_code == 200
    assert "Returned letter of 12 November" in str(looks_at(plant))
    assert "A mail operator looked at the recipients" in rita.get(f"/jobs/{number}").text


def looks_at(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(AuditEntry.details).filter_by(act="recipients_opened")).all()


def test_a_name_search_counts_until_there_is_a_reason_and_no_name_stands_in_an_address(
    sign_in, number, plant
):
    mona = sign_in("mail_operator")
    page = mona.submit("/mailroom/find", q="Pat Example")
    assert "Give a reason" in page.text
    assert "q=0" not in page.text  # no letter, no tracking code
    why = f"/jobs/{number}/recipients"
    assert mona.submit(why, why, reason="Caller asks where it is").status_code == 303
    page = mona.submit("/mailroom/find", q="Pat Example")
    assert "Give a reason" not in page.text
    assert "Letters under this name" in page.text
    acts = [(act, details) for _, act, details in looks(plant)]
    assert [act for act, _ in acts] == ["letters_searched", "letters_searched", "names_shown"]
    assert [details.get("shown") for _, details in acts] == [[], [number], None]
    assert acts[-1][1] == {"job": number, "what": "search by name"}  # its agency reads this one
    assert "PAT" not in str(acts).upper()
    refused = mona.get("/mailroom/find", query_string={"q": "Pat Example"})
    assert "Type a name into the box" in refused.text
    assert "Letters under" not in refused.text
    assert len(looks(plant)) == len(acts)
    assert mona.get("/letters").status_code == 403


def test_a_piece_tells_its_recipient_only_with_a_reason(sign_in, number, plant):
    mona = sign_in("mail_operator")
    with plant.db.read_only(PLANT) as session:
        job = session.scalars(select(Job)).one()
        from production.mailings.models import PresortStream

        stream = session.get_one(PresortStream, job.lot_id).number
    piece = f"/mailroom/streams/{stream}/pieces/1"
    assert "Example" not in mona.get(piece).text
    assert "Give a reason" in mona.get(piece).text
    why = f"/jobs/{number}/recipients"
    mona.submit(why, why, reason="Damaged piece at the inserter")
    assert "Example" in mona.get(piece).text
    assert looks(plant)[-1][2]["what"] == f"piece 1 of stream {stream}"
    again = mona.get(piece).text
    assert "Mona Mail" in again[again.index("Who looked") :]
