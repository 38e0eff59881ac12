"""The mailings inside one sort: one as a rule; two where barcoded and other flats share tubs, each with its minimum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kernel.findings import Finding, Severity
from postal.plans.sort_plans import BARCODED, SortPlan
from postal.sorting.cells import Keys, Mail
from postal.sorting.least_postage import least_postage
from postal.sorting.presort_plan import Bools, Int64s

_WORDS = {BARCODED: "with a delivery point"}


@dataclass(frozen=True, slots=True, eq=False)
class Mailings:
    """``of_kind``: sortable units of each kind of the plan; ``short``: kinds that have pieces, but too few for a
    mailing, while another kind has enough. ``sortable``: pieces of the kinds that are mailed.
    """

    plan: SortPlan
    of_kind: dict[str, Bools]
    short: tuple[str, ...]
    sortable: int
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, mail: Mail, plan: SortPlan, minimum: int) -> Mailings:
        """Count the kinds against the minimum."""
        units = {kind: mail.of_kind(kind) for kind in plan.kinds}
        counts = {kind: int(mail.pieces[: mail.sortable][mine].sum()) for kind, mine in units.items()}
        enough = [kind for kind, count in counts.items() if count >= minimum]
        short = tuple(kind for kind, count in counts.items() if enough and count < minimum)
        sortable = sum(counts[kind] for kind in enough) or max(counts.values())
        findings = tuple(_too_few(kind, counts[kind], minimum, plan) for kind in short if counts[kind])
        return cls(plan, units, short, sortable, findings)

    def lawful(self, keys: Sequence[Keys]) -> tuple[Keys, ...]:
        """The groups that may be formed: none of a kind that is too few."""
        return tuple(
            Keys(found.key, np.full_like(found.row, -1)) if level.kind in self.short else found
            for found, level in zip(keys, self.plan.levels, strict=True)
        )

    def least(self, keys: Sequence[Keys], mail: Mail, millionths: Sequence[int]) -> Int64s:
        """The least postage of each kind by itself: tubs are shared, groups are not."""
        pieces = mail.pieces[: mail.sortable]
        placed = np.zeros((mail.sortable, len(keys) + 1), np.int64)
        for kind, mine in self.of_kind.items():
            if kind in self.short or not mine.any():
                placed[mine, -1] = pieces[mine]
                continue
            columns = [index for index, level in enumerate(self.plan.levels) if level.kind == kind]
            found = least_postage(
                [Keys(keys[index].key, keys[index].row[mine]) for index in columns],
                pieces[mine],
                replace(self.plan, levels=tuple(self.plan.levels[index] for index in columns)),
                [millionths[index] for index in columns],
            )
            placed[np.ix_(np.flatnonzero(mine), np.array([*columns, len(keys)]))] = found
        return placed


def _too_few(kind: str, have: int, need: int, plan: SortPlan) -> Finding:
    words = _WORDS.get(kind, "without a delivery point")
    return Finding(
        code="PRESORT_MINIMUM",
        severity=Severity.WARN,
        message=(
            f"{have:,} pieces {words} are too few for a mailing of their own beside the others: {plan.title} need "
            f"{need:,}, {need - have:,} are missing. They go at the single-piece price."
        ),
        remedy="Mail them together with another job.",
    )
