"""Versions of a component's file: each is kept, with who, when and how, and told by what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.ids import new_ulid
from production.frontdesk.artwork.holder import SHOP, Holder, of_job
from production.frontdesk.artwork.models import Act, FileVersion
from production.frontdesk.artwork.words import FIXES
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.spec_order import ARTWORK
from production.jobs.models import Job, JobFile
from production.people.names import full_names
from production.prepress.page_map.arrangement import Leaf, written
from production.prepress.preflight.press_report import OrderReport
from store.db import UnitOfWork
from store.files import record_file

_MOST_TOLD = 6  # of what changed


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made or sent, before it is a version. ``came_along``: with the order. ``report``: what preflight
    said, where it was asked on the way; ``author``: whoever asked a worker for it, else who acts.
    """

    given: GivenFile
    act: Act
    looks: tuple[str, ...]
    before: str | None = None
    fixes: tuple[str, ...] = ()
    arrangement: str = ""
    came_along: bool = False
    report: OrderReport | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """``number`` from 1; ``changes``: what is different from the version it was made of, or the one before; of a file
    that came along with its order ``who`` and ``at`` say nothing; ``is_kept``: it has a row of its own.
    """

    number: int
    act: Act
    sha256: str
    name: str
    pages: int | None
    fixes: tuple[str, ...]
    who: str
    at: datetime | None
    changes: Sequence[str]
    is_kept: bool

    @property
    def done(self) -> list[str]:
        """The fixes that made it, in words."""
        return [FIXES[name].done for name in self.fixes if name in FIXES]


def keep(uow: UnitOfWork, holder: Holder, component: str, made: Sequence[Made]) -> int:
    """Versions more, one after the other; the number of the last. What is one already is no other."""
    numbers = {
        row.sha256: number for number, row in enumerate(_rows(uow.session, holder, component), start=1)
    }
    for one in made:
        sha256 = one.given.ref.sha256
        if sha256 not in numbers:
            _add(uow, holder, component, one)
            numbers[sha256] = len(numbers) + 1
    return numbers[made[-1].given.ref.sha256]


def _add(uow: UnitOfWork, holder: Holder, component: str, made: Made) -> FileVersion:
    row = FileVersion(
        **holder.facts, ulid=new_ulid(uow.now), component=component, act=made.act,
        sha256=record_file(uow, made.given.ref), before_sha256=made.before, given_name=made.given.name[-255:],
        fixes=made.fixes, arrangement=made.arrangement, looks=made.looks,
        author="" if made.came_along else made.author or uow.actor.name, made_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()  # its place among the others
    return row


def fixed(session: Session, holder: Holder, in_use: Iterable[str]) -> list[FileVersion]:
    """The versions that fixes made on the way to the files that are in use, by their hashes: what people paid for is
    what is printed, and a file that was sent anew has none.
    """
    by_hash = {row.sha256: row for row in session.scalars(holder.rows(FileVersion))}
    found: dict[str, FileVersion] = {}
    for sha256 in in_use:
        at = by_hash.get(sha256)
        while at is not None and at.sha256 not in found:
            found[at.sha256] = at
            at = by_hash.get(at.before_sha256 or "")
    return [row for row in found.values() if row.act is Act.FIXED]


def fixed_in_job(session: Session, job: Job) -> list[FileVersion]:
    """Of the files that a job is made from now."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision)
    return fixed(session, of_job(job), session.scalars(query.where(JobFile.role.startswith(ARTWORK))).all())


def how_many(rows: Iterable[FileVersion]) -> int:
    """Fixes that made them."""
    return sum(len(row.fixes) for row in rows)


def versions_of(session: Session, holder: Holder, component: str, in_use: tuple[str, str]) -> list[Version]:
    """In the order they were made; the file in use is the last one where it never was kept as a version."""
    rows = _rows(session, holder, component)
    names = full_names(session, {row.author for row in rows}) if rows else {}
    told = [
        Version(
            number, row.act, row.sha256, row.given_name, len(row.looks) or None, row.fixes,
            names.get(row.author, SHOP) if row.author else "", row.made_at if row.author else None,
            list(_changes(rows, number)), is_kept=True,
        )
        for number, row in enumerate(rows, start=1)
    ]  # fmt: skip
    if in_use[0] not in {row.sha256 for row in rows}:
        told.append(Version(len(told) + 1, Act.SENT, *in_use, None, (), "", None, (), is_kept=False))
    return told


def _changes(rows: Sequence[FileVersion], number: int) -> Iterator[str]:
    now = rows[number - 1]
    known = [row for row in rows[: number - 1] if row.sha256 == now.before_sha256] or rows[
        number - 2 : number - 1
    ]
    return changes(known[-1].looks, now.looks) if number > 1 else iter(())


def _rows(session: Session, holder: Holder, component: str) -> Sequence[FileVersion]:
    return session.scalars(holder.rows(FileVersion).where(FileVersion.component == component)).all()


def changes(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Pages that look otherwise, moved, came or went, by the looks of two versions; nothing where one was not looked
    at.
    """
    if not before or not now:
        return
    found = list(_found(before, now))
    yield from found[:_MOST_TOLD]
    if len(found) > _MOST_TOLD:
        yield f"and {len(found) - _MOST_TOLD} more changes"
    if not found:
        yield "no page looks otherwise"


def _found(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    was, stays = set(before), set(now)
    for kind, first, last, start, end in SequenceMatcher(None, before, now).get_opcodes():
        if kind == "equal":
            continue
        yield from _told(range(start, end), lambda k: now[k] in was, "moved")
        yield from _told(
            range(start, end), lambda k: now[k] not in was, "changed" if kind == "replace" else "new"
        )
        if kind == "delete":
            yield from _told(range(first, last), lambda k: before[k] not in stays, "left out")


def _told(pages: range, are_meant: Callable[[int], bool], words: str) -> Iterator[str]:
    meant = [page + 1 for page in pages if are_meant(page)]
    if meant:
        ranges = written(map(Leaf, meant)).replace(",", ", ")
        yield f"page{'s' if len(meant) > 1 else ''} {ranges} {words}"
