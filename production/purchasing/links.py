"""Links by which a vendor bids without an account: signed, one at a time for an invitation, kept as a hash alone.

The text of a link is made again whenever it is sent; nobody in the house is shown it.
"""

from __future__ import annotations

import hashlib

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kernel.errors import Gone, NotFound
from kernel.ids import show_ulid
from production.purchasing.models import BidInvitation


def make(secret: str, invitation: BidInvitation) -> str:
    """The link of this turn, as it stands in an address."""
    return str(_signer(secret).dumps([show_ulid(invitation.ulid), invitation.turn]))


def hash_of(token: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of(session: Session, secret: str, token: str) -> BidInvitation:
    """Whose link it is; from here on the transaction sees that vendor's own bid. NotFound for what we did not make or
    what another link has replaced; Gone BID_LINK for one that was revoked, and after an award is long past.
    """
    try:
        _signer(secret).loads(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound("This link is not complete. Copy all of it from the e-mail.") from None
    found = session.scalars(select(BidInvitation).filter_by(token_hash=hash_of(token))).first()
    if found is None:
        raise NotFound("This link was replaced by a newer one.")
    if found.revoked_at is not None:
        raise Gone("This link does not open any more.", code="BID_LINK", remedy="Call the print shop.")
    session.execute(text("SELECT set_config('indicia.bidder', :hash, true)"), {"hash": found.token_hash})
    return found


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="bid-link")
