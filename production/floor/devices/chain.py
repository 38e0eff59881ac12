"""Numbered lines of a device: each names the hash of the one before it. Functions of values.

A device writes a line before its screen answers and sends it until it is acknowledged. Lines may come in any order and
any number of times; what follows on the chain is accepted, in order of n, and the first line of a number wins.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

FIRST = ""  # what the first line of a device names as the hash before it


class Line(NamedTuple):
    """A line by its number, the hash of the one before, and its own."""

    n: int
    prev: str
    hash: str


class End(NamedTuple):
    """The last accepted line: everything up to its number is here."""

    n: int = 0
    hash: str = FIRST


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of lines. ``gaps``: first and last number of what is missing before a line that is here;
    ``forks``: numbers of which a line came that is not on the chain.
    """

    end: End
    accepted: tuple[Line, ...]
    gaps: tuple[tuple[int, int], ...]
    forks: tuple[Line, ...]


def hash_of(line: Mapping[str, Any]) -> str:
    """SHA-256 of a line without its hash: JSON, keys sorted, no blanks. ValueError for what is no text."""
    bare = {name: value for name, value in line.items() if name != "hash"}
    written = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


def stand(lines: Iterable[Line], end: End = End()) -> Standing:  # noqa: B008  a value
    """Follow the chain on from its end. ``lines``: in order of arrival, none of those accepted before; one of a number
    up to the end is therefore a fork.
    """
    by_number: dict[int, list[Line]] = defaultdict(list)
    for line in dict.fromkeys(lines):
        by_number[line.n].append(line)
    accepted: list[Line] = []
    while (follows := _next(end, by_number.get(end.n + 1, ()))) is not None:
        accepted.append(follows)
        end = End(follows.n, follows.hash)
    taken = set(accepted)
    forks = [line for n in sorted(by_number) if n <= end.n + 1 for line in by_number[n] if line not in taken]
    return Standing(end, tuple(accepted), tuple(_gaps(end.n, sorted(by_number))), tuple(forks))


def _next(end: End, lines: Iterable[Line]) -> Line | None:
    return next((line for line in lines if line.prev == end.hash), None)


def _gaps(last: int, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for n in numbers:
        if n > last + 1:
            yield last + 1, n - 1
        last = max(last, n)
