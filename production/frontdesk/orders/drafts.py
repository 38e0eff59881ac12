"""A mailing being entered step by step: wishes, files, columns of the list, boxes on the letter; then submitted.

Nothing is lost between steps, and the same steps change a job that was submitted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound, StaleVersion
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from production.frontdesk.lists.mapping import mapping_findings
from production.frontdesk.lists.shapes import RULES
from production.frontdesk.orders import intake
from production.frontdesk.orders.intake import GIVEN_ROLES, GivenFile, MailingRequest
from production.frontdesk.orders.models import MailingDraft
from production.jobs.lifecycle import verbs
from production.jobs.models import ChargeSplit, Job, JobFile
from production.people.models import BudgetUnit
from production.prepress.merge.fields import Fields, default_fields, load_fields
from store.db import Actor, UnitOfWork
from store.files import FileRef, StoredFile, record_file


def begin(uow: UnitOfWork, request: MailingRequest) -> MailingDraft:
    """A new draft of the actor's agency with the wishes of the request; InvalidInput as for an order."""
    assert uow.actor.agency_id is not None and uow.actor.user_id is not None  # agency people only  # noqa: S101
    intake.check_request(uow, uow.actor.agency_id, request, kept=GIVEN_ROLES)
    draft = _new(uow, wishes=_as_wishes(request))
    uow.session.add(draft)
    return draft


def reopen(uow: UnitOfWork, job: Job, *, pages: list[dict[str, Any]], columns: list[str]) -> MailingDraft:
    """The steps of a submitted job again, with everything as it stands; Conflict when it cannot be changed.

    ``pages`` and ``columns`` of its files as they look now; empty where a file could not be read.
    """
    if "submit" not in verbs(job):
        raise Conflict(
            f"The job cannot be changed now: it is {job.state.value.replace('_', ' ')}.", code="STATE"
        )
    rows = uow.session.execute(
        select(JobFile, StoredFile)
        .join(StoredFile, StoredFile.sha256 == JobFile.sha256)
        .filter(JobFile.job_id == job.id, JobFile.revision == job.revision, JobFile.role.in_(GIVEN_ROLES))
    )
    splits = uow.session.execute(
        select(BudgetUnit.bill_code, ChargeSplit.weight)
        .join(BudgetUnit, BudgetUnit.id == ChargeSplit.budget_unit_id)
        .filter(ChargeSplit.job_id == job.id)
    )
    draft = _new(
        uow,
        wishes={
            "title": job.title,
            "mail_date": job.mail_date.isoformat() if job.mail_date else None,
            "envelope": job.envelope,
            "mail_class": job.mail_class,
            "content": job.options.get("content", ""),
            "is_duplex": job.duplex,
            "splits": {row[0]: row[1] for row in splits},
        },
        job=job,
    )
    draft.files = {
        row.role: {
            "sha256": row.sha256,
            "name": row.given_name,
            "size": kept.size,
            "media_type": kept.media_type,
        }
        for row, kept in rows
    }
    draft.pages, draft.columns = pages, columns
    draft.options = {
        "list": job.options.get("list", {}),
        "mapping": job.options.get("mapping"),
        "confidential": job.options.get("confidential") is not False,
        "matching": job.options.get("matching", ""),
    }
    uow.session.add(draft)
    return draft


def open_drafts(session: Session, actor: Actor) -> Sequence[MailingDraft]:
    """What the person has begun and not submitted, newest first."""
    query = select(MailingDraft).filter_by(user_id=actor.user_id, agency_id=actor.agency_id, ended_at=None)
    return session.scalars(query.order_by(MailingDraft.id.desc()).limit(20)).all()


def find(session: Session, actor: Actor, ulid: UUID) -> MailingDraft:
    """The person's own draft; NotFound for anybody else's."""
    query = select(MailingDraft).filter_by(ulid=ulid, user_id=actor.user_id, agency_id=actor.agency_id)
    draft = session.scalars(query).first()
    if draft is None:
        raise NotFound("There is no such draft.")
    return draft


def mark_of(draft: MailingDraft) -> str:
    """What a form carries of the draft that it was made with: another one after every change."""
    return draft.changed_at.isoformat()


def open_draft(uow: UnitOfWork, ulid: UUID, *, seen: str = "") -> MailingDraft:
    """The same, locked, and only while it is open; Conflict after it was submitted or thrown away. StaleVersion when it
    was changed, in another window, since the form with the mark ``seen`` was shown.
    """
    draft = find(uow.session, uow.actor, ulid)
    uow.session.refresh(draft, with_for_update=True)
    if draft.ended_at is not None:
        raise Conflict("This draft was already submitted or thrown away.")
    if seen and seen != mark_of(draft):
        raise StaleVersion(
            "This draft was changed in another window since you opened this page. What you typed is still here; "
            "what the other window kept is replaced when you send it."
        )
    draft.changed_at = uow.now
    return draft


def keep_wishes(uow: UnitOfWork, draft: MailingDraft, request: MailingRequest) -> None:
    """Title, date, envelope, sides and accounts anew; InvalidInput as for an order."""
    intake.check_request(uow, draft.agency_id, request, kept=GIVEN_ROLES)
    draft.wishes = _as_wishes(request)


def keep_template(
    uow: UnitOfWork, draft: MailingDraft, given: GivenFile, pages: list[dict[str, Any]]
) -> None:
    """Another letter, with its pages as looking.look_at_letter gives them."""
    _keep(uow, draft, "template", given)
    draft.pages = pages


def keep_list(uow: UnitOfWork, draft: MailingDraft, given: GivenFile, columns: list[str]) -> None:
    """Another list: it is to be looked at anew, unless its columns are those confirmed before."""
    _keep(uow, draft, "list", given)
    if columns != draft.columns:
        draft.options = {}
    draft.columns = columns


def keep_fields(uow: UnitOfWork, draft: MailingDraft, given: GivenFile) -> None:
    """The boxes on the letter."""
    _keep(uow, draft, "fields", given)


def keep_certificate(uow: UnitOfWork, draft: MailingDraft, given: GivenFile) -> None:
    """The form that says how the list was matched; kept as proof, not read."""
    _keep(uow, draft, "certificate", given)


def keep_columns(draft: MailingDraft, options: Mapping[str, Any], columns: list[str]) -> None:
    """How the list is read (``list``), whether the mailing is ``confidential``, who is to match its addresses
    (``matching``) and, once confirmed (not None), which column is which part of the address (``mapping``)."""
    if options["mapping"] is not None:
        problems = mapping_problems(options["mapping"], columns)
        if problems:
            raise InvalidInput("The columns are not complete.", code="MAPPING_FIELD", findings=problems)
    draft.columns = columns
    draft.options = dict(options)


def keep_list_option(draft: MailingDraft, name: str) -> None:
    """One more way to read the list, beside those that stand."""
    draft.options = {**draft.options, "list": {**draft.options["list"], name: True}}


def mapping_problems(mapping: Mapping[str, Any], columns: list[str]) -> list[Finding]:
    """What a person must still say about the columns."""
    return [
        Finding(found.code, Severity.STOP, found.sentence, RULES[found.code].remedy, Place(column="mapping"))
        for found in mapping_findings(dict(mapping), columns)
    ]


def is_mapped(draft: MailingDraft) -> bool:
    """Has the person confirmed the columns of the present list?"""
    return bool(draft.options.get("mapping")) and not mapping_problems(
        draft.options["mapping"], draft.columns
    )


def read_fields(draft: MailingDraft, data: bytes) -> tuple[Fields | None, list[Finding]]:
    """A fields file against this draft's pages and columns."""
    sizes = [(page["width"], page["height"]) for page in draft.pages]
    return load_fields(data, columns=draft.columns, page_sizes=sizes)


def usual_fields(draft: MailingDraft) -> Fields:
    """Address block, barcode and page mark at the default place: of a #10 window, or of a card's address side."""
    first = draft.pages[0]
    return default_fields((first["width"], first["height"]))


def submit(uow: UnitOfWork, draft: MailingDraft, *, over: int | None = None) -> Job:
    """The job of this draft: a new one, or the reopened one submitted again. StaleVersion when somebody submitted it
    meanwhile, unless the person has said to replace that very revision (``over``).
    """
    request = as_request(draft)
    if draft.job_id is None:
        job = intake.submit_mailing(uow, request, agency_id=draft.agency_id, requester_id=draft.user_id)
        draft.job_id = job.id
    else:
        job = uow.session.get_one(Job, draft.job_id)
        uow.session.refresh(job, with_for_update={"of": Job})
        if job.revision not in (draft.base_revision, over):
            raise StaleVersion(f"Somebody else has changed job {job.number} since you opened it.")
        intake.resubmit_mailing(uow, job, request)
    draft.ended_at = uow.now
    return job


def throw_away(uow: UnitOfWork, draft: MailingDraft) -> None:
    """The person does not want it any more."""
    draft.ended_at = uow.now


def as_request(draft: MailingDraft) -> MailingRequest:
    """The order this draft stands for."""
    wishes = draft.wishes
    return MailingRequest(
        title=wishes["title"],
        mail_date=date.fromisoformat(wishes["mail_date"]),
        files={
            role: GivenFile(FileRef(kept["sha256"], kept["size"], kept["media_type"]), kept["name"])
            for role, kept in draft.files.items()
        },
        splits=wishes["splits"],
        envelope=wishes["envelope"],
        mail_class=wishes.get("mail_class", intake.DEFAULT_CLASS),  # older drafts did not ask
        content=wishes.get("content", ""),
        is_duplex=wishes["is_duplex"],
        options=draft.options,
    )


def _new(uow: UnitOfWork, *, wishes: dict[str, Any], job: Job | None = None) -> MailingDraft:
    assert uow.actor.agency_id is not None and uow.actor.user_id is not None  # agency people only  # noqa: S101
    return MailingDraft(
        ulid=new_ulid(uow.now), agency_id=uow.actor.agency_id, user_id=uow.actor.user_id,
        job_id=job.id if job else None, base_revision=job.revision if job else None,
        wishes=wishes, files={}, pages=[], columns=[], options={}, created_at=uow.now, changed_at=uow.now,
    )  # fmt: skip


def _as_wishes(request: MailingRequest) -> dict[str, Any]:
    return {
        "title": request.title.strip(),
        "mail_date": request.mail_date.isoformat(),
        "envelope": request.envelope,
        "mail_class": request.mail_class,
        "content": request.content,
        "is_duplex": request.is_duplex,
        "splits": dict(request.splits),
    }


def _keep(uow: UnitOfWork, draft: MailingDraft, role: str, given: GivenFile) -> None:
    record_file(uow, given.ref)
    entry = {
        "sha256": given.ref.sha256,
        "size": given.ref.size,
        "media_type": given.ref.media_type,
        "name": given.name,
    }
    draft.files = {**draft.files, role: entry}
