"""Issuing the ticket of a print run: numbered, kept by its hash, and again whenever what stands on it is otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from kernel.clock import SHOP_ZONE
from production.frontdesk.tickets.contents import changes, compared, contents
from production.frontdesk.tickets.run import run_of
from production.jobs import lifecycle, tickets
from production.jobs.models import Lot, TicketIssue
from production.prepress.papers.print_ticket import PrintTicket, print_ticket
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file


@dataclass(frozen=True, slots=True)
class Drawn:
    """An issue that is drawn and kept, not yet recorded."""

    number: int
    ref: FileRef
    pages: int
    said: Mapping[str, str]
    changes: Sequence[str]


def draw(session: Session, store: FileStore, lot: Lot, folder: Path, *, at: datetime) -> Drawn | None:
    """The next issue of a run's ticket; None while nothing is otherwise than in the last one."""
    newest = next(iter(tickets.issues(session, lot.id)), None)
    number = newest.number + 1 if newest else 1
    paper = contents(run_of(session, store, lot), number)
    said = compared(paper)
    changed = changes(newest.said, said) if newest else ()
    if newest and not changed:
        return None
    made = print_ticket(_issued(paper, changed, at), folder / "ticket.pdf")
    return Drawn(number, store.keep(made.path, "application/pdf"), made.pages, said, changed)


def _issued(paper: PrintTicket, changed: Sequence[str], at: datetime) -> PrintTicket:
    local = at.astimezone(SHOP_ZONE)
    when = f"{local:%a %b} {local.day}, {local:%I:%M %p}".replace(" 0", " ")
    issued = f"Made {when}. The screen is always newer: scan the code above."
    if changed:
        words = f"It replaces issue {paper.issue - 1}, which must not be used. {' '.join(changed)}"
        paper = replace(paper, notes=((f"Issue {paper.issue}", words), *paper.notes))
    return replace(paper, issued=issued)


def record(uow: UnitOfWork, lot: Lot, drawn: Drawn) -> None:
    """Write the issue; where another one came between, have it compared again."""
    uow.session.refresh(lot, with_for_update=True)
    newest = next(iter(tickets.issues(uow.session, lot.id)), None)
    if drawn.number != (newest.number if newest else 0) + 1:
        tickets.ask(uow, lot)
        return
    uow.session.add(
        TicketIssue(
            lot_id=lot.id, number=drawn.number, sha256=record_file(uow, drawn.ref), pages=drawn.pages,
            said=dict(drawn.said), changes=tuple(drawn.changes), issued_at=uow.now,
        )
    )  # fmt: skip
    lifecycle.note(uow, lot, "ticket_issued", issue=drawn.number)
