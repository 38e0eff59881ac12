"""Rate cards: loaded from a file as drafts, compared, approved by a second person, published; then in force from their
date until the next card of the same name.

Several cards may be in force together (one for printing, one for mail), but one unit has one price on a day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from billing.models import CardState, Charge, RateCard, RateLineRow
from billing.pricing import RateLine, line_of
from kernel.clock import business_date, long_date
from kernel.errors import AttentionNeeded, Conflict
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from kernel.money import ZERO, Money, Rate, extend, to_cents
from production.catalog.queries import unit_names
from production.jobs import lifecycle
from production.jobs.models import Usage, UsageVoid
from production.people import second_person
from production.people.second_person import Act, consequence
from store.db import UnitOfWork

COLUMNS = ("unit", "description", "rate", "minimum", "pass_through")
LARGEST_RATE = Decimal(1_000_000)  # the column is NUMERIC(12,6)
_YES_NO = {"yes": True, "no": False, "": False}

CARD = lifecycle.register(
    RateCard,
    [
        (CardState.DRAFT, "approve", CardState.APPROVED, "Approved by a second person"),
        (CardState.DRAFT, "withdraw", CardState.WITHDRAWN, "Withdrawn as a draft"),
        (CardState.APPROVED, "publish", CardState.PUBLISHED, "Published"),
        (CardState.APPROVED, "withdraw", CardState.WITHDRAWN, "Withdrawn before it was published"),
        (CardState.PUBLISHED, "withdraw", CardState.WITHDRAWN, "Withdrawn before use"),
    ],
)


def rate_for(session: Session, unit: str, on: date) -> RateLine:
    """The price of a unit on a day. AttentionNeeded RATE_MISSING or RATE_OVERLAP."""
    return line_of(card_on(session, on), unit, unit_names(session))


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
                f"{row.description} has two prices on {on}: {lines[row.unit].card} and {_name(row.card)}.",
                code="RATE_OVERLAP",
                remedy='Withdraw one of the cards under "Rates".',
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
    """Keep a card from CSV (``unit,description,rate,minimum,pass_through``) as a draft, and ask for a second person; or
    say what is wrong with it.

    All or nothing: with a finding that stops, no card. Loading the same prices again gives the same card.
    """
    lines, findings = read_card(data, known=unit_names(uow.session), file=file)
    findings += _gone(uow.session, name, effective_from, lines, file) if lines and not findings else []
    if findings:
        return None, findings
    # Two cards loaded at once must see each other; reading goes on meanwhile.
    uow.session.execute(text("LOCK TABLE rate_card IN SHARE ROW EXCLUSIVE MODE"))
    same = uow.session.scalars(
        select(RateCard)
        .filter_by(name=name, effective_from=effective_from)
        .where(RateCard.state != CardState.WITHDRAWN)
    ).one_or_none()
    if same is not None:
        stored = [as_line(row) for row in lines_of(uow.session, same)]
        if sorted(map(_price, stored)) == sorted(map(_price, lines)):
            return same, []
        return None, [_finding("RATE_OVERLAP", f"There is another card {_name(same)}.", file)]
    if findings := [
        _finding("RATE_OVERLAP", f"{line.description} has a price in {line.card} at the same time.", file)
        for line in _in_force_beside(uow.session, name, effective_from)
        if line.unit in {new.unit for new in lines}
    ]:
        return None, findings
    card = RateCard(
        ulid=new_ulid(uow.now), name=name, effective_from=effective_from, state=CardState.DRAFT,
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
    uow.audit("rate_card", card.ulid, "loaded", name=name, effective_from=str(effective_from))
    second_person.ask(uow, Act.RATE_CARD, card.ulid)
    return card, []


def approve_card(uow: UnitOfWork, card: RateCard) -> None:
    """The second person has compared the draft. Conflict SECOND_PERSON for whoever loaded it."""
    second_person.agree(uow, Act.RATE_CARD, card.ulid)
    lifecycle.advance(uow, card, "approve")


def publish_card(uow: UnitOfWork, card: RateCard, *, knowing: Collection[str]) -> None:
    """Put an approved card in force. Unconfirmed with what that does; Conflict RATE_OVERLAP when a card published
    meanwhile prices one of its units.
    """
    uow.session.execute(text("LOCK TABLE rate_card IN SHARE ROW EXCLUSIVE MODE"))
    units = {row.unit for row in lines_of(uow.session, card)}
    for line in _in_force_beside(uow.session, card.name, card.effective_from):
        if line.unit in units:
            raise Conflict(
                f"{line.description} has a price in {line.card} at the same time.", code="RATE_OVERLAP"
            )
    if card.state is CardState.APPROVED:
        found = consequences(uow.session, card, business_date(uow.now))
        second_person.confirm(f"Publishing {card.name} sets prices.", found, knowing)
    lifecycle.advance(uow, card, "publish")


def consequences(session: Session, card: RateCard, today: date) -> list[Finding]:
    """What publishing the card does."""
    lines = compare(session, card, today)
    changed = [line for line in lines if line.new != line.old]
    before, after = (
        sum((getattr(line, side) for line in lines), ZERO) for side in ("cost_before", "cost_after")
    )
    when = long_date(card.effective_from)
    found = [
        consequence(
            "PUBLISHING_PRICES",
            f"{len(changed):,} of {len(lines):,} prices change for work from {when}. On last quarter's work agencies "
            f"would pay ${after} instead of ${before}. Once a charge stands on the card it cannot be withdrawn.",
        )
    ]
    if card.effective_from < today:
        words = (
            f"It begins on {when}, a day that is past: work since then that is not charged yet is priced by it; "
            "what is charged stays."
        )
        found.append(consequence("PUBLISHING_BACK", words))
    return found


@dataclass(frozen=True, slots=True)
class Compared:
    """A unit's price before a card and in it (None: no price), with last quarter's quantity."""

    unit: str
    description: str
    old: Rate | None
    new: Rate | None
    quantity: Decimal

    @property
    def cost_before(self) -> Money:
        """Last quarter's work at the old price; minimums of jobs not counted."""
        return to_cents(extend(self.old, self.quantity)) if self.old else ZERO

    @property
    def cost_after(self) -> Money:
        """The same at the new price."""
        return to_cents(extend(self.new, self.quantity)) if self.new else ZERO


def compare(session: Session, card: RateCard, today: date) -> list[Compared]:
    """The card beside the prices in force the day before it, on the usage of the last whole quarter, by unit; what is
    passed through at cost has no price to compare.
    """
    before = card_on(session, card.effective_from - timedelta(days=1))
    mine = {row.unit: as_line(row) for row in lines_of(session, card)}
    ends = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    begins = (ends - timedelta(days=80)).replace(day=1)
    used = dict(
        session.execute(
            select(Usage.unit, func.sum(Usage.quantity))
            .where(Usage.usage_date >= begins, Usage.usage_date < ends, Usage.unit.in_(mine))
            .where(Usage.id.not_in(select(UsageVoid.usage_id)))
            .group_by(Usage.unit)
        ).all()
    )
    return [
        Compared(
            unit, line.description, before[unit].rate if unit in before else None, line.rate,
            used.get(unit, Decimal(0)),
        )
        for unit, line in sorted(mine.items())
        if not line.pass_through
    ]  # fmt: skip


def withdraw_card(uow: UnitOfWork, card: RateCard) -> None:
    """Take a card back before anything was charged by it, and a draft's question with it. Conflict RATE_USED
    afterwards.
    """
    used = select(Charge.id).join(RateLineRow).where(RateLineRow.card_id == card.id)
    if uow.session.scalars(used.limit(1)).first() is not None:
        raise Conflict("Charges stand on this card; publish a new one instead.", code="RATE_USED")
    lifecycle.advance(uow, card, "withdraw")
    second_person.drop(uow, Act.RATE_CARD, card.ulid)


def read_card(data: bytes, *, known: Collection[str], file: str = "") -> tuple[list[RateLine], list[Finding]]:
    """The lines of a card file and everything wrong with them; ``known``: the units of the catalog. Pure."""
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
        if line.unit not in known:
            findings.append(
                _finding(
                    "RATE_UNKNOWN", f"{line.unit} is no unit of work that is recorded here.", file, number
                )
            )
        if line.unit in lines:
            findings.append(_finding("RATE_OVERLAP", f"{line.unit} is priced twice.", file, number))
        lines[line.unit] = line
    return list(lines.values()), findings


def _gone(session: Session, name: str, begins: date, lines: Sequence[RateLine], file: str) -> list[Finding]:
    """Units that the card before it prices and this one does not: their work could not be charged."""
    cards = [card for card in _cards_on(session, begins) if card.name == name]
    units = {line.unit for line in lines}
    return [
        _finding("RATE_GONE", f"{row.unit} has a price in {_name(card)} and none here.", file)
        for card in cards
        for row in lines_of(session, card)
        if row.unit not in units
    ]


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


def standing(session: Session, today: date) -> list[RateCard]:
    """Cards in force, and published ones that are to come."""
    to_come = select(RateCard).where(RateCard.state == CardState.PUBLISHED, RateCard.effective_from > today)
    later = session.scalars(to_come.order_by(RateCard.effective_from, RateCard.name))
    return [*sorted(_cards_on(session, today), key=lambda card: card.name), *later]


def _in_force_beside(session: Session, name: str, effective_from: date) -> Iterator[RateLine]:
    """Lines of other names on any day of a card that would begin then."""
    cards = session.scalars(select(RateCard).filter_by(state=CardState.PUBLISHED).order_by(RateCard.id)).all()
    until = _successor(cards, name, effective_from)
    for card in cards:
        ends = _successor(cards, card.name, card.effective_from)
        if card.name != name and card.effective_from < until and effective_from < ends:
            yield from (as_line(row) for row in lines_of(session, card))


def _successor(cards: Sequence[RateCard], name: str, begins: date) -> date:
    """The day a later card of the name takes over."""
    later = [card.effective_from for card in cards if card.name == name and card.effective_from > begins]
    return min(later, default=date.max)


def lines_of(session: Session, card: RateCard) -> list[RateLineRow]:
    """The prices of a card, as they were loaded."""
    query = select(RateLineRow).filter_by(card_id=card.id).options(joinedload(RateLineRow.card))
    return list(session.scalars(query.order_by(RateLineRow.id)))


def _price(line: RateLine) -> tuple[str, str, Decimal, int, bool]:
    return (line.unit, line.description, line.rate.value, line.minimum.cents, line.pass_through)


def _name(card: RateCard) -> str:
    return f"{card.name} from {card.effective_from}"


def _finding(code: str, message: str, file: str, row: int | None = None) -> Finding:
    return Finding(
        code, Severity.STOP, message, "Correct the file and load it again.", Place(file=file, row=row)
    )
