"""An order for several places: said in a form without a script, quoted and charged by the stop, handed over in turn."""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from billing.verify import verify
from kernel import clock
from kernel.errors import Conflict, InvalidInput, OnHold, Unconfirmed
from kernel.ids import show_ulid
from production.dock import queries as dock
from production.dock.checks import stops_are_the_order
from production.dock.deliver import deliver
from production.dock.dispatch import dispatch_job
from production.dock.models import Delivery
from production.dock.packing import close_all
from production.dock.pick_up import TRIES
from production.dock.stops import stop_lines
from production.frontdesk.orders.models import Quote
from production.jobs import lifecycle
from production.jobs.models import DeliveryStop, Job, Usage
from production.jobs.numbering import carton_code
from production.jobs.states import JobKind, JobState, Stops, StopWay
from production.jobs.stops import Stop, set_stops
from production.people.models import User
from store.keeping.verify import Survey
from tests.factories import PLANT, make_item, make_job
from tests.web import spec_ordering
from tests.web.ordering import step
from tests.web.print_ordering import due
from tests.web.spec_ordering import on
from tests.web.test_order_command import console  # noqa: F401  a fixture
from tests.web.test_order_run import BOOKLET as SPEC
from tests.web.test_order_run import pages, run  # noqa: F401  a fixture
from tests.web.test_spec_orders import BOOKLET, HALF, panel_price, rita, rows  # noqa: F401  a fixture
from workers.runtime import drain

MORE = {
    "more_place-1": "Depot C", "more_quantity-1": "120", "more_way-1": "messenger_stop", "more_day-1": "",
    "more_place-2": "Rita", "more_quantity-2": "30", "more_way-2": "pick_up", "more_day-2": "",
}  # fmt: skip
THREE = (
    Stop("Depot B", 7), Stop("Depot C", 2, StopWay.CARRIER), Stop("Front counter", 1, StopWay.PICK_UP),
)  # fmt: skip
TAKEN = {"taken_by": "Ray Route", "place": "As ordered"}


def test_places_are_added_and_removed_without_a_script_and_nothing_typed_is_lost(rita) -> None:  # noqa: F811
    url = on(spec_ordering.choose(rita, "booklet", **BOOKLET))
    assert "more_place-1" not in rita.get(url).text
    assert on(spec_ordering.detail(rita, url, title="Half typed", add="yes", due="")) == url
    page = rita.get(url).text
    assert 'name="more_place-1"' in page
    assert 'value="Half typed"' in page
    assert on(spec_ordering.detail(rita, url, add="yes", **{"more_place-1": "Depot C"})) == url
    assert (
        on(
            spec_ordering.detail(
                rita, url, drop="1", **{"more_place-1": "Depot C", "more_place-2": "Depot D"}
            )
        )
        == url
    )
    page = rita.get(url).text
    assert 'name="more_place-1"' not in page
    assert 'value="Depot D"' in page


def test_what_is_wrong_with_a_place_is_said_beside_it(rita) -> None:  # noqa: F811
    url = on(spec_ordering.choose(rita, "booklet", **BOOKLET))
    for typed, words in (
        ({"more_quantity-1": "500"}, "nothing is left for Depot B"),
        ({"more_quantity-1": "many"}, "This is not a whole number"),
        ({"more_place-1": ""}, "Fill this in"),
        ({"more_way-1": "pigeon"}, "Choose one of the list"),
        ({"more_day-1": (due() - timedelta(days=1)).isoformat()}, "Name that day or a later one"),
    ):
        answer = spec_ordering.detail(rita, url, **MORE | typed)
        assert (answer.status_code, words in answer.text) == (422, True), words
        assert 'value="Rita"' in answer.text
    assert on(spec_ordering.detail(rita, url, **MORE)).endswith("/component_files")


def test_review_quote_and_job_say_every_place_at_one_price(rita, plant, tmp_path) -> None:  # noqa: F811
    one_stop = panel_price(rita.get("/catalog/booklet", query_string=BOOKLET))
    url = on(spec_ordering.detail(rita, on(spec_ordering.choose(rita, "booklet", **BOOKLET)), **MORE))
    review = on(spec_ordering.send_files(rita, url, tmp_path, text=(8, HALF), cover=(4, HALF)))
    page = rita.get(review).text
    for words in (
        "350 to Depot B",
        "120 to Depot C, left at the messenger stop",
        "30 to Rita, picked up at the shop",
    ):
        assert words in page, words
    number = on(spec_ordering.send(rita, review)).rsplit("/", 1)[1]
    drain(plant)
    (quote,) = rows(plant, select(Quote))
    assert f"${quote.total}" in page
    assert f"${quote.total}" != one_stop
    assert [int(one.quantity) for one in quote.snapshot.lines if one.unit == "delivery.stop"] == [2]
    stops = rows(plant, select(DeliveryStop).order_by(DeliveryStop.position))
    assert [(one.place, one.quantity, one.way) for one in stops] == [
        ("Depot B", 350, StopWay.DELIVER), ("Depot C", 120, StopWay.MESSENGER_STOP), ("Rita", 30, StopWay.PICK_UP),
    ]  # fmt: skip
    assert "left at the messenger stop" in rita.get(f"/jobs/{number}").text
    again = on(rita.submit(f"/jobs/{number}", f"/jobs/{number}/change"))
    page = rita.get(step(again, "details")).text
    for words in ('value="Depot B"', 'value="Depot C"', 'value="120"', '<option value="pick_up" selected>'):
        assert words in page, words


def test_an_order_to_three_places_is_charged_its_quote_to_the_cent(run, console, plant, tmp_path) -> None:  # noqa: F811
    pages(tmp_path / "all.pdf", 12)
    places = [
        {"place": "Depot B", "quantity": 400}, {"place": "P.O. Box 9", "quantity": 60, "way": "carrier"},
        {"place": "Counter", "quantity": 40, "way": "pick_up"},
    ]  # fmt: skip
    code, said = run(SPEC | {"delivery": places})
    assert code == 0, said
    assert said["quote"] == said["charges"]
    assert [int(one.quantity) for one in rows(plant, select(Usage).filter_by(unit="delivery.stop"))] == [1, 1]
    assert verify(plant).violations == []
    # By hand: 2 x 60 x 93.5 / 950 / 500 x 16 oz of text and 80 x 93.5 / 520 / 500 x 16 of cover, 0.83825 together.
    packed = json.loads(console("pack", said["job"], "--json").stdout)
    assert packed == {
        "cartons": [
            {"number": 1, "pieces": 400, "lb": 20.96}, {"number": 2, "pieces": 60, "lb": 3.14},
            {"number": 3, "pieces": 40, "lb": 2.1},
        ],
        "sum": 500,
    }  # fmt: skip
    assert console("pack", "27-999999-9").exit_code == 2
    code, said = run(SPEC | {"delivery": places[:2]})
    assert (code, said["error"]["code"]) == (2, "DELIVERY_SUM")


@pytest.fixture
def job(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        return packed(uow, make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Posters"))


@pytest.fixture
def ritas(rita, plant):  # noqa: F811
    """The same of an agency whose people sign in."""
    with plant.db.unit_of_work(PLANT) as uow:
        who = uow.session.scalars(select(User).filter_by(sign_in_name="rita")).one()
        who = {"agency": who.agency, "requester": who}
        made = make_job(uow, kind=JobKind.PRINT, state=JobState.PRODUCED, title="Posters", **who)
        made.due = clock.today()
        make_item(uow, made, product="booklet")
        return packed(uow, made)


def packed(uow, made):
    set_stops(uow, made, THREE)
    close_all(uow, made, None)
    return made


def test_stops_leave_and_arrive_one_by_one_and_the_last_makes_it_delivered(plant, job) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.get_one(Job, job.id)
        lifecycle.hold(uow, row, reason="x", words="Ask the agency.", stops=Stops.LEAVING)
        with pytest.raises(OnHold, match="Ask the agency"):  # the first stop of several as well as the last
            dispatch_job(uow, row, way="messenger", **TAKEN)
        lifecycle.lift(uow, row, "x")
        first = dispatch_job(uow, row, way="messenger", **TAKEN)
        assert (row.state, first.stop_id is not None) == (JobState.PRODUCED, True)
        (line,) = dock.ready_to_leave(uow.session)
        assert (line.pieces, line.place) == (3, "Depot C; Front counter")
        with pytest.raises(Conflict, match="has left already"):
            dispatch_job(uow, row, way="messenger", stop=1, **TAKEN)
        deliver(uow, first, received_by="R. Hebert")
        assert row.state is JobState.PRODUCED
        counter = {"way": "pick_up", "stop": 3, "taken_by": "Rita", "place": "Counter"}
        with pytest.raises(InvalidInput, match="pick-up code"):
            dispatch_job(uow, row, **counter)
        picked = dispatch_job(uow, row, **counter, known_by="badge")
        assert (picked.received_by, row.state) == ("Rita", JobState.PRODUCED)
        last = dispatch_job(uow, row, way="carrier", **TAKEN)
        assert row.state is JobState.DISPATCHED
        with pytest.raises(InvalidInput, match="carrier's number"):
            deliver(uow, last, received_by="somebody")
        with pytest.raises(Unconfirmed) as doubt:
            deliver(uow, last, receipt="1Z5R89390357567128")
        assert "UPS, but its check digit" in doubt.value.findings[0].message
        deliver(uow, last, receipt="1z5r8 9390 3575 67127")
        assert row.state is JobState.DELIVERED
        assert [(one.state, one.proof) for one in stop_lines(uow.session, row)] == [
            ("delivered", "R. Hebert"), ("delivered", "UPS 1Z5R89390357567127"), ("delivered", "Rita"),
        ]  # fmt: skip
        units = uow.session.scalars(select(Usage.unit).order_by(Usage.id)).all()
    assert sorted(units) == ["delivery.stop", "delivery.stop", "job.setup"]


def test_the_dock_names_the_stop_that_leaves(plant, job, sign_in) -> None:
    mona = sign_in("mail_operator")
    url = f"/dock/leave/{job.number}"
    page = mona.get(f"{url}?stop=2").text
    assert 'value="Depot C"' in page
    assert '<option value="carrier" selected>' in page
    assert f"{url}?stop=3" in page.replace("&amp;", "&")
    assert mona.submit(f"{url}?stop=2", url, way="carrier", **TAKEN).status_code == 303
    with plant.db.read_only(PLANT) as session:
        (left,) = session.scalars(select(Delivery)).all()
        assert session.get_one(DeliveryStop, left.stop_id).position == 2
    assert "Depot B; Front counter" in mona.get("/dock").text


@pytest.mark.killed
def test_what_comes_back_lies_on_the_dock_and_leaves_again_with_proof_by_scan_signature_and_photo(
    plant, ritas, sign_in
) -> None:
    """The messenger finds the depot closed; on the second drive cartons are scanned and somebody signs."""
    mona, rita = sign_in("mail_operator"), sign_in("requester")  # noqa: F811
    url = f"/dock/leave/{ritas.number}"
    assert f"{ritas.number}" in mona.get("/dock/today").text
    mona.submit(url, url, way="messenger", stop="1", **TAKEN)
    first = delivery_of(plant)
    on(mona.submit(first, f"{first}/back", why="Closed for inventory", is_charged="1"))
    assert "came back: Closed for inventory" in rita.get(f"/jobs/{ritas.number}").text
    assert "Depot B; Depot C; Front counter" in mona.get("/dock").text
    assert "It came back" in mona.get(first).text
    mona.submit(url, url, way="messenger", stop="1", **TAKEN)
    second = delivery_of(plant)
    assert second != first
    refused = mona.submit(second, f"{second}/scan", scan=carton_code(ritas.number, 2))
    assert (refused.status_code, "does not belong to this delivery" in refused.text) == (422, True)
    on(mona.submit(second, f"{second}/scan", scan=carton_code(ritas.number, 1)))
    assert "1 of 1 cartons scanned" in mona.get(second).text
    over = mona.submit(second, second, received_by="R. Hebert", counted="8")
    assert (over.status_code, "7 pieces left for it" in over.text) == (422, True)
    hostile = {"photo": (io.BytesIO(b"\xff\xd8 no picture"), "p.jpg")}
    assert (
        mona.submit(second, second, received_by="R. Hebert", content_type=FORM, **hostile).status_code == 422
    )
    sent = {
        "photo": (io.BytesIO(photo_with_a_position()), "p.jpg"),
        "signature": drawn(),
        "place": "Room 214",
    }
    on(mona.submit(second, second, received_by="R. Hebert", counted="7", content_type=FORM, **sent))
    ulid = second.rsplit("/", 1)[1]
    own = f"/jobs/{ritas.number}/deliveries/{ulid}"
    kept = Image.open(io.BytesIO(rita.get(f"{own}/photo").data))
    assert (kept.size, dict(kept.getexif())) == (
        (1200, 1600),
        {},
    )  # turned, smaller, without where it was taken
    assert Image.open(io.BytesIO(rita.get(f"{own}/signature").data)).getextrema() == (0, 255)
    with plant.db.read_only(PLANT) as session:
        stops = session.scalars(select(Usage.natural_key).filter_by(unit="delivery.stop")).all()
    drives = [f"delivery.stop:{one.rsplit('/', 1)[1]}:{ritas.number}" for one in (first, second)]
    assert sorted(stops) == sorted(drives)  # the first, which found it closed, too
    assert "R. Hebert, Room 214" in rita.get(f"/jobs/{ritas.number}").text
    for path in (f"{own}/photo", f"{own}/signature"):
        assert sign_in("other_agency").get(path).status_code == 404


FORM = "multipart/form-data"


def delivery_of(plant) -> str:
    with plant.db.read_only(PLANT) as session:
        last = session.scalars(select(Delivery.ulid).order_by(Delivery.id.desc()).limit(1)).one()
    return f"/dock/deliveries/{show_ulid(last)}"


def photo_with_a_position() -> bytes:
    """4000 x 3000, held upright, with the position of the place in it."""
    image, out = Image.new("RGB", (4000, 3000), "navy"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif.get_ifd(0x8825)[1] = "N"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def drawn() -> str:
    image, out = Image.new("RGBA", (600, 200), (0, 0, 0, 0)), io.BytesIO()
    image.paste((0, 0, 0, 255), (100, 90, 500, 100))
    image.save(out, "PNG")
    return f"data:image/png;base64,{b64encode(out.getvalue()).decode()}"


def test_the_counter_asks_for_the_code_that_only_the_agency_reads(plant, ritas, sign_in) -> None:
    mona, rita = sign_in("mail_operator"), sign_in("requester")  # noqa: F811
    own, url = f"/jobs/{ritas.number}", f"/dock/leave/{ritas.number}"
    code = re.search(r"code <strong>(\d{3} \d{3})</strong>", rita.get(own).text)[1]
    assert code not in mona.get(own).text + mona.get(f"{url}?stop=3").text
    assert "waits at the counter" in rita.get("/notices").text
    said = {"way": "pick_up", "stop": "3", "taken_by": "Rita", "place": "Counter"}
    wrong = "000 000" if code != "000 000" else "111 111"
    for _ in range(TRIES):
        assert mona.submit(url, url, **said, code=wrong).status_code == 422
    locked = mona.submit(url, url, **said, code=code)
    assert (locked.status_code, "wrong too often" in locked.text) == (409, True)
    on(rita.submit(own, f"{own}/pick-up-code", stop="3"))
    anew = re.search(r"code <strong>(\d{3} \d{3})</strong>", rita.get(own).text)[1]
    on(mona.submit(url, url, **said, code=anew))
    assert "by its pick-up code" in mona.get(delivery_of(plant)).text
    assert anew not in rita.get(own).text


def test_stops_that_do_not_add_up_are_named(plant, job) -> None:
    with plant.db.read_only(PLANT) as session:
        assert list(stops_are_the_order(Survey(session, plant.files))) == []
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(Job, job.id).quantity = 11
    with plant.db.read_only(PLANT) as session:
        (found,) = stops_are_the_order(Survey(session, plant.files))
    assert found.ids == (job.number,)
