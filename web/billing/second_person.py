"""What waits for a second person: a month to close, a rate card, meter registers that jump."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import periods, rate_cards
from billing.models import BillingPeriod, RateCard
from kernel import clock
from kernel.clock import long_date
from kernel.errors import NotFound
from kernel.ids import parse_ulid, show_ulid
from production.mailroom.metering.days import agree_to_registers
from production.mailroom.metering.models import Meter
from production.mailroom.metering.queries import find_sheet
from production.people import second_person, setup
from production.people.names import full_name
from production.people.second_person import Act, Agreement
from production.people.setup import SetupVersion
from production.purchasing import awarding, decisions, ordering
from production.purchasing.models import Award, BidRequest, MakeOrBuy
from production.purchasing.ordering import order_with
from production.setup.kinds import kind_of
from store.db import UnitOfWork
from web.acts import Knowing, command
from web.forms import Refused
from web.frame import Done, actor, reading, require

blueprint = Blueprint("agreements", __name__, url_prefix="/second-person")


@dataclass(frozen=True, slots=True)
class Question:
    """One act that somebody asks for: what it is and does, and who may agree."""

    act: Act
    subject: str
    title: str
    lines: tuple[str, ...]
    codes: tuple[str, ...]
    asked_by: str
    is_own: bool
    who_may: tuple[str, ...]


@blueprint.get("")
@require("agree")
def listing(refused: Refused | None = None, **_where: str) -> str:
    """Everything that waits, oldest first, with what it does."""
    with reading() as session:
        questions = [_question(session, row) for row in second_person.waiting(session)]
    return render_template("billing/second_person.html", questions=questions, refused=refused)


@blueprint.post("/<act>/<ulid>")
@require("agree")
@command(Knowing, again=listing)
def agree(uow: UnitOfWork, said: Knowing, act: str, ulid: str) -> Done:
    """The second person's yes."""
    try:
        settle, subject = _SETTLE[Act(act)], parse_ulid(ulid)
    except (KeyError, ValueError) as error:
        raise NotFound("Nothing of this kind waits for a second person.") from error
    return Done(url_for(".listing"), settle(uow, subject, said.knowing))


def _question(session: Session, row: Agreement) -> Question:
    title, lines, codes = _WORDS[row.act](session, row.subject)
    return Question(
        row.act, show_ulid(row.subject), title, tuple(lines), tuple(codes),
        full_name(session, row.asked_by), row.asked_by == actor().name,
        tuple(second_person.who_may(session, row.asked_by)),
    )  # fmt: skip


Words = tuple[str, list[str], list[str]]


def _month(session: Session, subject: UUID) -> Words:
    period = session.scalars(select(BillingPeriod).filter_by(ulid=subject)).one()
    found = periods.consequences(session, period, clock.today())
    return f"Close {period.name}", [one.message for one in found], [one.code for one in found]


def _card(session: Session, subject: UUID) -> Words:
    card = session.scalars(select(RateCard).filter_by(ulid=subject)).one()
    found = rate_cards.consequences(session, card, clock.today())
    return f"Approve the rate card {card.name}", [one.message for one in found], []


def _registers(session: Session, subject: UUID) -> Words:
    sheet = find_sheet(session, subject)
    meter = session.get_one(Meter, sheet.meter_id)
    lines = [gap.message for gap in sheet.gaps] + [f"What was said: {sheet.supervisor_note}"]
    return f"Registers of {meter.name} on {long_date(sheet.day)}", lines, []


def _close(uow: UnitOfWork, subject: UUID, knowing: list[str]) -> str:
    period = uow.session.scalars(select(BillingPeriod).filter_by(ulid=subject)).one()
    periods.close_period(uow, period, knowing=knowing)
    return f"{period.name} is closed. Later charges go to a later month."


def _approve(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    card = uow.session.scalars(select(RateCard).filter_by(ulid=subject)).one()
    rate_cards.approve_card(uow, card)
    return f"{card.name} is approved. It can be published now."


def _accept(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    agree_to_registers(uow, find_sheet(uow.session, subject))
    return "The registers stand. The meter's day can be closed."


def _change(session: Session, subject: UUID) -> Words:
    version = session.scalars(select(SetupVersion).filter_by(ulid=subject)).one()
    kind = kind_of(version.kind)
    differ = kind.differences(setup.value_of(kind, version), kind.find(session, version.key))
    lines = [f"{field}: {before} becomes {after}" for field, before, after in differ]
    return f"{kind.name} {version.key}", [*lines, *([version.why] if version.why else [])], []


def _put_in_force(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    version = uow.session.scalars(select(SetupVersion).filter_by(ulid=subject)).one()
    kind = kind_of(version.kind)
    setup.agree(uow, version, kind)
    return f"{kind.name} {version.key} is in force."


def _order(session: Session, subject: UUID) -> Words:
    row = order_with(session, subject)
    terms = ordering.terms_of(session, row)
    lines = [
        f"{line.words}: {told.quantity:,} {line.unit}s for ${told.price}"
        for line, told in zip(row.lines, terms.lines, strict=True)
    ]
    promised = f"Freight ${terms.freight}; promised for {long_date(terms.promised)}"
    return f"Order {row.number} to {row.vendor.name} for ${terms.total}", [*lines, promised], []


def _let_order(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    row = order_with(uow.session, subject)
    ordering.agree(uow, row)
    return f"Order {row.number} can be sent to {row.vendor.name}."


def _decision(session: Session, subject: UUID) -> Words:
    row = session.scalars(select(MakeOrBuy).filter_by(ulid=subject)).one()
    prices = [f"Outside: ${row.outside_price}", f"In house: ${row.house_price}" if row.house_price else ""]
    lines = [*prices, row.capacity, row.note, f"Waiver {row.waiver_number}" if row.waiver_number else ""]
    return f"Buy job {row.job.number} outside", [one for one in lines if one], []


def _bid(session: Session, subject: UUID) -> Words:
    row = session.scalars(select(Award).filter_by(ulid=subject)).one()
    number = session.get_one(BidRequest, row.request_id).number
    cheapest = "The cheapest bid." if row.is_cheapest else f"Not the cheapest bid: {row.reason}"
    return (
        f"Award {number} to {row.vendor.name}",
        [f"${row.total} with our handling", cheapest, row.few_reason],
        [],
    )


def _buy(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    return f"Job {decisions.agree(uow, subject).job.number} is bought outside. Bids can be asked for."


def _take(uow: UnitOfWork, subject: UUID, _knowing: list[str]) -> str:
    return f"The bid of {awarding.agree(uow, subject).vendor.name} is taken."


_WORDS: dict[Act, Callable[[Session, UUID], Words]] = {
    Act.CLOSE_PERIOD: _month,
    Act.RATE_CARD: _card,
    Act.METER_REGISTER: _registers,
    Act.SETUP: _change,
    Act.PURCHASE_ORDER: _order,
    Act.MAKE_OR_BUY: _decision,
    Act.AWARD: _bid,
}
_SETTLE: dict[Act, Callable[[UnitOfWork, UUID, list[str]], str]] = {
    Act.CLOSE_PERIOD: _close,
    Act.RATE_CARD: _approve,
    Act.METER_REGISTER: _accept,
    Act.SETUP: _put_in_force,
    Act.PURCHASE_ORDER: _let_order,
    Act.MAKE_OR_BUY: _buy,
    Act.AWARD: _take,
}
