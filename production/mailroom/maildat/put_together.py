"""A planned mailing as Mail.dat: its plans, trays, owners and barcodes as they were kept. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from postal.address.evidence import EvidenceKind, ListEvidence, told
from postal.barcodes.stids import service_type
from postal.maildat.mailing import Described, Mailing, Owner, Sender, Serials, describe, job_id, root_name
from postal.papers.tie import maildat_figures, tie
from postal.piece.nonprofit import Authorization
from postal.sorting.presort_plan import PresortPlan
from production.mailings.accepted import read_accepted, routing
from production.mailings.address_evidence import evidence_of
from production.mailings.models import Mailing as MailingRow
from production.mailings.nonprofit import serving
from production.mailings.planned import PlannedMailing, read_planned
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile
from production.mailroom.maildat.models import OwnerIds
from production.mailroom.maildat.settings import NO_SETTINGS, MaildatSettings, completed, settings_in_force
from production.mailroom.pieces.copies import withdrawn_pieces
from production.people.models import Agency
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class MaildatFacts:
    """A planned mailing with everything its Mail.dat names; ``withdrawn``: piece numbers by stream."""

    planned: PlannedMailing
    profile: ShopProfile
    withdrawn: Sequence[np.ndarray]
    evidence: Sequence[ListEvidence]
    settings: MaildatSettings = NO_SETTINGS
    nonprofit: Mapping[int, Authorization] = field(default_factory=dict)

    @property
    def agencies(self) -> list[Agency]:
        """Whose mail each share is."""
        return [job.agency for job in self.planned.jobs]


@dataclass(frozen=True, slots=True)
class DescribedMailing:
    """The set, its root name, and the plan it agrees with."""

    described: Described
    root: str
    plan: PresortPlan


def read_facts(session: Session, mailing: MailingRow) -> MaildatFacts:
    """What the Mail.dat of a mailing needs. Conflict STATE before it is sorted."""
    planned = read_planned(session, mailing)
    return MaildatFacts(
        planned=planned,
        profile=shop_profile(session),
        withdrawn=[withdrawn_pieces(session, stream.id) for stream in planned.streams],
        evidence=evidence_of(session, planned.jobs),
        settings=settings_in_force(session),
        nonprofit=serving(
            session, [job.agency for job in planned.jobs], mailing.sort_plan, mailing.mail_date
        ),
    )


def describe_mailing(
    files: FileStore,
    facts: MaildatFacts,
    *,
    version: str,
    software: str,
    settings: MaildatSettings | None = None,
    full_pieces: str = "pbc",
    is_ready: bool = False,
) -> DescribedMailing:
    """The Mail.dat of a planned mailing; the same one and settings give the same bytes. ``settings``: else those in
    force when the facts were read. Corrupt PAPERS_TIE when it does not agree with the plans.
    """
    plan = facts.planned.plan(files)
    barcodes = [tray.row.barcode for tray in facts.planned.placed(plan)]
    settings = facts.settings if settings is None else settings
    mailing = _mailing(files, facts, plan, settings, software=software, is_ready=is_ready, barcodes=barcodes)
    described = describe(plan, mailing, version=version, full_pieces=full_pieces)
    tie(plan, [maildat_figures(described.maildat)], barcodes=barcodes)
    said = (*plan.assumptions, *described.assumptions)
    root = root_name(facts.planned.mailing.number, mailing.sender.license_code)
    return DescribedMailing(replace(described, assumptions=tuple(dict.fromkeys(said))), root, plan)


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
    return completed(known, settings.sender)


def _mailing(
    files: FileStore,
    facts: MaildatFacts,
    plan: PresortPlan,
    settings: MaildatSettings,
    *,
    software: str,
    is_ready: bool,
    barcodes: Sequence[str | None],
) -> Mailing:
    planned, head = facts.planned, facts.planned.streams[0]
    assert head.mailer_id and head.service_type_id  # planned  # noqa: S101
    codes = list(dict.fromkeys(agency.code for agency in facts.agencies))
    owners = {
        agency.code: _owner(agency, settings, facts.nonprofit.get(agency.id)) for agency in facts.agencies
    }
    routes = [routing(read_accepted(files.checked_path(part.accepted_sha256))) for part in planned.shares]
    in_force = shop_in_force(files, facts.profile, planned.mailing.mail_date)
    order = np.asarray(plan.source).astype(np.int64)
    sender = sender_of(facts.profile, settings, facts.evidence)
    return Mailing(
        job_id=job_id(planned.mailing.number),
        title=planned.title,
        reference=planned.mailing.number,
        prepared=planned.mailing.created_at.astimezone(SHOP_ZONE),
        software=software,
        sender=sender if sender.mailer_id else replace(sender, mailer_id=head.mailer_id),
        owners=tuple(owners[code] for code in codes),
        owner_of_job=tuple(codes.index(agency.code) for agency in facts.agencies),
        serials=tuple(Serials(one.mailer_id or "", one.first_serial or 0) for one in planned.streams),
        service_type=service_type(head.service_type_id, in_force),
        among=in_force.among,
        routing=np.concatenate([numbers for numbers, _ in routes]).astype(np.int64)[order],
        routing_digits=np.concatenate([digits for _, digits in routes])[order],
        tray_barcodes=tuple(barcode or "" for barcode in barcodes),
        withdrawn=_withdrawn(plan, facts.withdrawn),
        ready=is_ready,
        residual_service_type_id=next(
            (one.residual_service_type_id for one in planned.streams if one.residual_service_type_id), ""
        ),
    )


def _withdrawn(plan: PresortPlan, of_streams: Sequence[np.ndarray]) -> np.ndarray:
    """Numbers in the plan of pieces that their streams number."""
    if len(of_streams) == 1 or not any(map(len, of_streams)):
        return of_streams[0]
    stream, within = np.repeat(plan.stream_of_tray, plan.trays.pieces), plan.number_in_stream
    rows = [(stream == place) & np.isin(within, pieces) for place, pieces in enumerate(of_streams)]
    return np.flatnonzero(np.any(rows, axis=0)) + 1


def _owner(agency: Agency, settings: MaildatSettings, authorization: Authorization | None) -> Owner:
    given = settings.owners.get(agency.code, OwnerIds())
    return Owner(
        agency.name,
        crid=given.crid or agency.crid or "",
        mailer_id=given.mailer_id,
        nonprofit_number=authorization.number if authorization else "",
    )
