"""Jobs and orders, by number and by the words of a title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, select, union
from sqlalchemy.orm import Session

from kernel.clock import today
from kernel.ids import parse_ulid
from production.finding import LAST, MOST, Finder, Hit, words
from production.jobs.models import Job, JobWord, Lot, LotShare, Order
from production.jobs.numbering import numbers_meant
from production.jobs.states import shown
from production.people.models import Agency
from store.db import Actor

_RARE, _LOOKED_THROUGH = 500, 50_000


def numbers(text: str) -> tuple[str, ...]:
    """Numbers of jobs and lots that a text may mean today."""
    return numbers_meant(text, today())


def lots_of(meant: Sequence[str]) -> CompoundSelect[tuple[int]]:
    """Lots with one of these numbers, and those that hold a job with one: each side by its own index."""
    shares = select(LotShare.lot_id).join(Job, Job.id == LotShare.job_id).where(Job.number.in_(meant))
    return union(select(Lot.id).where(Lot.number.in_(meant)), shares)


def _jobs(session: Session, actor: Actor, wanted: ColumnElement[bool]) -> list[Hit]:
    """The newest first, of the actor's agency alone."""
    query = select(Job.number, Job.title, Agency.name, Job.kind, Job.state, Job.due).join(
        Agency, Agency.id == Job.agency_id
    )
    if actor.agency_id is not None:
        query = query.where(Job.agency_id == actor.agency_id)
    rows = session.execute(query.where(wanted).order_by(Job.id.desc()).limit(MOST))
    return [
        Hit(f"{number} {title}", {"number": number}, agency, shown(kind, state), due)
        for number, title, agency, kind, state, due in rows
    ]


def _by_number(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    return _jobs(session, actor, Job.number.in_(meant))


def _by_words(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    """Titles in which a word begins with each. Kept words are ranges of keys, which an index serves behind every wall:
    rare ones name their jobs, of frequent ones alone the newest jobs are looked through.
    """
    split = session.scalars(select(func.words_of(" ".join(meant)))).all()
    named = {word: session.scalars(_held(actor, word).limit(_RARE + 1)).all() for word in split}
    rare = [set(keys) for keys in named.values() if len(keys) <= _RARE]
    wanted = [_has(actor, word) for word, keys in named.items() if len(keys) > _RARE]
    if rare:
        wanted.append(Job.id.in_(set.intersection(*rare)))
    elif wanted:
        wanted.append(Job.id > select(func.max(Job.id) - _LOOKED_THROUGH).scalar_subquery())
    return _jobs(session, actor, and_(*wanted)) if wanted else []


def _held(actor: Actor, word: str) -> Select[Any]:
    held = select(JobWord.job_id).where(JobWord.word >= word, JobWord.word < word + LAST)
    return held if actor.agency_id is None else held.where(JobWord.agency_id == actor.agency_id)


def _has(actor: Actor, word: str) -> ColumnElement[bool]:
    """Asked job by job, from the newest, until there are enough: no EXISTS, which would be made a join of all."""
    of_job = _held(actor, word).where(JobWord.job_id == Job.id).limit(1)
    return of_job.correlate(Job).scalar_subquery().is_not(None)


def _order_key(text: str) -> UUID | None:
    try:
        return parse_ulid("".join(text.split()))
    except ValueError:
        return None


def _by_order(session: Session, actor: Actor, key: UUID) -> list[Hit]:
    return _jobs(session, actor, Job.order_id.in_(select(Order.id).filter_by(ulid=key)))


BY_NUMBER = Finder(numbers, _by_number)
BY_WORDS = Finder(words, _by_words)
BY_ORDER = Finder(_order_key, _by_order)
