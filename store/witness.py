"""What is known outside the database, for the day it is restored from a backup: the highest numbers given, and every
act of the audit chain by its number. Best kept on another disk (INDICIA_WITNESS_DIR).

A number (serial of a barcode, job number on a ticket) that left the house after the backup must not be given again, and
a person must see what was exported, printed or dispatched meanwhile. Holds public ids and no names of recipients.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from store.disk import named_by_time, storage_errors

_AHEAD = 4  # blocks of the size asked for: the mark is written once for so many
_MARK = ".mark"


@dataclass(frozen=True, slots=True)
class Act:
    """One entry of the audit chain as it was told outside; ``of`` is the number people know the thing by."""

    number: int
    at: datetime
    actor: str
    subject: str
    ulid: str
    act: str
    of: str


@dataclass(slots=True)
class Witness:
    """A folder with marks and acts. Whoever calls holds the database lock of the counter or of the audit chain, so
    no two write the same file at once."""

    folder: Path
    _marks: dict[str, int] = field(default_factory=dict)

    def saw_number(self, counter: str, last: int, size: int) -> None:
        """Before ``last`` is used: the mark of the counter is at or above it, on the disk."""
        if self._marks.get(counter, 0) >= last or _read_mark(self._path(counter)) >= last:
            return
        mark = self._marks[counter] = last + _AHEAD * size
        path = self._path(counter)
        new = path.with_suffix(".new")
        with storage_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w") as file:
                file.write(str(mark))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)

    def marks(self) -> dict[str, int]:
        """The mark of each counter: no higher number was given."""
        return {
            path.name.removesuffix(_MARK): _read_mark(path)
            for path in (self.folder / "numbers").glob(f"*{_MARK}")
        }

    def saw_acts(self, acts: Sequence[Act]) -> None:
        """Before the commit they belong to. A commit that fails leaves lines whose numbers are used again: of two with
        one number the later counts."""
        lines = [
            json.dumps(
                [one.number, one.at.isoformat(), one.actor, one.subject, one.ulid, one.act, one.of],
                ensure_ascii=False,
            )
            for one in acts
        ]
        if not acts:
            return
        with storage_errors():
            folder = self.folder / "acts"
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"{acts[-1].at:%Y-%m}.jsonl").open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")

    def acts_after(self, number: int) -> list[Act]:
        """What was told with a higher number, in the order of the chain."""
        found = {act.number: act for act in self._acts() if act.number > number}
        return [found[key] for key in sorted(found)]

    def begin_again(self, at: datetime) -> None:
        """Set the acts aside: the chain goes on from the backup, with numbers that were told before."""
        acts = self.folder / "acts"
        if acts.exists():
            acts.replace(named_by_time(self.folder, at, "acts-before-"))

    def _acts(self) -> Iterator[Act]:
        for path in sorted((self.folder / "acts").glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    number, at, *words = json.loads(line)
                    yield Act(number, datetime.fromisoformat(at), *words)
                except ValueError:  # the machine died in the middle of the line, and so did its commit
                    continue

    def _path(self, counter: str) -> Path:
        return self.folder / "numbers" / f"{counter}{_MARK}"


def _read_mark(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except FileNotFoundError:
        return 0
