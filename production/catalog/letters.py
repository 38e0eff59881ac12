"""From pages and what they travel in to a mailpiece: sheets, weight, thickness. Figures are data with their status."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kernel.findings import Finding, Severity
from postal.mailpiece import Mailpiece

_DATA = Path(__file__).parent / "data" / "letters.toml"
DEFAULT_ENVELOPE = "window10"
DEFAULT_STOCK = "bond20"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What pages travel in, how often they are folded (``panels``) and how many sheets it takes. A card is its own:
    ``construction`` as postal.mailpiece has it; ``stock`` its pages are printed on.
    """

    code: str
    name: str
    length_in: Decimal
    height_in: Decimal
    weight_oz: Decimal
    caliper_in: Decimal
    panels: int
    max_sheets: int
    status: str
    construction: str
    stock: str

    @property
    def has_window(self) -> bool:
        """The address stands behind a window."""
        return self.construction == "envelope"

    def mailpiece(self, *, thickness_in: Decimal, weight_oz: Decimal) -> Mailpiece:
        """A finished piece of this size."""
        return Mailpiece(self.length_in, self.height_in, thickness_in, weight_oz, self.construction)


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """One finished letter, flat or card."""

    sheets: int
    mailpiece: Mailpiece
    findings: tuple[Finding, ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def envelopes() -> dict[str, Envelope]:
    """Envelopes by code, small to large."""
    return {
        code: Envelope(
            code=code,
            name=row["name"],
            panels=row["panels"],
            max_sheets=row["max_sheets"],
            status=row["status"],
            construction=row.get("construction", "envelope"),
            stock=row.get("stock", DEFAULT_STOCK),
            **{key: Decimal(row[key]) for key in ("length_in", "height_in", "weight_oz", "caliper_in")},
        )
        for code, row in _data()["envelope"].items()
    }


def envelope_name(code: str | None) -> str:
    """The name of an envelope or card; its code when the catalogue no longer has it."""
    known = envelopes().get(code or "")
    return known.name if known else code or ""


def letter_facts(envelope: Envelope, *, pages: int, is_duplex: bool) -> LetterFacts:
    """Weight: sheets and envelope. Thickness: folded sheets between two envelope walls."""
    stock = _data()["stock"][envelope.stock]
    sheets = -(-pages // 2) if is_duplex else pages
    mailpiece = envelope.mailpiece(
        thickness_in=sheets * envelope.panels * Decimal(stock["caliper_in"]) + 2 * envelope.caliper_in,
        weight_oz=sheets * Decimal(stock["oz_per_sheet"]) + envelope.weight_oz,
    )
    findings = []
    if sheets > envelope.max_sheets:
        findings.append(
            Finding(
                "ENVELOPE_FULL",
                Severity.STOP,
                f"{sheets} sheets do not fit: {envelope.name} takes {envelope.max_sheets}.",
                "Print on both sides, shorten the document, or choose a larger envelope.",
            )
        )
    return LetterFacts(sheets, mailpiece, tuple(findings))
