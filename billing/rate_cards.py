"""Rate cards: loaded from a file, in force from their date until the next card of the same name.

Several cards may be in force together (one for printing, one for mail), but one unit has one price on a day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from billing.models import CardState, Charge, RateCard, RateLineRow
from billing.pricing import RateLine, line_of
from kernel.errors import AttentionNeeded, Conflict
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from kernel.money import ZERO, Money, Rate
from production.jobs import lifecycle
from store.db import UnitOfWork

COLUMNS = ("unit", "description", "rate", "minimum", "pass_through")
LARGEST_RATE = Decimal(1_000_000)  # the column is NUMERIC(12,6)
_YES_NO = {"yes": True, "no": False, "": False}

CARD = lifecycle.register(
    RateCard, [(CardState.PUBLISHED, "withdraw", CardState.WITHDRAWN, "Withdrawn before use")]
)


def rate_for(session: Session, unit: str, on: date) -> RateLine:
    """The price of a unit on a day. AttentionNeeded RATE_MISSING or RATE_OVERLAP."""
    return line_of(card_on(session, on), unit)


def card_on(session: Session, on: date) -> dict[str, RateLine]:
    """Every price in force on a day, by unit. AttentionNeeded RATE_OVERLAP when a unit has two."""
    lines: dict[str, RateLine] = {}
    for row in session.scalars(
        select(RateLineRow)
        .where(RateLineRow.card_id.in_(card.id for card in _cards_on(session, on)))
        .options(joinedload(RateLineRow.card))
        .order_by(RateLineRow.unit, RateLineRow.id)
    ):
        if row.unit in lines:
            raise AttentionNeeded(
                f"{row.unit} has two prices on {on}: {lines[row.unit].card} and {_name(row.card)}.",
                code="RATE_OVERLAP",
                remedy="Withdraw one of the cards.",
                unit=row.unit,
            )
        lines[row.unit] = as_line(row)
    return lines


def as_line(row: RateLineRow) -> RateLine:
    """A stored line (its card loaded) as a value."""
    return RateLine(
        unit=row.unit,
        description=row.description,
        rate=Rate(row.rate),
        minimum=row.minimum,
        pass_through=row.pass_through,
        card=_name(row.card),
        id=row.id,
    )


def load_card(
    uow: UnitOfWork, *, name: str, effective_from: date, data: bytes, file: str = ""
) -> tuple[RateCard | None, list[Finding]]:
    """Publish a card from CSV (``unit,description,rate,minimum,pass_through``), or say what is wrong with it.

    All or nothing: with a finding that stops, no card. Loading the same prices again gives the same card.
    """
    lines, findings = read_card(data, file=file)
    if findings:
        return None, findings
    # Two cards loaded at once must see each other; reading goes on meanwhile.
    uow.session.execute(text("LOCK TABLE rate_card IN SHARE ROW EXCLUSIVE MODE"))
    same = uow.session.scalars(
        select(RateCard).filter_by(name=name, effective_from=effective_from, state=CardState.PUBLISHED)
    ).one_or_none()
    if same is not None:
        stored = [as_line(row) for row in _lines(uow.session, same)]
        if sorted(map(_price, stored)) == sorted(map(_price, lines)):
            return same, []
        return None, [_finding("RATE_OVERLAP", f"There is another card {_name(same)}.", file)]
    if findings := [
        _finding("RATE_OVERLAP", f"{line.unit} has a price in {line.card} at the same time.", file)
        for line in _in_force_beside(uow.session, name, effective_from)
        if line.unit in {new.unit for new in lines}
    ]:
        return None, findings
    card = RateCard(
        ulid=new_ulid(uow.now), name=name, effective_from=effective_from, state=CardState.PUBLISHED,
        version=1, loaded_by=uow.actor.name, loaded_at=uow.now,
    )  # fmt: skip
    uow.session.add(card)
    uow.session.add_all(
        RateLineRow(
            card=card, unit=line.unit, description=line.description, rate=line.rate.value,
            minimum=line.minimum, pass_through=line.pass_through,
        )
        for line in lines
    )  # fmt: skip
    uow.audit("rate_card", card.ulid, "published", name=name, effective_from=str(effective_from))
    return card, []


def withdraw_card(uow: UnitOfWork, card: RateCard) -> None:
    """Take a card back before anything was charged by it. Conflict RATE_USED afterwards."""
    used = select(Charge.id).join(RateLineRow).where(RateLineRow.card_id == card.id)
    if uow.session.scalars(used.limit(1)).first() is not None:
        raise Conflict("Charges stand on this card; publish a new one instead.", code="RATE_USED")
    lifecycle.advance(uow, card, "withdraw")


def read_card(data: bytes, *, file: str = "") -> tuple[list[RateLine], list[Finding]]:
    """The lines of a card file and everything wrong with them. Pure."""
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            return [], [_finding("DATA_HEADER", f"Columns missing: {', '.join(missing)}.", file)]
        rows = list(reader)
    except UnicodeDecodeError:
        return [], [_finding("ENCODING", "The file is not UTF-8 text.", file)]
    except csv.Error as error:
        return [], [_finding("CSV_QUOTE", f"The file cannot be read: {error}.", file)]
    if not rows:
        return [], [_finding("DATA_EMPTY", "The file has no prices.", file)]
    lines: dict[str, RateLine] = {}
    findings: list[Finding] = []
    for number, row in enumerate(rows, start=2):
        try:
            line = _line(row)
        except ValueError as error:
            findings.append(_finding("AMOUNT_INVALID", f"{error}.", file, number))
            continue
        if line.unit in lines:
            findings.append(_finding("RATE_OVERLAP", f"{line.unit} is priced twice.", file, number))
        lines[line.unit] = line
    return list(lines.values()), findings


def _line(row: dict[str, str | None]) -> RateLine:
    """ValueError in words for whatever is wrong with a row."""
    cells = {column: (row[column] or "").strip() for column in COLUMNS}
    unit, description = cells["unit"], cells["description"]
    if not 0 < len(unit) <= 60 or unit != unit.lower() or not 0 < len(description) <= 200:
        raise ValueError("A line needs a unit in small letters and a description of at most 200 letters")
    if cells["pass_through"].lower() not in _YES_NO:
        raise ValueError("pass_through is yes or no")
    pass_through = _YES_NO[cells["pass_through"].lower()]
    try:
        rate = Rate(Decimal(cells["rate"]))
    except (InvalidOperation, ValueError) as error:
        raise ValueError(f"{unit}: the rate is a number of dollars with at most six decimals") from error
    if not 0 <= rate.value < LARGEST_RATE:
        raise ValueError(f"{unit}: the rate lies between 0 and 1,000,000")
    minimum = Money.parse(cells["minimum"]) if cells["minimum"] else ZERO
    if minimum < ZERO:
        raise ValueError(f"{unit}: the minimum is not below zero")
    if pass_through and (rate != Rate.of(1) or minimum):
        raise ValueError(f"{unit}: what is passed through is charged at cost: rate 1, no minimum")
    return RateLine(unit, description, rate, minimum, pass_through)


def _cards_on(session: Session, on: date) -> list[RateCard]:
    """The newest published card of every name that has begun."""
    query = (
        select(RateCard)
        .where(RateCard.state == CardState.PUBLISHED, RateCard.effective_from <= on)
        .order_by(RateCard.effective_from)
    )
    return list({card.name: card for card in session.scalars(query)}.values())


def _in_force_beside(session: Session, name: str, effective_from: date) -> Iterator[RateLine]:
    """Lines of other names on any day of a card that would begin then."""
    cards = session.scalars(select(RateCard).filter_by(state=CardState.PUBLISHED)).all()
    until = _successor(cards, name, effective_from)
    for card in cards:
        ends = _successor(cards, card.name, card.effective_from)
        if card.name != name and card.effective_from < until and effective_from < ends:
            yield from (as_line(row) for row in _lines(session, card))


def _successor(cards: Sequence[RateCard], name: str, begins: date) -> date:
    """The day a later card of the name takes over."""
    later = [card.effective_from for card in cards if card.name == name and card.effective_from > begins]
    return min(later, default=date.max)


def _lines(session: Session, card: RateCard) -> list[RateLineRow]:
    query = select(RateLineRow).filter_by(card_id=card.id).options(joinedload(RateLineRow.card))
    return list(session.scalars(query))


def _price(line: RateLine) -> tuple[str, str, Decimal, int, bool]:
    return (line.unit, line.description, line.rate.value, line.minimum.cents, line.pass_through)


def _name(card: RateCard) -> str:
    return f"{card.name} from {card.effective_from}"


def _finding(code: str, message: str, file: str, row: int | None = None) -> Finding:
    return Finding(
        code, Severity.STOP, message, "Correct the file and load it again.", Place(file=file, row=row)
    )
