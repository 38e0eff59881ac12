"""Every page that a role reaches from its navigation, seen once in a browser at a plant where a mailing walked to its
charges: no accessibility rule broken, nothing wider than the window, one act in the head, and small. E-mails are
caught, as in a demonstration.
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import EmailMessage
from email.utils import formatdate
from html import unescape
from mailbox import Maildir
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from app import create_app
from tests.e2e.conftest import NARROW, WIDE, serving
from tests.web.conftest import PERSON_OF, signed_in

MOST_BYTES = 150_000
FIRST_VISIT = 400_000  # bytes on the wire, nothing kept from earlier
MOST_TABS = 12  # to the first link of a first page
MASTHEAD = 0.12  # of the height of a phone
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
SOLID = ".page-head .usa-button:not(.usa-button--outline):not(.usa-button--secondary)"
NAMES = [name for role, name in PERSON_OF.items() if role != "other_agency"]


@pytest.fixture(scope="module")
def house(walked_plant):
    """The app on the walked plant, and its address."""
    settings = replace(walked_plant.settings, mail_catcher=True)
    mail = EmailMessage()
    for name, words in (
        ("Subject", "27-000001-6 waits"),
        ("To", "andy@example.gov"),
        ("Date", formatdate(1, usegmt=True)),
    ):
        mail[name] = words
    mail.set_content("It costs $213.40.\n")
    Maildir(settings.caught_mail, create=True).add(mail)
    made = create_app(settings, walked_plant.db.url)
    with serving(made) as address:
        yield made, address
    made.extensions["plant"].db.dispose()


def pages_of(app, client):
    """(endpoint, address, bytes) of every page this person reaches by links, one of each kind."""
    router = app.url_map.bind("localhost")
    waiting, kinds, found = ["/", "/account"], set(), []
    while waiting:
        url = waiting.pop(0)
        try:
            kind, _ = router.match(urlsplit(url).path, method="GET")
        except HTTPException:
            continue  # a file of static/, or an address that only takes forms
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = client.get(url)
        if answer.status_code in (302, 303):
            waiting.insert(0, answer.location)
            continue
        assert answer.status_code == 200, f"{url}: {answer.status}"
        if answer.mimetype == "text/html":
            found.append((kind, url, len(answer.data)))
            waiting += [unescape(link) for link in _LINK.findall(answer.text)]
        answer.close()
    return found


@pytest.fixture(scope="module")
def plan(house):
    """By person: their client, and the pages nobody before them reaches. What is too big is said here."""
    app, _ = house
    seen, plan, too_big = set(), {}, {}
    for name in NAMES:
        client = signed_in(app, name)
        found = pages_of(app, client)
        too_big |= {url: size for _, url, size in found if size > MOST_BYTES}
        plan[name] = client, [(kind, url) for kind, url, _ in found if kind not in seen]
        seen |= {kind for kind, _, _ in found}
    assert too_big == {}
    assert len(seen) > 40, sorted(seen)
    assert {"demo_mail.listing", "demo_mail.show"} <= seen
    return plan


def wire_bytes(page, url):
    """Of a page and all that it loads."""
    found, network = [], page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda told: found.append(told["encodedDataLength"]))
    page.goto(url)
    network.detach()
    return sum(found)


def act_by_keyboard(page):
    """Past the navigation at once, and on by the first link of the page."""
    page.locator(".usa-skipnav").focus()
    page.keyboard.press("Enter")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if url := page.evaluate("document.activeElement.closest('main a')?.href"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(url)
    page.get_by_role("heading", level=1).wait_for()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of(house, plan, chromium, look, name):
    client, pages = plan[name]
    context = chromium.new_context(base_url=house[1], viewport=WIDE)
    cookie = client.get_cookie("indicia")
    context.add_cookies([{"name": "indicia", "value": cookie.value, "url": house[1]}])
    page, complaints, crowded = context.new_page(), [], {}
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    assert FIRST_VISIT / 4 < wire_bytes(page, "/") < FIRST_VISIT
    for kind, url in pages:
        page.goto(url)
        look(page, f"page-{kind.replace('.', '-')}")
        if page.locator(SOLID).count() > 1:
            crowded[url] = page.locator(SOLID).all_inner_texts()
    page.goto("/")
    act_by_keyboard(page)
    page.set_viewport_size(NARROW)
    page.goto("/")
    assert page.locator(".masthead").bounding_box()["height"] <= MASTHEAD * NARROW["height"]
    assert page.locator(".counters li").count() <= 6
    context.close()
    assert complaints == []
    assert crowded == {}
