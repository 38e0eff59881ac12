"""Files by content hash: written to a temporary name, fsynced, renamed; then, and only then, a row.

An orphan file is harmless and swept; a row without its file is a fault that ``indicia verify`` names.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, Uuid, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import business_date
from kernel.errors import Corrupt, Gone, Unavailable
from store.columns import Base, UtcDateTime
from store.crash_points import reach
from store.db import Database, UnitOfWork, system_actor
from store.disk import fsync_folder, storage_errors

_BLOCK = 1 << 20
RESERVE_BYTES = 256 << 20  # never filled by uploads and new steps: the database needs it to end what it began


class StoredFile(Base):
    """A file the business knows of. The row outlives its content: ``purged_at`` by the rule of a class, in a run."""

    __tablename__ = "stored_file"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(80))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purge_rule: Mapped[str | None] = mapped_column(String(40))
    purge_run: Mapped[UUID | None] = mapped_column(Uuid)

    __table_args__ = (
        Index("ix_stored_file_purge_run", "purge_run", postgresql_where=text("purge_run IS NOT NULL")),
    )


@dataclass(frozen=True, slots=True)
class FileRef:
    """What a row needs to name a file."""

    sha256: str
    size: int
    media_type: str


class FileStore:
    """A folder of immutable files named by SHA-256. ``why_gone`` says in words that a rule removed one, else ''."""

    def __init__(
        self, root: Path, scratch: Path, why_gone: Callable[[str], str] = lambda _sha256: ""
    ) -> None:
        self.root = root
        self.scratch = scratch
        self._why_gone = why_gone

    def has_room(self) -> bool:
        """Is more of the disk free than the reserve, which what was begun needs to end?"""
        there = self.root if self.root.is_dir() else self.scratch.parent
        return shutil.disk_usage(there).free > RESERVE_BYTES

    def path(self, sha256: str) -> Path:
        """Where the file lies; it may be missing (``verify`` tells)."""
        return self.root / sha256[:2] / sha256

    def verify(self, sha256: str) -> bool:
        """Does the file exist with the right content?"""
        try:
            with self.path(sha256).open("rb") as handle:
                return hashlib.file_digest(handle, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def checked_path(self, sha256: str) -> Path:
        """The path after its content was compared with its hash; Corrupt if it differs, Gone if a rule removed it."""
        if not self.verify(sha256):
            self.present_path(sha256)
            raise Corrupt("A stored file is missing or damaged.", sha256=sha256)
        return self.path(sha256)

    def present_path(self, sha256: str) -> Path:
        """The path of a file that is there, its content not compared; Gone if a rule removed it, else Corrupt."""
        path = self.path(sha256)
        if path.exists():
            return path
        if why := self._why_gone(sha256):
            raise Gone(why, remedy="Ask the shop for the proof of the removal.")
        raise Corrupt("A stored file is missing or damaged.", sha256=sha256)

    @contextmanager
    def scratch_folder(self) -> Iterator[Path]:
        """A fresh folder on the same file system, removed afterwards."""
        folder = self.scratch / secrets.token_hex(8)
        with storage_errors():
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep_bytes(self, data: bytes, media_type: str) -> FileRef:
        """Store bytes."""
        with self.scratch_folder() as folder, storage_errors():
            path = folder / "file"
            path.write_bytes(data)
            return self.keep(path, media_type)

    def keep_stream(self, stream: IO[bytes], media_type: str) -> FileRef:
        """Store what a stream holds, block by block; STORAGE_FULL before the reserve of the disk is touched."""
        if not self.has_room():
            raise Unavailable("The disk is full; nothing was changed.", code="STORAGE_FULL")
        with self.scratch_folder() as folder, storage_errors():
            path = folder / "file"
            with path.open("wb") as handle:
                shutil.copyfileobj(stream, handle, _BLOCK)
            return self.keep(path, media_type)

    def keep(self, path: Path, media_type: str) -> FileRef:
        """Take over a finished file from a scratch folder: fsync, rename to its hash, fsync the folder."""
        with storage_errors():
            with path.open("rb") as handle:
                sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
                os.fsync(handle.fileno())
            target = self.path(sha256)
            size = path.stat().st_size
            reach("after_temp")
            if _touched(target) and self.verify(sha256):
                path.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.chmod(0o400)
                path.replace(target)
                fsync_folder(target.parent)
            reach("after_rename")
        return FileRef(sha256=sha256, size=size, media_type=media_type)


def record_file(uow: UnitOfWork, ref: FileRef) -> str:
    """Row for a kept file (once for equal content); gives the hash. What a rule removed is there again."""
    row = {"sha256": ref.sha256, "size": ref.size, "media_type": ref.media_type, "stored_at": uow.now}
    uow.session.execute(insert(StoredFile).values(row).on_conflict_do_nothing())
    own = StoredFile.sha256 == ref.sha256
    # A removal that holds the row right now is waited for.
    query = select(StoredFile.purged_at).where(own).with_for_update(read=True, key_share=True)
    if uow.session.scalar(query) is not None:
        back = {"purged_at": None, "purge_rule": None, "purge_run": None, "stored_at": uow.now}
        uow.session.execute(update(StoredFile).where(own).values(back))
    return ref.sha256


def why_gone(database: Database, sha256: str) -> str:
    """That a rule removed the file, and when; '' for one that should be there."""
    with database.read_only(system_actor("files")) as session:
        row = session.get(StoredFile, sha256)
    if row is None or row.purged_at is None:
        return ""
    return (
        f"This file was removed on {business_date(row.purged_at)} by the retention rule for {row.purge_rule}."
    )


def _touched(path: Path) -> bool:
    """Is the file there? Its new time tells the sweeper that somebody wants it again."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
