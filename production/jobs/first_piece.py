"""What the first piece of a step must measure, where the order says it: the room of a kind of lot tells the floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from production.jobs.models import Lot, Operation
from production.jobs.states import LotKind
from store.files import FileStore

Says = Callable[[Session, FileStore, Operation], Mapping[str, Decimal]]
_OF: dict[LotKind, Says] = {}


def register(says: Says, *kinds: LotKind) -> None:
    """A room says it of the operations of lots of these kinds."""
    _OF.update(dict.fromkeys(kinds, says))


def targets(session: Session, files: FileStore, operation: Operation) -> Mapping[str, Decimal]:
    """By the name of the check; one that is not there is measured against the proof."""
    says = _OF.get(session.get_one(Lot, operation.lot_id).kind)
    return says(session, files, operation) if says else {}
