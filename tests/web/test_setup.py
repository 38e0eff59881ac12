"""The administrator's counter: rows, history, undo, many at once, the console."""

from __future__ import annotations

import io
import json
import re
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner

from kernel.clock import SHOP_ZONE
from production.catalog.press_room.kinds import PRESSES
from production.jobs.states import LotState
from production.setup.text import as_text
from tests.billing.ledgers import make_card
from tests.factories import PLANT, make_stream
from web.commands import setup as setup_command
from web.commands.console import make_console
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM

FRIDAY = date(2026, 12, 4)


@pytest.fixture
def ada(sign_in):
    return sign_in("administrator")


def test_an_agency_and_its_account_are_entered_changed_and_brought_back(ada) -> None:
    assert "Set up your plant" in ada.get("/setup").text
    assert ada.submit("/setup/rows/agency/new", code="LAB", name="Labor").status_code == 303
    page = ada.submit(
        "/setup/rows/account/new", agency="LAB", bill_code="LAB 1", name="General", accounting_string="1-2",
        budget="1,000.00", follow=True,
    )  # fmt: skip
    assert "Account LAB/LAB 1" in page.text
    url = "/setup/rows/agency/LAB"
    assert "is changed" in ada.submit(url, name="Labor and Work", why="New law", follow=True).text
    page = ada.get(url).text
    assert "New law" in page
    assert "Labor → Labor and Work" in page
    assert "is changed" in ada.submit(url, "/setup/rows/undo/agency/LAB", follow=True).text
    assert 'value="Labor"' in ada.get(url).text
    assert "Agency LAB" in ada.get("/setup").text


@pytest.mark.parametrize("role", ["administrator", "planner"])
def test_what_the_list_links_to_opens(sign_in, role) -> None:
    person = sign_in(role)
    page = person.get("/setup").text
    links = set(re.findall(r'<h3><a href="([^"]+)"', page))
    assert len(links) >= 2
    assert {link: person.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert "Billing clerk</span>" in page  # the rates are loaded by somebody else


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(ada) -> None:
    answer = ada.submit("/setup/rows/agency/new", code="L A B", name="Labor & Work")
    assert answer.status_code == 422
    assert "without blanks" in answer.text
    assert "Labor &amp; Work" in answer.text
    again = ada.submit("/setup/rows/agency/new", code="DEX", name="Other")
    assert (again.status_code, "is there already" in again.text) == (422, True)


def test_consequences_come_first_and_an_old_page_is_refused(ada) -> None:
    url = "/setup/rows/account/DEX/DEX-100"
    typed = {"name": "Licensing", "accounting_string": "100-20-3000-5510", "is_closed": "yes"}
    first = ada.submit(url, **typed)
    assert (first.status_code, "takes no new order" in first.text) == (409, True)
    _, hidden = ada.hidden(url)
    assert ada.post(url, data=hidden | typed | {"knowing": "ACCOUNT_CLOSING"}).status_code == 303
    _, later = ada.hidden(url)
    stale = ada.post(url, data=later | typed | {"seen": "1", "name": "Other"})
    assert "Stands now" in stale.text
    assert (stale.status_code, "Somebody else" in stale.text) == (409, True)


def test_many_are_tried_first_and_taken_in_together(ada) -> None:
    url = "/setup/tables/agency"
    table = "code,name\nLAB,Labor\nTRE,Treasury\n"
    tried = ada.submit(url, text=table)
    assert "Take 2 in" in tried.text
    assert ada.get("/setup/rows/agency/LAB").status_code == 404
    assert "2 of 2 rows" in ada.submit(url, text=table, go="yes", follow=True).text
    assert "nothing to take in" in ada.submit(url, text=table).text
    wrong = ada.submit(url, text="code,name\nNEW,\nLAB,Other\n")
    assert wrong.status_code == 422
    assert "row 2, column name:" in wrong.text
    assert ada.get("/setup/tables/agency/file").text.startswith("Code,Name,CRID")


def test_everything_as_one_file(ada) -> None:
    file = json.loads(ada.get("/setup/tables/everything/file").text)
    file["agency"].append({"code": "NEW", "name": "New"})
    given = (io.BytesIO(json.dumps(file).encode()), "setup.json")
    tried = ada.submit("/setup/tables/everything", file=given)
    assert "Agency NEW" in tried.text
    taken = ada.submit(
        "/setup/tables/everything", text=json.dumps(file), name="setup.json", go="yes", follow=True
    )
    assert "1 of" in taken.text
    assert "From setup.json." in ada.get("/setup/rows/agency/NEW").text


def test_only_administrators_set_up(sign_in) -> None:
    for role in ("requester", "mail_operator", "billing_clerk"):
        browser = sign_in(role)
        for url in ("/setup", "/setup/rows/agency", "/setup/rows/agency/DEX", "/setup/tables/agency"):
            assert browser.get(url).status_code == 403, (role, url)


def test_the_calendar_is_entered_with_its_effect_read_first_and_our_guess_is_confirmed(ada) -> None:
    url = "/setup/rows/lead_time"
    assert "This stands as it came" in ada.get(url).text
    told = ada.submit(f"{url}/plant", order_to_mail="4", dock_and_papers="1", why="Measured")
    assert (told.status_code, "may ask for" in told.text) == (409, True)
    done = ada.submit(
        f"{url}/plant", order_to_mail="4", dock_and_papers="1", why="Measured", knowing="DATES_CHANGE", follow=True
    )  # fmt: skip
    assert "is changed" in done.text
    assert "This stands as it came" not in done.text
    assert "From the last piece to the post</strong>: 0 → 1" in done.text

    days = "/setup/rows/closed_day"
    assert "15 confirmed" in ada.submit(days, f"{days}/confirm", follow=True).text
    assert "stand as they came" not in ada.get(days).text
    assert "Mardi Gras" in ada.get("/setup/rows/closed_day/2027-02-09").text
    assert (
        ada.submit(
            "/setup/rows/closed_day/new",
            day="2027-12-23",
            name="Eve of the eve",
            closes_at="12:00",
            is_kept="yes",
        ).status_code
        == 303
    )  # a half day moves no date
    assert "counts as closed already" in ada.submit(
        "/setup/rows/closed_day/new", day="2027-12-25", name="Christmas"
    ).text  # fmt: skip


def test_a_cut_off_is_entered_and_stands_on_the_mailrooms_board(ada, sign_in, plant) -> None:
    typed = {
        "code": "LAST",
        "name": "Last truck",
        "at": "16:30",
        "door": "3",
        "mail_classes": ["first-class"],
        "is_active": "yes",
    }
    assert ada.submit("/setup/rows/cut_off/new", **typed, days=["monday", "friday"]).status_code == 303
    assert ada.submit("/setup/rows/cut_off/new", **typed | {"code": "B"}, days=[]).status_code == 422
    with plant.db.unit_of_work(PLANT) as uow:
        for mail_date in (FRIDAY, FRIDAY + timedelta(days=3)):
            make_stream(uow, state=LotState.IN_PRODUCTION, mail_date=mail_date)
    assert board(sign_in, "2026-12-03 10:00") == ""
    words = "4:30 PM|in 1 h 30 min|Last truck|0 of 10|Still at work"
    assert re.findall(words, board(sign_in, "2026-12-04 15:00")) == [
        "4:30 PM", "in 1 h 30 min", "Last truck", "0 of 10", "Still at work",
    ]  # fmt: skip
    assert "Cut-off is over" in board(sign_in, "2026-12-04 17:00")


def board(sign_in, moment) -> str:
    """The mailroom's board at a time at the shop; nothing where there is none."""
    with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=SHOP_ZONE), tick=False):
        text = sign_in("mail_operator").get("/mailroom").text
    return "".join(re.findall("Today’s cut-offs.*?</table>", text, re.DOTALL))


@pytest.fixture
def console(plant, monkeypatch):
    """Runs a command on the test's plant."""

    @contextmanager
    def opened():
        yield plant

    monkeypatch.setattr(setup_command, "opened_plant", opened)
    indicia = make_console(drain=lambda _plant: None, run=lambda *_, **__: None)
    return lambda *arguments: CliRunner().invoke(indicia, ["setup", *map(str, arguments)])


def test_the_console_does_the_same(console, tmp_path) -> None:
    assert console("set", "agency", "code=LAB", "name=Labor").stdout == "Agency LAB: version 1.\n"
    assert console("set", "agency", "code=LAB", "name=Labor").stdout == "Agency LAB says so already.\n"
    typed = ("account", "agency=LAB", "bill_code=LAB-1", "name=General")
    console("set", *typed, "accounting_string=1-2")
    refused = console("set", *typed, "accounting_string=3-4")
    assert (refused.exit_code, "carry 3-4" in refused.stderr, "--yes" in refused.stderr) == (2, True, True)
    done = json.loads(console("set", *typed, "accounting_string=3-4", "--yes", "--json").stdout)
    assert (done["key"], done["version"]["number"]) == ("LAB/LAB-1", 2)
    shown = json.loads(console("show", "account", "LAB/LAB-1", "--json").stdout)
    assert [one["value"]["accounting_string"] for one in shown["versions"]] == ["3-4", "1-2"]
    console("undo", "account", "LAB/LAB-1", "1", "--yes")
    listed = json.loads(console("list", "account", "--json").stdout)
    assert listed[0]["accounting_string"] == "1-2"
    assert "General" in console("list", "account").stdout
    assert "version 3" in console("show", "account", "LAB/LAB-1").stdout
    wrong = console("set", "agency", "code=L A", "name")
    assert (wrong.exit_code, "FIELD=VALUE" in wrong.stderr) == (2, True)

    file = tmp_path / "setup.json"
    assert console("export", file).exit_code == 0
    told = json.loads(file.read_text())
    assert told == json.loads(console("export").stdout)
    told["agency"].append({"code": "NEW", "name": "New"})
    file.write_text(json.dumps(told))
    tried = json.loads(console("import", file, "--dry-run", "--json").stdout)
    new = [row["key"] for row in tried["rows"] if row["outcome"] == "new"]
    assert (tried["dry_run"], new) == (True, ["NEW"])
    assert "agency NEW: new" in console("import", file).stdout
    told["agency"].append({"code": "BAD"})
    file.write_text(json.dumps(told))
    bad = console("import", file)
    assert (bad.exit_code, "agency, row 3, column name" in bad.stderr) == (2, True)


def test_a_press_is_measured_on_its_page_and_its_list_has_what_matters(ada) -> None:
    page = ada.get("/setup/rows/press").text
    assert "Make-ready, sheets" in page and "Counts blank sides too" not in page
    row = next(one for one in PRESSES.shipped() if one.code == "offset-17x22")
    typed = {name: text for name, text in as_text(PRESSES, row).items() if text != "no"} | {
        "per_hour": "4,500"
    }
    url = "/setup/rows/press/offset-17x22"
    told = ada.submit(url, **typed, why="Forty runs")
    assert (told.status_code, "What is quoted keeps its standards" in told.text) == (409, True)
    assert "sample orders" not in told.text  # nothing has a price yet
    done = ada.submit(url, **typed, why="Forty runs", knowing="PRINT_STANDARD_CHANGE", follow=True)
    assert "Speed an hour</strong>: 6000 → 4500" in done.text and "Needs plates</strong>" not in done.text
    wrong = ada.submit(url, **typed | {"margin_in": "9"}, seen="2")
    assert (wrong.status_code, "leave nothing of the smallest sheet" in wrong.text) == (422, True)


def test_the_effect_on_sample_orders_is_what_their_pages_say_before_and_after(ada, sign_in, plant) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    rita, row = sign_in("requester"), next(iter(PRESSES.shipped()))

    def price(family) -> str:
        return re.search(r'data-says="[^$]*(\$[\d,.]+),', rita.get(f"/catalog/{family}").text)[1]

    before = price("flat_form")
    typed = {name: text for name, text in as_text(PRESSES, row).items() if text != "no"} | {
        "per_hour": "2700"
    }
    told = ada.submit(f"/setup/rows/press/{row.code}", **typed).text
    then, was = re.search(r"Flat form, 1,000: (\S+), until now (\S+)\.<", told).groups()
    assert was == before and then != before
    assert "of 18 sample orders" in told and "Rack card, 1,000" not in told  # which is on the color press
    ada.submit(f"/setup/rows/press/{row.code}", **typed, knowing="PRINT_STANDARD_CHANGE")
    assert price("flat_form") == then
