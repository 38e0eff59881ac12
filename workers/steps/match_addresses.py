"""Have the addresses of a job matched by somebody outside, a turn at a time; and wake runs that were answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kernel import clock
from kernel.errors import AttentionNeeded, InvalidInput, Unavailable
from production.frontdesk.address_matching import requests
from production.frontdesk.address_matching.adapters import adapter_of, file_exchange, is_late
from production.frontdesk.address_matching.base import AdapterName
from store.crash_points import reach
from store.db import system_actor
from store.plant import Plant
from workers.registry import Record, Work

ACTOR = system_actor("match_addresses")
PATIENCE = timedelta(hours=1)


def match_addresses(plant: Plant, work: Work) -> Record:
    """One turn of the run's adapter. What is refused ends the run with findings; the job's check then shows them.
    Whoever stays away is asked again for PATIENCE; then a person decides, and the job is as it was.
    """
    with plant.db.read_only(ACTOR) as session:
        run = requests.find(session, work.subject)
    if run.ended_at is not None:
        return lambda _uow: None
    asked = requests.asked_of(plant.files, run, turn=int(work.arguments["turn"]))
    adapter = adapter_of(plant.settings, run)
    try:
        answer = adapter.match(replace(asked, beat=work.beat))
        reach("mid_work")
        turn = requests.kept(plant.files, asked, answer, work.folder)
    except InvalidInput as refusal:
        turn = requests.Turn(refusal)
    except Unavailable as error:
        if clock.now() - run.due_at > PATIENCE:
            raise AttentionNeeded(error.sentence, code=error.instance_code) from error
        raise
    return lambda uow: requests.record(uow, run.id, turn)


def wake_answered(plant: Plant) -> int:
    """Ask again for the runs whose answer lies in the engine's folder or whose time is over; gives how many."""
    if not plant.settings.match_exchange_dir:
        return 0
    exchange = file_exchange(plant.settings)
    with plant.db.unit_of_work(ACTOR) as uow:
        due = [
            run
            for run in requests.sleeping(uow.session, AdapterName.EXCHANGE)
            if exchange.has_answer(requests.request_name(run)) or is_late(plant.settings, run)
        ]
        return sum(requests.wake(uow, run) for run in due)
