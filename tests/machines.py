"""Machines that exist only here: they report by XJDF and count, and lose, double and misreport from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from production.floor.xjdf.ticket import NAMESPACE

FAULTS = ("", "lose", "double", "misreport", "uncounted")
_SIGNAL = """<XJMF xmlns="{space}"><Header DeviceID="{device}" ID="{id}" Time="{time}"/><SignalStatus>
<Header DeviceID="{device}" ID="s{id}" Time="{time}"/><DeviceInfo Status="Production"><JobPhase JobID="lot"
 JobPartID="{ticket}" StartTime="{time}" Status="{state}"{counts}/></DeviceInfo></SignalStatus></XJMF>"""


@dataclass
class Machine:
    """A press, folder or stitcher with a counter of ``digits``; ``planted``: what it did wrong, by ticket."""

    work_center: str
    folder: Path
    chance: random.Random
    counter: int
    digits: int = 7
    planted: dict[str, str] = field(default_factory=dict)
    _messages: int = 0

    def run(self, ticket: str, good: int, waste: int, at: datetime) -> None:
        """Tell of the beginning and the end, with a fault where chance plants one."""
        fault = self.planted[ticket] = self.chance.choice(FAULTS)
        self._tell(ticket, "InProgress", at)
        fed = good + waste
        if fault == "uncounted":  # sheets went through that nobody claims
            fed += 50 + self.chance.randrange(200)
        self.counter = (self.counter + fed) % 10**self.digits
        if fault == "misreport":
            good += self.chance.choice((-1, 1)) * self.chance.randint(1, good)
        if fault != "lose":
            self._tell(
                ticket, "Completed", at + timedelta(minutes=1), good, waste, copies=1 + (fault == "double")
            )

    def _tell(self, ticket, state, at, good=None, waste=None, copies=1) -> None:
        self._messages += 1
        counts = "" if good is None else f' Amount="{good}" Waste="{waste}"'
        text = _SIGNAL.format(
            space=NAMESPACE, device=self.work_center, id=f"m{self._messages}", time=at.isoformat(), ticket=ticket,
            state=state, counts=counts,
        )  # fmt: skip
        for copy in range(copies):
            (self.folder / f"{self.work_center}-{self._messages}-{copy}.xjmf").write_text(text)

    def shows(self, at: datetime) -> str:
        """A line of a file of readings."""
        return f"{self.work_center},{at.isoformat()},{self.counter}"
