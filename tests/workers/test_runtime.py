from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store import outbox
from store.db import system_actor
from tests.workers.effects import TASKS, ask, effects, make_table
from workers.runtime import Outcome, deliver, drain

ACTOR = system_actor("test")


@pytest.fixture
def line(plant):
    make_table(plant)
    return plant


def open_count(plant):
    with plant.db.read_only(ACTOR) as session:
        return outbox.open_keys(session)[1]


def test_each_message_has_one_effect_however_often_it_is_delivered(line):
    keys = ask(line, "mark", 5)
    assert [deliver(line, key, tasks=TASKS) for key in keys] == [Outcome.RECORDED] * 5
    assert [deliver(line, key, tasks=TASKS) for key in keys] == [Outcome.NOT_NEEDED] * 5
    assert len(effects(line)) == len(set(effects(line))) == 5
    assert open_count(line) == 0


def test_drain_runs_everything_also_what_has_to_wait(line):
    ask(line, "mark", 3)
    ask(line, "away", flag="up")
    (line.settings.data_dir).mkdir(parents=True, exist_ok=True)
    assert drain(line, tasks=TASKS, patience=timedelta(seconds=0.2)) == 3
    (line.settings.data_dir / "up").touch()
    assert drain(line, tasks=TASKS) == 1
    assert len(effects(line)) == 4
    assert open_count(line) == 0


def test_one_message_in_many_hands_at_once_has_one_effect_and_nobody_waits_for_ever(line):
    for _ in range(10):
        (key,) = ask(line, "mark", 1)
        with ThreadPoolExecutor(6) as hands:
            outcomes = list(hands.map(lambda _: deliver(line, key, tasks=TASKS), range(12)))  # noqa: B023
        assert outcomes.count(Outcome.RECORDED) == 1
        assert set(outcomes) <= {Outcome.RECORDED, Outcome.NOT_NEEDED}
    assert len(effects(line)) == 10
    assert open_count(line) == 0
