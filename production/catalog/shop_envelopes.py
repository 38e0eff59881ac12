"""What the shop measured of its envelopes: rows of the set-up; and envelopes as letters travel in them here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.asked import Count, Input, Line, Measure, Wrong
from production.catalog import models
from production.catalog.parts import Inches
from production.catalog.piece_weight import Envelope, Stock, envelopes
from production.people.second_person import consequence
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Code, Name, Row


def _as_window(given: Any) -> Any:
    """'0.875; 0.5; 4.5; 1.125' as four lengths."""
    return [part for part in re.split(r"[;,\s]+", given) if part] if isinstance(given, str) else given


def _four(lengths: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if len(lengths) not in (0, 4):
        raise Wrong("Write four lengths in inches, as in 0.875; 0.5; 4.5; 1.125.")
    return lengths


Window = Annotated[tuple[Inches, ...], BeforeValidator(_as_window), AfterValidator(_four), Input("text")]


class EnvelopeValue(Row):
    """What letters of one kind travel in."""

    code: Code = Field(title="Code")
    name: Name = Field(title="Name")
    weight_oz: Annotated[Measure, Field(le=16)] = Field(
        title="Weight, oz", description="Weigh ten empty ones and divide."
    )
    caliper_in: Annotated[Measure, Field(le=1)] = Field(
        title="Thickness of a wall, inches", description="A stack of fifty empty ones, divided by a hundred."
    )
    max_sheets: Annotated[Count, Field(ge=1, le=500)] = Field(
        title="Sheets", description="As many as the inserter puts into it."
    )
    window: Window = Field(
        default=(), title="Window",
        description="From the left edge, from the lower edge, width, height; in inches. Empty: not measured.",
    )  # fmt: skip
    source: Annotated[Line, Field(max_length=500)] = Field(
        default="", title="Source", description="Who measured it, and when."
    )


class Envelopes(Kind[EnvelopeValue]):
    """Envelopes that can be ordered."""

    code, name, names = "envelope", "Envelope", "Envelopes"
    lead = (
        "What letters travel in: weight and thickness decide about postage, the window about where an address shows. "
        "Weigh and measure your own."
    )
    verb, has_guesses, grows, fixed = "keep_machines", True, False, ("name",)
    value = EnvelopeValue

    def shipped(self) -> Sequence[EnvelopeValue]:
        return [
            EnvelopeValue(
                code=one.code, name=one.name, weight_oz=one.weight_oz, caliper_in=one.caliper_in,
                max_sheets=one.max_sheets, window=one.window_in or (), source=one.source,
            )
            for one in envelopes().values()
            if not one.is_card
        ]  # fmt: skip

    def check(self, change: Change[EnvelopeValue]) -> Iterator[Finding]:
        row, size = change.value, envelopes().get(change.value.code)
        if row.window and size is not None:
            left, low, width, height = row.window
            if left + width > size.length_in or low + height > size.height_in:
                yield wrong(
                    "window", f"It does not fit: the envelope is {size.length_in} x {size.height_in} inches."
                )

    def consequences(self, change: Change[EnvelopeValue]) -> Iterator[Finding]:
        if change.before is not None and change.of("weight_oz", "caliper_in"):
            yield consequence(
                "ENVELOPE_CHANGE",
                f"Letters checked from now on count {_figures(change.value)} of envelope, until now "
                f"{_figures(change.before)}; their postage may be another. What is quoted keeps its figures.",
            )


def _figures(row: EnvelopeValue) -> str:
    return f"{row.weight_oz} oz and {row.caliper_in} in"


def shop_envelopes(session: Session) -> Mapping[str, Envelope]:
    """Envelopes and cards by code, small to large, with what the shop measured of them and of its papers."""
    measured = {row.code: row for row in ENVELOPES.rows(session)}
    papers = {row.code: row for row in session.scalars(select(models.Stock))}
    return {
        code: _as_measured(
            replace(one, stock=_stock(papers.get(one.stock_code), one.stock)), measured.get(code)
        )
        for code, one in envelopes().items()
    }


def most_sheets(session: Session) -> int:
    """As many as the largest envelope takes."""
    return max(envelope.max_sheets for envelope in shop_envelopes(session).values())


def _stock(row: models.Stock | None, shipped: Stock) -> Stock:
    if row is None or row.caliper_in is None:
        return shipped
    return Stock(row.name, row.basis_lb, (row.basic_width_in, row.basic_height_in), row.caliper_in)


def _as_measured(envelope: Envelope, row: EnvelopeValue | None) -> Envelope:
    if row is None:
        return envelope
    return replace(
        envelope, weight_oz=row.weight_oz, caliper_in=row.caliper_in, max_sheets=row.max_sheets,
        window_in=row.window or None,
    )  # fmt: skip


ENVELOPES = Envelopes()
