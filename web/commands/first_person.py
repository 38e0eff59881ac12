"""The first administrator of a plant in which nobody can sign in yet."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click
from sqlalchemy import select

from production.people.accounts import add_user
from production.people.models import Role, User
from store.db import system_actor
from store.plant import Plant
from web.auth.passwords import hash_password

ADMINISTRATOR = "administrator"


def first_administrator(plant: Plant) -> str | None:
    """The first password of a new administrator, where there is nobody; None where there is somebody."""
    with plant.db.unit_of_work(system_actor("start")) as uow:
        if uow.session.scalars(select(User.id).limit(1)).first() is not None:
            return None
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        add_user(
            uow, sign_in_name=ADMINISTRATOR, full_name="First administrator", agency=None,
            roles=[Role.ADMINISTRATOR], password_hash=hash_password(password),
        )  # fmt: skip
    return password


def tell_first_administrator(plant: Plant) -> None:
    """Said once, and kept for the owner of the data folder: it is changed at the first sign-in."""
    password = first_administrator(plant)
    if password is None:
        return
    path = plant.settings.data_dir / "first-password"
    _keep(path, password)
    click.echo(f"\nNobody can sign in yet. Begin as  {ADMINISTRATOR}  with the password  {password}")
    click.echo(f"It stands in {path} as well, and is changed at the first sign-in.")


def _keep(path: Path, password: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(password)
