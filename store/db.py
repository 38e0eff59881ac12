"""Engine and unit of work: the only module that commits.

A unit of work is one transaction with its actor and its instant. The actor's agency is told to PostgreSQL,
whose row-level security is the second wall behind the query scopes of the rooms.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import Conflict, Unavailable
from store import audit
from store.documents import JsonValue
from store.witness import Witness

_WHO = "SELECT set_config('indicia.scope', :scope, true), set_config('indicia.actor', :actor, true)"
_TELL = {False: text(_WHO), True: text(f"{_WHO}, set_config('transaction_read_only', 'on', true)")}
_BUSY = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with roles and perhaps an agency, or a named part of the system.

    ``agency_id`` None means plant staff or the system: all agencies.
    """

    name: str
    user_id: int | None = None
    agency_id: int | None = None
    roles: frozenset[str] = frozenset()


def system_actor(part: str) -> Actor:
    """The system itself, named by its part: ``system:relay``."""
    return Actor(name=f"system:{part}")


@dataclass(slots=True)
class UnitOfWork:
    """One transaction: session, actor, the instant all its rows agree on, audit entries chained at commit; the
    witness outside the database, if the plant keeps one."""

    session: Session
    actor: Actor
    now: datetime
    witness: Witness | None = None
    audit_entries: list[audit.Entry] = field(default_factory=list)

    def audit(self, subject: str, ulid: UUID | None, act: str, **details: JsonValue) -> None:
        """Remember a state change for the audit chain; written at commit by store.audit."""
        self.audit_entries.append(audit.Entry(subject, ulid, act, details))


# Done at the end of every unit of work, in its transaction: what follows from all that it did. Rooms add theirs.
AT_THE_END: list[Callable[[UnitOfWork], None]] = []


class Database:
    """An engine and the ways into it."""

    def __init__(
        self, url: str, witness: Witness | None = None, *, statement_seconds: int | None = None
    ) -> None:
        """``statement_seconds``: a statement that takes longer is given up (TOO_SLOW); None waits."""
        self.url = url
        self.witness = witness
        self.engine = _make_engine(url, statement_seconds)

    @contextmanager
    def unit_of_work(self, actor: Actor) -> Iterator[UnitOfWork]:
        """One transaction, committed on leaving, rolled back on any exception."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            _enter(session, actor)
            uow = UnitOfWork(session=session, actor=actor, now=clock.now(), witness=self.witness)
            yield uow
            for follows in AT_THE_END if uow.audit_entries else ():
                follows(uow)
            acts = audit.chain(session, uow.audit_entries, at=uow.now, actor=actor.name)
            if acts and self.witness is not None:
                self.witness.saw_acts(acts)
            session.commit()

    @contextmanager
    def read_only(self, actor: Actor) -> Iterator[Session]:
        """A READ ONLY transaction for screens and reports; nothing loads lazily after it closes."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            _enter(session, actor, read_only=True)
            yield session  # closing ends the transaction and leaves what was loaded as it is

    @contextmanager
    def snapshot(self, actor: Actor) -> Iterator[Session]:
        """READ ONLY at one instant: however long the reading takes, all of it sees the same commits."""
        one_instant = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with _translated(), Session(one_instant, expire_on_commit=False) as session:
            _enter(session, actor)
            yield session

    def dispose(self) -> None:
        """Close every pooled connection (before a fork, after a test)."""
        self.engine.dispose()


def _make_engine(url: str, statement_seconds: int | None) -> Engine:
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_size=5, max_overflow=10)

    @event.listens_for(engine, "connect")
    def _utc(connection: Any, _record: Any) -> None:
        connection.execute("SET TIME ZONE 'UTC'")
        if statement_seconds is not None:
            connection.execute(f"SET statement_timeout = '{statement_seconds}s'")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def _is_there(connection: Any, _record: Any, _proxy: Any) -> None:
        """A server that ends a connection says so on it, so a quiet one is asked nothing."""
        line = select.poll()
        line.register(connection.fileno(), select.POLLIN)
        if line.poll(0) and not _answers(connection):
            raise InvalidatePoolError

    return engine


def _answers(connection: Any) -> bool:
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error:
        return False
    return True


def _enter(session: Session, actor: Actor, *, read_only: bool = False) -> None:
    """Tell the transaction who acts, in one statement. ``read_only``: nothing that it asks for writes."""
    scope = str(actor.agency_id) if actor.agency_id is not None else "plant"
    session.execute(_TELL[read_only], {"scope": scope, "actor": actor.name})


@contextmanager
def _translated() -> Iterator[None]:
    """Database trouble in the words of the house; SQL never reaches a person."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in _BUSY:
            raise Conflict(
                "Someone else is changing this right now. Try again.", code="STATE_BUSY"
            ) from error
        if state == "57014":
            raise Unavailable(
                "This took too long and was given up; nothing was changed.", code="TOO_SLOW"
            ) from error
        if state == "53100":
            raise Unavailable("The disk is full; nothing was changed.", code="STORAGE_FULL") from error
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise Unavailable("The database cannot be reached; nothing was changed.") from error
        raise
