"""Sign-ins: each begins once, ends by signing out, by a new password, by being shut out, or after ``LONGEST``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from kernel import clock
from kernel.ids import new_ulid
from production.people.contact import CONTACTS, ContactValue
from production.people.models import Agency, Role, SignIn, User, UserRole
from production.people.setup import ONE, ShopRule
from production.people.stand_ins import standing_in
from store.db import Actor, UnitOfWork

LONGEST = timedelta(hours=12)  # a shift and its overtime, however busy


def begin(uow: UnitOfWork, user: User, *, by_pin: bool = False) -> UUID:
    """A new sign-in; gives what the cookie names."""
    row = SignIn(ulid=new_ulid(uow.now), user_id=user.id, began_at=uow.now, by_pin=by_pin)
    uow.session.add(row)
    uow.audit("app_user", user.ulid, "signed_in", name=user.sign_in_name)
    return row.ulid


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in; the agency's name and code are empty for plant staff. ``contact``: whom the shop says to ask."""

    ulid: UUID
    name: str
    agency: str
    agency_code: str
    must_change_password: bool
    actor: Actor
    has_toured: bool
    contact: ContactValue | None
    by_pin: bool = False


_BEGUN = func.clock_timestamp() - LONGEST
_ROLES = select(UserRole.role).filter_by(user_id=User.id).correlate(User).scalar_subquery()
_ABSENT = aliased(User)
_AWAY = standing_in(bindparam("today")).subquery()
_STANDS_IN = (
    select(_ABSENT.id)
    .join(_AWAY, _AWAY.c.absent_id == _ABSENT.id)
    .join(UserRole, (UserRole.user_id == _ABSENT.id) & (UserRole.role == Role.APPROVER))
    .where(_AWAY.c.stand_in_id == User.id, _ABSENT.agency_id == User.agency_id)
    .correlate(User)
    .exists()
)
_CONTACT = select(ShopRule.value).filter_by(kind=CONTACTS.code, key=ONE).scalar_subquery()
_PERSON = (
    select(
        User.id, User.ulid, User.sign_in_name, User.full_name, User.agency_id, User.must_change_password,
        Agency.name.label("agency"), Agency.code, func.array(_ROLES).label("roles"),
        _STANDS_IN.label("stands_in"), User.toured_at, _CONTACT.label("contact"), SignIn.by_pin,
    )
    .join(SignIn, SignIn.user_id == User.id)
    .outerjoin(Agency, Agency.id == User.agency_id)
    .where(SignIn.ulid == bindparam("sign_in"), SignIn.ended_at.is_(None), SignIn.began_at > _BEGUN)
    .where(User.disabled_at.is_(None))
)  # fmt: skip


def person_of(session: Session, ulid: UUID) -> SignedIn | None:
    """Who signed in; None when it ended, was too long ago, or the account is closed. Whoever stands in for an approver
    today is one. Asked for every page, so it is one statement, made once.
    """
    row = session.execute(_PERSON, {"sign_in": ulid, "today": clock.today()}).first()
    if row is None:
        return None
    roles = frozenset(row.roles) | ({Role.APPROVER.value} if row.stands_in else frozenset())
    actor = Actor(row.sign_in_name, row.id, row.agency_id, roles)
    contact = CONTACTS.documents.value(row.contact, CONTACTS.code) if row.contact else None
    return SignedIn(
        row.ulid, row.full_name, row.agency or "", row.code or "", row.must_change_password, actor,
        row.toured_at is not None, contact, row.by_pin,
    )  # fmt: skip


def end(uow: UnitOfWork, ulid: UUID) -> None:
    """Sign out: no copy of the cookie is worth anything from now on."""
    _end(uow, SignIn.ulid == ulid)


def end_all(uow: UnitOfWork, user: User) -> None:
    """Every sign-in of this person, at any browser."""
    _end(uow, SignIn.user_id == user.id)


def _end(uow: UnitOfWork, which: object) -> None:
    uow.session.execute(
        update(SignIn).where(which, SignIn.ended_at.is_(None)).values(ended_at=uow.now)  # type: ignore[arg-type]
    )


def forget(uow: UnitOfWork, older_than: timedelta) -> int:
    """Drop sign-ins that began longer ago, by the database's clock; gives how many."""
    query = delete(SignIn).where(SignIn.began_at < func.clock_timestamp() - older_than)
    return len(uow.session.execute(query.returning(SignIn.id)).all())
