"""Devices of the plant: enrolled by a code, signed in by a PIN for the floor alone, their events done once each."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from kernel import clock
from kernel.ids import show_ulid
from production.floor.devices import enrolling, shifts
from production.floor.devices.acts import ACTS
from production.floor.devices.chain import hash_of
from production.floor.devices.checks import CHECKS
from production.floor.devices.doing import Act
from production.floor.devices.models import Device, DeviceOutcome, DeviceShift, Outcome
from production.floor.models import FirstPiece
from production.floor.runs import RunStep, plan_run
from production.jobs.models import Operation
from production.jobs.states import JobKind, JobState
from production.jobs.states import OperationState as O
from production.people.models import User
from production.people.shift_pins import set_pin
from store.keeping.verify import Survey
from tests.factories import MAIL_DATE, PLANT, make_job, make_stream
from tests.walked import broken
from web.auth import passwords

CODE = re.compile(r'<code class="long one-time-code">([A-Z2-9]{4}-[A-Z2-9]{4})</code>')
PIN = "740217"


class Tablet:
    """A browser that keeps its events as the script of the page does."""

    def __init__(self, browser, plant):
        self.browser, self.plant = browser, plant
        self.n, self.prev, self.offset = 0, "", 0
        with plant.db.read_only(PLANT) as session:
            self.device = session.scalars(select(Device).where(Device.secret_hash.is_not(None))).one()

    @property
    def shift(self):
        with self.plant.db.read_only(PLANT) as session:
            newest = select(DeviceShift).order_by(DeviceShift.id.desc()).limit(1)
            return show_ulid(session.scalars(newest).one().ulid)

    def write(self, act, item="", *, occurred=None, **fields):
        self.n, self.offset = self.n + 1, self.offset + 1_000
        line = {
            "device": show_ulid(self.device.ulid), "n": self.n, "prev": self.prev, "act": act, "item": item,
            "shift": self.shift, "occurred": (occurred or clock.now()).isoformat(), "offset_ms": self.offset, **fields,
        }  # fmt: skip
        self.prev = hash_of(line)
        return line | {"hash": self.prev}

    def send(self, *lines, **headers):
        given = {"Accept": "application/json", **headers}
        return self.browser.post("/floor/events", json={"events": lines}, headers=given)


def code_of(page):
    return CODE.search(page.text)[1]


def with_pin(plant, name="pat"):
    with plant.db.unit_of_work(PLANT) as uow:
        user = uow.session.scalars(select(User).filter_by(sign_in_name=name)).one()
        user.badge = f"badge-{name}"
        set_pin(uow, user, passwords.hash_password(PIN))


@pytest.fixture
def tablet(app, plant):
    """A tablet at Press 1 with Pat on shift, as its pages leave it: tests of the pages send those."""
    with_pin(plant)
    with plant.db.unit_of_work(PLANT) as uow:
        device, code = enrolling.add(uow, name="Press 1 tablet", work_center="press-1")
        uow.session.flush()
        _, secret = enrolling.redeem(uow, code)
        pat = uow.session.scalars(select(User).filter_by(sign_in_name="pat")).one()
        shift = shifts.begin(uow, device, pat)
    browser = app.test_client()
    browser.set_cookie("indicia-tablet", secret)
    with browser.session_transaction() as session:
        session.update(_user_id=show_ulid(shift.sign_in), _fresh=True, work_center="Press 1")
    return Tablet(browser, plant)


@pytest.fixture
def tickets(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow, files=plant.files, pieces=10, segments=2)
    return [f"{stream.number}-40-01", f"{stream.number}-40-02"]


def state(plant, ticket):
    with plant.db.read_only(PLANT) as session:
        return session.scalars(select(Operation.state).filter_by(ticket=ticket)).one()


def test_a_code_works_once_and_the_secret_is_out_of_reach_of_scripts(app, sign_in, client, plant):
    polly = sign_in("planner")
    page = polly.submit("/devices/new", name="Cutter tablet", work_center="press-1")
    code = code_of(page)
    assert "Waits for its code" in page.text
    assert code not in polly.get("/devices").text
    assert client.submit("/floor/enroll", code="AAAA-BBBB").status_code == 401
    enrolled = client.submit("/floor/enroll", code=f" {code.replace('-', ' ')} ")
    (cookie,) = [one for one in enrolled.headers.getlist("Set-Cookie") if "-tablet=" in one]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert app.test_client().submit("/floor/enroll", code=code).status_code == 401
    with_pin(plant)
    assert client.submit("/floor/shift", name="BADGE-pat", pin=PIN).location == "/floor"
    assert "You are at Press 1" in client.get("/floor").text
    again = polly.submit("/devices/new", name="Cutter tablet", work_center="")
    assert "Another device has this name" in again.text


def test_a_pin_opens_the_floor_and_nothing_else(tablet, sign_in, app):
    pat = tablet.browser
    assert pat.get("/floor").status_code == 200
    for page in ("/jobs", "/account", "/notices", "/devices"):
        assert pat.get(page).status_code == 403, page
    assert sign_in("print_operator").get("/jobs").status_code == 200
    stranger = app.test_client()
    assert stranger.get("/floor/shift").location == "/floor/enroll"
    with pat.session_transaction() as kept, stranger.session_transaction() as stolen:
        stolen.update(kept)
    assert stranger.get("/floor").status_code == 303  # the sign-in without its device is worth nothing


def test_wrong_pins_lock_and_a_shift_ends_when_nobody_touches_it(tablet, plant, sign_in):
    pat = tablet.browser
    with time_machine.travel(clock.now() + timedelta(minutes=29), tick=False):
        assert pat.get("/floor").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=58), tick=False):
        assert pat.get("/floor/queue", headers={"Sec-Fetch-Mode": "cors"}).status_code == 200  # no act
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert pat.get("/floor").location == "/floor/shift"
        for _ in range(5):
            assert pat.submit("/floor/shift", name="pat", pin="000001").status_code == 401
        locked = pat.submit("/floor/shift", name="pat", pin=PIN)
        assert locked.status_code == 422
        assert "Too many wrong PINs" in locked.text
    with time_machine.travel(clock.now() + timedelta(minutes=80), tick=False):
        assert pat.submit("/floor/shift", name="pat", pin=PIN).location == "/floor"


@pytest.mark.killed
def test_events_are_done_once_in_their_order_whatever_comes_first(tablet, plant, tickets):
    first, second = tickets
    lines = [
        tablet.write("start", first),
        tablet.write("finish", first, good="", pieces="", reason=""),
        tablet.write("scan", scan=second),
    ]
    late = tablet.send(lines[2], lines[1]).json
    assert (late["acknowledged"], late["gaps"], late["events"]) == (0, [[1, 1]], [])
    done = tablet.send(lines[0], lines[2]).json
    assert (done["acknowledged"], done["gaps"]) == (3, [])
    assert [one["outcome"] for one in done["events"]] == ["applied", "applied"]
    assert (state(plant, first), state(plant, second)) == (O.DONE, O.RUNNING)
    assert tablet.send(*lines).json["acknowledged"] == 3
    with plant.db.read_only(PLANT) as session:
        done_by = session.scalars(select(Operation.operator).filter_by(ticket=first)).one()
        outcomes = session.scalars(select(DeviceOutcome.outcome)).all()
    assert (done_by, outcomes) == ("pat", [Outcome.APPLIED] * 3)


def test_what_is_refused_is_shown_to_people_and_does_not_stop_the_next(tablet, plant, tickets, sign_in):
    first, second = tickets
    lines = [tablet.write("finish", first), tablet.write("start", second), tablet.write("dance", second)]
    said = tablet.send(*lines).json
    assert [one["outcome"] for one in said["events"]] == ["refused", "applied", "refused"]
    assert [one["n"] for one in said["conflicts"]] == [1, 3]
    assert state(plant, second) is O.RUNNING
    polly = sign_in("planner")
    page = polly.get("/devices").text
    assert f"Finish of {first}: not done" in page
    seen = polly.submit("/devices", f"/devices/events/{said['conflicts'][0]['id']}", note="Finished by hand.")
    assert seen.status_code == 303
    assert f"Finish of {first}: not done" not in polly.get("/devices").text
    assert [one["n"] for one in tablet.send().json["conflicts"]] == [3]


def test_a_bad_event_is_a_conflict_and_holds_up_nothing_behind_it(tablet, plant, tickets, monkeypatch):
    """A text too long, an act the plant fails at by a fault of its own, and a line that is not the one it was."""
    first, second = tickets
    long = tablet.write("finish", first, reason="x" * 3_000)
    monkeypatch.setitem(ACTS, "pause", Act(ACTS["pause"].asked, lambda *_: {}["nothing"]))
    lines = [long, tablet.write("start", first), tablet.write("pause", first), tablet.write("start", second)]
    rotten, behind = tablet.write("finish", first), tablet.write("finish", second)
    said = tablet.send(*lines, rotten | {"reason": "x"}, behind).json
    assert [(one["outcome"], one["code"]) for one in said["events"]] == [
        ("refused", "DEVICE_LINE"), ("applied", ""), ("refused", "FAULT"), ("applied", ""),
    ]  # fmt: skip
    assert [(one["n"], one["item"]) for one in said["conflicts"]] == [(1, first), (3, first)]
    assert (said["acknowledged"], said["gaps"]) == (4, [[5, 5]])
    assert tablet.send(rotten).json["acknowledged"] == 6
    assert (state(plant, first), state(plant, second)) == (O.DONE, O.DONE)
    with plant.db.read_only(PLANT) as session:
        assert opens(Survey(session, plant.files)) == []


def test_a_first_piece_measured_without_a_network_is_looked_at_when_it_comes(tablet, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        job = make_job(uow, kind=JobKind.PRINT, state=JobState.APPROVED)
        run = plan_run(uow, [(job, 500)], [RunStep(10, "print", 500)], ready_by=MAIL_DATE)
        ticket = f"{run.number}-10"
    then = clock.now() - timedelta(minutes=20)
    at = [then + timedelta(minutes=minutes) for minutes in range(4)]
    lines = [
        tablet.write("start", ticket, occurred=at[0]),
        tablet.write("run", ticket, occurred=at[1], **{"measured-1": "9", "measured-2": "0"}),
        tablet.write("finish", ticket, occurred=at[2], good="500"),
        tablet.write("measure", ticket, occurred=at[3], **{"measured-1": "nan"}),
        tablet.write("measure", ticket, occurred=at[3], **{"measured-1": "0.01"}),
    ]
    said = tablet.send(*lines).json["events"]
    assert [one["outcome"] for one in said] == ["applied", "refused", "refused", "refused", "applied"]
    assert [one["code"] for one in said[1:4]] == ["FIRST_PIECE"] * 3
    assert "it stands since then" in said[1]["sentence"]
    assert state(plant, ticket) is O.RUNNING
    with plant.db.read_only(PLANT) as session:
        kept = session.scalars(select(FirstPiece.measured).order_by(FirstPiece.id)).all()
    assert kept == [9, 0, Decimal("0.01")]


def test_a_fork_is_kept_and_never_done(tablet, plant, tickets):
    first, second = tickets
    copy = Tablet(tablet.browser, plant)
    tablet.send(tablet.write("start", first))
    said = tablet.send(copy.write("start", second)).json
    assert (said["acknowledged"], said["forks"]) == (1, [1])
    assert said["conflicts"][0]["code"] == "DEVICE_FORK"
    assert (state(plant, first), state(plant, second)) == (O.RUNNING, O.READY)


def test_a_clock_that_went_back_is_told_and_corrected(tablet, plant, tickets):
    now = clock.now().replace(microsecond=0)
    lines = [
        tablet.write("start", tickets[0], occurred=now - timedelta(minutes=30)),
        tablet.write("finish", tickets[0], occurred=now - timedelta(hours=3)),
    ]
    assert tablet.send(*lines).json["clock"] == [2]
    with plant.db.read_only(PLANT) as session:
        times = session.scalars(select(DeviceOutcome.occurred_at).order_by(DeviceOutcome.event_id)).all()
        codes = session.scalars(select(DeviceOutcome.code).order_by(DeviceOutcome.event_id)).all()
    assert codes == ["", "DEVICE_CLOCK"]
    assert times[1] - times[0] == timedelta(seconds=1)


def test_what_waits_behind_a_gap_is_told_once_the_tablet_is_revoked(tablet, plant, tickets, sign_in):
    tablet.write("start", tickets[0])  # lost with the storage of the tablet
    assert tablet.send(tablet.write("finish", tickets[0])).json["gaps"] == [[1, 1]]
    polly = sign_in("planner")
    page = f"/devices/{show_ulid(tablet.device.ulid)}"
    assert "not done" not in polly.get("/devices").text
    polly.submit(page, f"{page}/revoke", reason="")
    assert f"Finish of {tickets[0]}: not done" in polly.get("/devices").text
    with plant.db.read_only(PLANT) as session:
        assert opens(Survey(session, plant.files)) == []


def opens(survey):
    return [found.sentence for check in CHECKS for found in check(survey)]


BROKEN = {
    "was changed": """UPDATE device_event SET line = line || '{"reason": "x"}' WHERE n = 1""",
    "does not follow on event 0": "DELETE FROM device_outcome WHERE event_id = (SELECT min(id) FROM device_event)",
    "its chain another end": "UPDATE device SET last_n = 7",
    "event 2 of device Press 1 tablet waits": "UPDATE device_outcome SET outcome = 'accepted',"
    " at = now() - interval '1 hour' WHERE event_id = (SELECT max(id) FROM device_event)",
}


def test_verify_reads_every_chain(tablet, plant, tickets):
    tablet.send(tablet.write("start", tickets[0]), tablet.write("finish", tickets[0]))
    with broken(plant) as survey:
        assert opens(survey) == []
    for words, statement in BROKEN.items():
        with broken(plant, statement) as survey:
            assert any(words in sentence for sentence in opens(survey)), words


def test_bad_lines_other_sites_and_revoked_devices_change_nothing(tablet, plant, tickets, sign_in, client):
    line = tablet.write("start", tickets[0])
    bad = [line | {"reason": "x"}, line | {"device": "0" * 26}, line | {"n": "1"}, line | {"good": 3}, {}, []]
    for one in bad:
        answer = tablet.send(one)
        assert (answer.status_code, answer.json["code"]) == (422, "DEVICE_LINE"), one
    assert tablet.send(*[line] * 101).status_code == 422
    assert tablet.send(line, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert tablet.send(line, Origin="https://evil.example").status_code == 403
    assert client.post("/floor/events", json={"events": [line]}).status_code == 403
    polly = sign_in("planner")
    page = f"/devices/{show_ulid(tablet.device.ulid)}"
    polly.submit(page, f"{page}/revoke", reason="")
    assert tablet.send(line).status_code == 403
    assert tablet.browser.get("/floor").location == "/floor/shift"
    assert tablet.browser.get("/floor/shift").status_code == 403
    assert state(plant, tickets[0]) is O.READY
    assert "Revoked" in polly.get("/devices").text


def test_a_pin_is_chosen_with_the_password_and_is_no_easy_one(sign_in, app):
    pat = sign_in("print_operator")
    asked = {"password": "plain sailing on the bayou"}
    for pin, again, words in (
        ("123456", "123456", "guessed first"), ("111222", "111222", "guessed first"), (PIN, "740218", "differ"),
        ("12", "12", "6 to 10 digits"),
    ):  # fmt: skip
        assert words in pat.submit("/account", "/account/pin", **asked, pin=pin, pin_again=again).text
    wrong = pat.submit("/account", "/account/pin", password="no", pin=PIN, pin_again=PIN)
    assert wrong.status_code == 401
    done = pat.submit("/account", "/account/pin", follow=True, **asked, pin=PIN, pin_again=PIN)
    assert "Your PIN is set" in done.text
    assert "PIN for the floor" not in sign_in("requester").get("/account").text
