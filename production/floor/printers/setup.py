"""Printers that take jobs over the network, as rows of the set-up; their passwords are files of the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput, NotFound, Unavailable
from kernel.findings import Finding
from production.asked import Line, Needed, Wrong
from production.catalog.models import WorkCenter
from production.floor.printers.client import Printer, address
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row, looks_like

FOLDER = "printers"  # in the data folder: a row names a file there and none elsewhere
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def _is_address(uri: str) -> str:
    try:
        address(uri)
    except InvalidInput as error:
        raise Wrong(error.sentence) from None
    return uri


class PrinterValue(Row):
    """A printer."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    uri: Annotated[Needed, Field(max_length=200), AfterValidator(_is_address)] = Field(
        title="Address", description="Such as ipps://press1.example/ipp/print."
    )
    work_center: Needed = Field(title="Work center", description="The machine that it is.")
    user: Annotated[Line, Field(max_length=100)] = Field(
        default="", title="Signs in as", description="Empty: the printer asks for no name."
    )
    password_file: Annotated[
        Line, looks_like(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,60}", "Write the name of a file.")
    ] = Field(
        default="", title="File of its password", description=f"In the folder {FOLDER} of the data folder."
    )
    is_active: bool = Field(default=True, title="In use")


class Printers(Kind[PrinterValue]):
    """Printers."""

    code, name, names = "printer", "Printer", "Printers"
    lead = (
        "Printers that take PDF over the network (IPP). A print operation is sent to one from its page; what it "
        "cannot do is refused before anything is sent."
    )
    verb, value = "keep_machines", PrinterValue

    def check(self, change: Change[PrinterValue]) -> Iterator[Finding]:
        row = change.value
        if change.session.get(WorkCenter, row.work_center) is None:
            yield wrong("work_center", f"There is no work center {row.work_center}.")
        at = address(row.uri)
        if row.user and not at.is_secret and at.host not in _LOCAL:
            yield wrong("uri", "A password would travel unprotected. Use ipps or https.")
        if bool(row.user) != bool(row.password_file):
            yield wrong("password_file", "A name and the file of its password go together.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        query = select(WorkCenter.code, WorkCenter.name).filter_by(is_active=True).order_by(WorkCenter.name)
        return {"work_center": [(code, name) for code, name in session.execute(query)]}


PRINTERS = Printers()


def printers(session: Session) -> list[PrinterValue]:
    """Those in use, by code."""
    return [row for row in PRINTERS.rows(session) if row.is_active]


def printer_of(session: Session, named: str) -> str:
    """A code as it is kept, or an address; NotFound, InvalidInput DEVICE_URI."""
    if ":" in named:
        return address(named).uri
    row = PRINTERS.find(session, named)
    if row is None or not row.is_active:
        raise NotFound("There is no printer in use with this code.", field="printer")
    return row.code


def reached(session: Session, named: str, data_dir: Path) -> Printer:
    """The printer with its password. Unavailable DEVICE_AWAY while that cannot be read; NotFound."""
    if ":" in named:
        return Printer(address(named))
    row = PRINTERS.find(session, named)
    if row is None:
        raise NotFound("There is no printer with this code.")
    if not row.user:
        return Printer(address(row.uri))
    try:
        password = (data_dir / FOLDER / row.password_file).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        remedy = f"Put it into {FOLDER} of the data folder."
        raise Unavailable(
            f"The password of {row.name} cannot be read.", code="DEVICE_AWAY", remedy=remedy
        ) from error
    return Printer(address(row.uri), (row.user, password))
