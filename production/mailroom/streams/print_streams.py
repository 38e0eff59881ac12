"""The print streams of one mailing: where their trays meet at the sorter, as a list to work by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from postal.data.editions import InForce
from postal.sorting.filling import tray_rules
from postal.sorting.streams import Meeting, meetings
from production.mailings.editions import shop_editions
from production.mailroom.streams.mailing import streams_of
from production.mailroom.streams.models import PresortStream
from production.mailroom.streams.planning import plan_of
from production.mailroom.streams.queries import batch_by_number
from store.files import FileStore


@dataclass(frozen=True, slots=True)
class StreamsPage:
    """All streams by number (the batch asked for among them), which of them are not planned yet, and the meetings:
    a tray is named by its stream's place in ``batches``, from 1.
    """

    batches: tuple[str, ...]
    unplanned: tuple[str, ...]
    meetings: tuple[Meeting, ...]


def mailing_of(session: Session, number: str) -> Sequence[PresortStream]:
    """The streams of its mailing, by number; a dissolved one is by itself. NotFound."""
    batch = batch_by_number(session, number)
    return streams_of(session, batch.mailing_id) or [batch]


def streams_page(files: FileStore, mailing: Sequence[PresortStream]) -> StreamsPage:
    """Where trays of one destination meet; nothing while a stream is not planned."""
    unplanned = tuple(batch.number for batch in mailing if batch.plan_sha256 is None)
    found: tuple[Meeting, ...] = ()
    if not unplanned:
        plans = [plan_of(files, batch) for batch in mailing]
        rules = tray_rules(InForce(mailing[0].mail_date, shop_editions(files)))
        largest = max(rules.length_in[code] for plan in plans for code in plan.tray_types)
        found = meetings(plans, tray_inches=float(largest))
    return StreamsPage(tuple(batch.number for batch in mailing), unplanned, found)
