"""A question to the shop: asked, taken on, talked about, worked on, charged; what each side sees of it."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from sqlalchemy import select

from billing.models import Charge
from kernel import clock
from kernel.ids import show_ulid
from production.frontdesk.projects.models import Project, ProjectFile, ProjectMessage
from production.jobs.models import Job
from production.notices.models import Notice
from production.people.models import User
from store.db import system_actor
from tests.databases import begin
from tests.web.conftest import PERSON_OF
from workers.runtime import drain

PLANT = system_actor("test")
_TAG = re.compile(r"<[^>]+>")
ASKED = {
    "title": "A map that folds into a pocket",
    "brief": "Twelve panels, <b>two inks</b>, about 5,000. It must survive rain.",
    "wanted_by": "2030-03-01",
    "budget": "4,000.00",
    "account": "DEX-100",
}
BUDGET = "$4,000.00"


def words(page) -> str:
    return " ".join(unescape(_TAG.sub(" ", page.text)).split())


def ask(browser, **changes):
    return browser.submit("/projects/new", **(ASKED | changes))


@pytest.fixture
def asked(sign_in, plant):
    """The number of a project that nobody has taken on."""

    def make():
        file = (io.BytesIO(b"%PDF-1.7 not really"), "../../sketch.pdf")
        answer = ask(sign_in("requester"), files=file)
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]

    return begin(plant, "project asked", make)


def kinds_of(plant) -> list[str]:
    with plant.db.read_only(PLANT) as session:
        found = select(Notice.kind).where(Notice.kind.startswith("project")).order_by(Notice.id)
        return list(session.scalars(found))


def test_the_catalog_ends_with_a_question_and_takes_the_answers_along(sign_in) -> None:
    rita = sign_in("requester")
    assert 'href="/projects/new"' in rita.get("/catalog?q=zeppelin").text
    page = rita.get("/projects/new?family=booklet&answers=quantity%3D700%26pages%3D24").text
    assert 'value="Booklet"' in page
    assert "How many: 700\nPages: 24" in page
    assert '<input type="file" id="files" name="files"' in page
    assert sign_in("approver").get("/projects/new").status_code == 403


def test_a_question_is_a_thread_from_its_brief_to_the_charge_of_its_hours(sign_in, plant, asked) -> None:
    rita, polly, url = sign_in("requester"), sign_in("planner"), f"/projects/{asked}"
    assert "Waiting for the shop 1" in words(polly.get("/projects"))
    page = polly.get(url)
    assert "&lt;b&gt;two inks&lt;/b&gt;" in page.text and BUDGET in page.text
    assert "nobody looks after it yet" in words(page)
    polly.submit(url, f"{url}/take-on")
    assert "looked after by Polly Planner" in words(rita.get(url))
    polly.submit(url, f"{url}/say", words="Which paper did you have last time?")
    assert "Waiting for you 1" in words(rita.get("/projects"))
    rita.submit(url, f"{url}/say", words="Synthetic, 8 mil.")
    assert kinds_of(plant) == ["project_asked", "project_taken", "project_answered", "project_asked_on"]
    polly.submit(url, f"{url}/tasks", task="Send the old map", side="agency", due="2030-01-10")
    done = re.search(r'name="number" value="([^"]+)"', rita.get(url).text)[1]
    rita.submit(url, f"{url}/tasks/done", number=done)
    assert "Done by Rita Requester" in words(polly.get(url))
    today = clock.today().isoformat()
    for hours in ("1.25", "0.5"):
        polly.submit(url, f"{url}/hours", hours=hours, on=today, what="Tried three folds")
    polly.submit(url, f"{url}/end")
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        project = session.scalars(select(Project)).one()
        charges = session.scalars(select(Charge).filter_by(job_id=project.id)).all()
    assert project.state.value == "billed"
    assert sum(one.cents.cents for one in charges) == 8_400  # 1.75 hours at $48.00
    assert "1.75" in words(rita.get(url)) and "$84.00" in rita.get(url).text
    line = re.search(r'href="(/charges/lines/[^"]+)"', rita.get(f"/charges/jobs/{asked}").text)[1]
    assert "Tried three folds" in rita.get(line).text  # the charge opens to its evidence
    assert 'name="words"' not in polly.get(url).text  # nothing is said after the end


def test_what_has_no_hours_ends_without_a_charge(sign_in, plant, asked) -> None:
    polly, url = sign_in("planner"), f"/projects/{asked}"
    polly.submit(url, f"{url}/take-on")
    polly.submit(url, f"{url}/end")
    drain(plant)
    assert "Closed" in words(polly.get(url))
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job.state)).one().value == "closed"
        assert session.scalars(select(Charge)).all() == []


def test_a_note_of_the_shop_is_nowhere_for_the_agency(sign_in, plant, asked) -> None:
    rita, polly, url = sign_in("requester"), sign_in("planner"), f"/projects/{asked}"
    note = {"words": "They never pay on time", "is_internal": "yes"}
    secret = (io.BytesIO(b"our own figures"), "figures.txt")
    polly.submit(url, f"{url}/say", **note, files=secret)
    assert "They never pay on time" in polly.get(url).text and "figures.txt" in polly.get(url).text
    seen = rita.get(url).text
    assert "never pay" not in seen and "figures.txt" not in seen
    assert "Waiting for the shop 1" in words(rita.get("/projects"))
    with plant.db.read_only(PLANT) as session:
        files = {one.given_name: one for one in session.scalars(select(ProjectFile))}
        actor = session.scalars(select(User).filter_by(sign_in_name=PERSON_OF["requester"])).one().as_actor()
    own, internal = (f"{url}/files/{show_ulid(files[name].ulid)}" for name in ("sketch.pdf", "figures.txt"))
    assert polly.get(internal).status_code == 200
    assert rita.get(internal).status_code == 404
    given = rita.get(own)
    assert (
        given.headers["Content-Disposition"].startswith("attachment")
        and "sandbox" in given.headers["Content-Security-Policy"]
    )
    with plant.db.read_only(actor) as session:  # the second wall, without the query's own
        assert session.scalars(select(ProjectMessage.is_internal)).all() == [False]
        assert session.scalars(select(ProjectFile.given_name)).all() == ["sketch.pdf"]


def test_another_agency_finds_nothing(sign_in, asked) -> None:
    oscar, url = sign_in("other_agency"), f"/projects/{asked}"
    assert oscar.get(url).status_code == 404
    assert "A map that folds" not in oscar.get("/projects").text
    assert "A map that folds" not in oscar.get("/jobs").text


def test_a_project_is_found_by_its_number_and_is_no_order(sign_in, asked) -> None:
    rita = sign_in("requester")
    assert rita.get(f"/jobs/{asked}").location == f"/projects/{asked}"
    for page in ("/jobs", "/home"):
        assert "A map that folds" not in rita.get(page).text


WRONG = [
    ({"title": " "}, "Fill this in."),
    ({"brief": " "}, "Say what you need."),
    ({"wanted_by": "2020-01-01"}, "This day is past."),
    ({"budget": "0"}, "A budget is more than zero."),
    ({"budget": "NaN"}, "This is not an amount."),
    ({"account": "OSR-010"}, "is not one of yours"),
    ({"account": ""}, "No account pays"),
]


def test_what_is_wrong_with_a_question_is_told_beside_its_field(sign_in, plant) -> None:
    rita = sign_in("requester")
    for changes, sentence in WRONG:
        answer = ask(rita, **changes)
        assert (answer.status_code, sentence in words(answer)) == (422, True), changes
        assert "brief" in changes or unescape(ASKED["brief"]) in unescape(
            answer.text
        )  # nothing typed is lost
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job)).all() == []


JUDGED = [
    ("hours", {"hours": "0.1", "on": "today", "what": "x"}, "in quarters"),
    ("hours", {"hours": "25", "on": "today", "what": "x"}, "at most 24"),
    ("hours", {"hours": "1", "on": "2020-01-01", "what": "x"}, "last 31 days"),
    ("hours", {"hours": "1", "on": "today", "what": ""}, "Say why"),
    ("tasks", {"task": "x", "side": "agency", "due": "2020-01-01"}, "This day is past."),
    ("tasks", {"task": "x", "side": "nobody", "due": "2030-01-01"}, "Choose one of the list."),
    ("say", {"words": ""}, "Say something, or give a file."),
]


def test_what_the_shop_enters_is_judged(sign_in, asked) -> None:
    polly, url, today = sign_in("planner"), f"/projects/{asked}", clock.today().isoformat()
    polly.submit(url, f"{url}/take-on")
    for act, typed, sentence in JUDGED:
        given = {name: today if text == "today" else text for name, text in typed.items()}
        answer = polly.submit(url, f"{url}/{act}", **given)
        assert (answer.status_code, sentence in words(answer)) == (422, True), (act, typed)


def test_an_agency_neither_takes_on_nor_ticks_off_what_is_the_shops(sign_in, asked) -> None:
    rita, polly, url = sign_in("requester"), sign_in("planner"), f"/projects/{asked}"
    polly.submit(url, f"{url}/take-on")
    polly.submit(url, f"{url}/tasks", task="Make a dummy", side="shop", due="2030-01-10")
    done = re.search(r'name="number" value="([^"]+)"', polly.get(url).text)[1]
    _, hidden = rita.hidden(url, f"{url}/say")
    assert rita.post(f"{url}/tasks/done", data=hidden | {"number": done}).status_code == 403
    assert rita.post(f"{url}/hours", data=hidden).status_code == 403
    assert rita.post(f"{url}/tasks/done", data=hidden | {"number": "nonsense"}).status_code == 404
