"""Rooms that tell ``jobs`` what is theirs: kinds of lot, lifecycles, what a count means.

Imported where a process begins, so that every lot is known whichever room is used first.
"""

from __future__ import annotations

import production.floor.quantities
import production.mailroom.counts.counting
import production.mailroom.metering.days
import production.mailroom.sorter.logs  # noqa: F401
