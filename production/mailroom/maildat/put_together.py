"""A planned batch as Mail.dat: its plan, trays, owners and barcodes as they were kept. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from kernel.errors import Conflict, NotFound
from postal.address.evidence import EvidenceKind, ListEvidence, told
from postal.barcodes.stids import service_type
from postal.maildat.mailing import Described, Mailing, Owner, Sender, describe, job_id, root_name
from postal.papers.tie import maildat_figures, tie
from postal.piece.nonprofit import Authorization
from postal.sorting.presort_plan import PresortPlan
from production.jobs.models import Job
from production.mailings.accepted import read_accepted, routing
from production.mailings.address_evidence import evidence_of
from production.mailings.nonprofit import serving
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile
from production.mailroom.counts.copies import withdrawn_pieces
from production.mailroom.maildat.models import OwnerIds
from production.mailroom.maildat.settings import NO_SETTINGS, MaildatSettings, entered, settings_in_force
from production.mailroom.streams.models import PresortShare, PresortStream, Tray
from production.mailroom.streams.planning import plan_of
from production.people.models import Agency
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class MaildatFacts:
    """A planned batch with everything its Mail.dat names; ``jobs`` by slice, in order."""

    batch: PresortStream
    slices: Sequence[PresortShare]
    jobs: Sequence[Job]
    profile: ShopProfile
    trays: Sequence[Tray]
    withdrawn: np.ndarray
    title: str
    evidence: Sequence[ListEvidence]
    settings: MaildatSettings = NO_SETTINGS
    nonprofit: Mapping[int, Authorization] = field(default_factory=dict)

    @property
    def agencies(self) -> list[Agency]:
        """Whose mail each slice is."""
        return [job.agency for job in self.jobs]


@dataclass(frozen=True, slots=True)
class BatchMaildat:
    """The set, its root name, and the postage of the plan it agrees with."""

    described: Described
    root: str
    plan: PresortPlan


def read_facts(session: Session, number: str) -> MaildatFacts:
    """What the Mail.dat of a batch needs. NotFound; Conflict STATE before it is planned."""
    batch = session.scalars(select(PresortStream).filter_by(number=number)).first()
    if batch is None:
        raise NotFound("There is no such batch.")
    if not batch.plan_sha256:
        raise Conflict(f"Batch {number} is not planned yet.", code="STATE")
    slices = session.scalars(
        select(PresortShare).filter_by(lot_id=batch.id).order_by(PresortShare.position)
    ).all()
    jobs = [session.get_one(Job, part.job_id) for part in slices]
    return MaildatFacts(
        batch=batch,
        slices=slices,
        jobs=jobs,
        profile=shop_profile(session),
        trays=session.scalars(select(Tray).filter_by(lot_id=batch.id).order_by(Tray.number)).all(),
        withdrawn=withdrawn_pieces(session, batch.id),
        title=", ".join(dict.fromkeys(job.title for job in jobs)),
        evidence=evidence_of(session, jobs),
        settings=settings_in_force(session),
        nonprofit=serving(session, [job.agency for job in jobs], batch.sort_plan, batch.mail_date),
    )


def describe_batch(
    files: FileStore,
    facts: MaildatFacts,
    *,
    version: str,
    software: str,
    settings: MaildatSettings | None = None,
    full_pieces: str = "pbc",
    is_ready: bool = False,
) -> BatchMaildat:
    """The Mail.dat of a planned batch; the same batch and settings give the same bytes. ``settings``: else those in
    force when the facts were read. Corrupt PAPERS_TIE
    when it does not agree with the plan.
    """
    plan = plan_of(files, facts.batch)
    settings = facts.settings if settings is None else settings
    mailing = _mailing(files, facts, plan, settings, software=software, is_ready=is_ready)
    described = describe(plan, mailing, version=version, full_pieces=full_pieces)
    tie(plan, [maildat_figures(described.maildat)], barcodes=[tray.barcode for tray in facts.trays])
    said = (*plan.assumptions, *described.assumptions)
    root = root_name(facts.batch.number, mailing.sender.license_code)
    return BatchMaildat(replace(described, assumptions=tuple(dict.fromkeys(said))), root, plan)


def sender_of(
    profile: ShopProfile, settings: MaildatSettings, evidence: Sequence[ListEvidence] = ()
) -> Sender:
    """The shop's profile and the evidence of the lists, completed and overruled by the settings. What is not certified
    of every list is not said of any.
    """
    updated, matched = (told(evidence, kind) for kind in (EvidenceKind.MOVE_UPDATE, EvidenceKind.MATCHING))
    known = Sender(
        profile.name,
        crid=profile.crid,
        permit_number=profile.permit_number,
        post_office=profile.post_office,
        entry_zip=profile.origin_zip5,
        coding_date=matched.on,
        move_update_date=updated.on,
        move_update_method=updated.code,
    )
    return replace(known, **entered(settings.sender))


def _mailing(
    files: FileStore,
    facts: MaildatFacts,
    plan: PresortPlan,
    settings: MaildatSettings,
    *,
    software: str,
    is_ready: bool,
) -> Mailing:
    batch = facts.batch
    assert batch.mailer_id and batch.service_type_id and batch.first_serial is not None  # planned  # noqa: S101
    codes = list(dict.fromkeys(agency.code for agency in facts.agencies))
    owners = {
        agency.code: _owner(agency, settings, facts.nonprofit.get(agency.id)) for agency in facts.agencies
    }
    routes = [routing(read_accepted(files.checked_path(part.accepted_sha256))) for part in facts.slices]
    in_force = shop_in_force(files, facts.profile, batch.mail_date)
    order = np.asarray(plan.source).astype(np.int64)
    sender = sender_of(facts.profile, settings, facts.evidence)
    return Mailing(
        job_id=job_id(batch.number),
        title=facts.title,
        reference=batch.number,
        prepared=batch.created_at.astimezone(SHOP_ZONE),
        software=software,
        sender=sender if sender.mailer_id else replace(sender, mailer_id=batch.mailer_id),
        owners=tuple(owners[code] for code in codes),
        owner_of_job=tuple(codes.index(agency.code) for agency in facts.agencies),
        mailer_id=batch.mailer_id,
        service_type=service_type(batch.service_type_id, in_force),
        first_serial=batch.first_serial,
        routing=np.concatenate([numbers for numbers, _ in routes]).astype(np.int64)[order],
        routing_digits=np.concatenate([digits for _, digits in routes])[order],
        tray_barcodes=tuple(tray.barcode or "" for tray in facts.trays),
        withdrawn=facts.withdrawn,
        ready=is_ready,
        residual_service_type_id=batch.residual_service_type_id or "",
    )


def _owner(agency: Agency, settings: MaildatSettings, authorization: Authorization | None) -> Owner:
    given = settings.owners.get(agency.code, OwnerIds())
    return Owner(
        agency.name,
        crid=given.crid or agency.crid or "",
        mailer_id=given.mailer_id,
        nonprofit_number=authorization.number if authorization else "",
    )
