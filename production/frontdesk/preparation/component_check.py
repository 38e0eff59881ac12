"""A file against what is ordered of its component, at upload and again with the whole order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog.products.makeup import COVER, MadeComponent
from production.catalog.products.spec import Spec
from production.frontdesk.orders.spec_order import ARTWORK
from production.frontdesk.preparation.accepted import Accepted, judged
from production.frontdesk.preparation.first_check import DrawnPage, drawn_pages
from production.prepress.preflight.order import PrintOrder, order_of
from production.prepress.preflight.pdf import preflight_order
from production.prepress.preflight.press_report import OrderReport, PageBoxes, PressFinding
from store.files import FileStore

# What is a note on a whole order, and cannot be put right once its files are here.
_STOPS_UPLOAD = frozenset({"COMPONENT_PAGES"})


@dataclass(frozen=True, slots=True)
class ComponentReport:
    """What preflight says of a file; ``sizes``: width and height of its pages in points."""

    findings: Sequence[PressFinding]
    sizes: Sequence[tuple[float, float]]


def asked_of(spec: Spec, made: MadeComponent) -> PrintOrder:
    """What a component's file is to be: pages of the finished size, or of a leaf its flat piece, as of a cover with
    its spine.
    """
    ordered = next(one for one in spec.components if one.name == made.name)
    alone = ordered.model_copy(update={"pages": made.pages})
    if made.kind == "leaf":
        alone = alone.model_copy(update={"flat_size": made.flat})
    if made.kind == "leaf" and made.name == COVER:
        alone = alone.model_copy(update={"pages": None})  # its flat sides, one or both
    return order_of(spec.model_copy(update={"components": (alone,), "files": (), "pages": None}), "")


def preflight_component(path: Path, spec: Spec, made: MadeComponent) -> ComponentReport:
    """Findings of a component's file; never raises for what is in it."""
    return component_report(preflight_order(path, asked_of(spec, made)))


def component_report(report: OrderReport) -> ComponentReport:
    """What was told of the file of one component."""
    return ComponentReport(report.findings, list(map(_size, report.boxes)))


def as_finding(found: PressFinding, component: str) -> Finding:
    """As a finding of the order, which has several components."""
    words = found.message if component in found.message else f"{component}: {found.message}"
    return Finding(found.code, found.severity, words, found.remedy, Place(page=found.page, column=ARTWORK))


def check_component(
    files: FileStore,
    sha256: str,
    spec: Spec,
    made: MadeComponent,
    column: str,
    accepted: Sequence[Accepted] = (),
) -> list[DrawnPage]:
    """Its pages as they print. InvalidInput with everything that stops it and was not ``accepted``, beside ``column``
    of the form.
    """
    report = preflight_component(files.checked_path(sha256), spec, made)
    return pages_of(files, sha256, report, made.name, accepted, column)


def pages_of(
    files: FileStore,
    sha256: str,
    report: ComponentReport,
    component: str,
    accepted: Sequence[Accepted] = (),
    column: str = "",
) -> list[DrawnPage]:
    """The same of a file with its report."""
    found = judged(report.findings, sha256, component, accepted)
    stopping = [one for one in found if one.severity is Severity.STOP or one.code in _STOPS_UPLOAD]
    if stopping:
        told = [
            Finding(one.code, Severity.STOP, one.message, one.remedy, Place(column=column))
            for one in stopping
        ]
        raise InvalidInput(told[0].message, code=told[0].code, findings=told)
    return drawn_pages(files, files.checked_path(sha256), report.sizes)


def _size(boxes: PageBoxes) -> tuple[float, float]:
    left, low, right, high = boxes.crop
    return right - left, high - low
