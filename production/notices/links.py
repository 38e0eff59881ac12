"""The links in e-mails: signed, for one person, for some days. They open nothing by themselves: whoever follows one
signs in first."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from kernel.errors import Gone, NotFound
from kernel.ids import parse_ulid, show_ulid

VALID = timedelta(days=14)


def make(secret: str, notice: UUID, person: UUID) -> str:
    """What names the notice and the person in an address."""
    return str(_signer(secret).dumps([show_ulid(notice), show_ulid(person)]))


def read(secret: str, token: str) -> tuple[UUID, UUID]:
    """(notice, person). Gone LINK_OLD after its days; NotFound for what we did not make."""
    try:
        notice, person = _signer(secret).loads(token, max_age=int(VALID.total_seconds()))
        return parse_ulid(notice), parse_ulid(person)
    except SignatureExpired:
        raise Gone(
            f"This link is older than {VALID.days} days.",
            code="LINK_OLD",
            remedy="Your notices are under the bell.",
        ) from None
    except (BadSignature, ValueError, TypeError):
        raise NotFound("This link is not complete. Copy all of it from the e-mail.") from None


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="notice-link")
