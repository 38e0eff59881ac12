"""The page of a print step's printers: what each can, sending, and one job that is never sent beside itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.errors import Conflict, InvalidInput
from production.floor.operations import find_ticket
from production.floor.printers import following, ipp, offers, printing, queries
from production.floor.printers.ipp import GroupTag
from production.floor.printers.models import ON_PRINTER, Phase
from production.floor.printers.setup import PRINTERS, PrinterValue
from production.floor.runs import RunStep, plan_run
from production.jobs.states import JobKind, JobState
from production.people import setup
from tests.factories import MAIL_DATE, OPERATOR, PLANT, make_job
from tests.printers import Between, free_port, real_printer, serving
from tests.production.floor.test_ipp import OFFERS
from tests.workers.test_printing import ready  # noqa: F401  a fixture
from workers.runtime import drain


def printer_row(plant, code, uri):
    with plant.db.unit_of_work(PLANT) as uow:
        value = PrinterValue(code=code, name=f"Press {code}", uri=uri, work_center="press-1")
        setup.put(uow, PRINTERS, value, why="A test")


def jobs(plant, ticket):
    with plant.db.read_only(PLANT) as session:
        return printing.jobs_at(session, find_ticket(session, ticket))


def test_a_step_is_sent_from_its_page_and_never_twice_beside_itself(plant, sign_in, ready, tmp_path):  # noqa: F811
    page, pat = f"/floor/{ready}/printers", sign_in("print_operator")
    assert "No printer yet" in pat.get(page).text
    with real_printer(tmp_path / "printer") as printer, serving(Between(printer.port)) as between:
        printer_row(plant, "near", between.uri)
        printer_row(plant, "gone", f"ipp://127.0.0.1:{free_port()}/ipp/print")
        assert "Nobody has asked it yet" in pat.get(page).text
        assert pat.submit(page, f"{page}/ask", printer="near").status_code == 303
        assert "letter 8.5 x 11 in" in pat.get(page).text
        assert pat.submit(page, f"{page}/ask", printer="gone").status_code == 303
        assert "cannot be reached" in pat.get(page).text
        assert pat.submit(page, f"{page}/ask", printer="nowhere").status_code == 404

        pat.submit(page, f"{page}/send", printer="gone")
        drain(plant, patience=timedelta(seconds=0))
        assert [one.phase for one in jobs(plant, ready)] == [Phase.AWAY]
        pat.submit(
            page, f"{page}/send", printer="near"
        )  # in place of the one that still waits to be tried again
        drain(plant, patience=timedelta(seconds=0))
        (there, taken_back) = jobs(plant, ready)
        assert (taken_back.phase, taken_back.words) == (
            Phase.REFUSED,
            "Taken back before the printer had it.",
        )
        assert (there.phase in ON_PRINTER, len(printer.printed)) == (True, 1)
        text = pat.get(page).text
        assert "Cancel" in text
        assert ">Hold<" not in text  # it said that it cannot
        assert pat.submit(page, f"{page}/send", printer="near").status_code == 409
        with pytest.raises(Conflict, match="still has it"):
            following.restart(plant, OPERATOR, ready, there.ulid, "Jammed")

        with plant.db.unit_of_work(PLANT) as uow:  # as after a crash: nobody knows
            printing.find(uow.session, there.ulid).phase = Phase.UNKNOWN
        key = next(part for part in pat.get(page).text.split('"') if part.endswith("/again"))
        assert pat.submit(page, key, reason="The tray is empty").status_code == 303
        assert "after all" in pat.get(page).text
        assert (len(jobs(plant, ready)), len(printer.printed)) == (2, 1)
        steer = key.replace("/again", "/cancel")
        assert pat.submit(page, steer).status_code == 303
        now = pat.get(f"{page}/now?since=other")
        assert "<html" not in now.text


def test_what_a_printer_lacks_for_this_ticket_is_named_before_anything_is_sent(plant, sign_in, ready):  # noqa: F811
    printer_row(plant, "small", "ipp://small.example/ipp/print")
    with plant.db.unit_of_work(PLANT) as uow:
        offers.keep(uow, "small", {name: values for name, values in OFFERS.items() if "sides" not in name})
    text = sign_in("print_operator").get(f"/floor/{ready}/printers").text
    assert "Sides two-sided-long-edge: it would make something else" in text
    assert "Send to Press small" not in text
    assert "staple" in text  # that it can


def test_what_a_printer_said_is_kept_as_it_said_it(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        row = offers.keep(uow, "near", OFFERS)
        assert offers.offers_of(row) == OFFERS
        offers.keep(uow, "near", None, "The printer is away.")
        assert (offers.offers_of(row), row.words) == (OFFERS, "The printer is away.")
        assert next(ipp.decode(row.said).of(GroupTag.PRINTER)) == OFFERS


def test_a_printer_finishes_what_comes_directly_behind_the_print_step(plant):
    """Punched and stapled in the same pass; what lies behind a step that no printer does is done afterwards."""
    steps = [
        RunStep(10, "print", 100), RunStep(20, "punch", 100, needs=[10]), RunStep(30, "staple", 100, needs=[20]),
        RunStep(40, "drill", 100, needs=[30]), RunStep(50, "fold", 100, needs=[40]),
    ]  # fmt: skip
    printer_row(plant, "near", "ipp://near.example/ipp/print")
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        ticket = f"{plan_run(uow, [(job, 100)], steps, ready_by=MAIL_DATE).number}-10"
        assert queries.in_line_after(uow.session, find_ticket(uow.session, ticket)) == {
            "punch": "Punch", "staple": "Staple",
        }  # fmt: skip
        offers.keep(uow, "near", OFFERS)  # it staples and does not punch
        assert queries.done_in_line(uow.session, ticket, "near") == ("staple",)
        assert printing._in_line(uow.session, "stitch") == "saddle-stitch"  # as the row of the operation says
        with pytest.raises(InvalidInput):
            printing._in_line(uow.session, "drill")
