"""What agencies read: no word that is only a program's, and for every piece of advice the thing it names."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

import billing.models
import production.jobs.states
from app import create_app
from kernel.findings import FindingGroup, Severity
from postal.data.editions import editions
from postal.piece.kinds import in_words
from production.catalog.shipped import shipped_catalog
from production.frontdesk.lists.shapes import RULES
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.steps.known import STEPS
from production.people import sign_ins
from production.people.models import User
from store.settings import CHECKOUT
from tests.factories import PLANT
from tests.web.conftest import Browser
from tests.web.ordering import HEADER, address_list, order, submit_mailing
from web import formats
from web.portal.remedies import ACTS
from workers.runtime import drain

_CODE = re.compile(
    r"\b[0-9A-HJKMNP-TV-Z]{26}\b|\b[0-9a-f]{32,}\b"  # keys of rows and files
    r"|\b[a-z0-9]+(?:_[a-z0-9]+)+\b|\b[A-Z]+(?:_[A-Z0-9]+)+\b"  # names of code
    r"|(?<!@)\b[a-z]+\.[a-z]+\b(?!@)|\b(?:fcm|mm|np)-[a-z-]+"  # units (not addresses of e-mail) and sort plans
    r"|\bsystem:|\d\.\d{5,}|\$[\d,]+\.\d\d+0\b"
)
_SIGN_IN = re.compile(r"\b(?:rita|andy|oscar|pat|mona|ada)\b")
_WITHOUT_END = (
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "use",
    "wbr",
)
_FILE = re.compile(r"^[a-z-]+\.(pdf|csv|json|xlsx)$")


class _Text(HTMLParser):
    """Text that is seen, and where the links lead."""

    def __init__(self, *, at_plant: bool = False) -> None:
        super().__init__()
        self.at_plant = at_plant
        self.text, self.links, self.inside, self.open = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        if tag in _WITHOUT_END:
            return
        # At the plant, what must be compared stands behind a word of its own, and codes to look up are marked so.
        is_apart = tag in ("script", "style", "textarea") or (
            self.at_plant and (tag == "code" or "compare" in (dict(attrs).get("class") or "").split())
        )
        self.open.append((tag, is_apart))
        self.inside += is_apart
        if tag == "a" and (link := dict(attrs).get("href")):
            self.links.append(link)

    def handle_endtag(self, tag):
        while self.open:
            last, is_apart = self.open.pop()
            self.inside -= is_apart
            if last == tag:
                return

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def code_words(html: str, *, at_plant: bool = False) -> tuple[set[str], list[str]]:
    seen = _Text(at_plant=at_plant)
    seen.feed(html)
    seen.close()
    text = "\n".join(seen.text)
    words = {word for word in _CODE.findall(text) if not _FILE.match(word)}
    return words | set(_SIGN_IN.findall(text) if at_plant else ()), seen.links


def walk(browser, *, start=("/", "/drafts/new"), at_plant=False) -> dict[str, set[str]]:
    """Code words by page, over every page that links lead to; at most three pages of one kind."""
    todo, done, kinds, found = list(start), set(), {}, {}
    while todo:
        url = todo.pop(0).partition("#")[0]
        kind = re.sub(r"\d+-\d{6}-\d|[0-9A-Z]{26}|=[^&]*|(?<=/)\d+(?=/|$)", "*", url)
        if url in done or not url.startswith("/") or kinds.get(kind, 0) == 3:
            continue
        done.add(url)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = browser.get(url, follow_redirects=True)
        if answer.mimetype == "text/html":
            words, links = code_words(answer.text, at_plant=at_plant)
            found[url] = words
            todo += [link for link in links if not urlsplit(link).netloc and "/static/" not in link]
    return found


def test_the_looking_glass_sees_what_it_is_for():
    for word in (
        "print.impression",
        "01M8KD7WHDK1Z6WCBF19HXKJNA",
        "a" * 64,
        "fcm-letter-automation",
        "proof_ready",
    ):
        assert code_words(f"<p>Unit {word}, and so on.</p>")[0], word
    assert not code_words("<p>Job 27-000001-6, letter.pdf at $301.185, Nov. 30</p><textarea>a_b</textarea>")[
        0
    ]


@pytest.fixture
def signed_in(walked_plant):
    """``signed_in("rita")``: a browser of that person at the plant where a mailing was walked to its charges."""
    made = create_app(walked_plant.settings, walked_plant.db.url)
    made.test_client_class = Browser

    def do(name: str) -> Browser:
        with walked_plant.db.unit_of_work(PLANT) as uow:
            kept = sign_ins.begin(uow, uow.session.scalars(select(User).filter_by(sign_in_name=name)).one())
        browser = made.test_client()
        with browser.session_transaction() as session:
            session["_user_id"] = formats.ulid(kept)
        return browser

    yield do
    made.extensions["plant"].db.dispose()


@pytest.mark.parametrize("name", ["rita", "andy", "oscar"])
def test_no_code_word_on_any_page_of_an_agency_from_order_to_charge(signed_in, name):
    found = walk(signed_in(name))
    assert any(url.startswith("/charges/lines/") for url in found)
    assert {url: words for url, words in found.items() if words} == {}


# Pages of the plant that name what they are about by it: people by their sign-in names, where they are kept.
NAMED_SO = re.compile(r"/people|/setup/rows/person|/account|/$")
# Files and addresses that a source is cited by.
_CITED = re.compile(r"DMM_L\d{3}_\d{6}$|[a-z]+\.(?:la|gov|com)$")
TYPED = {
    "pass_through": "a column of a rate card's file",
    "fcm-letter-automation": "the name of a sort plan, where one is loaded under it",
    "data.md": "a page of the documentation",
}


@pytest.mark.parametrize("name", ["pat", "mona", "bill", "ada"])
def test_no_code_word_and_no_sign_in_name_on_any_page_of_the_plant(signed_in, name):
    found = walk(signed_in(name), start=("/",), at_plant=True)
    assert len(found) > 5
    said = {
        url: {word for word in words - set(TYPED) if not _CITED.match(word)} for url, words in found.items()
    }
    assert {url: words for url, words in said.items() if words and not NAMED_SO.match(url)} == {}


LOST_ZERO = "A-901,Lee Lost,,1 MAIN ST,,BOSTON,MA,2108,,$5.00,2026-12-31"
UNCODED = 'A-{0},Pat Plain{0},,{0} OAK ST,,BATON ROUGE,LA,70802,,"$1.00",2026-12-31'


def test_no_code_word_while_a_mailing_is_ordered(app, plant, sign_in):
    rita = sign_in("requester")
    order(rita)
    submit_mailing(rita, rows=address_list(good=5, bad=2))
    submit_mailing(rita, rows=address_list(good=200))
    drain(plant)
    for person in (rita, sign_in("approver")):
        found = walk(person)
        assert sum(url.startswith("/jobs/27-") for url in found) >= 2
        assert {url: words for url, words in found.items() if words} == {}


def test_the_repair_of_lost_zeros_is_confirmed_where_it_is_advised(app, plant, sign_in):
    rita = sign_in("requester")
    number = submit_mailing(rita, rows=address_list(good=3) + LOST_ZERO.encode() + b"\r\n")
    drain(plant)
    page = rita.get(f"/jobs/{number}").text
    assert RULES["ZIP_LEADING_ZERO"].remedy.startswith("Confirm the repair")
    button = page.index(">Confirm the repair</button>")
    form = page[page.rindex("<form", 0, button) : button]
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    answer = rita.post(f"/jobs/{number}/change", data=hidden)
    assert answer.status_code == 303
    assert answer.location.endswith("/columns")
    assert re.search(r'name="repair_zip"[^>]*checked', rita.get(answer.location).text)
    with plant.db.read_only(PLANT) as session:
        draft = session.scalars(select(OrderDraft).order_by(OrderDraft.id.desc())).first()
    assert draft.answers["columns"]["value"]["list"] == {"repair_zip": True}


def test_a_quote_without_delivery_points_says_what_coding_would_save(app, plant, sign_in):
    rita = sign_in("requester")
    rows = "\r\n".join([HEADER, *(UNCODED.format(k) for k in range(1, 601)), ""]).encode()
    number = submit_mailing(rita, rows=rows)
    drain(plant)
    page = rita.get(f"/jobs/{number}").text
    said = re.search(
        r"600 of 600 addresses .* postage is \$([\d.]+)\. With .* be \$([\d.]+), \$([\d.]+) less", page
    )
    assert said
    now, coded, less = (round(float(part) * 100) for part in said.groups())
    assert now - coded == less > 0
    assert ">Open matching and columns</button>" in page
    coded_list = submit_mailing(rita, rows=address_list(good=99))
    drain(plant)
    assert "With the list coded" not in rita.get(f"/jobs/{coded_list}").text


def test_advice_to_choose_has_a_button_that_leads_to_the_choice():
    advised = re.compile(r"^(Choose|Confirm|Say|Leave them out)\b|; choose ")
    on_the_page = {code for code, rule in RULES.items() if advised.search(rule.remedy)}
    assert on_the_page <= set(ACTS)
    documented = (CHECKOUT / "docs" / "reference" / "errors.md").read_text("utf-8")
    for code, act in ACTS.items():
        assert act["fields"]["step"] in STEPS
        assert f"`{code}`" in documented
    assert RULES["ZIP_LEADING_ZERO"].severity is Severity.ROW


def test_every_state_has_a_sign_of_its_own():
    states = {
        state.value
        for module in (production.jobs.states, billing.models)
        for name, kind in vars(module).items()
        if name.endswith("State")
        for state in kind
    }
    looks = {state: formats.state_mark(state) for state in states}
    assert {state for state, look in looks.items() if look.icon == formats.state_mark("?").icon} == set()
    assert len({look.icon for look in looks.values()}) == len(states)


def test_every_sign_is_in_the_sprite():
    sprite = (CHECKOUT / "static" / "img" / "icons.svg").read_text("utf-8")
    assert {icon for _, icon in formats._LOOKS.values() if f'id="{icon}"' not in sprite} == set()
    assert len({icon for _, icon in formats._LOOKS.values()}) == len(formats._LOOKS)


def test_sort_plans_price_tables_and_editions_are_said_in_words():
    assert in_words("fcm-letter-automation") == "First-Class Mail automation letters"
    assert in_words("No price for np-flat-carrier-route, here") == (
        "No price for USPS Marketing Mail, nonprofit, carrier route flats, here"
    )
    assert formats.edition_name("sort-plan/fcm-letter-automation 2026-11-22") == (
        "sort plan of First-Class Mail automation letters 2026-11-22"
    )
    assert formats.edition_name("L002 2024-08-01") == "L002 2024-08-01"
    shelf = {
        edition.kind.removeprefix("sort-plan/") for edition in editions() if "sort-plan/" in edition.kind
    }
    assert shelf
    assert not {plan for plan in shelf if code_words(in_words(plan))[0]}


def test_a_finding_names_no_code_of_a_plan():
    said = "No edition of sort-plan/mm-letter-presorted for live mail is in force."
    group = FindingGroup("CODE", Severity.STOP, said, said, 1, ())
    (shown,) = formats.finding_groups([group])
    assert (
        shown.message
        == shown.remedy
        == ("No edition of sort plan of USPS Marketing Mail presorted letters for live mail is in force.")
    )


def test_every_row_of_the_catalog_is_said_in_words():
    rows = shipped_catalog().rows
    assert len(rows) > 80
    assert not [row.name for row in rows if code_words(row.name)[0]]
