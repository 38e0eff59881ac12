"""The page on which a piece of print work is chosen, as the price panel asks for it at every change: whole requests on
the sample plant, signed in.

``python bench/panel.py [--profile]`` prints one JSON line a page: milliseconds of the processor (``ours``: the 95th
percentile, ``median``), its statements among them but not the database's own work. ``--profile`` tells where it goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import re
import statistics
import sys
import tempfile
import time
from html import unescape
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import psycopg
from flask.testing import FlaskClient

from app import create_app
from store import logs
from store.settings import Settings
from store.start.embedded import superuser_url
from web.auth.passwords import hash_password
from web.commands.plant import opened_plant
from web.commands.sample import load_sample_plant

PASSWORD = "a price for everything"  # noqa: S105  of the sample people, in a throw-away plant
LIMIT_MS = 200
REQUESTS = 40
BOOKLET = {"cover": "yes", "size": "5.5x8.5", "pages": "36"}
PAGES = {
    "booklet with a cover": ("booklet", BOOKLET),
    "booklet with a cover, what costs less": ("booklet", BOOKLET | {"less": "1"}),
    "carbonless set": ("carbonless", {}),
    "flat form": ("flat_form", {}),
}


def measure(*, profile: bool) -> None:
    """Each page with its limit."""
    logs.set_up("ERROR")
    with tempfile.TemporaryDirectory() as folder, opened_plant(Settings(data_dir=Path(folder))) as plant:
        load_sample_plant(plant)
        with psycopg.connect(superuser_url(plant.db.url)) as connection:
            hashed = hash_password(PASSWORD)
            connection.execute(
                "UPDATE app_user SET password_hash = %s, must_change_password = false", [hashed]
            )
        browser = create_app(plant.settings, plant.db.url).test_client()
        sign_in(browser)
        for name, (family, answers) in PAGES.items():
            seen = _milliseconds(browser, family, answers, profile=profile)
            row = {
                "name": f"choosing a {name}, {REQUESTS} requests", "ours": round(seen[int(REQUESTS * 0.95)], 1),
                "unit": "ms", "limit": LIMIT_MS, "median": round(statistics.median(seen), 1),
            }  # fmt: skip
            print(json.dumps(row), flush=True)


def sign_in(browser: FlaskClient) -> None:
    """As a requester."""
    page = browser.get("/sign-in").text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    typed = {key: unescape(value) for key, value in hidden} | {"name": "rita", "password": PASSWORD}
    answer = browser.post("/sign-in", data=typed)
    if answer.status_code != 303:
        raise SystemExit(f"nobody could sign in: {answer.status}")


def _milliseconds(
    browser: FlaskClient, family: str, answers: dict[str, str], *, profile: bool
) -> list[float]:
    """Of every request, in other quantities, the shortest first."""
    _ask(browser, family, answers)
    watch = cProfile.Profile()
    seen = []
    for nth in range(REQUESTS):
        if profile:
            watch.enable()
        start = time.process_time()
        _ask(browser, family, answers | {"quantity": str(500 + 137 * nth)})
        seen.append((time.process_time() - start) * 1000)
        watch.disable()
    if profile:
        pstats.Stats(watch, stream=sys.stderr).sort_stats("cumtime").print_stats(60)
    return sorted(seen)


def _ask(browser: FlaskClient, family: str, answers: dict[str, str]) -> None:
    answer = browser.get(f"/catalog/{family}", query_string=answers)
    if answer.status_code != 200 or "No price" in answer.text:
        raise SystemExit(f"{family}: no price ({answer.status})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    measure(profile=parser.parse_args().profile)
