"""Content identifier numbers (CIN) of tray labels: which contents a number stands for, and plans held against it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kernel.findings import Finding, Severity
from postal.data.editions import Edition, InForce, kept_by_content
from postal.plans.sort_plans import ContainerRule, SortLevel, SortPlan

COLUMNS = ("cin", "mail_class", "line_2", "status")


@dataclass(frozen=True, slots=True)
class ContentId:
    """One number: line 2 of the label; ``mail_class`` as in Mail.dat (FCM, STD)."""

    cin: int
    mail_class: str
    line_2: str
    status: str


@dataclass(frozen=True, slots=True)
class ContentIds:
    """A table of them by number."""

    edition: Edition
    by_cin: Mapping[int, ContentId]


def content_ids(in_force: InForce) -> ContentIds:
    """The table in force on a day. InvalidInput EDITION_MISSING."""
    return load_table(in_force.edition("content-ids"))


@kept_by_content
def load_table(edition: Edition) -> ContentIds:
    """Read one edition. ValueError for a number that is none, or stands there twice."""
    with edition.path.open(newline="", encoding="utf-8-sig") as file:
        rows = [
            ContentId(int(row["cin"]), row["mail_class"], row["line_2"], row["status"])
            for row in csv.DictReader(file)
        ]
    by_cin = {row.cin: row for row in rows}
    if len(by_cin) != len(rows) or not all(0 < cin <= 999 for cin in by_cin):
        raise ValueError("a content identifier has three digits and stands in the table once")
    return ContentIds(edition, by_cin)


def check_plan(plan: SortPlan, table: ContentIds) -> list[Finding]:
    """What a plan's tray labels have that the table does not: an unknown number, another class, other words."""
    return list(dict.fromkeys(_differences(plan, table)))


def _differences(plan: SortPlan, table: ContentIds) -> Iterator[Finding]:
    labels: tuple[SortLevel | ContainerRule, ...] = (*plan.all_levels, *plan.containers)
    for level in labels:
        if not level.cin:
            continue
        row = table.by_cin.get(level.cin)
        if row is None:
            what = f"content identifier {level.cin:03d} is not in {table.edition.name}"
        elif row.mail_class != plan.mail_class:
            what = f"content identifier {level.cin:03d} is for {row.mail_class}, not for {plan.mail_class}"
        elif row.status == "confirmed" and row.line_2 != level.line_2:
            what = f"content identifier {level.cin:03d} is {row.line_2}, not {level.line_2}"
        else:
            continue
        sentence = f"Sort plan {plan.id}, level {level.code}: {what}."
        yield Finding("CONTENT_ID", Severity.WARN, sentence, "Compare the plan with the table.")
