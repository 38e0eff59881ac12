"""Stationery: the office enters and approves templates, an agency orders by them, every name prints as ordered."""

from __future__ import annotations

import io
import re
from collections import Counter

import pypdf
import pytest
from sqlalchemy import select

from production.frontdesk.drafting.last_time import last_quote
from production.frontdesk.orders.spec_order import GANG
from production.frontdesk.stationery.models import IdentityTemplate
from production.jobs.models import Job, JobFile, JobFinding, Operation
from production.jobs.states import JobState, OperationCode
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.factories import PLANT
from tests.web import cards, spec_jobs
from tests.web.print_ordering import due
from tests.web.test_approving import read_and_go_on
from web.commands import print_line
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM
from web.formats import money
from workers.runtime import drain

ORDER = {"title": "Cards of the new office", "splits-DEX-100": "100", "place": "Room 12", "way": "deliver"}
NEW = "/drafts/new/business_cards/by"
ANA = {"values-name": "Ana Ruiz", "values-phone": "2255550100", "values-email": "Ana@Example.gov"}


def enter(browser, folder, page="/stationery/versions/new", **other):
    """A version as the office types it; the answer of the server."""
    typed = {
        "agency": "DEX", "name": "Business card", "owner": "Olive Owner", "product": "business_cards",
        "stock": "cover80", "inks_front": "1", "inks_back": "0", "usual": "250", "boxes": cards.BOXES_TEXT,
    }  # fmt: skip
    for at, rule in enumerate(cards.RULES, start=1):
        typed |= {f"value_{what}-{at}": said for what, said in rule.items() if what != "is_needed"}
        typed[f"value_needed-{at}"] = rule.get("is_needed", "")
    path = cards.background(folder / "card.pdf")
    file = (
        {}
        if page != "/stationery/versions/new"
        else {"background": (io.BytesIO(path.read_bytes()), "card.pdf")}
    )
    return browser.submit(page, content_type="multipart/form-data", **(typed | file | other))


@pytest.fixture
def template(sign_in, plant, tmp_path):
    """The id of a template that Ada entered and Andy approved."""

    def make():
        with plant.db.unit_of_work(PLANT) as uow:
            make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
        answer = enter(sign_in("administrator"), tmp_path)
        assert answer.status_code == 303, answer.text
        sign_in("approver").submit(answer.location, f"{answer.location}/approve")
        return answer.location.rsplit("/", 1)[1]

    return begin(plant, "a template of cards", make)


def names_on(plant, sha256):
    """How often each name stands on the sheets."""
    sheets = pypdf.PdfReader(plant.files.checked_path(sha256))
    text = "\n".join(page.extract_text() for page in sheets.pages)
    return Counter(re.findall(r"Ana Ruiz|Bo Tran|Cy Young", text))


def job_of(plant, number):
    with plant.db.read_only(PLANT) as session:
        job = session.scalars(select(Job).filter_by(number=number)).one()
        rows = session.scalars(select(JobFile).filter_by(job_id=job.id, revision=job.revision))
        found = session.scalars(select(JobFinding).filter_by(job_id=job.id)).all()
        return job, {row.role: row.sha256 for row in rows}, [(one.code, one.severity) for one in found]


def test_a_version_is_approved_by_another_person_and_the_register_says_by_whom(sign_in, plant, tmp_path):
    ada, andy, rita = sign_in("administrator"), sign_in("approver"), sign_in("requester")
    page = enter(ada, tmp_path).location
    assert "another person must approve it" in ada.get(page).text
    assert "The template Business card waits for the office" in andy.get("/notices").text
    assert ada.get(page).text.count("Approve it") == 0
    assert "Order" not in rita.get("/stationery").text.partition("Every version")[0].partition("<main")[2]
    andy.submit(page, f"{page}/approve")
    listed = rita.get("/stationery").text
    assert "In force" in listed
    assert "Ada Administrator" in listed
    assert "Andy Approver" in listed
    following = enter(andy, tmp_path, page=f"{page}/next", usual="500").location
    assert "You entered it" in andy.get(following).text
    assert rita.get("/stationery").text.count("In force") == 1
    ada.submit(following, f"{following}/approve")
    with plant.db.read_only(PLANT) as session:
        rows = session.scalars(select(IdentityTemplate).order_by(IdentityTemplate.number)).all()
    assert [(row.number, row.approved_by, row.design.usual) for row in rows] == [
        (1, "andy", 250),
        (2, "ada", 500),
    ]
    assert rows[0].background_sha256 == rows[1].background_sha256
    assert [str(one) for one in (*rows[0].design.trim, rows[0].design.bleed)] == ["3.500", "2.000", "0.1250"]
    assert sign_in("other_agency").get(page).status_code == 404
    assert "Earlier" in rita.get("/stationery").text


def test_what_cannot_be_a_template_is_refused_and_leaves_nothing(sign_in, plant, tmp_path):
    ada = sign_in("administrator")
    for wrong, words in (
        ({"value_name-5": "fax", "value_title-5": "Fax"}, "No box shows fax"),
        ({"background": (io.BytesIO(b"no PDF at all"), "card.pdf")}, "is not a PDF"),
    ):
        answer = enter(ada, tmp_path, **wrong)
        assert answer.status_code == 422
        assert words in answer.text
        assert 'value="Olive Owner"' in answer.text  # what was typed stays
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(IdentityTemplate)).all() == []


def sent_off(browser, plant, answer):
    """The job of a draft whose step was sent, after its check: number, and the price of the review."""
    assert answer.status_code == 303, answer.text
    review = browser.get(answer.location)
    price = re.search(r'class="big-figure">([^<]+)', review.text)[1].strip()
    answer = browser.submit(answer.location, answer.location)
    drain(plant)
    return answer.location.rsplit("/", 1)[1], price


def test_one_card_is_shown_as_it_is_typed_and_ordered(sign_in, plant, template):
    rita, page = sign_in("requester"), f"{NEW}/{template}"
    looked = rita.submit(page, page, **ANA, quantity="100")  # without the order's fields it goes no further
    assert looked.status_code == 422
    _, hidden = rita.hidden(page)
    kept = rita.post(f"{page}/typed", data=hidden | ANA | {"quantity": "100", "title": "Mine"}).json
    seen = rita.get(kept["action"]).text  # as after another sign-in
    assert "What you had typed is back" in seen
    assert "data:image/png;base64," in seen
    assert 'value="Mine"' in seen
    price = re.search(r'class="price">([^<]+)', seen)[1]
    for typed, words in (
        ({"values-name": "Anastasia " * 6}, "does not fit its box"),
        ({"values-name": "\u0c95"}, "U+0C95"),
        ({"values-phone": "12"}, "ten digits"),
        ({"values-name": ""}, "Name: it is missing"),
    ):
        at = rita.submit(kept["action"], kept["action"], **(ANA | typed), look="yes").location
        assert words in rita.get(at).text, words
    at = kept["action"]
    number, told = sent_off(
        rita, plant, rita.submit(at, at, **ANA, **ORDER, quantity="100", due=due().isoformat())
    )
    job, files, found = job_of(plant, number)
    assert (job.state, job.quantity) == (JobState.PROOF_READY, 100)
    with plant.db.read_only(PLANT) as session:
        assert price == told == money(last_quote(session, job).snapshot.total)  # with set-up and delivery
    assert not [one for one in found if one[1] == "stop"]
    artwork = pypdf.PdfReader(plant.files.checked_path(files["artwork.1"])).pages[0]
    assert [float(side) for side in artwork.trimbox] == [9, 9, 261, 153]
    assert "225-555-0100\nana@example.gov" in artwork.extract_text()  # the empty line closed up
    assert len(names_on(plant, files["sheets.1"])) == 1
    andy = sign_in("approver")
    told = read_and_go_on(andy, f"/jobs/{number}/proof", number, quantity="200")
    assert "200 instead of 100." in told
    assert "It will cost $" in told
    drain(plant)
    job, files, _ = job_of(plant, number)
    assert (job.state, job.quantity, job.revision) == (JobState.PROOF_READY, 200, 2)
    again = rita.submit(f"/jobs/{number}/again", f"/jobs/{number}/again").location
    assert 'value="Ana Ruiz"' in rita.get(again.rpartition("/")[0] + "/stationery").text


def test_a_draft_of_cards_is_kept_as_every_draft_is(sign_in, plant, template, tmp_path):
    """Two windows are told, a colleague can have it, and a version that came into force since is looked at first."""
    rita, page = sign_in("requester"), f"{NEW}/{template}"
    at = rita.submit(page, page, **ANA, look="yes").location
    order = ANA | ORDER | {"quantity": "100", "due": due().isoformat()}
    review = rita.submit(at, at, **order).location
    assert "Ana Ruiz" in rita.get(review).text
    assert "Business card, version 1" in rita.get(review).text
    late = rita.submit(at, at, **order | {"seen": "2026-01-01T00:00:00+00:00", "place": "Room 13"})
    assert "Two changes of the same thing" in late.text
    assert "Room 12" in late.text
    assert rita.get(at.replace("/stationery", "/colleague")).status_code == 200
    andy = sign_in("approver")
    following = enter(
        sign_in("administrator"), tmp_path, page=f"/stationery/versions/{template}/next", usual="9"
    )
    andy.submit(following.location, f"{following.location}/approve")
    assert rita.submit(review, review).location == at
    assert "A newer version of Business card is in force" in rita.get(at).text
    review = rita.submit(at, at, **order).location
    assert "Business card, version 2" in rita.get(review).text
    assert "/jobs/" in rita.submit(review, review).location


def test_cards_of_many_people_print_each_name_as_often_as_ordered(sign_in, plant, template):
    rita, page = sign_in("requester"), f"{NEW}/{template}"
    wrong = cards.PEOPLE.replace("2255550101", "555")
    answer = rita.submit(page, page, people=wrong, **ORDER, quantity="50", due=due().isoformat())
    assert answer.status_code == 422
    assert "row 3, column Phone" in answer.text
    assert "Bo Tran,,555,bo@example.gov" in answer.text  # nothing typed is lost
    at = rita.submit(page, page, people=cards.PEOPLE, quantity="50", row="4", look="yes").location
    seen = rita.get(at).text
    assert "Row 4" in seen
    assert "<dt>Pieces</dt><dd>390</dd>" in seen
    answer = rita.submit(
        at, at, content_type="multipart/form-data", **ORDER, quantity="50", due=due().isoformat(),
        file=(io.BytesIO(cards.PEOPLE.encode("utf-8-sig")), "people.csv"),
    )  # fmt: skip
    number, _ = sent_off(rita, plant, answer)
    job, files, found = job_of(plant, number)
    assert job.state is JobState.PROOF_READY, found
    gang = GANG.from_bytes(plant.files.checked_path(files["gang"]).read_bytes(), "test")
    printed = {name: gang.copies * count for name, count in names_on(plant, files["sheets.1"]).items()}
    assert sum(printed.values()) == job.quantity == sum(gang.printed)
    for name, ordered in (("Ana Ruiz", 250), ("Bo Tran", 100), ("Cy Young", 40)):
        assert printed[name] >= ordered, name
    assert [printed[name] for name in ("Ana Ruiz", "Bo Tran", "Cy Young")] == list(gang.printed)
    andy = sign_in("approver")
    each_name_is_seen(andy, f"/jobs/{number}")
    panel = andy.get(f"/jobs/{number}/proof").text
    assert "Change who pays" in panel  # how many is for the list to say
    told = read_and_go_on(
        andy, f"/jobs/{number}/proof", number, **{"splits-DEX-100": "", "splits-DEX-200": "1"}
    )
    assert "Charged to DEX-200 instead of DEX-100" in told
    drain(plant)
    assert andy.submit(f"/jobs/{number}/proof", f"/jobs/{number}/approve").status_code == 303
    drain(plant)
    floor_reads_copies(sign_in("print_operator"), plant, number, gang.copies)
    done = print_line.make(plant, drain, number)
    assert done.charged == done.quote
    assert done.job.state is JobState.BILLED


def each_name_is_seen(andy, job):
    """In the proof each name once, with how many of it, and where it lies on the sheets."""
    assert f"{job}/proof/names" in andy.get(f"{job}/proof").text
    page = andy.get(f"{job}/proof/names?at=2").text
    assert re.search(r"100 ordered, 1\d\d printed", page)
    pictures = re.findall(r"/now/0/(\d+).png", page)
    assert len(pictures) == 1
    assert "Bo Tran" in page[page.rindex("viewer-text") :]  # as the page itself says
    assert "Ana Ruiz" not in page[page.rindex("viewer-text") :]
    told = {
        link: int(count) for link, count in re.findall(rf'"({job}/sheets/1/\d+)"[^:]*: (\d+) place', page)
    }
    assert told
    for sheet, count in told.items():
        assert andy.get(sheet).text.count("Bo Tran") == count, sheet


def floor_reads_copies(pat, plant, number, copies):
    """Ticket and operation page say how often the file is printed."""
    with plant.db.read_only(PLANT) as session:
        run = spec_jobs.run_of(session, number)
        query = select(Operation).filter_by(lot_id=run.id, type=OperationCode.PRINT)
        operation = session.scalars(query).one()
    assert copies > 1
    ticket = pat.get(f"/floor/runs/{run.number}/ticket").text
    assert "of the whole file: every name stands in it" in ticket
    assert re.search(rf"<dt>Copies</dt><dd><strong>{copies}</strong>", ticket)
    page = pat.get(f"/floor/{operation.ticket}").text
    assert f"Print the whole file {copies} times" in page


def test_an_agency_does_not_see_or_order_by_what_is_anothers(sign_in, template):
    oscar = sign_in("other_agency")
    assert oscar.get(f"{NEW}/{template}").status_code == 404
    assert "Business card" not in oscar.get("/stationery").text
    assert oscar.get(f"{NEW}/nonsense").status_code == 404
