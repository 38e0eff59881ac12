"""Jobs and orders, by number and by the words of a title."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from kernel.clock import today
from kernel.ids import parse_ulid
from production.finding import LAST, MOST, Finder, Hit, words
from production.jobs.models import Job, JobWord, Order
from production.jobs.numbering import numbers_meant
from production.people.models import Agency
from store.db import Actor


def numbers(text: str) -> tuple[str, ...]:
    """Numbers of jobs and lots that a text may mean today."""
    return numbers_meant(text, today())


def _jobs(session: Session, actor: Actor, wanted: ColumnElement[bool]) -> list[Hit]:
    """The newest first, of the actor's agency alone."""
    query = select(Job.number, Job.title, Agency.name, Job.state, Job.due).join(
        Agency, Agency.id == Job.agency_id
    )
    if actor.agency_id is not None:
        query = query.where(Job.agency_id == actor.agency_id)
    rows = session.execute(query.where(wanted).order_by(Job.id.desc()).limit(MOST))
    return [
        Hit(f"{number} {title}", {"number": number}, agency, state.value, due)
        for number, title, agency, state, due in rows
    ]


def _by_number(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    return _jobs(session, actor, Job.number.in_(meant))


def _by_words(session: Session, actor: Actor, meant: Sequence[str]) -> list[Hit]:
    """Titles in which a word begins with each: by ranges of kept words, which an index serves behind every wall."""
    split = session.scalars(select(func.words_of(" ".join(meant)))).all()
    return _jobs(session, actor, _titled(actor, split)) if split else []


def _titled(actor: Actor, split: Sequence[str]) -> ColumnElement[bool]:
    held = select(JobWord.job_id)
    if actor.agency_id is not None:
        held = held.where(JobWord.agency_id == actor.agency_id)
    ranges = (held.where(JobWord.word >= word, JobWord.word < word + LAST) for word in split)
    return and_(*(Job.id.in_(one) for one in ranges))


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
