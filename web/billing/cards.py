"""Rate cards: what is in force, each card's lines, and the way of one from a file to its first day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from billing.models import RateCard, RateLineRow
from billing.rate_cards import approve_card, as_line, compare, load_card, publish_card, withdraw_card
from kernel import clock
from kernel.errors import InvalidInput, NotFound, ShopError
from kernel.findings import Finding, Place, Severity
from kernel.ids import parse_ulid, show_ulid
from kernel.money import ZERO
from production.catalog.queries import unit_names
from production.people import second_person
from store.db import UnitOfWork
from web import acts
from web.forms import errors_of
from web.frame import Done, Entry, once, reading, require

blueprint = Blueprint("rate_cards", __name__, url_prefix="/rate-cards")
nav = (Entry("bill", "rate_cards.listing", "Rates"),)
MAX_BYTES = 1_000_000


@blueprint.get("")
@require("bill")
def listing() -> str:
    """Every card, newest first."""
    return _cards_page()


@blueprint.post("")
@require("bill")
def load() -> Response | tuple[str, int]:
    """Keep a card from CSV as a draft, or say what is wrong with each line."""
    given = request.files.get("card")
    data = given.read(MAX_BYTES + 1) if given else b""
    sha256 = hashlib.sha256(data).hexdigest()

    def work(uow: UnitOfWork) -> Done:
        name, begins = _wishes(data)
        card, findings = load_card(
            uow, name=name, effective_from=begins, data=data, file=(given.filename or "") if given else ""
        )
        if card is None:
            raise InvalidInput("The rate card was not loaded.", code="RATE_CARD", findings=findings)
        uow.session.flush()
        return Done(
            url_for(".show", ulid=show_ulid(card.ulid)),
            f"{card.name} is kept as a draft. A second person compares and approves it; then it is published.",
        )

    try:
        return once(work, sha256=sha256)
    except InvalidInput as error:
        return _cards_page(error), 422


@blueprint.get("/<ulid>")
@require("bill")
def show(ulid: str, error: ShopError | None = None) -> str:
    """One card's lines, and what they would have cost last quarter beside the prices before."""
    with reading() as session:
        card = _find(session, ulid)
        rows = session.scalars(
            select(RateLineRow).filter_by(card_id=card.id).order_by(RateLineRow.unit)
        ).all()
        for row in rows:
            row.card = card
        compared = compare(session, card, clock.today())
        who_may = second_person.who_may(session, card.loaded_by)
        units = unit_names(session)
    return render_template(
        "billing/card.html", card=card, units=units, lines=[as_line(row) for row in rows], compared=compared,
        before=sum((line.cost_before for line in compared), ZERO),
        after=sum((line.cost_after for line in compared), ZERO), who_may=who_may,
        error=acts.sentence_of(error) if error else "",
    )  # fmt: skip


@blueprint.post("/<ulid>/<verb>")
@require("bill")
def change(ulid: str, verb: str) -> Response | tuple[str, int]:
    """Approve by a second person, publish, or withdraw before the first use."""
    if verb not in _CHANGES:
        raise NotFound("There is no such step.")

    def work(uow: UnitOfWork) -> Done:
        card = _find(uow.session, ulid)
        say = _CHANGES[verb](uow, card)
        return Done(url_for(".show", ulid=ulid), f"{card.name} {say}")

    return acts.act(work, again=lambda error: show(ulid, error))


def _approve(uow: UnitOfWork, card: RateCard) -> str:
    approve_card(uow, card)
    return "is approved. It can be published now."


def _publish(uow: UnitOfWork, card: RateCard) -> str:
    publish_card(uow, card, knowing=acts.knowing())
    return f"is published: in force from {card.effective_from:%B %d, %Y}."


def _withdraw(uow: UnitOfWork, card: RateCard) -> str:
    withdraw_card(uow, card)
    return "is withdrawn."


_CHANGES: dict[str, Callable[[UnitOfWork, RateCard], str]] = {
    "approve": _approve,
    "publish": _publish,
    "withdraw": _withdraw,
}


def _find(session: Session, ulid: str) -> RateCard:
    try:
        key = parse_ulid(ulid)
    except ValueError as error:
        raise NotFound("There is no such rate card.") from error
    card = session.scalars(select(RateCard).filter_by(ulid=key)).one_or_none()
    if card is None:
        raise NotFound("There is no such rate card.")
    return card


def _cards_page(error: InvalidInput | None = None) -> str:
    with reading() as session:
        counts = (
            select(RateLineRow.card_id, func.count().label("lines")).group_by(RateLineRow.card_id).subquery()
        )
        cards = session.execute(
            select(RateCard, counts.c.lines)
            .outerjoin(counts, counts.c.card_id == RateCard.id)
            .order_by(RateCard.effective_from.desc(), RateCard.name)
        ).all()
    return render_template(
        "billing/cards.html", cards=cards, today=clock.today(), typed=request.form,
        errors=errors_of(error) if error else {}, findings=error.findings if error else [],
    )  # fmt: skip


def _wishes(data: bytes) -> tuple[str, date]:
    """Name and first day as typed. InvalidInput RATE_CARD names what is missing."""
    name = request.form.get("name", "").strip()
    begins = _date(request.form.get("effective_from", ""))
    problems = [
        (not 1 <= len(name) <= 80, "name", "The card needs a name of at most 80 letters."),
        (begins is None, "effective_from", "The first day is missing."),
        (not data, "card", "Choose the file of the card."),
        (len(data) > MAX_BYTES, "card", "The file has more than 1 MB; a rate card is small."),
    ]
    findings = [
        Finding("RATE_CARD", Severity.STOP, words, place=Place(column=field))
        for is_wrong, field, words in problems
        if is_wrong
    ]
    if findings or begins is None:
        raise InvalidInput("The rate card was not loaded.", code="RATE_CARD", findings=findings)
    return name, begins


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
