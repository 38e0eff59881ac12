"""Numbers of stock lots, as they stand on labels: ``S000123-4``, a sequence and its check digit (Damm)."""

from __future__ import annotations

import re

from kernel.errors import refused_field
from kernel.ids import damm
from store import counters
from store.db import UnitOfWork

_NUMBER = re.compile(r"S?(\d{6})-?(\d)", re.ASCII)


def new_lot_number(uow: UnitOfWork) -> str:
    """The next one; its counter stays locked until the end."""
    digits = f"{counters.next_block(uow, 'stock_lot'):06d}"
    return f"S{digits}-{damm(digits)}"


def looks_like_label(text: str) -> bool:
    """Is it the number of a lot? Nothing is said about whether there is such a one."""
    return _NUMBER.fullmatch(_typed(text)) is not None


def parse_label(text: str) -> str:
    """A scanned or typed number of a lot, its letter, dash and blanks forgiven. InvalidInput STOCK_LOT."""
    match = _NUMBER.fullmatch(_typed(text))
    if match is None:
        words = "This is not the number of a stock lot. It looks like S000123-4."
    elif damm(match[1] + match[2]) == 0:
        return f"S{match[1]}-{match[2]}"
    else:
        words = "The check digit of this lot does not match: look for a mistyped digit."
    raise refused_field("STOCK_LOT", "lot", words)


def _typed(text: str) -> str:
    return "".join(text.split()).upper()
