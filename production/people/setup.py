"""How a plant is set up: one way for every kind of row, from agencies to cut-offs.

A row is changed by ``put``: it is checked, its consequences are read, the row is written, and a version is added that
says who, when and why; the audit entry is of the same transaction. The newest version is what is in force.
``bring_back`` makes a new version with the values of an old one. What one person alone may not change waits as a
version that is not in force until a second person agrees.

A kind says what a row holds (``value``, a model) and where its rows stand; one whose rows stand in no table of their
own keeps them in ``shop_rule``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    Index,
    SelectBase,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    and_,
    func,
    literal,
    select,
    text,
    union,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import Conflict, InvalidInput, NotFound, StaleVersion
from kernel.findings import Finding, of_field, stops
from kernel.ids import new_ulid
from production.asked import Asked, read_json
from production.people import second_person
from production.people.second_person import Act
from store.columns import Base, Json, UtcDateTime, key_column
from store.db import Actor, UnitOfWork
from store.documents import Versioned

V = TypeVar("V", bound=Asked)
ONE = "plant"  # the key of what there is one of
AS_IT_STOOD = "As it stood before its first change here."


class SetupVersion(Base):
    """What a row of the set-up said from a moment on. ``undoes``: the version whose values it brings back.
    ``in_force_at`` is empty while a second person must agree.
    """

    __tablename__ = "setup_version"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    value: Mapped[Mapping[str, object]] = mapped_column(Json)  # of ``Kind.documents``
    why: Mapped[str] = mapped_column(Text)
    undoes: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    in_force_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("kind", "key", "number"),
        Index(
            "uq_setup_version_waiting",
            "kind",
            "key",
            unique=True,
            postgresql_where=text("in_force_at IS NULL"),
        ),
    )


class ShopRule(Base):
    """What the shop decides and no other table keeps: days, times, limits. The same for all agencies."""

    __tablename__ = "shop_rule"
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Mapping[str, object]] = mapped_column(Json)  # of ``Kind.documents``


@dataclass(frozen=True, slots=True)
class Change(Generic[V]):
    """A row about to be added or brought to another value."""

    session: Session
    actor: Actor
    value: V
    before: V | None

    def of(self, *fields: str) -> bool:
        """Does a row that was there say another thing in one of these fields?"""
        return self.before is not None and any(
            getattr(self.before, name) != getattr(self.value, name) for name in fields
        )


class Kind(Generic[V]):
    """A kind of row. ``shipped``: rows that hold until the shop says otherwise: our guess."""

    code: ClassVar[str]  # in files and addresses
    name: ClassVar[str]
    names: ClassVar[str]
    verb: ClassVar[str] = "administer"  # who may do what: web/policies.py
    lead: ClassVar[str] = ""
    value: type[V]
    keyed_by: ClassVar[tuple[str, ...]] = ("code",)
    is_one: ClassVar[bool] = False  # there is one row, for the whole plant
    has_guesses: ClassVar[bool] = False  # rows are shipped, for the shop to confirm
    fixed: ClassVar[tuple[str, ...]] = ()  # what a row keeps as it came
    grows: ClassVar[bool] = True  # the shop adds rows; else it only changes those there are
    listed: ClassVar[tuple[str, ...]] = ()  # what a list shows of a row beside its key; none: everything

    def key(self, value: V) -> str:
        """What names the row for good."""
        return ONE if self.is_one else "/".join(str(getattr(value, name)) for name in self.keyed_by)

    def shipped(self) -> Sequence[V]:
        """Rows of a plant where nobody has said anything."""
        return ()

    def rows(self, session: Session) -> list[V]:
        """Every row that is in force, by key."""
        return rule_rows(session, (self,))[self.code]

    def keys(self) -> SelectBase:
        """The key of every row that is in force, each once."""
        shipped = [select(literal(self.key(row), String)) for row in self.shipped()]
        return union(select(ShopRule.key).filter_by(kind=self.code), *shipped)

    def find(self, session: Session, key: str) -> V | None:
        """One row that is in force."""
        rule = session.get(ShopRule, (self.code, key), populate_existing=True)
        if rule is not None:
            return self.documents.value(rule.value, f"{self.code} {key}")
        return next((row for row in self.shipped() if self.key(row) == key), None)

    def write(self, uow: UnitOfWork, value: V) -> None:
        """Bring the row to this value."""
        key = self.key(value)
        plain = self.documents.plain(value, f"{self.code} {key}")
        uow.session.merge(ShopRule(kind=self.code, key=key, value=plain))

    def check(self, change: Change[V]) -> Iterator[Finding]:
        """What is wrong with a value that is complete: it names what is not there, it may not change so."""
        del change
        yield from ()

    def consequences(self, change: Change[V]) -> Iterator[Finding]:
        """What a person reads before it is done."""
        del change
        yield from ()

    def needs_second(self, change: Change[V]) -> bool:
        """May one person alone not do this?"""
        del change
        return False

    @cached_property
    def documents(self) -> Versioned[V]:
        """How values are kept."""
        return Versioned(self.value)

    def read(self, given: Mapping[str, Any]) -> V:
        """A value from a row of a file. InvalidInput SETUP by field."""
        return read_json(self.value, json.dumps(given, default=str))

    def filled(self, session: Session, given: Mapping[str, Any]) -> dict[str, object]:
        """What was given, with all else as the row has it now: who leaves a column out changes nothing of it."""
        key = "/".join(str(given.get(name, "")).strip() for name in self.keyed_by)
        before = self.find(session, ONE if self.is_one else key)
        return {**(before.model_dump(mode="json") if before is not None else {}), **given}

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        """Of fields that name another row: what can be chosen, as (value, words)."""
        del session
        return {}

    def shown(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        """What a list of rows shows in place of values, by field, as (value, words)."""
        return self.choices(session)

    def differences(self, value: V, before: V | None) -> list[tuple[str, str, str]]:
        """(field, before, after) of what differs, in words."""
        fields = type(value).model_fields
        pairs = [(name, getattr(before, name, None), getattr(value, name)) for name in fields]
        return [
            (fields[name].title or name, in_words(old), in_words(new))
            for name, old, new in pairs
            if old != new
        ]


def rule_rows(session: Session, kinds: Collection[Kind[Any]]) -> dict[str, list[Any]]:
    """Every row in force of kinds that stand in ``shop_rule``, by code of the kind, in order of keys: one statement."""
    kept = {kind.code: {kind.key(row): row for row in kind.shipped()} for kind in kinds}
    documents = {kind.code: kind.documents for kind in kinds}
    for rule in session.scalars(select(ShopRule).where(ShopRule.kind.in_(kept))):
        kept[rule.kind][rule.key] = documents[rule.kind].value(rule.value, f"{rule.kind} {rule.key}")
    return {code: [rows[key] for key in sorted(rows)] for code, rows in kept.items()}


def wrong(field: str, message: str) -> Finding:
    """A finding beside a field of a row."""
    return of_field("SETUP", field, message)


def in_words(value: Any) -> str:
    """How a value looks where before and after stand side by side."""
    match value:
        case None | "" | ():
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case date():
            return f"{value:%b} {value.day}, {value.year}"
        case tuple() | list() | frozenset():
            return ", ".join(in_words(one).replace("_", " ") for one in value)
    return str(value)


def put(
    uow: UnitOfWork,
    kind: Kind[V],
    value: V,
    *,
    why: str = "",
    seen: int | None = None,
    knowing: Collection[str] | None = (),
    undoes: int | None = None,
) -> SetupVersion | None:
    """Bring a row to a value; None when it says so already. ``seen``: the number of the version that was on the screen
    (StaleVersion). ``knowing``: consequences that were read; None for what reads nobody, such as a file that was tried
    before. InvalidInput SETUP; Conflict SETUP_WAITS while another change of the row waits for a second person.
    """
    key = kind.key(value)
    _lock(uow, kind, key)
    before = kind.find(uow.session, key)
    if seen is not None and seen != number_of(uow.session, kind, key):
        raise StaleVersion("Somebody else has changed this since the page was shown. Look again.")
    if before == value:
        return None
    change = Change(uow.session, uow.actor, value, before)
    found = list(kind.check(change))
    found += [wrong(name, "This stays as it is.") for name in kind.fixed if change.of(name)]
    if before is None and not kind.grows:
        found = [wrong(kind.keyed_by[-1], f"There is no {key}; those there are can be changed.")]
    if stops(found):
        raise InvalidInput(f"{kind.name}: not entered.", code="SETUP", findings=stops(found))
    if waiting(uow.session, kind, key) is not None:
        raise Conflict("Another change of this waits for a second person.", code="SETUP_WAITS")
    if knowing is not None:
        sentence = f"{kind.name} {key} changes." if before is not None else f"{kind.name} {key} is new."
        second_person.confirm(sentence, list(kind.consequences(change)), knowing)
    if before is not None and kind.needs_second(change):
        version = _append(uow, kind, value, before, why=why, undoes=undoes, in_force=False)
        second_person.ask(uow, Act.SETUP, version.ulid)
        return version
    kind.write(uow, value)
    return record(uow, kind, value, before, why=why, undoes=undoes)


def record(
    uow: UnitOfWork, kind: Kind[V], value: V, before: V | None, *, why: str = "", undoes: int | None = None
) -> SetupVersion:
    """The version and the audit entry of a row that has been written: for a verb that changes the row itself."""
    uow.session.flush()
    version = _append(uow, kind, value, before, why=why, undoes=undoes, in_force=True)
    differ = [
        name for name in type(value).model_fields if before and getattr(before, name) != getattr(value, name)
    ]
    uow.audit(
        "setup", version.ulid, "changed" if before is not None else "added", of=f"{kind.code} {version.key}",
        number=version.number, fields=differ,
    )  # fmt: skip
    return version


def bring_back(
    uow: UnitOfWork, kind: Kind[V], key: str, number: int, *, knowing: Collection[str] = ()
) -> SetupVersion | None:
    """A new version with the values of an old one. NotFound when there is none of that number."""
    old = _numbered(uow.session, kind, key, number)
    return put(uow, kind, value_of(kind, old), why=f"Version {number} again.", knowing=knowing, undoes=number)


class Tally(NamedTuple):
    """Rows of a kind: how many, and how many that nobody at the shop has entered, changed or confirmed."""

    rows: int = 0
    unseen: int = 0


def tallies(session: Session, kinds: Collection[Kind[Any]]) -> dict[str, Tally]:
    """Of each kind by its code, in one statement."""
    keys = [(kind.code, kind.keys().subquery()) for kind in kinds]
    each = [select(literal(code, String).label("kind"), next(iter(own.c)).label("key")) for code, own in keys]
    row = union_all(*each).subquery()
    seen = select(SetupVersion.kind, SetupVersion.key).distinct().subquery()
    query = (
        select(row.c.kind, func.count(), func.count().filter(seen.c.key.is_(None)))
        .outerjoin(seen, and_(seen.c.kind == row.c.kind, seen.c.key == row.c.key))
        .group_by(row.c.kind)
    )
    found = {code: Tally(rows, unseen) for code, rows, unseen in session.execute(query)}
    return {kind.code: found.get(kind.code, Tally()) for kind in kinds}


def unseen(session: Session, kind: Kind[Any]) -> int:
    """Rows of a kind that stand as they came."""
    return tallies(session, (kind,))[kind.code].unseen


def confirm_all(uow: UnitOfWork, kind: Kind[V]) -> int:
    """Rows that stand as they came are right so: each gets its first version. Gives how many."""
    rows = [row for row in kind.rows(uow.session) if number_of(uow.session, kind, kind.key(row)) == 0]
    for row in rows:
        version = _append(uow, kind, row, None, why="Right as it came.", undoes=None, in_force=True)
        uow.audit("setup", version.ulid, "confirmed", of=f"{kind.code} {version.key}", number=version.number)
    return len(rows)


def agree(uow: UnitOfWork, version: SetupVersion, kind: Kind[V]) -> None:
    """The second person's yes: what waited is checked once more and is in force. Conflict SECOND_PERSON."""
    _lock(uow, kind, version.key)
    second_person.agree(uow, Act.SETUP, version.ulid)
    value, before = value_of(kind, version), kind.find(uow.session, version.key)
    if found := stops(list(kind.check(Change(uow.session, uow.actor, value, before)))):
        raise InvalidInput("It cannot be put in force any more.", code="SETUP", findings=found)
    kind.write(uow, value)
    version.in_force_at = uow.now
    uow.audit("setup", version.ulid, "agreed", of=f"{kind.code} {version.key}", number=version.number)


def take_back(uow: UnitOfWork, version: SetupVersion) -> None:
    """What waited for a second person is not wanted any more; its number stays in the audit chain."""
    second_person.drop(uow, Act.SETUP, version.ulid)
    uow.audit("setup", version.ulid, "taken_back", of=f"{version.kind} {version.key}", number=version.number)
    uow.session.delete(version)


def history(session: Session, kind: Kind[V], key: str) -> Sequence[SetupVersion]:
    """Versions of a row, newest first."""
    query = select(SetupVersion).filter_by(kind=kind.code, key=key)
    return session.scalars(query.order_by(SetupVersion.number.desc())).all()


def latest(session: Session, limit: int) -> Sequence[SetupVersion]:
    """The latest changes of the whole set-up that are in force."""
    query = select(SetupVersion).where(SetupVersion.in_force_at.is_not(None), SetupVersion.why != AS_IT_STOOD)
    return session.scalars(query.order_by(SetupVersion.id.desc()).limit(limit)).all()


def waiting(session: Session, kind: Kind[V], key: str) -> SetupVersion | None:
    """The change of a row that waits for a second person."""
    return session.scalars(select(SetupVersion).filter_by(kind=kind.code, key=key, in_force_at=None)).first()


def number_of(session: Session, kind: Kind[V], key: str) -> int:
    """The number of the newest version of a row; 0 before its first."""
    query = select(func.max(SetupVersion.number)).filter_by(kind=kind.code, key=key)
    return session.scalar(query) or 0


def value_of(kind: Kind[V], version: SetupVersion) -> V:
    """What a version says."""
    return kind.documents.value(version.value, f"setup_version {kind.code}")


def _append(
    uow: UnitOfWork,
    kind: Kind[V],
    value: V,
    before: V | None,
    *,
    why: str,
    undoes: int | None,
    in_force: bool,
) -> SetupVersion:
    key = kind.key(value)
    number = number_of(uow.session, kind, key)
    if before is not None and number == 0:  # so that it can be brought back
        number = 1
        uow.session.add(_version(uow, kind, before, number, AS_IT_STOOD, None))
    version = _version(uow, kind, value, number + 1, why.strip(), undoes)
    version.in_force_at = uow.now if in_force else None
    uow.session.add(version)
    uow.session.flush()
    return version


def _version(
    uow: UnitOfWork, kind: Kind[V], value: V, number: int, why: str, undoes: int | None
) -> SetupVersion:
    key = kind.key(value)
    return SetupVersion(
        ulid=new_ulid(uow.now), kind=kind.code, key=key, number=number,
        value=kind.documents.plain(value, f"setup_version {kind.code}"), why=why, undoes=undoes,
        actor=uow.actor.name, recorded_at=uow.now, in_force_at=uow.now,
    )  # fmt: skip


def _numbered(session: Session, kind: Kind[V], key: str, number: int) -> SetupVersion:
    found = session.scalars(select(SetupVersion).filter_by(kind=kind.code, key=key, number=number)).first()
    if found is None or found.in_force_at is None:
        raise NotFound("There is no such version.")
    return found


def _lock(uow: UnitOfWork, kind: Kind[Any], key: str) -> None:
    """One change of a row at a time."""
    uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:row, 0))"), {"row": f"setup {kind.code} {key}"}
    )
