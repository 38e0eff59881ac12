"""Numbers of requests for bids: ``B000123-4``, a sequence and its check digit (Damm)."""

from __future__ import annotations

from kernel.ids import damm
from store import counters
from store.db import UnitOfWork


def new_request_number(uow: UnitOfWork) -> str:
    """The next one; its counter stays locked until the end."""
    digits = f"{counters.next_block(uow, 'bid_request'):06d}"
    return f"B{digits}-{damm(digits)}"


def canonical(text: str) -> str:
    """A typed number as it is kept, its letter, dash and blanks forgiven; as it stands when it is none."""
    digits = "".join(text.split()).upper().replace("-", "").removeprefix("B")
    return (
        f"B{digits[:6]}-{digits[6:]}" if digits.isascii() and digits.isdigit() and len(digits) == 7 else text
    )
