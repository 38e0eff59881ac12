"""Planning: the plan in rows ties to the plan file, and segments never tear a tray."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from billing.charging import statement_shares
from kernel.clock import today
from kernel.errors import InvalidInput
from kernel.money import Money, extend
from postal.data import editions as shelf
from postal.data.editions import InForce, edition_for, editions
from postal.sorting.presort import LEAST
from postal.trays import tray_barcode
from production.catalog.models import OperationType
from production.jobs.models import Job, Operation
from production.jobs.states import LotState, OperationCode, OperationState
from production.mailings import incentives
from production.mailings.models import PresortShare, PresortStream, Tray
from production.mailings.shop import shop_profile
from production.mailings.streams import plan_of
from production.mailroom.maildat import put_together
from production.mailroom.papers import mailing_papers
from production.mailroom.serials import mailer_ids
from production.mailroom.serials.models import MailerId, SerialBlock, TrayBlock
from production.mailroom.streams import building, planning
from production.mailroom.streams.prediction import draft_of_jobs, draft_of_streams, predict
from production.mailroom.streams.recompute import recompute
from production.mailroom.streams.shares import mailing_shares
from production.sample import MAILER_ID
from store.outbox import OutboxMessage
from tests.databases import begin
from tests.factories import PLANT
from tests.production import mailings

CLAIMED = {"full_service": True, "crid": "1234567", "seamless_crid": "1234567", "payment_account": "88"}


@pytest.fixture
def shop(plant):
    mailings.open_sample(plant)
    mailings.set_shop(plant, pieces_per_segment=300)
    return plant


@pytest.fixture
def planned(shop):
    """Two jobs of 700 and 400 pieces, sorted together."""

    def make():
        jobs = [
            mailings.approved(shop, pieces=700, seed=1),
            mailings.approved(shop, pieces=400, seed=2, agency="OSR"),
        ]
        return mailings.plan(shop, mailings.build(shop, *jobs))

    return begin(shop, "planned", make)


def test_rows_tie_to_the_plan_file(shop, planned):
    plan = plan_of(shop.files, planned)
    assert shop.files.verify(planned.plan_sha256)
    assert (planned.state, planned.pieces, plan.pieces) == (LotState.IN_PRODUCTION, 1100, 1100)
    assert sorted(np.asarray(plan.source).tolist()) == list(range(1100))
    levels = [plan.levels[k].code for k in plan.level_of_piece]
    with shop.db.read_only(PLANT) as session:
        slices = session.scalars(select(PresortShare).order_by(PresortShare.position)).all()
        assert (
            [sum(part.levels.values()) for part in slices] == [part.pieces for part in slices] == [700, 400]
        )
        for part in slices:
            mine = [level for level, job in zip(levels, plan.job, strict=True) if job == part.position]
            assert part.levels == Counter(mine)
        block = session.scalars(select(SerialBlock)).one()
        assert (block.first, block.last) == (planned.first_serial, planned.first_serial + 1099)
        assert planned.mailer_id == block.mailer_id
        assert planned.service_type_id == shop_profile(session).service_type_id


def test_every_job_keeps_its_share_and_every_piece_its_level_alone(shop, planned):
    plan = plan_of(shop.files, planned)
    with shop.db.read_only(PLANT) as session:
        found = mailing_shares(session, planned)
    assert [(line.agency, line.share.pieces) for line in found.lines] == [
        ("Department of Examples", 700), ("Office of Sample Records", 400),
    ]  # fmt: skip
    assert found.share == plan.postage
    assert all(line.share.share <= line.share.alone <= line.share.metered for line in found.lines)
    assert found.stamped > found.metered
    second = found.lines[1].share
    assert second.alone == second.metered  # 400 pieces are under the minimum of a presorted mailing
    assert second.alone_levels == {"single-piece": 400}
    assert "400 single-piece" in found.lines[1].sentences[1]
    names = np.array([level.name for level in plan.levels])
    for line in found.lines:
        mine = Counter(names[plan.alone_level[plan.job == line.share.job]].tolist())
        assert line.share.alone_levels == mine
    assert planned.summary.share_rule == "nobody-above-alone"


def test_trays_hold_every_piece_once_with_labels_and_own_barcodes(shop, planned):
    plan = plan_of(shop.files, planned)
    with shop.db.read_only(PLANT) as session:
        trays = session.scalars(select(Tray).order_by(Tray.number)).all()
    assert [tray.number for tray in trays] == list(range(1, len(plan.trays) + 1))
    held = [piece for tray in trays for piece in range(tray.first_piece, tray.last_piece + 1)]
    assert held == list(range(1, 1101))
    for tray in trays:
        label = plan.label(tray.number)
        assert (tray.line_1, tray.line_2, tray.line_3) == (label.line_1, label.line_2, label.line_3)
        assert bool(tray.content_id) == bool(tray.barcode)
        if tray.barcode:
            assert len(tray.barcode) == 24
            assert tray.barcode[:5] == tray.destination
    barcodes = [tray.barcode for tray in trays if tray.barcode]
    assert len(set(barcodes)) == len(barcodes) > 0


def test_the_summary_adds_up(shop, planned):
    kept = planned.summary.figures
    assert sum(kept.levels.values()) == sum(line.pieces for line in kept.postage_lines) == 1100
    for line in kept.postage_lines:
        assert line.extended == extend(line.rate, line.pieces)
        assert kept.levels[line.level] == line.pieces
    assert kept.single_piece > kept.postage > Money(0)
    assert any("not for live mail" in sentence for sentence in kept.assumptions)
    assert tray_barcode.CAUTION in kept.assumptions


def test_the_route_covers_all_pieces_in_whole_trays(shop, planned):
    with shop.db.read_only(PLANT) as session:
        ends = set(session.scalars(select(Tray.last_piece)))
        rows = session.scalars(select(Operation).order_by(Operation.id)).all()
        tasks = Counter(session.scalars(select(OutboxMessage.task).filter_by(done_at=None)))
    spans = {}
    for kind in (OperationCode.MERGE, OperationCode.PRINT, OperationCode.FOLD_INSERT):
        spans[kind] = [(row.first_piece, row.last_piece) for row in rows if row.type == kind]
    (runs,) = {tuple(span) for span in spans.values()}
    assert len(runs) > 1
    assert [piece for first, last in runs for piece in range(first, last + 1)] == list(range(1, 1101))
    assert {last for _, last in runs} <= ends
    wide = {row.type: row.state for row in rows if row.segment is None}
    assert wide == {
        OperationCode.PRESORT: OperationState.DONE, OperationCode.PAPERS: OperationState.READY,
        OperationCode.RECONCILE: OperationState.WAITING, OperationCode.DISPATCH: OperationState.WAITING,
        OperationCode.DELIVER: OperationState.WAITING,
    }  # fmt: skip
    assert tasks == {"presort": 1, "merge": len(runs), "papers": 1}
    assert len({row.ticket for row in rows}) == len(rows)
    assert all(row.ticket.startswith(planned.number) for row in rows)


def test_steps_of_the_floor_are_planned_by_the_standards_of_the_catalog_and_no_others(shop):
    with shop.db.unit_of_work(PLANT) as uow:
        printing = uow.session.get_one(OperationType, OperationCode.PRINT)
        printing.setup_minutes, printing.per_hour = 10, 600  # sheets
    stream = mailings.plan(shop, mailings.build(shop, mailings.approved(shop, pieces=700, seed=1, pages=3)))
    with shop.db.read_only(PLANT) as session:
        rows = session.scalars(select(Operation).filter_by(lot_id=stream.id).order_by(Operation.id)).all()
    planned = {(row.type, row.pieces): row.planned_minutes for row in rows if row.planned_minutes is not None}
    runs = {row.pieces for row in rows if row.type == OperationCode.PRINT}
    assert planned == {(OperationCode.PRINT, pieces): 10 + math.ceil(pieces * 2 / 10) for pieces in runs}


def test_sorting_again_gives_the_same_file(shop, planned):
    with shop.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, planned.id).mailing)
    with shop.files.scratch_folder() as folder:
        (again,) = planning.sort_mailing(shop.files, facts, folder)
    assert again.ref.sha256 == planned.plan_sha256


def test_planning_and_predicting_look_every_edition_up_once(shop, monkeypatch, tmp_path):
    """For a shop that claims incentives, with two print streams: plan, shares, service types and minimums."""
    mailings.set_shop(shop, **CLAIMED)
    jobs = [mailings.approved(shop, pieces=700, seed=1), mailings.approved(shop, pieces=300, seed=2, pages=2)]
    with shop.db.unit_of_work(PLANT) as uow:
        made = building.build_together(uow, shop.files, [uow.session.get_one(Job, job.id) for job in jobs])
    with shop.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, made[0].id).mailing)
        draft = draft_of_streams(session, made)
    asked = Counter()

    def counting(kind, *given, **more):
        asked[kind] += 1
        return edition_for(kind, *given, **more)

    monkeypatch.setattr(shelf, "edition_for", counting)
    planning.sort_mailing(shop.files, facts, tmp_path)
    assert {"sort-plan/fcm-letter-automation", "prices", "L801", "stids", "incentives"} <= set(asked)
    assert set(asked.values()) == {1}
    asked.clear()
    assert predict(shop.files, draft, policy=LEAST).figures
    assert {"limits", "prices", "tray-types"} <= set(asked)
    assert set(asked.values()) == {1}


def test_a_plan_recorded_twice_is_recorded_once(shop, planned):
    with shop.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, planned.id).mailing)
        before = session.query(Operation).count()
    with shop.files.scratch_folder() as folder:
        again = planning.sort_mailing(shop.files, facts, folder)
    with shop.db.unit_of_work(PLANT) as uow:
        planning.record_plans(uow, facts, again)
    with shop.db.read_only(PLANT) as session:
        assert session.query(SerialBlock).count() == 1
        assert session.query(Operation).count() == before


def test_tray_serials_of_a_nine_digit_mailer_id_have_five_digits(shop):
    with shop.db.unit_of_work(PLANT) as uow:
        for row in uow.session.scalars(select(MailerId)):
            row.active = False
        uow.session.add(MailerId(mailer_id="900000001", active=True))
    stream = mailings.plan(shop, mailings.build(shop, mailings.approved(shop, pieces=700)))
    assert stream.mailer_id == "900000001"
    with shop.db.read_only(PLANT) as session:
        barcodes = session.scalars(select(Tray.barcode).where(Tray.barcode.is_not(None))).all()
    assert barcodes
    assert all("900000001" in barcode for barcode in barcodes)


def test_a_stream_of_one_agency_has_its_agencys_mailer_id_and_a_shared_one_the_shops(shop):
    with shop.db.unit_of_work(PLANT) as uow:
        mailer_ids.add(uow, "900000009", agency_code="OSR")
    own = mailings.plan(shop, mailings.build(shop, mailings.approved(shop, pieces=600, agency="OSR")))
    jobs = [mailings.approved(shop, pieces=300, agency=code, seed=3) for code in ("OSR", "DEX")]
    shared = mailings.plan(shop, mailings.build(shop, *jobs))
    assert (own.mailer_id, shared.mailer_id) == ("900000009", MAILER_ID)
    with shop.db.read_only(PLANT) as session:
        trays = session.scalars(select(TrayBlock).order_by(TrayBlock.id)).all()
        counts = dict(session.execute(select(Tray.lot_id, func.count()).group_by(Tray.lot_id)).all())
    assert [(block.mailer_id, block.last - block.first + 1) for block in trays] == [
        (own.mailer_id, counts[own.id]),
        (shared.mailer_id, counts[shared.id]),
    ]


def test_a_wrap_to_come_is_told_when_the_stream_is_planned(shop, monkeypatch):
    with shop.db.unit_of_work(PLANT) as uow:
        for row in uow.session.scalars(select(MailerId)):
            row.active = False
        mailer_ids.add(uow, "900000001")
    monkeypatch.setattr("production.mailroom.serials.forecast.MARGIN_DAYS", 50_000)  # 700 pieces in 30 days
    stream = mailings.plan(shop, mailings.build(shop, mailings.approved(shop, pieces=700)))
    (warning,) = [found for found in stream.summary.figures.findings if found.code == "IMB_WRAP"]
    assert "wraps in 41,666 days at 24 a day" in warning.message


def test_the_service_type_table_stands_behind_the_stream(planned):
    assert "stids 2024-01-21" in planned.summary.figures.editions
    assert any("a newer table was announced" in said for said in planned.summary.figures.assumptions)


@pytest.mark.parametrize(("stid", "code"), [("708", "STID_FIT"), ("999", "STID_UNKNOWN")])
def test_a_service_type_that_does_not_fit_stops_the_stream_by_name(shop, stid, code):
    with shop.db.unit_of_work(PLANT) as uow:
        shop_profile(uow.session).service_type_id = stid
    stream = mailings.build(shop, mailings.approved(shop, pieces=600))
    with shop.db.read_only(PLANT) as session:
        facts = planning.read_facts(session, session.get_one(PresortStream, stream.id).mailing)
    with shop.files.scratch_folder() as folder, pytest.raises(InvalidInput, match=stid) as refused:
        planning.sort_mailing(shop.files, facts, folder)
    assert refused.value.instance_code == code


@given(trays=st.lists(st.integers(1, 500), min_size=1, max_size=40), target=st.integers(1, 3000))
def test_segments_are_whole_trays_about_as_large_as_asked(trays, target):
    firsts = np.cumsum([1, *trays[:-1]])
    plan = SimpleNamespace(
        trays=SimpleNamespace(first_piece=firsts, pieces=np.array(trays)), pieces=sum(trays)
    )
    cuts = planning.segments(plan, target)
    assert [piece for first, last in cuts for piece in (first, last)] == sorted(
        piece for cut in cuts for piece in cut
    )
    assert cuts[0][0] == 1
    assert cuts[-1][1] == sum(trays)
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(cuts))
    ends = set(np.cumsum(trays).tolist())
    assert {last for _, last in cuts} <= ends
    for first, last in cuts[:-1]:
        assert target <= last - first + 1 < target + max(trays)


def test_incentives_are_the_same_money_everywhere(shop, tmp_path):
    """Plan, statement, Mail.dat, shares, charges, prediction and the nightly check, for a shop that claims both."""
    mailings.set_shop(shop, **CLAIMED)
    jobs = [
        mailings.approved(shop, pieces=700, seed=1),
        mailings.approved(shop, pieces=400, seed=2, agency="OSR"),
    ]
    with shop.db.read_only(PLANT) as session:
        draft = draft_of_jobs(session, [session.get_one(Job, job.id) for job in jobs])
    foreseen = predict(shop.files, draft).figures
    stream = mailings.plan(shop, mailings.build(shop, *jobs))
    plan = plan_of(shop.files, stream)
    presorted = sum(level.pieces for level in plan.levels[:-1])
    assert [(one.pieces, str(one.rate)) for one in plan.incentives] == [
        (presorted, "0.005"),
        (presorted, "0.002"),
    ]
    assert (stream.service_type_id, plan.incentive.cents) == ("270", round(presorted * 0.7))
    assert (foreseen.postage, foreseen.incentive) == (plan.postage, plan.incentive)
    with shop.db.read_only(PLANT) as session:
        shares = mailing_shares(session, stream)
        charged = statement_shares(session, stream.id)
        papers_facts, maildat_facts = (
            mailing_papers.read_facts(session, stream.mailing),
            put_together.read_facts(session, stream.mailing),
        )
        facts = planning.read_facts(session, stream.mailing)
    assert shares.share == shares.statements == plan.postage == stream.summary.figures.postage
    assert (sum(charged.values(), Money(0)), shares.incentive) == (plan.postage, plan.incentive)
    kept = mailing_papers.make_papers(shop.files, papers_facts, tmp_path)  # they tie, or this is refused
    rows = shop.files.path(next(one.ref.sha256 for one in kept if one.role == "statement-data")).read_text()
    assert f"total,postage,{plan.statement_postage.plain}" in rows
    assert f"total,credit to the submitter,{(plan.statement_postage - plan.postage).plain}" in rows
    described = put_together.describe_mailing(
        shop.files, maildat_facts, version="26-1", software="1"
    ).described
    assert described.is_full_service
    (again,) = recompute(shop.files, facts, tmp_path)
    assert again.is_same


def test_a_shop_that_claims_nothing_is_left_as_it_is(planned):
    assert (planned.service_type_id, planned.summary.figures.incentives) == ("310", ())
    assert planned.summary.figures.statement_postage.cents == planned.summary.figures.postage.cents
    assert not [one for one in planned.summary.figures.findings if one.code == "INCENTIVE_NOT_CLAIMED"]


def test_what_is_typed_for_a_claim_is_checked(shop):
    with shop.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refused:
        incentives.keep_claims(
            uow,
            InForce(today(), editions()),
            full_service=True,
            crid="",
            seamless_crid="12a",
            payment_account="1" * 21,
        )
    assert {one.place.column for one in refused.value.findings} == {
        "crid",
        "seamless_crid",
        "payment_account",
    }
