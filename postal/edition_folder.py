"""A shop's own editions: a folder with one content file and one card (JSON) an edition; nothing is overwritten.

A card holds kind, id, dates, status, source and the hash of its file. An edition comes in as a draft and counts
only when it was activated; a withdrawn one stays for batches that used it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kernel.errors import Conflict, Corrupt, NotFound
from postal.editions import Edition, Status, editions

CARD = ".card.json"


def shelf(folder: Path) -> tuple[Edition, ...]:
    """Every edition there is: those shipped and those in the folder, drafts included. Corrupt EDITION_FILE
    when a file is missing or is not the one its card names.
    """
    return (*editions(), *read_folder(folder))


def read_folder(folder: Path) -> tuple[Edition, ...]:
    """The shop's own editions by name; none when the folder does not exist."""
    return tuple(_read_card(card) for card in sorted(folder.glob(f"*{CARD}")))


def keep_edition(
    folder: Path,
    content: bytes,
    *,
    kind: str,
    edition_id: str,
    effective_from: date,
    source: str,
    suffix: str,
    effective_to: date | None = None,
    grace_until: date | None = None,
    complete: bool = True,
    caution: str = "",
) -> Edition:
    """Keep a new edition as a draft. The same content again is the same edition; other content under a name
    that is taken is a Conflict EDITION_TAKEN.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{kind}.{edition_id}")
    path = folder / f"{name}{suffix}"
    edition = Edition(
        kind,
        edition_id,
        path,
        effective_from,
        effective_to,
        grace_until,
        Status.DRAFT,
        complete,
        source,
        caution,
    )
    for known in shelf(folder):
        if known.name == edition.name:
            if known.path == path and known.sha256 == hashlib.sha256(content).hexdigest():
                return known
            raise Conflict(
                f"There is an edition {edition.name} with other content.",
                code="EDITION_TAKEN",
                remedy="Give the new edition another name.",
            )
    folder.mkdir(parents=True, exist_ok=True)
    _write(path, content)
    _write_card(edition)
    return edition


def set_status(folder: Path, name: str, status: Status) -> Edition:
    """Activate an edition, or take it back to draft; NotFound EDITION_UNKNOWN unless it is in the folder."""
    found = next((edition for edition in read_folder(folder) if edition.name == name), None)
    if found is None:
        raise NotFound(f"No edition {name!r} was loaded by this shop.", code="EDITION_UNKNOWN")
    changed = replace(found, status=status)
    _write_card(changed)
    return changed


def edition_named(name: str, among: Sequence[Edition]) -> Edition:
    """The edition of a name such as 'prices 2025-07-13'; NotFound EDITION_UNKNOWN."""
    found = next((edition for edition in among if edition.name == name), None)
    if found is None:
        raise NotFound(f"There is no edition {name!r}.", code="EDITION_UNKNOWN")
    return found


def _read_card(card: Path) -> Edition:
    try:
        row: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
        edition = Edition(
            kind=row["kind"],
            id=row["id"],
            path=card.with_name(row["file"]),
            effective_from=date.fromisoformat(row["effective_from"]),
            effective_to=_day(row["effective_to"]),
            grace_until=_day(row["grace_until"]),
            status=Status(row["status"]),
            complete=row["complete"],
            source=row["source"],
            caution=row["caution"],
        )
        is_intact = hashlib.sha256(edition.path.read_bytes()).hexdigest() == row["sha256"]
    except (OSError, KeyError, ValueError) as error:
        raise Corrupt(f"The edition of {card.name} is damaged.", code="EDITION_FILE") from error
    if not is_intact:
        raise Corrupt(f"{edition.path.name} is not the file its card names.", code="EDITION_FILE")
    return edition


def _write_card(edition: Edition) -> None:
    row = {
        "kind": edition.kind,
        "id": edition.id,
        "file": edition.path.name,
        "sha256": edition.sha256,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": edition.effective_to.isoformat() if edition.effective_to else None,
        "grace_until": edition.grace_until.isoformat() if edition.grace_until else None,
        "status": edition.status,
        "complete": edition.complete,
        "source": edition.source,
        "caution": edition.caution,
    }
    card = edition.path.with_name(edition.path.stem + CARD)
    _write(card, json.dumps(row, indent=1, ensure_ascii=False).encode())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: readers never see half a file."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
