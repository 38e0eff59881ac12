"""What is still to do before the plant works with its own figures: told from its rows, never ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import CardState, RateCard
from postal.data.editions import InForce, Status
from production.catalog.setup import STOCKS, WORK_CENTERS
from production.mailings.editions import shop_editions
from production.mailings.setup import SHOPS, ShopValue
from production.mailroom.metering.models import Meter
from production.mailroom.serials.models import MailerId
from production.people.models import Agency, BudgetUnit, Role, User, UserRole
from production.people.persons import NO_PASSWORD
from production.people.second_person import SECOND_PERSONS
from production.people.setup import ONE, Kind, unseen
from production.records.setup import RETENTION
from store.files import FileStore

PRICES, LISTS = ("prices",), ("L001", "L002", "L201", "L801")


class State(StrEnum):
    """How far a thing is."""

    DONE = "done"
    GUESS = "our guess"
    MISSING = "to do"


@dataclass(frozen=True, slots=True)
class Guessed:
    """Rows of a kind: how many there are, and how many of them nobody at the shop has looked at."""

    rows: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the list is told from."""

    shop: ShopValue | None
    people: int
    administrators: int
    second_persons: int
    without_password: int
    agencies: int
    without_account: int
    without_approver: int
    accounts: int
    cards: tuple[str, ...]  # published and begun
    work_centers: Guessed
    stocks: Guessed
    unmeasured_stocks: int
    retention: Guessed
    meters: int
    mailer_ids: int
    mail_host: str  # takes the notices; empty: nothing is sent
    without_address: int
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
    """Three groups, in the order in which they are best done."""
    return (
        ("Who mails", (_shop(facts), _mailer_ids(facts), _prices(facts), _lists(facts))),
        (
            "Who orders and pays",
            (
                _people(facts),
                _agencies(facts),
                _accounts(facts),
                _rates(facts),
                _retention(facts),
                _notices(facts),
            ),
        ),
        ("What you make it with", (_machines(facts), _papers(facts), _meters(facts))),
    )


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
    words = _count(facts.agencies, "agency.", "agencies.")
    state = State.DONE if facts.agencies and not facts.without_approver else State.MISSING
    if facts.without_approver:
        words += f" {facts.without_approver:,} without an approver: nobody can agree to their orders."
    return Item("Agencies", state, words, "Open" if facts.agencies else "Add agencies", *_row("agency"))


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
    return _guess("Work centers", "work_center", facts.work_centers, "machines and benches")


def _papers(facts: Facts) -> Item:
    missing = f", {facts.unmeasured_stocks:,} of them not measured" if facts.unmeasured_stocks else ""
    return _guess("Papers", "stock", facts.stocks, f"papers{missing}")


def _guess(title: str, code: str, found: Guessed, what: str) -> Item:
    state = State.GUESS if found.unseen else State.DONE
    words = (
        f"{found.rows:,} {what}; {found.unseen:,} as they came."
        if found.unseen
        else f"{found.rows:,} {what}."
    )
    return Item(title, state, words, "Confirm" if found.unseen else "Open", *_row(code))


def _retention(facts: Facts) -> Item:
    return _guess("Retention", "retention", facts.retention, "classes of records")


def _notices(facts: Facts) -> Item:
    if not facts.mail_host:
        words = "Nothing is sent by e-mail: no mail server is set. People read notices under the bell."
        return Item("Notices", State.MISSING, words, "Open", *_row("notices"))
    words = f"E-mail goes out by {facts.mail_host}."
    if facts.without_address:
        words += f" Without an address: {_count(facts.without_address, 'person', 'people')}."
    return Item("Notices", State.DONE, words, "Open", *_row("notices"))


def _meters(facts: Facts) -> Item:
    words = _count(facts.meters, "meter in use.", "meters in use.")
    state = State.DONE if facts.meters else State.MISSING
    return Item("Meters", state, words, "Open" if facts.meters else "Add meters", *_row("meter"))


def _act(state: State, words: str) -> str:
    return "Open" if state is State.DONE else words


def _count(number: int, one: str, several: str) -> str:
    return f"{number or 'No'} {one if number == 1 else several}"


def facts_of(session: Session, files: FileStore, today: date, *, mail_host: str) -> Facts:
    """The facts of this moment."""

    def count(query: object) -> int:
        return session.scalar(query) or 0  # type: ignore[call-overload]

    def having(*roles: Role) -> object:
        able = select(UserRole.user_id).where(UserRole.role.in_(roles))
        return select(func.count()).where(
            User.id.in_(able), User.disabled_at.is_(None), User.agency_id.is_(None)
        )

    people = select(func.count()).where(User.disabled_at.is_(None))
    approvers = select(User.agency_id).where(
        User.disabled_at.is_(None),
        User.id.in_(select(UserRole.user_id).where(UserRole.role == Role.APPROVER)),
        User.agency_id.is_not(None),
    )
    accounts = select(BudgetUnit.agency_id).where(BudgetUnit.closed_at.is_(None))
    cards = select(RateCard.name).where(
        RateCard.state == CardState.PUBLISHED, RateCard.effective_from <= today
    )
    rows = [row for row in STOCKS.rows(session) if row.is_active]
    return Facts(
        shop=SHOPS.find(session, ONE),
        people=count(people),
        administrators=count(having(Role.ADMINISTRATOR)),
        second_persons=count(having(*SECOND_PERSONS)),
        without_password=count(people.where(User.password_hash == NO_PASSWORD)),
        agencies=count(select(func.count()).select_from(Agency)),
        without_account=count(select(func.count()).select_from(Agency).where(Agency.id.not_in(accounts))),
        without_approver=count(select(func.count()).select_from(Agency).where(Agency.id.not_in(approvers))),
        accounts=count(select(func.count()).select_from(accounts.subquery())),
        cards=tuple(session.scalars(cards.distinct().order_by(RateCard.name))),
        work_centers=_guessed(session, WORK_CENTERS),
        stocks=_guessed(session, STOCKS),
        unmeasured_stocks=sum(row.caliper_in is None for row in rows),
        retention=_guessed(session, RETENTION),
        meters=count(select(func.count()).where(Meter.is_active)),
        mailer_ids=count(select(func.count()).where(MailerId.active)),
        mail_host=mail_host,
        without_address=count(people.where(User.email.is_(None), User.sign_in_name.not_like("%@%"))),
        stand_in_prices=stand_ins(files, today, PRICES),
        stand_in_lists=stand_ins(files, today, LISTS),
    )


def _guessed(session: Session, kind: Kind[Any]) -> Guessed:
    return Guessed(len(kind.rows(session)), unseen(session, kind))


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
