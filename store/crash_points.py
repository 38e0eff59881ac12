"""Named points where a test may end, fail or delay a process; nothing happens unless INDICIA_CRASH_AT is set.

``INDICIA_CRASH_AT=after_claim`` kills the process that reaches the point, as kill -9 does; ``merge_read:3``
waits for the third time; ``@raise`` and ``@sleep5`` raise an error or pause instead: ``mid_work:2@raise``.
"""

from __future__ import annotations

import os
import re
import signal
import time

POINTS = (
    "after_claim", "mid_work", "after_temp", "after_rename", "before_record", "mid_record",
    "after_record_before_ack", "relay_mid_batch",
)  # fmt: skip
_FORM = re.compile(r"(?P<point>\w+)(:(?P<time>\d+))?(@(?P<act>raise|kill|sleep)(?P<seconds>[\d.]+)?)?")
_ARMED = _FORM.fullmatch(os.environ.get("INDICIA_CRASH_AT", ""))
_reached = 0


def reach(point: str) -> None:
    """Do here what INDICIA_CRASH_AT says, if it names this point."""
    if _ARMED is not None and _ARMED["point"] == point:
        _act()


def _act() -> None:
    global _reached  # noqa: PLW0603  # counts the visits of one process
    _reached += 1
    if _ARMED is None or _reached != int(_ARMED["time"] or 1):
        return
    if _ARMED["act"] == "raise":
        raise RuntimeError(f"a test failed the process at {_ARMED['point']}")
    if _ARMED["act"] == "sleep":
        time.sleep(float(_ARMED["seconds"] or 1))
        return
    os.kill(os.getpid(), signal.SIGKILL)
