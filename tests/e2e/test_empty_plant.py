"""An empty plant, set up in the browser alone until its first letters are mailed."""

from __future__ import annotations

import csv
import re

import pytest
from sqlalchemy import select

from kernel import clock
from postal.data.mail_days import next_mail_day
from production.frontdesk.lists.samples import write_sample_list
from production.jobs.states import LotState
from production.mailings.models import PresortStream
from store.plant import open_plant
from store.settings import CHECKOUT
from tests.e2e.conftest import NARROW
from tests.e2e.test_floor import scan_to_start, type_line
from tests.factories import CALENDAR, PLANT
from tests.web import ordering
from web.auth.attempts import limiter
from web.commands.first_person import ADMINISTRATOR, first_administrator
from workers.runtime import drain

OWN = "a sentence of my own"
CARD = CHECKOUT / "billing" / "data" / "sample_rate_card.csv"
CUT_OFFS = "Code\tWhat leaves\tCut-off\tDoor\nlast\tLast truck\t16:30\tBusiness mail entry\n"
AGENCIES = "Code\tName\nLAB\tDepartment of Labor\nTRE\tTreasury\n"
ACCOUNTS = """Agency,Bill code,Name,Accounting string,Budget
LAB,LAB-1,General,100-20-3000,50000.00
TRE,TRE-1,General,100-30-1000,
"""
PEOPLE = """Name,Sign-in name,Agency,Roles
Rosa Request,rosa,LAB,requester
Abe Approve,abe,LAB,approver
Tom Treasury,tom,TRE,requester; approver
Mia Mail,mia,,mail operator
Paul Press,paul,,print operator
Bea Billing,bea,,billing clerk
"""


@pytest.fixture
def server(house, address, plant, password_hash, monkeypatch):  # on a plant with nothing in it
    opened = open_plant(plant.settings, plant.db.url)
    monkeypatch.setitem(house.extensions, "plant", opened)
    limiter.reset()
    return address


def enter(page, name, password):
    """Signed in with a first password, and one's own chosen."""
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(password)
    page.get_by_label("New password", exact=True).fill(OWN)
    page.get_by_label("New password again").fill(OWN)
    page.get_by_role("button", name="Change the password").click()
    page.get_by_text("Your password is changed").wait_for()
    return page


def take_in(page, kind, table):
    """A table pasted, looked at, taken in."""
    page.goto(f"/setup/tables/{kind}")
    page.get_by_label("Paste from a spreadsheet").fill(table)
    page.get_by_role("button", name="See what it does").click()
    page.get_by_role("button", name=re.compile(r"Take \d+ in")).click()
    page.get_by_text("rows are entered or changed").wait_for()


def set_up(ada, look):
    """Everything that the list names before a first mailing."""
    ada.goto("/setup")
    look(ada, "80-setup-empty")
    ada.get_by_role("link", name="Enter", exact=True).first.click()
    for label, text in (
        ("Name of the shop", "State Printing and Mail"), ("ZIP Code of the shop", "70802"),
        ("Post office of mailing", "BATON ROUGE LA 70802"), ("Permit number", "118"), ("CRID", "1234567"),
    ):  # fmt: skip
        ada.get_by_label(label, exact=True).fill(text)
    look(ada, "81-shop")
    ada.get_by_role("button", name="Add").click()
    ada.get_by_text("Shop plant is entered.").wait_for()
    ada.goto("/mailroom/mailer-ids")
    ada.get_by_label("Mailer id", exact=True).fill("012345")
    ada.get_by_role("button", name="Enter it").click()
    ada.get_by_text("is in use.").wait_for()
    take_in(ada, "cut_off", CUT_OFFS)
    take_in(ada, "agency", AGENCIES)
    look(ada, "82-agencies")
    take_in(ada, "account", ACCOUNTS)
    take_in(ada, "person", PEOPLE)
    ada.goto("/people")
    look(ada, "83-people")
    with ada.expect_download() as told:
        ada.get_by_role("button", name="Make first passwords").click()
    with open(told.value.path(), newline="") as file:  # noqa: PTH123
        return {row["Sign-in name"]: row["First password"] for row in csv.DictReader(file)}


def load_rates(bea, ada):
    """A card by the billing clerk; the administrator agrees; it is published."""
    bea.goto("/rate-cards")
    bea.locator("input[type=file]").set_input_files(str(CARD))
    bea.get_by_label("Name", exact=True).fill("First rates")
    bea.get_by_label("In force from").fill("2025-07-01")
    bea.get_by_role("button", name="Check and keep as a draft").click()
    bea.get_by_text("is kept as a draft").wait_for()
    address = bea.url
    ada.goto("/second-person")
    ada.get_by_role("button", name=re.compile("I agree")).click()
    ada.get_by_text("is approved").wait_for()
    bea.goto(address)
    bea.get_by_role("button", name=re.compile("Publish")).click()
    bea.get_by_role("button", name="I have read this").click()
    bea.get_by_text("is published").wait_for()


def order(rosa, tmp_path):
    """Six hundred letters."""
    path = tmp_path / "Notices.csv"
    write_sample_list(path, 600)
    rosa.goto("/drafts/new")
    rosa.get_by_label("Title").fill("Notices of labor law")
    rosa.get_by_label("Mailing date").fill(
        CALENDAR.earliest_due_date(next_mail_day(clock.today())).isoformat()
    )
    rosa.get_by_role("button", name="Go on to the files").click()
    rosa.get_by_label("The letter (PDF)").set_input_files(str(ordering.LETTER))
    rosa.get_by_label("The list of addresses").set_input_files(str(path))
    rosa.get_by_role("button", name="Upload and go on").click()
    rosa.wait_for_url("**/letter")
    rosa.wait_for_selector(".placer-box")
    rosa.get_by_role("button", name="Keep the boxes and go on").click()
    rosa.get_by_role("button", name="Submit the order").click()
    rosa.wait_for_selector("text=Where it is")


def test_an_empty_plant_mails_its_first_letters(plant, open_page, look, tmp_path):
    password = first_administrator(plant)
    assert first_administrator(plant) is None  # there is one
    ada = enter(open_page(), ADMINISTRATOR, password)
    first = set_up(ada, look)
    rosa, abe, mia, paul, bea = (
        enter(open_page(), name, first[name]) for name in ("rosa", "abe", "mia", "paul", "bea")
    )
    load_rates(bea, ada)
    order(rosa, tmp_path)
    drain(plant)
    abe.goto("/approvals")
    abe.get_by_role("link", name=re.compile("27-")).first.click()
    abe.get_by_role("button", name=re.compile("Approve")).click()
    abe.wait_for_selector("text=Approved. The plant has it now.")

    mia.goto("/mailroom")
    mia.locator("input.pick").first.check()
    mia.get_by_role("button", name="Look at this mailing").click()
    mia.get_by_role("button", name=re.compile("Build the mailing|build for")).first.click()
    mia.get_by_text("is made and being sorted").wait_for()
    drain(plant)
    with plant.db.read_only(PLANT) as session:
        number = session.scalars(select(PresortStream.number)).one()
    paul.goto("/floor")
    type_line(paul, "Press 1")
    paul.get_by_text("You are at Press 1").wait_for()
    for step in (40, 50):
        ticket = f"{number}-{step}-01"
        scan_to_start(paul, ticket)
        type_line(paul, ticket)
        paul.wait_for_url(f"**/floor/{ticket}")
        type_line(paul, ticket)
        paul.wait_for_url("**/floor")
    mia.goto(f"/mailroom/streams/{number}")
    mia.get_by_role("button", name="Close the account").click()
    mia.get_by_text("Every piece is accounted for").wait_for()
    mia.get_by_role("link", name="To the dock").click()
    mia.get_by_label("Place").fill("Business mail entry")
    mia.get_by_label("Taken by").fill("Ray Route")
    mia.get_by_role("button", name="It leaves").click()
    early, left = (
        mia.get_by_role("button", name="I have read this"),
        mia.get_by_role("link", name=re.compile("Hand over")),
    )
    early.or_(left).first.wait_for()
    if early.count():
        early.click()
    left.click()
    mia.get_by_label("Number of the receipt").fill("PS-1")
    mia.keyboard.press("Enter")
    mia.get_by_text("is handed over").wait_for()
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(PresortStream.state)).one() is LotState.DELIVERED

    ada.goto("/setup")
    look(ada, "84-setup-later")
    for item in (
        "Shop and permit",
        "Mailer ids",
        "Agencies",
        "Accounts",
        "Rates",
        "People and roles",
        "Cut-offs",
    ):
        row = ada.locator(".checklist li", has=ada.get_by_role("heading", name=item))
        assert "Done" in row.inner_text(), item
    ada.set_viewport_size(NARROW)
    ada.reload()
    look(ada, "84-setup-later")
