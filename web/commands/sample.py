"""The sample plant: loaded once, with its rate card and its sign-ins."""

from __future__ import annotations

import secrets
from datetime import date
from functools import lru_cache, partial

import click
from sqlalchemy import select

from billing.models import RateCard
from billing.rate_cards import approve_card, consequences, load_card, publish_card
from kernel import clock
from production.sample import AGENCIES, PEOPLE, load_sample
from store.db import system_actor
from store.kept_secret import kept_secret
from store.plant import Plant
from store.settings import CHECKOUT, Settings
from web.auth.passwords import hash_password
from web.commands.line import APPROVER

_RATES = CHECKOUT / "billing" / "data"
RATE_CARD = _RATES / "sample_rate_card.csv"
PRESS_RATES = _RATES / "sample_press_rates.csv"
RATE_CARD_FROM = date(2025, 7, 1)


def load_sample_plant(plant: Plant) -> None:
    """Shop, agencies, accounts, people and rate card, once; sign-ins are noted for their owner only."""
    shared = lru_cache(partial(sample_password_hash, plant.settings))
    with plant.db.unit_of_work(system_actor("sample")) as uow:
        is_new = load_sample(uow, password_hash=shared)
        if is_new:
            for name, file in (("Sample rates", RATE_CARD), ("Sample press rates", PRESS_RATES)):
                load_card(
                    uow, name=name, effective_from=RATE_CARD_FROM, data=file.read_bytes(), file=file.name
                )
    if is_new:
        _publish_rates(plant)


def sample_password_hash(settings: Settings) -> str:
    """Of the password that all people of the demonstration share."""
    return hash_password(_password(settings))


def _publish_rates(plant: Plant) -> None:
    """As the second person: the sample cards are approved and published."""
    with plant.db.unit_of_work(APPROVER) as uow:
        for card in uow.session.scalars(select(RateCard).order_by(RateCard.id)).all():
            approve_card(uow, card)
            told = consequences(uow.session, card, clock.today())
            publish_card(uow, card, knowing=[one.code for one in told])


def tell_sign_ins(settings: Settings) -> None:
    """Who can sign in to the sample plant."""
    click.echo(f"\nDemo sign-ins, all with the password  {_password(settings)}")
    for name, full_name, agency, roles in PEOPLE:
        where = AGENCIES[agency].split(",")[0] if agency else "plant"
        click.echo(f"  {name:8} {', '.join(roles).replace('_', ' '):22} {full_name}, {where}")
    click.echo("  More people of other agencies: Setup, People, as ada.")


def _password(settings: Settings) -> str:
    """Made once for this data folder, readable by its owner only."""
    return kept_secret(
        settings.data_dir / "demo-password", lambda: "-".join(secrets.token_hex(2) for _ in range(4))
    )
