"""The checks of all rooms for ``indicia verify``: each room says what must hold of its rows.

docs/operations/verify.md lists them. Checks read columns, ranges and plan files; no row object stands for a piece.
"""

from __future__ import annotations

import production.rooms  # noqa: F401  lifecycles of every room are known
from production.dock import checks as dock
from production.floor import checks as floor
from production.floor.devices import checks as devices
from production.frontdesk.drafting import checks as drafting
from production.jobs import checks as jobs
from production.mailings import checks as mailings
from production.mailroom.maildat import checks as maildat
from production.mailroom.pieces import checks as pieces
from production.mailroom.serials import checks as serials
from production.mailroom.streams import checks as streams
from production.notices import checks as notices
from production.people import checks as people
from production.purchasing import checks as purchasing
from production.purchasing import order_checks as purchase_orders
from production.setup import checks as setup
from production.stockroom import checks as stockroom
from store.keeping.verify import Check

CHECKS: tuple[Check, ...] = (
    *drafting.CHECKS,
    *mailings.CHECKS,
    *streams.CHECKS,
    *pieces.CHECKS,
    *serials.CHECKS,
    *maildat.CHECKS,
    *dock.CHECKS,
    *stockroom.CHECKS,
    *purchasing.CHECKS,
    *purchase_orders.CHECKS,
    *jobs.CHECKS,
    *floor.CHECKS,
    *devices.CHECKS,
    *notices.CHECKS,
    *people.CHECKS,
    *setup.CHECKS,
)
