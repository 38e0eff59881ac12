"""The press sheets of a job on the screen, and a step of its run as the operator has it at the machine."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select

from kernel import clock
from kernel.errors import StaleVersion
from kernel.money import Money
from production.frontdesk.approving import approvals
from production.jobs.models import Job, Operation
from store.audit import AuditEntry
from tests.factories import PLANT
from tests.web import spec_jobs
from tests.web.test_order_run import BOOKLET, pages
from tests.web.test_ticket import (
    booklet,  # noqa: F401  a fixture
    rows,
)
from web.commands.line import APPROVER


def test_each_side_is_shown_with_its_places_and_what_was_read(booklet, sign_in):  # noqa: F811
    number, _ = booklet
    pia, rita = sign_in("planner"), sign_in("requester")
    first = pia.get(f"/jobs/{number}/sheets")
    assert (first.status_code, first.location) == (302, f"/jobs/{number}/sheets/1/1")
    page = pia.get(first.location).text
    for expected in (
        "Sheet 1 of 2, front", "pages 8, 1, 8, 1", "From the foot, inches: 1: 17.5, 2: 9, 3: 0.5", "5.5 x 8.5",
        "0.5 from the left, 9 from the foot", "Next side",
    ):  # fmt: skip
        assert expected in page, expected
    # Both piles are the book, from the top.
    assert "1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8" in " ".join(page.split())
    assert "pages 2, 7, 2, 7" in rita.get(f"/jobs/{number}/sheets/1/2").text  # its own agency may look
    with Image.open(io.BytesIO(pia.get(f"/jobs/{number}/sheets/2/1.png").data)) as side:
        assert round(side.width / side.height, 2) == round(12 / 18, 2)
    for beyond in ("1/5", "3/1", "1/0", "1/5.png"):
        assert pia.get(f"/jobs/{number}/sheets/{beyond}").status_code == 404
    assert sign_in("other_agency").get(f"/jobs/{number}/sheets/1/1").status_code == 404


def test_the_operator_has_sentences_and_sheets_of_the_step(booklet, plant, sign_in):  # noqa: F811
    _, run = booklet
    steps = {one.type: one.ticket for one in sorted(rows(plant, Operation), key=lambda one: -one.step)}
    pat = sign_in("print_operator")
    cut = pat.get(f"/floor/{steps['cut']}?sheet=2").text
    for expected in (
        "Cut text",
        "From the foot, inches: 1: 17.5",
        "Sheet 1 of 2, back",
        "2 of 4 sides",
        f"/runs/{run}/",
    ):
        assert expected in cut, expected
    assert "60 lb text, 12 x 18 in, grain long" in pat.get(f"/floor/{steps['print']}").text
    fold = pat.get(f"/floor/{steps['fold']}").text
    assert "one into the other" in fold
    assert "Sheet 1 of 2, front: pages 8, 1; 1 fold." in fold


def test_the_proof_opens_as_it_is_read_and_the_file_shows_its_boxes(booklet, sign_in):  # noqa: F811
    number, _ = booklet
    andy = sign_in("approver")
    for ways in ("Spreads", "Trim and bleed", "Press sheets"):
        assert ways in andy.get(f"/jobs/{number}/proof").text
    page = andy.get(f"/jobs/{number}/proof/spreads?at=2").text
    # Inside the cover: its second page, which is page 10 of the proof, and the first of the text.
    assert "Pages 2 and 3" in page
    assert [one for one in ("/now/0/10.png", "/now/0/1.png") if one in page] == [
        "/now/0/10.png",
        "/now/0/1.png",
    ]
    assert "Page 2" in page[page.index("viewer-text") :]  # the second page of the whole file says so
    boxes = andy.get(f"/jobs/{number}/proof/boxes/2/1").text
    assert "5.5 x 8.5 in" in boxes
    assert andy.get(f"/jobs/{number}/proof/boxes/2/1.png").data[:4] == b"\x89PNG"
    for missing in ("panels", "boxes/2/5", "boxes/3/1"):
        assert andy.get(f"/jobs/{number}/proof/{missing}").status_code == 404
    assert sign_in("other_agency").get(f"/jobs/{number}/proof/spreads").status_code == 404


def test_a_signature_on_paper_is_written_down_with_who_when_and_what(booklet, plant, sign_in):  # noqa: F811
    number, _ = booklet
    url, polly, andy = f"/jobs/{number}/proof", sign_in("planner"), sign_in("approver")
    typed = {"sent": "All pages, folded", "signed_by": "Ann Signer", "signed_on": clock.today().isoformat()}
    late = polly.submit(url, f"{url}/signed", **typed | {"signed_on": "2099-01-01"})
    assert (
        late.status_code,
        "That day is still to come." in late.text,
        "All pages, folded" in late.text,
    ) == (422, True, True)
    old = polly.submit(url, f"{url}/signed", **typed | {"revision": "7"})
    assert (old.status_code, "by now it is version 1" in old.text) == (409, True)
    assert "Ann Signer" not in andy.get(url).text
    assert polly.submit(url, f"{url}/signed", **typed).status_code == 303
    page = andy.get(url).text
    for expected in ("Ann Signer", "version 1, All pages, folded", "Polly Planner"):
        assert expected in page, expected
    assert "Record a signature" not in page
    with plant.db.read_only(PLANT) as session:
        (entry,) = session.scalars(select(AuditEntry).filter_by(act="hard_proof_signed")).all()
    assert (entry.details["signed_by"], entry.details["sent"]) == ("Ann Signer", "All pages, folded")
    assert "A proof of" in sign_in("requester").get("/notices").text


def test_what_was_changed_since_it_was_seen_is_not_approved(app, plant, tmp_path):
    spec_jobs.with_press_rates(plant)
    pages(tmp_path / "all.pdf", 12)
    number = spec_jobs.proofed(plant, BOOKLET, tmp_path)
    with plant.db.unit_of_work(APPROVER) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        with pytest.raises(StaleVersion, match="version 2") as refused:
            approvals.approve(uow, job, revision=2, total=Money(1))
    assert refused.value.instance_code == "PROOF_STALE"
