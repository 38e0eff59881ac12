"""A standard of the set-up as the figures that can be learned, and back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.errors import NotFound
from production.catalog.pace import BINDERY, PRESS, STANDARD
from production.catalog.press_room import kinds as press_room
from production.catalog.products.standards import Standards
from production.catalog.setup import STANDARDS
from production.learning.proposing import Current, Standing
from production.people.setup import Kind

KINDS: Mapping[str, Kind[Any]] = {
    PRESS: press_room.PRESSES, BINDERY: press_room.BINDERY, STANDARD: STANDARDS,
}  # fmt: skip
_SPEEDS = {
    "cuts_per_hour": 1,
    "belt_in_per_min": 60,
    "per_hour": 1,
}  # by what it counts in, and minutes of it
_HALF, _ONE, _TENTH = Decimal("0.5"), Decimal(1), Decimal("0.1")
_HUNDRED = Decimal(100)
_SHELVES = {PRESS: "presses", BINDERY: "operations"}


def kind_of(code: str) -> Kind[Any]:
    """A kind of the set-up that holds standards. NotFound."""
    if code not in KINDS:
        raise NotFound("There are no standards of this kind.")
    return KINDS[code]


def current(code: str, row: Any) -> Current:
    """A row of such a kind as the figures that runs can tell of."""
    is_whole = code == STANDARD  # it is kept in whole minutes and whole speeds
    speed = next((name for name in _SPEEDS if getattr(row, name, None)), "per_hour")
    setup, units = (
        ("makeready_minutes", "makeready_sheets") if code == PRESS else ("setup_minutes", "setup_units")
    )

    def standing(field: str, step: Decimal) -> Standing:
        now = getattr(row, field)
        title = type(row).model_fields[field].title or field
        return Standing(field, title, None if now is None else Decimal(now), step)

    return Current(
        code, row.code, row.name or row.code.replace("_", " ").capitalize(),
        standing(speed, _ONE if is_whole else Decimal(0)), standing(setup, _ONE if is_whole else _HALF),
        standing(units, _ONE), standing("waste_percent", _TENTH), _SPEEDS[speed],
    )  # fmt: skip


def changed(row: Any, figures: Mapping[str, Decimal], source: str) -> Any:
    """The row with other figures, checked as if they were typed."""
    said = row.model_dump(mode="json") | {field: f"{value:f}" for field, value in figures.items()}
    return type(row).model_validate(said | {"source": source})


def with_figures(standards: Standards, code: str, key: str, figures: Mapping[str, Decimal]) -> Standards:
    """Standards as a quote kept them, money and all, with other figures of one press or step; as they are where they do
    not know it.
    """
    shelf = _SHELVES.get(code)
    held = getattr(standards, shelf) if shelf else {}
    if shelf is None or key not in held:
        return standards
    one = held[key]
    update: dict[str, Any] = {}
    for field, value in figures.items():
        if field == "waste_percent":
            update["running_waste"] = value / _HUNDRED
        elif field in ("makeready_sheets", "setup_units"):
            update[field] = int(value)
        elif code == PRESS and field == "per_hour":
            update["sides_per_hour" if one.sides_per_hour else "sheets_per_hour"] = value
        else:
            update[field] = value
    return standards.model_copy(update={shelf: {**held, key: one.model_copy(update=update)}})
