"""Folders of machines, read again and again by the plant itself: what they reported, and lists of their counters.

Each folder in ``machines`` of the data folder is one that a machine, or its software, writes to. What is wrong is
put away with a text beside it that says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import structlog

from kernel import clock
from kernel.errors import InvalidInput, ShopError
from kernel.findings import Finding
from production.floor.counters.reading import read_file
from production.floor.xjdf import folder as messages
from store.db import Actor
from store.plant import Plant

_MOST_BYTES = 2 << 20  # of a list of counters
_SETTLED = 5  # seconds without a change: it is whole

_log = structlog.get_logger("machines")


def read_all(plant: Plant, actor: Actor) -> int:
    """How many files were read. A folder that cannot be read keeps no other waiting."""
    count = 0
    for folder in sorted(plant.settings.machines_folder.glob("*/")):
        try:
            for name, findings in _read(plant, actor, folder):
                count += 1
                if findings:
                    _log.warning("machine_file_refused", folder=folder.name, file=name, code=findings[0].code)
        except (ShopError, OSError) as error:
            _log.warning("machine_folder_waits", folder=folder.name, error=type(error).__name__)
    return count


def _read(plant: Plant, actor: Actor, folder: Path) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    for taken in messages.take_in(plant, actor, folder):
        yield taken.file, taken.findings
    for path in sorted(folder.glob("*.csv")):
        if messages.is_plain(path) and clock.now().timestamp() - path.stat().st_mtime > _SETTLED:
            yield path.name, _counters(plant, actor, folder, path)


def _counters(plant: Plant, actor: Actor, folder: Path, path: Path) -> tuple[Finding, ...]:
    findings: tuple[Finding, ...] = ()
    with path.open("rb") as file:
        data = file.read(_MOST_BYTES)
    try:
        with plant.db.unit_of_work(actor) as uow:
            read_file(uow, data, path.name)
    except InvalidInput as error:
        findings = tuple(error.findings)
    messages.put_away(path, folder, findings)
    return findings
