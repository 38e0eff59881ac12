"""Taking in a mailing: files are kept first, then one transaction writes order, job and the wish to check it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding, Place, of_field
from kernel.ids import new_ulid
from postal.data.mail_days import MAIL_DATE, in_full, mail_date_finding, mail_days_after
from postal.piece.kinds import CLASSES, content_finding
from production.catalog.piece_weight import DEFAULT_ENVELOPE, Enclosed, envelopes
from production.catalog.shop_calendar import ShopCalendar, shop_calendar
from production.frontdesk.orders.order_fields import TITLE_LENGTH
from production.jobs.consent import is_given
from production.jobs.lifecycle import advance
from production.jobs.models import Approval, ChargeSplit, Job, JobFile, Order
from production.jobs.numbering import new_job_number
from production.jobs.route import OneJob
from production.jobs.states import JobState
from production.jobs.waiting import waits_no_more
from production.mailings import nonprofit
from production.mailings.enclosures import put_in
from production.mailings.list_order import ListOrder
from production.mailings.models import LetterJob
from production.people.models import Agency, BudgetUnit
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, record_file

NAME_LENGTH = 255
REQUIRED_ROLES = ("template", "list")
DEFAULT_CLASS = "first-class"
MAILING = "letter"  # the product of the catalog that a mailing is


@dataclass(frozen=True, slots=True)
class GivenFile:
    """An uploaded file after it was kept, with the name its owner gave it."""

    ref: FileRef
    name: str


@dataclass(frozen=True, slots=True)
class MailingRequest:
    """What an agency asks for. ``splits``: bill code to weight; ``files`` by role: template, list, fields, certificate
    (of address matching); ``content``: what the letters hold (postal.piece.kinds.CONTENTS), empty = not said.
    """

    title: str
    mail_date: date
    files: Mapping[str, GivenFile]
    splits: Mapping[str, int]
    envelope: str = DEFAULT_ENVELOPE
    is_duplex: bool = True
    mail_class: str = DEFAULT_CLASS
    content: str = ""
    accept_findings: bool = False
    options: ListOrder = field(default_factory=ListOrder)


def submit_mailing(
    uow: UnitOfWork,
    request: MailingRequest,
    *,
    agency_id: int,
    requester_id: int,
    enclosing: tuple[Job, Enclosed] | None = None,
) -> LetterJob:
    """A mailing job, submitted: of a new order, or of the order of the print job whose pieces it encloses. InvalidInput
    lists everything wrong with the request.
    """
    units = check_request(uow, agency_id, request, with_piece=enclosing is not None)
    order_id = enclosing[0].order_id if enclosing else None
    job = new_job(
        uow, LetterJob, agency_id=agency_id, requester_id=requester_id, units=units, order_id=order_id,
        **_wishes(request),
    )  # fmt: skip
    if enclosing:
        put_in(job, *enclosing)
    submit_revision(uow, job, request.files)
    return job


def resubmit_mailing(uow: UnitOfWork, job: LetterJob, request: MailingRequest) -> None:
    """The same job with changes. Files not given again stay; any approval becomes void."""
    kept, with_piece = _files_of(uow, job), job.encloses_id is not None
    units = check_request(uow, job.agency_id, request, kept=kept, with_piece=with_piece)
    if envelopes()[request.envelope].is_piece != job.is_addressed:
        sentence = "Whether a printed card goes itself or with a letter is not changed once it is ordered."
        finding = of_field("ENVELOPE", "envelope", sentence, "Cancel the mailing and order it anew.")
        raise InvalidInput(sentence, code="ORDER", findings=[finding])
    is_read_anew = _reading(request.options) != _reading(job.options)
    for name, value in _wishes(request).items():
        setattr(job, name, value)
    charge_to(uow, job, units)
    submit_revision(uow, job, request.files, is_read_anew=is_read_anew)


def _reading(options: ListOrder) -> list[object]:
    """What decides which rows and columns a list has."""
    return [options.list.get(name) for name in ("sheet", "encoding", "delimiter", "skip_hidden_rows")]


def new_job(
    uow: UnitOfWork,
    kind: type[OneJob],
    *,
    agency_id: int,
    requester_id: int,
    units: Sequence[tuple[BudgetUnit, int]],
    order_id: int | None = None,
    **facts: Any,
) -> OneJob:
    """A job in an order, a new one unless said, not submitted yet, and who pays for it."""
    if order_id is None:
        order = Order(
            ulid=new_ulid(uow.now), agency_id=agency_id, requester_id=requester_id, created_at=uow.now
        )
        uow.session.add(order)
        uow.session.flush()  # the order's key is needed by the job
        order_id = order.id
    job = kind(
        ulid=new_ulid(uow.now),
        number=new_job_number(uow, clock.business_date(uow.now)),
        order_id=order_id,
        agency_id=agency_id,
        requester_id=requester_id,
        state=JobState.DRAFT,
        version=1,
        revision=0,
        created_at=uow.now,
        **facts,
    )
    uow.session.add(job)
    uow.session.flush()  # the job's key is needed by files, splits and events
    charge_to(uow, job, units)
    return job


def charge_to(uow: UnitOfWork, job: Job, units: Sequence[tuple[BudgetUnit, int]]) -> None:
    """These accounts pay, and no other."""
    uow.session.query(ChargeSplit).filter_by(job_id=job.id).delete()
    uow.session.add_all(
        ChargeSplit(job_id=job.id, budget_unit_id=unit.id, weight=weight) for unit, weight in units
    )


def accept_findings(uow: UnitOfWork, job: LetterJob) -> None:
    """The requester says: mail the good rows, return the others. The job is checked again with that word."""
    job.accept_findings = True
    submit_revision(uow, job, {})


def void_approval(uow: UnitOfWork, job: Job, reason: str) -> None:
    """Consent ends when what was consented to changes."""
    for approval in uow.session.scalars(select(Approval).filter_by(job_id=job.id, voided_at=None)):
        approval.voided_at, approval.void_reason = uow.now, reason
        uow.audit("job", job.ulid, "approval_voided", of=job.number, reason=reason)


def submit_revision(
    uow: UnitOfWork,
    job: Job,
    files: Mapping[str, GivenFile],
    *,
    is_read_anew: bool = False,
    is_whole: bool = False,
) -> None:
    """The next revision, to be checked: files not given again stay, unless these are all (``is_whole``); any approval
    becomes void, and with it the wait for a print job. Repairs name rows and columns: they go with another list, or one
    that is read in another way.
    """
    kept = {} if is_whole else _files_of(uow, job)
    waits_no_more(uow, job)
    advance(uow, job, "submit")
    void_approval(uow, job, "changed after approval")
    job.revision += 1
    rows = {
        role: JobFile(
            job_id=job.id, revision=job.revision, role=role, sha256=row.sha256,
            given_name=row.given_name, pages=row.pages,
        )
        for role, row in kept.items()
    }  # fmt: skip
    for role, given in files.items():
        rows[role] = JobFile(
            job_id=job.id, revision=job.revision, role=role, sha256=record_file(uow, given.ref),
            given_name=given.name[-NAME_LENGTH:], pages=None,  # the end tells what kind of file it is
        )  # fmt: skip
    if is_read_anew or ("list" in kept and rows["list"].sha256 != kept["list"].sha256):
        rows.pop("repairs", None)
    uow.session.add_all(rows.values())
    outbox.request(uow, "prepare", job.ulid, revision=job.revision)


def _files_of(uow: UnitOfWork, job: Job) -> dict[str, JobFile]:
    """What the requester gave for the present revision; results of checks are made anew."""
    rows = uow.session.scalars(select(JobFile).filter_by(job_id=job.id, revision=job.revision))
    return {row.role: row for row in rows if is_given(row.role)}


def _wishes(request: MailingRequest) -> dict[str, object]:
    return {
        "product": MAILING,
        "title": request.title.strip(),
        "mail_date": request.mail_date,
        "mail_class": request.mail_class,
        "envelope": request.envelope,
        "duplex": request.is_duplex,
        "accept_findings": request.accept_findings,
        "content": request.content,
        "options": request.options,
    }


def check_request(
    uow: UnitOfWork,
    agency_id: int,
    request: MailingRequest,
    *,
    kept: Collection[str] = (),
    with_piece: bool = False,
) -> list[tuple[BudgetUnit, int]]:
    """The accounts that pay, with their weights; every problem of the request in one InvalidInput. ``kept``: roles
    of files that need not be given again; ``with_piece``: the same order prints what is mailed.
    """
    found = own_accounts(uow, agency_id)
    problems = [
        *_wish_problems(request, uow),
        *_piece_problems(request, with_piece=with_piece),
        *_class_problems(request, uow, agency_id),
        *_file_problems({*request.files, *kept}),
        *account_problems(request.splits, found),
    ]
    if problems:
        raise InvalidInput("The order is not complete.", code="ORDER", findings=problems)
    return [(found[code], weight) for code, weight in request.splits.items()]


def own_accounts(uow: UnitOfWork, agency_id: int) -> dict[str, BudgetUnit]:
    """Accounts of an agency by bill code, closed ones too."""
    query = select(BudgetUnit).filter_by(agency_id=agency_id).order_by(BudgetUnit.bill_code)
    return {unit.bill_code: unit for unit in uow.session.scalars(query)}


def title_problems(title: str) -> Iterator[Finding]:
    """What is wrong with a title."""
    if not (1 <= len(title.strip()) <= TITLE_LENGTH and title.strip().isprintable()):
        yield of_field(
            "TITLE", "title", "The title is missing, too long, or not plain text.",
            f"Write 1 to {TITLE_LENGTH} characters on one line.",
        )  # fmt: skip


def _wish_problems(request: MailingRequest, uow: UnitOfWork) -> Iterator[Finding]:
    yield from title_problems(request.title)
    closed = mail_date_finding(request.mail_date)
    if closed:
        yield closed
    elif (
        uow.actor.agency_id is not None
    ):  # the plant also enters afterwards what was mailed while the system was away
        calendar = shop_calendar(uow.session)
        yield from _due_date_problems(request.mail_date, clock.business_date(uow.now), calendar)
    if request.envelope not in envelopes():
        yield of_field("ENVELOPE", "envelope", "The envelope is not known.", "Choose one of the list.")
    if request.mail_class not in CLASSES:
        yield of_field(
            "MAIL_CLASS", "mail_class", "The class of mail is not known.", "Choose one of the list."
        )


def _piece_problems(request: MailingRequest, *, with_piece: bool) -> Iterator[Finding]:
    """A printed piece to be addressed, and nothing that prints it."""
    asked = envelopes().get(request.envelope)
    if asked is not None and asked.is_piece and not with_piece:
        yield of_field(
            "ENVELOPE", "envelope", f"{asked.name} is printed by the same order, and this one prints nothing.",
            "Choose an envelope or a card, or order the printing and have it mailed too.",
        )  # fmt: skip


def _class_problems(request: MailingRequest, uow: UnitOfWork, agency_id: int) -> Iterator[Finding]:
    """What keeps the letters, or their owner, from the class asked for."""
    content = content_finding(request.mail_class, request.content)
    if content is not None:
        yield content
    if request.mail_class == "nonprofit":
        owner = uow.session.get_one(Agency, agency_id)
        for finding in nonprofit.refusals(uow.session, [owner], request.mail_date):
            yield replace(finding, place=Place(column="mail_class"))


def _due_date_problems(asked: date, today: date, calendar: ShopCalendar) -> Iterator[Finding]:
    """A day that the work cannot make, or on which the shop is closed."""
    earliest = calendar.earliest_due_date(today)
    if asked < earliest:
        yield of_field(
            MAIL_DATE, "mail_date", f"The earliest mailing day for this work is {in_full(earliest)}.",
            "Choose that day or a later one, or ask the shop.",
        )  # fmt: skip
    elif closed := calendar.closed_for(asked):
        following = mail_days_after(asked, 1, calendar.closed_for)
        yield of_field(
            MAIL_DATE, "mail_date", f"The shop is closed on {in_full(asked)}: {closed}.",
            f"The next day for mail is {in_full(following)}.",
        )  # fmt: skip


def _file_problems(roles: Collection[str]) -> Iterator[Finding]:
    for role in REQUIRED_ROLES:
        if role not in roles:
            yield of_field("FILE_MISSING", role, f"The {role} is missing.", f"Choose the {role} file.")


def account_problems(splits: Mapping[str, int], found: Mapping[str, BudgetUnit]) -> Iterator[Finding]:
    """What is wrong with the accounts that pay; ``found``: those of the agency by bill code."""
    if not splits:
        yield of_field("ACCOUNT", "splits", "No account pays for the job.", "Choose at least one account.")
    for code, weight in splits.items():
        if code not in found:
            yield of_field(
                "ACCOUNT", "splits", f"Account {code} is not one of yours.", "Choose one of the list."
            )
        elif found[code].closed_at is not None:
            yield of_field(
                "ACCOUNT_CLOSED", "splits", f"Account {code} is closed.", "Choose another account."
            )
        if weight <= 0:
            yield of_field(
                "ACCOUNT", "splits", f"The share of {code} must be over zero.", "Write a whole number."
            )


def find_job(uow: UnitOfWork, number: str) -> Job:
    """The job with this number, if the actor may see it; NotFound otherwise."""
    query = select(Job).filter_by(number=number)
    if uow.actor.agency_id is not None:
        query = query.filter_by(agency_id=uow.actor.agency_id)
    job = uow.session.scalars(query).first()
    if job is None:
        raise NotFound("There is no such job.")
    return job
