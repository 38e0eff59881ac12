"""Adding and changing the people who sign in; every change is in the audit chain."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.errors import Conflict, InvalidInput
from kernel.findings import Finding, Place, Severity
from kernel.ids import new_ulid
from production.people import sign_ins
from production.people.models import AGENCY_ROLES, Agency, Role, User, UserRole
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
) -> User:
    """A new person. Conflict USER_EXISTS for a name in use; InvalidInput USER_ROLES for roles of the other side."""
    wanted = frozenset(roles)
    _check_roles(wanted, agency)
    if uow.session.query(User).filter_by(sign_in_name=sign_in_name).first() is not None:
        raise Conflict(f"{sign_in_name} is in use; choose another sign-in name.", code="USER_EXISTS")
    user = User(
        ulid=new_ulid(uow.now),
        sign_in_name=sign_in_name,
        full_name=full_name,
        agency_id=agency.id if agency else None,
        password_hash=password_hash,
        must_change_password=must_change_password,
        created_at=uow.now,
        role_rows=[UserRole(role=role) for role in sorted(wanted)],
    )
    uow.session.add(user)
    uow.audit("app_user", user.ulid, "added", roles=sorted(wanted))
    return user


def set_roles(uow: UnitOfWork, user: User, roles: Iterable[Role]) -> None:
    """Replace the roles; they count from the person's next request on."""
    wanted = frozenset(roles)
    _check_roles(wanted, user.agency)
    kept = [row for row in user.role_rows if row.role in wanted]
    new = wanted - {row.role for row in kept}
    user.role_rows = [*kept, *(UserRole(role=role) for role in sorted(new))]
    uow.audit("app_user", user.ulid, "roles_set", roles=sorted(wanted))


def set_password(uow: UnitOfWork, user: User, password_hash: str) -> None:
    """A password chosen by somebody else: to be changed at the next sign-in. All sign-ins end."""
    user.password_hash, user.must_change_password = password_hash, True
    sign_ins.end_all(uow, user)
    uow.audit("app_user", user.ulid, "password_set")


def change_own_password(uow: UnitOfWork, user: User, password_hash: str) -> None:
    """A password of one's own choosing. All sign-ins end; whoever asks begins a new one."""
    user.password_hash, user.must_change_password = password_hash, False
    sign_ins.end_all(uow, user)
    uow.audit("app_user", user.ulid, "password_changed", name=user.sign_in_name)


def set_disabled(uow: UnitOfWork, user: User, *, is_disabled: bool) -> None:
    """Shut a person out, or let them in again; nothing they did is lost."""
    user.disabled_at = uow.now if is_disabled else None
    sign_ins.end_all(uow, user)
    uow.audit("app_user", user.ulid, "disabled" if is_disabled else "enabled")


def _check_roles(roles: frozenset[Role], agency: Agency | None) -> None:
    """Agency people request and approve; everything else is plant staff's."""
    wrong = roles - AGENCY_ROLES if agency else roles & AGENCY_ROLES
    if wrong:
        side = "agency people" if agency else "plant staff"
        sentence = f"{', '.join(sorted(wrong))}: not for {side}."
        finding = Finding("USER_ROLES", Severity.STOP, sentence, place=Place(column="roles"))
        raise InvalidInput(sentence, code="USER_ROLES", findings=[finding])
