"""150 people on a plant with a year of work in it, quiet and while a stream of 200,000 letters is made, beside a bare
Flask page asked by the same people on the same machine.

``python bench/house.py [--users N] [--seconds S] [--pieces N] [--folder F]`` prints one JSON line a measurement:
``ours`` and ``peer`` are milliseconds of p95, ``ratio`` is ours / peer, and p50 stands beside. ``--folder`` keeps the
seeded plant (bench/_house_seed.py) for the next run. Everybody opens a page about every five seconds, for ``--seconds``
while it is quiet, and for as long as the stream takes from its list to its charges.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from bench._house_seed import PASSWORD, make_house
from kernel import clock
from postal.data.mail_days import next_mail_day
from production.frontdesk.lists.samples import SAMPLE_MAPPING, write_sample_list
from production.mailroom.pieces.letter_search import find_letters
from store import outbox
from store.db import system_actor
from store.plant import Plant, open_plant
from store.settings import CHECKOUT, Settings
from web.commands import demo, line

ACTOR = system_actor("bench")
PORT, BARE_PORT = 8791, 8792
BARE = {"/": 1}
# Who is there on a busy day, and how often each of their pages is opened.
PEOPLE = {
    "rita": (90, {"/jobs": 5, "/charges": 2, "/drafts/new": 1}),
    "pat": (20, {"/floor": 1, "/floor/queue": 5}),
    "mona": (30, {"/mailroom": 3, "/mailroom/streams": 2, "/mailroom/build": 2, "/dock": 2, "/jobs": 1}),
    "bill": (10, {"/billing": 3, "/jobs": 1}),
}
THINKING = (2.5, 7.5)  # seconds between two pages of one person


class Person:
    """Somebody with a browser: opens pages until told to stop; ``seconds`` by page, ``trouble`` that ended it."""

    def __init__(self, port: int, pages: dict[str, int], cookie: str, number: int) -> None:
        self.port, self.pages, self.cookie = port, pages, cookie
        self.random = random.Random(number)
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.trouble = ""

    def work(self, over: threading.Event) -> None:
        """One page after the other, with a pause to read it."""
        over.wait(self.random.uniform(0, THINKING[0]))
        with connection(self.port) as wire:
            while not over.is_set() and not self.trouble:
                (page,) = self.random.choices(list(self.pages), list(self.pages.values()))
                started = time.perf_counter()
                try:
                    wire.request("GET", page, headers={"Cookie": self.cookie})
                    answer = wire.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException) as error:
                    self.trouble = f"{page}: {error!r}"
                    return
                if answer.status != 200:
                    self.trouble = f"{page} answered {answer.status}"
                self.seconds[page].append(time.perf_counter() - started)
                over.wait(self.random.uniform(*THINKING))


@contextmanager
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    """Kept open as a browser does."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        yield wire
    finally:
        wire.close()


def sign_in(name: str) -> str:
    """The cookie of a signed-in browser."""
    with connection(PORT) as wire:
        wire.request("GET", "/sign-in")
        answer = wire.getresponse()
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.read().decode())
        form = {key: unescape(value) for key, value in hidden} | {"name": name, "password": PASSWORD}
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        wire.request("POST", "/sign-in", urlencode(form), headers)
        answer = wire.getresponse()
        answer.read()
        cookies = [word.partition(";")[0] for word in answer.headers.get_all("Set-Cookie") or []]
        if answer.status != 303:
            raise SystemExit(f"{name} could not sign in: {answer.status}")
        return "; ".join(cookies)


def crowd(people: list[Person], meanwhile: Callable[[], object]) -> None:
    """All of them at once, for as long as something else goes on. Ends the run when a page was not answered."""
    over = threading.Event()
    threads = [threading.Thread(target=person.work, args=(over,), daemon=True) for person in people]
    for thread in threads:
        thread.start()
    try:
        meanwhile()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if trouble := {person.trouble for person in people if person.trouble}:
        raise SystemExit("; ".join(sorted(trouble)))


def users(count: int, cookies: dict[str, str]) -> list[Person]:
    """The people of a busy day, scaled to ``count``."""
    total = sum(number for number, _ in PEOPLE.values())
    wanted = [
        (name, pages)
        for name, (number, pages) in PEOPLE.items()
        for _ in range(round(count * number / total))
    ]
    return [Person(PORT, pages, cookies[name], number) for number, (name, pages) in enumerate(wanted)]


def tell(name: str, people: list[Person], peer: float, **more: object) -> None:
    """One line for all pages together and one for each."""
    by_page: dict[str, list[float]] = defaultdict(list)
    for person in people:
        for page, seconds in person.seconds.items():
            by_page[page] += seconds
    for page, seconds in [("every page", list(chain(*by_page.values()))), *sorted(by_page.items())]:
        if len(seconds) < 2:
            continue
        p95 = percentile(seconds, 95)
        print(
            json.dumps(
                {
                    "name": f"{name}: {page}", "ours": round(p95 * 1e3), "peer": round(peer * 1e3, 1),
                    "ratio": round(p95 / peer, 1), "unit": "ms p95, bare Flask page beside",
                    "p50": round(percentile(seconds, 50) * 1e3), "pages": len(seconds), **more,
                }
            ),
            flush=True,
        )  # fmt: skip


def percentile(seconds: list[float], share: int) -> float:
    """Of at least two measurements."""
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]


@contextmanager
def running(words: list[str], port: int, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server until we leave, ready when it answers."""
    process = subprocess.Popen(
        words, cwd=CHECKOUT, env=os.environ | environment, text=True, stdout=subprocess.PIPE
    )
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    """Return when somebody listens and answers."""
    for _ in range(1800):
        try:
            with connection(port) as wire:
                wire.request("GET", "/healthz" if port == PORT else "/")
                if wire.getresponse().status == 200:
                    return
        except OSError:
            if process.poll() is not None:
                raise SystemExit("the server did not start") from None
        time.sleep(0.1)


def make_stream(plant: Plant, pieces: int) -> None:
    """A mailing from its list to its charges; the steps run in the plant's own workers."""

    def drain(opened: Plant) -> None:
        while True:
            time.sleep(0.3)
            with opened.db.read_only(ACTOR) as session:
                if not outbox.open_keys(session)[1]:
                    return

    with tempfile.TemporaryDirectory() as name:
        address_list = Path(name) / "list.csv"
        write_sample_list(address_list, pieces)
        given = line.MailingFiles(
            demo.SAMPLES / "letter.pdf", address_list, demo.SAMPLES / "fields.json", dict(SAMPLE_MAPPING)
        )
        job = line.submit(
            plant, drain, line.Stages(), files=given, agency_code="DEX", mail_date=next_mail_day(clock.today()),
            accept_findings=True, title="While people work",
        )  # fmt: skip
        line.produce(plant, drain, line.Stages(), job)


def find_names(plant: Plant) -> list[float]:
    """Seconds of name searches, frequent and rare, as plant staff."""
    found = []
    for name in ("SMITH", "BROUSSARD", "SMITHJAMES", "GUIDRYOTIS", "LANDRYANAB", "NOBODY") * 5:
        started = time.perf_counter()
        with plant.db.read_only(ACTOR) as session:
            find_letters(session, ACTOR, name)
        found.append(time.perf_counter() - started)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--pieces", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="indicia-house-") as scratch:
        folder = given.folder or Path(scratch) / "var"
        if not (folder / "postgres").exists():
            make_house(folder)
        measure(folder, given)


def measure(folder: Path, given: argparse.Namespace) -> None:
    """The bare page first, then ours quiet, then ours for as long as the stream is made."""

    def wait() -> None:
        time.sleep(given.seconds)

    with running(
        [
            sys.executable,
            "-m",
            "waitress",
            "--connection-limit=1000",
            f"--listen=127.0.0.1:{BARE_PORT}",
            "bench._bare:app",
        ],
        BARE_PORT,
    ):
        strangers = [Person(BARE_PORT, BARE, "", number) for number in range(given.users)]
        crowd(strangers, wait)
    bare = percentile([seconds for person in strangers for seconds in person.seconds["/"]], 95)
    up = [sys.executable, "-m", "tests.e2e.plant"]
    words = {"INDICIA_DATA_DIR": str(folder), "INDICIA_PORT": str(PORT), "DATABASE_URL": "", "REDIS_URL": ""}
    with running(up, PORT, **words) as process:
        assert process.stdout is not None
        plant = open_plant(Settings(data_dir=folder, port=PORT), process.stdout.readline().split()[0])
        cookies = {name: sign_in(name) for name in PEOPLE}
        crowd(users(given.users, cookies), lambda: time.sleep(5))  # everything is loaded once
        quiet = users(given.users, cookies)
        crowd(quiet, wait)
        tell("a year in the house, quiet", quiet, bare, users=given.users)
        finding = find_names(plant)
        p95 = percentile(finding, 95)
        print(
            json.dumps(
                {
                    "name": "a year in the house: find a name in 2,000,000", "ours": round(p95 * 1e3), "peer": 300,
                    "ratio": round(p95 / 0.3, 2), "unit": "ms p95, the aim beside",
                    "p50": round(percentile(finding, 50) * 1e3),
                }
            ),
            flush=True,
        )  # fmt: skip
        busy = users(given.users, cookies)
        started = time.perf_counter()
        crowd(busy, lambda: make_stream(plant, given.pieces))
        lasted = round(time.perf_counter() - started)
        tell(
            f"a year in the house, {given.pieces:,} letters made",
            busy,
            bare,
            users=given.users,
            seconds=lasted,
        )
        plant.db.dispose()


if __name__ == "__main__":
    main()
