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
import pyarrow.compute as pc

from kernel.findings import Finding, Place, Severity
from postal.zip_codes import Int64s
from production import catalog
from production.frontdesk.joined_rows import SAME_HOUSEHOLD, joined_rows
from production.frontdesk.list_repeats import name_key
from production.prepress.fields import Fields, Kind

# Columns of the accepted list while the household question is open; no later file has them.
NUMBER_COLUMN, ADDRESSEE_COLUMN = "household", "household_addressee"
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


def household_columns(numbers: Int64s, recipients: pa.Array) -> dict[str, pa.Array]:
    """The number of each row's household (-1: none), and on its first row whom the letter names."""
    rule, rows = addressee_rule(), np.flatnonzero(numbers >= 0)
    names = recipients.take(pa.array(rows)).to_pylist()
    keys = name_key(recipients.take(pa.array(rows))).to_pylist()
    people: dict[int, dict[str, str]] = {}
    for number, key, name in zip(numbers[rows].tolist(), keys, names, strict=True):
        people.setdefault(number, {}).setdefault(key, name)
    chosen = np.full(len(numbers), "", object)
    for number, its in people.items():
        chosen[number] = addressee(list(its.values()), rule)
    return {
        NUMBER_COLUMN: pa.array(numbers, pa.int64()),
        ADDRESSEE_COLUMN: pa.array(chosen, pa.string()),
    }


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
    """The rows that are mailed, their first row naming the household, and the rows joined to them."""
    numbers = table.column(NUMBER_COLUMN).to_numpy()
    is_first = np.zeros(len(table), bool)
    _, firsts = np.unique(numbers, return_index=True)
    is_first[firsts] = True
    mailed = (numbers < 0) | is_first
    heads = dict(
        zip(
            numbers[is_first].tolist(),
            table.column("source_row").filter(pa.array(is_first)).to_pylist(),
            strict=True,
        )
    )
    others = table.filter(pa.array(~mailed))
    to = [heads[number] for number in others.column(NUMBER_COLUMN).to_pylist()]
    named = pc.not_equal(table.column(ADDRESSEE_COLUMN), "")
    recipient = pc.if_else(named, table.column(ADDRESSEE_COLUMN), table.column("recipient"))
    kept = without_households(table.set_column(table.column_names.index("recipient"), "recipient", recipient))
    return kept.filter(pa.array(mailed)), joined_rows(others, to, SAME_HOUSEHOLD)


def without_households(table: pa.Table) -> pa.Table:
    """The accepted list as it is kept."""
    return table.drop_columns(
        [name for name in (NUMBER_COLUMN, ADDRESSEE_COLUMN) if name in table.column_names]
    )
