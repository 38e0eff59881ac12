"""The presort step: accepted lists in, one immutable plan out; then trays, serials, segments and recipients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from postal.sorting.plan_file import read_plan, write_plan
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
from production.mailings.shop import (
    ShopProfile,
    plan_mailing,
    rated_streams,
    shop_profile,
    shop_rules,
)
from production.mailroom.pieces import recipients
from production.mailroom.savings.shares import record_shares
from production.mailroom.serials import blocks
from production.mailroom.serials.forecast import wrap_findings
from production.mailroom.streams.mailing import streams_of
from production.mailroom.streams.models import PresortShare, PresortStream, Tray
from production.mailroom.streams.summary import Inputs, StreamSummary
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

SINGLE_PIECE = "single-piece"  # a category no Full-Service is open to
PLAN_MEDIA_TYPE = "application/vnd.apache.arrow.file"


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What planning needs to know, read before the work. ``evidence``: of the lists of each batch of the mailing (by
    key), in the order of its slices; ``together``: the other streams of the mailing.
    """

    batch: PresortStream
    slices: Sequence[PresortShare]
    profile: ShopProfile
    evidence: Mapping[int, Sequence[ListEvidence]]
    together: Sequence[tuple[PresortStream, Sequence[PresortShare]]] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the jobs' shares of its postage, where it is kept, and the service type of its barcodes with the table
    it is from.
    """

    facts: BatchFacts
    plan: PresortPlan
    shares: FairShares
    lists: Sequence[pa.Table]
    ref: FileRef
    service_type_id: str
    service_types: Edition
    residual_service_type_id: str | None = None


def read_facts(session: Session, batch: PresortStream) -> BatchFacts:
    """The batch with its slices in order, and those of the batches mailed with it."""
    others = [
        (other, _slices(session, other))
        for other in streams_of(session, batch.mailing_id)
        if other.id != batch.id
    ]
    own = _slices(session, batch)
    evidence = {
        part.id: evidence_of(session, [session.get_one(Job, one.job_id) for one in slices])
        for part, slices in [(batch, own), *others]
    }
    return BatchFacts(batch, own, shop_profile(session), evidence, others)


def plan_batch(
    files: FileStore, facts: BatchFacts, folder: Path, *, editions: tuple[Edition, ...] | None = None
) -> Planned:
    """Sort the pieces of all slices together and keep the plan. ``editions``: to choose from, else the shop's.
    InvalidInput STID_FIT when the shop's service type is not for such mail and has no counterpart that is.
    """
    batch = facts.batch
    # Every stream of a mailing plans all of them, in one order, so that each comes to the same levels and shares.
    mailing = sorted([(batch, facts.slices), *facts.together], key=lambda part: part[0].id)
    lists = {part.id: _read_lists(files, slices) for part, slices in mailing}
    streams = [Stream(piece_columns(lists[part.id]), _mailpiece(part)) for part, _ in mailing]
    among = shop_editions(files) if editions is None else editions
    rules = shop_rules(
        facts.profile, batch.sort_plan, InForce(batch.mail_date, among, facts.profile.allow_test_only)
    )
    evidence = [facts.evidence[part.id] for part, _ in mailing]
    plans = plan_mailing(
        facts.profile, streams, rules, policy=batch.policy, payment=batch.payment, lists=evidence
    )
    _refuse_too_few(plans)
    place = [part.id for part, _ in mailing].index(batch.id)
    shares = fair_shares(plans, rated_streams(facts.profile, streams, rules, evidence), rules)[place]
    plan = shares.kept_in(plans[place])
    stid = _service_type(
        facts.profile, plan.mail_class, rules.plan.category, rules.in_force, is_full=plan.is_full_service
    )
    residual = _residual_service_type(facts.profile, plan, rules.in_force)
    table = service_types(rules.in_force).edition
    path = folder / "plan.arrow"
    write_plan(plan, path)
    kept = files.keep(path, PLAN_MEDIA_TYPE)
    return Planned(facts, plan, shares, lists[batch.id], kept, stid, table, residual)


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


def record_plan(uow: UnitOfWork, planned: Planned) -> None:
    """Everything the plan means in rows, in one transaction; the batch goes into production. Nothing when the
    batch was dissolved meanwhile.
    """
    facts, plan = planned.facts, planned.plan
    batch = uow.session.get_one(PresortStream, facts.batch.id, with_for_update=True)
    if batch.state is not LotState.PLANNING:
        return
    block = blocks.reserve(
        uow,
        lot_id=batch.id,
        pieces=plan.pieces,
        mail_date=batch.mail_date,
        agency_id=_only_agency(uow.session, facts.slices),
    )
    batch.mailer_id, batch.first_serial = block.mailer_id, block.first
    batch.service_type_id = planned.service_type_id
    if planned.residual_service_type_id:
        batch.residual_service_type_id = planned.residual_service_type_id
        batch.residual_first_piece = plan.pieces - plan.levels[-1].pieces + 1
    record_result(uow, batch, planned, wrap_findings(uow.session, block.mailer_id, batch.mail_date))
    recipients.record(uow, batch, plan, planned.lists, [part.job_id for part in facts.slices])
    _record_route(uow, batch, plan, facts.profile.pieces_per_segment)
    advance(uow, batch, "release", pieces=plan.pieces, trays=len(plan.trays))


def record_result(
    uow: UnitOfWork, batch: PresortStream, planned: Planned, warnings: Sequence[Finding] = ()
) -> None:
    """The plan of a batch whose mailer id is known, its figures, the levels of its slices, its trays."""
    plan = planned.plan
    batch.pieces = plan.pieces
    batch.plan_sha256 = record_file(uow, planned.ref)
    batch.summary = StreamSummary(
        figures=figures_of(plan, [planned.service_types], warnings, tray_barcode.CAUTION),
        share_rule=RULE,
        inputs=inputs(planned.facts.profile),
        addresses=tuple(evidence_facts(one) for one in planned.facts.evidence[batch.id]),
    )
    _record_slices(uow, batch, plan)
    record_shares(uow, batch, planned.shares)
    _record_trays(uow, batch, plan)


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


def plan_of(files: FileStore, batch: PresortStream) -> PresortPlan:
    """The plan of a batch, memory-mapped."""
    assert batch.plan_sha256  # a planned batch has one  # noqa: S101
    return read_plan(files.path(batch.plan_sha256))


def _slices(session: Session, batch: PresortStream) -> Sequence[PresortShare]:
    query = select(PresortShare).filter_by(lot_id=batch.id).order_by(PresortShare.position)
    return session.scalars(query).all()


def _read_lists(files: FileStore, slices: Sequence[PresortShare]) -> list[pa.Table]:
    return [read_accepted(files.checked_path(part.accepted_sha256)) for part in slices]


def _mailpiece(batch: PresortStream) -> Mailpiece:
    envelope = envelopes()[batch.envelope]
    return envelope.mailpiece(thickness_in=batch.thickness_in, weight_oz=batch.weight_oz)


def _only_agency(session: Session, slices: Sequence[PresortShare]) -> int | None:
    """The agency all pieces are of; None for a batch of several."""
    jobs = [part.job_id for part in slices]
    agencies = session.scalars(select(Job.agency_id).where(Job.id.in_(jobs)).distinct()).all()
    return agencies[0] if len(agencies) == 1 else None


def _record_slices(uow: UnitOfWork, batch: PresortStream, plan: PresortPlan) -> None:
    levels = [level.code for level in plan.levels]
    slices = uow.session.scalars(select(PresortShare).filter_by(lot_id=batch.id)).all()
    counts = job_levels(plan, len(slices))
    for part in slices:
        row = counts[part.position].tolist()
        part.levels = {code: n for code, n in zip(levels, row, strict=True) if n}


def _record_trays(uow: UnitOfWork, batch: PresortStream, plan: PresortPlan) -> None:
    assert batch.mailer_id  # reserved just before  # noqa: S101
    count = len(plan.trays)
    block = blocks.reserve_trays(
        uow, lot_id=batch.id, mailer_id=batch.mailer_id, trays=count, mail_date=batch.mail_date
    )
    uow.session.add_all(
        Tray(
            lot_id=batch.id,
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
            barcode=_tray_barcode(label, batch.mailer_id, block.first + label.tray - 1),
        )
        for label in (plan.label(number) for number in range(1, count + 1))
    )


def _tray_barcode(label: TrayLabel, mailer_id: str, serial: int) -> str | None:
    """None where no content identifier is known (residual pieces): such a tray carries no barcode."""
    if not label.cin:
        return None
    return tray_barcode.tray_barcode(f"{label.label_zip:05d}", f"{label.cin:03d}", mailer_id, serial)


def _record_route(uow: UnitOfWork, batch: PresortStream, plan: PresortPlan, target: int) -> None:
    """Operations of the segments and of the whole batch; a merge task for each segment, one for the papers."""
    presort = uow.session.scalars(
        select(Operation).filter_by(lot_id=batch.id, type=OperationCode.PRESORT)
    ).one()
    advance(uow, presort, "start")
    advance(uow, presort, "finish", pieces=plan.pieces)
    for number, pieces in enumerate(segments(plan, target), start=1):
        merge = new_operation(
            uow, batch, OperationCode.MERGE, OperationState.READY, segment=number, pieces=pieces
        )
        uow.session.add(merge)
        for kind in (OperationCode.PRINT, OperationCode.FOLD_INSERT):
            waiting = new_operation(uow, batch, kind, OperationState.WAITING, segment=number, pieces=pieces)
            uow.session.add(waiting)
        outbox.request(uow, "merge", merge.ulid)
    uow.session.add(new_operation(uow, batch, OperationCode.PAPERS, OperationState.READY))
    for kind in (OperationCode.RECONCILE, OperationCode.DISPATCH, OperationCode.DELIVER):
        uow.session.add(new_operation(uow, batch, kind, OperationState.WAITING))
    outbox.request(uow, "papers", batch.ulid)
