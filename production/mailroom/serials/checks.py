"""What must hold of serials, for ``indicia verify``."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from sqlalchemy import select

from production.mailings.models import PresortStream
from production.mailroom.serials.blocks import WINDOW
from production.mailroom.serials.models import SerialBlock, TrayBlock
from store.keeping.verify import Check, Open, Survey


def serials_do_not_repeat(survey: Survey) -> Iterator[Open]:
    """No serial of a mailer id is given twice within 45 days, to pieces or to trays."""
    yield from _repeated(survey, SerialBlock, "serial")
    yield from _repeated(survey, TrayBlock, "tray serial")


def _repeated(survey: Survey, table: type[SerialBlock | TrayBlock], what: str) -> Iterator[Open]:
    blocks = survey.session.execute(
        select(table.mailer_id, table.first, table.last, table.mail_date, PresortStream.number)
        .join(PresortStream, PresortStream.id == table.lot_id)
        .order_by(table.mailer_id, table.first)
    )
    for mailer_id, rows in groupby(survey.each(blocks), key=lambda row: row[0]):
        earlier: list[tuple[int, date, str]] = []  # blocks that reach the present one, by their last serial
        for _, first, last, day, number in rows:
            while earlier and earlier[0][0] < first:
                heapq.heappop(earlier)
            for _, other_day, other in earlier:
                if abs(day - other_day) <= WINDOW:
                    sentence = (
                        f"mailer id {mailer_id}: {what} {first} is given to streams {other} and {number}"
                    )
                    yield Open(sentence, (other, number))
            heapq.heappush(earlier, (last, day, number))


CHECKS: tuple[Check, ...] = (serials_do_not_repeat,)
