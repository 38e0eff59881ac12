"""A backup of the plant and the way back: the database first, then the files it names, each checked by its hash.

A backup folder has a pool ``files/`` that all its backups share, and one folder a backup with ``database.dump``
(pg_dump, custom format), ``files.txt`` (hash and size of each file the dump names), ``editions/`` of the shop and
``manifest.json``, which is written last: a folder without it is no backup. Files never change, so a backup may be made
while the plant works: what the dump names is on the disk.

Not in it: the queue (it holds nothing that matters) and the key that signs sessions (everybody signs in again).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Select, func, select, text

from kernel import clock
from kernel.errors import Conflict, Corrupt, InvalidInput, Unavailable
from store.audit import AuditEntry, AuditHead
from store.counters import numbers_given, raise_above
from store.db import Database, system_actor
from store.disk import fsync_folder, named_by_time, storage_errors
from store.files import FileStore, StoredFile
from store.plant import Plant
from store.start.embedded import postgres_program
from store.start.migrate import current_and_head
from store.witness import Act

ACTOR = system_actor("backup")
MANIFEST, DUMP, FILES, EDITIONS, POOL = "manifest.json", "database.dump", "files.txt", "editions", "files"
SUBJECT, MADE = "backup", "made"  # in the audit chain
_BLOCK = 1 << 20
_THERE = select(StoredFile.sha256, StoredFile.size).filter_by(purged_at=None).order_by(StoredFile.sha256)
# Row-level security binds the owner too; the plant's scope sees every row, who keeps it also sealed bids.
_SCOPE = {"PGOPTIONS": "-c indicia.scope=plant -c indicia.keeping=on", "LC_ALL": "C.UTF-8"}
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``parts``: hash of every file of its own folder; ``file_count``, ``file_bytes``: of the
    stored files in the pool."""

    made_at: datetime
    schema: str
    audit_count: int
    audit_hash: str
    file_count: int
    file_bytes: int
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """How a restore ended: acts that the backup does not know, and the numbers that are passed over."""

    manifest: Manifest
    lost: tuple[Act, ...]
    marks: Mapping[str, int]


def back_up(plant: Plant, owner_url: str, target: Path, *, tell: Tell = lambda _: None) -> Path:
    """Add a backup to a backup folder; gives its own folder. Corrupt when a file is missing or damaged: the backup is
    not finished then."""
    made_at = clock.now()
    final = named_by_time(target, made_at)
    part = final.with_suffix(".part")
    with storage_errors():
        part.mkdir(parents=True)
    with plant.db.snapshot(ACTOR) as session:
        head = session.scalars(select(AuditHead)).one()
        tell("the database")
        snapshot = session.scalars(select(func.pg_export_snapshot())).one()
        _run(
            "pg_dump", "--format=custom", "--enable-row-security", f"--snapshot={snapshot}",
            f"--file={part / DUMP}", f"--dbname={owner_url}",
        )  # fmt: skip
        named = session.execute(_THERE).all()
    with storage_errors():
        (part / FILES).write_text("".join(f"{sha256} {size}\n" for sha256, size in named))
        (part / EDITIONS).mkdir()
        if (given := plant.files.root.parent / EDITIONS).exists():
            shutil.copytree(given, part / EDITIONS, dirs_exist_ok=True)
    tell(f"{len(named):,} files")
    _copy_files(plant.files.root, target / POOL, part)
    manifest = Manifest(
        made_at=made_at,
        schema=current_and_head(plant.db)[0] or "",
        audit_count=head.count,
        audit_hash=head.hash.hex(),
        file_count=len(named),
        file_bytes=sum(size for _, size in named),
        parts={path.relative_to(part).as_posix(): _hash_of(path) for path in _inside(part)},
    )
    _write_manifest(part, manifest)
    part.replace(final)
    fsync_folder(target)
    return final


def note_made(db: Database, manifest: Manifest) -> None:
    """That a backup was made and checked stands in the audit chain, behind what the backup holds of it."""
    with db.unit_of_work(ACTOR) as uow:
        uow.audit(SUBJECT, None, MADE, files=manifest.file_count, audit_count=manifest.audit_count)


def last_made() -> Select[datetime]:
    """When the last backup was made."""
    made = select(AuditEntry.at).where(AuditEntry.subject == SUBJECT, AuditEntry.act == MADE)
    return made.order_by(AuditEntry.number.desc()).limit(1)


def read_manifest(backup: Path) -> Manifest:
    """InvalidInput BACKUP for a folder that is no finished backup."""
    try:
        row = json.loads((backup / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**row, "made_at": datetime.fromisoformat(row["made_at"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InvalidInput(
            f"{backup.name} is no finished backup.",
            code="BACKUP",
            remedy="Name the folder of one backup: the one with manifest.json in it.",
        ) from error


def check(backup: Path) -> Manifest:
    """Everything in the backup's own folder is what the manifest says, the dump can be read, and each file lies in the
    pool with its size. Corrupt BACKUP_DAMAGED."""
    manifest = read_manifest(backup)
    for name, sha256 in manifest.parts.items():
        if not (backup / name).exists() or _hash_of(backup / name) != sha256:
            raise Corrupt(f"{name} of the backup is missing or damaged.", code="BACKUP_DAMAGED")
    _run("pg_restore", "--list", str(backup / DUMP))
    pool = FileStore(backup.parent / POOL, backup)
    for sha256, size in named_files(backup):
        path = pool.path(sha256)
        if not path.exists() or path.stat().st_size != size:
            raise Corrupt(f"File {sha256[:12]} of the backup is missing or cut off.", code="BACKUP_DAMAGED")
    return manifest


def restore(
    plant: Plant, owner_url: str, backup: Path, *, skip: int | None = None, tell: Tell = lambda _: None
) -> Manifest:
    """A checked backup into an empty, not yet migrated database: files first, rows second. ``skip``: see ``go_on``.

    Conflict RESTORE_TARGET when there are tables; InvalidInput WITNESS_MISSING; Corrupt BACKUP_DAMAGED.
    """
    manifest = check(backup)
    _refuse_tables(owner_url)
    if skip is None and not (plant.db.witness and plant.db.witness.marks()):
        raise InvalidInput(
            "What was printed since the backup is not known: the folder with the numbers given is missing.",
            code="WITNESS_MISSING",
            remedy="Set INDICIA_WITNESS_DIR to it; if it is lost, say how many numbers to pass over (--skip-numbers).",
        )
    tell(f"{manifest.file_count:,} files")
    _copy_files(backup.parent / POOL, plant.files.root, backup)
    with storage_errors():
        shutil.copytree(backup / EDITIONS, plant.files.root.parent / EDITIONS, dirs_exist_ok=True)
    tell("the database")
    _run(
        "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={owner_url}", str(backup / DUMP),
    )  # fmt: skip
    return manifest


def go_on(plant: Plant, manifest: Manifest, *, skip: int | None) -> Restored:
    """Before anybody works again: every counter goes above what the witness saw, and by ``skip`` further than the
    backup says; the acts that the backup does not know are told, and the restore stands in the audit chain."""
    witness = plant.db.witness
    marks = dict(witness.marks()) if witness else {}
    after = witness.acts_after(manifest.audit_count) if witness else ()
    lost = tuple(act for act in after if act.subject != SUBJECT)  # a backup is on the disk
    if witness:
        witness.begin_again(clock.now())
    with plant.db.unit_of_work(ACTOR) as uow:
        for name, last in numbers_given(uow.session).items() if skip else ():
            marks[name] = max(marks.get(name, 0), last + (skip or 0))
        raise_above(uow.session, marks)
        uow.audit("plant", None, "restored", backup=manifest.made_at.isoformat(), unknown_acts=len(lost))
    return Restored(manifest, lost, marks)


def _refuse_tables(owner_url: str) -> None:
    database = Database(owner_url)
    with database.engine.connect() as connection:
        tables = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"))
    database.dispose()
    if tables:
        raise Conflict(
            "The database is not empty; a restore does not write over a plant.",
            code="RESTORE_TARGET",
            remedy="Name an empty data folder (INDICIA_DATA_DIR) or an empty database (DATABASE_URL).",
        )


def named_files(backup: Path) -> Iterator[tuple[str, int]]:
    """Hash and size of every file the dump names."""
    with (backup / FILES).open() as lines:
        for line in lines:
            sha256, _, size = line.partition(" ")
            yield sha256, int(size)


def _copy_files(source: Path, target: Path, backup: Path) -> None:
    """Copy what is not there yet; what is there is hashed again, so that a pool does not rot unseen."""
    given, kept = FileStore(source, backup), FileStore(target, backup)
    for sha256, _ in named_files(backup):
        if not kept.verify(sha256):
            with storage_errors():
                _copy_checked(given.path(sha256), kept.path(sha256), sha256)


def _copy_checked(source: Path, target: Path, sha256: str) -> None:
    new = target.with_suffix(f".{os.getpid()}.new")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as given, new.open("wb") as taken:
            shutil.copyfileobj(given, taken, _BLOCK)
            taken.flush()
            os.fsync(taken.fileno())
        if _hash_of(new) != sha256:
            raise Corrupt(f"File {sha256[:12]} is damaged.", code="BACKUP_DAMAGED")
        new.chmod(0o440)
        new.replace(target)
    except FileNotFoundError as error:
        raise Corrupt(f"File {sha256[:12]} is missing.", code="BACKUP_DAMAGED") from error
    finally:
        new.unlink(missing_ok=True)


def _run(program: str, *words: str) -> None:
    """A program of PostgreSQL; Unavailable BACKUP_PROGRAM with its first words, which name tables and no rows."""
    ran = subprocess.run(
        [str(postgres_program(program)), *words],
        env=os.environ | _SCOPE, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        said = ran.stderr.strip().partition("\n")[0][:200]
        raise Unavailable(f"{program} did not finish: {said}", code="BACKUP_PROGRAM")


def _inside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    row = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    with storage_errors(), (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(row, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
