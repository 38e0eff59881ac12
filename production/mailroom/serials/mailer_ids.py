"""Mailer identifiers: taken in, retired, used again. The Postal Service gives them out."""

from __future__ import annotations

import re

from sqlalchemy import select

from kernel.errors import Conflict, InvalidInput, NotFound, refused_field
from production.mailroom.serials.models import MailerId
from production.mailroom.serials.setup import DIGITS, LOOKS, MAILER_IDS, MailerIdValue
from production.people.models import Agency
from production.people.setup import put
from store.db import UnitOfWork


def check_digits(text: str) -> str:
    """A mailer id without blanks. InvalidInput MAILER_ID: 6 digits begin with 0 to 8, 9 digits with 9."""
    digits = "".join(text.split())
    if re.fullmatch(DIGITS, digits):
        return digits
    raise _refused("mailer_id", LOOKS)


def add(uow: UnitOfWork, text: str, *, agency_code: str = "") -> MailerId:
    """A mailer id of the shop, or of an agency by its code. Conflict MAILER_ID_TAKEN for one that is here."""
    digits = check_digits(text)
    if agency_code and uow.session.scalar(select(Agency.id).filter_by(code=agency_code)) is None:
        raise _refused("agency", "There is no such agency.")
    if uow.session.get(MailerId, digits, with_for_update=True) is not None:
        raise Conflict(f"Mailer id {digits} is entered already.", code="MAILER_ID_TAKEN")
    put(uow, MAILER_IDS, MailerIdValue(mailer_id=digits, agency=agency_code, is_active=True))
    return uow.session.get_one(MailerId, digits)


def set_active(uow: UnitOfWork, digits: str, *, is_active: bool) -> MailerId:
    """Retire a mailer id, or use it again; its serials stay taken either way. NotFound."""
    mailer = uow.session.get(MailerId, digits, with_for_update=True)
    if mailer is None:
        raise NotFound("There is no such mailer id.")
    value = MAILER_IDS.find(uow.session, digits)
    assert value is not None  # the row is at hand  # noqa: S101
    put(uow, MAILER_IDS, value.model_copy(update={"is_active": is_active}))
    return mailer


def _refused(field: str, sentence: str) -> InvalidInput:
    return refused_field("MAILER_ID", field, sentence, outcome="The mailer id was not entered.")
