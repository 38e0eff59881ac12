"""A job whose files a rule removed still has its page; the files answer that they are gone."""

from __future__ import annotations

import os
from datetime import timedelta

from kernel import clock
from production.jobs.models import Job
from production.records.purge import purge
from store.db import system_actor
from tests.factories import PLANT, end_job
from tests.production import mailings


def test_what_a_rule_removed_is_gone_in_words(sign_in, plant, mailing) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    rita.submit(f"/jobs/{mailing}", f"/jobs/{mailing}/cancel", cancel_reason="Not needed")
    for path in plant.files.root.glob("??/*"):
        os.utime(path, (1, 1))  # what was kept a moment ago is left to the sweeper
    (run,) = purge(plant, system_actor("test"), clock.now() + timedelta(days=1200))
    assert {kind for kind, row in run.removed.classes.items() if row.count} >= {
        "lists",
        "proofs",
        "artwork",
    }
    assert rita.get(f"/jobs/{mailing}").status_code == 200
    for place in ("files/list", "files/template", "files/proof", "proof/1.png"):
        assert rita.get(f"/jobs/{mailing}/{place}").status_code == 410, place
        assert oscar.get(f"/jobs/{mailing}/{place}").status_code == 404
    page = rita.get(f"/jobs/{mailing}/files/list").text
    assert "This file was removed on" in page and "by the retention rule for lists" in page


def test_the_story_of_a_piece_outlives_its_names(app, sign_in, plant) -> None:
    job = mailings.approved(plant, pieces=210)
    stream = mailings.plan(plant, mailings.build(plant, job))
    with plant.db.unit_of_work(PLANT) as uow:
        end_job(uow, uow.session.get_one(Job, job.id))
    mona = sign_in("mail_operator")
    page = f"/mailroom/streams/{stream.number}/pieces/7"
    before = mona.get(page).text
    assert "Row of the list" in before and "Names removed" not in before
    for path in plant.files.root.glob("??/*"):
        os.utime(path, (1, 1))
    assert purge(plant, system_actor("test"), clock.now() + timedelta(days=370))
    answer = mona.get(page)
    assert answer.status_code == 200
    day = clock.business_date(clock.now() + timedelta(days=370))
    assert "Names removed" in answer.text
    assert f"removed on {day:%b} {day.day}" in answer.text
    assert (
        "retention rule for lists (Address lists and every list made from them; rules retention-2026-11)"
        in answer.text
    )
    for kept in (
        "Pieces of the stream</dt><dd>210",
        "Mail date",
        "Tracking",
        job.number,
        "Why this piece has its level",
    ):
        assert kept in answer.text, kept
    for gone in ("Row of the list", "Routing", "City and ZIP", "Give a reason"):
        assert gone not in answer.text, gone
