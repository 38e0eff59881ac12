"""Which backups of a folder stay, by a dated rule (backup_keep.toml), and the going of the rest with their files.

What a retention rule removed from the plant lies in its backups until they go, so old ones must go as well.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from kernel import clock
from kernel.errors import InvalidInput
from store.keeping.backup import FILES, POOL, named_files, read_manifest

_DATA = Path(__file__).parent / "backup_keep.toml"
_STORED = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class KeepRule:
    """The newest backup of each of so many days, weeks and months stays, those of now included."""

    edition: str
    effective_from: date
    daily: int
    weekly: int
    monthly: int
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Thinned:
    """What went, or would go: folders of backups by name, and files of the pool that no other backup names.
    ``unknown``: folders that are no finished backup, left as they are.
    """

    kept: tuple[str, ...]
    gone: tuple[str, ...]
    files: int
    size: int
    unknown: tuple[str, ...]


def keep_rule(on: date) -> KeepRule:
    """The rule in force on a day; before the first, the first."""
    begun = [rule for rule in _rules() if rule.effective_from <= on]
    return begun[-1] if begun else _rules()[0]


def to_keep(made: Iterable[datetime], rule: KeepRule, now: datetime) -> set[datetime]:
    """Which of the backups made at these times stay."""
    times = sorted(made)
    today = clock.business_date(now)
    kept = set(times[-1:])
    for period, count in ((_day, rule.daily), (_week, rule.weekly), (_month, rule.monthly)):
        newest = {period(clock.business_date(at)): at for at in times}  # the last of a period is its newest
        kept |= {at for number, at in newest.items() if number > period(today) - count}
    return kept


def thin(folder: Path, rule: KeepRule, now: datetime, *, is_trial: bool = False) -> Thinned:
    """Remove the backups of a folder that the rule does not keep, then the files of the pool that none of those left
    names, and what a broken backup left. ``is_trial``: only tell. The caller holds the folder's lock.
    """
    made, unknown = {}, []
    for own in sorted(one for one in folder.iterdir() if one.is_dir() and one.name != POOL):
        try:
            made[own] = read_manifest(own).made_at
        except InvalidInput:
            unknown.append(own)
    kept = to_keep(made.values(), rule, now)
    going = [own for own, at in made.items() if at not in kept]
    broken = [own for own in unknown if own.suffix == ".part"]  # the lock is ours: nobody is at it
    leaving = {*going, *broken}
    staying = [own for own in (*made, *unknown) if own not in leaving]
    loose = _unnamed(folder / POOL, staying)
    size = sum(path.stat().st_size for path in loose)
    if not is_trial:
        for own in leaving:
            shutil.rmtree(own)
        for path in loose:
            path.unlink()
    return Thinned(
        kept=tuple(own.name for own, at in made.items() if at in kept),
        gone=tuple(sorted(own.name for own in leaving)),
        files=len(loose),
        size=size,
        unknown=tuple(own.name for own in unknown if own not in leaving),
    )


def _unnamed(pool: Path, backups: Sequence[Path]) -> list[Path]:
    """Stored files that none of the backups names, and halves of copies."""
    named = {sha256 for own in backups if (own / FILES).exists() for sha256, _ in named_files(own)}
    return [
        path
        for path in sorted(pool.glob("??/*"))
        if (_STORED.fullmatch(path.name) and path.name not in named) or path.suffix == ".new"
    ]


def _day(day: date) -> int:
    return day.toordinal()


def _week(day: date) -> int:
    return (day.toordinal() - 1) // 7  # Monday to Sunday


def _month(day: date) -> int:
    return day.year * 12 + day.month


@lru_cache(maxsize=1)
def _rules() -> tuple[KeepRule, ...]:
    rows = tomllib.loads(_DATA.read_text("utf-8"))["rule"]
    return tuple(sorted((KeepRule(**row) for row in rows), key=lambda rule: rule.effective_from))
