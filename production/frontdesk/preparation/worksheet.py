"""How an order by specification is made, as the estimate chose it: kept with the job, approved with it, told on its
ticket. Inches and counts; no money.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from production.catalog.products.cartons import InCartons
from production.catalog.products.standards import Standards
from production.frontdesk.estimates.bindery import Cutting
from production.frontdesk.estimates.estimate import Estimate
from production.frontdesk.estimates.layouts import CutSheet
from production.frontdesk.estimates.pieces import in_cartons
from production.frontdesk.estimates.presswork import Printed
from production.jobs.models import Job, JobFile
from production.stockroom.needs import PaperNeed
from store.documents import Versioned
from store.files import FileStore

Size = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class CutDown:
    """Parents that are cut to press sheets before the press, ``across`` by ``down`` of each."""

    parents: int
    size: Size
    across: int
    down: int
    cutting: Cutting


@dataclass(frozen=True, slots=True)
class OnPress:
    """A component on its press. ``inks``: of front and back; ``issued`` sheets with those that set-up and run spoil,
    ``setup`` of them at set-up; ``flat``: a piece before it is folded; ``cutting``: None where nothing is cut;
    ``cut_down``: None where the paper comes in press sheets.
    """

    name: str
    paper: str
    sheet: Size
    grain: str
    press: str
    style: str
    inks: tuple[int, int]
    pages: int
    kind: str
    flat: Size
    n_up: int
    good: int
    issued: int
    setup: int
    cutting: Cutting | None
    cut_down: CutDown | None = None


@dataclass(frozen=True, slots=True)
class Worksheet:
    """All components, and what holds for the whole. ``fold``: code of the pattern, empty where nothing is folded;
    ``panels``: of the fold, as they lie; counts of packing are None where nobody ordered it. ``in_cartons``: how it is
    packed, ordered or not; None where the shop has no carton, or had none when this was written.
    """

    product: str
    components: tuple[OnPress, ...]
    fold: str
    panels: tuple[Decimal, ...]
    pads: int | None
    left_over: int | None
    per_carton: int | None
    cartons: int | None
    carton_lb: Decimal | None
    in_cartons: InCartons | None = None


WORKSHEET: Versioned[Worksheet] = Versioned(Worksheet)


def worksheet(found: Estimate, standards: Standards) -> Worksheet:
    """Of the alternative that was chosen, by the standards of the estimate."""
    makeup, pack = found.makeup, found.packed
    cutting = {done.component: done.cutting for done in found.chosen.done if done.cutting}
    parents = {done.component: done.cutting for done in found.chosen.cut_down}
    components = tuple(
        _on_press(one, cutting.get(one.way.component.name), parents.get(one.way.component.name))
        for one in found.chosen.printed
    )
    return Worksheet(
        makeup.family.name, components, makeup.fold.code if makeup.fold else "", makeup.panels,
        pack.pads, pack.left_over, pack.per_carton, pack.cartons, pack.carton_lb,
        in_cartons(makeup, found.piece, standards),
    )  # fmt: skip


def _on_press(printed: Printed, cutting: Cutting | None, of_parents: Cutting | None) -> OnPress:
    way, component, sheet = printed.way, printed.way.component, printed.way.sheet
    cut_down = None
    if of_parents and isinstance(sheet, CutSheet):
        cut_down = CutDown(printed.bought, sheet.parent.size, sheet.across, sheet.down, of_parents)
    return OnPress(
        component.name, component.stock.name or component.stock_code, way.sheet.size, way.sheet.grain,
        way.press.name or way.machine, way.style, component.inks, component.pages, component.kind, component.flat,
        way.grid.n_up, printed.good, printed.issued, printed.setup_sheets, cutting, cut_down,
    )  # fmt: skip


def worksheet_of(session: Session, files: FileStore, job: Job) -> Worksheet | None:
    """The one of the present revision; None of an order that goes by its options."""
    query = select(JobFile.sha256).filter_by(job_id=job.id, revision=job.revision, role="worksheet")
    sha256 = session.scalars(query).first()
    if sha256 is None:
        return None
    return WORKSHEET.from_bytes(files.checked_path(sha256).read_bytes(), "worksheet of a job")


def cartons_of(session: Session, files: FileStore, job: Job) -> InCartons | None:
    """What the present revision of a job is packed in; None where that was not worked out."""
    sheet = worksheet_of(session, files, job)
    return sheet.in_cartons if sheet else None


def paper_needs(session: Session, files: FileStore, job: Job) -> list[PaperNeed]:
    """The sheets that it takes out of the stockroom: parents where they are cut down before the press."""
    sheet = worksheet_of(session, files, job)
    return [
        PaperNeed(one.paper, one.cut_down.size, one.cut_down.parents)
        if one.cut_down
        else PaperNeed(one.paper, one.sheet, one.issued)
        for one in (sheet.components if sheet else ())
    ]
