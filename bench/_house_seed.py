"""A plant with a year of work in it, as ``indicia demo --year`` loads it, and people who can sign in to it.

``python -m bench._house_seed FOLDER`` makes the plant in a data folder.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psycopg

from store import logs
from store.settings import Settings
from store.start.embedded import superuser_url
from web.auth.passwords import hash_password
from web.commands.demo import walk_sample
from web.commands.line import Stages
from web.commands.plant import opened_plant
from web.commands.sample import load_sample_plant
from web.demo.year import load_year
from workers.runtime import drain

PASSWORD = "a year in the house"  # noqa: S105  of the sample people, in a throw-away plant


def make_house(folder: Path) -> None:
    """A plant in ``folder`` with a year of work."""
    logs.set_up("ERROR")
    with opened_plant(Settings(data_dir=folder)) as plant:
        load_sample_plant(plant)
        walk_sample(plant, drain, Stages(lambda _: None), 200)
        load_year(plant)
        with psycopg.connect(superuser_url(plant.db.url)) as connection:
            connection.execute(
                "UPDATE app_user SET password_hash = %s, must_change_password = false",
                [hash_password(PASSWORD)],
            )


if __name__ == "__main__":
    started = time.perf_counter()
    make_house(Path(sys.argv[1]))
    print(f"seeded in {time.perf_counter() - started:.0f} s")
