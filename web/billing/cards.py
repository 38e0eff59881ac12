"""Rate cards: what is in force, each card's lines, and loading one from a file."""

from __future__ import annotations

import hashlib
from datetime import date

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from billing.models import RateCard, RateLineRow
from billing.rate_cards import as_line, load_card
from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.findings import Finding, Place, Severity
from kernel.ids import parse_ulid, show_ulid
from store.db import UnitOfWork
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
    """Publish a card from CSV, or say what is wrong with each line."""
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
            f"{card.name} is in force from {card.effective_from}.",
        )

    try:
        return once(work, sha256=sha256)
    except InvalidInput as error:
        return _cards_page(error), 422


@blueprint.get("/<ulid>")
@require("bill")
def show(ulid: str) -> str:
    """One card's lines."""
    try:
        key = parse_ulid(ulid)
    except ValueError as error:
        raise NotFound("There is no such rate card.") from error
    with reading() as session:
        card = session.scalars(select(RateCard).filter_by(ulid=key)).one_or_none()
        if card is None:
            raise NotFound("There is no such rate card.")
        rows = session.scalars(
            select(RateLineRow).filter_by(card_id=card.id).order_by(RateLineRow.unit)
        ).all()
        for row in rows:
            row.card = card
    return render_template("billing/card.html", card=card, lines=[as_line(row) for row in rows])


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
