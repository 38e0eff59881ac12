"""Every kind of set-up row, each behind what it refers to."""

from __future__ import annotations

from typing import Any

from kernel.errors import NotFound
from production.people.agencies import ACCOUNTS, AGENCIES
from production.people.setup import Kind

KINDS: tuple[Kind[Any], ...] = (AGENCIES, ACCOUNTS)


def kind_of(code: str) -> Kind[Any]:
    """The kind of that code; NotFound."""
    found = next((kind for kind in KINDS if kind.code == code), None)
    if found is None:
        raise NotFound("There is nothing of this kind to set up.")
    return found
