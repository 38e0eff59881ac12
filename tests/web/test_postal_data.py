"""Postal data at the counter: the shelf and its gaps, loading by one and activating by another, mailer ids."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kernel.clock import now, today
from kernel.errors import Conflict
from postal.data.edition_folder import keep_edition, read_folder
from postal.data.editions import DATA, Status, edition_for, editions
from postal.data.label_import import propose_labels
from postal.loading.edition_import import LABELS, PRICES, READERS, Wishes, propose
from postal.loading.table_import import KINDS as TABLES
from production.mailings.editions import edition_folder, shop_editions
from production.mailroom.serials.models import MailerId, SerialBlock
from store.audit import AuditEntry
from tests.factories import PLANT, make_stream
from tests.postal.data.test_label_import import L201, L801, fast
from web.mailroom.editions import KINDS

SHELF = "/mailroom/editions"
IDS = "/mailroom/mailer-ids"
STIDS = (DATA / "stids.csv").read_bytes()
TYPED = {"kind": "stids", "effective_from": "2026-11-01", "source": "PostalPro, November 2026"}


def upload(browser, *files, **typed):
    given = [(io.BytesIO(data), name) for name, data in files]
    return browser.submit(f"{SHELF}/load", file=given, **typed)


def one(browser, name, **more):
    return browser.get(f"{SHELF}/one", query_string={"name": name} | more)


def act(browser, verb, name):
    """The form on the edition's page, or a repeat of it where the page does not offer it."""
    page = one(browser, name).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    hidden["idempotency_key"] = hidden.get("idempotency_key", "k" * 26)
    return browser.post(f"{SHELF}/{verb}", data=hidden | {"name": name})


def test_the_shelf_shows_what_is_in_force_on_a_day(sign_in):
    mona = sign_in("mail_operator")
    page = mona.get(SHELF, query_string={"on": "2025-08-01"}).text
    assert "prices 2025-07-13" in page
    row = re.search(r"prices 2026-07-12</a>.*?</tr>", page, re.DOTALL)[0]
    assert "Comes into force" in row
    row = re.search(r"prices 2025-07-13</a>.*?</tr>", page, re.DOTALL)[0]
    assert "In force" in row
    assert "public transcriptions" in row
    later = mona.get(SHELF, query_string={"on": "2026-11-25"}).text
    assert "In force" in re.search(r"prices 2026-07-12</a>.*?</tr>", later, re.DOTALL)[0]
    assert "Used for tests" in re.search(r"prices 2026-07-12 demonstration</a>.*?</tr>", later, re.DOTALL)[0]
    assert "Used for tests" in re.search(r"L801 stand-in</a>.*?</tr>", page, re.DOTALL)[0]


def test_what_a_mailing_lacks_is_named(sign_in):
    mona = sign_in("mail_operator")
    asked = {"on": "2026-11-25", "mail_class": "first-class", "shape": "letter", "category": "automation"}
    page = mona.get(SHELF, query_string=asked).text
    assert "No edition of L801 for live mail" in page
    assert "A stand-in is used for tests" in page
    assert "fcm-letter-automation, AADC" in page
    asked |= {"mail_class": "marketing", "shape": "card", "category": "presorted"}
    assert "No edition of sort-plan/mm-letter-presorted" in mona.get(SHELF, query_string=asked).text
    assert "is not a day. Write year" in mona.get(SHELF, query_string=asked | {"on": "soon"}).text


def test_one_loads_another_activates_and_everybody_sees_it_at_once(sign_in, plant):
    mona, ada = sign_in("mail_operator"), sign_in("administrator")
    mona.get(SHELF)  # the shelf was read before
    answer = upload(mona, ("stids.csv", STIDS), **TYPED)
    assert answer.status_code == 303, answer.text
    name = "stids 2026-11-01 stids"
    page = one(mona, name).text
    assert "You loaded this edition" in page
    assert "editions/activate" not in page
    refused = act(mona, "activate", name)
    assert refused.status_code == 409
    assert "another person has to activate it" in refused.text
    assert edition_for("stids", date(2026, 12, 1), among=shop_editions(plant.files)).id == "2024-01-21"
    assert act(ada, "activate", name).status_code == 303
    # The workers read the same shelf; nobody was started again.
    assert edition_for("stids", date(2026, 12, 1), among=shop_editions(plant.files)).name == name
    assert "In force" in re.search(rf"{name}</a>.*?</tr>", mona.get(SHELF).text, re.DOTALL)[0]
    assert act(mona, "withdraw", name).status_code == 303
    assert edition_for("stids", date(2026, 12, 1), among=shop_editions(plant.files)).id == "2024-01-21"
    page = one(ada, name).text
    for deed in ("Loaded by Mona", "Activated by Ada", "Withdrawn by Mona"):
        assert deed in page
    with plant.db.read_only(PLANT) as session:
        query = select(AuditEntry.act, AuditEntry.actor).filter_by(subject="edition")
        acts = session.execute(query.order_by(AuditEntry.number)).all()
    assert acts == [("loaded", "mona"), ("active", "ada"), ("withdrawn", "mona")]


def test_lists_come_several_at_once_with_their_findings(sign_in, plant):
    mona = sign_in("mail_operator")
    gappy = fast("L801 AADCs", ["700-701|AADC NEW ORLEANS LA 700", "70-708|AADC BATON ROUGE LA 707"])
    answer = upload(mona, ("a.csv", gappy), ("b.csv", L201), kind="labels")
    assert answer.status_code == 303, answer.text
    kept = {edition.kind: edition for edition in read_folder(edition_folder(plant.files))}
    assert {edition.status for edition in kept.values()} == {Status.DRAFT}
    page = one(sign_in("administrator"), kept["L801"].name).text
    assert "Line 9:" in page
    assert "LABEL_ZIP" in page
    assert "AADC NEW ORLEANS LA 700" in page
    assert "layout of L801 is unconfirmed" in page


def test_prices_are_loaded_as_a_draft(sign_in, plant):
    csv = b"table,level,not_over_oz,price\nfcm-letter-automation,5-digit,3.5,0.65\n"
    typed = {
        "kind": "prices",
        "effective_from": "2027-07-11",
        "source": "Notice 123",
        "edition_id": "2027-07-11",
    }
    assert upload(sign_in("mail_operator"), ("p.csv", csv), **typed).status_code == 303
    (kept,) = read_folder(edition_folder(plant.files))
    assert (kept.name, kept.complete, kept.loaded_by) == ("prices 2027-07-11", False, "mona")


@pytest.mark.parametrize(
    ("data", "typed", "words"),
    [
        (b"\0\xff" * 100, {}, "not text in UTF-8"),
        (b"stid,mail_class\n", {}, "lacks service_level"),
        (STIDS, {"source": ""}, "where the file comes from"),
        (STIDS, {"effective_from": "soon"}, "not a day"),
        (STIDS, {"kind": "weather"}, "no kind of edition"),
        (b"a = " + b"[" * 100_000, {"kind": "limits"}, "nested too deep"),
        (b"a." * 50_000 + b"a = 1", {"kind": "tray-types"}, "cannot be read"),
        (b"hello", {"kind": "labels"}, "not a FAST label list"),
    ],
)
def test_a_bad_or_hostile_file_is_refused_with_the_reason(sign_in, plant, data, typed, words):
    answer = upload(sign_in("mail_operator"), ("x.csv", data), **TYPED | typed)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert read_folder(edition_folder(plant.files)) == ()


def test_no_file_and_a_name_that_is_taken(sign_in):
    mona = sign_in("mail_operator")
    assert "Choose the file" in mona.submit(f"{SHELF}/load", **TYPED).text
    assert upload(mona, ("stids.csv", STIDS), **TYPED).status_code == 303
    other = STIDS.replace(b"270,first_class", b"279,first_class")
    again = upload(mona, ("stids.csv", other), **TYPED)
    assert again.status_code == 409
    assert "other content" in again.text


def test_editions_are_compared_page_by_page(sign_in, plant):
    mona = sign_in("mail_operator")
    asked = {"before": "prices 2025-07-13", "after": "prices 2026-07-12"}
    page = mona.get(f"{SHELF}/compare", query_string=asked).text
    assert "fcm-letter-automation, 5-digit" in page
    assert re.search(r"<dt>Changed</dt><dd>\d+</dd>", page)
    assert "Page 1 of" in page
    last = int(re.search(r"Page 1 of (\d+)", page)[1])
    assert last > 1
    assert mona.get(f"{SHELF}/compare", query_string=asked | {"page": last}).status_code == 200
    assert mona.get(f"{SHELF}/compare", query_string=asked | {"page": last + 1}).status_code == 404
    odd = mona.get(f"{SHELF}/compare", query_string=asked | {"after": "L801 stand-in"}).text
    assert "not editions of one thing" in odd
    assert mona.get(f"{SHELF}/compare", query_string={"before": "x", "after": "y"}).status_code == 404


def test_every_shipped_edition_has_a_page(sign_in):
    mona = sign_in("mail_operator")
    for edition in editions():
        assert one(mona, edition.name).status_code == 200, edition.name


def test_hundreds_of_editions_are_one_page(sign_in, plant):
    mona = sign_in("mail_operator")
    folder = edition_folder(plant.files)
    for n in range(200):
        day = (date(2010, 1, 1) + timedelta(days=30 * n)).isoformat()
        data = L801.replace(b"2026-12-01", day.encode()).replace(b"2027-01-31", b"2040-01-01")
        found = propose(data, Wishes("labels", "f.csv"), among=editions())
        keep_edition(folder, found, by="mona", at=now())
    assert mona.get(SHELF).text.count("L801 20") >= 200


def test_one_counter_is_marked_as_the_present_one(sign_in):
    page = sign_in("mail_operator").get(f"{SHELF}/load").text
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', page) == [SHELF]


@pytest.mark.parametrize("role", ["requester", "print_operator", "billing_clerk"])
def test_others_have_no_key(sign_in, role):
    browser = sign_in(role)
    for url in (SHELF, f"{SHELF}/load", f"{SHELF}/one?name=stids", IDS):
        assert browser.get(url).status_code == 403
    assert "Postal data" not in browser.get("/account").text


def test_mailer_ids_are_entered_forecast_and_retired(sign_in, plant):
    mona = sign_in("mail_operator")
    assert mona.submit(IDS, mailer_id="900 000 001").status_code == 303
    assert mona.submit(IDS, mailer_id="900000002", agency="DEX").status_code == 303
    page = mona.get(IDS, query_string={"daily": "40,000"}).text
    assert "Mailer id 900000002 wraps in 25 days at 40,000 a day." in page
    assert "Department of Examples" in page
    assert (
        page.count("A serial may not come again within 45 days") == 1
    )  # the shop has one of six digits as well
    assert mona.submit(IDS, f"{IDS}/012345/retire").status_code == 303
    page = mona.get(IDS, query_string={"daily": "40000"}).text
    assert page.count("A serial may not come again within 45 days") == 2
    assert "Write a number of pieces" in mona.get(IDS, query_string={"daily": "many"}).text
    with plant.db.read_only(PLANT) as session:
        assert not session.get(MailerId, "012345").active
    assert mona.submit(IDS, f"{IDS}/012345/activate").status_code == 303


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"mailer_id": "12345"}, 422, "6 digits that begin with 0 to 8"),
        ({"mailer_id": "912345"}, 422, "6 digits that begin with 0 to 8"),
        ({"mailer_id": "123456", "agency": "NONE"}, 422, "no such agency"),
        ({"mailer_id": "012345"}, 409, "entered already"),
    ],
)
def test_a_wrong_mailer_id_is_told_beside_its_field(sign_in, typed, status, words):
    answer = sign_in("administrator").submit(IDS, **typed)
    assert answer.status_code == status
    assert words in answer.text


def test_the_average_use_is_shown(sign_in, plant):
    with plant.db.unit_of_work(PLANT) as uow:
        stream = make_stream(uow)
        block = SerialBlock(mailer_id="012345", first=0, last=299_999, lot_id=stream.id, mail_date=today())
        uow.session.add(block)
    page = sign_in("mail_operator").get(IDS).text
    assert "Mailer id 012345 wraps in 100,000 days at 10,000 a day." in page
    assert "300,000" in page


def test_every_kind_that_can_be_loaded_is_offered():
    assert set(KINDS) == {LABELS, PRICES, *READERS, *TABLES}


def test_files_of_one_upload_are_kept_all_or_none(sign_in, plant):
    mona = sign_in("mail_operator")
    other = L801.replace(b"AADC NEW ORLEANS LA 700", b"AADC NEW ORLEANS LA 701")
    assert other != L801
    answer = upload(mona, ("a.csv", L201), ("b.csv", L801), ("c.csv", other), kind="labels")
    assert answer.status_code == 409
    assert "other content" in answer.text
    assert read_folder(edition_folder(plant.files)) == ()
    answer = upload(mona, ("a.csv", L801), ("b.csv", L801), kind="labels")
    assert answer.status_code == 303
    assert [edition.kind for edition in read_folder(edition_folder(plant.files))] == ["L801"]


def test_two_who_load_one_name_at_once_leave_one_whole_edition(plant, app):
    folder = edition_folder(plant.files)
    found = [propose_labels(L801 + b"\r\n" * k, file="f.csv") for k in range(8)]
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(keep_edition, folder, one, by=f"clerk {k}", at=now()) for k, one in enumerate(found)
        ]
    refused = [one.exception() for one in asked if one.exception()]
    assert {type(error) for error in refused} <= {Conflict}
    assert len(read_folder(folder)) == 1  # Corrupt where a card and its file were of two people
