"""Where a job's own letters are: by its plan, whoever asks."""

from __future__ import annotations

from production.floor.operations import finish, start
from production.jobs.states import JobState
from production.mailroom.pieces.by_job import LettersNow, letters_now
from store.db import Actor
from tests.factories import OPERATOR, PLANT, make_job, make_stream


def test_letters_are_counted_by_the_segments_that_are_done_each_job_its_own(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        mine, other, alone = (make_job(uow, state=JobState.IN_PRODUCTION) for _ in range(3))
        stream = make_stream(uow, pieces=11, segments=2, jobs=[mine, other], files=plant.files)
    agency = Actor("rita", agency_id=mine.agency_id)

    def now(job, actor=PLANT):
        with plant.db.read_only(actor) as session:
            return letters_now(session, session.merge(job), files=plant.files)

    assert now(mine) == LettersNow(in_envelopes=0, printed=0, waiting=6)
    assert now(alone) is None
    with plant.db.unit_of_work(OPERATOR) as uow:
        for ticket in ("40-1", "50-1", "40-2"):
            start(uow, f"{stream.number}-{ticket}", work_center="Press 1")
            finish(uow, f"{stream.number}-{ticket}", files=plant.files)
    found = now(mine), now(other)
    assert [one.in_envelopes + one.printed + one.waiting for one in found] == [6, 5]
    assert [one.waiting for one in found] == [0, 0]
    assert sum(one.in_envelopes for one in found) == 5  # the first segment, five of eleven
    assert now(mine, agency) == found[0]  # an agency sees as much of its own
