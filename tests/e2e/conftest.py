"""A real browser on a real server: the app of the web tests behind werkzeug's server, Debian's chromium in front."""

from __future__ import annotations

import os
import shutil
import threading
from collections import defaultdict
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH, AxeResults
from playwright.sync_api import Error, expect, sync_playwright
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import make_server

from tests.web.conftest import HIDDEN, PASSWORD, app, house, password_hash  # noqa: F401  # the same plant and people

PATIENCE = 60_000  # a busy machine is no fault of the page
expect.set_options(timeout=PATIENCE)
AXE = "/axe.js"
# Chromium without what a desktop needs works a third less; pages are drawn and scripts run by the same code.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None
)
# Scripts of a page that is looked at once are not worth a compiler that makes them faster.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--js-flags=--no-opt,--no-maglev"]
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items):
    """Everything here needs the browser; without it the reason is said."""
    missing = pytest.mark.skip(reason="no chromium on this machine: the browser tests did not run")
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(missing)


@contextmanager
def serving(app):  # noqa: F811
    """Address of an app while it is served, with axe beside it: playwright would send its half megabyte through three
    processes for each page, and nobody would keep it compiled."""
    with_axe = SharedDataMiddleware(app, {AXE: str(AXE_FILE_PATH)})
    running = make_server("127.0.0.1", 0, _read_to_the_end(with_axe), threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.port}"
    running.shutdown()
    thread.join()
    running.server_close()


def _read_to_the_end(app):  # noqa: F811
    """The app, each answer read before it is sent: a browser that goes on meanwhile leaves no file open."""

    def answer(environ, start_response):
        with closing(app(environ, start_response)) as parts:
            return [b"".join(parts)]

    return answer


@pytest.fixture(scope="session")
def address(house):  # noqa: F811
    """Address of the running app, one for all tests: it serves the plant of the test that runs."""
    with serving(house) as running:
        yield running


@pytest.fixture
def server(app, address):  # noqa: F811
    """Address of the app on the test's plant."""
    return address


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Profile:
    """A browser profile with its page. Making one takes a second of work, so those of a test serve the next again."""

    def __init__(self, chromium, address, viewport):
        self.viewport = viewport
        self.page = chromium.new_context(base_url=address, viewport=viewport).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, said):
        if said.type == "error":
            self.complaints.append(f"{said.text} {said.location.get('url', '')}")

    def forget(self):
        """As if nobody had been here: nothing is left but the cache."""
        self.page.goto("/healthz")
        self.page.set_viewport_size(self.viewport)
        self.page.evaluate("sessionStorage.clear(); localStorage.clear()")
        self.page.context.clear_cookies()
        self.page.context.new_cdp_session(self.page).send("Page.resetNavigationHistory")
        self.complaints.clear()


@pytest.fixture(scope="session")
def free_profiles():
    """Profiles that no test uses now, by address and viewport."""
    return defaultdict(list)


@pytest.fixture
def open_page(chromium, server, free_profiles):
    """``open_page()`` gives a page of a person of their own; errors of scripts and policy fail the test."""
    taken = []

    def do(viewport=WIDE):
        free = free_profiles[server, *viewport.values()]
        profile = free.pop() if free else Profile(chromium, server, viewport)
        taken.append((free, profile))
        return profile.page

    yield do
    complaints = [words for _, profile in taken for words in profile.complaints]
    for free, profile in taken:
        profile.forget()
        free.append(profile)
    assert not [one for one in complaints if "status of 4" not in one], complaints


# What is right is neither gathered, node by node, nor sent over; no page has sounds or films to load beforehand.
_AXE = f"""async contrast => {{
    if (!window.axe) await new Promise((loaded, failed) => document.head.append(Object.assign(
        document.createElement("script"), {{src: "{AXE}", onload: loaded, onerror: failed}})));
    const rules = {{"color-contrast": {{enabled: contrast}}}};
    return (await axe.run({{resultTypes: ["violations"], preload: false, rules}})).violations; }}"""
# A page that comes anew every other second (it waits for a worker) stays while it is looked at.
_STAY = "document.querySelector('[data-poll]') || window.stop()"


@pytest.fixture
def look():
    """``look(page, "name")``: no accessibility rule broken, nothing wider than the window; a picture if asked."""
    folder = os.environ.get("SCREENSHOTS")

    def do(page, name, *, contrast=True):
        _hold(page)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
        found = AxeResults({"violations": page.evaluate(_AXE, contrast)})
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not too_wide, f"{name}: wider than the window"

    return do


@pytest.fixture
def look_twice(look):
    """As ``look``, wide and narrow. The page stays at the other width, so that people act at both in turn. Colors are
    half the work and measured once."""

    def do(page, name):
        look(page, name)
        page.set_viewport_size(NARROW if page.viewport_size == WIDE else WIDE)
        look(page, name, contrast=False)

    return do


def _hold(page):
    """Waits until the page is there (a click returns as soon as the next has begun, empty yet), and keeps it."""
    while True:
        page.wait_for_load_state()
        try:
            return page.evaluate(_STAY)
        except Error as error:  # it came anew in between
            if "context was destroyed" not in error.message:
                raise


def sign_in(page, name):
    """Signed in by the form of the page, sent without opening a page: the journey tests type it in."""
    hidden = dict(HIDDEN.findall(page.request.get("/sign-in").text()))
    answer = page.request.post(
        "/sign-in", form=hidden | {"name": name, "password": PASSWORD}, max_redirects=0
    )
    assert answer.status == 303, answer.text()
