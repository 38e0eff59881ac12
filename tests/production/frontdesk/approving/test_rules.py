"""Rules at work: who is asked, in which order, to whom it is forwarded, what is let go, and what changed meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.errors import Forbidden, IllegalTransition, InvalidInput, StaleVersion, Unconfirmed
from kernel.money import Money
from production.frontdesk.approving import approvals
from production.frontdesk.approving.models import Act, ApprovalAct
from production.frontdesk.approving.rules import AGENCY_RULES
from production.frontdesk.approving.standing import order_mark, standing_of
from production.jobs.models import Approval, Job
from production.jobs.states import JobState
from production.notices import inbox
from production.people import setup
from production.people.approval_rules import APPROVAL_RULES, ApprovalRuleValue
from production.people.models import Agency, Role
from store.audit import AuditEntry
from store.db import Actor
from tests.databases import begin
from tests.factories import PLANT, make_user
from tests.production import mailings
from tests.production.mailings import actor, mailing_files, prepare, submit, wishes

TWO = {"agency": "DEX", "approvers": "andy; bea", "is_in_order": True}


@pytest.fixture
def shop(plant):
    """The sample plant, where Bea of DEX approves too, and Cora who needs to be asked for nothing."""
    mailings.open_sample(plant)

    def people():
        with plant.db.unit_of_work(PLANT) as uow:
            dex = uow.session.scalars(select(Agency).filter_by(code="DEX")).one()
            for name in ("bea", "cora"):
                make_user(uow, name=name, agency=dex, roles=(Role.APPROVER,))

    begin(plant, "two approvers", people)
    return plant


def put(plant, kind=AGENCY_RULES, *, by=PLANT, **said):
    with plant.db.unit_of_work(by) as uow:
        value = kind.read({"code": "r"} | said) if kind is AGENCY_RULES else ApprovalRuleValue(**said)
        return setup.put(uow, kind, value, knowing=None)


def offered(plant):
    job = submit(plant, wishes(mailing_files(plant)))
    prepare(plant, job)
    return job


def pair(plant):
    """Two mailings of one order, to be checked: each will cost a dollar."""
    jobs = [submit(plant, wishes(mailing_files(plant, seed=seed))) for seed in (1, 2)]
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(Job, jobs[1].id).order_id = jobs[0].order_id
    return jobs


def act(plant, name, verb, job, **said):
    with plant.db.unit_of_work(actor(plant, name)) as uow:
        return verb(uow, uow.session.get_one(Job, job.id), **said)


def approve(plant, name, job, **said):
    return act(plant, name, approvals.approve, job, **({"revision": 1, "total": Money(100)} | said))


def standing(plant, job):
    with plant.db.read_only(PLANT) as session:
        return standing_of(session, session.get_one(Job, job.id))


def state(plant, job):
    with plant.db.read_only(PLANT) as session:
        return session.get_one(Job, job.id).state


def told(plant, name):
    who = actor(plant, name)
    with plant.db.read_only(who) as session:
        return [one.kind.code for one in inbox.notices(session, who, only_new=True, limit=50)]


def test_one_after_the_other_and_each_is_asked_in_turn(shop):
    put(shop, **TWO)
    job = offered(shop)
    assert told(shop, "andy") == ["approval_asked"]
    assert told(shop, "bea") == told(shop, "cora") == []
    with pytest.raises(Forbidden) as refusal:
        approve(shop, "bea", job)
    assert (refusal.value.instance_code, "Andy" in refusal.value.remedy) == ("APPROVAL_TURN", True)
    assert approve(shop, "andy", job) is None
    assert state(shop, job) is JobState.PROOF_READY
    assert (told(shop, "andy"), told(shop, "bea"), told(shop, "cora")) == ([], ["approval_next"], [])
    with pytest.raises(Forbidden):
        approve(shop, "andy", job)
    approve(shop, "bea", job)
    assert state(shop, job) is JobState.APPROVED
    with shop.db.read_only(PLANT) as session:
        row = session.scalars(select(Approval)).one()
        given = session.scalars(select(ApprovalAct)).one()
    assert (row.approver, row.rule, row.in_place_of) == ("bea", "r", None)
    assert (given.act, given.actor, given.total, given.hashes) == (Act.GIVEN, "andy", Money(100), row.hashes)


def test_a_change_of_the_job_begins_the_steps_anew(shop):
    put(shop, **TWO)
    job = offered(shop)
    approve(shop, "andy", job)
    with shop.db.unit_of_work(actor(shop, "rita")) as uow:
        mailings.intake.resubmit_mailing(uow, uow.session.get_one(Job, job.id), wishes({}, title="Other"))
    prepare(shop, job)
    assert standing(shop, job).turn.able == {"andy": ""}


def test_forwarded_with_words_it_is_the_others_turn_and_nobody_elses(shop):
    job = offered(shop)
    act(shop, "andy", approvals.forward, job, to="bea", words="You know the account.")
    assert standing(shop, job).turn.able == {"bea": ""}
    assert "approval_forwarded" in told(shop, "bea")
    assert "approval_forwarded" not in told(shop, "cora")
    with pytest.raises(Forbidden):
        approve(shop, "andy", job)
    approve(shop, "bea", job)


def test_it_is_forwarded_only_to_somebody_who_may(shop):
    job = offered(shop)
    for to in ("andy", "rita", "oscar", "mona", "nobody"):
        with pytest.raises(InvalidInput) as refusal:
            act(shop, "andy", approvals.forward, job, to=to, words="")
        assert refusal.value.instance_code == "FORWARD", to


def test_a_question_goes_to_who_ordered_and_the_answer_back(shop):
    job = offered(shop)
    act(shop, "andy", approvals.question, job, words="Why so many?")
    assert "approval_question" in told(shop, "rita")
    assert standing(shop, job).question.words == "Why so many?"
    act(shop, "rita", approvals.answer, job, words="It is the law.")
    assert "approval_question" not in told(shop, "rita")
    assert "approval_answer" in told(shop, "andy")
    assert standing(shop, job).question is None
    assert [one.words for one in standing(shop, job).talk] == ["Why so many?", "It is the law."]
    with pytest.raises(IllegalTransition):
        act(shop, "rita", approvals.answer, job, words="Once more.")


def test_who_is_out_of_turn_neither_asks_nor_forwards_nor_sends_back(shop):
    put(shop, **TWO)
    job = offered(shop)
    for verb, said in (
        (approvals.question, {"words": "?"}),
        (approvals.forward, {"to": "cora", "words": ""}),
        (approvals.reject, {"reason": "No."}),
    ):
        with pytest.raises(Forbidden) as refusal:
            act(shop, "bea", verb, job, **said)
        assert refusal.value.instance_code == "APPROVAL_TURN"


def test_a_rule_that_changed_since_the_page_was_shown_is_looked_at_again(shop):
    put(shop, agency="DEX", approvers="andy; bea")
    job = offered(shop)
    mark = standing(shop, job).mark
    put(shop, agency="DEX", approvers="andy; bea; cora")
    with pytest.raises(StaleVersion, match="rule"):
        approve(shop, "andy", job, mark=mark)
    approve(shop, "andy", job, mark=standing(shop, job).mark)


def test_nothing_is_let_go_but_where_plant_and_agency_say_so_by_two_persons(shop):
    without = {"agency": "DEX", "amount_to": "2.00", "is_without": True}
    with pytest.raises(InvalidInput, match="not entered") as refusal:
        put(shop, agency="DEX", amount_to="1.00", is_without=True)
    assert [one.place.column for one in refusal.value.findings] == ["is_without", "is_without"]
    ada, bo = Actor("ada"), Actor("bo")
    for kind, before, after in (
        (APPROVAL_RULES, {}, {"without_up_to": Money(200)}),
        (AGENCY_RULES, {"agency": "DEX", "amount_to": "2.00"}, without),
    ):
        if before:
            put(shop, kind, **before)
        version = put(shop, kind, by=ada, **after)
        assert version.in_force_at is None
        with shop.db.unit_of_work(bo) as uow:
            setup.agree(uow, setup.waiting(uow.session, kind, version.key), kind)
    job = offered(shop)
    assert state(shop, job) is JobState.APPROVED
    with shop.db.read_only(PLANT) as session:
        row = session.scalars(select(Approval)).one()
        (entry,) = session.scalars(select(AuditEntry).filter_by(act="approval_not_needed"))
    assert (row.approver, row.rule, row.total) == ("rule r", "r", Money(100))
    assert entry.details["rule"] == "r"
    assert told(shop, "andy") == []
    first, second = pair(shop)
    prepare(shop, first)
    assert state(shop, first) is JobState.PROOF_READY, "nobody knows yet what the order costs"
    prepare(shop, second)
    assert {state(shop, first), state(shop, second)} == {JobState.APPROVED}
    put(
        shop, APPROVAL_RULES, without_up_to=Money(199)
    )  # the plant takes back so much that two dollars are too many
    first, second = pair(shop)
    for job in (first, second):
        prepare(shop, job)
    assert {state(shop, first), state(shop, second)} == {JobState.PROOF_READY}
    assert (standing(shop, first).total, standing(shop, first).judged) == (Money(100), Money(200))


def test_one_yes_approves_what_waits_of_an_order_by_the_money_of_all_of_it(shop):
    put(shop, agency="DEX", approvers="andy", amount_from="1.50")
    with shop.db.unit_of_work(PLANT) as uow:
        for name, limit in (("andy", 200), ("bea", 199)):
            mailings.person(uow, name).approval_limit = Money(limit)
    jobs = pair(shop)
    prepare(shop, jobs[0])
    assert standing(shop, jobs[0]).chosen is None, "a dollar is below the amount of the rule"
    alone = order_mark([standing(shop, jobs[0])])
    prepare(shop, jobs[1])
    assert standing(shop, jobs[0]).chosen.rule.code == "r"
    assert standing(shop, jobs[0]).limit_below("bea") == Money(199)
    with pytest.raises(Forbidden, match=r"of one order, and this one costs \$2.00"):
        approve(shop, "bea", jobs[0])
    with pytest.raises(StaleVersion):
        act(shop, "andy", approvals.approve_together, jobs[0], mark=alone)
    assert {state(shop, job) for job in jobs} == {JobState.PROOF_READY}
    mark = order_mark([standing(shop, job) for job in jobs])
    with pytest.raises(StaleVersion):  # of whom it is not the turn nothing waits
        act(shop, "cora", approvals.approve_together, jobs[0], mark=mark)
    given = act(shop, "andy", approvals.approve_together, jobs[1], mark=mark)
    assert [(one.job_id, one.total, one.rule) for one in given] == [(job.id, Money(100), "r") for job in jobs]
    assert given[0].hashes != given[1].hashes, "each names its own files"
    assert {state(shop, job) for job in jobs} == {JobState.APPROVED}


def test_what_a_rule_does_is_read_before_it_is_entered(shop):
    put(shop, agency="DEX", approvers="andy")
    with pytest.raises(Unconfirmed) as asked, shop.db.unit_of_work(PLANT) as uow:
        setup.put(uow, AGENCY_RULES, AGENCY_RULES.read({"code": "s", "agency": "DEX"}))
    assert [one.code for one in asked.value.findings] == ["RULE_TIE"]


def test_a_rule_names_what_is_there(shop):
    for said, field in (
        ({"agency": "NONE"}, "agency"),
        ({"agency": "DEX", "account": "OSR-010"}, "account"),
        ({"product": "none"}, "product"),
        ({"agency": "OSR", "approvers": "andy"}, "approvers"),
        ({"agency": "DEX", "approvers": "rita"}, "approvers"),
        ({"agency": "DEX", "act_after": 2, "at_silence": "forward", "forward_to": "oscar"}, "forward_to"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            put(shop, **said)
        assert field in [one.place.column for one in refusal.value.findings], said


def test_an_agency_reads_its_own_rules_and_those_for_all(shop):
    put(shop, agency="DEX")
    put(shop, code="all")
    for name, codes in (("andy", ["all", "r"]), ("oscar", ["all"])):
        with shop.db.read_only(actor(shop, name)) as session:
            assert [one.code for one in AGENCY_RULES.rows(session)] == codes
