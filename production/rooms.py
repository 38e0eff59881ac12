"""Rooms that tell ``jobs`` what is theirs (kinds of lot, lifecycles, what a count means) and that hear of what is done.

Imported where a process begins, so that every lot is known whichever room is used first, and people are told.
"""

from __future__ import annotations

import production.floor.quantities
import production.frontdesk.projects.models
import production.frontdesk.quoting.models
import production.frontdesk.tickets.on_press
import production.frontdesk.tickets.targets
import production.mailroom.metering.days
import production.mailroom.pieces.counting
import production.mailroom.pieces.on_press
import production.mailroom.sorter.logs
import production.notices.telling  # noqa: F401
