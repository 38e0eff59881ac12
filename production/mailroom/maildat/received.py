"""Mail.dat sets made elsewhere: kept once by content, read and checked in a limited child, compared with others."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput, NotFound, TooLarge
from kernel.ids import new_ulid
from postal.maildat.compare import FileDifference
from postal.maildat.fileset import MAX_BYTES
from production.mailings.editions import edition_folder
from production.mailings.models import Mailing, MailingFile
from production.mailings.shop import shop_profile
from production.mailroom.maildat.kept import SET_ROLE
from production.mailroom.maildat.models import ReceivedMaildat, RefusedSet
from production.mailroom.maildat.received_child import ReadSet
from store import outbox
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file
from store.limited.sandbox import Limits, SandboxResult, run_limited

MAX_FILES = 60  # of one set given file by file; the standard knows 28
_CHILD = "production.mailroom.maildat.received_child"
_EPOCH = (1980, 1, 1, 0, 0, 0)
# A set of 1,000,000 pieces (115 MB unpacked) takes 4 s of processor time and 0.4 GB (docs/maildat.md).
_READ_LIMITS: Limits = {"memory_bytes": 3 << 30, "cpu_seconds": 120, "wall_seconds": 180}
# While somebody waits for a page.
_COMPARE_LIMITS: Limits = {"memory_bytes": 3 << 30, "cpu_seconds": 30, "wall_seconds": 45}


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A received set in a list; ``verdict``: reading, refused, valid or findings."""

    ulid: UUID
    name: str
    actor: str
    received_at: datetime
    verdict: str
    pieces: int | None
    containers: int | None


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """Something to compare with: a received set or the set of a stream."""

    value: str
    label: str


def plain_name(given: str | None) -> str:
    """The last part of a path of any system."""
    return (PureWindowsPath(PurePosixPath(given or "").name).name or "set.zip")[-255:]


def packed(given: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Name and bytes of one archive made of the files of a set. InvalidInput MAILDAT_FILES."""
    names = [plain_name(name) for name, _ in given]
    wrong = ""
    if not given:
        wrong = "Choose a ZIP archive or the files of one set."
    elif len(given) > MAX_FILES:
        wrong = f"A set has at most {MAX_FILES} files."
    elif len({name.lower() for name in names}) != len(names):
        wrong = "Two files have the same name."
    if wrong:
        raise InvalidInput(wrong, code="MAILDAT_FILES")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in sorted(zip(names, (data for _, data in given), strict=True)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    header = next((name for name in names if name.lower().endswith(".hdr")), names[0])
    return f"{header.rpartition('.')[0] or header}.zip", buffer.getvalue()


def receive(uow: UnitOfWork, ref: FileRef, name: str) -> ReceivedMaildat:
    """A row for a kept archive and the wish to read it; the same content again is the row that exists."""
    known = uow.session.scalars(select(ReceivedMaildat).filter_by(sha256=ref.sha256)).first()
    if known is not None:
        return known
    row = ReceivedMaildat(
        ulid=new_ulid(uow.now),
        sha256=record_file(uow, ref),
        given_name=name,
        actor=uow.actor.name,
        received_at=uow.now,
    )
    uow.session.add(row)
    uow.audit("received_maildat", row.ulid, "received", sha256=ref.sha256)
    outbox.request(uow, "read_maildat", row.ulid)
    return row


def read_received(files: FileStore, sha256: str, *, allow_test_only: bool) -> ReadSet | RefusedSet:
    """What a limited child says about an archive; what it cannot finish is refused in words."""
    ran = run_limited(
        f"{_CHILD}.read",
        {
            "path": str(files.checked_path(sha256)), "editions_folder": str(edition_folder(files)),
            "allow_test_only": allow_test_only, "max_bytes": MAX_BYTES,
        },
        ReadSet,
        **_READ_LIMITS,
    )  # fmt: skip
    return ran.value if ran.is_ok else _unfinished(ran)


def allows_test_only(session: Session) -> bool:
    """Whether this shop prices by editions marked test-only."""
    return shop_profile(session).allow_test_only


def record_result(uow: UnitOfWork, ulid: UUID, result: ReadSet | RefusedSet) -> None:
    """What reading said, once."""
    row = uow.session.scalars(select(ReceivedMaildat).filter_by(ulid=ulid).with_for_update()).one()
    row.result = result


def compare_sets(files: FileStore, before: str, after: str) -> list[FileDifference]:
    """Files that differ between two kept archives. TooLarge MAILDAT_COMPARE; InvalidInput as reading refuses."""
    ran = run_limited(
        f"{_CHILD}.compare",
        {
            "before": str(files.checked_path(before)), "after": str(files.checked_path(after)),
            "max_bytes": MAX_BYTES,
        },
        list[FileDifference],
        **_COMPARE_LIMITS,
    )  # fmt: skip
    if ran.refusal is not None:
        raise ran.refusal
    if not ran.is_ok:
        words = "These sets are too large to compare on a page."
        why = ran.finding("MAILDAT_COMPARE", words, "Use indicia maildat diff at the console.")
        kind = InvalidInput if ran.outcome == "fault" else TooLarge
        raise kind(why.message, code=why.code, remedy=why.remedy)
    return ran.value


def find_received(session: Session, ulid: UUID) -> ReceivedMaildat:
    """NotFound."""
    row = session.scalars(select(ReceivedMaildat).filter_by(ulid=ulid)).first()
    if row is None:
        raise NotFound("There is no such set.")
    return row


def received_lines(
    session: Session, *, before: int | None = None, limit: int = 50
) -> list[tuple[int, ReceivedLine]]:
    """Received sets with their keys, newest first."""
    query = select(ReceivedMaildat).order_by(ReceivedMaildat.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ReceivedMaildat.id < before)
    return [(row.id, _line(row)) for row in session.scalars(query)]


def comparable(session: Session, ulid: UUID, *, limit: int = 50) -> list[ComparedSet]:
    """Newest mailings with a set, and other received sets."""
    own = (
        select(Mailing.number)
        .join(MailingFile, MailingFile.mailing_id == Mailing.id)
        .where(MailingFile.role == SET_ROLE)
        .order_by(Mailing.id.desc())
        .limit(limit)
    )
    others = (
        select(ReceivedMaildat)
        .where(ReceivedMaildat.ulid != ulid)
        .order_by(ReceivedMaildat.id.desc())
        .limit(limit)
    )
    mailings = [ComparedSet(f"mailing:{number}", f"Mailing {number}") for number in session.scalars(own)]
    received = [
        ComparedSet(f"received:{row.sha256}", f"{row.given_name}, received {row.received_at:%Y-%m-%d %H:%M}")
        for row in session.scalars(others)
    ]
    return mailings + received


def hash_of_choice(session: Session, value: str) -> str:
    """The archive behind a choice of ``comparable``. NotFound; Conflict STATE for a mailing without a set."""
    kind, _, name = value.partition(":")
    if kind == "received":
        row = session.scalars(select(ReceivedMaildat).filter_by(sha256=name)).first()
        if row is not None:
            return row.sha256
    if kind == "mailing":
        query = (
            select(MailingFile.sha256)
            .join(Mailing, Mailing.id == MailingFile.mailing_id)
            .where(Mailing.number == name, MailingFile.role == SET_ROLE)
        )
        found = session.scalars(query).first()
        if found is None:
            raise Conflict(f"Mailing {name[:20]} has no Mail.dat yet.", code="STATE")
        return found
    raise NotFound("There is no such set to compare with.")


def _line(row: ReceivedMaildat) -> ReceivedLine:
    result, figures = row.result, None
    if result is None:
        verdict = "reading"
    elif isinstance(result, RefusedSet):
        verdict = "refused"
    else:
        verdict = "valid" if result.said.valid else "findings"
        figures = result.said.figures
    return ReceivedLine(
        row.ulid, row.given_name, row.actor, row.received_at, verdict,
        figures.pieces if figures else None, sum(figures.containers.values()) if figures else None,
    )  # fmt: skip


def _unfinished(ran: SandboxResult[ReadSet]) -> RefusedSet:
    if ran.outcome == "too_much":
        sentence = "The set is larger than is taken from outside."
        return RefusedSet("ARCHIVE_TOO_LARGE", sentence, "Split it, or read it at the console.")
    found = ran.finding("ARCHIVE_DAMAGED", "The set cannot be read.", "Have it written again.")
    return RefusedSet(found.code, found.message, found.remedy)
