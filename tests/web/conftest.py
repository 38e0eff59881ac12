"""The whole web app on a fresh database with the sample plant, and somebody signed in."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select

from app import STATEMENT_SECONDS, create_app
from production.people import sign_ins
from production.people.models import User
from production.sample import load_sample
from store.db import system_actor
from store.plant import open_plant
from store.settings import Settings
from tests.billing.ledgers import make_card
from tests.databases import begin
from tests.killing import killing
from tests.web import ordering, print_ordering
from web import formats
from web.auth import passwords
from web.auth.attempts import limiter
from workers.runtime import drain

PASSWORD = "plain sailing on the bayou"
PERSON_OF = {
    "requester": "rita", "approver": "andy", "other_agency": "oscar", "print_operator": "pat",
    "mail_operator": "mona", "billing_clerk": "bill", "administrator": "ada",
    "planner": "polly", "messenger": "marcus", "director": "dora",
}  # fmt: skip
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
KEY = re.compile(r"indicia-[0-9A-Z]{26}-[0-9a-f]{48}-[0-9a-f]{16}")
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'action="([^"]*)"')


class Browser(FlaskClient):
    """A client that sends forms as a browser does: the hidden fields of the page come with what is typed."""

    def open(self, *args, **kwargs):
        """Every answer is read to its end, so that files that are sent are closed."""
        kwargs.setdefault("buffered", True)
        return super().open(*args, **kwargs)

    def hidden(self, page_url: str, action: str = "") -> tuple[str, dict[str, str]]:
        """(action, hidden fields) of the form on a page that posts to ``action`` (or to the page itself)."""
        page, here = self.get(page_url), urlsplit(page_url).path
        assert page.status_code == 200, f"{page_url}: {page.status}"
        for form in _FORM.findall(page.text):
            if 'method="post"' not in form:
                continue
            found = _ACTION.search(form)
            target = unescape(found[1]) if found and found[1] else here
            if target == (action or here):
                return target, {name: unescape(value) for name, value in HIDDEN.findall(form)}
        raise AssertionError(f"no form to {action or page_url} on {page_url}")

    def submit(self, page_url: str, action: str = "", *, follow=False, **typed):
        """Open a page, fill its form in and send it."""
        target, hidden = self.hidden(page_url, action)
        return self.post(target, data=hidden | typed, follow_redirects=follow)


def bearer(browser: Browser) -> dict[str, str]:
    """Headers with a new API key of whoever is signed in."""
    found = KEY.search(browser.submit("/keys", label="plates").text)
    assert found
    return {"Authorization": f"Bearer {found[0]}"}


@pytest.fixture(scope="session")
def password_hash():
    """One hash for all sample people, made and checked with the least work: signing in takes its time on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield passwords.hash_password(PASSWORD)


@pytest.fixture(scope="session")
def house(empty_database, tmp_path_factory):
    """The app with its routes and templates made ready, one for all tests of a worker."""
    made = create_app(Settings(data_dir=tmp_path_factory.mktemp("house")), empty_database())
    made.test_client_class = Browser
    return made


@pytest.fixture
def app(house, plant, password_hash, monkeypatch):
    """The app on the test's plant with the sample people in it, and no failure counted yet."""

    def people_and_rates():
        with plant.db.unit_of_work(system_actor("test")) as uow:
            load_sample(uow, password_hash=lambda: password_hash)
            make_card(uow, name="Sample rates", effective_from=date(2025, 7, 1))

    begin(plant, "app", people_and_rates)
    opened = open_plant(plant.settings, plant.db.url, statement_seconds=STATEMENT_SECONDS)
    monkeypatch.setitem(house.extensions, "plant", opened)
    limiter.reset()
    return house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """What is marked ``killed`` is killed once its fixtures are there."""
    if item.get_closest_marker("killed") is None:
        return (yield)
    with (
        pytest.MonkeyPatch.context() as patch,
        killing(item.funcargs["app"].extensions["plant"], Browser, patch),
    ):
        return (yield)


@pytest.fixture
def client(app) -> Browser:
    """A browser nobody has signed in with."""
    return app.test_client()


def signed_in(app, name: str) -> Browser:
    """A browser of its own with a person signed in, as the form leaves it: tests of the form send that."""
    with app.extensions["plant"].db.unit_of_work(system_actor("sign-in")) as uow:
        kept = sign_ins.begin(uow, uow.session.scalars(select(User).filter_by(sign_in_name=name)).one())
    browser = app.test_client()
    with browser.session_transaction() as session:
        session.permanent = True
        session.update(_user_id=formats.ulid(kept), _fresh=True)
    return browser


@pytest.fixture
def sign_in(app):
    """``sign_in("approver")`` gives a browser of its own with that sample person signed in."""
    return lambda role: signed_in(app, PERSON_OF[role])


@pytest.fixture
def mailing(sign_in, plant) -> str:
    """The number of a mailing that Rita ordered; it was checked and waits for its approval. Who is signed in before it
    is not any more."""

    def make():
        number = ordering.submit_mailing(sign_in("requester"))
        drain(plant)
        return number

    return begin(plant, "a mailing", make)


@pytest.fixture
def form(mailing, sign_in, plant, tmp_path) -> str:
    """The number of a form that Rita ordered after her mailing, by its route; it was checked too."""

    def make():
        number = print_ordering.submit_print(sign_in("requester"), tmp_path)
        drain(plant)
        return number

    return begin(plant, "a mailing and a form", make)
