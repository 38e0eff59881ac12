"""Agencies, their accounts and everybody who signs in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.money import Money
from store.columns import Base, Cents, UtcDateTime, Word, choice_check, key_column
from store.db import Actor


class Role(StrEnum):
    """What a person may be; a person can hold several roles."""

    REQUESTER = "requester"
    APPROVER = "approver"
    PRINT_OPERATOR = "print_operator"
    MAIL_OPERATOR = "mail_operator"
    BILLING_CLERK = "billing_clerk"
    ADMINISTRATOR = "administrator"
    PLANNER = "planner"
    MESSENGER = "messenger"
    DIRECTOR = "director"


AGENCY_ROLES = frozenset({Role.REQUESTER, Role.APPROVER})


class Agency(Base):
    """A government body that orders and pays. ``code`` is what people type."""

    __tablename__ = "agency"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    crid: Mapped[str | None] = mapped_column(String(15))  # USPS customer registration id, for By/For


class BudgetUnit(Base):
    """The part of an agency that a charge lands on, with its accounting string."""

    __tablename__ = "budget_unit"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    bill_code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    accounting_string: Mapped[str] = mapped_column(String(200))
    budget: Mapped[Money | None] = mapped_column(Cents)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("agency_id", "bill_code"),)


class User(Base):
    """Somebody who signs in. ``agency_id`` is empty for plant staff. ``approval_limit``: dollars of one job, None as
    the rules of approval say. From day to day the stand-in approves in this person's place.
    """

    __tablename__ = "app_user"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    sign_in_name: Mapped[str] = mapped_column(String(120), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool]  # somebody else chose it
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    email: Mapped[str | None] = mapped_column(String(200))  # None: the sign-in name, where it is an address
    approval_limit: Mapped[Money | None] = mapped_column(Cents)
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    stand_in_from: Mapped[date | None]
    stand_in_until: Mapped[date | None]
    toured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # was shown around, or did not want to be
    badge: Mapped[str | None] = mapped_column(String(40), unique=True)  # small letters, as it is scanned

    agency: Mapped[Agency | None] = relationship(lazy="joined")
    role_rows: Mapped[list[UserRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def roles(self) -> frozenset[str]:
        """The roles held now."""
        return frozenset(row.role.value for row in self.role_rows)

    def as_actor(self) -> Actor:
        """This person as the actor of a unit of work."""
        return Actor(name=self.sign_in_name, user_id=self.id, agency_id=self.agency_id, roles=self.roles)


class UserRole(Base):
    """One role of one person."""

    __tablename__ = "user_role"
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(Word(Role), primary_key=True)

    __table_args__ = (choice_check("role", Role),)


class StandIn(Base):
    """Who stands in for an approver from the first to the last day, named by that approver; ``ended_at`` once that was
    taken back. What an administrator enters stands with the person.
    """

    __tablename__ = "stand_in"
    id: Mapped[int] = key_column()
    person_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)


class SignIn(Base):
    """One sign-in of one person at one browser: what the cookie names, and what signing out ends. ``by_pin``: for a
    shift, at a device, and for what is done on the floor alone.
    """

    __tablename__ = "sign_in"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    by_pin: Mapped[bool] = mapped_column(default=False)


class ShiftPin(Base):
    """The hash of a person's PIN; wrong ones in a row, and until when none is tried any more."""

    __tablename__ = "shift_pin"
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiKey(Base):
    """What a program of an agency shows instead of a password; it acts for the person who made it, while that
    person may. The key itself is kept nowhere.
    """

    __tablename__ = "api_key"
    id: Mapped[int] = key_column()
    ulid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    label: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(String(200))

    user: Mapped[User] = relationship(lazy="joined")
