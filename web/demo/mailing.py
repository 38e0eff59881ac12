"""Letters sorted together, on their way over the floor, the dock and to the post office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from kernel import clock
from postal.sorting.volume import METERED, PERMIT
from production.dock.dispatch import POST_OFFICE, consequences, dispatch
from production.dock.models import Delivery
from production.jobs.models import Operation
from production.jobs.states import OperationCode as K
from production.mailings.models import LetterJob, PresortStream
from production.mailings.models import Mailing as MailingRow
from production.mailings.streams import streams_of
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.streams.building import build_together
from store.db import UnitOfWork
from store.files import FileStore
from web.demo.hands import Hands
from web.demo.moments import Moments
from web.demo.printing import BINDERY, PRESS, hand, run_operation
from web.demo.rows import Mailing

_PRINTED, _INSERTED = timedelta(minutes=40), timedelta(minutes=90)
_STAGES = ("merged", "press", "inserter", "dock", "left", "delivered")


def mail(hands: Hands, moments: Moments, row: Mailing) -> None:
    """As far as the row says."""
    hands.act(row.key, "polly", moments.at(row.built), lambda uow: _build(hands, uow, moments, row))
    if row.worked:
        _work(hands, row, moments.at(row.worked))
    go(hands, moments, row.key, left=row.left, delivered=row.delivered)


def go(hands: Hands, moments: Moments, key: str, *, left: str | None, delivered: str | None) -> None:
    """To the post office, and taken there."""
    if left:
        hands.act(f"{key}: left", "mona", moments.at(left), lambda uow: _leave(hands, uow, key))
    if delivered:
        handed = moments.at(delivered)
        hands.act(f"{key}: delivered", "marcus", handed, lambda uow: _hand_over(hands, uow, key))


def _build(hands: Hands, uow: UnitOfWork, moments: Moments, row: Mailing) -> MailingRow:
    jobs = [hands.made(uow.session, key, LetterJob) for key in row.jobs]
    payment = METERED if row.payment == "meter" else PERMIT
    built = build_together(
        uow, hands.plant.files, jobs, payment=payment, mail_date=moments.mail_day(row.mail)
    )
    return built[0].mailing


def _work(hands: Hands, row: Mailing, begins: datetime) -> None:
    """Streams are printed, then inserted, then accounted for, up to the row's stage."""
    reached, streams = _STAGES.index(row.stage), _streams(hands, row.key)
    for place, stream in enumerate(streams):
        is_last, is_done = place == len(streams) - 1, reached > _STAGES.index("press")
        _run(hands, row.key, stream, K.PRINT, begins + place * _PRINTED, ends=is_done or not is_last)
        if is_done:
            ends = reached > _STAGES.index("inserter")
            _run(hands, row.key, stream, K.FOLD_INSERT, begins + _PRINTED, ends=ends)
    if reached >= _STAGES.index("dock"):
        finish(hands, row.key, begins + _INSERTED)


def finish(hands: Hands, key: str, at: datetime) -> None:
    """Every piece of every stream is accounted for."""
    for stream in _streams(hands, key):
        hands.act(f"{key}: {stream.number} finished", "mona", at, partial(_finish, stream=stream))


def send(uow: UnitOfWork, files: FileStore, row: MailingRow) -> Delivery:
    """To the post office, knowing what that means today."""
    today = clock.business_date(uow.now)
    known = [one.code for one in consequences(uow.session, files, row, today, way=POST_OFFICE)]
    return dispatch(
        uow, row, files=files, taken_by="Marcus Messenger", place="Business mail entry, Baton Rouge",
        way=POST_OFFICE, knowing=known,
    )  # fmt: skip


def _leave(hands: Hands, uow: UnitOfWork, key: str) -> Delivery:
    return send(uow, hands.plant.files, hands.made(uow.session, key, MailingRow))


def _hand_over(hands: Hands, uow: UnitOfWork, key: str) -> Delivery:
    return hand(uow, hands.made(uow.session, f"{key}: left", Delivery))


def _streams(hands: Hands, key: str) -> Sequence[PresortStream]:
    with hands.reading() as session:
        return streams_of(session, hands.made(session, key, MailingRow).id)


def _run(hands: Hands, key: str, stream: PresortStream, code: str, begins: datetime, *, ends: bool) -> None:
    with hands.reading() as session:
        of_stream = (
            select(Operation.ticket).filter_by(lot_id=stream.id, type=code).order_by(Operation.segment)
        )
        tickets = session.scalars(of_stream).all()
    by = PRESS if code == K.PRINT else BINDERY
    for ticket in tickets:
        run_operation(hands, key, ticket, by, begins, ends=ends)


def _finish(uow: UnitOfWork, stream: PresortStream) -> PresortStream:
    own = uow.session.get_one(PresortStream, stream.id)
    finish_stream(uow, own)
    return own
