"""How standards are learned, as a row of the set-up: how many runs are enough, and how alike they must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from kernel.findings import Finding
from production.asked import Count, Input, Wrong
from production.catalog.press_room.fields import Number, Source
from production.catalog.products.standards import NOT_CONFIRMED
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Row


def _as_counts(given: Any) -> Any:
    """'500; 2,500' as two numbers."""
    if not isinstance(given, str):
        return given
    parts = [one.strip().replace(",", "") for one in given.split(";") if one.strip()]
    if not all(one.isascii() and one.isdigit() for one in parts):
        raise Wrong("Write counts, as in 500; 2,500; 10,000.")
    return tuple(int(one) for one in parts)


_RunLengths = Annotated[
    tuple[Annotated[int, Field(ge=1, le=10**9)], ...],
    Field(max_length=8),
    BeforeValidator(_as_counts),
    Input("text"),
]


class LearningRow(Row):
    """What counts as evidence."""

    days: Annotated[Count, Field(ge=7, le=730)] = Field(
        default=91, title="Days looked back", description="Runs that ended in these days are evidence."
    )
    least_runs: Annotated[Count, Field(ge=6, le=1_000)] = Field(
        default=8, title="Fewest runs", description="Fewer prove nothing; below six no median is sure."
    )
    widest_percent: Annotated[Number, Field(gt=0, le=200)] = Field(
        default=Decimal(40), title="Widest spread, percent",
        description="From quartile to quartile, of the median. Above it the runs differ too much for one figure.",
    )  # fmt: skip
    least_change_percent: Annotated[Number, Field(le=100)] = Field(
        default=Decimal(5), title="Least change, percent", description="A smaller one is not proposed."
    )
    outlier_deviations: Annotated[Number, Field(ge=2, le=20)] = Field(
        default=Decimal("3.5"), title="Outlier from, deviations",
        description="Runs that lie further from the median are named and left out. 3.5: Iglewicz and Hoaglin, 1993.",
    )  # fmt: skip
    run_lengths: _RunLengths = Field(
        default=(500, 2_500, 10_000), title="Classes of run length",
        description="Up to which count of sheets or pieces each goes, as in 500; 2,500; 10,000.",
    )  # fmt: skip
    source: Source = Field(default=NOT_CONFIRMED, title="Source", description="How these figures were found.")


class Learning(Kind[LearningRow]):
    """There is one row."""

    code, name, names = "learning", "Rules of learning", "Rules of learning"
    lead = "How many runs are enough to propose another standard, and how much alike they must be."
    verb, value, is_one, has_guesses = "keep_machines", LearningRow, True, True

    def shipped(self) -> Sequence[LearningRow]:
        return (LearningRow(),)

    def check(self, change: Change[LearningRow]) -> Iterator[Finding]:
        ends = change.value.run_lengths
        if list(ends) != sorted(set(ends)):
            yield wrong("run_lengths", "Write each class once, the shortest first.")


LEARNING = Learning()
