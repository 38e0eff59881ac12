"""The standards of the plant: what ships, with every row of which the shop says otherwise. Money is the rate card's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.models import Stock
from production.catalog.press_room.kinds import ESTIMATING, PRESS_ROOM, PRESSES, PressRoomKind
from production.catalog.products.standards import Standards, shipped_standards
from production.people.setup import Kind, rule_rows


def shop_standards(session: Session, tried: tuple[Kind[Any], Any] | None = None) -> Standards:
    """Those in force. What is out of use is left out, but for presses: an estimate tells that they are. ``tried``: a
    row of a kind, as if it were in force.
    """
    papers = session.scalars(
        select(Stock)
    ).all()  # held here, so that each is found without a statement of its own
    rows = rule_rows(session, (*PRESS_ROOM, ESTIMATING))
    if tried:
        kind, row = tried
        rows[kind.code] = [*(one for one in rows[kind.code] if kind.key(one) != kind.key(row)), row]
    (rules,) = rows[ESTIMATING.code]
    held: dict[str, Any] = {kind.shelf: dict(_held(session, kind, rows[kind.code])) for kind in PRESS_ROOM}
    del papers
    return Standards(rules=rules.rules(), **held)


def _held(session: Session, kind: PressRoomKind, rows: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Standards of a kind by code: those that ship in their order, the usual first, then the shop's own."""
    shipped: Mapping[str, Any] = getattr(shipped_standards(), kind.shelf)
    place = {code: at for at, code in enumerate(shipped)}
    for row in sorted(rows, key=lambda row: place.get(row.code, len(place))):
        if row.is_active or kind is PRESSES:
            one = kind.standard(session, row)
            if one is not None:
                yield row.code, one
