"""What happens by itself, and how often: two literal lists, each run in a thread beside the relay."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time

import structlog
from redis import Redis
from redis.exceptions import RedisError

from kernel import clock
from kernel.errors import ShopError
from kernel.ids import show_ulid
from production.floor import machine_folders
from production.floor.printers import following
from production.scheduling import watching
from store import claims
from store.db import system_actor
from store.keeping.verify import audit_chain
from store.keeping.verify_part import keep_mark
from store.plant import Plant
from workers import sweeper, telling
from workers.heartbeat import Heartbeat
from workers.priority import yield_to_people
from workers.steps.match_addresses import wake_answered

ACTOR = system_actor("schedule")
_DAILY_LEASE = timedelta(minutes=2)
_log = structlog.get_logger("schedule")


@dataclass(frozen=True, slots=True)
class Hands:
    """What periodic acts work with."""

    plant: Plant
    redis: Redis
    orphans: sweeper.OrphanWatch


@dataclass(frozen=True, slots=True)
class Periodic:
    """An act and its rhythm; with ``not_before`` once a day in the whole plant, after that time at the shop."""

    name: str
    every: timedelta
    act: Callable[[Hands], object]
    not_before: clock_time | None = None


def verify_everything(hands: Hands) -> None:
    """Every invariant of the plant, of files and audit chain tonight's part; what is open is an error in the log, with
    public ids only."""
    from billing.verify import verify  # every room of the plant, which no start waits for

    report = verify(hands.plant, night=clock.today())
    for violation in report.violations:
        _log.error("invariant_open", check=violation.check, ids=violation.ids)
    if report.mark and not any(found.check == audit_chain.__name__ for found in report.violations):
        with hands.plant.db.unit_of_work(ACTOR) as uow:
            keep_mark(uow, report.mark)
    _log.info("verified", open=len(report.violations))


def purge_what_is_due(hands: Hands) -> None:
    """What the rules of retention say goes tonight, with its proof."""
    from production.records.purge import purge

    for run in purge(hands.plant, ACTOR, clock.now()):
        _log.info("purged", run=show_ulid(run.ulid), proof=run.proof_sha256)


PERIODIC = (
    Periodic("recover_steps", timedelta(seconds=5), lambda hands: sweeper.recover(hands.plant)),
    Periodic(
        "resend_messages", timedelta(seconds=10), lambda hands: sweeper.resend(hands.plant, hands.redis)
    ),
    Periodic("wake_matching", timedelta(seconds=10), lambda hands: wake_answered(hands.plant)),
    Periodic("post_notices", timedelta(seconds=5), lambda hands: telling.post(hands.plant)),
    Periodic(
        "follow_printers", timedelta(seconds=10), lambda hands: following.look_at_all(hands.plant, ACTOR)
    ),
    Periodic(
        "follow_promises", timedelta(minutes=5), lambda hands: watching.follow_now(hands.plant.db, ACTOR)
    ),
    Periodic(
        "read_machines", timedelta(seconds=30), lambda hands: machine_folders.read_all(hands.plant, ACTOR)
    ),
    Periodic("remind", timedelta(minutes=10), lambda hands: telling.remind(hands.plant)),
    Periodic("open_bids", timedelta(seconds=30), lambda hands: telling.open_bids(hands.plant)),
    Periodic("clean_queues", timedelta(seconds=30), lambda hands: sweeper.clean_queues(hands.redis)),
    Periodic("remove_orphans", timedelta(minutes=10), lambda hands: hands.orphans.sweep()),
    Periodic("expire_keys", timedelta(hours=1), lambda hands: sweeper.expire_keys(hands.plant)),
)
NIGHTLY = (
    Periodic("verify", timedelta(minutes=5), verify_everything, not_before=clock_time(2, 0)),
    Periodic("purge", timedelta(minutes=5), purge_what_is_due, not_before=clock_time(4, 0)),
)


def run(hands: Hands, stop: threading.Event, *, acts: tuple[Periodic, ...]) -> None:
    """Do what is due until told to stop, in a thread of its own: at low priority where acts are nightly, since they may
    take minutes. An act that cannot reach its parts is tried at its next time.
    """
    if any(act.not_before is not None for act in acts):
        yield_to_people()
    due = {act.name: time.monotonic() + act.every.total_seconds() for act in acts}
    while not stop.wait(0.25):
        for act in acts:
            if time.monotonic() >= due[act.name]:
                _run_one(act, hands)
                due[act.name] = time.monotonic() + act.every.total_seconds()


def _run_one(act: Periodic, hands: Hands) -> None:
    try:
        if act.not_before is None:
            act.act(hands)
        else:
            run_daily(act, hands, clock.now())
    except (ShopError, RedisError) as error:
        _log.warning("periodic_waits", name=act.name, reason=type(error).__name__)


def run_daily(act: Periodic, hands: Hands, now: datetime) -> bool:
    """Once a day for all processes: the day's claim decides. Gives whether it ran.

    The claim lives while the act runs; what fails or is killed is tried again the same day, and given up with it.
    """
    local = now.astimezone(clock.SHOP_ZONE)
    if act.not_before is None or local.time() < act.not_before:
        return False
    db = hands.plant.db
    with db.unit_of_work(ACTOR) as uow:
        claim = claims.take(uow, f"{act.name}-{local.date()}", _DAILY_LEASE)
        if claim is not None:
            claims.give_up(uow, claim, prefix=f"{act.name}-")
    if claim is None:
        return False
    try:
        with Heartbeat(db, claim, _DAILY_LEASE):
            act.act(hands)
    except BaseException:
        with db.unit_of_work(ACTOR) as uow:
            claims.release(uow, claim)
        raise
    with db.unit_of_work(ACTOR) as uow:
        return claims.finish(uow, claim)
