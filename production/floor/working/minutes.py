"""How long was worked at an operation, of spells as values. Pure: knows no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from production.floor.models import SpellKind

_MINUTE = timedelta(minutes=1)
AT_WORK = (SpellKind.MAKE_READY, SpellKind.RUN)


class Span(NamedTuple):
    """A spell that counts: of which operation, where, what, from when to when."""

    operation: int
    work_center: str
    kind: SpellKind
    began: datetime
    ended: datetime


class Worked(NamedTuple):
    """Minutes of an operation, of all its machines together. Where a machine ran two operations at once, each has half
    of that time. ``helped``: of people beside those at the machine. ``is_apart``: make-ready and run were timed apart.
    """

    make_ready: Fraction = Fraction(0)
    run: Fraction = Fraction(0)
    paused: Fraction = Fraction(0)
    helped: Fraction = Fraction(0)
    is_apart: bool = False


_FIELD = {
    SpellKind.MAKE_READY: "make_ready", SpellKind.RUN: "run", SpellKind.PAUSE: "paused", SpellKind.HELP: "helped",
}  # fmt: skip


def worked(spans: Iterable[Span]) -> Mapping[int, Worked]:
    """Minutes by operation. ``spans`` of all operations that were at the same machines at the same time."""
    by_place: dict[str, list[Span]] = defaultdict(list)
    sums: dict[int, dict[SpellKind, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for span in spans:
        if span.kind in AT_WORK:
            by_place[span.work_center].append(span)
            sums[span.operation][span.kind] += 0
        else:
            sums[span.operation][span.kind] += _minutes(span.began, span.ended)
    for at_place in by_place.values():
        _share(at_place, sums)
    return {
        operation: Worked(
            **{_FIELD[kind]: minutes for kind, minutes in kinds.items()},
            is_apart=all(kind in kinds for kind in AT_WORK),
        )
        for operation, kinds in sums.items()
    }


def _share(spans: Sequence[Span], sums: Mapping[int, dict[SpellKind, Fraction]]) -> None:
    """The time of one machine, divided among the operations that it worked on at once."""
    coming = sorted(spans, key=lambda span: span.began, reverse=True)
    under_way: list[Span] = []
    for start, end in pairwise(sorted({at for span in spans for at in (span.began, span.ended)})):
        while coming and coming[-1].began <= start:
            under_way.append(coming.pop())
        under_way = [span for span in under_way if span.ended > start]
        for span in under_way:
            sums[span.operation][span.kind] += _minutes(start, end) / len(under_way)


def _minutes(start: datetime, end: datetime) -> Fraction:
    return Fraction((end - start) // timedelta(microseconds=1), _MINUTE // timedelta(microseconds=1))
