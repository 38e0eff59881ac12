"""The meter desk: registers, runs typed one after the other, gaps in words, the meter's file, the day sheet."""

import io
import re

import pypdf
import pytest
from sqlalchemy import select

from kernel import clock
from kernel.ids import show_ulid
from kernel.money import Money
from postal.data.mail_days import mail_day_from
from postal.sorting.volume import METERED
from production.jobs.models import Job, Usage
from production.jobs.states import JobState, LotState
from production.mailroom.metering.models import MeterRun, MeterSheet
from tests.factories import PLANT
from tests.production import mailings
from workers.runtime import drain

METER = "SAMPLE-0001"
DAY = mail_day_from(clock.today())
BEGIN = f"/metering/meters/{METER}/new"
RUN = {
    "account": "DEX DEX-200", "mail_class": "first-class", "mail_shape": "letter", "weight_step": "1",
    "pieces": "10", "amount": "7.80",
}  # fmt: skip


@pytest.fixture
def desk(app, sign_in):
    return sign_in("mail_operator")


@pytest.fixture
def sheet(desk, plant):
    """The address of a fresh sheet of today: 1,000.00 ascending, 500.00 descending."""
    answer = desk.submit(BEGIN, day=DAY.isoformat(), ascending="1,000.00", descending="500.00")
    assert answer.status_code == 303, answer.text
    with plant.db.read_only(PLANT) as session:
        return f"/metering/sheets/{show_ulid(session.scalars(select(MeterSheet.ulid)).one())}"


def add(desk, sheet, **changes):
    return desk.submit(sheet, f"{sheet}/runs", **(RUN | changes))


def close(desk, plant, sheet, *, ascending, descending, refill=""):
    answer = desk.submit(
        sheet, f"{sheet}/close", closing_ascending=ascending, closing_descending=descending, refill=refill
    )
    assert answer.status_code == 303, answer.text
    assert f'data-poll="{sheet}"' in desk.get(sheet).text
    assert desk.get(f"{sheet}?since=busy").status_code == 204
    drain(plant)
    answer = desk.get(f"{sheet}?since=busy")
    assert "data-poll" not in answer.text
    return answer.text


def stored(plant):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(MeterSheet)).one()


def test_every_meter_is_listed_and_its_day_begins_with_the_last_registers(desk, plant, sheet):
    add(desk, sheet)
    close(desk, plant, sheet, ascending="1,007.80", descending="492.20")
    page = desk.get("/metering").text
    assert page.count("Begin the day") == 4
    assert sheet in page
    assert "$1,007.80" in page
    form = desk.get(BEGIN).text
    assert 'value="1,007.80"' in form
    assert 'value="492.20"' in form


def test_a_run_of_an_open_day_is_no_draft(desk, sheet, sign_in):
    add(desk, sheet)
    for who in (desk, sign_in("requester")):
        pages = who.get("/jobs").text
        number = re.search(r'href="/jobs/([\d-]+)"', pages)[1]
        pages += who.get(f"/jobs/{number}").text
        assert "Meter day open" in pages
        assert "Draft" not in pages


def test_a_day_ties_and_its_runs_are_delivered_and_charged(desk, plant, sheet):
    add(desk, sheet)
    add(desk, sheet, account="osr-010", mail_shape="flat", pieces="3", amount="$4.20")
    page = close(desk, plant, sheet, ascending="1,012.00", descending="588.00", refill="100.00")
    assert "Tied" in page
    assert "Next run" not in page
    with plant.db.read_only(PLANT) as session:
        jobs = session.scalars(select(Job).order_by(Job.id)).all()
        assert [job.state for job in jobs] == [JobState.BILLED, JobState.BILLED]
        assert {job.agency.code for job in jobs} == {"DEX", "OSR"}
        assert len(session.scalars(select(Usage)).all()) == 4


def test_the_next_row_keeps_what_is_likely_the_same(desk, sheet):
    add(desk, sheet, mail_shape="flat", weight_step="3.5")
    page = desk.get(sheet).text
    assert 'value="DEX DEX-200"' in page
    assert re.search(r'<option value="flat" selected>', page)
    assert 'value="3.5"' in page
    assert re.search(r'name="pieces"[^>]*value=""', page)
    assert re.search(r'id="account"[^>]* autofocus', page)


def test_a_stream_and_the_run_that_pays_it_are_seen_from_both_pages(desk, plant, sheet):
    stream = mailings.plan(plant, mailings.build(plant, mailings.approved(plant), payment=METERED))
    postage = stream.summary.figures.postage
    at = f"/mailroom/streams/{stream.number}"
    assert (
        f"No meter run is entered for stream {stream.number} yet: 60 pieces for ${postage}"
        in desk.get(at).text
    )
    page = desk.get(sheet).text
    assert "Streams paid by meter whose runs do not come to the plan yet" in page
    assert f"{sheet}?stream={stream.number}#account" in page
    filled = desk.get(f"{sheet}?stream={stream.number}").text
    for name, value in (
        ("stream", stream.number),
        ("pieces", "60"),
        ("amount", str(postage)),
        ("account", ""),
    ):
        assert re.search(rf'name="{name}"[^>]*value="{re.escape(value)}"', filled), name
    wrong = add(desk, sheet, stream="27-000001-9")
    assert wrong.status_code == 422
    assert "There is no stream with this number." in wrong.text
    less = postage - Money(50)
    add(desk, sheet, stream=stream.number, pieces="59", amount=str(less))
    words = f"59 pieces for ${less} metered, 1 piece too few and $0.50 too little."
    for where in (at, sheet):
        assert words in desk.get(where).text, where
    assert sheet in desk.get(at).text
    page = close(
        desk, plant, sheet, ascending=str(Money(1_000_00) + less), descending=str(Money(500_00) - less)
    )
    assert "Tied" in page  # a difference is said, and stops nothing
    assert words in page
    assert [gap.code for gap in stored(plant).gaps] == ["METER_BATCH"]
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(MeterRun.lot_id)).one() == stream.id


def test_a_gap_is_named_and_the_sheet_stays_open_until_it_is_fixed(desk, plant, sheet):
    add(desk, sheet)
    page = close(desk, plant, sheet, ascending="1,010.00", descending="490.00")
    assert "The sheet does not tie" in page
    assert "The meter used $2.20 more than the runs say." in page
    assert stored(plant).state is LotState.OPEN
    assert "The meter used $2.20 more" in desk.get("/metering").text
    add(desk, sheet, pieces="1", amount="2.20")
    assert "Tied" in close(desk, plant, sheet, ascending="1,010.00", descending="490.00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"account": "DEX OSR-010"}, "No account is called that"),
        ({"pieces": "ten"}, "This is not a whole number."),
        ({"pieces": "0"}, "count of pieces is not possible"),
        ({"amount": "7,8"}, "not an amount"),
        ({"amount": "0.00"}, "no postage"),
        ({"mail_class": "airship"}, "is not known"),
        ({"weight_step": "heavy"}, "number of ounces"),
    ],
)
def test_a_wrong_run_is_refused_in_words_and_what_was_typed_stays(desk, plant, sheet, wrong, words):
    answer = add(desk, sheet, **wrong)
    assert answer.status_code == 422
    assert words in answer.text
    typed = (RUN | wrong)["account"]
    assert f'value="{typed}"' in answer.text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(MeterRun)).all() == []


def test_a_double_click_enters_one_run(desk, plant, sheet):
    target, hidden = desk.hidden(sheet, f"{sheet}/runs")
    assert [desk.post(target, data=hidden | RUN).status_code for _ in range(2)] == [303, 303]
    with plant.db.read_only(PLANT) as session:
        assert len(session.scalars(select(MeterRun)).all()) == 1


def test_a_run_is_taken_out_with_a_reason(desk, plant, sheet):
    add(desk, sheet)
    with plant.db.read_only(PLANT) as session:
        number = session.scalars(select(Job.number)).one()
    answer = desk.submit(sheet, f"{sheet}/runs/{number}/remove", reason="typed twice", follow=True)
    assert f"Run {number} is taken out" in answer.text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job.state)).one() is JobState.CANCELLED


def test_registers_that_moved_over_night_need_a_note(desk, plant, sheet, sign_in):
    add(desk, sheet)
    close(desk, plant, sheet, ascending="1,007.80", descending="492.20")
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(select(MeterSheet)).one()
        row.day = row.day.replace(year=row.day.year - 1)
    typed = {"day": DAY.isoformat(), "ascending": "1,009.00", "descending": "492.20"}
    answer = desk.submit(BEGIN, **typed)
    assert answer.status_code == 422
    assert "was $1,007.80 at the last closing and is $1,009.00" in answer.text
    answer = desk.submit(BEGIN, **typed, note="Repair shop printed a test", follow=True)
    assert answer.status_code == 200
    assert "Repair shop printed a test" in answer.text
    sheet = answer.request.path
    closing = {"closing_ascending": "1,009.00", "closing_descending": "492.20", "refill": "0.00"}
    refused = desk.submit(sheet, f"{sheet}/close", **closing)
    assert refused.status_code == 409
    assert "no second person has agreed" in refused.text
    clerk = sign_in("billing_clerk")
    waiting = clerk.get("/second-person").text
    assert "was $1,007.80 at the last closing and is $1,009.00" in waiting
    assert "Repair shop printed a test" in waiting
    agree = f"/second-person/meter_register/{sheet.rpartition('/')[2]}"
    assert "day can be closed" in clerk.submit("/second-person", agree, follow=True).text
    assert desk.submit(sheet, f"{sheet}/close", **closing).status_code == 303


def test_a_second_sheet_a_day_and_a_day_to_come_are_refused(desk, sheet):
    again = desk.submit(BEGIN, day=DAY.isoformat(), ascending="1,000.00", descending="500.00")
    assert again.status_code == 409
    assert "has a sheet for" in again.text
    assert desk.submit(BEGIN, day="2099-01-01", ascending="1.00", descending="1.00").status_code == 422
    wrong = desk.submit(BEGIN, day="", ascending="much", descending="")
    assert wrong.status_code == 422
    assert wrong.text.count("This is not an amount") == 4  # at the head, and beside each field


def lines(*rows):
    head = "meter,day,agency,bill_code,class,shape,weight_step,pieces,amount\n"
    return io.BytesIO((head + "".join(f"{METER},{DAY},{row}\n" for row in rows)).encode())


def test_a_meters_file_is_taken_in_once(desk, plant, sheet):
    rows = ("DEX,DEX-100,first-class,letter,1,100,78.00", "OSR,OSR-010,first-class,flat,2,10,16.30")
    for expected in (200, 422):
        answer = desk.submit(sheet, f"{sheet}/file", runs=(lines(*rows), "day.csv"), follow=True)
        assert answer.status_code == expected
    assert "METER_DUPLICATE" in answer.text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(MeterRun.amount).order_by(MeterRun.id)).all() == [
            Money(7800),
            Money(1630),
        ]


def test_a_meters_file_with_faults_is_refused_line_by_line(desk, plant, sheet):
    rows = ("DEX,NONE,first-class,letter,1,100,78.00", "OSR,OSR-010,first-class,flat,2,ten,16.30")
    answer = desk.submit(sheet, f"{sheet}/file", runs=(lines(*rows), "day.csv"))
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert "Line 3" in answer.text
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(MeterRun)).all() == []


def test_the_day_sheet_tells_registers_runs_and_that_they_tie(desk, plant, sheet):
    add(desk, sheet)
    add(desk, sheet, pieces="3", amount="2.35")
    assert desk.get(f"{sheet}/day-sheet.pdf").status_code == 409
    close(desk, plant, sheet, ascending="1,010.15", descending="489.85")
    answer = desk.get(f"{sheet}/day-sheet.pdf")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    for part in ("1,010.15", "DEX-200", "0.78", "10.15", "The sheet ties out."):
        assert part in text


def test_sheets_of_one_meter_and_older_pages(desk, plant, sheet, monkeypatch):
    from web.metering import sheets

    monkeypatch.setattr(sheets, "PAGE", 1)
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(select(MeterSheet)).one()
        row.day = row.day.replace(year=row.day.year - 1)
        row.closing_ascending, row.closing_descending = row.opening_ascending, row.opening_descending
    desk.submit(BEGIN, day=DAY.isoformat(), ascending="1,000.00", descending="500.00")
    url, seen = f"/metering?meter={METER}", []
    while url:
        page = desk.get(url).text.partition("newest first")[2]
        seen += re.findall(r"/metering/sheets/(\w{26})", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found[1].replace("&amp;", "&") if found else None
    assert len(seen) == len(set(seen)) == 2
    assert desk.get("/metering?meter=NONE").status_code == 200
    assert desk.get("/metering?before=nonsense").status_code == 200


@pytest.mark.parametrize(
    "path", ["/metering/sheets/short", f"/metering/sheets/{'0' * 26}", "/metering/meters/X/new"]
)
def test_what_does_not_exist_is_not_found(desk, path):
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize("role", ["requester", "print_operator", "billing_clerk", "administrator"])
def test_only_mail_operators_come_in(app, sign_in, role):
    assert sign_in(role).get("/metering").status_code == 403


def test_ten_letters_of_two_ounces_for_five_dollars_are_told_with_the_difference(desk, plant, sheet):
    add(desk, sheet, weight_step="2", amount="5.00")
    text = desk.get(sheet).text
    assert "Check the price: 10 pieces of 2 oz cost $10.70; $5.00 was metered, $5.70 too little." in text
    assert "Tied" in close(desk, plant, sheet, ascending="1,005.00", descending="495.00")
