"""A print file to the folder that a press watches.

What a press takes from the folder gets printed, so the intent is on record before the file appears there and the
receipt after it: an intent without a receipt tells that a person must look.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict, Unavailable
from production.floor.operations import find_ticket, is_of_floor
from production.floor.printers.models import UNSENT, DeviceJob
from production.jobs import lifecycle
from production.jobs.models import JobEvent, Operation
from production.jobs.states import OperationState as O
from store.db import UnitOfWork
from store.disk import storage_errors
from store.files import FileStore

INTENT, RECEIPT = "sending", "sent_to_folder"
_PRINTABLE = (O.READY, O.RUNNING)


@dataclass(frozen=True, slots=True)
class Sending:
    """A print file on its way: ticket, content hash, and the name it gets in the folder."""

    ticket: str
    sha256: str
    name: str


def intend(uow: UnitOfWork, ticket: str, *, reason: str = "") -> Sending:
    """Put on record that the file will be sent. Conflict SENT for a second time without a reason."""
    operation = find_ticket(uow.session, ticket)
    sha256 = require_printable(uow.session, operation)
    refuse_again(uow.session, operation, reason)
    lifecycle.note(uow, operation, INTENT, reason=reason.strip()[:200])
    return Sending(operation.ticket, sha256, f"{operation.ticket}.pdf")


def require_printable(session: Session, operation: Operation) -> str:
    """Hash of its print file. Conflict PRINT_FILE, STATE."""
    if operation.file_sha256 is None or not is_of_floor(session, operation):
        raise Conflict(f"{operation.ticket} has no print file.", code="PRINT_FILE")
    if operation.state not in _PRINTABLE:
        raise Conflict(
            f"{operation.ticket} is not to be printed now: its state is {operation.state.value}.",
            code="STATE",
        )
    return operation.file_sha256


def place(files: FileStore, folder: Path, sending: Sending) -> None:
    """Copy under a hidden temporary name, fsync, rename: the press never sees half a file. Repeatable."""
    with files.checked_path(sending.sha256).open("rb") as source:
        put(folder, sending.name, source)


def put(folder: Path, name: str, source: BinaryIO) -> None:
    """Whole under its name, or not at all. Unavailable PRINT_FOLDER."""
    temporary = folder / f".{name}.{secrets.token_hex(4)}"
    try:
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as written:
                shutil.copyfileobj(source, written, 1 << 20)
                written.flush()
                os.fsync(written.fileno())
            temporary.chmod(0o640)  # the press's own account reads it, as far as the folder lets it in
            temporary.replace(folder / name)
    except OSError as error:
        raise Unavailable("The print folder cannot be written.", code="PRINT_FOLDER") from error
    finally:
        with suppress(OSError):  # there is nothing to remove where nothing could be written
            temporary.unlink(missing_ok=True)


def receipt(uow: UnitOfWork, sending: Sending) -> None:
    """The file lies in the folder; once for an intent, however often it is said."""
    operation = find_ticket(uow.session, sending.ticket)
    if _newest(uow.session, operation) == RECEIPT:
        return
    lifecycle.note(uow, operation, RECEIPT, file=sending.name, sha256=sending.sha256)


def refuse_again(session: Session, operation: Operation, reason: str) -> None:
    """Conflict SENT for a second time, to folder or printer, without a reason."""
    if was_sent(session, operation) and not reason.strip():
        raise Conflict(
            f"The print file of {operation.ticket} was sent before.",
            code="SENT",
            remedy="Sending it again can print it twice. Say why it is needed.",
        )


def was_sent(session: Session, operation: Operation) -> bool:
    """Whether its file went to the folder or a printer, or may have."""
    query = select(DeviceJob.id).filter_by(operation_id=operation.id).where(DeviceJob.phase.not_in(UNSENT))
    return _newest(session, operation) is not None or session.scalars(query.limit(1)).first() is not None


def _newest(session: Session, operation: Operation) -> str | None:
    """The last of intent and receipt, if any."""
    query = select(JobEvent.event).filter_by(operation_id=operation.id)
    query = query.where(JobEvent.event.in_((INTENT, RECEIPT))).order_by(JobEvent.id.desc()).limit(1)
    return session.scalar(query)
