"""The Mail.dat of a batch as a kept file: asked for on its page, made and checked by a worker's step."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import Conflict, InvalidInput
from postal.maildat.fileset import write_zip
from postal.maildat.schema import VERSIONS
from postal.maildat.validate import validate
from production.jobs import lifecycle
from production.mailroom.maildat.put_together import MaildatFacts, describe_batch
from production.mailroom.maildat.report import MaildatReport, report_of
from production.mailroom.streams.models import BatchFile, PresortStream
from store import outbox
from store.db import UnitOfWork
from store.documents import Versioned
from store.files import FileRef, FileStore, record_file

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

    batch: PresortStream
    name: str
    ref: FileRef
    report: FileRef
    is_valid: bool


def request_maildat(
    uow: UnitOfWork, batch: PresortStream, *, version: str, pieces: str, is_ready: bool
) -> None:
    """Ask for a set. Conflict STATE before the batch is planned; InvalidInput MAILDAT_VERSION, MAILDAT_MAILING."""
    if not batch.plan_sha256:
        raise Conflict(f"Batch {batch.number} is not planned yet.", code="STATE")
    if version not in VERSIONS:
        raise InvalidInput(f"Versions written are {', '.join(VERSIONS)}.", code="MAILDAT_VERSION")
    if pieces not in PIECE_FILES:
        raise InvalidInput("Pieces go into .pbc or .pdr.", code="MAILDAT_MAILING")
    # A set may be asked for again after settings changed, so the moment is part of the step's name.
    outbox.request(
        uow, "maildat", batch.ulid, asked=f"{uow.now:%Y%m%d%H%M%S%f}", ready=int(is_ready), rows=pieces,
        version=version.replace("-", "_"),
    )  # fmt: skip


def make_maildat(
    files: FileStore, facts: MaildatFacts, folder: Path, *, version: str, pieces: str, is_ready: bool
) -> MadeMaildat:
    """Describe, tie, write, check and keep. The same batch and settings give the same bytes; Corrupt PAPERS_TIE."""
    made = describe_batch(
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
    return MadeMaildat(
        batch=facts.batch,
        name=f"{facts.batch.number}-{made.root}.zip",
        ref=files.keep(path, "application/zip"),
        report=files.keep_bytes(REPORT.as_bytes(report, "Mail.dat report"), "application/json"),
        is_valid=report.said.valid,
    )


def record_maildat(uow: UnitOfWork, made: MadeMaildat) -> None:
    """The set and its report as files of the batch; an earlier set gives way, its file stays."""
    for role, name, ref in (
        (SET_ROLE, made.name, made.ref),
        (REPORT_ROLE, f"{made.batch.number}-maildat-report.json", made.report),
    ):
        row = {"sha256": record_file(uow, ref), "given_name": name, "pages": None}
        uow.session.execute(
            insert(BatchFile)
            .values(lot_id=made.batch.id, role=role, **row)
            .on_conflict_do_update(index_elements=["lot_id", "role"], set_=row)
        )
    batch = uow.session.get_one(PresortStream, made.batch.id)
    lifecycle.note(uow, batch, "maildat", sha256=made.ref.sha256, valid=made.is_valid)


def maildat_report(session: Session, files: FileStore, lot_id: int) -> KeptReport | None:
    """What the check of the batch's last set said; None while there is none."""
    kept = {
        row.role: row.sha256
        for row in session.scalars(select(BatchFile).where(BatchFile.lot_id == lot_id))
        if row.role in (SET_ROLE, REPORT_ROLE)
    }
    if REPORT_ROLE not in kept:
        return None
    return REPORT.from_bytes(files.checked_path(kept[REPORT_ROLE]).read_bytes(), "Mail.dat report")
