"""The file of a component on the screens: what was found and where, fixed, accepted, used; every version stays."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from billing.charging import charge_job
from billing.models import Charge
from kernel.clock import business_date
from kernel.ids import show_ulid
from production.catalog.press_room.kinds import PRESS_PAPERS
from production.frontdesk.artwork.models import Acceptance, FileVersion
from production.frontdesk.orders.models import Quote
from production.frontdesk.tickets.contents import contents
from production.frontdesk.tickets.run import run_of
from production.jobs.models import Job, JobFile, JobFinding, PrintRun, Usage
from production.jobs.states import JobState
from production.jobs.usage_evidence import FixEvidence, RushEvidence
from production.people import setup
from store.audit import AuditEntry
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import PLANT
from tests.web import spec_ordering
from tests.web.spec_ordering import on
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_order_run import run  # noqa: F401  a fixture
from web.commands.sample import RATE_CARD_FROM
from workers.runtime import drain

RUSH = b"unit,description,rate,minimum,pass_through\norder.rush,Rush,0.25,,no\n"
FORM = {
    "product": "flat_form", "quantity": 500, "title": "Permit form", "agency": "DEX", "account": "DEX-200",
    "trim": [8.5, 11], "bleed": 0.125, "binding": "none",
    "components": [{"name": "sheet", "pages": 1, "stock": "bond20", "colours": [1, 0]}],
    "files": [{"component": "sheet", "file": "form.pdf"}],
}  # fmt: skip


BOOKLET = {
    "product": "booklet", "quantity": 500, "title": "Hunting rules", "agency": "DEX", "account": "DEX-200",
    "trim": [5.5, 8.5], "bleed": 0.125, "binding": "saddle",
    "components": [{"name": "text", "pages": 8, "stock": "text60", "colours": [1, 1]}],
    "files": [{"component": "text", "file": "rules.pdf"}],
}  # fmt: skip


def write(path, *, pages=1, width=612, height=792, font="Helvetica"):
    """Pages as agencies send them: gray to the edge and no further, in a font that they do not bring along."""
    canvas = Canvas(str(path), pagesize=(width, height))
    for number in range(1, pages + 1):
        canvas.setFillGray(0.8)
        canvas.rect(0, 0, width, height, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setFont(font, 20)
        canvas.drawString(100, 400, f"Permit, page {number}")
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture
def job(run, plant, tmp_path):  # noqa: F811
    """The number of a job that its file keeps from going on."""

    def make():
        write(tmp_path / "form.pdf")
        code, said = run(FORM)
        assert code == 2, said
        return said["job"]

    return begin(plant, "a form with a bad file", make)


def row(plant) -> Job:
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Job)).one()


def test_what_was_found_is_told_in_words_with_its_place(job, sign_in):
    rita, pat = sign_in("requester"), sign_in("print_operator")
    assert f"/jobs/{job}/artwork/1" in rita.get(f"/jobs/{job}").text
    page = rita.get(f"/jobs/{job}/artwork/1").text
    for words in (
        "2 things must be fixed", "Must be fixed", "Color stops at the edge of the page", "Add the margin by mirroring",
        "The file does not bring its lettering along", "Print it as it is", "Send a corrected file", "<rect",
    ):  # fmt: skip
        assert words in page, words
    assert "PREFLIGHT_" not in page.replace('value="PREFLIGHT_', "")
    for size in ("large", "small"):
        picture = rita.get(f"/jobs/{job}/artwork/1/1/{size}/1.png")
        assert (picture.status_code, picture.data[:4]) == (200, b"\x89PNG")
    assert rita.get(f"/jobs/{job}/artwork/1/1/large/2.png").status_code == 404
    assert rita.get(f"/jobs/{job}/artwork/2").status_code == 404
    assert rita.get(f"/jobs/{job}/artwork/1?version=7").status_code == 404
    assert "Add the margin by mirroring" in pat.get(f"/jobs/{job}/artwork/1").text
    assert "Print it as it is" not in pat.get(f"/jobs/{job}/artwork/1").text  # that is the agency's to say
    assert sign_in("other_agency").get(f"/jobs/{job}/artwork/1").status_code == 404


def test_a_fix_makes_a_version_and_with_an_acceptance_the_order_goes_on(job, sign_in, plant):
    """The fix is charged, and so is the rush: its paper is bought, three days more than the order leaves."""
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1"
    with plant.db.unit_of_work(PLANT) as uow:
        paper = PRESS_PAPERS.find(uow.session, "bond20").model_copy(update={"on_shelf": False})
        setup.put(uow, PRESS_PAPERS, paper, knowing=["PRINT_STANDARD_CHANGE"])
        make_card(uow, name="Rush", effective_from=RATE_CARD_FROM, data=RUSH)
    assert "Costs $2.00." in rita.get(url).text
    answer = rita.submit(url, f"{url}/fixes", fix="bleed-mirror")
    assert (answer.status_code, answer.location) == (303, f"{url}?version=2")
    page = rita.get(answer.location).text
    for words in (
        "Version 2 of 2, not in use yet", "Version 2 has 1 thing to fix", "Before: version 1", "Page 1 changed",
        "Margin for the cut mirrored", "Rita Requester", "with the order",
    ):  # fmt: skip
        assert words in page, words
    with plant.db.read_only(PLANT) as session:
        kept = session.scalars(select(FileVersion).order_by(FileVersion.id)).all()
        assert [(one.act.value, one.fixes) for one in kept] == [("sent", ()), ("fixed", ("bleed-mirror",))]
        assert all(plant.files.verify(one.sha256) for one in kept)
        assert {one.sha256 for one in session.scalars(select(JobFile).filter_by(role="artwork.1"))} == {
            kept[0].sha256
        }
    refused = rita.submit(f"{url}?version=2", f"{url}/accepted", code="PREFLIGHT_FONT", words=" ")
    assert (refused.status_code, "Fill this in" in refused.text) == (422, True)
    accepted = rita.submit(
        f"{url}?version=2", f"{url}/accepted", code="PREFLIGHT_FONT", words="Any plain letters will do."
    )
    assert accepted.status_code == 303
    page = rita.get(accepted.location).text
    assert "Version 2 is ready" in page
    assert "Accepted by Rita Requester: Any plain letters will do." in page
    assert rita.submit(accepted.location, f"{url}/use").status_code == 303
    drain(plant)
    assert row(plant).state is JobState.PROOF_READY
    told = rita.get(f"/jobs/{job}").text
    assert "Accepted by Rita Requester: Any plain letters will do." in told
    assert "Any plain letters will do." in sign_in("approver").get(f"/jobs/{job}/proof").text
    andy = sign_in("approver")
    assert andy.submit(f"/jobs/{job}/proof", f"/jobs/{job}/approve").status_code == 303
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        lot = session.scalars(select(PrintRun)).one()
        notes = contents(run_of(session, plant.files, lot), 1).notes
        words = (
            "sheet: The file does not bring its lettering along. Rita Requester: Any plain letters will do."
        )
        assert ("Print as it is", words) in notes
        acts = session.scalars(
            select(AuditEntry.act).filter_by(subject="job").order_by(AuditEntry.number)
        ).all()
    assert {"finding_accepted", "file_changed"} <= set(acts)
    with plant.db.unit_of_work(PLANT) as uow:
        now = uow.session.scalars(select(Job)).one()
        lines = uow.session.scalars(select(Quote.snapshot).filter_by(revision=now.revision)).one().lines
        quoted = {line.unit: line.money.cents for line in lines}
        others = sum(cents for unit, cents in quoted.items() if unit != "order.rush")
        assert quoted["prepress.fix"] == 200
        assert quoted["order.rush"] == int(Decimal(others) / 4 + Decimal("0.5"))
        used = {row.unit: row.evidence for row in uow.session.scalars(select(Usage))}
        assert used == {
            "prepress.fix": FixEvidence(show_ulid(kept[1].ulid), "sheet", ("bleed-mirror",)),
            "order.rush": RushEvidence(business_date(now.created_at), now.due),
        }
        charge_job(uow, now)
        charges = uow.session.execute(
            select(Usage.unit, Charge.cents).join(Charge, Charge.usage_id == Usage.id)
        )
        assert {unit: money.cents for unit, money in charges} == {
            unit: quoted[unit] for unit in ("prepress.fix", "order.rush")
        }


def test_an_acceptance_holds_for_its_file_alone(job, sign_in, plant, tmp_path):
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1"
    for code in ("PREFLIGHT_FONT", "PREFLIGHT_BLEED"):
        assert rita.submit(url, f"{url}/accepted", code=code, words="Fine.").status_code == 303
    assert "Nothing stops this file any more" in rita.get(url).text
    other = write(tmp_path / "other.pdf", font="Courier").read_bytes()
    sent = rita.submit(
        url, f"{url}/files", content_type="multipart/form-data", file=(io.BytesIO(other), "other.pdf")
    )
    assert sent.status_code == 303
    page = rita.get(sent.location).text
    assert "Version 2 has 2 things to fix" in page
    assert "Accepted by" not in page
    assert rita.submit(sent.location, f"{url}/use").status_code == 303
    drain(plant)
    assert row(plant).state is JobState.NEEDS_FIX
    # The older version is picked again, with what was accepted of it.
    assert rita.submit(f"{url}?version=1", f"{url}/use").status_code == 303
    drain(plant)
    assert row(plant).state is JobState.PROOF_READY


def test_what_cannot_be_accepted_or_fixed_is_said_and_changes_nothing(job, sign_in, plant, tmp_path):
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1"
    answer = rita.submit(url, f"{url}/accepted", code="PDF_ENCRYPTED", words="Please.")
    assert (answer.status_code, "cannot be accepted" in answer.text) == (422, True)
    answer = rita.submit(url, f"{url}/fixes", fix="magic")
    assert (answer.status_code, "There is no fix magic" in answer.text) == (422, True)
    for data, words in (
        (b"", "The file is empty"),
        (b"<html>", "is not a PDF"),
        (b"%PDF-1.7 " + b"nothing " * 20, "end of the file"),
    ):
        answer = rita.submit(
            url, f"{url}/files", content_type="multipart/form-data", file=(io.BytesIO(data), "bad.pdf")
        )
        assert (answer.status_code, words in answer.text) == (422, True), answer.text
    stale = rita.hidden(url, f"{url}/files")[1]
    assert rita.post(f"{url}/use", data=stale | {"version": "1", "revision": "9"}).status_code == 409
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(FileVersion)).all() == session.scalars(select(Acceptance)).all() == []
        assert {one.code for one in session.scalars(select(JobFinding)) if one.severity == "stop"} == {
            "PREFLIGHT_BLEED", "PREFLIGHT_FONT",
        }  # fmt: skip


def test_the_shop_makes_a_version_and_the_requester_hears_of_it(job, sign_in, plant):
    rita, pat = sign_in("requester"), sign_in("print_operator")
    url = f"/jobs/{job}/artwork/1"
    assert pat.submit(url, f"{url}/fixes", fix="bleed-enlarge").status_code == 303
    assert "the shop" in rita.get(f"{url}?version=2").text  # nobody of the shop by name
    assert pat.submit(f"{url}?version=2", f"{url}/use").status_code == 303
    assert f"The shop put another version of a file into {job}" in rita.get("/notices").text.replace("-", "-")


def test_pages_are_arranged_without_a_script(job, sign_in, plant, tmp_path):
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1/pages"
    page = rita.get(url).text
    assert "Nothing is changed yet" in page
    assert "Tick a page first." in rita.get(f"{url}?go=remove").text
    assert "A file needs at least one page." in rita.get(f"{url}?go=remove&leaf=1").text
    assert "names no pages" in rita.get(f"{url}?now=nonsense").text
    other = write(tmp_path / "other.pdf", pages=3, font="Courier").read_bytes()
    sent = rita.submit(
        url, f"{url}/files", content_type="multipart/form-data", file=(io.BytesIO(other), "other.pdf")
    )
    assert sent.status_code == 303, sent.text
    assert "Version 2: other.pdf, 3 pages" in rita.get(sent.location).text
    step = rita.get(f"{url}?version=1&now=1&go=insert&leaf=1&of=2&pages=2-3")
    for words in (
        "3 pages, the file has 1.",
        "from another file",
        "Page 2 of version 2",
        "Put in. Now at place 2 of 3.",
    ):
        assert words in step.text, words
    kept = rita.post(url, data=rita.hidden(f"{url}?version=1&now=1,3.3,b", url)[1])
    assert kept.status_code == 303, kept.text
    page = rita.get(kept.location).text
    assert "Version 3 of 3, not in use yet" in page
    assert "Pages 2-3 new" in page
    assert "Sent for its pages: other.pdf" in page
    lost = rita.post(url, data=rita.hidden(f"{url}?version=1&now=1,3.9", url)[1])
    assert (lost.status_code, "3 pages; page 9 is not among them" in lost.text) == (422, True)
    assert rita.get("/jobs/27-000001-6/artwork/1/pages?version=9").status_code == 404
    assert sign_in("other_agency").get(url).status_code == 404
    assert sign_in("approver").get(url).status_code == 403


def test_a_long_file_is_shown_in_parts(job, sign_in, plant):
    rita, url = sign_in("requester"), f"/jobs/{job}/artwork/1/pages"
    page = rita.get(f"{url}?now={','.join(['1'] * 100)}&from=60").text
    assert page.count('name="leaf"') == 48
    assert "49 to 96 of 100" in page
    assert "More than" not in page


def test_a_draft_keeps_a_bad_file_and_goes_on_when_it_is_fixed(sign_in, plant, tmp_path):
    spec_ordering.press_card(plant)
    rita = sign_in("requester")
    chosen = on(spec_ordering.choose(rita, "flat_form", quantity="500", size="8.5x11", bleed="yes"))
    files = on(spec_ordering.detail(rita, chosen))
    data = write(tmp_path / "form.pdf").read_bytes()
    fields = {"file-sheet": (io.BytesIO(data), "form.pdf")}
    answer = rita.submit(files, content_type="multipart/form-data", **fields)
    assert answer.status_code == 422
    assert "something in it must be fixed or accepted" in answer.text
    assert rita.get(files.replace("component_files", "review")).status_code == 303  # not yet
    url = files.replace("component_files", "artwork/1")
    page = rita.get(url).text
    assert "Print it as it is" in page
    for code in ("PREFLIGHT_FONT", "PREFLIGHT_BLEED"):
        if f'value="{code}"' in page:
            assert rita.submit(url, f"{url}/accepted", code=code, words="Fine.").status_code == 303
    used = rita.submit(url, f"{url}/use")
    assert used.status_code == 303, used.text
    assert "must be fixed" not in rita.get(used.location).text
    number = on(rita.submit(on(rita.submit(files)), files.replace("component_files", "review"))).rsplit(
        "/", 1
    )[1]
    drain(plant)
    assert row(plant).state is JobState.PROOF_READY
    page = rita.get(f"/jobs/{number}/artwork/1").text  # versions and words came along
    assert "Accepted by Rita Requester: Fine." in page
    again = on(rita.submit(f"/jobs/{number}", f"/jobs/{number}/change"))  # the steps, with what was accepted
    assert "form.pdf" in rita.get(again.rsplit("/", 1)[0] + "/component_files").text
    assert sign_in("other_agency").get(url).status_code == 404
