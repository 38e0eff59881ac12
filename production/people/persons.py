"""People as rows of the set-up: who signs in, as what, up to which amount, and who stands in meanwhile.

Passwords are no part of a row: who is entered by a file or a form has none until first passwords are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator
from sqlalchemy import SelectBase, select
from sqlalchemy.orm import Session, aliased

from kernel.findings import Finding
from kernel.ids import new_ulid
from production.asked import Day, Dollars, Line, Wrong
from production.people import second_person, sign_ins
from production.people.models import AGENCY_ROLES, Agency, Role, User, UserRole
from production.people.second_person import consequence
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Name, Row, looks_like, words
from store.db import UnitOfWork

NO_PASSWORD = ""  # no password fits it


def _small(given: object) -> object:
    return given.strip().lower() if isinstance(given, str) else given


Roles = Annotated[
    tuple[Role, ...], BeforeValidator(words), PlainSerializer(lambda roles: [one.value for one in roles])
]
SignInName = Annotated[
    str,
    BeforeValidator(_small),
    looks_like(r"\S{2,120}", "Write 2 to 120 characters without blanks, such as an e-mail address."),
]
Email = Annotated[Line, looks_like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "Write an address, as in ann@example.gov.")]


class PersonValue(Row):
    """Somebody who signs in."""

    sign_in_name: Annotated[SignInName, Field(min_length=1)] = Field(
        title="Sign-in name", description="Small letters, such as an e-mail address."
    )
    full_name: Name = Field(title="Name")
    agency: Line = Field(default="", title="Agency", description="Empty: the plant.")
    roles: Roles = Field(
        default=(), title="Roles", description="Several in a table: with semicolons between."
    )
    is_shut_out: bool = Field(
        default=False, title="Shut out", description="Nothing that the person did is lost."
    )
    email: Email = Field(
        default="",
        title="E-mail",
        description="Empty: the sign-in name, where it is an address.",
        max_length=200,
    )
    badge: Annotated[Line, BeforeValidator(_small), looks_like(r"\S{4,40}", "Write 4 to 40 characters.")] = (
        Field(default="", title="Badge", description="As a scanner reads it: names who works, beside a PIN.")
    )
    approval_limit: Dollars | None = Field(
        default=None,
        title="Approves up to",
        description="Dollars of one job; empty: as the rules of approval say.",
    )
    stand_in: Line = Field(
        default="",
        title="Stand-in",
        description="Sign-in name of who approves in this person's place meanwhile.",
    )
    stand_in_from: Day | None = Field(default=None, title="Stand-in from")
    stand_in_until: Day | None = Field(default=None, title="Stand-in until", description="The last day.")

    @model_validator(mode="after")
    def _whole(self) -> PersonValue:
        days = (self.stand_in_from, self.stand_in_until)
        if bool(self.stand_in) != all(days) or (not self.stand_in and any(days)):
            raise Wrong("A stand-in, from and until belong together: fill all three, or none.")
        if self.stand_in_from and self.stand_in_until and self.stand_in_from > self.stand_in_until:
            raise Wrong("The last day of the stand-in comes before the first.")
        return self


class People(Kind[PersonValue]):
    """Everybody who can sign in."""

    code, name, names = "person", "Person", "People"
    lead = "Everybody who can sign in, as what, and who approves in whose place."
    value = PersonValue
    keyed_by = ("sign_in_name",)

    def rows(self, session: Session) -> list[PersonValue]:
        return [_person(*row) for row in session.execute(_PEOPLE)]

    def keys(self) -> SelectBase:
        return select(User.sign_in_name)

    def find(self, session: Session, key: str) -> PersonValue | None:
        row = session.execute(_PEOPLE.where(User.sign_in_name == key)).first()
        return _person(*row) if row else None

    def write(self, uow: UnitOfWork, value: PersonValue) -> None:
        user = uow.session.scalars(select(User).filter_by(sign_in_name=value.sign_in_name)).first()
        if user is None:
            agency = uow.session.scalars(select(Agency).filter_by(code=value.agency)).first()
            user = User(
                ulid=new_ulid(uow.now), sign_in_name=value.sign_in_name, agency_id=agency.id if agency else None,
                password_hash=NO_PASSWORD, must_change_password=True, created_at=uow.now,
            )  # fmt: skip
            uow.session.add(user)
        user.full_name, user.approval_limit = value.full_name, value.approval_limit
        user.email, user.badge = value.email or None, value.badge or None
        kept = [row for row in user.role_rows if row.role in value.roles]
        new = set(value.roles) - {row.role for row in kept}
        user.role_rows = [*kept, *(UserRole(role=role) for role in sorted(new))]
        if value.is_shut_out != (user.disabled_at is not None):
            user.disabled_at = uow.now if value.is_shut_out else None
            uow.session.flush()
            sign_ins.end_all(uow, user)
        other = select(User.id).filter_by(sign_in_name=value.stand_in)
        user.stand_in_id = uow.session.scalar(other) if value.stand_in else None
        user.stand_in_from, user.stand_in_until = value.stand_in_from, value.stand_in_until

    def check(self, change: Change[PersonValue]) -> Iterator[Finding]:
        value, before = change.value, change.before
        if value.agency and change.session.scalar(select(Agency.id).filter_by(code=value.agency)) is None:
            yield wrong("agency", f"There is no agency {value.agency}.")
        if before is not None and before.agency != value.agency:
            yield wrong("agency", "Nobody changes sides: shut this account out and enter another.")
        yield from _roles(value)
        if before is None and self.needs_second(change):
            yield wrong(
                "roles", "Enter the person first; then a second person agrees to the role of administrator."
            )
        if change.of("roles", "is_shut_out") and not _administrators(change):
            yield wrong("roles", "Nobody would be left who can administer the plant.")
        if change.actor.name == value.sign_in_name and change.of("roles", "is_shut_out"):
            yield wrong(
                "roles",
                "Another administrator has to change your own account.",
            )
        if value.stand_in:
            yield from _stand_in(change)
        own = select(User.full_name).where(User.badge == value.badge, User.sign_in_name != value.sign_in_name)
        if value.badge and (other := change.session.scalar(own)) is not None:
            yield wrong("badge", f"This is the badge of {other}.")

    def consequences(self, change: Change[PersonValue]) -> Iterator[Finding]:
        if change.of("is_shut_out") and change.value.is_shut_out:
            yield consequence("SHUTTING_OUT", f"{change.value.full_name} is signed out everywhere, at once.")

    def needs_second(self, change: Change[PersonValue]) -> bool:
        """Whoever is made an administrator can do everything. While nobody else could agree, and at the console of the
        machine itself, one alone may."""
        before = change.before.roles if change.before else ()
        is_new = Role.ADMINISTRATOR in change.value.roles and Role.ADMINISTRATOR not in before
        others = second_person.who_may(change.session, change.actor.name)
        return is_new and change.actor.user_id is not None and bool(set(others) - {change.value.full_name})

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        rows = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        return {
            "agency": [("", "The plant"), *((code, f"{name} ({code})") for code, name in rows)],
            "roles": [(role.value, role.value.replace("_", " ").capitalize()) for role in Role],
        }


def _roles(value: PersonValue) -> Iterator[Finding]:
    """Agency people request and approve; everything else is plant staff's."""
    given = frozenset(value.roles)
    if misplaced := sorted(given - AGENCY_ROLES if value.agency else given & AGENCY_ROLES):
        side = "agency people" if value.agency else "plant staff"
        yield wrong("roles", f"{', '.join(misplaced).replace('_', ' ')}: not for {side}.")


def _administrators(change: Change[PersonValue]) -> bool:
    """Is somebody left who can administer?"""
    rows = [one for one in PEOPLE.rows(change.session) if one.sign_in_name != change.value.sign_in_name]
    had = [one for one in (*rows, change.before) if one and _administers(one)]
    return not had or any(map(_administers, (*rows, change.value)))


def _administers(person: PersonValue) -> bool:
    return Role.ADMINISTRATOR in person.roles and not person.is_shut_out


def _stand_in(change: Change[PersonValue]) -> Iterator[Finding]:
    value = change.value
    query = select(User).filter_by(sign_in_name=value.stand_in, disabled_at=None)
    other = change.session.scalars(query).first()
    if other is None or value.stand_in == value.sign_in_name:
        yield wrong("stand_in", "Nobody else signs in by this name.")
    elif Role.APPROVER not in value.roles:
        yield wrong("stand_in", "Only an approver needs somebody who stands in.")
    elif (other.agency.code if other.agency else "") != value.agency:
        yield wrong("stand_in", f"{other.full_name} is not of the same agency.")


_OTHER = aliased(User)
_PEOPLE = (
    select(User, _OTHER.sign_in_name)
    .outerjoin(_OTHER, _OTHER.id == User.stand_in_id)
    .order_by(User.sign_in_name)
    .execution_options(populate_existing=True)
)


def _person(row: User, stand_in: str | None) -> PersonValue:
    return PersonValue.model_construct(
        sign_in_name=row.sign_in_name, full_name=row.full_name, agency=row.agency.code if row.agency else "",
        roles=tuple(sorted(Role(word) for word in row.roles)), is_shut_out=row.disabled_at is not None,
        email=row.email or "", approval_limit=row.approval_limit, stand_in=stand_in or "",
        stand_in_from=row.stand_in_from, stand_in_until=row.stand_in_until, badge=row.badge or "",
    )  # fmt: skip


PEOPLE = People()
