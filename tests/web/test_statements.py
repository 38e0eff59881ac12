"""What a page or a verb asks of the database does not grow with how many things it shows or changes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.charging import charge_job
from production.jobs.models import Operation
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.mailroom.pieces.spoilage import report_spoils
from production.mailroom.pieces.withdrawal import withdraw
from production.people.models import Agency, BudgetUnit, User
from tests.billing.ledgers import DAY, make_usage, split_job
from tests.factories import OPERATOR, PLANT, make_job, make_stream

PAGES = {
    "mail_operator": (
        "/mailroom", "/mailroom/mailings?show=under_way", "/mailroom/build", "/dock", "/jobs", "/floor/queue",
        "/stopped",
    ),
    "print_operator": ("/floor", "/floor/queue", "/floor/operations"),
    "planner": ("/today",),
    "administrator": ("/setup",),
    "director": ("/overview", "/overview/jobs"),
    "approver": ("/approvals",),
    "requester": ("/home", "/jobs", "/charges", "/charges/FY2027-11"),
    "billing_clerk": ("/billing", "/billing/FY2027-11", "/billing/FY2027-11/DEX", "/jobs"),
}  # fmt: skip
MOST = 25  # statements of any of these pages, those of the sign-in and of the bell among them
MOST_BYTES, ROWS = 150_000, 200  # of a page with so many rows


def fill(plant, count):
    """So many jobs of the sample agency that wait, each for another day, streams at work and finished, and work that is
    charged, charged without an account, and not charged."""
    with plant.db.unit_of_work(PLANT) as uow:
        agency = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
        who = {
            "agency": agency,
            "requester": uow.session.scalars(select(User).filter_by(sign_in_name="rita")).one(),
            "budget_unit": uow.session.scalars(select(BudgetUnit).filter_by(agency_id=agency.id)).first(),
        }
        for number in range(count):
            make_job(uow, state=JobState.APPROVED, mail_date=DAY + timedelta(days=number), **who)
            for suspended in (False, True):
                job = make_job(uow, state=JobState.DELIVERED, **who)
                if suspended:
                    split_job(uow, job, {})
                make_usage(uow, job, key="charged")
                charge_job(uow, job)
                make_usage(uow, job, key="open")
            for state in (JobState.APPROVED, JobState.PROOF_READY, JobState.NEEDS_FIX):
                make_job(uow, state=state, **who)
            for stream, job in (
                (LotState.IN_PRODUCTION, JobState.IN_PRODUCTION),
                (LotState.PRODUCED, JobState.PRODUCED),
            ):
                make_stream(uow, state=stream, jobs=[make_job(uow, state=job, **who)])


def test_pages_ask_as_much_for_fifty_things_as_for_two(app, sign_in, statements):
    plant = app.extensions["plant"]
    browsers, too_big = {role: sign_in(role) for role in PAGES}, {}

    def count():
        found = {}
        for role, pages in PAGES.items():
            for page in pages:
                browsers[role].get(page)  # what is asked once a process is asked now
                with statements(plant) as said:
                    answer = browsers[role].get(page)
                assert answer.status_code == 200, page
                found[role, page] = len(said)
                if len(answer.data) > MOST_BYTES * max(1, answer.text.count("<tr") / ROWS):
                    too_big[page] = len(answer.data)
        return found

    fill(plant, 2)
    two = count()
    fill(plant, 48)
    assert count() == two
    assert max(two.values()) <= MOST
    assert too_big == {}
    assert two["administrator", "/setup"] <= 18  # facts of all kinds in a few statements


def test_months_are_read_as_they_are_kept_and_lists_have_an_end(app, sign_in, statements):
    """No page adds charges up, and where it shows some of them or of usage, it says how many at most."""
    plant = app.extensions["plant"]
    fill(plant, 2)
    for role, page, has_list in (
        ("requester", "/charges", True),
        ("billing_clerk", "/billing", True),
        ("billing_clerk", "/billing/FY2027-11", True),
        ("requester", "/charges/FY2027-11", False),
        ("billing_clerk", "/billing/FY2027-11/DEX", False),
    ):
        browser = sign_in(role)
        with statements(plant) as said:
            assert browser.get(page).status_code == 200
        looks = [words for words in said if re.search(r"\b(charge|usage|open_usage)\.", words)]
        assert bool(looks) == has_list, page
        counts = [words for words in looks if "date_trunc" in words]  # of open usage, by month
        assert [words for words in looks if "LIMIT" not in words and words not in counts] == []


@pytest.mark.parametrize("verb", ["withdraw", "spoil"])
def test_verbs_ask_as_much_for_a_thousand_pieces_as_for_two(plant, statements, verb):
    with plant.db.unit_of_work(PLANT) as uow:
        streams = [make_stream(uow, state=LotState.IN_PRODUCTION, pieces=2_000) for _ in range(2)]
        state = OperationState.READY if verb == "withdraw" else OperationState.RUNNING
        prints = Operation.__table__.update().where(Operation.type == OperationCode.PRINT)
        uow.session.execute(prints.values(state=state))
    counts = []
    for stream, pieces in zip(streams, ([1, 3], range(1, 1_000, 2)), strict=True):
        words = ", ".join(str(piece) for piece in pieces)
        with plant.db.unit_of_work(OPERATOR) as uow, statements(plant) as said:
            stream = uow.session.get_one(type(stream), stream.id)
            if verb == "withdraw":
                withdraw(uow, stream, pieces=words, reason="wrong insert")
            else:
                operation = uow.session.scalars(
                    select(Operation).filter_by(lot_id=stream.id, type=OperationCode.PRINT, segment=1)
                ).one()
                report_spoils(uow, operation, pieces=words, reason="jam")
            uow.session.flush()
            counts.append(len(said))
    assert counts[0] == counts[1]
