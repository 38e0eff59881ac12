"""Tickets and messages as strangers may have written them, read in the limited child: safe parser, bounded, checked.

Checked by CIP4's own schema where the shop has it (its license keeps it out of the product), else by the parts that
everything here needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from production.floor.xjdf.ticket import NAMESPACE

MOST_BYTES = 4 << 20
_MOST_REPORTS = 1_000
_MOST = 10**9
_IN = {"x": NAMESPACE}
_REMEDY = "Have the machine's software write it anew; the machine itself goes on."
_NEEDED: dict[
    str, dict[str, tuple[str, ...]]
] = {  # each path from the root, and the attributes that it must have
    "XJDF": {".": ("JobID", "JobPartID", "Types"), "x:ResourceSet": ("Name",), ".//x:FileSpec": ("URL",)},
    "XJMF": {"x:Header": ("DeviceID", "Time")},
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a machine said of a ticket: ``state`` in the words of XJDF, good and waste so far where it counted."""

    device: str
    message: str
    ticket: str
    state: str
    good: int | None
    waste: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """What is wrong with a document, and what it reports when nothing is."""

    findings: tuple[Finding, ...]
    reports: tuple[Report, ...] = ()
    checked_by: str = "required parts"


def read(path: str, schema: str = "") -> Read:
    """A ticket, a ticket that came back with its audits, or a message."""
    try:
        root = _root(Path(path))
    except InvalidInput as refused:
        return Read((_finding(refused.sentence),))
    found = tuple(_by_schema(root, schema) if schema else _by_parts(root))
    checked_by = "schema" if schema else "required parts"
    try:
        return Read(found, () if found else tuple(_reports(root)), checked_by)
    except ValueError as error:
        return Read((_finding(str(error)),), checked_by=checked_by)


def _root(path: Path) -> etree._Element:
    if path.stat().st_size > MOST_BYTES:
        raise InvalidInput(f"It is larger than {MOST_BYTES >> 20} MB, which no message is.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        tree = etree.fromstring(path.read_bytes(), parser).getroottree()
    except etree.XMLSyntaxError as error:
        raise InvalidInput(f"It is not whole XML: {error.msg}"[:300]) from error
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise InvalidInput("It declares entities or a document type, which no XJDF has.")
    root = tree.getroot()
    name = etree.QName(root)
    if name.namespace != NAMESPACE or name.localname not in _NEEDED:
        raise InvalidInput(
            f"Its root {name.localname[:60]} is neither XJDF nor XJMF of the namespace {NAMESPACE}."
        )
    return root


def _by_schema(root: etree._Element, schema: str) -> Iterator[Finding]:
    import xmlschema

    for number, error in enumerate(xmlschema.XMLSchema(schema, allow="local").iter_errors(root)):
        if number == 20:  # what is more is more of the same
            return
        yield _finding(f"{error.reason or error.message}"[:300], f"{error.path or ''}"[:200])


def _by_parts(root: etree._Element) -> Iterator[Finding]:
    for path, attributes in _NEEDED[etree.QName(root).localname].items():
        elements = [root] if path == "." else root.findall(path, _IN)
        place = path.replace("x:", "")
        if not elements:
            yield _finding(f"It has no {place}.", place)
        for element in elements:
            for attribute in attributes:
                if not element.get(attribute):
                    yield _finding(
                        f"{etree.QName(element).localname} has no {attribute}.", f"{place}/@{attribute}"
                    )


def _finding(sentence: str, place: str = "") -> Finding:
    return Finding("XJDF_INVALID", Severity.STOP, sentence, _REMEDY, Place(column=place))


# -- reports ------------------------------------------------------------------------------------------------


def _reports(root: etree._Element) -> Iterator[Report]:
    """Phases of jobs, and what was made of the resource that comes out; each belongs to the nearest header."""
    found = 0
    for element in root.iter(f"{{{NAMESPACE}}}JobPhase", f"{{{NAMESPACE}}}ResourceInfo"):
        if not (ticket := element.get("JobPartID") or root.get("JobPartID")):
            continue
        found += 1
        if found > _MOST_REPORTS:
            raise ValueError(f"It holds more than {_MOST_REPORTS:,} reports.")
        header = _header(element)
        good, waste = _counted(element)
        message = header.get("ID") or header.get("Time", "")
        yield Report(
            header.get("DeviceID", "")[:80], f"{message[:100]}/{found}", ticket[:40],
            element.get("Status", "")[:20], good, waste, _time(header.get("Time", "")),
        )  # fmt: skip


def _header(element: etree._Element) -> etree._Element:
    above: etree._Element | None = element
    while above is not None:
        header = above.find("x:Header", _IN)
        if header is not None:
            return header
        above = above.getparent()
    raise ValueError("A report stands without a header that says which machine tells it, and when.")


def _counted(element: etree._Element) -> tuple[int | None, int | None]:
    """Of a phase its own numbers; of a resource that comes out, or has no usage, the sum of its parts."""
    if etree.QName(element).localname == "JobPhase":
        return _whole(element.get("Amount")), _whole(element.get("Waste"))
    parts = [
        part
        for resource in element.findall("x:ResourceSet", _IN)
        if resource.get("Name") == "Component" and resource.get("Usage", "Output") == "Output"
        for part in resource.findall(".//x:PartAmount", _IN)
    ]
    if not parts:
        return None, None
    return tuple(sum(_whole(part.get(name)) or 0 for part in parts) for name in ("Amount", "Waste"))  # type: ignore[return-value]


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]} is no number.") from None
    if not number.is_finite() or number < 0 or number > _MOST or number != number.to_integral_value():
        raise ValueError(f"{text[:40]} is no count.")
    return int(number)


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]} is no time.") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
