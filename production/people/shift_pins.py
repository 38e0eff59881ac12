"""A short number by which somebody signs in for a shift, at a device that the plant knows and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput, refused_field
from production.asked import Count
from production.people.models import ShiftPin, User
from production.people.setup import ONE, Kind
from production.people.setup_fields import Row
from store.db import UnitOfWork

SHORTEST, LONGEST = 6, 10
_NEIGHBORS = ("01234567890123456789", "98765432109876543210")


class ShiftRuleValue(Row):
    """How long a shift at a device lasts, and how often a PIN is tried."""

    idle_minutes: Annotated[Count, Field(ge=1, le=720)] = Field(
        default=30, title="Ends when nobody touches it for", description="Minutes."
    )
    hours: Annotated[Count, Field(ge=1, le=12)] = Field(
        default=10, title="Ends in any case after", description="Hours: a shift and its overtime."
    )
    tries: Annotated[Count, Field(ge=3, le=20)] = Field(
        default=5,
        title="Wrong PINs in a row",
        description="Then nobody signs in with this person's PIN for a while.",
    )
    lock_minutes: Annotated[Count, Field(ge=1, le=1440)] = Field(
        default=15, title="For so long", description="Minutes."
    )


class ShiftRules(Kind[ShiftRuleValue]):
    """One rule for the whole plant."""

    code, name, names = "shift_sign_in", "Sign-in at devices", "Sign-in at devices"
    lead = "How long a sign-in by PIN lasts at a tablet, and how often somebody may try."
    value, is_one, has_guesses = ShiftRuleValue, True, True

    def shipped(self) -> Sequence[ShiftRuleValue]:
        return (ShiftRuleValue(),)


SHIFT_RULES = ShiftRules()


def rule(session: Session) -> ShiftRuleValue:
    """What holds now."""
    return SHIFT_RULES.find(session, ONE) or ShiftRuleValue()


def check_new(pin: str, again: str) -> None:
    """InvalidInput SHIFT_PIN with what is wrong with a chosen PIN."""
    sentence = ""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        sentence = f"Use {SHORTEST} to {LONGEST} digits."
    elif len(set(pin)) < 3 or any(pin in one for one in _NEIGHBORS):
        sentence = "This one is guessed first. Use other digits."
    elif pin != again:
        sentence = "The two entries differ. Type the same PIN twice."
    if sentence:
        raise refused_field("SHIFT_PIN", "pin", sentence, outcome="The PIN is not accepted.")


def set_pin(uow: UnitOfWork, user: User, pin_hash: str) -> None:
    """A PIN of one's own choice, or another one; wrong tries are forgotten."""
    row = uow.session.get(ShiftPin, user.id)
    if row is None:
        row = ShiftPin(user_id=user.id)
        uow.session.add(row)
    row.pin_hash, row.set_at, row.failures, row.locked_until = pin_hash, uow.now, 0, None
    uow.audit("app_user", user.ulid, "pin_set", name=user.sign_in_name)


def find(session: Session, said: str) -> tuple[User, ShiftPin] | None:
    """Who has this badge or sign-in name, with the PIN; None without one, or for whoever is shut out."""
    said = said.strip().lower()[:120]
    query = (
        select(User, ShiftPin)
        .join(ShiftPin, ShiftPin.user_id == User.id)
        .where(or_(User.sign_in_name == said, User.badge == said), User.disabled_at.is_(None))
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def refuse_locked(pin: ShiftPin) -> None:
    """InvalidInput PIN_LOCKED while too many wrong ones were tried."""
    if pin.locked_until is not None and pin.locked_until > clock.now():
        raise InvalidInput(
            "Too many wrong PINs were tried.", code="PIN_LOCKED",
            remedy="Wait a quarter of an hour, or sign in with your password and choose a new PIN.",
        )  # fmt: skip


def note_tried(uow: UnitOfWork, user: User, *, is_right: bool) -> None:
    """Count wrong ones in a row, and lock when they are too many."""
    pin = uow.session.get_one(ShiftPin, user.id, with_for_update=True, populate_existing=True)
    pin.failures = 0 if is_right else pin.failures + 1
    limits = rule(uow.session)
    if pin.failures >= limits.tries:
        pin.failures, pin.locked_until = 0, uow.now + timedelta(minutes=limits.lock_minutes)
        uow.audit("app_user", user.ulid, "pin_locked", name=user.sign_in_name, minutes=limits.lock_minutes)
