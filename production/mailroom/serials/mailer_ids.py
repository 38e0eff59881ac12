"""Mailer identifiers: taken in, retired, used again. The Postal Service gives them out."""

from __future__ import annotations

import re

from sqlalchemy import select

from kernel.errors import Conflict, InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from production.mailroom.serials.models import MailerId
from production.people.models import Agency
from store.db import UnitOfWork

SIX = re.compile(r"[0-8][0-9]{5}")
NINE = re.compile(r"9[0-9]{8}")


def check_digits(text: str) -> str:
    """A mailer id without blanks. InvalidInput MAILER_ID: 6 digits begin with 0 to 8, 9 digits with 9."""
    digits = "".join(text.split())
    if SIX.fullmatch(digits) or NINE.fullmatch(digits):
        return digits
    raise _refused(
        "mailer_id", "A mailer id has 6 digits that begin with 0 to 8, or 9 digits that begin with 9."
    )


def add(uow: UnitOfWork, text: str, *, agency_code: str = "") -> MailerId:
    """A mailer id of the shop, or of an agency by its code. Conflict MAILER_ID_TAKEN for one that is here."""
    digits = check_digits(text)
    agency = None
    if agency_code:
        agency = uow.session.scalars(select(Agency).filter_by(code=agency_code)).first()
        if agency is None:
            raise _refused("agency", "There is no such agency.")
    if uow.session.get(MailerId, digits, with_for_update=True) is not None:
        raise Conflict(f"Mailer id {digits} is entered already.", code="MAILER_ID_TAKEN")
    mailer = MailerId(mailer_id=digits, active=True, agency_id=agency.id if agency else None)
    uow.session.add(mailer)
    uow.audit("mailer_id", None, "added", mailer_id=digits, agency=agency_code)
    return mailer


def set_active(uow: UnitOfWork, digits: str, *, is_active: bool) -> MailerId:
    """Retire a mailer id, or use it again; its serials stay taken either way. NotFound."""
    mailer = uow.session.get(MailerId, digits, with_for_update=True)
    if mailer is None:
        raise NotFound("There is no such mailer id.")
    if mailer.active != is_active:
        mailer.active = is_active
        uow.audit("mailer_id", None, "activated" if is_active else "retired", mailer_id=digits)
    return mailer


def _refused(field: str, sentence: str) -> InvalidInput:
    finding = Finding("MAILER_ID", Severity.STOP, sentence, place=Place(column=field))
    return InvalidInput("The mailer id was not entered.", code="MAILER_ID", findings=[finding])
