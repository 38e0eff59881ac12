"""One letter for a household: when it is allowed, whom it names, and what becomes of the other rows.

Two people's notices never go into one envelope: the mailing must be said not to be confidential, and the letter may say
nothing that comes from a row besides its address.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from kernel.findings import Finding, Place, Severity
from production import catalog
from production.frontdesk.checks.joined_rows import SAME_HOUSEHOLD, joined_rows
from production.frontdesk.checks.repeats import name_key
from production.prepress.merge.fields import Fields, Kind

# Column of the accepted list while the household question is open; no later file has it.
NUMBER_COLUMN = "household"
_DATA = Path(catalog.__file__).parent / "data" / "households.toml"
_REMEDY = "Every person gets a letter of their own."


@dataclass(frozen=True, slots=True)
class Rule:
    """The words of data/households.toml."""

    most_characters: int
    two: str
    family: str
    others: str
    suffixes: frozenset[str]


@cache
def addressee_rule() -> Rule:
    """The shop's rule."""
    data = tomllib.loads(_DATA.read_text("utf-8"))
    return Rule(**data | {"suffixes": frozenset(data["suffixes"])})


def addressee(names: Sequence[str], rule: Rule) -> str:
    """'Ana Landry and Marc Roy', 'The Landry Household', or 'Ana Landry and Household'. At least two names."""
    if len(names) == 2:
        both = rule.two.format(first=names[0], second=names[1])
        if len(both) <= rule.most_characters:
            return both
    surnames = {_surname(name, rule).upper(): _surname(name, rule) for name in reversed(names)}
    if len(surnames) == 1 and "" not in surnames:
        return rule.family.format(surname=next(iter(surnames.values())))
    return rule.others.format(first=names[0])


def _surname(name: str, rule: Rule) -> str:
    last, comma, _ = name.partition(",")
    words = [
        word for word in name.replace(",", " ").split() if word.upper().replace(".", "") not in rule.suffixes
    ]
    if comma and len(last.split()) == 1 and len(words) > 1:
        return last
    return words[-1] if len(words) > 1 else ""


def why_not(fields: Fields, *, is_confidential: bool) -> list[Finding]:
    """Why the households of a mailing may not be joined; nothing when they may."""
    if is_confidential:
        return [_refused("The mailing is confidential.")]
    personal = sorted(
        field.name for field in fields.of_kind(Kind.TEXT) if any(column for _, column in field.parts)
    )
    if personal:
        said = ", ".join(name[:60] for name in personal[:5])
        return [_refused(f"The letter says something of its own to each person, in {said}.")]
    return []


def _refused(why: str) -> Finding:
    return Finding("HOUSEHOLD_REFUSED", Severity.WARN, f"Households do not get one letter. {why}", _REMEDY)


def household_finding(row: int) -> Finding:
    """What is told of a row that is joined."""
    return Finding(
        "HOUSEHOLD_JOINED", Severity.NOTE, "The row is in the letter of another person of its household.",
        "The file of joined rows says in which.", Place(row=row),
    )  # fmt: skip


def join_households(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows that are mailed, their first row naming the household, and the rows joined to them. Whoever has left a
    household since is not named, and one person alone is none."""
    numbers = table.column(NUMBER_COLUMN).to_numpy()
    rows = np.flatnonzero(numbers >= 0)
    recipients = table.column("recipient").combine_chunks().take(pa.array(rows))
    people: dict[int, dict[str, str]] = {}
    named = zip(numbers[rows].tolist(), name_key(recipients).to_pylist(), recipients.to_pylist(), strict=True)
    for number, key, name in named:
        people.setdefault(number, {}).setdefault(key, name)
    several = [number for number, its in people.items() if len(its) > 1]
    rows = rows[np.isin(numbers[rows], several)]
    _, at, which = np.unique(numbers[rows], return_index=True, return_inverse=True)
    firsts = rows[at]
    is_other = np.zeros(len(table), bool)
    is_other[np.setdiff1d(rows, firsts)] = True
    rule = addressee_rule()
    said = table.column("recipient").to_numpy(zero_copy_only=False).copy()
    said[firsts] = [addressee(list(people[int(numbers[row])].values()), rule) for row in firsts]
    source_row = table.column("source_row").to_numpy()
    heads = source_row[firsts][which][is_other[rows]]
    named_table = table.set_column(
        table.column_names.index("recipient"), "recipient", pa.array(said, pa.string())
    )
    kept = without_households(named_table).filter(pa.array(~is_other))
    return kept, joined_rows(table.filter(pa.array(is_other)), heads.tolist(), SAME_HOUSEHOLD)


def apart(table: pa.Table, rows: Sequence[int]) -> pa.Table:
    """The list with the households of these rows dissolved: everybody there gets a letter."""
    numbers = table.column(NUMBER_COLUMN).to_numpy()
    theirs = numbers[np.isin(table.column("source_row").to_numpy(), rows)]
    alone = np.where(np.isin(numbers, theirs), -1, numbers)
    return table.set_column(
        table.column_names.index(NUMBER_COLUMN), NUMBER_COLUMN, pa.array(alone, pa.int64())
    )


def without_households(table: pa.Table) -> pa.Table:
    """The accepted list as it is kept."""
    return table.drop_columns([NUMBER_COLUMN]) if NUMBER_COLUMN in table.column_names else table
