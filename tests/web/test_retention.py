"""A job whose files a rule removed still has its page; the files answer that they are gone."""

from __future__ import annotations

import os
from datetime import timedelta

from kernel import clock
from production.records.purge import purge
from store.db import system_actor
from tests.web import ordering
from workers.runtime import drain


def test_what_a_rule_removed_is_gone_in_words(sign_in, plant) -> None:
    rita, oscar = sign_in("requester"), sign_in("other_agency")
    number = ordering.submit_mailing(rita)
    drain(plant)
    rita.submit(f"/jobs/{number}", f"/jobs/{number}/cancel", cancel_reason="Not needed")
    for path in plant.files.root.glob("??/*"):
        os.utime(path, (1, 1))  # what was kept a moment ago is left to the sweeper
    (run,) = purge(plant, system_actor("test"), clock.now() + timedelta(days=1200))
    assert {kind for kind, row in run.removed["classes"].items() if row["count"]} >= {
        "lists",
        "proofs",
        "artwork",
    }
    assert rita.get(f"/jobs/{number}").status_code == 200
    for place in ("files/list", "files/template", "files/proof", "proof/1.png"):
        assert rita.get(f"/jobs/{number}/{place}").status_code == 410, place
        assert oscar.get(f"/jobs/{number}/{place}").status_code == 404
    page = rita.get(f"/jobs/{number}/files/list").text
    assert "This file was removed on" in page and "by the retention rule for lists" in page
