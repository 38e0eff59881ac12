"""What an order leaves in a folder: its files, its charge line by line, cartons, and the papers of its deliveries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from billing.queries import explain, job_charges
from kernel.errors import IllegalTransition
from kernel.money import ZERO
from production.catalog.products.cartons import InCartons
from production.dock.packing import Packing, packing_of
from production.dock.papers import stop_paper
from production.frontdesk.orders.spec_order import form_of
from production.frontdesk.preparation.worksheet import cartons_of
from production.jobs.models import Job, JobFile
from production.prepress.papers import dock_papers
from store.documents import plain
from store.plant import Plant
from web.commands.line import CONSOLE_ACTOR
from web.commands.packing import told_packing
from web.commands.print_line import Made

PAPERS = {"packing-slip": dock_papers.packing_slip, "delivery-note": dock_papers.delivery_note}
_NOT_MADE = {"cartons": [], "sum": 0}


def file_name(file: JobFile) -> str:
    """In the folder."""
    return f"{file.role}{Path(file.given_name).suffix}"


def write_files(plant: Plant, files: Sequence[JobFile], out: Path) -> None:
    """What the order was made of."""
    out.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(plant.files.checked_path(file.sha256), out / file_name(file))


def write_results(plant: Plant, made: Made, trail: Mapping[str, Any], out: Path) -> None:
    """Trail, charge and cartons, and of every stop that is packed its slip and its note."""
    with plant.db.read_only(CONSOLE_ACTOR) as session:
        job = session.get_one(Job, made.job.id)
        by = cartons_of(session, plant.files, job)
        packed = _packed(session, job, by)
        told = {
            "events": trail, "charge": _charge(session, made),
            "packing": told_packing(packed) if packed else _NOT_MADE,
        }  # fmt: skip
        for name, value in told.items():
            (out / f"{name}.json").write_text(json.dumps(plain(value), indent=1, ensure_ascii=False) + "\n")
        if packed is not None:
            _write_papers(session, job, by, packed, out)


def _write_papers(session: Session, job: Job, by: InCartons | None, packed: Packing, out: Path) -> None:
    found = form_of(session, job)
    form = f"{found.number}/{found.revision}" if found else ""
    for position in sorted(packed.packed_stops):
        paper = stop_paper(session, job, by, position, form=form)
        for name, draw in PAPERS.items():
            draw(paper, out / f"{name}-{position}.pdf")


def _packed(session: Session, job: Job, by: InCartons | None) -> Packing | None:
    try:
        return packing_of(session, job, by)
    except IllegalTransition:  # it is not made yet
        return None


def _charge(session: Session, made: Made) -> dict[str, Any]:
    """Every line with quantity, rate and card, the step that it is of and its evidence; together the total."""
    lines = []
    for line in job_charges(session, made.job.id, agency_id=None):
        why = explain(session, line.ulid, agency_id=None)
        lines.append(
            {
                "unit": line.unit, "words": line.description, "quantity": str(line.quantity), "rate": str(line.rate),
                "minimum": why.minimum.plain, "extended": str(line.extended), "share": [line.share, line.shares],
                "amount": line.money.plain, "account": line.bill_code, "suspended": line.suspended_for,
                "card": why.card, "day": line.usage_date, "ticket": why.ticket, "evidence": line.evidence,
            }
        )  # fmt: skip
    total = sum((one.cents for one in made.charges), ZERO)
    quote = made.quote.plain if made.quote is not None else None
    return {"job": made.job.number, "quote": quote, "total": total.plain, "lines": lines}
