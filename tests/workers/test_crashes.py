"""Kill, pause and cut off the real processes at every place; each message keeps exactly one effect."""

import os
import random
import signal
import time
from itertools import product

import pytest
from sqlalchemy import text

from store.claims import StepClaim
from tests.workers.conftest import wait_for
from tests.workers.effects import ACTOR, LEASE, TASKS, ask
from workers import sweeper
from workers.runtime import drain

POINTS = [
    "after_claim", "mid_work", "after_temp", "after_rename", "before_record", "mid_record",
    "after_record_before_ack",
]  # fmt: skip


def test_every_crash_point_with_every_action_leaves_one_effect(line):
    """Points x {kill -9, error, pause beyond the lease}: another attempt finishes what the first began."""
    matrix = list(product(POINTS, ["kill", "raise", "sleep1.5"]))
    keys = ask(line.plant, "mark", len(matrix))
    runs = []
    for number, (key, (point, act)) in enumerate(zip(keys, matrix, strict=True)):
        runs.append(line.start("deliver", key, crash=f"{point}@{act}"))
        if number >= 5:
            runs[number - 5].join()
    answers = {case: line.answer(run) for case, run in zip(matrix, runs, strict=True)}
    assert all(answers[point, "kill"] == (-signal.SIGKILL, "") for point in POINTS)
    for point in POINTS[:-1]:
        assert answers[point, "raise"] == (0, "repeated"), point
        assert answers[point, "sleep1.5"] == (0, "recorded"), point  # the heart beats while a step sleeps
    assert answers["after_record_before_ack", "raise"] == (0, "lost")  # recorded already: nothing to repeat
    time.sleep(LEASE.total_seconds())
    assert sweeper.recover(line.plant, tasks=TASKS) == len(POINTS) - 1
    drain(line.plant, tasks=TASKS)
    line.wait_for_effects(len(matrix))


def test_a_killed_work_horse_is_replaced(line):
    line.start("relay")
    bad = line.start("worker", crash="mid_work")
    ask(line.plant, "mark")
    wait_for(lambda: "step_claimed" in line.words())
    bad.kill()
    line.start("worker")
    line.wait_for_effects(1)
    assert "step_abandoned" in line.words()


def test_the_child_of_a_killed_worker_finishes_alone(line):
    """Its heart goes on beating, so its claim is good, and nobody repeats its work."""
    line.start("relay")
    worker = line.start("worker")
    ask(line.plant, "mark", tenths=25)
    line.horse(worker)
    wait_for(lambda: "step_claimed" in line.words())
    worker.kill()
    line.start("worker")
    line.wait_for_effects(1)
    assert "step_abandoned" not in line.words()


def test_worker_and_child_killed(line):
    line.start("relay")
    worker = line.start("worker")
    ask(line.plant, "mark", tenths=10)
    horse = line.horse(worker)
    wait_for(lambda: "step_claimed" in line.words())
    worker.kill()
    horse.kill()
    line.start("worker")
    line.wait_for_effects(1)


@pytest.mark.parametrize("task", ["mark", "deaf"])
def test_a_worker_paused_beyond_its_lease_is_refused(line, task):
    """``deaf`` never asks about its claim: the fence in the record transaction stops it."""
    line.start("relay")
    worker = line.start("worker")
    ask(line.plant, task, tenths=10)
    horse = line.horse(worker)
    wait_for(lambda: "step_claimed" in line.words())
    os.kill(horse.pid, signal.SIGSTOP)
    os.kill(worker.pid, signal.SIGSTOP)
    line.start("worker")
    line.wait_for_effects(1)
    os.kill(horse.pid, signal.SIGCONT)
    os.kill(worker.pid, signal.SIGCONT)
    wait_for(lambda: '"outcome": "lost"' in line.words())
    assert len(line.effects()) == 1


def test_relay_killed_in_the_middle_of_a_batch(line):
    ask(line.plant, "mark", 30)
    dying = line.start("relay", crash="relay_mid_batch:12")
    assert line.answer(dying)[0] == -signal.SIGKILL
    assert line.redis.llen("rq:queue:bulk") == 12
    line.start("relay")
    wait_for(lambda: line.redis.llen("rq:queue:bulk") == 30)
    assert line.words().count("message_waits_already") == 12
    line.start("worker")
    line.wait_for_effects(30)


def test_the_queue_killed_and_started_empty(line):
    """What was marked sent and never claimed is sent again; accepting went on meanwhile."""
    relay = line.start("relay")
    ask(line.plant, "mark", 10)
    wait_for(lambda: line.redis.llen("rq:queue:bulk") == 10)
    os.kill(line.valkey.process.pid, signal.SIGKILL)
    line.valkey.process.wait()
    ask(line.plant, "mark", 5)
    for path in (line.folder / "appendonlydir").iterdir():
        path.unlink()
    wait_for(lambda: "relay_waits" in line.words())
    line.start_valkey()
    line.start("worker")
    line.wait_for_effects(15)
    assert relay.is_alive()


def test_the_queue_flushed_while_work_goes_on(line):
    line.start("relay")
    line.start("worker")
    ask(line.plant, "mark", 15, tenths=1)
    wait_for(line.effects)
    line.redis.flushall()
    line.wait_for_effects(15)


def test_one_message_delivered_to_two_workers_at_once(line):
    keys = ask(line.plant, "mark", 2, tenths=5)
    for key in keys:
        runs = [line.start("deliver", key) for _ in range(2)]
        outcomes = sorted(line.answer(run)[1] for run in runs)
        assert outcomes == ["not_needed", "recorded"]
    line.wait_for_effects(2)


@pytest.mark.slow
def test_fifty_messages_under_random_kills(line):
    """Seeded: workers, children, relay die and Redis is flushed at random moments."""
    dice = random.Random(20261122)
    relay, workers = line.start("relay"), [line.start("worker"), line.start("worker")]
    ask(line.plant, "mark", 50, tenths=1)
    for _ in range(8):
        time.sleep(dice.uniform(0.3, 1.0))
        victim = dice.choice(["worker", "horse", "both", "relay", "flush"])
        if victim == "flush":
            line.redis.flushall()
        elif victim == "relay":
            relay.kill()
            relay = line.start("relay")
        else:
            place = dice.randrange(2)
            wound(line, workers[place], victim)
            if not workers[place].is_alive() or victim != "horse":
                workers[place].join()
                workers[place] = line.start("worker")
    line.wait_for_effects(50, 60)
    with line.plant.db.read_only(ACTOR) as session:
        assert session.query(StepClaim).filter(StepClaim.done_at.is_not(None)).count() == 50
        assert session.scalar(text("SELECT count(*) FROM outbox WHERE failure IS NOT NULL")) == 0


def wound(line, worker, victim):
    import psutil

    children = psutil.Process(worker.pid).children() if worker.is_alive() else []
    if victim in ("worker", "both"):
        worker.kill()
    if victim in ("horse", "both"):
        for child in children:
            child.kill()
