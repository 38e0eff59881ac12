"""Papers, presses, bindery steps, envelopes, cartons and rules of print work as rows of the set-up.

What ships holds until somebody changes a row. A row that is charged brings its units, for the rate card to price.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, TypeVar, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.findings import Finding
from production.catalog import models
from production.catalog.press_room.rows import (
    BinderyRow,
    CartonRow,
    EstimatingRow,
    PressEnvelopeRow,
    PressPaperRow,
    PressRow,
)
from production.catalog.products.charged import LABOR_HOUR, ChargedUnit, charged_units
from production.catalog.products.spec import Operation
from production.catalog.products.standards import Standards, shipped_standards
from production.catalog.rows import StockRow, UsageUnitRow
from production.people.second_person import consequence
from production.people.setup import Change, Kind, wrong
from production.people.setup_fields import Row
from store.db import UnitOfWork

V = TypeVar("V", bound=Row)
_WORDS_ONLY = {"name", "source"}
_TOLD = 3


class _PrintStandard(Kind[V]):
    """A row that estimates go by."""

    verb: ClassVar[str] = "keep_machines"
    has_guesses: ClassVar[bool] = True

    def consequences(self, change: Change[V]) -> Iterator[Finding]:
        figures = set(self.value.model_fields) - _WORDS_ONLY
        if change.of(*figures):
            yield consequence(
                "PRINT_STANDARD_CHANGE",
                "Print work that is priced from now on goes by this. What is quoted keeps its standards and its price.",
            )


class PressRoomKind(_PrintStandard[Any]):
    """Rows of which the standards have a shelf by code."""

    shelf: ClassVar[str]

    def shipped(self) -> Sequence[Any]:
        row = self.value
        return [row.of(code, one) for code, one in getattr(shipped_standards(), self.shelf).items()]

    def standard(self, session: Session, row: Any) -> Any:
        """The row as a standard; None while it cannot be one."""
        del session
        return row.standard()

    def units(self, session: Session, row: Any) -> list[ChargedUnit]:
        """What is charged because of the row."""
        one = self.standard(session, row)
        held = Standards().model_copy(update={self.shelf: {row.code: one}} if one else {})
        return [unit for unit in charged_units(held) if unit.code != LABOR_HOUR]

    def write(self, uow: UnitOfWork, value: Any) -> None:
        super().write(uow, value)
        for one in self.units(uow.session, value):
            if uow.session.get(models.UsageUnit, one.code) is None:
                UsageUnitRow(code=one.code, name=one.name).keep(uow.session)

    def consequences(self, change: Change[Any]) -> Iterator[Finding]:
        yield from super().consequences(change)
        before = change.before if change.before and change.before.is_active else None
        known = {one.code for one in self.units(change.session, before)} if before else set()
        new = [one.name for one in self.units(change.session, change.value) if one.code not in known]
        if change.value.is_active and new:
            more = f" and {len(new) - _TOLD} more" if len(new) > _TOLD else ""
            yield consequence(
                "PRICE_NEEDED",
                f"It is charged by {', '.join(new[:_TOLD])}{more}. While the rate card in force lacks a price for one, "
                "no print order can be priced: keep it out of use until then.",
            )


class PressPapers(PressRoomKind):
    """In which sheets a paper is kept for the presses."""

    code, name, names = "press_paper", "Paper for the presses", "Papers for the presses"
    lead = (
        "In which sheets each paper is kept for the presses, and how the grain runs in them. Weight and thickness "
        "stand with the papers; what a sheet costs stands in the rate card."
    )
    value, shelf = PressPaperRow, "stocks"

    def standard(self, session: Session, row: PressPaperRow) -> Any:
        paper = session.get(models.Stock, row.code)
        if paper is None or paper.caliper_in is None or not paper.is_active:
            return None
        return row.standard(StockRow.model_validate(paper))

    def check(self, change: Change[PressPaperRow]) -> Iterator[Finding]:
        paper = change.session.get(models.Stock, change.value.code)
        if paper is None:
            yield wrong("code", f"There is no paper {change.value.code}. Enter it with the papers first.")
        elif paper.caliper_in is None:
            yield wrong("code", "Nobody has measured how thick it is. Enter that with the papers first.")
        if not (change.value.sheets or change.value.parents):
            yield wrong("sheets", "Write at least one sheet, or a parent sheet.")
        for field in ("sheets", "parents"):
            if any(one.grain == "unknown" for one in getattr(change.value, field)):
                yield wrong(field, "Say of each sheet how the grain runs: long or short.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        query = select(models.Stock.code, models.Stock.name).where(models.Stock.caliper_in.is_not(None))
        papers = [(code, name) for code, name in session.execute(query.order_by(models.Stock.name))]
        return {"code": papers}


class Presses(PressRoomKind):
    """Presses and printers."""

    code, name, names = "press", "Press", "Presses"
    lead = (
        "What each press takes, how long it is made ready, how fast it runs and what it spoils. Prices of its hours, "
        "sides and plates stand in the rate card."
    )
    value, shelf = PressRow, "presses"
    listed = (
        "name", "sheets", "inks", "makeready_minutes", "makeready_sheets", "waste_percent", "per_hour", "is_active",
        "source",
    )  # fmt: skip

    def check(self, change: Change[PressRow]) -> Iterator[Finding]:
        row = change.value
        if not row.sheets:
            yield wrong("sheets", "Write at least one sheet.")
        if row.min_caliper_in >= row.max_caliper_in:
            yield wrong("min_caliper_in", "The thinnest paper must be thinner than the thickest.")
        if row.inks_at_once and row.inks_at_once > row.inks:
            yield wrong("inks_at_once", "It cannot print more inks in a pass than on a side.")
        if row.counted_sides and max(row.counted_sides) < row.inks:
            yield wrong("counted_sides", f"Say how sides of {row.inks} inks are counted, too.")
        margins = row.margin_in + max(row.gripper_in, row.margin_in)
        if any(min(one.width_in, one.height_in) <= margins for one in row.sheets):
            yield wrong("margin_in", "Margin and gripper leave nothing of the smallest sheet.")


class BinderySteps(PressRoomKind):
    """Steps of the bindery."""

    code, name, names = "bindery", "Bindery step", "Bindery steps"
    lead = "How long each step of the bindery takes, what it spoils, and the most that its machine takes."
    value, shelf = BinderyRow, "operations"
    listed = (
        "machine", "is_hand_work", "setup_minutes", "setup_units", "waste_percent", "per_hour", "cuts_per_hour",
        "belt_in_per_min", "is_active", "source",
    )  # fmt: skip

    def check(self, change: Change[BinderyRow]) -> Iterator[Finding]:
        row = change.value
        if row.code not in _STEPS:
            yield wrong("code", f"A step is one of {', '.join(_STEPS)}.")
        if unknown := sorted({*row.includes} - {*_STEPS}):
            yield wrong("includes", f"There is no step {unknown[0]}.")
        if row.code in row.includes:
            yield wrong("includes", "It does itself anyway.")
        speeds = [name for name in ("per_hour", "cuts_per_hour", "belt_in_per_min") if getattr(row, name)]
        if len(speeds) > 1:
            yield wrong(speeds[1], "Its speed is pieces, cuts, or a belt: fill in one of them.")
        if row.cuts_per_hour and not (row.clamp_in and row.max_sheets):
            yield wrong("clamp_in", "Say how high a lift of the cutter is, and the most sheets in it.")

    def choices(self, session: Session) -> dict[str, list[tuple[str, str]]]:
        del session
        steps = [(code, code.replace("_", " ").capitalize()) for code in _STEPS]
        return {"code": steps, "includes": steps}


class PressEnvelopes(PressRoomKind):
    """Envelopes that printed work is mailed in."""

    code, name, names = "press_envelope", "Envelope for printed work", "Envelopes for printed work"
    lead = "What printed work is mailed in: sizes decide what fits, weights what it costs to mail. Weigh your own."
    value, shelf = PressEnvelopeRow, "envelopes"


class Cartons(PressRoomKind):
    """What printed work is packed in."""

    code, name, names = "carton", "Carton", "Cartons"
    lead = "What printed work is packed in, and how heavy a carton may be."
    value, shelf = CartonRow, "cartons"


class Estimating(_PrintStandard[EstimatingRow]):
    """There is one row."""

    code, name, names = "estimating", "Rules of estimates", "Rules of estimates"
    lead = "What holds for every estimate of print work, whatever it is made on."
    value, is_one = EstimatingRow, True

    def shipped(self) -> Sequence[EstimatingRow]:
        return (EstimatingRow.of(shipped_standards().rules),)


_STEPS: tuple[str, ...] = tuple(one for one in get_args(Operation) if one != "print")
PRESS_PAPERS, PRESSES, BINDERY = PressPapers(), Presses(), BinderySteps()
PRESS_ENVELOPES, CARTONS, ESTIMATING = PressEnvelopes(), Cartons(), Estimating()
PRESS_ROOM: tuple[PressRoomKind, ...] = (PRESS_PAPERS, PRESSES, BINDERY, PRESS_ENVELOPES, CARTONS)
