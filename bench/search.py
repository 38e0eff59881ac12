"""How long the one box takes among 2,000,000 recipients and 200,000 titles, every kind by its form, beside a plain
ILIKE in the same run.

``python bench/search.py [--folder F] [--runs N]`` prints one JSON line a kind: ``ours`` and ``peer`` are milliseconds
of p95, ``ratio`` is ours / peer. Ours is the whole answer, all kinds that the text may be of, as the palette asks. The
peer is one ``ILIKE '%...%'`` for the same text: over names of recipients where a name is looked for, else over titles
of jobs. ``--folder`` keeps the seeded plant (bench/_house_seed.py) for the next run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

import psycopg
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from bench._house_seed import make_house
from bench.house import percentile
from kernel.ids import show_ulid
from production.jobs.models import Job, Operation, Order
from production.mailings.models import PresortStream, Tray
from production.mailroom.pieces.letter_search import find_letters
from production.people.models import User
from store.db import Actor
from store.plant import Plant
from store.settings import Settings
from web.commands.plant import opened_plant
from web.search import everything

TITLES = 200_000
AIM = 300  # milliseconds
_WORDS = [
    "renewal", "notice", "license", "benefit", "hearing", "tax", "hunting", "voter", "school", "harvest", "permit",
    "water",
]  # fmt: skip
# Titles of years past, without letters: what only the words of titles must stand.
_MORE_TITLES = """
INSERT INTO job (ulid, number, order_id, agency_id, requester_id, kind, title, state, version, revision, created_at,
    due)
SELECT gen_random_uuid(), 'X' || n, order_id, agency_id, requester_id, 'print',
    concat_ws(' ', (%(words)s::text[])[1 + n %% 12], (%(words)s::text[])[1 + n / 12 %% 12], n),
    'delivered', 1, 1, created_at, due
FROM generate_series(1, %(titles)s) AS n, (SELECT * FROM job ORDER BY id LIMIT 1) AS source
"""
_ILIKE = {
    "name": "SELECT count(*) FROM recipient WHERE name_key ILIKE '%' || :said || '%'",
    "title": "SELECT count(*) FROM job WHERE title ILIKE '%' || :said || '%'",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="indicia-search-") as scratch:
        folder = given.folder or Path(scratch) / "var"
        if not (folder / "postgres").exists():
            make_house(folder)
        with opened_plant(Settings(data_dir=folder)) as plant:
            add_titles(plant)
            measure(plant, given.runs)


def add_titles(plant: Plant) -> None:
    """Once."""
    superuser = plant.db.url.replace("//indicia_app@", "//postgres@", 1)
    with psycopg.connect(superuser, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM job WHERE number = 'X1'").fetchone():
            connection.execute(_MORE_TITLES, {"words": _WORDS, "titles": TITLES})
            connection.execute("VACUUM ANALYZE job")
            connection.execute("VACUUM ANALYZE job_word")


def measure(plant: Plant, runs: int) -> None:
    """Each kind as a mail operator, who finds most, and names and titles as an agency too."""
    app = create_app(plant.settings, plant.db.url)
    mona, rita = (actor_of(plant, name) for name in ("mona", "rita"))
    with plant.db.read_only(mona) as session:
        asked = texts(session)
    with app.test_request_context():
        for kind, said in asked.items():
            tell(
                kind,
                plant,
                mona,
                runs,
                "title",
                said,
                lambda session, who, said=said: everything(session, who, said),
            )
        for who, side in ((mona, "plant"), (rita, "agency")):
            for said in ("renewal", "hunting vot", "199999"):
                tell(
                    f"title '{said}', {side}",
                    plant,
                    who,
                    runs,
                    "title",
                    said,
                    lambda session, who, said=said: everything(session, who, said),
                )
            for said in ("SMITH", "GUIDRYOTIS", "NOBODY"):
                tell(f"recipient '{said}', {side}", plant, who, runs, "name", said,
                     lambda session, who, said=said: find_letters(session, who, said))  # fmt: skip


def actor_of(plant: Plant, name: str) -> Actor:
    """A sample person."""
    with plant.db.read_only(Actor("bench")) as session:
        return session.scalars(select(User).filter_by(sign_in_name=name)).one().as_actor()


def texts(session: Session) -> dict[str, str]:
    """One of each kind that has a number or code, out of the middle."""
    stream = session.scalars(
        select(PresortStream).where(PresortStream.first_serial.is_not(None)).limit(1)
    ).one()
    job = session.scalars(select(Job).where(Job.number.like("%-500500-%"))).one()
    order = session.get_one(Order, job.order_id)
    tray = session.scalars(select(Tray).filter_by(lot_id=stream.id).limit(1)).one()
    ticket = session.scalars(select(Operation.ticket).order_by(Operation.id.desc()).limit(1)).one()
    serial = f"{stream.first_serial:0{15 - len(stream.mailer_id or '')}d}"
    tracking = f"00{stream.service_type_id}{stream.mailer_id}{serial}"
    return {
        "job number": job.number, "digits of a job number": "500500", "order": show_ulid(order.ulid), "ticket": ticket,
        "stream": stream.number, "mailing": stream.mailing.number, "tray barcode": tray.barcode or "",
        "page mark": f"{stream.id:08d}{1:08d}{1:04d}{1:04d}", "IMb of 20 digits": tracking,
        "IMb of 31 digits": f"{tracking}70802123412", "meter": "meter 3", "act": "build mail",
    }  # fmt: skip


def tell(
    kind: str,
    plant: Plant,
    who: Actor,
    runs: int,
    table: str,
    said: str,
    ask: Callable[[Session, Actor], object],
) -> None:
    """One line."""
    ours = timed(plant, who, runs, lambda session: ask(session, who))
    plain = text(_ILIKE[table])
    peer = timed(plant, who, 3, lambda session: session.execute(plain, {"said": said}).all())
    p95, beside = percentile(ours, 95) * 1e3, percentile(peer, 95) * 1e3
    print(
        json.dumps(
            {
                "name": f"find: {kind}", "ours": round(p95, 1), "peer": round(beside, 1),
                "ratio": round(p95 / beside, 3), "unit": f"ms p95, ILIKE over each {table} beside",
                "p50": round(percentile(ours, 50) * 1e3, 1), "aim": AIM,
            }
        ),
        flush=True,
    )  # fmt: skip


def timed(plant: Plant, who: Actor, runs: int, ask: Callable[[Session], object]) -> list[float]:
    """Seconds of each run, with its transaction; one more before, so that statements are compiled."""
    found = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        with plant.db.read_only(who) as session:
            ask(session)
        found.append(time.perf_counter() - started)
    return found[1:]


if __name__ == "__main__":
    main()
