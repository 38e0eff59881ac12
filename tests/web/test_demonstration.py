"""The demonstration plant: what its busy day promises, that it is made once and by verbs, and where it is refused."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from billing.models import BillingPeriod
from billing.verify import verify
from kernel import clock
from kernel.errors import Conflict
from production.frontdesk.stationery.models import IdentityTemplate
from production.jobs.models import Hold, Job
from production.jobs.states import JobKind as K
from production.jobs.states import JobState as S
from production.jobs.stopped_work import stopped_steps
from production.library.kits import kits_of
from production.library.models import LibraryEntry
from production.people.models import Agency, Role, User
from production.purchasing.models import Award
from production.scheduling.models import Schedule
from production.stockroom.models import StockItem
from store.limited.sandbox import close_nursery, open_nursery
from store.outbox import OutboxMessage
from tests.factories import PLANT
from tests.production import mailings
from web.commands.demo import fill_day
from web.commands.sample import load_sample_plant
from web.demo import cast, line
from web.demo.filling import fill
from web.demo.hands import Hands
from web.demo.history import SEED, history
from web.demo.live import live
from web.demo.rows import Work, tuesday
from workers.runtime import drain

NOW = datetime(2026, 12, 1, 20, 30, tzinfo=UTC)  # a Tuesday afternoon
FEW = {
    "letters": ("boat-owners", "records-fees", "ferry-passes", "map-loans", "levee-notices"),
    "mailing": ("left",),
    "print": ("record-labels", "equipment-receipts", "toll-envelope-slips", "fair-flyers", "road-maps"),
    "brought_in": ("license-cards",),
    "meter": ("meter-2",),
    "draft": ("draft-holidays",),
    "template": ("card-template",),
    "cards": ("branch-cards",),
    "kit": ("employee-kit",),
    "filed": ("receipt-filed",),
    "stock": ("stock-bond-letter",),
    "vendor": ("vendor-bayou", "vendor-delta"),
    "bought": ("maps-bought",),
}


def few() -> Work:
    """One of the Tuesday's jobs at a stage, or a few."""
    whole = tuesday()
    return Work(
        **{kind: [row for row in getattr(whole, kind) if row.key in keys] for kind, keys in FEW.items()}
    )


def made(plant, *, drained=drain) -> None:
    """The few, with a week before them."""
    load_sample_plant(plant)
    fill(plant, drained, password_hash="x", work=few(), weeks=1)


def jobs(plant) -> list[tuple]:
    """What can be compared: everything but random ids."""
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(Job).order_by(Job.id)).all()
        return [
            (row.number, row.kind, row.state, row.title, row.quantity, row.due, row.created_at)
            for row in rows
        ]


def test_the_tuesday_has_every_kind_at_every_stage():
    day, stages = tuesday(), Counter()
    in_mailing = {key: mailed.stage for mailed in day.mailing for key in mailed.jobs}
    for row in day.letters:
        stages["letters", in_mailing.get(row.key) or _desk(row, row.is_messy, "pool")] += 1
    for row in day.print:
        floor = "running" if row.is_running else "failed" if row.fails else "held" if row.hold else "press"
        after = ("delivered" if row.delivered else "left" if row.left else "dock") if row.made and not (
            row.is_running or row.fails
        ) else floor  # fmt: skip
        stages["print", _desk(row, row.is_wrong_size, after)] += 1
    assert {stage for kind, stage in stages if kind == "letters"} == {
        "fix", "stopped", "approval", "canceled", "pool", "merged", "press", "inserter", "dock", "left", "delivered",
    }  # fmt: skip
    assert {stage for kind, stage in stages if kind == "print"} == {
        "fix", "approval", "canceled", "press", "running", "failed", "held", "dock", "left", "delivered",
    }  # fmt: skip
    assert next(len(one.jobs) for one in day.mailing if one.key == "two-streams") == 2
    assert sum(day.made_by.values()) >= 40
    assert len(day.brought_in) == 5
    assert {bool(one.closed) for one in day.meter} == {True, False}
    assert {one.product for one in day.draft} == {"letter", "flat_form"}


def _desk(row, is_wrong, further):
    if row.canceled:
        return "canceled"
    if is_wrong:
        return "fix"
    if getattr(row, "matching", ""):
        return "stopped"
    return further if row.approved else "approval"


def test_the_history_of_a_seed_is_always_the_same_and_another_seed_gives_another():
    assert list(history(SEED)) == list(history(SEED)) != list(history(SEED + 1))
    kinds = Counter(kind for week in history(SEED) for kind in Work.model_fields if getattr(week, kind))
    assert kinds["meter"] == 13
    assert min(kinds["letters"], kinds["print"], kinds["brought_in"]) >= 3


def test_it_is_filled_by_verbs_once_and_goes_on_where_it_was_cut_off(plant, tmp_path):
    steps = 0

    def breaks_down(of):
        """Everything is stopped in the middle of a check."""
        nonlocal steps
        steps += 1
        if steps < 12 or S.SUBMITTED not in {state for _, _, state, *_ in jobs(of)}:
            return drain(of)
        close_nursery()
        try:
            drain(of, patience=timedelta(0))
        finally:
            open_nursery()
        raise KeyboardInterrupt

    with time_machine.travel(NOW, tick=False):
        with pytest.raises(KeyboardInterrupt):
            made(plant, drained=breaks_down)
        assert S.SUBMITTED in {state for _, _, state, *_ in jobs(plant)}  # not sent back for a fault of ours
        seen = line.told(demo_of(plant))
        assert 0 < seen.made < seen.jobs
        assert f"{seen.made} of {seen.jobs} jobs" in seen.words
        made(plant)
        first = jobs(plant)
        made(plant)
    assert jobs(plant) == first
    assert line.told(demo_of(plant)).words == ""
    assert line.told(plant) is None  # without --demo no page says anything
    assert Counter((kind, state) for _, kind, state, *_ in first) == {
        (K.MAILING, S.NEEDS_FIX): 1, (K.MAILING, S.SUBMITTED): 1, (K.MAILING, S.PROOF_READY): 1,
        (K.MAILING, S.APPROVED): 1, (K.MAILING, S.DISPATCHED): 1, (K.MAILING, S.BILLED): 1,
        (K.PRINT, S.IN_PRODUCTION): 2, (K.PRINT, S.DELIVERED): 1, (K.PRINT, S.CANCELLED): 1,
        (K.PRINT, S.PROOF_READY): 1, (K.PRINT, S.BILLED): 1,
        (K.BROUGHT_IN, S.APPROVED): 1, (K.METER_RUN, S.BILLED): 2, (K.METER_RUN, S.DRAFT): 2,
    }  # fmt: skip
    assert [number for number, *_ in first] == sorted({number for number, *_ in first})
    assert max(created for *_, created in first) <= NOW
    with plant.db.read_only(PLANT) as session:
        assert session.query(Agency).count() == 12
        assert {role for user in session.scalars(select(User)) for role in user.roles} == set(Role)
        assert [step.task for step in stopped_steps(session)] == ["The matching of addresses"]
        assert session.scalars(select(IdentityTemplate.approved_by)).all() == ["andy"]
        assert session.scalars(select(LibraryEntry.form_number)).all() == ["DEX-31 rev. 2"]
        rita = session.scalars(select(User).filter_by(sign_in_name="rita")).one().as_actor()
        (kit,) = kits_of(session, rita)
        assert [item.product for item in kit.items] == ["Business cards", "Flat form"]
        assert session.scalars(select(StockItem.on_hand)).all() == [120_000]
        assert session.get_one(Schedule, 1).made_by == "polly"
        assert [(award.vendor.code, award.is_cheapest) for award in session.scalars(select(Award))] == [
            ("DELTA", False)
        ]
        damp, unpaid = session.scalars(select(Hold.words).order_by(Hold.id))
        assert "delivered damp" in damp and "The invoice for work done outside" in unpaid
        assert session.scalars(select(OutboxMessage.key).filter_by(done_at=None)).all() == []
        assert {period.state.value for period in session.scalars(select(BillingPeriod))} == {"open"}
    assert [found.check for found in verify(plant).violations] == ["steps_are_in_hand"]  # the stopped one


def demo_of(plant):
    """The same plant, started with --demo."""
    return dataclasses.replace(plant, settings=dataclasses.replace(plant.settings, demo=True))


def test_a_plant_with_work_or_a_permit_of_its_own_is_refused(plant):
    load_sample_plant(plant)
    mailings.approved(plant)
    with pytest.raises(Conflict, match="has work of its own already") as refused:
        fill_day(plant, drain)
    assert refused.value.instance_code == "DEMO_PLANT"
    mailings.set_shop(plant, permit_number="4711")
    with pytest.raises(Conflict, match="not a demonstration plant"):
        fill_day(plant, drain)


def test_it_lives_by_verbs_alone(plant):
    load_sample_plant(plant)
    with plant.db.unit_of_work(PLANT) as uow:
        cast.enter(uow, password_hash="x")
    told: list[str] = []
    live(plant, drain, pace=0, tell=told.append, acts=2, seed=3)
    assert len(told) == 2
    assert {state for _, _, state, *_ in jobs(plant)} <= set(S)
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(OutboxMessage.key).filter_by(done_at=None)).all() == []
    assert verify(plant).violations == []


def test_an_act_at_a_given_hour_does_its_own_steps(plant):
    then = datetime(2026, 9, 1, 15, tzinfo=UTC)
    with clock.at(then):
        assert clock.now() == then
        load_sample_plant(plant)
        hands = Hands(plant, drain)
    assert clock.now() > then
    assert not hands.has("anything")
