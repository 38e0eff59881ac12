"""Postal editions of this shop: those shipped and those its mailroom loaded, in a folder beside its files.

The folder is read anew every time, so that web and workers see a newly activated edition at once. A file somebody
sent is read in a limited child process; its card and the audit chain say who loaded and who activated it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kernel.errors import InvalidInput
from postal.data.edition_folder import Proposal, keep_editions, set_status, shelf
from postal.data.editions import Edition, Status
from postal.loading.edition_import import ExaminedFile, Wishes
from store.db import UnitOfWork
from store.files import FileStore
from store.limited.sandbox import run_limited

FOLDER = "editions"  # of the data folder; indicia postal import-labels fills it


def edition_folder(files: FileStore) -> Path:
    """Where the shop's own editions lie."""
    return files.root.parent / FOLDER


def shop_editions(files: FileStore) -> tuple[Edition, ...]:
    """Every edition that sorting, pricing and checking may choose from; Corrupt EDITION_FILE for a damaged one."""
    return shelf(edition_folder(files))


def examine_file(folder: Path, path: Path, wishes: Wishes) -> Proposal:
    """Read a file that somebody sent, in a child process that can be thrown away. InvalidInput LABEL_IMPORT,
    PRICE_IMPORT or EDITION_IMPORT with everything found.
    """
    ran = run_limited(
        "postal.loading.edition_import.examine",
        {"path": str(path), "folder": str(folder), "wishes": wishes},
        ExaminedFile,
    )
    if ran.refusal is not None:
        raise ran.refusal
    if not ran.is_ok:
        finding = ran.finding("DATA_UNREADABLE", "The file cannot be read.", "Save it again, or get it anew.")
        raise InvalidInput(finding.message, code=finding.code, findings=[finding])
    return ran.value.proposal


def keep(uow: UnitOfWork, folder: Path, found: Sequence[Proposal]) -> list[Edition]:
    """Keep editions as drafts, all or none; the cards and the audit chain say who loaded them."""
    kept = keep_editions(folder, found, by=uow.actor.name, at=uow.now)
    for edition in kept:
        uow.audit("edition", None, "loaded", name=edition.name, sha256=edition.sha256)
    return kept


def activate(uow: UnitOfWork, folder: Path, name: str) -> Edition:
    """Use an edition from now on, by another person than loaded it. Conflict EDITION_SECOND_PERSON."""
    return _set(uow, folder, name, Status.ACTIVE, by_two=True)


def withdraw(uow: UnitOfWork, folder: Path, name: str) -> Edition:
    """Use an edition no more; mail that was planned with it keeps it."""
    return _set(uow, folder, name, Status.WITHDRAWN)


def _set(uow: UnitOfWork, folder: Path, name: str, status: Status, *, by_two: bool = False) -> Edition:
    edition = set_status(folder, name, status, by=uow.actor.name, at=uow.now, by_two=by_two)
    uow.audit("edition", None, str(status), name=name, sha256=edition.sha256)
    return edition
