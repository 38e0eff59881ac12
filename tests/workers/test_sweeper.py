import os
import threading
from datetime import UTC, datetime, time, timedelta

import psycopg
import pytest
from sqlalchemy import text

import store.keeping.verify
from billing.verify import verify
from kernel.errors import Unavailable
from kernel.ids import new_ulid
from store import claims, idempotency, outbox
from store.files import record_file
from store.keeping.verify import Survey
from tests.workers.effects import ACTOR, ENTRY, TASKS, ask
from workers import relay, schedule, sweeper
from workers.priority import NICENESS
from workers.schedule import Periodic


@pytest.fixture
def redis(valkey_url):
    from redis import Redis

    client = Redis.from_url(valkey_url)
    client.flushall()
    yield client
    client.close()


def send(plant, redis):
    return relay.send(plant, redis, tasks=TASKS, entry=ENTRY)


def resend(plant, redis):
    return sweeper.resend(plant, redis, tasks=TASKS, entry=ENTRY, older_than=timedelta(0))


def test_only_what_redis_lost_is_sent_again(plant, redis):
    keys = ask(plant, "mark", 5)
    assert send(plant, redis) == 5
    assert send(plant, redis) == 0
    assert resend(plant, redis) == 0  # all wait in the queue
    redis.lpop("rq:queue:bulk")  # taken by a worker that died before its claim: RQ still knows the job
    assert resend(plant, redis) == 1
    redis.flushall()
    assert resend(plant, redis) == 5
    assert sorted(redis.lrange("rq:queue:bulk", 0, -1)) == sorted(key.encode() for key in keys)


def test_a_second_relay_passes_over_what_the_first_has_in_hand(plant, redis):
    keys = ask(plant, "mark", 3)
    with plant.db.unit_of_work(ACTOR) as uow:
        assert len(outbox.take_unsent(uow.session, 2, tasks=TASKS)) == 2
        assert send(plant, redis) == 1
    assert send(plant, redis) == 2
    assert set(redis.lrange("rq:queue:bulk", 0, -1)) == {key.encode() for key in keys}


def test_a_committed_message_wakes_the_relay_and_a_rolled_back_one_does_not(plant):
    with psycopg.connect(plant.db.url, autocommit=True) as listener:
        listener.execute(f"LISTEN {outbox.CHANNEL}")
        with pytest.raises(RuntimeError), plant.db.unit_of_work(ACTOR) as uow:
            outbox.request(uow, "mark", new_ulid(uow.now))
            uow.session.flush()
            raise RuntimeError
        assert list(listener.notifies(timeout=0.2, stop_after=1)) == []
        ask(plant, "mark")
        assert [n.channel for n in listener.notifies(timeout=5, stop_after=1)] == [outbox.CHANNEL]


def test_orphans_go_after_their_time_and_owned_files_stay(plant):
    watch = sweeper.OrphanWatch(plant, age=timedelta(0))
    patient = sweeper.OrphanWatch(plant)
    owned, orphan = (plant.files.keep_bytes(word, "text/plain") for word in (b"owned", b"orphan"))
    with plant.db.unit_of_work(ACTOR) as uow:
        record_file(uow, owned)
    (plant.files.scratch / "left" / "deep").mkdir(parents=True)
    assert patient.sweep() == 0
    assert plant.files.verify(orphan.sha256)
    assert watch.sweep() == 2
    assert plant.files.verify(owned.sha256)
    assert not plant.files.path(orphan.sha256).exists()
    assert list(plant.files.scratch.iterdir()) == []


def test_a_file_kept_again_is_young_again(plant):
    watch = sweeper.OrphanWatch(plant, age=timedelta(seconds=0.3))
    ref = plant.files.keep_bytes(b"same", "text/plain")
    watch.sweep()
    import time as clock

    clock.sleep(0.35)
    plant.files.keep_bytes(b"same", "text/plain")
    assert watch.sweep() == 0
    assert plant.files.verify(ref.sha256)


def test_old_one_time_keys_are_forgotten(plant):
    for key in ("old", "new"):
        with plant.db.unit_of_work(ACTOR) as uow:
            idempotency.begin(uow, key=key, route="submit", body={})
    with plant.db.unit_of_work(ACTOR) as uow:
        uow.session.execute(
            text("UPDATE idempotency_key SET created_at = now() - interval '8 days' WHERE key = 'old'")
        )
    assert sweeper.expire_keys(plant) == 1


def test_a_daily_act_runs_once_a_day_in_the_whole_plant(plant, redis):
    runs = []
    act = Periodic("count", timedelta(minutes=5), runs.append, not_before=time(2, 0))
    hands = [schedule.Hands(plant, redis, sweeper.OrphanWatch(plant)) for _ in range(2)]
    night = datetime(2026, 11, 22, 7, 59, tzinfo=UTC)  # 01:59 at the shop
    assert not schedule.run_daily(act, hands[0], night)
    assert schedule.run_daily(act, hands[0], night + timedelta(minutes=2))
    assert not schedule.run_daily(act, hands[1], night + timedelta(minutes=3))
    assert schedule.run_daily(act, hands[1], night + timedelta(days=1, minutes=3))
    assert len(runs) == 2


def test_nightly_acts_yield_to_people_and_the_others_do_not():
    found = {}

    def priorities(not_before):
        stop = threading.Event()

        def look(_hands):
            found[not_before] = os.getpriority(os.PRIO_PROCESS, 0)
            stop.set()

        act = Periodic("look", timedelta(0), look)
        watch = Periodic("watch", timedelta(days=1), look, not_before=not_before)
        thread = threading.Thread(target=schedule.run, args=(None, stop), kwargs={"acts": (act, watch)})
        thread.start()
        thread.join()

    before = os.getpriority(os.PRIO_PROCESS, 0)
    for not_before in (None, time(2, 0)):
        priorities(not_before)
    assert found == {None: before, time(2, 0): min(before + NICENESS, 19)}
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_the_nightly_verify_does_not_ring_for_its_own_claim(plant, redis):
    """Nor the night after for one that was killed in the middle; what fails is tried again the same night."""
    found = []

    def look(hands):
        found.append([str(violation) for violation in verify(hands.plant).violations])
        if len(found) == 1:
            raise Unavailable("The database is away.")

    act = Periodic("verify", timedelta(minutes=5), look, not_before=time(2, 0))
    hands = schedule.Hands(plant, redis, sweeper.OrphanWatch(plant))
    night = datetime(2026, 11, 22, 8, 1, tzinfo=UTC)
    with plant.db.unit_of_work(ACTOR) as uow:  # killed the night before: claimed, then silence
        claims.take(uow, "verify-2026-11-21", -timedelta(hours=23))
    with pytest.raises(Unavailable):
        schedule.run_daily(act, hands, night)
    assert schedule.run_daily(act, hands, night + timedelta(minutes=5))
    assert found == [[], []]


def test_a_step_at_work_is_no_alarm_however_long_the_look_takes(plant, monkeypatch):
    """A survey reads one instant: a lease that was alive then is not measured by a clock that went on."""
    monkeypatch.setattr(store.keeping.verify, "SWEPT_AFTER", timedelta(0))
    with plant.db.unit_of_work(ACTOR) as uow:
        claims.take(uow, "merge-X", timedelta(seconds=0.3))
    with plant.db.snapshot(ACTOR) as session:
        survey = Survey(session, plant.files)
        assert list(store.keeping.verify.steps_are_in_hand(survey)) == []
        session.execute(text("SELECT pg_sleep(0.4)"))
        assert list(store.keeping.verify.steps_are_in_hand(survey)) == []
    with plant.db.snapshot(ACTOR) as session:
        found = [
            point.sentence for point in store.keeping.verify.steps_are_in_hand(Survey(session, plant.files))
        ]
    assert found == ["step merge-X was begun and nothing asks for it any more"]


def test_every_periodic_act_runs_on_an_empty_plant(plant, redis):
    hands = schedule.Hands(plant, redis, sweeper.OrphanWatch(plant))
    for act in schedule.PERIODIC + schedule.NIGHTLY:
        act.act(hands)
