"""The shop's setting under which pieces may be held back from finer groups (least postage), version by version.

DMM 245.1.1 reads that presort is generally completed at each level before the next: top-down is the rule, and another
order needs the Postal Service's word in writing (docs/adr/0013).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import business_date
from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.mailings.models import SortAgreement
from store.db import UnitOfWork

RULE = (
    "The rule reads that presort is generally completed at each level before the next (DMM 245.1.1): least postage may "
    "be mailed only where the Postal Service has agreed in writing."
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who at the Postal Service agreed, on which day, and in which writing."""

    agreed_by: str
    agreed_on: date
    writing: str


def agreement_in_force(session: Session) -> Agreement | None:
    """The newest version; None where there is none, or it was ended."""
    row = session.scalars(select(SortAgreement).order_by(SortAgreement.id.desc()).limit(1)).first()
    if row is None or row.agreed_by is None or row.agreed_on is None or row.writing is None:
        return None
    return Agreement(row.agreed_by, row.agreed_on, row.writing)


def keep_agreement(uow: UnitOfWork, *, agreed_by: str, agreed_on: str, writing: str) -> Agreement:
    """A new version from texts as typed. InvalidInput SORT_AGREEMENT by field: all three are needed."""
    day = _day(agreed_on)
    faults = [
        ("agreed_by", not agreed_by.strip(), "Say who at the Postal Service agreed: name, office."),
        ("agreed_on", day is None or day > business_date(uow.now), "Give the day, not one to come."),
        ("writing", not writing.strip(), "Say in which writing: letter, e-mail, its date or number."),
    ]
    findings = [
        Finding("SORT_AGREEMENT", Severity.STOP, message, place=Place(column=column))
        for column, is_wrong, message in faults
        if is_wrong
    ]
    if findings or day is None:
        raise InvalidInput("The agreement is not kept.", code="SORT_AGREEMENT", findings=findings)
    kept = Agreement(agreed_by.strip()[:200], day, writing.strip()[:200])
    _record(uow, kept)
    return kept


def end_agreement(uow: UnitOfWork) -> None:
    """From now on mail is sorted level by level again; nothing where there is no agreement."""
    if agreement_in_force(uow.session) is not None:
        _record(uow, None)


def require_agreement(session: Session) -> Agreement:
    """InvalidInput SORT_AGREEMENT where nobody at the Postal Service is known to have agreed."""
    found = agreement_in_force(session)
    if found is None:
        raise InvalidInput(
            RULE,
            code="SORT_AGREEMENT",
            remedy='Sort level by level, or have an administrator enter the agreement under "Least postage".',
        )
    return found


def _record(uow: UnitOfWork, agreement: Agreement | None) -> None:
    row = SortAgreement(actor=uow.actor.name, recorded_at=uow.now)
    if agreement is not None:
        row.agreed_by, row.agreed_on, row.writing = (
            agreement.agreed_by,
            agreement.agreed_on,
            agreement.writing,
        )
    uow.session.add(row)
    act = "entered" if agreement else "ended"
    facts = {"by": agreement.agreed_by, "on": agreement.agreed_on.isoformat()} if agreement else {}
    uow.audit("sort_agreement", None, act, **facts)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
