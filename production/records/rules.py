"""How long each class of records is kept: dated data with its source (retention.toml)."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "retention.toml"


@dataclass(frozen=True, slots=True)
class Rule:
    """A class of records. ``days`` after the event ``after`` it goes; None: it is kept. ``what``: references to stored
    files, as table.role or table.column."""

    name: str
    says: str
    what: tuple[str, ...]
    after: str
    days: int | None
    effective_from: date
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force on a day. ``sha256`` of the whole file they stand in: what a proof names."""

    edition: str
    sha256: str
    by_class: dict[str, Rule]

    def days(self, name: str) -> int | None:
        """Days of a class; None where it is kept or has no rule yet."""
        rule = self.by_class.get(name)
        return rule.days if rule else None


def rules_on(day: date, data: Path = DATA) -> Rules:
    """Of each class the newest rule in force on a day."""
    edition, sha256, rows = _read(data)
    in_force = sorted((rule for rule in rows if rule.effective_from <= day), key=lambda r: r.effective_from)
    return Rules(edition, sha256, {rule.name: rule for rule in in_force})


def with_shop(rules: Rules, days: Mapping[str, int | None]) -> Rules:
    """The rules with the periods that the shop decided; the hash is of both."""
    changed = {
        name: replace(rule, days=days[name], status="the shop's own")
        for name, rule in rules.by_class.items()
        if name in days and days[name] != rule.days
    }
    if not changed:
        return rules
    decided = json.dumps({name: rule.days for name, rule in sorted(changed.items())})
    sha256 = hashlib.sha256(f"{rules.sha256} {decided}".encode()).hexdigest()
    return Rules(f"{rules.edition}, changed by the shop", sha256, {**rules.by_class, **changed})


@lru_cache(maxsize=4)
def _read(data: Path) -> tuple[str, str, tuple[Rule, ...]]:
    content = data.read_bytes()
    given: dict[str, Any] = tomllib.loads(content.decode())
    rules = tuple(
        Rule(
            row["class"], row["says"], tuple(row.get("what", ())), row["after"], row.get("days"),
            row["effective_from"], row["status"], row["source"],
        )
        for row in given["rule"]
    )  # fmt: skip
    return given["edition"], hashlib.sha256(content).hexdigest(), rules
