"""A mailing over its presort streams: which they are, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.jobs.states import LotState
from production.mailroom.streams.models import PresortStream


def streams_of(session: Session, mailing_id: int) -> Sequence[PresortStream]:
    """The streams of a mailing by number, dissolved ones left out."""
    query = select(PresortStream).where(
        PresortStream.mailing_id == mailing_id, PresortStream.state != LotState.CANCELLED
    )
    return session.scalars(query.order_by(PresortStream.id)).all()
