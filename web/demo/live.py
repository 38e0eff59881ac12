"""The demonstration moved on: one act every few seconds by the verbs of the screens, as its people would do in a day.

Each act is one transaction with the time of the clock, and what it asks for is done before the next. So nothing is
half-made when it is stopped.
"""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import UserError
from kernel.money import Money
from postal.data.mail_days import mail_day_from
from production.catalog.models import OperationType, Place
from production.dock.dispatch import dispatch_job
from production.dock.models import Delivery
from production.dock.packing import close_all
from production.floor import operations as floor
from production.frontdesk.approving import approvals
from production.frontdesk.orders.models import Quote
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job, Operation, PrintJob
from production.jobs.states import JobState, LotState, OperationCode, OperationState
from production.mailings.models import LetterJob, Mailing, PresortStream
from production.mailings.streams import streams_of
from production.mailroom.pieces.reconcile import finish_stream
from production.mailroom.streams.building import build_together
from production.people.models import Agency, Role
from store.db import UnitOfWork
from store.files import FileStore
from store.plant import Plant
from web.demo import cast, orders
from web.demo.hands import Hands
from web.demo.mailing import send
from web.demo.moments import Moments
from web.demo.printing import BINDERY, MESSENGER, PRESS, hand, start
from web.demo.rows import Letters, Print, people

_ON_DESKS = 8  # orders that wait for their approvers; while there are more, nobody orders
_POOL = 3  # jobs that make a mailing worth sorting
_TITLES = ("Renewal notice", "Answer to your letter", "New office hours", "Yearly statement", "Fee reminder")


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody could do now: who, in words, and the verb."""

    by: str
    words: str
    verb: Callable[[UnitOfWork], object]


def live(
    plant: Plant, drain: Callable[[Plant], object], *, pace: float, tell: Callable[[str], None],
    acts: int | None = None, seed: int | None = None,
) -> None:  # fmt: skip
    """Until it is told to stop by Ctrl-C or SIGTERM, or for so many acts."""
    hands, chance = Hands(plant, drain), random.Random(seed)
    with _stop_flag() as stop:
        while not stop.is_set() and acts != 0:
            tell(_one(hands, chance))
            acts = acts - 1 if acts is not None else None
            stop.wait(pace)


def _one(hands: Hands, chance: random.Random) -> str:
    """One act of somebody; what a rule forbids just now is passed by."""
    with hands.reading() as session:
        kinds = [list(kind(session, hands.plant.files)) for kind in _KINDS]
        on_desks = session.scalar(
            select(func.count()).select_from(Job).where(Job.state == JobState.PROOF_READY)
        )
    chance.shuffle(kinds)
    if (on_desks and on_desks > _ON_DESKS) or chance.random() < 0.75:
        for act in (act for kind in kinds for act in kind):
            if _do(hands, act):
                return f"{act.by}: {act.words}"
    return _order(hands, chance)


def _do(hands: Hands, act: Act) -> bool:
    try:
        with hands.plant.db.unit_of_work(hands.person(act.by)) as uow:
            act.verb(uow)
    except UserError:
        return False
    hands.drain(hands.plant)
    return True


def _order(hands: Hands, chance: random.Random) -> str:
    """An agency orders something."""
    agency = chance.choice(people().agency).code
    with hands.reading() as session:
        key = f"live-{session.scalar(select(func.max(Job.id)))}"
    common = {"key": key, "agency": agency, "title": chance.choice(_TITLES), "ordered": "-0"}
    row: Letters | Print
    if chance.random() < 0.6:
        row = Letters.model_validate(common | {"pieces": chance.randrange(210, 420, 10)})
    else:
        row = Print.model_validate(common | {"quantity": chance.randrange(300, 2000, 100)})
    orders.order(hands, Moments(clock.now()), row)
    return f"{cast.who(agency, Role.REQUESTER)}: ordered {row.title}"


def _approvals(session: Session, _files: FileStore) -> Iterator[Act]:
    """What waits longest, so that a few stay on the desks."""
    query = (
        select(Job.id, Job.number, Job.revision, Quote.total, Agency.code)
        .join(Agency, Agency.id == Job.agency_id)
        .join(Quote, (Quote.job_id == Job.id) & (Quote.revision == Job.revision))
        .where(Job.state == JobState.PROOF_READY)
        .order_by(Job.id)
    )
    waiting = session.execute(query).all()
    for key, number, revision, total, agency in waiting[: max(0, len(waiting) - _ON_DESKS // 2)]:
        verb = partial(_approve, key=key, revision=revision, total=total)
        yield Act(cast.who(agency, Role.APPROVER), f"approved {number}", verb)


def _pool(session: Session, files: FileStore) -> Iterator[Act]:
    """Letters that can be mailed together today."""
    waiting = select(LetterJob).where(LetterJob.state == JobState.APPROVED).order_by(LetterJob.id)
    jobs: dict[object, list[LetterJob]] = {}
    for job in session.scalars(waiting):
        jobs.setdefault((job.mail_class, job.mail_shape, job.sort_plan), []).append(job)
    for together in jobs.values():
        if len(together) >= _POOL:
            keys = [job.id for job in together]
            yield Act(
                "polly", f"planned a mailing of {len(keys)} jobs", partial(_build, files=files, keys=keys)
            )


def _floor(session: Session, files: FileStore) -> Iterator[Act]:
    """Operations that run are finished, those that are ready are started."""
    query = (
        select(Operation, OperationType)
        .join(OperationType, OperationType.code == Operation.type)
        .where(OperationType.place == Place.FLOOR)
        .where(Operation.state.in_((OperationState.RUNNING, OperationState.READY)))
        .order_by(Operation.state.desc(), Operation.id)
    )
    for operation, kind in session.execute(query):
        by = PRESS if kind.work == OperationCode.PRINT else BINDERY
        if operation.state is OperationState.RUNNING:
            verb = partial(floor.finish, ticket=operation.ticket, files=files)
            yield Act(by, f"finished {operation.ticket}", verb)
        else:
            yield Act(by, f"started {operation.ticket}", partial(start, ticket=operation.ticket))


def _accounts(session: Session, _files: FileStore) -> Iterator[Act]:
    """Streams whose last piece is inserted."""
    ready = select(Operation.lot_id).where(
        Operation.type == OperationCode.RECONCILE, Operation.state == OperationState.READY
    )
    for stream in session.scalars(select(PresortStream).where(PresortStream.id.in_(ready))):
        yield Act("mona", f"accounted for {stream.number}", partial(_finish, key=stream.id))


def _dock(session: Session, files: FileStore) -> Iterator[Act]:
    """What is ready leaves, mail on its day."""
    today = mail_day_from(clock.today())
    for mailing in session.scalars(select(Mailing).where(Mailing.mail_date <= today).order_by(Mailing.id)):
        states = {stream.state for stream in streams_of(session, mailing.id)}
        if states == {LotState.PRODUCED}:
            yield Act("mona", f"sent {mailing.number}", partial(_send, files=files, key=mailing.id))
    printed = select(PrintJob).where(PrintJob.state == JobState.PRODUCED).order_by(PrintJob.id)
    for job in session.scalars(printed):
        yield Act("mona", f"sent {job.number}", partial(_send_job, files=files, key=job.id))


def _roads(session: Session, _files: FileStore) -> Iterator[Act]:
    """What is on the way arrives."""
    for left in session.scalars(
        select(Delivery).filter_by(received_at=None, came_back_at=None).order_by(Delivery.id)
    ):
        yield Act("marcus", f"handed over at {left.place}", partial(_arrive, key=left.id))


_KINDS = (_approvals, _pool, _floor, _accounts, _dock, _roads)


def _approve(uow: UnitOfWork, *, key: int, revision: int, total: Money) -> None:
    approvals.approve(uow, uow.session.get_one(Job, key), revision=revision, total=total)


def _build(uow: UnitOfWork, *, files: FileStore, keys: list[int]) -> None:
    jobs = [uow.session.get_one(LetterJob, key) for key in keys]
    build_together(uow, files, jobs, mail_date=mail_day_from(clock.today()))


def _finish(uow: UnitOfWork, *, key: int) -> None:
    finish_stream(uow, uow.session.get_one(PresortStream, key))


def _send(uow: UnitOfWork, *, files: FileStore, key: int) -> None:
    send(uow, files, uow.session.get_one(Mailing, key))


def _send_job(uow: UnitOfWork, *, files: FileStore, key: int) -> None:
    job = uow.session.get_one(Job, key)
    close_all(uow, job, cartons_of(uow.session, files, job))
    dispatch_job(uow, job, stop=None, **MESSENGER)


def _arrive(uow: UnitOfWork, *, key: int) -> None:
    hand(uow, uow.session.get_one(Delivery, key))


@contextmanager
def _stop_flag() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM, where signals can be caught: in the main thread."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
