"""What happens becomes notices in its transaction, for those whom it concerns alone, and they end by themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.money import Money
from production.frontdesk.orders import canceling
from production.jobs import lifecycle, need_to_know
from production.jobs.models import Approval
from production.jobs.states import JobState
from production.notices import inbox
from production.notices.models import Notice
from production.notices.posting import concerned
from production.people.models import Role, User
from store.db import Actor
from tests.factories import PLANT, keep, make_agency, make_job, make_user


@pytest.fixture
def people(plant):
    """Rita orders, Andy approves; Olga approves at another agency; Mona sorts."""
    with plant.db.unit_of_work(PLANT) as uow:
        own, other = make_agency(uow), make_agency(uow)
        rows = {
            "rita": make_user(uow, name="rita", agency=own, roles=(Role.REQUESTER, Role.APPROVER)),
            "andy": make_user(uow, name="andy", agency=own, roles=(Role.APPROVER,)),
            "olga": make_user(uow, name="olga", agency=other, roles=(Role.REQUESTER, Role.APPROVER)),
            "mona": make_user(uow, name="mona", roles=(Role.MAIL_OPERATOR,)),
            "ada": make_user(uow, name="ada", roles=(Role.ADMINISTRATOR,)),
        }
    return {name: row.as_actor() for name, row in rows.items()} | {"rows": rows, "agency": own}


def job_of(uow, people, state=JobState.SUBMITTED, who="rita"):
    return make_job(uow, state=state, agency=people["agency"], requester=people["rows"][who])


def told(plant, actor: Actor, *, only_new=True) -> list[str]:
    """Codes of what this person reads, as their own scope shows it."""
    with plant.db.read_only(actor) as session:
        return [one.kind.code for one in inbox.notices(session, actor, only_new=only_new, limit=50)]


def test_an_approval_is_asked_of_those_who_may_give_it_and_ends_with_the_answer(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        job = job_of(uow, people)
        lifecycle.advance(uow, job, "show_proof", total="213.40")
    with plant.db.read_only(people["andy"]) as session:
        (one,) = inbox.bell(session, people["andy"]).latest
    assert one.says == f"{job.number} Notice of renewal waits for your approval"
    assert "$213.40" in one.why
    assert one.path == f"/jobs/{job.number}/proof"
    assert told(plant, people["olga"]) == told(plant, people["mona"]) == []
    with plant.db.unit_of_work(people["andy"]) as uow:
        lifecycle.advance(uow, job, "approve", total="213.40")
    assert told(plant, people["andy"]) == []
    assert told(plant, people["andy"], only_new=False) == ["approval_asked"]
    assert "approved" in told(plant, people["rita"])


def test_who_orders_and_is_the_only_approver_is_told_whom_to_ask(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        people["rows"]["andy"] = uow.session.merge(people["rows"]["andy"])
        people["rows"]["andy"].disabled_at = uow.now
        lifecycle.advance(uow, job_of(uow, people), "show_proof", total="1.00")
    assert told(plant, people["rita"]) == ["approver_missing"]
    assert told(plant, people["andy"]) == []


def test_a_change_after_approval_tells_both_sides_that_the_approval_is_void(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        job = job_of(uow, people, JobState.APPROVED)
        keep(
            uow,
            Approval(
                job_id=job.id, revision=0, approver="andy", hashes={}, total=Money(1), approved_at=uow.now
            ),
        )
    with plant.db.unit_of_work(people["rita"]) as uow:
        canceling.cancel(uow, uow.session.merge(job), "no longer wanted")
    assert told(plant, people["andy"]) == ["approval_voided"]
    assert told(plant, people["rita"]) == []  # it was her own act


def test_a_look_at_recipients_is_told_to_who_ordered_once_a_day(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        job = job_of(uow, people)
    for what in ("proof 1", "proof 2"):
        with plant.db.unit_of_work(people["mona"]) as uow:
            need_to_know.note_shown(uow, job.number, what)
    with plant.db.unit_of_work(people["rita"]) as uow:
        need_to_know.note_shown(uow, job.number, "the list")
    assert told(plant, people["rita"]) == ["recipients_seen"]
    assert told(plant, people["andy"]) == []


def test_an_approver_who_opens_the_proof_does_her_work_and_is_no_news(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        job = job_of(uow, people)
    with plant.db.unit_of_work(people["andy"]) as uow:
        need_to_know.note_shown(uow, job.number, "proof of letter 1")
    assert told(plant, people["rita"]) == []


def set_limit(plant, people, name, limit):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.merge(people["rows"][name]).approval_limit = limit


def test_nobody_is_asked_to_approve_more_than_their_limit(plant, people):
    with plant.db.unit_of_work(PLANT) as uow:
        make_user(uow, name="anna", agency=uow.session.merge(people["agency"]), roles=(Role.APPROVER,))
        anna = uow.session.scalars(select(User).filter_by(sign_in_name="anna")).one().as_actor()
    set_limit(plant, people, "andy", Money.parse("213.39"))
    with plant.db.unit_of_work(PLANT) as uow:
        job = job_of(uow, people)
        lifecycle.advance(uow, job, "show_proof", total="213.40")
    assert told(plant, anna) == ["approval_asked"]
    assert told(plant, people["andy"]) == []
    with plant.db.read_only(PLANT) as session:
        notice = session.scalars(select(Notice)).one()
        assert [user.sign_in_name for user in concerned(session, notice, notice.made_at)] == ["rita", "anna"]
    set_limit(plant, people, "andy", Money.parse("213.40"))
    assert told(plant, people["andy"]) == ["approval_asked"]


def test_where_nobody_may_approve_so_much_the_requester_is_told(plant, people):
    set_limit(plant, people, "andy", Money(1))
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, job_of(uow, people), "show_proof", total="213.40")
    assert told(plant, people["rita"]) == ["approver_missing"]
    assert told(plant, people["andy"]) == []


def test_what_an_agency_says_to_the_plant_it_does_not_see_itself(plant, people):
    with plant.db.unit_of_work(people["rita"]) as uow:
        job = job_of(uow, people, JobState.PROOF_READY)
        uow.audit("job", job.ulid, "approver_asked_for", of=job.number)
    assert told(plant, people["ada"]) == ["approver_wanted"]
    with plant.db.read_only(people["rita"]) as session:
        assert session.scalars(select(Notice)).all() == []


def test_what_is_rolled_back_tells_nobody(plant, people):
    with pytest.raises(ZeroDivisionError), plant.db.unit_of_work(PLANT) as uow:
        lifecycle.advance(uow, job_of(uow, people), "show_proof", total="1.00")
        uow.session.flush()
        raise ZeroDivisionError
    assert told(plant, people["andy"]) == []


def test_reading_one_and_reading_all(plant, people):
    for _ in range(3):
        with plant.db.unit_of_work(PLANT) as uow:
            lifecycle.advance(uow, job_of(uow, people), "ask_fix")
    with plant.db.read_only(people["rita"]) as session:
        first = inbox.bell(session, people["rita"])
    assert first.count == 3
    with plant.db.unit_of_work(people["rita"]) as uow:
        assert [inbox.mark_read(uow, first.latest[0].ulid) for _ in "12"] == [1, 0]
    assert len(told(plant, people["rita"])) == 2
    with plant.db.unit_of_work(people["olga"]) as uow:
        assert inbox.mark_read(uow, first.latest[1].ulid) == 0  # not hers
        assert inbox.mark_read(uow) == 0
    with plant.db.unit_of_work(people["rita"]) as uow:
        assert inbox.mark_read(uow) == 2
    assert told(plant, people["rita"]) == []


def test_a_mailing_walked_to_its_charges_has_told_all_along(walked_plant):
    with walked_plant.db.read_only(PLANT) as session:
        told = set(session.scalars(select(Notice.kind)))
    assert {
        "approval_asked",
        "approved",
        "left",
        "delivered",
        "charge_made",
        "charges_booked",
        "second_person",
    } <= told
