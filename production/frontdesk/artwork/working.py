"""What takes too long on a long file for a page to wait for it: asked for in the transaction of the form, done by a
worker outside any transaction, and kept unless it is of no use any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from kernel.ids import new_ulid
from production.frontdesk.artwork import changing, component_file, versions
from production.frontdesk.artwork.component_file import REPORT, ComponentFile, looked_at, works_of
from production.frontdesk.artwork.holder import Holder, of_draft
from production.frontdesk.artwork.models import Act, FileVersion, FileWork
from production.frontdesk.artwork.versions import Made
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.models import OrderDraft
from production.prepress.page_map.arrangement import read
from production.prepress.page_map.arranging import looks_of
from production.prepress.preflight.order import PrintOrder
from production.prepress.preflight.press_report import OrderReport
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

TASK = "file_work"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: a version with its report, or ``refusal``; ``looks`` of versions that nobody had looked at."""

    made: Made | None = None
    report: OrderReport | None = None
    kept: FileRef | None = None
    refusal: InvalidInput | None = None
    looks: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def ask(
    uow: UnitOfWork,
    holder: Holder,
    component: str,
    asked: PrintOrder,
    act: Act,
    given: GivenFile,
    fixes: tuple[str, ...] = (),
    arrangement: str = "",
) -> None:
    """Something to be done to a file. Of files that are sent the last one counts; anything else waits its turn:
    Conflict while something is done.
    """
    for one in works_of(uow.session, holder, component):
        if one.ended_at is not None:
            continue
        if one.act is not Act.SENT or act is not Act.SENT:
            raise Conflict("A worker is still busy with this file. Go on when that is done.", code="STATE")
        if (one.sha256, one.asked) == (given.ref.sha256, asked):
            return
        one.ended_at = uow.now
        uow.session.flush()
    row = FileWork(
        **holder.facts, ulid=new_ulid(uow.now), component=component, act=act, sha256=record_file(uow, given.ref),
        given_name=given.name[-255:], fixes=fixes, arrangement=arrangement, asked=asked, author=uow.actor.name,
        asked_at=uow.now, parts=0, code="", words="", remedy="",
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    outbox.request(uow, TASK, row.ulid)


def opened(session: Session, row: FileWork) -> ComponentFile:
    """The file that it is done to, as the worker needs it."""
    return component_file.opened(
        session, _holder(session, row), ("file_work", row.ulid), 1, [row.component], row.asked,
        (row.sha256, row.given_name), may_change=False,
    )  # fmt: skip


def not_looked_at(session: Session, one: ComponentFile) -> dict[int, str]:
    """Versions whose pages nobody has looked at yet, by key."""
    rows = session.scalars(one.holder.rows(FileVersion).where(FileVersion.component == one.component))
    return {row.id: row.sha256 for row in rows if not row.looks}


def do(
    files: FileStore, one: ComponentFile, row: FileWork, before: Mapping[int, str], say: Callable[[int], None]
) -> Done:
    """The work itself, and what preflight says of what came of it; ``say``: so many parts are done. ``before``:
    versions that are looked at on the way.
    """
    try:
        made = replace(_made(files, one, row), author=row.author)
    except InvalidInput as refusal:
        return Done(refusal=refusal)
    say(1)
    report = made.report or looked_at(files.checked_path(made.given.ref.sha256), one.asked)
    kept = files.keep_bytes(REPORT.as_bytes(report, "a preflight report"), "application/json")
    say(2)
    looks = {key: tuple(looks_of(files.checked_path(sha256))) for key, sha256 in before.items()}
    return Done(made, report, kept, looks=looks)


def _made(files: FileStore, one: ComponentFile, row: FileWork) -> Made:
    version = next(version for version in one.versions if version.sha256 == row.sha256)
    if row.act is Act.FIXED:
        return changing.fixed(files, one, version, row.fixes)
    if row.act is Act.ARRANGED:
        return changing.arranged(files, one, version, read(row.arrangement))
    return changing.sent(files, one, changing.given_of(files, version), row.act)


def progress(uow: UnitOfWork, row: FileWork, parts: int) -> None:
    """So many parts of it are done."""
    uow.session.execute(update(FileWork).where(FileWork.id == row.id).values(parts=parts))


def record(uow: UnitOfWork, key: int, done: Done) -> bool:
    """What came of it, as a version with its report. False where it is of no use any more: another file was sent
    meanwhile, or the order thrown away.
    """
    row = uow.session.scalars(select(FileWork).filter_by(id=key).with_for_update()).one()
    if row.ended_at is not None:
        return False
    row.ended_at, row.parts = uow.now, FileWork.PARTS
    if row.draft_id is not None:
        draft = uow.session.get_one(OrderDraft, row.draft_id)
        if draft.ended_at is not None and draft.job_id is None:
            return False
    if done.refusal is not None:
        said = done.refusal
        row.code, row.words, row.remedy = said.instance_code, said.sentence, said.remedy
    if done.made is not None and done.kept is not None:
        row.made_sha256 = record_file(uow, done.made.given.ref)
        row.report_sha256 = record_file(uow, done.kept)
        versions.keep(uow, _holder(uow.session, row), row.component, [done.made])
    for one, looks in done.looks.items():
        uow.session.get_one(FileVersion, one).looks = looks
    return True


def _holder(session: Session, row: FileWork) -> Holder:
    if row.draft_id is not None:
        return of_draft(session.get_one(OrderDraft, row.draft_id))
    return Holder(row.agency_id, None, row.job_id)
