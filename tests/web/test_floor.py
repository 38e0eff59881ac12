"""The floor's counter: tickets walked by scans alone, refusals in words, files, and who may not come in."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.ids import new_ulid
from production.floor.operations import find_ticket, finish, start
from production.floor.printers.models import DeviceJob, Phase
from production.jobs.models import JobEvent, Operation
from production.jobs.press_tickets import PressTicket
from production.jobs.states import LotState
from production.jobs.states import OperationState as O
from production.mailroom.pieces.models import Spoil
from store.files import record_file
from tests.factories import OPERATOR, PLANT, keep, make_agency, make_job, make_stream

OTHER_DATE = date(2026, 12, 24)
EVENTS_OF_OPERATIONS = select(JobEvent.event).where(JobEvent.operation_id.is_not(None)).order_by(JobEvent.id)
JSON = {"Accept": "application/json"}


def stream_of(plant, **facts):
    with plant.db.unit_of_work(PLANT) as uow:
        return make_stream(uow, files=plant.files, **facts)


def walk(plant, ticket):
    with plant.db.unit_of_work(OPERATOR) as uow:
        start(uow, ticket, work_center="Press 1")
        finish(uow, ticket, files=plant.files)


def operation(plant, ticket):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Operation).filter_by(ticket=ticket)).one()


def with_print_file(plant, ticket, content=b"%PDF-1.7 the letters"):
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(select(Operation).filter_by(ticket=ticket)).one()
        row.file_sha256 = record_file(uow, plant.files.keep_bytes(content, "application/pdf"))
    return row.file_sha256


@pytest.fixture
def pat(sign_in):
    """A print operator who has said where they work."""
    browser = sign_in("print_operator")
    browser.submit("/floor", "/floor/work-center", work_center="Press 1")
    return browser


def scan(browser, text, page="/floor", **more):
    target, hidden = browser.hidden(page, f"{page}/scan")
    return browser.post(target, data=hidden | {"scan": text} | more, headers=JSON)


def test_the_place_is_asked_once_and_stands_on_the_operation(plant, sign_in):
    stream = stream_of(plant)
    browser = sign_in("print_operator")
    assert "Where do you work?" in browser.get("/floor").text
    browser.submit("/floor", "/floor/work-center", work_center="  inserter   1 ")
    assert "You are at Inserter 1" in browser.get("/floor").text
    answer = scan(browser, f"{stream.number}-40-1")
    assert answer.json["outcome"] == "good"
    assert operation(plant, f"{stream.number}-40-01").work_center == "inserter-1"
    assert "Inserter 1" in browser.get("/floor/work-center").text


def test_print_and_insert_by_scanning_tickets_only(plant, pat):
    stream = stream_of(plant, pieces=10, segments=1)
    for step in (40, 50):
        ticket = f"{stream.number}-{step}-01"
        began = scan(pat, ticket).json
        assert began == {"outcome": "good", "message": began["message"]}
        assert "10 pieces" in began["message"]
        running = scan(pat, ticket).json
        assert running["go"] == f"/floor/{ticket}"
        ended = scan(pat, ticket, page=running["go"]).json
        assert ended["go"] == "/floor"
        assert "10 good pieces" in ended["message"]
        assert "10 good pieces" in pat.get("/floor").text  # said again after going there
        assert operation(plant, ticket).state is O.DONE
    assert operation(plant, f"{stream.number}-60").state is O.READY


def test_a_scan_is_recorded_once_however_often_it_arrives(plant, pat):
    stream = stream_of(plant)
    target, hidden = pat.hidden("/floor", "/floor/scan")
    body = hidden | {"scan": f"{stream.number}-40-01"}
    first, second = (pat.post(target, data=body, headers=JSON).json for _ in range(2))
    assert first == second
    with plant.db.read_only(PLANT) as session:
        assert len(session.scalars(select(JobEvent).filter_by(event="start")).all()) == 1


@pytest.mark.parametrize(
    ("text", "words", "status"),
    [
        ("{number}-50-01", "what comes before it is not done", 409),
        ("{number}-20-01", "not a ticket of the floor", 409),
        ("{number}-40-09", "no operation", 404),
        ("hello", "not a ticket", 422),
        ("000000010000000100010002", "Scan the ticket first", 422),
    ],
)
def test_a_wrong_scan_is_refused_in_words(plant, pat, text, words, status):
    stream = stream_of(plant)
    answer = scan(pat, text.format(number=stream.number))
    assert answer.status_code == status
    assert answer.json["outcome"] == "bad"
    assert words in answer.json["message"]


def test_without_scripts_the_page_comes_again_with_the_words(plant, pat):
    stream = stream_of(plant)
    answer = pat.submit("/floor", "/floor/scan", scan=f"{stream.number}-50-01", follow=True)
    assert "what comes before it is not done" in answer.text
    answer = pat.submit("/floor", "/floor/scan", scan=f"{stream.number}-40-01", follow=True)
    assert f"Started: print {stream.number}-40-01" in answer.text


def test_spoiled_pages_are_scanned_while_it_runs(plant, pat):
    stream = stream_of(plant, pieces=10, segments=1)
    ticket = f"{stream.number}-40-01"
    scan(pat, ticket)
    page = f"/floor/{ticket}"
    mark = f"{stream.id:08d}{4:08d}00010002"
    assert "Piece 4 spoiled: Jam." in scan(pat, mark, page=page, reason="Jam").json["message"]
    again = scan(pat, mark, page=page, reason="Jam")
    assert again.status_code == 422
    assert "already reported" in again.json["message"]
    assert "Pieces 7-8 spoiled" in scan(pat, "7-8", page=page, reason="Poor print").json["message"]
    other = f"{stream.id + 1:08d}{4:08d}00010002"
    assert "another stream" in scan(pat, other, page=page, reason="Jam").json["message"]
    assert "7 good pieces, 3 spoiled" in scan(pat, ticket, page=page).json["message"]
    shown = pat.get(page).text
    assert "waits for a reprint" in shown
    assert "3 spoiled pieces of" in shown
    pat.submit(page, f"{page}/reprint", follow=True)
    with plant.db.read_only(PLANT) as session:
        assert {spoil.replacement_id for spoil in session.scalars(select(Spoil))} != {None}
    assert f"{stream.number}-20-02" in pat.get(page).text


def test_another_ticket_does_not_finish_this_one(plant, pat):
    stream = stream_of(plant)
    scan(pat, f"{stream.number}-40-01")
    answer = scan(pat, f"{stream.number}-40-02", page=f"/floor/{stream.number}-40-01")
    assert answer.status_code == 409
    assert "another ticket" in answer.json["message"]
    assert operation(plant, f"{stream.number}-40-01").state is O.RUNNING


def test_the_finish_form_takes_counts_and_keeps_what_was_typed(plant, pat):
    stream = stream_of(plant, pieces=10, segments=1)
    page = f"/floor/{stream.number}-40-01"
    scan(pat, f"{stream.number}-40-01")
    wrong = pat.submit(page, f"{page}/finish", good="9", pieces="", reason="Jam")
    assert wrong.status_code == 409
    assert "counted 9 good pieces; 10 are expected" in wrong.text
    assert 'value="9"' in wrong.text
    typo = pat.submit(page, f"{page}/finish", good="nine", pieces="3", reason="Jam")
    assert typo.status_code == 422
    assert "This is not a whole number." in typo.text
    assert ">3</textarea>" in typo.text
    done = pat.submit(page, f"{page}/finish", good="9", pieces="3", reason="Jam", follow=True)
    assert "9 good pieces" in done.text
    assert operation(plant, f"{stream.number}-40-01").spoiled == 1


@pytest.mark.killed
def test_give_back_doubt_deny_retry_confirm_with_reasons(plant, pat):
    stream = stream_of(plant, pieces=10, segments=1)
    ticket = f"{stream.number}-40-01"
    page = f"/floor/{ticket}"
    for verb, state in [
        ("give-back", O.READY), ("start", O.RUNNING), ("doubt", O.OUTCOME_UNKNOWN), ("deny", O.FAILED),
        ("retry", O.READY), ("start", O.RUNNING), ("doubt", O.OUTCOME_UNKNOWN), ("confirm", O.DONE),
    ]:  # fmt: skip
        if verb == "give-back":
            scan(pat, ticket)
        typed = {"work_center": "Press 1"} if verb == "start" else {"reason": "Power cut"}
        assert pat.submit(page, f"{page}/{verb}", **typed).status_code == 303
        assert operation(plant, ticket).state is state
    assert "A person confirmed that it happened" in pat.get(page).text
    assert "reason Power cut" in pat.get(page).text


def test_a_verb_without_its_reason_or_in_the_wrong_state_is_refused_on_the_page(plant, pat):
    stream = stream_of(plant)
    page = f"/floor/{stream.number}-40-01"
    scan(pat, f"{stream.number}-40-01")
    refused = pat.submit(page, f"{page}/fail", reason="  ")
    assert refused.status_code == 422
    assert "Say why, in a few words." in refused.text
    _, hidden = pat.hidden(page, f"{page}/fail")
    refused = pat.post(f"{page}/confirm", data=hidden | {"reason": "seen"})
    assert refused.status_code == 409
    assert "Confirm is not possible" in refused.text


def test_the_print_file_is_downloaded_with_its_checked_content(plant, pat):
    stream = stream_of(plant)
    ticket = f"{stream.number}-40-01"
    assert pat.get(f"/floor/{ticket}/print-file").status_code == 404
    sha256 = with_print_file(plant, ticket)
    assert "in tray order" in pat.get(f"/floor/{ticket}").text
    answer = pat.get(f"/floor/{ticket}/print-file", buffered=True)
    assert answer.data == b"%PDF-1.7 the letters"
    answer.close()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={ticket}.pdf"
    path = plant.files.path(sha256)
    path.chmod(0o640)
    path.write_bytes(b"%PDF-1.7 other letters")
    assert pat.get(f"/floor/{ticket}/print-file").status_code == 500


def test_sending_to_the_folder_leaves_intent_and_receipt_and_a_second_time_needs_a_reason(plant, pat):
    stream = stream_of(plant)
    ticket = f"{stream.number}-40-01"
    page = f"/floor/{ticket}"
    with_print_file(plant, ticket)
    target, hidden = pat.hidden(page, f"{page}/send")
    for _ in range(2):  # a double click sends the same form twice
        assert pat.post(target, data=hidden).status_code == 303
    sent = plant.settings.print_folder
    assert [file.name for file in sent.iterdir()] == [f"{ticket}.pdf"]
    assert (sent / f"{ticket}.pdf").read_bytes() == b"%PDF-1.7 the letters"
    with plant.db.read_only(PLANT) as session:
        events = session.scalars(EVENTS_OF_OPERATIONS).all()
    assert events == ["sending", "sent_to_folder"]
    assert pat.submit(page, f"{page}/send").status_code == 409
    assert pat.submit(page, f"{page}/send", reason="The press lost it").status_code == 303
    assert "reason The press lost it" in pat.get(page).text


def test_what_went_to_a_printer_is_sent_to_the_folder_with_a_reason_alone_and_the_page_asks_for_it(
    plant, pat
):
    ticket = f"{stream_of(plant).number}-40-01"
    page = f"/floor/{ticket}"
    with_print_file(plant, ticket)
    assert "Why again?" not in pat.get(page).text
    with plant.db.unit_of_work(OPERATOR) as uow:
        asked = PressTicket(
            "Letters", (Decimal("8.5"), Decimal(11)), "Bond", "two-sided-long-edge", 1, 1, 2, "DEX-100"
        )
        uow.session.add(
            DeviceJob(
                ulid=new_ulid(uow.now), operation_id=find_ticket(uow.session, ticket).id, attempt=1, printer="press-1",
                name=f"{ticket}.1", asked=asked, phase=Phase.UNKNOWN, reasons=(), lacks=(), words="", tries=1,
                actor="pat", asked_at=uow.now,
            )
        )  # fmt: skip
    assert "Sent before. Why again?" in pat.get(page).text
    assert pat.submit(page, f"{page}/send").status_code == 409
    assert pat.submit(page, f"{page}/send", reason="Its tray is empty").status_code == 303


def test_a_folder_that_cannot_be_written_is_said_and_leaves_an_intent_without_receipt(plant, pat):
    stream = stream_of(plant)
    ticket = f"{stream.number}-40-01"
    with_print_file(plant, ticket)
    plant.settings.print_folder.parent.mkdir(parents=True, exist_ok=True)
    plant.settings.print_folder.write_text("a file where the folder should be")
    refused = pat.submit(f"/floor/{ticket}", f"/floor/{ticket}/send")
    assert refused.status_code == 503
    assert "The print folder cannot be written." in refused.text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(EVENTS_OF_OPERATIONS).all() == ["sending"]


def test_the_queue_groups_by_state_due_first_and_follows_the_server(plant, pat):
    late, soon = stream_of(plant, mail_date=OTHER_DATE), stream_of(plant)
    text = pat.get("/floor").text
    assert text.index(f"{soon.number}-40-01") < text.index(f"{late.number}-40-01")
    assert text.index("Ready") < text.index("Waiting")
    since = re.search(r'data-since="(\d+)"', text)[1]
    assert pat.get(f"/floor/queue?since={since}").status_code == 204
    scan(pat, f"{late.number}-40-01")
    block = pat.get(f"/floor/queue?since={since}")
    assert "Making ready" in block.text
    assert "<html" not in block.text


def test_a_ticket_of_the_whole_stream_has_no_page_here(plant, pat):
    stream = stream_of(plant)
    answer = pat.get(f"/floor/{stream.number}-60")
    assert answer.status_code == 404
    assert "covers the whole stream" in answer.text


def test_a_running_operation_is_followed(plant, pat):
    stream = stream_of(plant)
    page = f"/floor/{stream.number}-40-01"
    scan(pat, f"{stream.number}-40-01")
    since = re.search(r'data-since="(\d+)"', pat.get(page).text)[1]
    assert pat.get(f"{page}/now?since={since}").status_code == 204
    scan(pat, "2", page=page, reason="Missing")
    assert "Missing" in pat.get(f"{page}/now?since={since}").text


def test_an_empty_floor_says_so(pat):
    assert "Nothing to do at this machine now" in pat.get("/floor").text


def test_a_title_with_markup_is_shown_as_text(plant, pat):
    with plant.db.unit_of_work(PLANT) as uow:
        agency = make_agency(uow, name="Bureau <b>of</b> Tests")
        job = make_job(uow, agency=agency, title="<script>alert(1)</script>")
        keep(uow, job)
        make_stream(uow, jobs=[job], files=plant.files, state=LotState.IN_PRODUCTION)
    text = pat.get("/floor").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("role", ["requester", "approver", "other_agency", "billing_clerk", "administrator"])
def test_only_operators_come_to_the_floor(plant, sign_in, role):
    stream = stream_of(plant)
    browser = sign_in(role)
    for path in (
        "/floor",
        "/floor/queue",
        f"/floor/{stream.number}-40-01",
        f"/floor/{stream.number}-40-01/print-file",
    ):
        assert browser.get(path).status_code == 403
    _, hidden = browser.hidden("/account", "/sign-out")
    for path in ("/floor/scan", f"/floor/{stream.number}-40-01/start", f"/floor/{stream.number}-40-01/send"):
        assert browser.post(path, data=hidden | {"idempotency_key": "k"}).status_code == 403
    assert operation(plant, f"{stream.number}-40-01").state is O.READY


def test_strangers_are_sent_to_the_sign_in(plant, client):
    stream = stream_of(plant)
    assert client.get(f"/floor/{stream.number}-40-01").status_code == 303
    assert client.get("/floor").headers["Location"].startswith("/sign-in")


def test_planned_minutes_stand_beside_those_it_took_where_there_are_some(plant, pat):
    stream = stream_of(plant)
    first, second = f"{stream.number}-40-01", f"{stream.number}-40-02"
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.scalars(select(Operation).filter_by(ticket=first)).one().planned_minutes = 65
    assert pat.get("/floor").text.count(" planned</span>") == 1
    for ticket in (first, second):
        scan(pat, ticket)
        scan(pat, ticket, page=f"/floor/{ticket}")
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(select(Operation).filter_by(ticket=first)).one()
        row.started_at = row.finished_at - timedelta(minutes=70, seconds=1)
    shown = pat.get(f"/floor/{first}").text
    assert ("1 h 05 min" in shown, "1 h 11 min" in shown) == (True, True)
    assert "Planned" not in pat.get(f"/floor/{second}").text
