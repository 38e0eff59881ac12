"""Every page that a role reaches from its navigation, seen once in a browser at a plant where a mailing walked to its
charges: no accessibility rule broken, nothing wider than the window, one act in the head, and small.
"""

from __future__ import annotations

import re
import threading
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from app import create_app
from production.people import sign_ins
from production.people.models import User
from tests.e2e.conftest import NARROW, WIDE
from tests.factories import PLANT
from tests.web.conftest import PERSON_OF
from web import formats

MOST_BYTES = 150_000
MASTHEAD = 0.12  # of the height of a phone
_LINK = re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')
NAMES = [name for role, name in PERSON_OF.items() if role != "other_agency"]


@pytest.fixture(scope="module")
def house(walked_plant):
    """The app on the walked plant, and its address."""
    made = create_app(walked_plant.settings, walked_plant.db.url)
    running = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield made, f"http://127.0.0.1:{running.port}"
    running.shutdown()
    thread.join()
    running.server_close()
    made.extensions["plant"].db.dispose()


def signed_in(app, plant, name):
    """A client with that person's session."""
    with plant.db.unit_of_work(PLANT) as uow:
        kept = sign_ins.begin(uow, uow.session.scalars(select(User).filter_by(sign_in_name=name)).one())
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = formats.ulid(kept)
    return client


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


def test_every_page_of_every_role(house, walked_plant, chromium, look):
    app, address = house
    seen, too_big, crowded = set(), {}, {}
    for name in NAMES:
        client = signed_in(app, walked_plant, name)
        cookie = client.get_cookie("indicia")
        context = chromium.new_context(base_url=address, viewport=WIDE)
        context.add_cookies([{"name": "indicia", "value": cookie.value, "url": address}])
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error, said=complaints: said.append(str(error)))
        page.on(
            "console", lambda told, said=complaints: said.append(told.text) if told.type == "error" else None
        )
        for kind, url, size in pages_of(app, client):
            if size > MOST_BYTES:
                too_big[url] = size
            if kind in seen:
                continue
            seen.add(kind)
            page.goto(url)
            look(page, f"page-{kind.replace('.', '-')}")
            solid = ".page-head .usa-button:not(.usa-button--outline):not(.usa-button--secondary)"
            if page.locator(solid).count() > 1:
                crowded[url] = page.locator(solid).all_inner_texts()
        page.set_viewport_size(NARROW)
        page.goto("/")
        assert page.locator(".masthead").bounding_box()["height"] <= MASTHEAD * NARROW["height"]
        assert page.locator(".counters li").count() <= 6
        assert complaints == []
        context.close()
    assert too_big == {}
    assert crowded == {}
    assert len(seen) > 40, sorted(seen)
