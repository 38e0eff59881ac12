"""A shop's own editions: a folder with one content file and one card (JSON) an edition; nothing is overwritten.

A card holds kind, id, dates, status, source, the hash of its file, who did what when, and what was found on loading.
An edition comes in as a draft and counts only when it was activated; a withdrawn one stays for streams that used it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from kernel.errors import Conflict, Corrupt, NotFound
from kernel.findings import Finding
from postal.data.editions import Deed, Edition, Status, editions
from postal.data.shaped import plain, shaped

CARD = ".card.json"
_VERSION = 1  # of a card; the first ones did not say it
FINDINGS_KEPT = 200


def shelf(folder: Path) -> tuple[Edition, ...]:
    """Every edition there is: those shipped and those in the folder, drafts included. Corrupt EDITION_FILE
    when a file is missing or is not the one its card names.
    """
    return (*editions(), *read_folder(folder))


def read_folder(folder: Path) -> tuple[Edition, ...]:
    """The shop's own editions by name; none when the folder does not exist."""
    return tuple(_read_card(card) for card in sorted(folder.glob(f"*{CARD}")))


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edition as it was read and checked, not yet kept. ``rows``: how many usable ones it has."""

    kind: str
    id: str
    content: bytes
    suffix: str
    effective_from: date
    source: str
    effective_to: date | None = None
    grace_until: date | None = None
    complete: bool = True
    caution: str = ""
    rows: int = 0
    findings: tuple[Finding, ...] = ()


def keep_edition(folder: Path, found: Proposal, *, by: str = "", at: datetime | None = None) -> Edition:
    """One of ``keep_editions``."""
    return keep_editions(folder, [found], by=by, at=at)[0]


def keep_editions(
    folder: Path, found: Sequence[Proposal], *, by: str = "", at: datetime | None = None
) -> list[Edition]:
    """Keep new editions as drafts, with who loaded them and what was found: all of them or none. The same content
    again is the same edition; other content under a name that is taken is a Conflict EDITION_TAKEN.
    """
    with _alone(folder):
        there: list[Edition] = list(shelf(folder))
        kept: list[Edition] = []
        fresh: dict[Path, Proposal] = {}
        for one in found:
            edition = _drafted(folder, one, by, at)
            known = _same(edition, one, there, fresh)
            if known is None:
                there.append(edition)
                fresh[edition.path] = one
            kept.append(known or edition)
        for edition in kept:
            if edition.path in fresh:
                one = fresh.pop(edition.path)
                _write(edition.path, one.content)
                _write_card(edition, one.findings[:FINDINGS_KEPT])
    return list(dict.fromkeys(kept))


def _drafted(folder: Path, found: Proposal, by: str, at: datetime | None) -> Edition:
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", f"{found.kind}.{found.id}")
    return Edition(
        found.kind,
        found.id,
        folder / f"{name}{found.suffix}",
        found.effective_from,
        found.effective_to,
        found.grace_until,
        Status.DRAFT,
        found.complete,
        found.source,
        found.caution,
        deeds=() if at is None else (Deed("loaded", by, at),),
    )


def _same(
    edition: Edition, found: Proposal, there: Sequence[Edition], fresh: Mapping[Path, Proposal]
) -> Edition | None:
    """The edition that is this one already, in the folder or among those about to be written (``fresh``). Conflict
    EDITION_TAKEN for other content under its name or file.
    """
    sha256 = hashlib.sha256(found.content).hexdigest()
    for known in there:
        if known.name == edition.name or known.path == edition.path:
            is_one = known.name == edition.name and known.path == edition.path
            twin = fresh.get(known.path)
            if is_one and sha256 == (hashlib.sha256(twin.content).hexdigest() if twin else known.sha256):
                return known
            raise Conflict(
                f"There is an edition {known.name} with other content.",
                code="EDITION_TAKEN",
                remedy="Give the new edition another name.",
            )
    return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer of the folder at a time, whatever process it is in; readers need not wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def set_status(
    folder: Path,
    name: str,
    status: Status,
    *,
    by: str = "",
    at: datetime | None = None,
    by_two: bool = False,
) -> Edition:
    """Activate an edition, or withdraw it. ``by_two``: whoever loaded it may not activate it (Conflict
    EDITION_SECOND_PERSON). NotFound EDITION_UNKNOWN unless it is in the folder.
    """
    with _alone(folder):
        found = next((edition for edition in read_folder(folder) if edition.name == name), None)
        if found is None:
            raise NotFound(f"No edition {name!r} was loaded by this shop.", code="EDITION_UNKNOWN")
        if found.status is status:
            return found
        if by_two and status is Status.ACTIVE and by == found.loaded_by:
            raise Conflict(
                f"You loaded {name}; another person has to activate it.",
                code="EDITION_SECOND_PERSON",
                remedy="Ask a colleague to compare it with the Postal Service's publication and to activate it.",
            )
        act = {Status.ACTIVE: "activated", Status.WITHDRAWN: "withdrawn"}[status]
        deeds = found.deeds if at is None else (*found.deeds, Deed(act, by, at))
        changed = replace(found, status=status, deeds=deeds)
        _write_card(changed, findings_of(found))
        return changed


def findings_of(edition: Edition) -> tuple[Finding, ...]:
    """What was found when an edition of the shop was loaded; at most FINDINGS_KEPT."""
    try:
        return _card(_card_of(edition.path)).findings
    except (OSError, ValueError):
        return ()


def edition_named(name: str, among: Sequence[Edition]) -> Edition:
    """The edition of a name such as 'prices 2025-07-13'; NotFound EDITION_UNKNOWN."""
    found = next((edition for edition in among if edition.name == name), None)
    if found is None:
        raise NotFound(f"There is no edition {name!r}.", code="EDITION_UNKNOWN")
    return found


@dataclass(frozen=True, slots=True)
class _Card:
    """The card of an edition as it is kept."""

    kind: str
    id: str
    file: str
    sha256: str
    effective_from: date
    effective_to: date | None
    grace_until: date | None
    status: Status
    complete: bool
    source: str
    caution: str
    deeds: tuple[Deed, ...] = ()
    findings: tuple[Finding, ...] = ()
    version: int = _VERSION


def _card(path: Path) -> _Card:
    """ValueError when it is none, or of a version that is not known here."""
    card = shaped(_Card, json.loads(path.read_text(encoding="utf-8")))
    if card.version != _VERSION:
        raise ValueError(f"version {card.version} of a card is not known")
    return card


def _read_card(path: Path) -> Edition:
    try:
        card = _card(path)
        edition = Edition(
            card.kind, card.id, path.with_name(card.file), card.effective_from, card.effective_to,
            card.grace_until, card.status, card.complete, card.source, card.caution, card.deeds,
        )  # fmt: skip
        is_intact = edition.sha256 == card.sha256
    except (OSError, ValueError) as error:
        raise Corrupt(f"The edition of {path.name} is damaged.", code="EDITION_FILE") from error
    if not is_intact:
        raise Corrupt(f"{edition.path.name} is not the file its card names.", code="EDITION_FILE")
    return edition


def _write_card(edition: Edition, findings: Sequence[Finding]) -> None:
    card = _Card(
        edition.kind, edition.id, edition.path.name, edition.sha256, edition.effective_from,
        edition.effective_to, edition.grace_until, edition.status, edition.complete, edition.source,
        edition.caution, edition.deeds, tuple(findings),
    )  # fmt: skip
    _write(_card_of(edition.path), json.dumps(card, indent=1, ensure_ascii=False, default=plain).encode())


def _card_of(path: Path) -> Path:
    return path.with_name(path.stem + CARD)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: readers never see half a file."""
    draft = path.with_name(f".{path.name}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
