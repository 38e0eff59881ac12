"""Serials of pieces and of trays: one block a stream, no serial twice within 45 days, burnt blocks never given back.

A stream of one agency takes its agency's own mailer id, if it has one; every other stream goes to the shop's mailer
ids in rotation, the one with the most serials free first. The database refuses a repeat by itself (models).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kernel.errors import AttentionNeeded
from postal.barcodes import imb
from postal.trays import tray_barcode
from production.mailroom.serials.models import MailerId, SerialBlock, TrayBlock
from store.counters import next_block
from store.db import UnitOfWork

# USPS Publication 685, appendix A-2: unique for 45 days before and after the mailing date. The edition of the
# limits says it too; the exclusion constraints hold this number, so another one is a migration.
UNIQUE_DAYS = 45
WINDOW = timedelta(days=UNIQUE_DAYS)
_Blocks = type[SerialBlock] | type[TrayBlock]


def capacity(mailer_id: str) -> int:
    """How many different serials a mailer id has."""
    return int(10 ** imb.serial_digits(mailer_id))


def reserve(
    uow: UnitOfWork, *, lot_id: int, pieces: int, mail_date: date, agency_id: int | None = None
) -> SerialBlock:
    """A block of ``pieces`` serials of the first mailer id in the rotation that has them free. ``agency_id``: whose
    stream it is, where all of it is of one agency.

    AttentionNeeded IMB_EXHAUSTED when every mailer id would repeat a serial within 45 days.
    """
    for mailer_id in rotation(uow.session, mail_date, agency_id=agency_id):
        counter, size = f"serial-{mailer_id}", capacity(mailer_id)
        first = _free_run(uow, SerialBlock, mailer_id, pieces, mail_date, counter=counter, size=size)
        if first is None:
            continue
        block = SerialBlock(
            mailer_id=mailer_id, first=first, last=first + pieces - 1, lot_id=lot_id, mail_date=mail_date
        )
        uow.session.add(block)
        return block
    raise AttentionNeeded(
        f"No mailer id has {pieces:,} serials in a row free that were not used within {UNIQUE_DAYS} days.",
        code="IMB_EXHAUSTED",
        remedy='Enter a mailer id under "Mailer ids", or mail later.',
    )


def reserve_trays(uow: UnitOfWork, *, lot_id: int, mailer_id: str, trays: int, mail_date: date) -> TrayBlock:
    """Serials for the tray barcodes of a stream, of the mailer id of its pieces. AttentionNeeded IMTB_EXHAUSTED."""
    size = int(10 ** tray_barcode.serial_digits(mailer_id))
    counter = f"tray-{mailer_id}"
    first = _free_run(uow, TrayBlock, mailer_id, trays, mail_date, counter=counter, size=size)
    if first is None:
        raise AttentionNeeded(
            f"Mailer id {mailer_id} has no {trays:,} tray serials in a row that were not used within "
            f"{UNIQUE_DAYS} days.",
            code="IMTB_EXHAUSTED",
            remedy='Enter a mailer id of six digits under "Mailer ids", or mail later.',
        )
    block = TrayBlock(
        mailer_id=mailer_id, first=first, last=first + trays - 1, lot_id=lot_id, mail_date=mail_date
    )
    uow.session.add(block)
    return block


def rotation(session: Session, mail_date: date, *, agency_id: int | None = None) -> Sequence[str]:
    """Active mailer ids in the order in which a stream may use them: the agency's own, then the shop's, each by
    the serials free on that day. Another agency's mailer id is never among them.
    """
    taken = func.coalesce(func.sum(SerialBlock.last - SerialBlock.first + 1), 0)
    near = and_(SerialBlock.mailer_id == MailerId.mailer_id, _is_near(SerialBlock, mail_date))
    rows = session.execute(
        select(MailerId.mailer_id, MailerId.agency_id, taken)
        .outerjoin(SerialBlock, near)
        .where(MailerId.active, or_(MailerId.agency_id.is_(None), MailerId.agency_id == agency_id))
        .group_by(MailerId.mailer_id)
    ).all()
    return [
        mailer_id
        for mailer_id, _, _ in sorted(
            rows, key=lambda row: (row[1] is None, row[2] - capacity(row[0]), row[0])
        )
    ]


def _is_near(blocks: _Blocks, mail_date: date) -> ColumnElement[bool]:
    return blocks.mail_date.between(mail_date - WINDOW, mail_date + WINDOW)


def _free_run(
    uow: UnitOfWork,
    blocks: _Blocks,
    mailer_id: str,
    wanted: int,
    mail_date: date,
    *,
    counter: str,
    size: int,
) -> int | None:
    """The next free run of serials, searched once round; what is passed over is burnt.

    The counter runs on for ever, so that its lock keeps two streams apart; a serial is its remainder.
    """
    if wanted > size:
        return None
    start = place = next_block(uow, counter, wanted) - 1
    while place < start + size:
        first = place % size
        # Up to the end of the numbers, or past what was used lately.
        skip = size - first if first + wanted > size else 0
        skip = skip or _in_the_way(uow, blocks, mailer_id, first, wanted, mail_date)
        if not skip:
            return first
        next_block(uow, counter, skip)
        place += skip
    return None


def _in_the_way(
    uow: UnitOfWork, blocks: _Blocks, mailer_id: str, first: int, wanted: int, mail_date: date
) -> int:
    """How many serials to pass over to be behind what was used lately; 0 = none."""
    last = uow.session.scalar(
        select(func.max(blocks.last)).where(
            blocks.mailer_id == mailer_id,
            blocks.last >= first,
            blocks.first < first + wanted,
            _is_near(blocks, mail_date),
        )
    )
    return 0 if last is None else last + 1 - first
