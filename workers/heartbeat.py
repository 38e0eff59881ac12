"""The lease of a running step, extended from a thread while the work goes on."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from kernel.errors import ShopError
from store import claims
from store.claims import Claim
from store.db import Database, system_actor

_ACTOR = system_actor("worker")


class ClaimLost(Exception):
    """Somebody else has the step now; whatever this attempt made is dropped. Steps let it pass."""


class Heartbeat:
    """Extends a claim three times a lease; while the database is away it keeps trying."""

    def __init__(self, db: Database, claim: Claim, lease: timedelta) -> None:
        self._db = db
        self._claim = claim
        self._lease = lease
        self._extended_at = time.monotonic()
        self._lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def beat(self) -> None:
        """ClaimLost when the claim is lost; after a pause longer than the lease the database is asked first."""
        if time.monotonic() - self._extended_at > self._lease.total_seconds():
            self._extend()
        if self._lost:
            raise ClaimLost

    def _run(self) -> None:
        while not self._stop.wait(self._lease.total_seconds() / 3) and not self._lost:
            self._extend()

    def _extend(self) -> None:
        at = time.monotonic()
        try:
            with self._db.unit_of_work(_ACTOR) as uow:
                self._lost = not claims.extend(uow, self._claim, self._lease)
        except ShopError:  # the database is away; the record step will know
            return
        self._extended_at = at
