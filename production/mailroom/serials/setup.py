"""Mailer ids as rows of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field
from sqlalchemy import Select, SelectBase, select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Line, Needed
from production.mailroom.serials.models import MailerId
from production.people.models import Agency
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Row, looks_like
from store.db import UnitOfWork

DIGITS = r"[0-8][0-9]{5}|9[0-9]{8}"
LOOKS = "A mailer id has 6 digits that begin with 0 to 8, or 9 digits that begin with 9."


class MailerIdValue(Row):
    """Six or nine digits that the Postal Service gave the shop or an agency."""

    mailer_id: Annotated[Needed, looks_like(DIGITS, LOOKS)] = Field(title="Mailer id")
    agency: Line = Field(
        default="", title="Agency", description="Whose mail it names (By/For); empty: the shop's."
    )
    is_active: bool = Field(default=True, title="In use")


class MailerIds(Kind[MailerIdValue]):
    """Who the barcodes say mails a piece."""

    code, name, names = "mailer_id", "Mailer id", "Mailer ids"
    lead = "Who the barcodes say mails a piece. Its serials stay taken when it is out of use."
    value = MailerIdValue
    keyed_by = ("mailer_id",)

    def rows(self, session: Session) -> list[MailerIdValue]:
        return [_value(*row) for row in session.execute(_rows())]

    def keys(self) -> SelectBase:
        return select(MailerId.mailer_id)

    def find(self, session: Session, key: str) -> MailerIdValue | None:
        row = session.execute(_rows().where(MailerId.mailer_id == key)).first()
        return _value(*row) if row else None

    def write(self, uow: UnitOfWork, value: MailerIdValue) -> None:
        agency = select(Agency.id).filter_by(code=value.agency)
        owner = uow.session.scalar(agency) if value.agency else None
        uow.session.merge(MailerId(mailer_id=value.mailer_id, active=value.is_active, agency_id=owner))

    def check(self, change: Change[MailerIdValue]) -> Iterator[Finding]:
        agency = change.value.agency
        if agency and change.session.scalar(select(Agency.id).filter_by(code=agency)) is None:
            yield wrong("agency", f"There is no agency {agency}.")
        if change.of("agency"):
            yield wrong(
                "agency",
                "A mailer id keeps its owner: take it out of use and enter another.",
            )

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        rows = session.execute(select(Agency.code, Agency.name).order_by(Agency.name, Agency.code))
        return {"agency": [("", "The shop"), *((code, f"{name} ({code})") for code, name in rows)]}


def _rows() -> Select[MailerId, str | None]:
    query = select(MailerId, Agency.code).outerjoin(Agency, Agency.id == MailerId.agency_id)
    return query.order_by(MailerId.mailer_id).execution_options(populate_existing=True)


def _value(row: MailerId, agency: str | None) -> MailerIdValue:
    return MailerIdValue.model_construct(mailer_id=row.mailer_id, agency=agency or "", is_active=row.active)


MAILER_IDS = MailerIds()
