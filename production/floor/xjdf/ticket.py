"""The ticket of a print operation as XJDF 2.x: a function of values. Lengths in points.

Names and shapes follow CIP4's schema (namespace JDFSchema_2_0) and its samples; where the schema itself is at hand,
``production.floor.xjdf.check`` holds the ticket against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from lxml import etree

from production.jobs.press_tickets import PressTicket

NAMESPACE = "http://www.CIP4.org/JDFSchema_2_0"
_POINTS = 72
_PROCESSES = {  # what the press does in line, by the first word of the standard's name: processes of XJDF
    "staple": "Stitching", "saddle": "Stitching", "edge": "Stitching", "punch": "HoleMaking", "fold": "Folding",
    "trim": "Trimming", "laminate": "Laminating",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Writing:
    """Beside what is asked: number of the lot, ticket, name of the PDF beside it, and when."""

    lot: str
    ticket: str
    pdf: str
    at: datetime


def write(asked: PressTicket, writing: Writing) -> bytes:
    """The document. JobPartID is the ticket: what the machine says of it comes back under that."""
    processes = ["Interpreting", "Rendering", "DigitalPrinting", *map(_process, asked.finishing)]
    root = etree.Element(
        _named("XJDF"),
        {"JobID": writing.lot, "JobPartID": writing.ticket, "Types": " ".join(processes), "Version": "2.1",
         "DescriptiveName": asked.title, "Category": "DigitalPrinting"},
        nsmap={None: NAMESPACE},
    )  # fmt: skip
    created = _add(_add(root, "AuditPool"), "AuditCreated")
    _add(
        created,
        "Header",
        AgentName="Indicia",
        DeviceID="Indicia",
        ID=f"a{writing.ticket}",
        Time=writing.at.isoformat(),
    )
    if asked.account:
        _add(root, "GeneralID", IDUsage="Account", IDValue=asked.account)
    product = _add(_add(root, "ProductList"), "Product", Amount=f"{asked.copies}", IsRoot="true")
    intent = _add(product, "Intent", Name="LayoutIntent")
    _add(intent, "LayoutIntent", Pages=f"{asked.pages}", Sides=_product_sides(asked))
    _add(_resource(root, "NodeInfo", "Input"), "NodeInfo", JobPriority=f"{asked.priority}")
    run = _add(_resource(root, "RunList", "Input"), "RunList", NPage=f"{asked.pages}")
    _add(run, "FileSpec", MimeType="application/pdf", URL=writing.pdf)
    paper = _add(
        _resource(root, "Media", "Input"), "Media", MediaType="Paper", Dimension=_points(asked.sheet)
    )
    if asked.grams:
        paper.set("Weight", f"{asked.grams}")
    if asked.paper:
        paper.getparent().set("DescriptiveName", asked.paper)
    sides = "OneSided" if asked.sides == "one-sided" else "TwoSided"
    _add(_resource(root, "DigitalPrintingParams", "Input"), "DigitalPrintingParams", Sides=sides)
    output = _resource(root, "Component", "Output")
    _add(_add(output, "AmountPool"), "PartAmount", Amount=f"{asked.copies * asked.sheets}")
    _add(output, "Component")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _process(name: str) -> str:
    return _PROCESSES.get(name.partition("-")[0], "ManualLabor")


def _product_sides(asked: PressTicket) -> str:
    """Head to head is turned about the upright axis, whichever edge of the sheet that is."""
    if asked.sides == "one-sided":
        return "OneSided"
    is_upright = asked.sheet[0] <= asked.sheet[1]
    is_long = asked.sides == "two-sided-long-edge"
    return "TwoSidedHeadToHead" if is_long == is_upright else "TwoSidedHeadToFoot"


def _points(sheet: tuple[Decimal, Decimal]) -> str:
    return " ".join(f"{(edge * _POINTS).normalize():f}" for edge in sheet)


def _named(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, _named(name), attributes)


def _resource(root: etree._Element, name: str, usage: str) -> etree._Element:
    return _add(_add(root, "ResourceSet", Name=name, Usage=usage), "Resource")
