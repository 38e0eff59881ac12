"""The hands of the demonstration: each act is done once, by one of its people, at its hour.

An act and the word that it was done (an audit entry) are one transaction, so a filling that was cut off goes on where
it stopped, and a second one finds everything done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from production.people.models import User
from store.audit import AuditEntry
from store.db import Actor, UnitOfWork, system_actor
from store.files import FileRef
from store.plant import Plant

SUBJECT = "demonstration"
ACTOR = system_actor(SUBJECT)
FILLED = "filled"


class Made(Protocol):
    """What an act leaves behind."""

    ulid: Any


Thing = TypeVar("Thing", bound=Made)


@dataclass(slots=True)
class Hands:
    """``drain`` does the steps that acts ask for, in this process and at the same hour."""

    plant: Plant
    drain: Callable[[Plant], object]
    _done: dict[str, UUID | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.plant.db.read_only(ACTOR) as session:
            self._done = done(session)

    def act(self, key: str, by: str, at: datetime, verb: Callable[[UnitOfWork], Made]) -> None:
        """Once for a key; then what it asked for is done too."""
        if key not in self._done:
            with clock.at(at), self.plant.db.unit_of_work(self.person(by)) as uow:
                made = verb(uow).ulid
                uow.audit(SUBJECT, made, "done", of=key)
            self._done[key] = made
        with clock.at(at):
            self.drain(self.plant)

    def end(self) -> None:
        """All of it is done."""
        if not self.has(FILLED):
            with self.plant.db.unit_of_work(ACTOR) as uow:
                uow.audit(SUBJECT, None, "done", of=FILLED)

    def made(self, session: Session, key: str, kind: type[Thing]) -> Thing:
        """What the act with this key left behind."""
        return session.scalars(select(kind).filter_by(ulid=self._done[key])).one()

    def has(self, key: str) -> bool:
        """Was it done?"""
        return key in self._done

    def person(self, name: str) -> Actor:
        """Somebody of the demonstration, as the actor of a transaction."""
        with self.plant.db.read_only(ACTOR) as session:
            return session.scalars(select(User).filter_by(sign_in_name=name)).one().as_actor()

    def keep(self, data: bytes, media_type: str) -> FileRef:
        """A file, kept."""
        return self.plant.files.keep_bytes(data, media_type)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """All of the plant, to look at."""
        with self.plant.db.read_only(ACTOR) as session:
            yield session


def done(session: Session) -> dict[str, UUID | None]:
    """Acts that were done, by key, with what they left behind."""
    query = select(AuditEntry.details["of"].astext, AuditEntry.ulid)
    rows = session.execute(query.where(AuditEntry.subject == SUBJECT, AuditEntry.act == "done"))
    return dict(rows.all())
