"""How long the steps of a stream are to take, by the standards of the catalog."""

from __future__ import annotations

import math
from collections.abc import Callable

from sqlalchemy.orm import Session

from production.catalog import planning
from production.catalog.queries import operation_types
from production.jobs.route import jobs_of
from production.jobs.states import OperationCode
from production.mailings.models import LetterJob, PresortStream

_IN_HAND = (OperationCode.PRINT, OperationCode.FOLD_INSERT)  # what people do segment by segment


def planned_minutes(session: Session, stream: PresortStream) -> Callable[[str, int], int | None]:
    """Minutes for a step (by its code) and so many pieces; None where the catalog has no standard. A standard in sheets
    goes by those of a letter.
    """
    kinds = operation_types(session, _IN_HAND)
    letter = jobs_of(session, stream, LetterJob)[0]
    sheets = math.ceil((letter.pages or 0) / letter.sides)

    def minutes(code: str, pieces: int) -> int | None:
        kind = kinds.get(code)
        return planning.minutes(kind, pieces * sheets if kind.unit == "sheet" else pieces) if kind else None

    return minutes
