"""What a press is told of a segment of letters: the file has every piece once, in tray order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from production.catalog.piece_weight import envelopes
from production.jobs import press_tickets
from production.jobs.models import Job, LotShare, Operation
from production.jobs.press_tickets import PressTicket, sides_of
from production.jobs.states import LotKind
from production.mailings.models import PresortStream, letters
from store.files import FileStore


def on_press(session: Session, _files: FileStore, operation: Operation) -> PressTicket:
    """One copy. Conflict PRINT_FILE where a sheet printed on both sides would hold pages of two pieces, or where nobody
    knows any more what they are printed on.
    """
    stream = session.get_one(PresortStream, operation.lot_id)
    query = select(Job).join(LotShare, LotShare.job_id == Job.id).where(LotShare.lot_id == stream.id)
    job = session.scalars(query.order_by(LotShare.position).limit(1)).one()
    is_duplex, each = letters(job).sides == 2, stream.pages_per_piece
    if is_duplex and (each is None or each % 2):
        raise Conflict(
            f"Pieces of {operation.ticket} have an odd number of pages: on both sides of sheets, one would begin on "
            "the back of another.",
            code="PRINT_FILE",
            remedy="Print it by the press's own front end, which can begin each piece on a new sheet.",
        )
    known, pages = envelopes().get(stream.envelope), operation.pages or 1
    if known is None:
        raise Conflict(
            f"{stream.envelope}, which {operation.ticket} was planned for, is not in the catalog any more.",
            code="PRINT_FILE", remedy="Print it by the press's own front end, on the sheets that its pages have.",
        )  # fmt: skip
    sheet = known.page_in
    return PressTicket(
        title=f"{stream.number} {job.title}"[:120], sheet=sheet, paper="",
        sides=sides_of(sheet, "left-right" if is_duplex else "none"), copies=1,
        sheets=-(-pages // 2) if is_duplex else pages, pages=pages, account="",
    )  # fmt: skip


press_tickets.register(on_press, LotKind.PRESORT)
