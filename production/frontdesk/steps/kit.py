"""A kit ordered as one order: the things in it as they were ordered before, for one day, place and account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kernel import clock
from kernel.errors import InvalidInput
from kernel.findings import Finding, Place
from production.asked import Asked, Sent, read_all
from production.catalog import queries as catalog
from production.catalog.press_room.standards import shop_standards
from production.catalog.shop_calendar import shop_calendar
from production.frontdesk.choosing.answers import QUANTITY
from production.frontdesk.orders.intake import account_problems, own_accounts
from production.frontdesk.orders.models import OrderDraft
from production.frontdesk.orders.print_request import due_problems, order_problems, place_problems
from production.frontdesk.orders.queries import AccountLine, open_accounts
from production.frontdesk.stationery.values import ValueRule
from production.frontdesk.steps import base, component_files, shares, stationery
from production.frontdesk.steps.base import Fact, Ordering, Reading, problem, put, recorded, refuse, said
from production.frontdesk.steps.kit_answers import KIT, KitAnswers, KitForm, KitPart, kit_of, part_drafts
from production.frontdesk.steps.print_answers import PRINT_ORDER, PrintOrderAnswers
from production.frontdesk.steps.spec_answers import (
    CHOICES,
    DETAILS,
    ChoicesAnswers,
    DetailsAnswers,
    spec_of_draft,
)
from production.frontdesk.steps.stationery_answers import STATIONERY, stationery_of, template_of
from production.jobs.states import StopWay
from production.jobs.stops import WAYS
from store.db import UnitOfWork

LABEL = "The kit"
ASKS: type[Asked] = KitForm
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of the kit: by its place in it, what it is, and the values that stand on it."""

    place: str
    title: str
    product: str
    rules: Sequence[ValueRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class View(base.View):
    """What the page shows."""

    accounts: Sequence[AccountLine]
    things: Sequence[Thing]


@dataclass(slots=True)
class KitReading(Reading):
    """The kit that a form stands for; ``parts``: a draft for each thing, in their order."""

    answers: KitAnswers | None = None
    parts: Sequence[Ordering] = field(default_factory=tuple)


def is_done(ordering: Ordering) -> bool:
    """A day was said."""
    kept = kit_of(ordering.draft)
    return kept is not None and kept.due is not None


def is_open(_ordering: Ordering) -> bool:
    """Always."""
    return True


def parts(ordering: Ordering) -> list[Ordering]:
    """The order of each thing by itself."""
    drafts = part_drafts(ordering.draft)
    with ordering.reading() as session:
        products = {one.product: catalog.product(session, one.product) for one in drafts}
    return [replace(ordering, product=products[one.product], draft=one) for one in drafts]


def show(ordering: Ordering, _sent: Sent | None) -> View:
    """As kept; the first day that can be asked for, and the first account, where none was said."""
    kept, found = kit_of(ordering.draft), parts(ordering)
    assert kept is not None  # it begins with them  # noqa: S101
    with ordering.reading() as session:
        accounts = open_accounts(session, ordering.draft.agency_id)
        earliest = shop_calendar(session).earliest_due_date(clock.today())
        rules = [
            template_of(session, one.draft).design.rules if STATIONERY in one.draft.answers else ()
            for one in found
        ]
    by_place = {str(at): one for at, one in enumerate(found, start=1)}
    things = [
        Thing(at, part.title, one.product.name, of_it)
        for (at, one), part, of_it in zip(by_place.items(), kept.parts, rules, strict=True)
    ]
    values = {
        f"{at}-{name}": text
        for at, one in by_place.items()
        if (piece := stationery_of(one.draft))
        for name, text in piece.values.items()
    }
    return View(
        values=kept.facts("parts", "title")
        | {
            "due": kept.due or earliest, "splits": kept.splits or shares.usual(accounts), "values": values,
            "quantity": {at: quantity_of(one.draft) for at, one in by_place.items()},
        },
        options={
            f"{thing.place}-{rule.name}": [("", "Choose"), *((one, one) for one in rule.choices)]
            for thing in things
            for rule in thing.rules
            if rule.choices
        },
        accounts=accounts,
        things=things,
    )  # fmt: skip


def read(ordering: Ordering, sent: Sent) -> KitReading:
    """Every thing with the day, place and accounts of all, and what keeps one from being made, beside its field."""
    form, problems = read_all(KitForm, sent, {})
    if form is None:
        return KitReading(problems)
    kept, found = kit_of(ordering.draft), parts(ordering)
    assert kept is not None  # it begins with them  # noqa: S101
    for at, one in enumerate(found, start=1):
        try:
            _answer(one, form, str(at))
        except InvalidInput as refusal:
            problems += [_beside(found_there, at) for found_there in refusal.findings]
    refuse(problems)
    answers = kept.model_copy(update=form.facts("quantity", "values"))
    return KitReading(answers=answers, parts=found)


def keep(uow: UnitOfWork, ordering: Ordering, reading: KitReading) -> str:
    """All of it or nothing."""
    answers = reading.answers
    if answers is None:
        refuse(reading.problems)
    assert answers is not None and answers.due is not None  # read gives them  # noqa: S101
    calendar = shop_calendar(uow.session)
    found = [
        *due_problems(answers.due, clock.today(), calendar),
        *place_problems(answers.place),
        *account_problems(answers.splits, own_accounts(uow, ordering.draft.agency_id)),
    ]
    for at, one in enumerate(reading.parts, start=1):
        flat = said(one.draft, PRINT_ORDER, PrintOrderAnswers)
        if flat is not None:
            what = (one.product, flat.title, flat.quantity, answers.due, answers.place)
            wrong = order_problems(*what, calendar=calendar)
            found += [_beside(each, at) for each in wrong if each.place.column == "quantity"]
        piece = stationery_of(one.draft)
        for file in piece.made.files if piece and piece.made else ():
            recorded(uow, file)
    refuse(found)
    whole = [
        KitPart(title=part.title, product=part.product, answers=dict(one.draft.answers))
        for part, one in zip(answers.parts, reading.parts, strict=True)
    ]
    put(ordering.draft, KIT, answers.model_copy(update={"parts": tuple(whole)}))
    return ordering.after(KIT)


def told(ordering: Ordering) -> Sequence[Fact]:
    """Each thing, and where all of it goes."""
    kept = kit_of(ordering.draft)
    if kept is None or kept.due is None:
        return ()
    found = parts(ordering)
    return (
        *(Fact(part.title, _in_words(one)) for part, one in zip(kept.parts, found, strict=True)),
        Fact("Needed by", kept.due, "date"),
        Fact("Delivered to", f"{kept.place}, {WAYS[StopWay(kept.way)]}"),
        Fact("Charged to", shares.words(kept.splits)),
    )


def quantity_of(draft: OrderDraft) -> int:
    """How many of a thing are ordered."""
    flat, piece = said(draft, PRINT_ORDER, PrintOrderAnswers), stationery_of(draft)
    if flat is not None:
        return flat.quantity
    if piece is not None:
        return piece.quantity
    chosen = said(draft, CHOICES, ChoicesAnswers)
    assert chosen is not None  # one of the three ways  # noqa: S101
    return int(chosen.answers[QUANTITY])


def _in_words(one: Ordering) -> str:
    piece = stationery_of(one.draft)
    name = next((text for text in piece.values.values() if text), "") if piece else ""
    return f"{quantity_of(one.draft):,}, {one.product.name}{f': {name}' if name else ''}"


def _answer(one: Ordering, form: KitForm, at: str) -> None:
    """A thing answered as the form says. InvalidInput where it cannot be made so."""
    quantity = form.quantity.get(at, quantity_of(one.draft))
    if not 1 <= quantity <= _MOST:
        refuse([problem("quantity", f"Order 1 to {_MOST:,}.")])
    _STEPS[next(step for step in _STEPS if step in one.draft.answers)](one, form, at, quantity)


def _flat(one: Ordering, form: KitForm, _at: str, quantity: int) -> None:
    flat = said(one.draft, PRINT_ORDER, PrintOrderAnswers)
    assert flat is not None  # _STEPS  # noqa: S101
    if form.way != StopWay.DELIVER:  # its route has one stop
        words = f"{flat.title or one.product.name} is delivered to the door."
        refuse([problem("way", words, "Choose that for all of it, or order this by itself.")])
    put(one.draft, PRINT_ORDER, flat.model_copy(update=_terms(form, "way") | {"quantity": quantity}))


def _chosen(one: Ordering, form: KitForm, _at: str, quantity: int) -> None:
    chosen = said(one.draft, CHOICES, ChoicesAnswers)
    details = said(one.draft, DETAILS, DetailsAnswers)
    assert chosen is not None and details is not None  # _STEPS  # noqa: S101
    put(one.draft, CHOICES, ChoicesAnswers(answers={**chosen.answers, QUANTITY: str(quantity)}))
    put(one.draft, DETAILS, details.model_copy(update=_terms(form) | {"more": (), "mailed": False}))
    with one.reading() as session:
        standards = shop_standards(session)
    try:
        spec_of_draft(one.draft, standards)
    except InvalidInput as refusal:
        refuse([problem("quantity", refusal.sentence, refusal.remedy, code=refusal.instance_code)])
    if not component_files.is_done(one):
        refuse([problem("quantity", "Its files do not fit what is ordered.", "Order it by itself.")])


def _piece(one: Ordering, form: KitForm, at: str, quantity: int) -> None:
    piece = stationery_of(one.draft)
    assert piece is not None  # _STEPS  # noqa: S101
    start = f"{at}-"
    values = {key.removeprefix(start): text for key, text in form.values.items() if key.startswith(start)}
    answers = piece.model_copy(update=_terms(form) | {"quantity": quantity, "values": values})
    with one.reading() as session:
        template, standards = template_of(session, one.draft), shop_standards(session)
    put(one.draft, STATIONERY, stationery.made(one.plant.files, template, answers, standards))


_STEPS = {PRINT_ORDER: _flat, CHOICES: _chosen, STATIONERY: _piece}


def _terms(form: KitForm, *without: str) -> dict[str, object]:
    return form.facts("quantity", "values", *without)


def _beside(found: Finding, at: int) -> Finding:
    """At the field of its thing (``quantity-2``, ``values-2-name``), or at that of how all of it gets there."""
    name, _, key = found.place.column.partition("-")
    if name == "way":
        return found
    if name not in ("quantity", "values"):
        name, key = "quantity", ""
    column = "-".join(part for part in (name, str(at), key) if part)
    return replace(found, place=Place(column=column))
