"""Rows to fix on one page: typed anew, dropped, repaired alike, taken back; nothing lost, nobody else's."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from sqlalchemy import select

from production.frontdesk.repairs.document import read_repairs
from production.jobs.models import Job, JobFile
from production.jobs.states import JobState
from store.audit import AuditEntry
from store.db import system_actor
from tests.databases import begin
from tests.web import ordering
from workers.runtime import drain

PLANT = system_actor("test")
ROW = 'A-{0},{1},,{2},{3},{4},{5},{6},,"$5.00",2026-12-31'
MESSY = (
    ROW.format(901, "No Street", "", "", "BATON ROUGE", "LA", "70802"),  # row 4
    ROW.format(902, "Lost Zero", "9 Beacon St", "", "BOSTON", "MA", "2108"),  # row 5
    ROW.format(903, "Turned Round", "12 Canal St", "", "LA", "BATON ROUGE", "70802"),  # row 6
    ROW.format(904, "Much  Space", "14 Canal St", "", "BATON ROUGE", "LA", "70802"),  # row 7
    ROW.format(905, "Abroad Example", "1 Rue Test", "", "Montréal", "QC", "H2X 1Y4"),  # row 8
)


@pytest.fixture
def number(sign_in, plant) -> str:
    """Of a mailing of Rita whose list has four rows to fix."""

    def make():
        rows = ordering.address_list(good=2) + ("\r\n".join(MESSY) + "\r\n").encode()
        number = ordering.submit_mailing(sign_in("requester"), rows=rows)
        drain(plant)
        return number

    return begin(plant, "a messy list", make)


def job_of(plant, number):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job).filter_by(number=number)).one()


def typed_in(page: str) -> dict[str, str]:
    """The cells that can be typed into, as they stand."""
    found = re.findall(r'<input class="usa-input" id="cell-[^"]+" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def fix(browser, number, go="save", **typed):
    url = f"/jobs/{number}/fix"
    cells = typed_in(browser.get(url).text)
    return browser.submit(url, url, **cells | typed, go=go)


def test_a_messy_list_is_fixed_and_goes_on(sign_in, plant, number) -> None:
    rita = sign_in("requester")
    url = f"/jobs/{number}/fix"
    page = rita.get(url).text
    assert "4 rows to fix" in page
    for words in (
        "lost its leading zero",
        "city and state in each other",
        "extra spaces",
        "Left out until fixed",
    ):
        assert words in page, words
    assert "<del>2108</del>" in page and "<ins>02108</ins>" in page
    (street,) = [name for name in typed_in(page) if name.startswith("cell-4.")]
    answer = fix(rita, number, go="kind:zip_zeros", **{street: "77 Third St"})
    assert answer.status_code == 303
    for act in ("kind:swapped", "kind:spaces", "drop:8"):
        assert fix(rita, number, go=act).status_code == 303
    page = rita.get(url).text
    assert "Nothing is left out" in page
    assert "77 Third St" in page
    assert fix(rita, number, go="check").location.endswith(f"/jobs/{number}")
    drain(plant)
    job = job_of(plant, number)
    assert (job.state, job.revision, job.rows_in, job.pieces) == (JobState.PROOF_READY, 2, 6, 6)
    with plant.db.read_only(PLANT) as session:
        files = session.scalars(select(JobFile).filter_by(job_id=job.id)).all()
        lists = {row.sha256 for row in files if row.role == "list"}
        (kept,) = [row for row in files if (row.role, row.revision) == ("repairs", 2)]
        acts = session.scalars(select(AuditEntry.act).filter_by(act="list_repairs_changed")).all()
    assert len(lists) == 1  # what was sent stays as it was
    assert {one.who for one in read_repairs(plant.files.path(kept.sha256)).cells} == {"rita"}
    assert len(acts) == 4
    page = rita.get(url).text
    assert "77 Third St" in page  # fixed rows stay in sight
    (undo,) = re.findall(r'value="(undo:4\.\d+)"', page)
    assert fix(rita, number, go=undo).status_code == 303
    assert fix(rita, number, go="check").status_code == 303
    drain(plant)
    assert job_of(plant, number).state is JobState.NEEDS_FIX


def test_a_wrong_cell_is_told_beside_it_and_nothing_typed_is_lost(sign_in, plant, number) -> None:
    rita = sign_in("requester")
    cells = typed_in(rita.get(f"/jobs/{number}/fix").text)
    street = next(name for name in cells if name.startswith("cell-4."))
    code = next(name for name, value in cells.items() if value == "2108")
    answer = fix(rita, number, **{street: "77 Third St", code: "0210"})
    assert answer.status_code == 422
    again = typed_in(answer.text)
    assert (again[street], again[code]) == ("77 Third St", "0210")
    assert f'href="#{code}"' in answer.text
    assert "Row 5: The ZIP Code" in answer.text
    answer = fix(rita, number, **{street: "x" * 300})
    assert answer.status_code == 422
    assert "Write at most 200 characters" in answer.text


def test_two_people_editing_are_told(sign_in, plant, number) -> None:
    rita, again = sign_in("requester"), sign_in("requester")
    url = f"/jobs/{number}/fix"
    target, hidden = again.hidden(url, url)
    assert fix(rita, number, go="drop:8").status_code == 303
    cells = typed_in(again.get(url).text)
    street = next(name for name in cells if name.startswith("cell-4."))
    answer = again.post(target, data=hidden | cells | {street: "5 Late St", "go": "save"})
    assert answer.status_code == 409
    assert "Rita Requester has changed this list" in answer.text
    assert typed_in(answer.text)[street] == "5 Late St"
    assert "dropped" in answer.text
    assert fix(rita, number, go="check").status_code == 303
    answer = again.post(target, data=hidden | {"idempotency_key": "x" * 26, "go": "check"})
    assert answer.status_code == 409
    assert "checked again since this page" in answer.text
    assert job_of(plant, number).revision == 2


def test_another_list_takes_the_repairs_away(sign_in, plant, number) -> None:
    """Repairs name rows of one list; the order without a change keeps them."""
    rita = sign_in("requester")
    for act in ("drop_all", "check"):
        assert fix(rita, number, go=act).status_code == 303
    drain(plant)
    assert job_of(plant, number).state is JobState.PROOF_READY
    kept = []
    for rows in (None, ordering.address_list(good=3)):
        files_url = rita.submit(f"/jobs/{number}", f"/jobs/{number}/change").location.replace(
            "/columns", "/files"
        )
        sent = {} if rows is None else {"list": (io.BytesIO(rows), "new.csv")}
        answer = rita.submit(files_url, content_type="multipart/form-data", **sent)
        assert answer.status_code == 303
        review = ordering.keep_boxes(rita, answer.location).location
        assert rita.submit(review, review).location == f"/jobs/{number}"
        drain(plant)
        job = job_of(plant, number)
        with plant.db.read_only(PLANT) as session:
            roles = session.scalars(
                select(JobFile.role).filter_by(job_id=job.id, revision=job.revision)
            ).all()
        kept.append(("repairs" in roles, job.pieces))
    assert kept == [(True, 3), (False, 3)]


def test_walls_of_the_rows_to_fix(sign_in, plant, number) -> None:
    rita = sign_in("requester")
    url = f"/jobs/{number}/fix"
    target, hidden = rita.hidden(url, url)
    oscar, andy = sign_in("other_agency"), sign_in("approver")
    assert oscar.get(url).status_code == 404
    _, own = oscar.hidden("/drafts/new")
    data = hidden | {"csrf_token": own["csrf_token"], "go": "drop:8"}
    assert oscar.post(target, data=data).status_code == 404
    assert andy.get(url).status_code == 403
    assert sign_in("mail_operator").get(url).status_code == 403
    with plant.db.read_only(PLANT) as session:
        looks = session.scalars(select(AuditEntry.details).filter_by(act="names_shown")).all()
    assert {"job": number, "what": "rows to fix"} in [dict(one) for one in looks]


def test_two_hundred_rows_are_a_small_page(sign_in, plant) -> None:
    rita = sign_in("requester")
    number = ordering.submit_mailing(rita, rows=ordering.address_list(good=2, bad=200))
    drain(plant)
    page = rita.get(f"/jobs/{number}/fix")
    assert "200 rows to fix" in page.text
    assert len(page.data) < 150_000
    assert "61 to 120 of 200" in rita.get(f"/jobs/{number}/fix?from=60").text
