"""Whoever looks at a page goes first: long work runs at low priority, and what it starts inherits that."""

from __future__ import annotations

import os

NICENESS = 10  # of the 19 there are: on a busy machine about a tenth of what the web gets


def yield_to_people() -> None:
    """From now on for this thread (on Linux each has a priority of its own), its threads and child processes."""
    os.nice(NICENESS)
