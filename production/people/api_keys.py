"""Keys of programs: made by a requester for the own agency, revoked by any of them or an administrator."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import NotFound, refused_field
from production.people.models import ApiKey
from store.db import Actor, UnitOfWork

LONGEST_LABEL = 80


def make(uow: UnitOfWork, *, ulid: UUID, key: str, label: str) -> ApiKey:
    """Remember a key by its hash, for the actor and the actor's agency. InvalidInput API_KEY_LABEL."""
    label = " ".join(label.split())
    if not 1 <= len(label) <= LONGEST_LABEL:
        sentence = "Write which program will use the key, in up to 80 characters."
        raise refused_field("API_KEY_LABEL", "label", sentence, outcome="The key has no name.")
    actor = uow.actor
    assert actor.agency_id is not None and actor.user_id is not None  # only agency people make keys  # noqa: S101
    row = ApiKey(
        ulid=ulid,
        agency_id=actor.agency_id,
        user_id=actor.user_id,
        label=label,
        key_hash=_hash(key),
        made_at=uow.now,
    )
    uow.session.add(row)
    uow.audit("api_key", ulid, "made", label=label)
    return row


def key_of(session: Session, key: str) -> ApiKey | None:
    """The living key, with its person; None when unknown, revoked, or its person is shut out or left the agency."""
    row = session.scalars(select(ApiKey).filter_by(key_hash=_hash(key), revoked_at=None)).first()
    is_alive = row is not None and row.user.disabled_at is None and row.user.agency_id == row.agency_id
    return row if is_alive else None


def keys(session: Session, actor: Actor) -> Sequence[ApiKey]:
    """The agency's keys, newest first; the plant sees all."""
    query = select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())
    if actor.agency_id is not None:
        query = query.filter_by(agency_id=actor.agency_id)
    return session.scalars(query).all()


def revoke(uow: UnitOfWork, ulid: UUID) -> ApiKey:
    """End a key at once; nothing happens to one that has ended. NotFound for another agency's."""
    query = select(ApiKey).filter_by(ulid=ulid).with_for_update(of=ApiKey)
    if uow.actor.agency_id is not None:
        query = query.filter_by(agency_id=uow.actor.agency_id)
    row = uow.session.scalars(query).first()
    if row is None:
        raise NotFound("There is no such key.")
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = uow.now, uow.actor.name
        uow.audit("api_key", ulid, "revoked", label=row.label)
    return row


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
