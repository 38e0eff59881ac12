"""``indicia users``: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click
from sqlalchemy import select

from kernel.errors import InvalidInput, NotFound
from production.people.accounts import add_user, set_password, set_roles
from production.people.models import Agency, Role, User
from store.db import Actor
from web.auth.passwords import hash_password
from web.commands.plant import opened_plant
from web.commands.telling import to_json

CONSOLE = Actor("console")


@click.group()
def users() -> None:
    """List, add and change the people who sign in."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who signs in, and as what."""

    sign_in_name: str
    full_name: str
    agency: str | None
    roles: Sequence[str]
    disabled: bool


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def list_users(as_json: bool) -> None:
    """Everybody, with agency and roles."""
    with opened_plant() as plant, plant.db.read_only(CONSOLE) as session:
        rows = [
            PersonRow(
                user.sign_in_name,
                user.full_name,
                user.agency.code if user.agency else None,
                sorted(user.roles),
                user.disabled_at is not None,
            )
            for user in session.scalars(select(User).order_by(User.sign_in_name))
        ]
    if as_json:
        click.echo(to_json(rows))
        return
    for row in rows:
        off = "  (disabled)" if row.disabled else ""
        click.echo(f"{row.sign_in_name:20} {row.agency or 'plant':8} {', '.join(row.roles)}{off}")


@users.command()
@click.argument("sign_in_name")
@click.option("--name", "full_name", required=True, help="Full name.")
@click.option("--agency", "agency_code", help="Agency code; none for plant staff.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role])
)
@click.password_option(help="Asked for when not given.")
def add(
    sign_in_name: str, full_name: str, agency_code: str | None, roles: tuple[str, ...], password: str
) -> None:
    """Add a person."""
    with opened_plant() as plant, plant.db.unit_of_work(CONSOLE) as uow:
        agency = None
        if agency_code:
            agency = uow.session.scalars(select(Agency).filter_by(code=agency_code)).first()
            if agency is None:
                raise NotFound(f"There is no agency with the code {agency_code}.")
        add_user(
            uow, sign_in_name=sign_in_name, full_name=full_name, agency=agency,
            roles={Role(role) for role in roles}, password_hash=hash_password(password),
        )  # fmt: skip
    click.echo(f"{sign_in_name} may sign in, and first chooses a password of their own.")


@users.command()
@click.argument("sign_in_name")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
def roles(sign_in_name: str, roles: tuple[str, ...]) -> None:
    """Set the roles of a person; without --role the person can do nothing any more."""
    with opened_plant() as plant, plant.db.unit_of_work(CONSOLE) as uow:
        set_roles(uow, _find(uow, sign_in_name), {Role(role) for role in roles})
    click.echo(f"{sign_in_name}: {', '.join(roles) or 'no roles'}.")


@users.command()
@click.argument("sign_in_name")
@click.password_option(help="Asked for when not given.")
def password(sign_in_name: str, password: str) -> None:
    """Set a new password."""
    with opened_plant() as plant, plant.db.unit_of_work(CONSOLE) as uow:
        set_password(uow, _find(uow, sign_in_name), hash_password(password))
    click.echo("The password is changed; at the next sign-in the person chooses one of their own.")


def _find(uow, sign_in_name: str) -> User:  # type: ignore[no-untyped-def]
    user: User | None = uow.session.scalars(select(User).filter_by(sign_in_name=sign_in_name)).first()
    if user is None:
        raise InvalidInput(f"Nobody signs in as {sign_in_name}.", code="USER_UNKNOWN")
    return user
