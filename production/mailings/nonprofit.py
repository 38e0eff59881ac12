"""Authorizations for nonprofit prices, by agency and post office: kept, ended, asked for by orders and streams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, of_field
from postal.piece.nonprofit import PREFIX, Authorization, authorization_for, refusal
from production.mailings.shop import shop_profile
from production.people.models import Agency
from store.columns import Base, UtcDateTime, key_column
from store.db import UnitOfWork

_LOOKS = {
    "number": (r"[A-Za-z0-9]{1,10}", "A number has 1 to 10 letters or digits."),
    "zip5": (r"[0-9]{5}", "A ZIP Code has five digits."),
    "post_office": (r"\S.{0,59}", "Name the post office in at most 60 characters."),
}


class NonprofitAuthorization(Base):
    """An agency's authorization at one post office; ``valid_to`` is its last day."""

    __tablename__ = "nonprofit_authorization"
    id: Mapped[int] = key_column()
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    number: Mapped[str] = mapped_column(String(10))
    zip5: Mapped[str] = mapped_column(String(5))
    post_office: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="days"),
        UniqueConstraint("agency_id", "zip5", "number"),
    )

    @property
    def value(self) -> Authorization:
        """As the rules know it."""
        return Authorization(self.number, self.zip5, self.post_office, self.valid_from, self.valid_to)


def enter(
    uow: UnitOfWork,
    *,
    agency_code: str,
    number: str,
    zip5: str,
    post_office: str,
    valid_from: date | None,
    valid_to: date | None = None,
) -> NonprofitAuthorization:
    """A new one. InvalidInput NONPROFIT_ENTRY by field; Conflict NONPROFIT_TAKEN for one that is here."""
    given = {"number": number.strip(), "zip5": zip5.strip(), "post_office": post_office.strip()}
    wrong = [
        of_field("NONPROFIT_ENTRY", name, words)
        for name, (looks, words) in _LOOKS.items()
        if not re.fullmatch(looks, given[name])
    ]
    agency = uow.session.scalars(select(Agency).filter_by(code=agency_code)).first()
    if agency is None:
        wrong.append(of_field("NONPROFIT_ENTRY", "agency", "There is no such agency."))
    if valid_from is None:
        wrong.append(of_field("NONPROFIT_ENTRY", "valid_from", "Enter the first day."))
    elif valid_to is not None and valid_to < valid_from:
        wrong.append(of_field("NONPROFIT_ENTRY", "valid_to", "The last day is before the first."))
    if wrong or agency is None or valid_from is None:
        raise InvalidInput("The authorization was not entered.", code="NONPROFIT_ENTRY", findings=wrong)
    there = select(NonprofitAuthorization).filter_by(
        agency_id=agency.id, zip5=given["zip5"], number=given["number"]
    )
    if uow.session.scalars(there).first() is not None:
        raise Conflict(
            f"Number {given['number']} of {agency_code} is entered already.", code="NONPROFIT_TAKEN"
        )
    row = NonprofitAuthorization(
        agency_id=agency.id, **given, valid_from=valid_from, valid_to=valid_to,
        entered_by=uow.actor.name, entered_at=uow.now,
    )  # fmt: skip
    uow.session.add(row)
    days = [valid_from.isoformat(), valid_to.isoformat() if valid_to else ""]
    uow.audit("nonprofit_authorization", None, "entered", agency=agency_code, days=days, **given)
    return row


def end(uow: UnitOfWork, key: int, last_day: date | None) -> NonprofitAuthorization:
    """Give one its last day, or another. NotFound; InvalidInput NONPROFIT_ENTRY for a day before its first."""
    row = uow.session.get(NonprofitAuthorization, key, with_for_update=True)
    if row is None:
        raise NotFound("There is no such authorization.")
    if last_day is None or last_day < row.valid_from:
        found = [of_field("NONPROFIT_ENTRY", "last_day", "Enter a day that is not before its first.")]
        raise InvalidInput("The authorization is as it was.", code="NONPROFIT_ENTRY", findings=found)
    row.valid_to = last_day
    uow.audit(
        "nonprofit_authorization",
        None,
        "ended",
        number=row.number,
        zip5=row.zip5,
        last_day=last_day.isoformat(),
    )
    return row


def held_by(session: Session, agency_ids: Iterable[int]) -> Mapping[int, Sequence[Authorization]]:
    """What each agency holds, the oldest first."""
    query = select(NonprofitAuthorization).where(NonprofitAuthorization.agency_id.in_(set(agency_ids)))
    found: dict[int, list[Authorization]] = {}
    for row in session.scalars(query.order_by(NonprofitAuthorization.valid_from, NonprofitAuthorization.id)):
        found.setdefault(row.agency_id, []).append(row.value)
    return found


def refusals(session: Session, agencies: Iterable[Agency], on: date) -> list[Finding]:
    """A stop for each agency that may not mail at nonprofit prices from the shop's post office that day."""
    owners = {agency.id: agency.name for agency in agencies}
    held, zip5 = held_by(session, owners), shop_profile(session).origin_zip5
    found = (refusal(name, held.get(key, ()), zip5, on) for key, name in owners.items())
    return [finding for finding in found if finding is not None]


def require(session: Session, agencies: Iterable[Agency], sort_plan: str, on: date) -> None:
    """InvalidInput NONPROFIT_AUTHORIZATION when a mailing at nonprofit prices lacks an owner's authorization."""
    found = refusals(session, agencies, on) if sort_plan.startswith(PREFIX) else []
    if found:
        raise InvalidInput(found[0].message, code=found[0].code, findings=found, remedy=found[0].remedy)


def serving(
    session: Session, agencies: Iterable[Agency], sort_plan: str, on: date
) -> Mapping[int, Authorization]:
    """The authorization that serves each agency's mail of a stream, by key of the agency; none at regular prices."""
    if not sort_plan.startswith(PREFIX):
        return {}
    held, zip5 = held_by(session, [agency.id for agency in agencies]), shop_profile(session).origin_zip5
    chosen = {key: authorization_for(of_agency, zip5, on) for key, of_agency in held.items()}
    return {key: one for key, one in chosen.items() if one is not None}
