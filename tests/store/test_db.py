import threading
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from kernel.clock import now
from kernel.errors import IdempotencyMismatch
from kernel.ids import new_ulid
from store import claims, counters, idempotency, outbox
from store.audit import AuditEntry, verify_chain
from store.db import Actor, system_actor
from tests.factories import owners_hand

LEASE = timedelta(seconds=30)


def test_audit_chain_holds_and_names_a_break(plant):
    for i in range(3):
        with plant.db.unit_of_work(system_actor("test")) as uow:
            uow.audit("job", new_ulid(uow.now), "made", number=i)
            uow.audit("job", None, "noted", what="é")
    with plant.db.read_only(system_actor("test")) as session:
        assert list(verify_chain(session)) == []
    with plant.db.unit_of_work(system_actor("test")) as uow, pytest.raises(Exception, match="append-only"):
        uow.session.execute(text("DELETE FROM audit_entry WHERE number = 2"))
    with owners_hand(plant) as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_entry SET actor = 'somebody' WHERE number = 2"))
        connection.execute(text("DELETE FROM audit_entry WHERE number = 5"))
    with plant.db.read_only(system_actor("test")) as session:
        breaks = list(verify_chain(session))
    assert "audit entry 2 does not match its hash" in breaks
    assert "audit entry 5 is missing" in breaks


def test_a_rolled_back_act_leaves_no_audit(plant):
    with pytest.raises(RuntimeError), plant.db.unit_of_work(system_actor("test")) as uow:
        uow.audit("job", None, "made")
        raise RuntimeError
    with plant.db.read_only(system_actor("test")) as session:
        assert session.query(AuditEntry).count() == 0


def test_naive_times_are_refused(plant):
    with pytest.raises(Exception, match="without a zone"), plant.db.unit_of_work(system_actor("t")) as uow:
        uow.session.add(
            outbox.OutboxMessage(
                key="a", task="a", subject="a", attempt=1, arguments={}, created_at=datetime(2026, 1, 1)
            )
        )
        uow.session.flush()


def test_a_claim_is_taken_once_and_fenced_after_its_lease(plant):
    actor = system_actor("test")
    with plant.db.unit_of_work(actor) as uow:
        first = claims.take(uow, "merge-X", LEASE)
    with plant.db.unit_of_work(actor) as uow:
        assert claims.take(uow, "merge-X", LEASE) is None
        assert claims.extend(uow, first, timedelta(seconds=-1))  # the lease runs out
    with plant.db.unit_of_work(actor) as uow:
        second = claims.take(uow, "merge-X", LEASE)
    assert second.fence == first.fence + 1
    with plant.db.unit_of_work(actor) as uow:
        assert not claims.finish(uow, first)
        assert claims.finish(uow, second)
        assert not claims.finish(uow, second)
        assert claims.take(uow, "merge-X", LEASE) is None


def test_one_effect_for_one_key_under_twenty_threads(plant):
    effects, answers = [], []

    def post(body):
        with plant.db.unit_of_work(Actor("ann")) as uow:
            attempt = idempotency.begin(uow, key="k1", route="submit", body=body)
            if attempt.answer is None:
                effects.append(1)
                idempotency.remember(uow, attempt, {"job": "27-000001-1"})
                answers.append({"job": "27-000001-1"})
            else:
                answers.append(attempt.answer)

    threads = [threading.Thread(target=post, args=({"a": 1},)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(effects) == 1
    assert answers == [{"job": "27-000001-1"}] * 20
    with pytest.raises(IdempotencyMismatch):
        post({"a": 2})


def test_blocks_of_numbers_never_overlap(plant):
    blocks = []

    def take():
        with plant.db.unit_of_work(system_actor("t")) as uow:
            blocks.append(counters.next_block(uow, "serial-900000001", 1000))

    threads = [threading.Thread(target=take) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(blocks) == [1 + 1000 * i for i in range(12)]


def test_outbox_key_is_the_same_whatever_the_order_of_arguments(plant):
    with plant.db.unit_of_work(system_actor("t")) as uow:
        subject = new_ulid(now())
        key = outbox.request(uow, "merge", subject, segment=3, attempt_of=1)
        uow.session.flush()
        message = outbox.take_unsent(uow.session, 10, tasks=["merge"])[0]
        assert message.step_key + "-1" == key
        assert outbox.request_again(uow, message) == message.step_key + "-2"


def test_scope_is_unset_unless_a_unit_of_work_sets_it(plant):
    with plant.db.read_only(Actor("ann", agency_id=7)) as session:
        assert session.scalar(text("SELECT current_setting('indicia.scope')")) == "7"
    with plant.db.engine.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('indicia.scope', true)")) in (None, "")


def test_a_connection_that_the_server_ended_is_replaced_unseen(plant):
    def backend(db):
        with db.read_only(system_actor("test")) as session:
            return session.scalar(text("SELECT pg_backend_pid()"))

    plant.db.dispose()  # the tests before leave connections that would come in turn
    gone = backend(plant.db)
    assert backend(plant.db) == gone  # kept while it lives
    with psycopg.connect(plant.db.url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [gone])
    assert backend(plant.db) != gone
