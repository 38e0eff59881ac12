"""Agencies, accounts and people, by code and name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.ids import show_ulid
from production.finding import MOST, Finder, Hit, hold, words
from production.people.models import Agency, BudgetUnit, User
from store.db import Actor


def _agencies(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor  # plant staff alone
    query = select(Agency.code, Agency.name).where(hold(sought, Agency.code, Agency.name))
    rows = session.execute(query.order_by(Agency.name).limit(MOST))
    return [Hit(f"{code} {name}", {"agency": code}) for code, name in rows]


def _accounts(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    unit = BudgetUnit
    query = select(unit.bill_code, unit.name, Agency.code, Agency.name, unit.closed_at)
    query = query.join(Agency, Agency.id == unit.agency_id)
    if actor.agency_id is not None:
        query = query.where(unit.agency_id == actor.agency_id)
    query = query.where(hold(sought, unit.bill_code, unit.name, unit.accounting_string))
    rows = session.execute(query.order_by(unit.bill_code, unit.id).limit(MOST))
    return [
        Hit(
            f"{bill_code} {name}",
            {"agency": code, "bill_code": bill_code},
            agency,
            "closed" if closed else "",
        )
        for bill_code, name, code, agency, closed in rows
    ]


def _people(session: Session, actor: Actor, sought: Sequence[str]) -> list[Hit]:
    del actor
    query = select(User.full_name, User.ulid, Agency.name, User.disabled_at).outerjoin(
        Agency, Agency.id == User.agency_id
    )
    query = query.where(hold(sought, User.full_name, User.sign_in_name))
    rows = session.execute(query.order_by(User.full_name, User.id).limit(MOST))
    return [
        Hit(name, {"ulid": show_ulid(ulid)}, agency or "The plant", "closed" if disabled else "")
        for name, ulid, agency, disabled in rows
    ]


AGENCIES = Finder(words, _agencies)
ACCOUNTS = Finder(words, _accounts)
PEOPLE = Finder(words, _people)
