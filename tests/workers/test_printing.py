"""Print files to a real IPP printer: what was ordered is printed, once, whatever is lost on the way."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from kernel.errors import Conflict, NotFound, UserError
from production.floor import sending
from production.floor.operations import find_ticket, finish, start
from production.floor.printers import following, printing
from production.floor.printers.client import Printer
from production.floor.printers.counted import differences
from production.floor.printers.models import ON_PRINTER, Phase
from production.floor.printers.setup import FOLDER, PRINTERS, PrinterValue, printer_of, reached
from production.jobs.press_tickets import press_ticket
from production.mailings.models import PresortStream
from production.people import setup
from store.files import record_file
from tests.factories import OPERATOR, PLANT, make_stream
from tests.printers import Between, free_port, real_printer, serving
from tests.production.prepress.letters import make_template
from web.commands import device
from web.commands.console import make_console
from workers.runtime import drain


@pytest.fixture
def printer(tmp_path):
    """It takes five seconds and more for a job, and says that it is busy meanwhile: each test has its own."""
    with real_printer(tmp_path / "printer") as one:
        yield one


@pytest.fixture
def ready(plant, tmp_path):
    """A segment of five letters of two pages, ready to be printed; its ticket."""
    path = make_template(tmp_path / "letters.pdf")
    with path.open("rb") as file:
        ref = plant.files.keep_stream(file, "application/pdf")
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow, files=plant.files)
        stream.envelope = "window10"
        operation = find_ticket(uow.session, f"{stream.number}-40-01")
        operation.file_sha256 = record_file(uow, ref)
    return operation.ticket


def send(plant, ticket, printer, **more):
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = printing.ask(uow, ticket, printer=printer, files=plant.files, **more)
    drain(plant, patience=timedelta(seconds=0))
    return seen(plant, job)


def seen(plant, job):
    with plant.db.read_only(PLANT) as session:
        return printing.find(session, job.ulid)


def console(plant, monkeypatch, *arguments):
    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(device, "opened_plant", opened)
    indicia = make_console(drain=drain, run=lambda *_, **__: None)
    return CliRunner().invoke(indicia, ["device", *arguments, "--json"])


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_console_prints_what_was_ordered_and_refuses_what_would_be_another_product(
    plant, ready, printer, monkeypatch
):
    refused = console(plant, monkeypatch, "print", ready, "--printer", printer.uri, "--finishing", "staple")
    assert refused.exit_code == 2, refused.output
    told = json.loads(refused.stdout)
    assert (told["state"], told["refused"], told["code"]) == ("refused", ["finishings"], "DEVICE_REFUSED")
    assert (told["job_id"], len(printer.printed)) == (None, 0)  # nothing was sent

    answer = console(plant, monkeypatch, "print", ready, "--printer", printer.uri)
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert (told["state"], told["refused"], told["name"]) == ("completed", [], f"{ready}.2")
    (file,) = printer.printed
    with plant.db.read_only(PLANT) as session:
        assert sha256(file) == find_ticket(session, ready).file_sha256

    again = console(plant, monkeypatch, "print", ready, "--printer", printer.uri)
    assert json.loads(again.stdout)["error"]["code"] == "SENT"
    away = console(
        plant, monkeypatch, "print", ready, "--printer", f"ipp://127.0.0.1:{free_port()}/ipp/print"
    )
    assert (away.exit_code, json.loads(away.stdout)["error"]["code"]) == (1, "DEVICE_AWAY")
    assert len(printer.printed) == 1


@pytest.mark.parametrize("by", [True, False], ids=["job-then-document", "all-at-once"])
def test_a_lost_answer_and_a_killed_worker_print_nothing_twice(plant, ready, printer, monkeypatch, by):
    monkeypatch.setattr(printing, "takes_documents", lambda _offers: by)
    with serving(Between(printer.port)) as between:
        between.loses = 1
        with plant.db.unit_of_work(OPERATOR) as uow:
            job = printing.ask(uow, ready, printer=between.uri, files=plant.files)
        answer = hand_over(plant, job)
        assert (answer.phase, bool(answer.again)) == (Phase.SENDING, True)
        with plant.db.unit_of_work(OPERATOR) as uow:
            printing.record(uow, job.ulid, replace(answer, again=None))
        drain(plant, patience=timedelta(seconds=0))  # the step itself, as the sweeper does it after a kill
    job = seen(plant, job)
    assert job.phase in ON_PRINTER
    assert (len(printer.printed), job.device_id is not None) == (1, True)


def test_a_job_that_was_made_and_has_no_document_gets_it_once(plant, ready, printer, monkeypatch):
    """Killed between the two: the printer has a job without a document, and no second one is made."""

    def killed(*_arguments):
        raise KeyboardInterrupt

    with plant.db.unit_of_work(OPERATOR) as uow:
        job = printing.ask(uow, ready, printer=printer.uri, files=plant.files)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Printer, "send_document", killed)
        hand_over(plant, job)
    assert not printer.printed
    drain(plant, patience=timedelta(seconds=0))
    job = seen(plant, job)
    assert (job.phase in ON_PRINTER, job.device_id, len(printer.printed)) == (True, 1, 1)
    answer = hand_over(plant, job_again(plant, job))
    assert (answer.phase in (*ON_PRINTER, Phase.COMPLETED), len(printer.printed)) == (True, 1)


def job_again(plant, job):
    """As if its answer had never been written down."""
    with plant.db.unit_of_work(OPERATOR) as uow:
        found = printing.find(uow.session, job.ulid)
        found.phase = Phase.SENDING
    return found


def hand_over(plant, job):
    """What a worker does of the step before it is killed."""
    with plant.db.unit_of_work(OPERATOR) as uow:
        begun, _, was_begun = printing.begin(uow, job.ulid)
    with plant.db.read_only(OPERATOR) as session:
        printer = reached(session, begun.printer, plant.settings.data_dir)
        file = plant.files.checked_path(find_ticket(session, begun.name.rpartition(".")[0]).file_sha256)
    return printing.hand_over(begun, printer, file, was_begun=was_begun)


def test_what_may_have_been_printed_is_for_a_person(plant, ready, printer):
    """Killed after the intent and before the act: the printer knows nothing of it, and nobody sends it by himself."""
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = printing.ask(uow, ready, printer=printer.uri, files=plant.files)
        assert printing.begin(uow, job.ulid)
    drain(plant, patience=timedelta(seconds=0))
    job = seen(plant, job)
    assert (job.phase, len(printer.printed)) == (Phase.UNKNOWN, 0)
    assert "Look at its tray" in job.words
    with pytest.raises(Conflict, match="sent before"):
        send(plant, ready, printer.uri)
    with plant.db.unit_of_work(OPERATOR) as uow, pytest.raises(Conflict, match="sent before"):
        sending.intend(uow, ready)  # nor through the folder
    job = send(plant, ready, printer.uri, reason="The tray is empty")
    assert (job.attempt, job.phase in ON_PRINTER) == (2, True)
    assert len(printer.printed) == 1


def test_a_printer_that_is_away_has_got_nothing_and_is_tried_again(plant, ready, printer):
    port = free_port()
    job = send(plant, ready, f"ipp://127.0.0.1:{port}/ipp/print")
    assert (job.phase, job.begun_at, job.tries) == (Phase.AWAY, None, 1)
    assert following.look_at_all(plant, OPERATOR) == 0
    assert send(plant, ready, printer.uri).phase in ON_PRINTER  # no reason is asked: nothing went out


def test_a_job_is_steered_at_its_printer(plant, ready, printer):
    job = send(plant, ready, printer.uri)
    busy = send(plant, ready, printer.uri, reason="Once more")
    assert (busy.phase, busy.words) == (Phase.AWAY, "The printer is busy.")
    assert following.look_at_all(plant, OPERATOR) == 1
    with pytest.raises(UserError) as caught:  # it cannot hold jobs at all
        following.steer(plant, OPERATOR, ready, job.ulid, "hold")
    assert caught.value.instance_code == "DEVICE_REFUSED"
    following.steer(plant, OPERATOR, ready, job.ulid, "cancel")
    with plant.db.unit_of_work(OPERATOR) as uow:
        printing.find(uow.session, job.ulid).phase = Phase.CANCELED  # which it says once it has stopped
    with pytest.raises(Conflict, match="no such job any more"):
        following.steer(plant, OPERATOR, ready, job.ulid, "cancel")
    other = ready[:-2] + "02"
    with pytest.raises(NotFound):
        following.steer(plant, OPERATOR, other, job.ulid, "cancel")


def test_what_a_printer_counted_stands_beside_what_was_claimed(plant, ready):
    """Five letters of two pages on both sides are five sheets by hand; the first operation covers five pieces."""
    with plant.db.unit_of_work(OPERATOR) as uow:
        job = printing.ask(uow, ready, printer="ipp://press1.example/", files=plant.files)
        job.phase = Phase.COMPLETED
    assert job.asked.copies * job.asked.sheets == 5
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ready, work_center="Press 1")
        operation = finish(uow, ready, files=plant.files)
        for sheets, found in (
            (5, []),
            (6, ["asked for", "claimed"]),
            (4, ["asked for", "claimed"]),
            (None, []),
        ):
            job.media_sheets, job.impressions = sheets, None
            told = list(differences(uow.session, operation, [job]))
            assert [one.code for one in told] == ["DEVICE_COUNT"] * len(found)
            assert all(word in one.message for word, one in zip(found, told, strict=True))
        job.impressions = 10  # sides of five sheets
        assert not list(differences(uow.session, operation, [job]))
        job.asked, job.impressions = (
            replace(job.asked, sheets=10, sides="one-sided"),
            None,
        )  # two sheets a letter
        job.media_sheets = 10
        assert not list(differences(uow.session, operation, [job]))


def test_a_sheet_never_holds_pages_of_two_letters(plant, ready):
    with plant.db.unit_of_work(PLANT) as uow:
        operation = find_ticket(uow.session, ready)
        told = press_ticket(uow.session, plant.files, operation)
        assert (told.sides, told.sheet, told.sheets) == (
            "two-sided-long-edge",
            (Decimal("8.5"), Decimal(11)),
            5,
        )
        uow.session.get_one(PresortStream, operation.lot_id).pages_per_piece = 3
        with pytest.raises(Conflict, match="odd number of pages"):
            press_ticket(uow.session, plant.files, operation)
        stream = uow.session.get_one(PresortStream, operation.lot_id)
        stream.pages_per_piece, stream.envelope = 2, "of another year"
        with pytest.raises(Conflict, match="not in the catalog any more"):
            press_ticket(uow.session, plant.files, operation)


PRESS = {
    "code": "iridesse",
    "name": "Press 1, network",
    "uri": "ipps://press1.example/ipp/print",
    "work_center": "press-1",
}


def test_a_printer_is_a_row_whose_password_is_a_file_of_the_data_folder(plant, tmp_path):
    with plant.db.unit_of_work(PLANT) as uow:
        for wrong in (
            {"uri": "ftp://press1/"}, {"password_file": "../secret_key", "user": "x"}, {"work_center": "nowhere"},
            {"uri": "ipp://press1/", "user": "x", "password_file": "press1"}, {"user": "x"},
        ):  # fmt: skip
            with pytest.raises(UserError):
                setup.put(uow, PRINTERS, PRINTERS.read(PRESS | wrong), why="A test")
        setup.put(uow, PRINTERS, PrinterValue(**PRESS, user="shop", password_file="press1"), why="A test")
    with plant.db.read_only(PLANT) as session:
        assert printer_of(session, "iridesse") == "iridesse"
        with pytest.raises(NotFound):
            printer_of(session, "unknown")
        with pytest.raises(Exception, match="password") as caught:
            reached(session, "iridesse", tmp_path)
        assert caught.value.instance_code == "DEVICE_AWAY"
        (tmp_path / FOLDER).mkdir()
        (tmp_path / FOLDER / "press1").write_text("s3cret\n")
        assert reached(session, "iridesse", tmp_path).login == ("shop", "s3cret")
