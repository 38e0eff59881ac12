"""The Mail.dat of a mailing as a kept file: asked for on its page, made and checked by a worker's step."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from postal.maildat.fileset import write_zip
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate
from production.mailings.models import Mailing, MailingFile
from production.mailings.streams import keep_paper, note, require_sorted, streams_of
from production.mailroom.maildat.put_together import MaildatFacts, describe_mailing
from production.mailroom.maildat.report import MaildatReport, report_of
from store import outbox
from store.db import UnitOfWork
from store.documents import Versioned
from store.files import FileRef, FileStore

SET_ROLE, REPORT_ROLE = "maildat", "maildat-report"
PIECE_FILES = {"pbc": "Barcodes (.pbc)", "pdr": "Piece detail (.pdr)"}


@dataclass(frozen=True, slots=True)
class KeptReport:
    """What the check of a set of ours said. ``rows``: pbc or pdr."""

    said: MaildatReport
    root: str
    full_service: bool
    assumptions: tuple[str, ...]
    rows: str
    ready: bool


REPORT: Versioned[KeptReport] = Versioned(KeptReport)


@dataclass(frozen=True, slots=True)
class MadeMaildat:
    """A kept set with what its check said."""

    mailing: Mailing
    name: str
    ref: FileRef
    report: FileRef
    is_valid: bool


def request_maildat(uow: UnitOfWork, mailing: Mailing, *, version: str, pieces: str, is_ready: bool) -> None:
    """Ask for a set. Conflict STATE before the mailing is sorted; InvalidInput MAILDAT_VERSION, MAILDAT_MAILING."""
    require_sorted(mailing, streams_of(uow.session, mailing.id))
    if version not in VERSIONS:
        raise InvalidInput(f"Versions written are {', '.join(VERSIONS)}.", code="MAILDAT_VERSION")
    if pieces not in PIECE_FILES:
        raise InvalidInput("Pieces go into .pbc or .pdr.", code="MAILDAT_MAILING")
    # A set may be asked for again after settings changed, so the moment is part of the step's name.
    outbox.request(
        uow, "maildat", mailing.ulid, asked=f"{uow.now:%Y%m%d%H%M%S%f}", ready=int(is_ready), rows=pieces,
        version=version.replace("-", "_"),
    )  # fmt: skip


def make_maildat(
    files: FileStore, facts: MaildatFacts, folder: Path, *, version: str, pieces: str, is_ready: bool
) -> MadeMaildat:
    """Describe, tie, write, check and keep. The same mailing and settings give the same bytes; Corrupt PAPERS_TIE."""
    made = describe_mailing(
        files,
        facts,
        version=version,
        software=installed_version("indicia"),
        full_pieces=pieces,
        is_ready=is_ready,
    )
    path = folder / "set.zip"
    write_zip(made.described.maildat, path, root=made.root)
    findings = validate(made.described.maildat)
    report = KeptReport(
        report_of(made.described.maildat, findings), made.root, made.described.is_full_service,
        tuple(made.described.assumptions), pieces, is_ready,
    )  # fmt: skip
    mailing = facts.planned.mailing
    return MadeMaildat(
        mailing=mailing,
        name=f"{mailing.number}-{made.root}.zip",
        ref=files.keep(path, "application/zip"),
        report=files.keep_bytes(REPORT.as_bytes(report, "Mail.dat report"), "application/json"),
        is_valid=report.said.valid,
    )


def record_maildat(uow: UnitOfWork, made: MadeMaildat) -> None:
    """The set and its report as files of the mailing; an earlier set gives way, its file stays."""
    mailing = made.mailing
    keep_paper(uow, mailing.id, SET_ROLE, made.ref, name=made.name)
    keep_paper(uow, mailing.id, REPORT_ROLE, made.report, name=f"{mailing.number}-maildat-report.json")
    note(uow, mailing.id, "maildat", sha256=made.ref.sha256, valid=made.is_valid)


def maildat_report(session: Session, files: FileStore, mailing_id: int) -> KeptReport | None:
    """What the check of the mailing's last set said; None while there is none."""
    kept = session.scalars(
        select(MailingFile.sha256).filter_by(mailing_id=mailing_id, role=REPORT_ROLE)
    ).first()
    return (
        None if kept is None else REPORT.from_bytes(files.checked_path(kept).read_bytes(), "Mail.dat report")
    )
