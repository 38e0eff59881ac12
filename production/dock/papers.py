"""Papers of what leaves in cartons, from the rows: a label once a carton is counted, the others once a stop is packed.

They follow from rows that are kept, and are drawn when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.clock import long_date
from kernel.errors import Conflict, NotFound
from production.catalog.products.cartons import InCartons
from production.dock.label_rules import LABEL_RULES, LabelRuleValue
from production.dock.models import Carton
from production.dock.packing import CartonLine, packing_of, refuse_uncounted
from production.jobs.models import DeliveryStop, Job
from production.jobs.numbering import carton_code
from production.jobs.stops import WAYS
from production.mailings.shop import ShopProfile
from production.prepress.papers import dock_papers
from production.prepress.papers.dock_papers import LabelPaper, StopPaper


def carton_labels(
    session: Session, job: Job, by: InCartons | None, *, form: str, out: Path, number: int | None = None
) -> None:
    """Of every closed carton, or of one. Conflict UNCOUNTED where none is closed; NotFound CARTON."""
    packing = packing_of(session, job, by)
    asked = [packing.carton(number)] if number is not None else packing.cartons
    closed = [one for one in asked if one.closed_at is not None]
    if not closed:
        raise _uncounted()
    small, others = _small(session, job, form), _others(session, job)
    papers = [
        _label(
            job,
            (*small, *others.get(one.number, ()), *((f"Lies in carton {one.inside}",) if one.inside else ())),
            one.place,
            f"Carton {one.of[0]:,} of {one.of[1]:,}",
            [one],
            carton_code(job.number, one.number),
        )
        for one in closed
    ]
    dock_papers.labels(papers, out)


def _others(session: Session, job: Job) -> dict[int, list[str]]:
    """What lies in its cartons beside its own, by their number."""
    host, other = aliased(Carton), aliased(Job)
    query = select(host.number, Carton.pieces, other.number).join(host, host.id == Carton.inside_id)
    query = query.join(other, other.id == Carton.job_id).where(host.job_id == job.id)
    found: dict[int, list[str]] = {}
    for number, pieces, of in session.execute(query.order_by(Carton.id)):
        found.setdefault(number, []).append(f"Also in it: {pieces:,} of job {of}")
    return found


def pallet_tags(
    session: Session, job: Job, by: InCartons | None, position: int, *, form: str, out: Path
) -> None:
    """Of every pallet of a stop, its cartons in their order. Conflict UNCOUNTED before all of it is packed; NotFound
    PALLET where nobody said how many cartons stand on one.
    """
    if by is None or by.per_pallet is None:
        raise NotFound(
            "Nobody has said how many cartons stand on a pallet: it is a field of the carton.", code="PALLET"
        )
    stop, cartons = _packed(session, job, by, position)
    small = _small(session, job, form)
    stacks = [cartons[k : k + by.per_pallet] for k in range(0, len(cartons), by.per_pallet)]
    papers = [
        _label(
            job, (*small, f"Cartons {stack[0].of[0]:,} to {stack[-1].of[0]:,}"), stop.place if stop else "",
            f"Pallet {at:,} of {len(stacks):,}", stack, f"{job.number.replace('-', '')}P{position}-{at}",
        )
        for at, stack in enumerate(stacks, start=1)
    ]  # fmt: skip
    dock_papers.pallet_tags(papers, out)


def stop_paper(session: Session, job: Job, by: InCartons | None, position: int, *, form: str) -> StopPaper:
    """What a packing slip and a delivery note say. Conflict UNCOUNTED before all of the stop is packed."""
    stop, cartons = _packed(session, job, by, position)
    return StopPaper(
        job.number, job.number.replace("-", ""), job.agency.name, job.title, form, stop.place if stop else "",
        WAYS[stop.way] if stop else "", long_date((stop and stop.day) or job.due), _shop(session, _rule(session, job)),
        tuple((one.number, one.pieces, one.lb) for one in cartons),
    )  # fmt: skip


def _packed(
    session: Session, job: Job, by: InCartons | None, position: int
) -> tuple[DeliveryStop | None, tuple[CartonLine, ...]]:
    """A stop of which every piece is in a closed carton; position 0: a job without stops."""
    stop = session.scalars(select(DeliveryStop).filter_by(job_id=job.id, position=position)).first()
    if stop is None and position:
        raise NotFound(f"{job.number} has no stop {position}.")
    packing = packing_of(session, job, by)
    refuse_uncounted(session, job, stop)
    cartons = tuple(one for one in packing.cartons if one.stop_id == (stop.id if stop else None))
    if not cartons:
        raise _uncounted()
    return stop, cartons


def _uncounted() -> Conflict:
    return Conflict(
        "No carton of it is closed yet.",
        code="UNCOUNTED",
        remedy="Count them into cartons at the pack station.",
    )


def _label(
    job: Job, small: tuple[str, ...], place: str, count: str, cartons: Sequence[CartonLine], code: str
) -> LabelPaper:
    pounds = [one.lb for one in cartons]
    weight = "" if None in pounds else f", {sum(lb for lb in pounds if lb is not None)} lb"
    pieces = f"{sum(one.pieces for one in cartons):,} pieces{weight}"
    return LabelPaper(job.agency.name, job.title, small, count, pieces, place, code)


def _small(session: Session, job: Job, form: str) -> tuple[str, ...]:
    rule = _rule(session, job)
    shop = _shop(session, rule)
    said = (f"Form {form}" if form else "", f"Job {job.number}", rule.words, f"From {shop}" if shop else "")
    return tuple(line for line in said if line)


def _rule(session: Session, job: Job) -> LabelRuleValue:
    return LABEL_RULES.find(session, job.agency.code) or LabelRuleValue(code=job.agency.code)


def _shop(session: Session, rule: LabelRuleValue) -> str:
    return (session.scalars(select(ShopProfile.name)).first() or "") if rule.names_shop else ""
