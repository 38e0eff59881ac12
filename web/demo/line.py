"""The line that every page of a demonstration has: what this is, the shop's time, and how far it is filled."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kernel.errors import Unavailable
from store.plant import Plant
from web.demo.hands import ACTOR, FILLED, done
from web.demo.history import SEED, history
from web.demo.rows import tuesday

_FULL: set[str] = set()  # databases known to be filled: that does not change


class Filling(NamedTuple):
    """How many jobs of the demonstration are there, of how many; all, once everything is done."""

    made: int
    jobs: int
    is_done: bool

    @property
    def words(self) -> str:
        """What the page says while it is not done."""
        if self.is_done:
            return ""
        return f"The demonstration is still being filled: {self.made} of {self.jobs} jobs."


def told(plant: Plant) -> Filling | None:
    """None where this is no demonstration. Without its database it says nothing of jobs."""
    if not plant.settings.demo:
        return None
    if plant.db.url not in _FULL:
        try:
            found = _look(plant)
        except Unavailable:
            return Filling(0, 0, is_done=True)
        if not found.is_done:
            return found
        _FULL.add(plant.db.url)
    return Filling(0, 0, is_done=True)


def _look(plant: Plant) -> Filling:
    with plant.db.read_only(ACTOR) as session:
        keys = done(session)
    counts = planned()
    return Filling(sum(counts.get(key, 0) for key in keys), sum(counts.values()), is_done=FILLED in keys)


@lru_cache(maxsize=1)
def planned() -> dict[str, int]:
    """Jobs by the key of the act that makes them."""
    return {key: jobs for work in [*history(SEED), tuesday()] for key, jobs in work.made_by.items()}
