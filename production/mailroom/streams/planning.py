"""The presort step: accepted lists in, one immutable plan out; then trays, serials, segments and recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding
from postal.address.evidence import ListEvidence
from postal.barcodes.stids import check_stid, fitting_stid, service_types
from postal.data.editions import Edition, InForce
from postal.money.fair_shares import RULE, FairShares, fair_shares
from postal.money.plan_figures import figures_of
from postal.papers.statement import job_levels
from postal.piece.mailpiece import Mailpiece
from postal.sorting.plan_file import write_plan
from postal.sorting.presort_plan import PresortPlan, TrayLabel
from postal.sorting.streams import Stream
from postal.sorting.volume import class_stops
from postal.trays import tray_barcode
from production.catalog.piece_weight import envelopes
from production.jobs.lifecycle import advance
from production.jobs.models import Job, Operation
from production.jobs.route import new_operation
from production.jobs.states import LotState, OperationCode, OperationState
from production.mailings.accepted import piece_columns, read_accepted
from production.mailings.address_evidence import evidence_facts, evidence_of
from production.mailings.editions import shop_editions
from production.mailings.models import Mailing, PresortShare, PresortStream, Tray
from production.mailings.planned_times import planned_minutes
from production.mailings.shop import (
    ShopProfile,
    plan_mailing,
    rated_streams,
    shop_profile,
    shop_rules,
)
from production.mailings.stream_summary import Inputs, StreamSummary
from production.mailings.streams import shares_of, streams_of
from production.mailroom.pieces import recipients
from production.mailroom.serials import blocks
from production.mailroom.serials.forecast import wrap_findings
from production.mailroom.streams.shares import record_shares
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

SINGLE_PIECE = "single-piece"  # a category no Full-Service is open to
PLAN_MEDIA_TYPE = "application/vnd.apache.arrow.file"


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A stream with its shares and what is known of the addresses of their lists, in the order of the shares."""

    stream: PresortStream
    shares: Sequence[PresortShare]
    evidence: Sequence[ListEvidence]


@dataclass(frozen=True, slots=True)
class PlanningFacts:
    """What planning a mailing needs to know, read before the work; its streams by number."""

    mailing: Mailing
    streams: Sequence[StreamFacts]
    profile: ShopProfile


@dataclass(frozen=True, slots=True)
class Planned:
    """A stream's plan, the jobs' shares of its postage, where it is kept, and the service type of its barcodes with the
    table it is from. ``inputs``: what of the shop's profile it rests on.
    """

    facts: StreamFacts
    plan: PresortPlan
    shares: FairShares
    lists: Sequence[pa.Table]
    ref: FileRef
    service_type_id: str
    service_types: Edition
    inputs: Inputs
    residual_service_type_id: str | None = None


def read_facts(session: Session, mailing: Mailing) -> PlanningFacts:
    """The mailing with its streams."""
    streams = []
    for stream in streams_of(session, mailing.id):
        shares = shares_of(session, stream)
        jobs = [session.get_one(Job, share.job_id) for share in shares]
        streams.append(StreamFacts(stream, shares, evidence_of(session, jobs)))
    return PlanningFacts(mailing, streams, shop_profile(session))


def sort_mailing(
    files: FileStore, facts: PlanningFacts, folder: Path, *, editions: tuple[Edition, ...] | None = None
) -> list[Planned]:
    """Sort the pieces of all streams as one mailing and keep a plan of each. ``editions``: to choose from, else the
    shop's. InvalidInput STID_FIT when the shop's service type is not for such mail and has no counterpart that is.
    """
    mailing, profile = facts.mailing, facts.profile
    lists = [_read_lists(files, one.shares) for one in facts.streams]
    streams = [
        Stream(piece_columns(own), _mailpiece(one.stream))
        for own, one in zip(lists, facts.streams, strict=True)
    ]
    among = shop_editions(files) if editions is None else editions
    rules = shop_rules(profile, mailing.sort_plan, InForce(mailing.mail_date, among, profile.allow_test_only))
    evidence = [one.evidence for one in facts.streams]
    plans = plan_mailing(
        profile, streams, rules, policy=mailing.policy, payment=mailing.payment, lists=evidence
    )
    _refuse_too_few(plans)
    shared = fair_shares(plans, rated_streams(profile, streams, rules, evidence), rules)
    table = service_types(rules.in_force).edition
    made = []
    for one, own, plan, shares in zip(facts.streams, lists, plans, shared, strict=True):
        stid = _service_type(
            profile, plan.mail_class, rules.plan.category, rules.in_force, is_full=plan.is_full_service
        )
        residual = _residual_service_type(profile, plan, rules.in_force)
        kept = shares.kept_in(plan)
        path = folder / f"plan-{one.stream.id}.arrow"
        write_plan(kept, path)
        ref = files.keep(path, PLAN_MEDIA_TYPE)
        made.append(Planned(one, kept, shares, own, ref, stid, table, inputs(profile), residual))
    return made


def _refuse_too_few(plans: Sequence[PresortPlan]) -> None:
    """A class that asks for a minimum is not printed under it: InvalidInput MARKETING_MINIMUM."""
    found = class_stops(plans)
    if found:
        raise InvalidInput(found[0].message, code=found[0].code, findings=found, remedy=found[0].remedy)


def _residual_service_type(profile: ShopProfile, plan: PresortPlan, in_force: InForce) -> str | None:
    """The identifier of residual pieces that go on in another class; None where there are none."""
    last = plan.levels[-1]
    if not (last.pieces and last.mail_class):
        return None
    return _service_type(profile, last.mail_class, SINGLE_PIECE, in_force, is_full=False)


def _service_type(
    profile: ShopProfile, mail_class: str, category: str, in_force: InForce, *, is_full: bool
) -> str:
    """The identifier that asks of this mail what the shop's own asks of First-Class automation letters; a shop that
    claims Full-Service has its service types where it is claimed, and only there.
    """
    own, full = profile.service_type_id, is_full if profile.full_service else None
    stid = fitting_stid(own, mail_class, in_force, category=category, is_full_service=full)
    findings = check_stid(stid, mail_class, in_force, category=category, is_full_service=full)
    if findings:
        first = findings[0]
        raise InvalidInput(first.message, code=first.code, findings=findings, remedy=first.remedy)
    return stid


def record_plans(uow: UnitOfWork, facts: PlanningFacts, made: Sequence[Planned]) -> None:
    """Everything the plans mean in rows, in one transaction; all streams go into production. Nothing when the mailing
    was dissolved meanwhile, or recorded before.
    """
    streams = [uow.session.get_one(PresortStream, one.facts.stream.id, with_for_update=True) for one in made]
    if any(stream.state is not LotState.PLANNING for stream in streams):
        return
    for stream, planned in zip(streams, made, strict=True):
        _record_plan(uow, stream, planned, target=facts.profile.pieces_per_segment)
    outbox.request(uow, "papers", facts.mailing.ulid)


def _record_plan(uow: UnitOfWork, stream: PresortStream, planned: Planned, *, target: int) -> None:
    facts, plan = planned.facts, planned.plan
    block = blocks.reserve(
        uow,
        lot_id=stream.id,
        pieces=plan.pieces,
        mail_date=stream.mail_date,
        agency_id=_only_agency(uow.session, facts.shares),
    )
    stream.mailer_id, stream.first_serial = block.mailer_id, block.first
    stream.service_type_id = planned.service_type_id
    if planned.residual_service_type_id:
        stream.residual_service_type_id = planned.residual_service_type_id
        stream.residual_first_piece = plan.pieces - plan.levels[-1].pieces + 1
    record_result(uow, stream, planned, wrap_findings(uow.session, block.mailer_id, stream.mail_date))
    recipients.record(uow, stream, plan, planned.lists, [share.job_id for share in facts.shares])
    _record_route(uow, stream, plan, target)
    advance(uow, stream, "release", pieces=plan.pieces, trays=len(plan.trays))


def record_result(
    uow: UnitOfWork, stream: PresortStream, planned: Planned, warnings: Sequence[Finding] = ()
) -> None:
    """The plan of a stream whose mailer id is known, its figures, the levels of its shares, its trays."""
    plan = planned.plan
    stream.pieces = plan.pieces
    stream.plan_sha256 = record_file(uow, planned.ref)
    stream.summary = StreamSummary(
        figures=figures_of(plan, [planned.service_types], warnings, tray_barcode.CAUTION),
        share_rule=RULE,
        inputs=planned.inputs,
        addresses=tuple(evidence_facts(one) for one in planned.facts.evidence),
    )
    _record_slices(uow, stream, plan)
    record_shares(uow, stream, planned.shares)
    _record_trays(uow, stream, plan)


def inputs(profile: ShopProfile) -> Inputs:
    """What of the shop's profile a plan depends on."""
    return Inputs(**{one.name: getattr(profile, one.name) for one in fields(Inputs)})


def segments(plan: PresortPlan, target: int) -> list[tuple[int, int]]:
    """First and last piece of each segment: whole trays, about ``target`` pieces, so that no tray is torn."""
    tray_ends = np.asarray(plan.trays.first_piece) + np.asarray(plan.trays.pieces) - 1
    cuts, first = [], 1
    for last in tray_ends.tolist():
        if last - first + 1 >= target or last == plan.pieces:
            cuts.append((first, last))
            first = last + 1
    return cuts


def _read_lists(files: FileStore, slices: Sequence[PresortShare]) -> list[pa.Table]:
    return [read_accepted(files.checked_path(part.accepted_sha256)) for part in slices]


def _mailpiece(stream: PresortStream) -> Mailpiece:
    envelope = envelopes()[stream.envelope]
    return envelope.mailpiece(thickness_in=stream.thickness_in, weight_oz=stream.weight_oz)


def _only_agency(session: Session, slices: Sequence[PresortShare]) -> int | None:
    """The agency all pieces are of; None for a stream of several."""
    jobs = [part.job_id for part in slices]
    agencies = session.scalars(select(Job.agency_id).where(Job.id.in_(jobs)).distinct()).all()
    return agencies[0] if len(agencies) == 1 else None


def _record_slices(uow: UnitOfWork, stream: PresortStream, plan: PresortPlan) -> None:
    levels = [level.code for level in plan.levels]
    slices = uow.session.scalars(select(PresortShare).filter_by(lot_id=stream.id)).all()
    counts = job_levels(plan, len(slices))
    for part in slices:
        row = counts[part.position].tolist()
        part.levels = {code: n for code, n in zip(levels, row, strict=True) if n}


def _record_trays(uow: UnitOfWork, stream: PresortStream, plan: PresortPlan) -> None:
    assert stream.mailer_id  # reserved just before  # noqa: S101
    count = len(plan.trays)
    block = blocks.reserve_trays(
        uow, lot_id=stream.id, mailer_id=stream.mailer_id, trays=count, mail_date=stream.mail_date
    )
    uow.session.add_all(
        Tray(
            lot_id=stream.id,
            number=label.tray,
            level=label.level,
            destination=f"{label.label_zip:05d}",
            tray_type=label.tray_type,
            first_piece=label.first_piece,
            last_piece=label.last_piece,
            line_1=label.line_1,
            line_2=label.line_2,
            line_3=label.line_3,
            content_id=f"{label.cin:03d}" if label.cin else None,
            barcode=_tray_barcode(label, stream.mailer_id, block.first + label.tray - 1),
        )
        for label in (plan.label(number) for number in range(1, count + 1))
    )


def _tray_barcode(label: TrayLabel, mailer_id: str, serial: int) -> str | None:
    """None where no content identifier is known (residual pieces): such a tray carries no barcode."""
    if not label.cin:
        return None
    return tray_barcode.tray_barcode(f"{label.label_zip:05d}", f"{label.cin:03d}", mailer_id, serial)


def _record_route(uow: UnitOfWork, stream: PresortStream, plan: PresortPlan, target: int) -> None:
    """Operations of the segments and of the whole stream; a merge task for each segment, one for the papers."""
    presort = uow.session.scalars(
        select(Operation).filter_by(lot_id=stream.id, type=OperationCode.PRESORT)
    ).one()
    advance(uow, presort, "start")
    advance(uow, presort, "finish", pieces=plan.pieces)
    minutes = planned_minutes(uow.session, stream)
    is_inserted = envelopes()[stream.envelope].is_inserted
    in_hand = (OperationCode.PRINT, OperationCode.FOLD_INSERT) if is_inserted else (OperationCode.PRINT,)
    for number, pieces in enumerate(segments(plan, target), start=1):
        merge = new_operation(
            uow, stream, OperationCode.MERGE, OperationState.READY, segment=number, pieces=pieces
        )
        uow.session.add(merge)
        for kind in in_hand:
            waiting = new_operation(
                uow, stream, kind, OperationState.WAITING, segment=number, pieces=pieces,
                planned_minutes=minutes(kind, pieces[1] - pieces[0] + 1),
            )  # fmt: skip
            uow.session.add(waiting)
        outbox.request(uow, "merge", merge.ulid)
    uow.session.add(new_operation(uow, stream, OperationCode.PAPERS, OperationState.READY))
    for kind in (OperationCode.RECONCILE, OperationCode.DISPATCH, OperationCode.DELIVER):
        uow.session.add(new_operation(uow, stream, kind, OperationState.WAITING))
