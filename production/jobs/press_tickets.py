"""What a press is told of a print operation besides its file: sheet, paper, sides, copies, finishing, account.

The room of a kind of lot says it of its operations; whoever sends a file to a printer or writes a ticket for one asks
here, and knows no more of the lot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.jobs.models import Lot, Operation
from production.jobs.states import LotKind
from store.files import FileStore

# Of the side turned over, as RFC 8011 5.2.8 names it for a reader who holds the sheet upright.
Sides = Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]
Turn = Literal["left-right", "head-to-foot", "none"]


@dataclass(frozen=True, slots=True)
class PressTicket:
    """``sheet``: inches, width and height as the pages of the file lie; ``copies`` of the file; ``sheets`` of one copy;
    ``finishing``: what the printer does in line, in the words of PWG 5100.1; ``priority``: 1 to 100; ``media_type`` in
    those of PWG 5100.7, and ``grams`` a square meter, where the paper says them.
    """

    title: str
    sheet: tuple[Decimal, Decimal]
    paper: str
    sides: Sides
    copies: int
    sheets: int
    pages: int
    account: str
    finishing: tuple[str, ...] = ()
    priority: int = 50
    media_type: str = ""
    grams: int = 0


def sides_of(sheet: tuple[Decimal, Decimal], turn: Turn) -> Sides:
    """The word for a sheet that is turned about its upright axis (left-right) or the level one (head-to-foot)."""
    if turn == "none":
        return "one-sided"
    is_upright = sheet[0] <= sheet[1]
    return "two-sided-long-edge" if (turn == "left-right") == is_upright else "two-sided-short-edge"


Says = Callable[[Session, FileStore, Operation], PressTicket]
_OF: dict[LotKind, Says] = {}


def register(says: Says, *kinds: LotKind) -> None:
    """A room says what a press is told of the operations of lots of these kinds."""
    _OF.update(dict.fromkeys(kinds, says))


def press_ticket(session: Session, files: FileStore, operation: Operation) -> PressTicket:
    """Conflict PRINT_FILE where nothing is printed."""
    kind = session.get_one(Lot, operation.lot_id).kind
    if operation.file_sha256 is None or kind not in _OF:
        raise Conflict(f"{operation.ticket} has no print file.", code="PRINT_FILE")
    return _OF[kind](session, files, operation)
