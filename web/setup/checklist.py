"""What is still to do before the plant works with its own figures: told from its rows, never ticked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from billing.models import CardState, RateCard
from billing.print_rates import unpriced
from billing.rate_cards import card_on
from postal.data.editions import InForce, Status
from production.catalog.models import Stock
from production.catalog.press_room.standards import shop_standards
from production.mailings.editions import shop_editions
from production.mailings.setup import SHOPS, ShopValue
from production.mailroom.metering.models import Meter
from production.mailroom.serials.models import MailerId
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from production.people.persons import NO_PASSWORD
from production.people.second_person import SECOND_PERSONS
from production.people.setup import ONE, Tally
from store.files import FileStore
from store.keeping import backup as backups
from web.formats import exact_time

PRICES, LISTS = ("prices",), ("L001", "L002", "L201", "L801")


class State(StrEnum):
    """How far a thing is."""

    DONE = "done"
    GUESS = "our guess"
    MISSING = "to do"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the list is told from. ``rows``: of each kind by its code, how many, and how many nobody looked at."""

    shop: ShopValue | None
    rows: Mapping[str, Tally]
    people: int
    administrators: int
    second_persons: int
    without_password: int
    without_address: int
    without_account: int  # agencies
    without_approver: int
    accounts: int  # open
    cards: tuple[str, ...]  # published and begun
    unmeasured_stocks: int
    unpriced: tuple[str, ...]  # what print work is charged by and the card of the day has no price for
    meters: int
    mailer_ids: int
    backed_up_at: datetime | None
    mail_host: str  # takes the notices; empty: nothing is sent
    stand_in_prices: tuple[str, ...]  # editions in force that are for tests only, or missing
    stand_in_lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to set up. ``endpoint`` and ``where`` lead to its screen."""

    title: str
    state: State
    words: str
    act: str
    endpoint: str
    where: tuple[tuple[str, str], ...] = ()
    for_live: bool = False


Group = tuple[str, tuple[Item, ...]]


def checklist(facts: Facts) -> tuple[Group, ...]:
    """Five groups, in the order in which they are best done."""
    return (
        ("Who mails", _each(facts, _shop, _mailer_ids, _prices, _lists, _cut_offs)),
        ("Who orders and pays", _each(facts, _people, _agencies, _accounts, _rates)),
        (
            "What you make it with",
            _each(
                facts, _machines, _papers, _envelopes, _standards, _meters, _closed_days, _lead_times, _shifts
            ),
        ),
        (
            "What print work is priced by",
            _each(
                facts,
                _presses,
                _press_papers,
                _bindery,
                _press_envelopes,
                _cartons,
                _estimating,
                _print_prices,
            ),
        ),
        ("What keeps it safe", _each(facts, _notices, _retention, _backup)),
    )


def _each(facts: Facts, *items: Callable[[Facts], Item]) -> tuple[Item, ...]:
    return tuple(item(facts) for item in items)


def next_item(items: Sequence[Item]) -> Item | None:
    """What to do now: the first thing that is missing, else the first guess."""
    return next((one for state in (State.MISSING, State.GUESS) for one in items if one.state is state), None)


def _row(code: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "setup_rows.listing", (("code", code),)


def _shop(facts: Facts) -> Item:
    shop, state, words = facts.shop, State.MISSING, "Name, post office, permit and CRID."
    if shop is not None and "SAMPLE" in (shop.permit_number, shop.crid):
        words = "The numbers are those of the sample."
    elif shop is not None:
        state, words = State.DONE, f"{shop.name}: permit {shop.permit_number}, CRID {shop.crid}."
    return Item("Shop and permit", state, words, _act(state, "Enter"), *_row("shop"), for_live=True)


def _mailer_ids(facts: Facts) -> Item:
    words = _count(facts.mailer_ids, "mailer id in use.", "mailer ids in use.")
    state = State.DONE if facts.mailer_ids else State.MISSING
    return Item("Mailer ids", state, words, _act(state, "Enter"), "mailer_ids.listing", for_live=True)


def _prices(facts: Facts) -> Item:
    return _editions("Postal prices now in force", facts.stand_in_prices)


def _lists(facts: Facts) -> Item:
    return _editions("Labeling lists now in force", facts.stand_in_lists)


def _editions(title: str, stand_ins: Sequence[str]) -> Item:
    words = f"You use stand-ins: {', '.join(stand_ins)}." if stand_ins else "Loaded and activated."
    state = State.MISSING if stand_ins else State.DONE
    return Item(title, state, words, _act(state, "Load"), "editions.listing", for_live=True)


def _people(facts: Facts) -> Item:
    words = f"{facts.people:,} in all, {_count(facts.administrators, 'administrator', 'administrators')}."
    state = State.DONE
    if facts.second_persons < 2:
        state, words = State.MISSING, f"{words} Some changes need a second administrator or a billing clerk."
    elif facts.without_password:
        state, words = State.MISSING, f"{words} {facts.without_password:,} cannot sign in yet."
    return Item("People and roles", state, words, _act(state, "Add people"), "admin.people")


def _agencies(facts: Facts) -> Item:
    agencies = facts.rows["agency"].rows
    words = _count(agencies, "agency.", "agencies.")
    state = State.DONE if agencies and not facts.without_approver else State.MISSING
    if facts.without_approver:
        words += f" {facts.without_approver:,} without an approver: nobody can agree to their orders."
    return Item("Agencies", state, words, "Open" if agencies else "Add agencies", *_row("agency"))


def _accounts(facts: Facts) -> Item:
    words = _count(facts.accounts, "open account.", "open accounts.")
    state = State.DONE if facts.accounts and not facts.without_account else State.MISSING
    if facts.without_account:
        words += f" {facts.without_account:,} {'agency has' if facts.without_account == 1 else 'agencies have'} none."
    return Item("Accounts", state, words, "Open" if facts.accounts else "Add accounts", *_row("account"))


def _rates(facts: Facts) -> Item:
    words = f"In force: {', '.join(facts.cards)}." if facts.cards else "Nothing can be quoted or charged yet."
    state = State.DONE if facts.cards else State.MISSING
    return Item("Rates", state, words, "Open" if facts.cards else "Load a card", "rate_cards.listing")


def _machines(facts: Facts) -> Item:
    return _guess("Work centers", "work_center", facts, "machines and benches")


def _papers(facts: Facts) -> Item:
    missing = f", {facts.unmeasured_stocks:,} of them not measured" if facts.unmeasured_stocks else ""
    return _guess("Papers", "stock", facts, f"papers{missing}")


def _envelopes(facts: Facts) -> Item:
    return _guess("Envelopes", "envelope", facts, "envelopes")


def _standards(facts: Facts) -> Item:
    return _guess("Set-up times and speeds", "standard", facts, "operations")


def _presses(facts: Facts) -> Item:
    return _guess("Presses", "press", facts, "presses with speed, make-ready and waste")


def _press_papers(facts: Facts) -> Item:
    return _guess("Papers for the presses", "press_paper", facts, "papers with their sheets and grain")


def _bindery(facts: Facts) -> Item:
    return _guess("Bindery", "bindery", facts, "steps with speed, set-up and waste")


def _press_envelopes(facts: Facts) -> Item:
    return _guess("Envelopes for printed work", "press_envelope", facts, "envelopes")


def _cartons(facts: Facts) -> Item:
    return _guess("Cartons", "carton", facts, "kept")


def _estimating(facts: Facts) -> Item:
    return _one_guess(
        "Rules of estimates", "estimating", facts, "How waste is counted, and how sure a price is."
    )


def _print_prices(facts: Facts) -> Item:
    lacking = facts.unpriced
    words = (
        f"{len(lacking):,} without a price, such as {lacking[0]}." if lacking else "Every unit has its price."
    )
    state = State.MISSING if lacking else State.DONE
    return Item("Prices of print work", state, words, _act(state, "Load a card"), "rate_cards.listing")


def _closed_days(facts: Facts) -> Item:
    return _guess("Closed days", "closed_day", facts, "days off besides those of the post office")


def _lead_times(facts: Facts) -> Item:
    words = "What an agency may ask for, and by when you must be ready."
    return _one_guess("Lead times", "lead_time", facts, words)


def _shifts(facts: Facts) -> Item:
    return _guess("Shifts", "shift", facts, "shifts: the hours that work is planned in")


def _cut_offs(facts: Facts) -> Item:
    count = facts.rows["cut_off"].rows
    words = _count(count, "cut-off: until when mail must be at the door.", "cut-offs, by weekday and class.")
    state = State.DONE if count else State.MISSING
    return Item("Cut-offs", state, words, _act(state, "Enter"), *_row("cut_off"))


def _guess(title: str, code: str, facts: Facts, what: str) -> Item:
    found = facts.rows[code]
    state = State.GUESS if found.unseen else State.DONE
    words = f"{found.rows:,} {what}{f'; {found.unseen:,} as they came' if found.unseen else ''}."
    return Item(title, state, words, "Confirm" if found.unseen else "Open", *_row(code))


def _one_guess(title: str, code: str, facts: Facts, words: str) -> Item:
    """Of a kind with one row."""
    is_guess = facts.rows[code].unseen
    state = State.GUESS if is_guess else State.DONE
    return Item(title, state, words, "Confirm" if is_guess else "Open", *_row(code))


def _retention(facts: Facts) -> Item:
    return _guess("Retention", "retention", facts, "classes of records")


def _notices(facts: Facts) -> Item:
    if not facts.mail_host:
        words = "Nothing is sent by e-mail: no mail server is set. People read notices under the bell."
        return Item("Notices", State.MISSING, words, "Open", *_row("notices"))
    words = f"E-mail goes out by {facts.mail_host}."
    if facts.without_address:
        words += f" Without an address: {_count(facts.without_address, 'person', 'people')}."
    return Item("Notices", State.DONE, words, "Open", *_row("notices"))


def _backup(facts: Facts) -> Item:
    made = facts.backed_up_at
    words = (
        f"The last one was made {exact_time(made)}."
        if made
        else "None was made yet. Run: indicia backup FOLDER"
    )
    state = State.DONE if made else State.MISSING
    return Item("Backup", state, words, "Open", "audit.page", (("subject", backups.SUBJECT),))


def _meters(facts: Facts) -> Item:
    words = _count(facts.meters, "meter in use.", "meters in use.")
    state = State.DONE if facts.meters else State.MISSING
    return Item("Meters", state, words, "Open" if facts.meters else "Add meters", *_row("meter"))


def _act(state: State, words: str) -> str:
    return "Open" if state is State.DONE else words


def _count(number: int, one: str, several: str) -> str:
    return f"{number or 'No'} {one if number == 1 else several}"


def facts_of(
    session: Session, files: FileStore, today: date, *, rows: Mapping[str, Tally], mail_host: str
) -> Facts:
    """The facts of this moment. ``rows``: what stands there of each kind."""
    queries = _counts(today)
    counted = session.execute(
        select(*(query.scalar_subquery().label(name) for name, query in queries.items()))
    )
    found = counted.one()._asdict()
    return Facts(
        unpriced=_unpriced(session, today), shop=SHOPS.find(session, ONE), rows=rows,
        cards=tuple(found.pop("cards") or ()), mail_host=mail_host,
        stand_in_prices=stand_ins(files, today, PRICES), stand_in_lists=stand_ins(files, today, LISTS), **found,
    )  # fmt: skip


def _unpriced(session: Session, today: date) -> tuple[str, ...]:
    return tuple(unpriced(card_on(session, today), shop_standards(session)))


def _counts(today: date) -> dict[str, Select[Any]]:
    """What is counted, by the name of its fact: one statement asks for all of it."""
    person, agency = (
        select(func.count(User.id)).where(User.disabled_at.is_(None)),
        select(func.count(Agency.id)),
    )
    of_plant = person.where(User.agency_id.is_(None))
    approvers = select(User.agency_id).where(
        User.disabled_at.is_(None), User.agency_id.is_not(None), User.id.in_(_having(Role.APPROVER))
    )
    accounts = select(BudgetUnit.agency_id).where(BudgetUnit.closed_at.is_(None))
    cards = select(func.array_agg(aggregate_order_by(RateCard.name.distinct(), RateCard.name)))
    return {
        "people": person,
        "administrators": of_plant.where(User.id.in_(_having(Role.ADMINISTRATOR))),
        "second_persons": of_plant.where(User.id.in_(_having(*SECOND_PERSONS))),
        "without_password": person.where(User.password_hash == NO_PASSWORD),
        "without_address": person.where(User.email.is_(None), User.sign_in_name.not_like("%@%")),
        "without_account": agency.where(Agency.id.not_in(accounts)),
        "without_approver": agency.where(Agency.id.not_in(approvers)),
        "accounts": select(func.count()).select_from(accounts.subquery()),
        "cards": cards.where(RateCard.state == CardState.PUBLISHED, RateCard.effective_from <= today),
        "unmeasured_stocks": select(func.count(Stock.code)).where(
            Stock.is_active, Stock.caliper_in.is_(None)
        ),
        "meters": select(func.count(Meter.id)).where(Meter.is_active),
        "mailer_ids": select(func.count(MailerId.mailer_id)).where(MailerId.active),
        "backed_up_at": backups.last_made(),
    }


def _having(*roles: Role) -> Select[Any]:
    return select(UserRole.user_id).where(UserRole.role.in_(roles))


def stand_ins(files: FileStore, today: date, kinds: Sequence[str]) -> tuple[str, ...]:
    """Editions of these kinds that are in force for tests only, or kinds that have none."""
    in_force = InForce(today, shop_editions(files), allow_test_only=True)
    found = {kind: in_force.find(kind) for kind in kinds}
    return tuple(
        edition.name if edition else kind
        for kind, edition in found.items()
        if edition is None or edition.status is Status.TEST_ONLY
    )


def assumptions(files: FileStore, today: date) -> tuple[str, ...]:
    """Everything that mail of today would rest on and that nobody has confirmed: said here, once."""
    among = shop_editions(files)
    in_force = InForce(today, among, allow_test_only=True)
    found = (in_force.find(kind) for kind in sorted({one.kind for one in among}))
    return tuple(
        dict.fromkeys(edition.assumption for edition in found if edition is not None and edition.assumption)
    )
