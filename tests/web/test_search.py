"""One box finds everything: each kind by every form of its number, for whoever may, and nothing of another agency."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from kernel.ids import show_ulid
from postal.barcodes.imb import encode, turn
from production.jobs.checks import titles_are_found_by_their_words
from production.jobs.finds import BY_WORDS
from production.jobs.models import Job, Operation, Order
from production.jobs.states import OperationCode
from production.mailings.models import PresortShare, PresortStream, Tray
from production.mailroom.pieces import story
from production.mailroom.streams.building import build
from production.people.models import User
from store.audit import AuditEntry
from store.db import Actor
from store.keeping.verify import Survey
from tests.factories import PLANT, make_agency, make_job, owners_hand
from tests.web.conftest import PERSON_OF
from web.search import everything
from workers.runtime import drain

MAIL, DEX, OSR, PRESS, BILLS, ADMIN = "mona", "rita", "oscar", "pat", "bill", "ada"
SEE_JOBS = {MAIL, DEX, PRESS, BILLS, ADMIN, "andy", "polly", "marcus"}
EVERYBODY = {*PERSON_OF.values()}


@pytest.fixture(scope="module")
def facts(walked_plant):
    """What the walked plant has of each kind: its text, forms of it, and a part of the address it leads to. The job is
    of DEX, piece 1 is of the job."""
    with walked_plant.db.read_only(PLANT) as session:
        stream = session.scalars(select(PresortStream)).one()
        owner = story.story(session, walked_plant.files, stream_number=stream.number, piece=1).job_number
        share = session.scalars(
            select(PresortShare).join(Job, Job.id == PresortShare.job_id).where(Job.number == owner)
        ).one()
        job = session.get_one(Job, share.job_id)
        order = session.get_one(Order, job.order_id)
        press = session.scalars(select(Operation).filter_by(type=OperationCode.PRINT).limit(1)).one()
        tray = session.scalars(select(Tray).order_by(Tray.number)).first()
        told = story.story(session, walked_plant.files, stream_number=stream.number, piece=1)
        owner_name = "rita" if job.agency.code == "DEX" else "oscar"
    letters = encode(told.tracking, told.letter.routing)
    return {
        "job": job.number, "title": job.title, "bare": job.number.replace("-", ""), "middle": job.number[3:9],
        "order": show_ulid(order.ulid), "ticket": press.ticket, "stream": stream.number,
        "mailing": stream.mailing.number, "tray": tray.barcode, "tray_number": f"{stream.number} tray {tray.number}",
        "tracking": told.tracking, "imb": told.tracking + told.letter.routing, "letters": letters,
        "turned": turn(letters),
        "spaced": f"{told.tracking[:2]} {told.tracking[2:5]} {told.tracking[5:11]} {told.tracking[11:]}",
        "mark": f"{stream.id:08d}{1:08d}{1:04d}{2:04d}", "piece": f"{stream.number} 1", "owner": owner_name,
        "agency": job.agency.code, "other": OSR if owner_name == DEX else DEX,
    }  # fmt: skip


def people(session):
    return {user.sign_in_name: user.as_actor() for user in session.scalars(select(User))}


OWN = {"owner"}  # of the agency whose job it is; the other agency finds nothing of it
PLANT_JOBS = SEE_JOBS - {DEX, "andy"}
# Text, a part of the address, and who finds it; everybody else must not.
KINDS = [
    ("{job}", "/jobs/{job}", PLANT_JOBS | OWN),
    ("{bare}", "/jobs/{job}", PLANT_JOBS | OWN),
    ("{middle}", "/jobs/{job}", PLANT_JOBS | OWN),
    ("{order}", "/jobs/{job}", PLANT_JOBS | OWN),
    ("{ticket}", "/floor/{ticket}", {PRESS, MAIL}),
    ("{job}", "/floor/{ticket}", {PRESS, MAIL}),
    ("{stream}", "/mailroom/streams/{stream}", {MAIL}),
    ("{mailing}", "/mailroom/mailings/{mailing}", {MAIL}),
    ("m{mailing}"[1:], "/mailroom/mailings/{mailing}", {MAIL}),
    ("{tray}", "/mailroom/streams/{stream}/trays/", {MAIL}),
    ("{tray_number}", "/mailroom/streams/{stream}/trays/", {MAIL}),
    *(
        (f"{{{form}}}", page, who)
        for form in ("tracking", "imb", "letters", "turned", "spaced", "mark", "piece")
        for page, who in (("/mailroom/streams/{stream}/pieces/1", {MAIL}), ("/jobs/{job}", OWN))
    ),
    ("Meter 1", "/metering?meter=SAMPLE-0001", {MAIL}),
    ("dex-100", "/setup/rows/account/DEX/DEX-100", {ADMIN}),
    ("licensing", "/billing/FY", {BILLS}),
    ("department of", "/setup/rows/agency/DEX", {ADMIN}),
    ("andy appr", "/people/", {ADMIN}),
    ("perforated", "/setup/rows/stock/", set()),
    ("meter sample-0002", "/setup/rows/meter/SAMPLE-0002", {ADMIN}),
    ("charges of", "/billing/FY", {BILLS}),
    ("charges of", "/charges/FY", {DEX, OSR, "andy"}),
    ("close mon", "/billing", {BILLS}),
    ("order let", "/drafts/new/", {DEX, OSR}),
    ("change pass", "/account", EVERYBODY),
    ("person add", "/people/new", {ADMIN}),
]


@pytest.mark.parametrize(("text", "page", "who"), KINDS, ids=[f"{one[0]}-{one[1]}" for one in KINDS])
def test_each_kind_is_found_by_whoever_may_and_by_nobody_else(house, walked_plant, facts, text, page, who):
    wanted, page = text.format(**facts), page.format(**facts)
    found = set()
    with walked_plant.db.read_only(PLANT) as session:
        actors = people(session)
    for name, actor in actors.items():
        with house.test_request_context(), walked_plant.db.read_only(actor) as session:
            urls = [one.url for group in everything(session, actor, wanted) for one in group.found]
        if any(url.startswith(page) for url in urls):
            found.add(name)
    agency = {"owner"} if facts["owner"] in found else set()
    mates = {facts["owner"]} | ({"andy"} if facts["owner"] == DEX else set())
    if "owner" in who:
        assert facts["owner"] in found
        assert facts["other"] not in found
        assert (found - mates) | agency == who
    else:
        assert found == who


def test_words_find_by_their_beginnings_without_accents_and_follow_the_title(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        here, there = make_agency(uow), make_agency(uow)
        job = make_job(uow, agency=here, title="Año nuevo: renewal 100% notice_A")
        make_job(uow, agency=there, title="Renewal of the other")
        number = job.number

    def found(text, actor=PLANT):
        with plant.db.read_only(actor) as session:
            return [hit.at["number"] for hit in BY_WORDS.find(session, actor, text)]

    own, other = Actor("own", agency_id=here.id), Actor("other", agency_id=there.id)
    assert found("renew") == found("RENEWAL", PLANT)
    assert len(found("renew")) == 2
    assert found("nue ano") == found("100") == found("notice a", own) == found("renew", own) == [number]
    assert found("renew", other) != [number]
    assert found("nuevo", other) == found("eval") == found("%") == found("__") == []
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.get_one(Job, job.id).title = "Spring"
    assert found("nuevo") == []
    assert found("spr") == [number]
    with owners_hand(plant) as connection:
        connection.execute(sql("SELECT set_config('indicia.scope', 'plant', true)"))
        connection.execute(sql("UPDATE job_word SET word = 'wrong' WHERE word = 'spring'"))
    with plant.db.read_only(PLANT) as session:
        open_points = list(titles_are_found_by_their_words(Survey(session, plant.files)))
    assert [point.ids for point in open_points] == [(number,)]


def test_what_was_scanned_opens_at_once_and_a_name_is_asked_for_only_when_sent(
    app, sign_in, plant, caplog, mailing
):
    rita = sign_in("requester")
    for text in (mailing, mailing.replace("-", ""), f" {mailing} "):
        answer = rita.submit("/jobs", "/search", q=text)
        assert (answer.status_code, answer.location) == (303, f"/jobs/{mailing}")
    assert rita.get("/search", query_string={"q": mailing}).location == f"/jobs/{mailing}"
    oscar = sign_in("other_agency")
    assert "Nothing found" in oscar.submit("/jobs", "/search", q=mailing).text
    assert "Renewal notices" not in oscar.submit("/jobs", "/search", q="renewal").text

    sign_in("approver").submit(f"/jobs/{mailing}/proof", f"/jobs/{mailing}/approve")
    with plant.db.unit_of_work(PLANT) as uow:
        build(uow, plant.files, list(uow.session.scalars(select(Job))))
    drain(plant)

    def looks():
        with plant.db.read_only(PLANT) as session:
            rows = session.scalars(
                select(AuditEntry).filter_by(subject="recipient").order_by(AuditEntry.number)
            )
            return [(row.actor, row.act) for row in rows]

    before = looks()
    _, hidden = rita.hidden("/jobs", "/search")
    with caplog.at_level(logging.DEBUG):
        typed = rita.post("/search/now", data=hidden | {"q": "pat exam"})
        assert "Letters to “pat exam”" in typed.text
        assert "row 1" not in typed.text
        assert "Letters under this name" not in rita.get("/search", query_string={"q": "pat exam"}).text
        assert looks() == before
        page = rita.submit("/jobs", "/search", q="pat exam").text
    assert "Letters under this name" in page
    assert looks()[len(before) :] == [("rita", "letters_searched"), ("rita", "names_shown")]
    assert "pat exam" not in caplog.text
    assert "Letters under this name" not in oscar.submit("/jobs", "/search", q="pat exam").text
    mona = sign_in("mail_operator")
    counted = mona.submit("/mailroom", "/search", q="pat exam").text
    assert "Give a reason to see which" in counted
    assert "row 1" not in counted
    bill = sign_in("billing_clerk")
    before = looks()
    assert "Letters" not in bill.submit("/billing", "/search", q="pat exam").text
    assert looks() == before


HOSTILE = ["%", "_" * 9, "'; DROP TABLE job; --", "\\", "x" * 10_000, "🦆 pond", "٣٤٥٦٧", "<b>b</b>", "0" * 31,
           "F" * 65,
           "99-999999-9", "2" * 24, "\u202e\u0000", "M00-0000", "27-000001-6 tray 999999", "1/1", " "]  # fmt: skip


@pytest.mark.parametrize("role", ["requester", "mail_operator", "administrator"])
def test_nothing_typed_breaks_it(sign_in, role):
    browser = sign_in(role)
    _, hidden = browser.hidden("/search", "/search")
    for text in HOSTILE:
        for method, address in (
            (browser.post, "/search"),
            (browser.post, "/search/now"),
            (browser.get, "/search"),
        ):
            given = (
                {"data": hidden | {"q": text}}
                if method == browser.post
                else {"query_string": {"q": text[:999]}}
            )
            answer = method(address, **given)
            assert answer.status_code < 500, (text, address)
            assert "<b>b</b>" not in answer.text
    assert browser.post("/search", data={"q": "x"}).status_code == 400  # no token


def test_strangers_are_led_to_the_sign_in(client):
    assert client.get("/search?q=27").status_code == 303
    assert 'type="search"' not in client.get("/sign-in").text
