"""A mailing that lives through kills: ``python -m tests.e2e.survival 100000`` tells figures and exits 1 on a loss.

While the background steps work, a random process of the plant is killed -9 every other second or so: workers with
or without their children, relay, Valkey, PostgreSQL; or the queue is emptied. A calm mailing of the same list
follows; both must have the same pieces, levels, postage and charges, and ``indicia verify`` must name nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from billing.models import Charge
from billing.verify import verify
from kernel import clock
from kernel.errors import Unavailable
from postal.data.mail_days import next_mail_day
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.mailroom.serials.models import SerialBlock
from store import outbox
from store.db import system_actor
from tests.workers.test_supervisor import Up
from web.commands import demo, line

ACTOR = system_actor("survival")
VICTIMS = (
    ("workers.consume", "bulk"),
    ("workers.consume", "interactive"),
    ("workers.background",),
    ("valkey-server",),
    ("postgres", "-D"),
)


class Killer:
    """Kills while ``armed``; remembers what it did."""

    def __init__(self, up: Up, seed: int, pause: float) -> None:
        self.up, self.random, self.pause = up, random.Random(seed), pause
        self.done: list[str] = []
        self.armed = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            self.armed.wait()
            time.sleep(self.random.uniform(0.3, 1) * self.pause)
            if self.armed.is_set():
                with contextlib.suppress(psutil.Error, RedisError, OSError, AssertionError):
                    self._strike()

    def _strike(self) -> None:
        words = self.random.choice([*VICTIMS, ("flush",)])
        if words == ("flush",):
            Redis.from_url(self.up.redis_url).flushall()
        else:
            family = [(p, " ".join(p.cmdline())) for p in self.up.family()]
            victim = next((p for p, said in family if all(w in said for w in words)), None)
            if victim is None:  # being started again
                return
            children = victim.children(recursive=True) if self.random.random() < 0.5 else []
            for process in [victim, *children]:
                process.send_signal(signal.SIGKILL)
        self.done.append(words[-1])


def wait_until_quiet(plant, killer: Killer | None = None, *, patience: float = 300) -> None:
    """Until no message is open; an unreachable database is waited for."""
    if killer:
        killer.armed.set()
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        time.sleep(0.2)
        with contextlib.suppress(Unavailable), plant.db.read_only(ACTOR) as session:
            _, open_count = outbox.open_keys(session)
            if not open_count:
                break
    else:
        raise SystemExit(f"steps are still open after {patience:.0f} s")
    if killer:
        killer.armed.clear()
        time.sleep(killer.pause + 6)  # the last strike lands, the supervisor heals


def walk(plant, address_list: Path, title: str, killer: Killer | None = None) -> dict:
    """One mailing; gives what must be the same in a calm and a wild one."""

    def drain(opened) -> None:
        wait_until_quiet(opened, killer)

    given = line.MailingFiles(
        demo.SAMPLES / "letter.pdf", address_list, demo.SAMPLES / "fields.json", dict(SAMPLE_MAPPING)
    )
    stages = line.Stages()
    job = line.submit(
        plant, drain, stages, files=given, agency_code="DEX", mail_date=next_mail_day(clock.today()),
        accept_findings=True, title=title,
    )  # fmt: skip
    stream = line.produce(plant, drain, stages, job)
    with plant.db.read_only(ACTOR) as session:
        charges = session.scalars(select(Charge.cents).filter_by(job_id=job.id)).all()
        blocks = session.scalars(select(SerialBlock).filter_by(lot_id=stream.id)).all()
    assert len(blocks) == 1, "a stream has one block of serials"
    kept = stream.summary.figures
    return {
        "levels": kept.levels,
        "trays": kept.trays,
        "postage": kept.postage.cents,
        "single_piece": kept.single_piece.cents if kept.single_piece else None,
    } | {"pieces": stream.pieces, "charges": sorted(money.cents for money in charges)}


def survive(folder: Path, port: int, *, pieces: int, seed: int, pause: float) -> dict:
    """Walk one mailing under fire and one in peace; AssertionError for any difference."""
    up = Up(folder, port, module="tests.e2e.plant").ready()
    try:
        demo.load_sample_plant(up.plant)
        address_list = folder / "list.csv"
        write_sample_list(address_list, pieces)
        killer = Killer(up, seed, pause)
        started = time.monotonic()
        wild = walk(up.plant, address_list, "Under fire", killer)
        seconds = time.monotonic() - started
        calm = walk(up.plant, address_list, "In peace")
        assert wild == calm
        report = verify(up.plant)
        found = [violation for check in report.checks for violation in check.violations]
        assert not report.is_open, found
        return {"pieces": pieces, "seed": seed, "kills": killer.done, "seconds": round(seconds, 1)}
    finally:
        up.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pieces", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8719)
    parser.add_argument("--pause", type=float, default=3.0, help="longest seconds between kills")
    given = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    with tempfile.TemporaryDirectory(prefix="indicia-survival-") as folder:
        result = survive(Path(folder), given.port, pieces=given.pieces, seed=given.seed, pause=given.pause)
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
