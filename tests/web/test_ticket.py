"""The ticket of a print run: on paper as other readers see it, on the screen, and issued again when it changed."""

from __future__ import annotations

import shutil
import subprocess
from decimal import Decimal

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from production.floor import scan_field
from production.jobs import lifecycle, tickets
from production.jobs.models import Job, JobFile, Operation, TicketIssue
from production.jobs.press_tickets import press_ticket
from production.prepress.fold_check.layout import read_layout
from tests.databases import begin
from tests.factories import OPERATOR, PLANT
from tests.web import print_ordering, spec_jobs
from tests.web.test_order_run import BOOKLET, pages
from workers.runtime import drain

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")


@pytest.fixture
def booklet(app, plant, tmp_path):
    """A booklet of eight pages in a cover, released to the floor; (number of the job, of the run)."""

    def make():
        spec_jobs.with_press_rates(plant)
        pages(tmp_path / "all.pdf", 12)
        number = spec_jobs.proofed(plant, BOOKLET, tmp_path)
        spec_jobs.approve(plant, number)
        with plant.db.read_only(PLANT) as session:
            return number, spec_jobs.run_of(session, number).number

    return begin(plant, "booklet on the floor", make)


def rows(plant, model, **which):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(model).filter_by(**which)).all()


def words(path) -> str:
    said = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(said.split())


def codes(path) -> list[str]:
    picture = pypdfium2.PdfDocument(path)[0].render(scale=300 / 72, grayscale=True).to_numpy()
    found = zxingcpp.read_barcodes(np.ascontiguousarray(picture.reshape(picture.shape[:2])))
    assert {code.format for code in found} == {zxingcpp.BarcodeFormat.Code128}
    return sorted(code.text for code in found)


def test_a_press_is_told_the_sheets_of_each_component(booklet, plant):
    """Sheets, sides and copies against the file itself: its pages lie as the sheet is said, front and back in turns."""
    with plant.db.read_only(PLANT) as session:
        prints = session.scalars(select(Operation).filter_by(type="print").order_by(Operation.step)).all()
        told = [(one, press_ticket(session, plant.files, one)) for one in prints]
        files = dict(session.execute(select(JobFile.role, JobFile.sha256)).all())
    sheet = (Decimal(12), Decimal(18))
    assert [(one.paper, one.sheet, one.account) for _, one in told] == [
        ("60 lb text", sheet, "DEX-200"), ("80 lb cover", sheet, "DEX-200"),
    ]  # fmt: skip
    for operation, one in told:
        document = pypdfium2.PdfDocument(plant.files.path(operation.file_sha256))
        assert [document[at].get_size() for at in range(len(document))] == [
            tuple(float(edge * 72) for edge in one.sheet)
        ] * one.pages
        assert (one.sheets * 2, one.copies * one.sheets) == (one.pages, operation.quantity)
        layout = read_layout(
            plant.files.path(files[f"layout.{told.index((operation, one)) + 1}"]).read_bytes()
        )
        assert layout.turn == "left-right"  # of an upright sheet: its long edges stay where they are
        assert one.sides == "two-sided-long-edge"


@needs_poppler
def test_every_step_scans_and_all_of_it_stands_on_one_page(booklet, plant):
    number, _ = booklet
    (issue,) = rows(plant, TicketIssue)
    operations = rows(plant, Operation)
    path = plant.files.path(issue.sha256)
    assert (issue.number, issue.pages, len(operations)) == (1, 1, 7)
    assert codes(path) == sorted([number, *(f"{one.ticket.replace('-', '')}.1" for one in operations)])
    said = words(path)
    for one in operations:
        assert f"{one.quantity:,} " in said
        assert f"of {one.given:,} in" in said
    # 8 pages on 2 spreads, 2 up on 12 x 18: in from the foot 17.5, 9 and .5, the halves of 1 in left of 18.
    for expected in (
        "Hunting rules", "60 lb text", "80 lb cover", "grain long", "text 1 / 1, cover 1 / 1", "40 for set-up",
        "1: 17.5, 2: 9, 3: 0.5", "4: 11.5, 5: 0.5", "Depot B: 500", "DEX-200", "Folding dummy",
        "turn left to right", "Page 1 of 1",
    ):  # fmt: skip
        assert expected in said, expected


def test_the_screen_says_it_and_a_hold_gives_a_new_issue_that_replaces_the_old(booklet, plant, sign_in):
    number, run = booklet
    pat = sign_in("print_operator")
    page = pat.get(f"/floor/runs/{run}/ticket").text
    for expected in (
        "Open issue 1 to print",
        "60 lb text",
        "17.5",
        "Folding dummy",
        "pages 8, 1",
        "<br>approved ",
    ):
        assert expected in page, expected
    assert f'href="/floor/runs/{run}/ticket"' in sign_in("planner").get("/floor/operations").text
    with plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        lifecycle.hold(uow, job, reason="by_person", words="The agency may change page 3.")
    drain(plant)
    newest, oldest = rows_of_run(plant, number)
    assert (newest.number, oldest.number, newest.sha256 != oldest.sha256) == (2, 1, True)
    assert [one for one in newest.changes if "The agency may change page 3 (new)." in one]
    page = pat.get(f"/floor/runs/{run}/ticket").text
    assert "Open issue 2 to print" in page
    assert "replaced: it is refused when it is scanned" in page
    for issue in (1, 2):
        answer = pat.get(f"/floor/runs/{run}/ticket/{issue}.pdf")
        assert answer.data[:5] == b"%PDF-"
    assert "It replaces issue 1" in pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_bounded()
    assert pat.get(f"/floor/runs/{run}/ticket/3.pdf").status_code == 404
    assert sign_in("requester").get(f"/floor/runs/{run}/ticket").status_code == 403


def rows_of_run(plant, number):
    with plant.db.read_only(PLANT) as session:
        return tickets.issues(session, spec_jobs.run_of(session, number).id)


def test_what_stays_is_not_issued_again_and_a_replaced_paper_is_refused(booklet, plant):
    number, _ = booklet
    with plant.db.unit_of_work(PLANT) as uow:
        tickets.ask(uow, spec_jobs.run_of(uow.session, number))
    drain(plant)
    assert len(rows_of_run(plant, number)) == 1
    with plant.db.unit_of_work(PLANT) as uow:
        job = uow.session.scalars(select(Job).filter_by(number=number)).one()
        hold = lifecycle.hold(uow, job, reason="by_person", words="Wait.")
        first = min(one.ticket for one in uow.session.scalars(select(Operation)))
    drain(plant)
    with plant.db.unit_of_work(PLANT) as uow:
        lifecycle.lift(uow, uow.session.get_one(Job, hold.job_id), "by_person")
    drain(plant)
    assert rows_of_run(plant, number)[0].changes == ("Hold: no more.",)
    with plant.db.unit_of_work(OPERATOR) as uow:
        for old in (f"{first.replace('-', '')}.1", f"{first}.2"):
            with pytest.raises(Exception, match="issue 3 replaced it") as refused:
                scan_field.scan(uow, old, work_center="")
            assert refused.value.instance_code == "TICKET_REPLACED"
    for new in (f"{first.replace('-', '')}.3", first):
        with plant.db.unit_of_work(OPERATOR) as uow:
            assert scan_field.scan(uow, new, work_center=spec_jobs.press(uow.session)).ticket == first


def test_what_goes_by_options_has_a_ticket_too(app, plant, sign_in, tmp_path):
    number = print_ordering.submit_print(sign_in("requester"), tmp_path)
    drain(plant)
    spec_jobs.approve(plant, number)
    (issue,) = rows_of_run(plant, number)
    said = pypdfium2.PdfDocument(plant.files.path(issue.sha256))[0].get_textpage().get_text_bounded()
    for expected in ("Leave request form", "20 lb bond", "3 holes, left edge", "Pads of 50", "Room 12"):
        assert expected in said, expected
    assert len(codes(plant.files.path(issue.sha256))) == 1 + len(rows(plant, Operation))
