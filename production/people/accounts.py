"""Adding and changing the people who sign in; every change is in the audit chain, all but passwords in the history."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from kernel.errors import Conflict
from production.people import sign_ins
from production.people.models import Agency, Role, User
from production.people.persons import NO_PASSWORD, PEOPLE, PersonValue
from production.people.setup import SetupVersion, put
from store.db import UnitOfWork


def add_user(
    uow: UnitOfWork,
    *,
    sign_in_name: str,
    full_name: str,
    agency: Agency | None,
    roles: Iterable[Role],
    password_hash: str,
    must_change_password: bool = True,
    email: str = "",
) -> User:
    """A new person with a password. Conflict USER_EXISTS for a name in use; InvalidInput SETUP."""
    if uow.session.scalars(select(User).filter_by(sign_in_name=sign_in_name)).first() is not None:
        raise Conflict(f"{sign_in_name} is in use; choose another sign-in name.", code="USER_EXISTS")
    given = {
        "sign_in_name": sign_in_name, "full_name": full_name, "agency": agency.code if agency else "",
        "roles": tuple(roles), "email": email,
    }  # fmt: skip
    value = PEOPLE.read(given)
    put(uow, PEOPLE, value)
    user = uow.session.scalars(select(User).filter_by(sign_in_name=value.sign_in_name)).one()
    user.password_hash, user.must_change_password = password_hash, must_change_password
    return user


def set_roles(uow: UnitOfWork, user: User, roles: Iterable[Role]) -> SetupVersion | None:
    """Replace the roles; they count from the person's next request on, or once a second person agreed."""
    return put(uow, PEOPLE, _value(uow, user).model_copy(update={"roles": tuple(sorted(set(roles)))}))


def set_disabled(uow: UnitOfWork, user: User, *, is_disabled: bool) -> None:
    """Shut a person out, or let them in again; nothing they did is lost."""
    put(uow, PEOPLE, _value(uow, user).model_copy(update={"is_shut_out": is_disabled}), knowing=None)


def set_password(uow: UnitOfWork, user: User, password_hash: str) -> None:
    """A password chosen by somebody else: to be changed at the next sign-in. All sign-ins end."""
    user.password_hash, user.must_change_password = password_hash, True
    sign_ins.end_all(uow, user)
    uow.audit("app_user", user.ulid, "password_set")


def without_password(uow: UnitOfWork) -> list[User]:
    """People entered by a file or a form who cannot sign in yet."""
    query = select(User).filter_by(password_hash=NO_PASSWORD, disabled_at=None)
    return list(uow.session.scalars(query.order_by(User.sign_in_name).with_for_update(of=User)))


def change_own_password(uow: UnitOfWork, user: User, password_hash: str) -> None:
    """A password of one's own choosing. All sign-ins end; whoever asks begins a new one."""
    user.password_hash, user.must_change_password = password_hash, False
    sign_ins.end_all(uow, user)
    uow.audit("app_user", user.ulid, "password_changed", name=user.sign_in_name)


def note_toured(uow: UnitOfWork, user_id: int) -> None:
    """The person was shown around, or did not want to be: nobody offers it again."""
    user = uow.session.get_one(User, user_id)
    if user.toured_at is None:
        user.toured_at = uow.now
        uow.audit("app_user", user.ulid, "shown_around", name=user.sign_in_name)


def _value(uow: UnitOfWork, user: User) -> PersonValue:
    value = PEOPLE.find(uow.session, user.sign_in_name)
    assert value is not None  # the row is at hand  # noqa: S101
    return value
