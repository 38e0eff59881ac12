"""A draft of a mailing becomes a job, or changes one; a job becomes the answers of a draft again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import today
from kernel.errors import InvalidInput
from production.catalog.press_room.standards import shop_standards
from production.catalog.shop_calendar import shop_calendar
from production.catalog.shop_envelopes import most_sheets
from production.frontdesk.orders import intake
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.preparation import first_check
from production.frontdesk.steps.base import Answers, KeptFile, drawn, refuse
from production.frontdesk.steps.envelope_fit import misfits, printed_for
from production.frontdesk.steps.mailing_answers import (
    COLUMNS,
    FILES,
    LETTER,
    ORDER,
    ColumnsAnswers,
    FilesAnswers,
    LetterAnswers,
    OrderAnswers,
    request_of,
)
from production.jobs.consent import is_given
from production.jobs.models import ChargeSplit, Job, JobFile
from production.mailings.models import LetterJob, letters
from store.db import Actor, UnitOfWork
from store.files import FileStore, StoredFile
from store.plant import Plant

STEPS: tuple[str, ...] = (ORDER, FILES, COLUMNS, LETTER)


def submit(uow: UnitOfWork, _files: FileStore, draft: OrderDraft) -> Job:
    """A new job. InvalidInput as for an order."""
    return intake.submit_mailing(
        uow, request_of(draft), agency_id=draft.agency_id, requester_id=draft.requester_id
    )


def resubmit(uow: UnitOfWork, files: FileStore, draft: OrderDraft, job: Job) -> None:
    """The job as the draft has it now. InvalidInput where what is printed for it does not go with it."""
    mailing, request = letters(job), request_of(draft)
    spec = printed_for(uow.session, files, mailing)
    if spec is not None:
        refuse(misfits(spec, shop_standards(uow.session), request.envelope, request.mail_date))
    intake.resubmit_mailing(uow, mailing, request)


def answers_of(plant: Plant, actor: Actor, job: Job, *, revision: int | None = None) -> Mapping[str, Answers]:
    """What was answered for the job as it stands, by step; files that can no longer be looked at are asked for anew."""
    job = letters(job)
    options = ColumnsAnswers(**dict(job.options))
    with plant.db.read_only(actor) as session:
        kept, most = given_files(session, job, revision), most_sheets(session)
        found: dict[str, Answers] = {ORDER: _order(session, job), COLUMNS: options}
    if "fields" in kept:
        found[LETTER] = LetterAnswers(fields=kept.pop("fields"))
    return {**found, FILES: _files(plant.files, kept, options, most)}


def afresh(session: Session, answers: Mapping[str, Answers]) -> Mapping[str, Answers]:
    """Letter, boxes and columns for another list, to be mailed as soon as can be asked for."""
    order, files = answers[ORDER], answers[FILES]
    assert isinstance(order, OrderAnswers) and isinstance(files, FilesAnswers)  # noqa: S101
    letter = {role: file for role, file in files.files.items() if role == "template"}
    earliest = shop_calendar(session).earliest_due_date(today())
    return {
        **answers,
        ORDER: order.model_copy(update={"mail_date": earliest}),
        FILES: files.model_copy(update={"files": letter, "columns": ()}),
    }


def given_files(session: Session, job: Job, revision: int | None = None) -> dict[str, KeptFile]:
    """What the requester gave for a revision, the present one unless said, by role."""
    at = revision or job.revision
    rows = session.execute(
        select(JobFile, StoredFile)
        .join(StoredFile, StoredFile.sha256 == JobFile.sha256)
        .filter(JobFile.job_id == job.id, JobFile.revision == at)
    )
    return {
        row.role: KeptFile(sha256=row.sha256, size=kept.size, media_type=kept.media_type, name=row.given_name)
        for row, kept in rows
        if is_given(row.role)
    }


def splits_of(session: Session, job: Job) -> dict[str, int]:
    """Bill code to weight."""
    splits = session.scalars(
        select(ChargeSplit).filter_by(job_id=job.id).order_by(ChargeSplit.budget_unit_id)
    )
    return {split.budget_unit.bill_code: split.weight for split in splits}


def _order(session: Session, job: LetterJob) -> OrderAnswers:
    return OrderAnswers(
        title=job.title,
        mail_date=job.mail_date,
        splits=splits_of(session, job),
        mail_class=job.mail_class,
        content=job.content,
        envelope=job.envelope,
        duplex=job.duplex,
    )


def _files(files: FileStore, kept: dict[str, KeptFile], options: ColumnsAnswers, most: int) -> FilesAnswers:
    answers = FilesAnswers(files=kept)
    try:
        letter, rows = kept["template"], kept["list"]
        pages = first_check.check_letter(
            files, files.checked_path(letter.sha256), letter.name, most_sheets=most
        )
        answers = answers.model_copy(update={"pages": drawn(pages)})
        preview = first_check.preview_list(files.checked_path(rows.sha256), rows.name, options.list)
    except (InvalidInput, KeyError):  # it cannot be read, or was removed when its time was over
        return answers  # the step of the files asks for a better one
    return answers.model_copy(update={"columns": tuple(preview.columns), "rows": preview.rows})
