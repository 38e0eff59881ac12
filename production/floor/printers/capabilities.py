"""What a printer offers beside what a ticket asks: what it lacks, and the attributes of the job. Functions of values.

A printer may swallow in silence what it does not know (ippeveprinter 2.4.2 does so with finishings), so every value is
looked up before anything is sent. Attributes: RFC 8011; PWG 5100.1 (finishings), 5100.7 (media-col), 5101.1 (media).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from production.floor.printers.client import Attributes, Operation
from production.floor.printers.ipp import Attribute, Tag, Value, attribute
from production.jobs.press_tickets import PressTicket

_PDF = "application/pdf"
_PER_INCH = 2540  # hundredths of a millimeter, PWG 5100.7 6.3.1
_CLOSE = 50  # of them: half a millimeter, for names in inches and sizes in millimeters of one paper
_NAMED = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(in|mm)$")
_NONE = 3  # of finishings
# PWG 5100.1-2022, table 1: enums of finishings by their words, which name the templates of finishings-col too.
_EDGES = ("left", "top", "right", "bottom")
_CORNERS = ("top-left", "bottom-left", "top-right", "bottom-right")
FINISHINGS = {
    "staple": 4, "punch": 5, "cover": 6, "bind": 7, "saddle-stitch": 8, "edge-stitch": 9, "fold": 10, "trim": 11,
    "bale": 12, "booklet-maker": 13, "jog-offset": 14, "coat": 15, "laminate": 16,
    **{f"{what}-{where}": first + at
       for what, first, places in (
           ("staple", 20, _CORNERS), ("edge-stitch", 24, _EDGES), ("staple-dual", 28, _EDGES),
           ("staple-triple", 32, _EDGES), ("bind", 50, _EDGES), ("punch", 70, _CORNERS), ("punch-dual", 74, _EDGES),
           ("punch-triple", 78, _EDGES), ("punch-quad", 82, _EDGES), ("punch-multiple", 86, _EDGES),
       ) for at, where in enumerate(places)},
    **{f"fold-{how}": 90 + at
       for at, how in enumerate((
           "accordion", "double-gate", "gate", "half", "half-z", "left-gate", "letter", "parallel", "poster",
           "right-gate", "z", "engineering-z",
       ))},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lack:
    """A value that a printer does not offer. ``changes_product``: without it something else would come out."""

    attribute: str
    asked: str
    offered: str
    changes_product: bool


@dataclass(frozen=True, slots=True)
class _Size:
    """Hundredths of a millimeter, each from least to most; the short edge first."""

    short: tuple[int, int]
    long: tuple[int, int]
    name: str = ""

    def holds(self, sheet: tuple[int, int]) -> bool:
        pairs = ((self.short, sheet[0]), (self.long, sheet[1]))
        return all(low - _CLOSE <= asked <= high + _CLOSE for (low, high), asked in pairs)


def lacks(offers: Attributes, ticket: PressTicket) -> list[Lack]:
    """Everything that the ticket asks and the printer does not offer."""
    return [*_lacks(offers, ticket)]


def _lacks(offers: Attributes, ticket: PressTicket) -> Iterator[Lack]:
    formats = _words(offers, "document-format-supported")
    if _PDF not in formats:
        yield Lack("document-format", _PDF, ", ".join(formats), changes_product=True)
    sizes = [*_sizes(offers)]
    if not any(size.holds(_edges(ticket)) for size in sizes):
        asked = f"{ticket.sheet[0]:g} x {ticket.sheet[1]:g} in"
        yield Lack("media", asked, ", ".join(_words(offers, "media-supported")), changes_product=True)
    sides = _words(offers, "sides-supported")
    if ticket.sides not in (sides or ["one-sided"]):
        yield Lack("sides", ticket.sides, ", ".join(sides), changes_product=True)
    if not _holds(offers, "copies-supported", ticket.copies, usual=(1, 1)):
        most = [value.of for value in offers.get("copies-supported", ())]
        yield Lack("copies", f"{ticket.copies}", ", ".join(map(_range_words, most)), changes_product=True)
    for name in ticket.finishing:
        if not finishes(offers, name):
            known = [value.of for value in offers.get("finishings-supported", ())]
            yield Lack("finishings", name, ", ".join(map(str, known)), changes_product=True)
    kinds = _words(offers, "media-type-supported")
    if ticket.media_type and kinds and ticket.media_type not in kinds:
        yield Lack("media-type", ticket.media_type, ", ".join(kinds), changes_product=False)
    if ticket.priority != _USUAL_PRIORITY and "job-priority-supported" not in offers:
        yield Lack("job-priority", f"{ticket.priority}", "", changes_product=False)
    if ticket.account and "job-account-id-supported" not in offers:
        yield Lack("job-account-id", ticket.account, "", changes_product=False)


_USUAL_PRIORITY = 50


def finishes(offers: Attributes, name: str) -> bool:
    """Whether it does this in line, told by its number or as a template."""
    return _enum(offers, "finishings-supported", FINISHINGS.get(name, 0)) or name in _templates(offers)


def said_of(name: str) -> list[Attribute]:
    """Attributes of the operation: the name of the job; all of it or nothing; PDF."""
    return [
        attribute("job-name", Tag.NAME, name),
        Attribute("ipp-attribute-fidelity", (Value(Tag.BOOLEAN, of=True),)),
        attribute("document-format", Tag.MIME_TYPE, _PDF),
    ]


def takes_documents(offers: Attributes) -> bool:
    """Whether a job can be made before its document is sent."""
    known = {one.of for one in offers.get("operations-supported", ())}
    return {Operation.CREATE_JOB, Operation.SEND_DOCUMENT} <= known


def of_job(said: Sequence[Attribute]) -> list[Attribute]:
    """Those of them that a job is made with before it has a document (RFC 8011 4.2.4)."""
    return [one for one in said if one.name != "document-format"]


def of_document(said: Sequence[Attribute]) -> list[Attribute]:
    """Those that go with its document (RFC 8011 4.3.1)."""
    return [one for one in said if one.name == "document-format"]


def job_attributes(offers: Attributes, ticket: PressTicket) -> list[Attribute]:
    """Of the job, for a ticket without a lack that changes the product. Never media beside media-col (libcups 95)."""
    found = [
        _media(offers, ticket),
        attribute("sides", Tag.KEYWORD, ticket.sides),
        attribute("copies", Tag.INTEGER, ticket.copies),
    ]
    if ticket.sides == "one-sided" and "sides-supported" not in offers:
        found = [one for one in found if one.name != "sides"]
    collated = "separate-documents-collated-copies"  # a copy never begins on the back of another (cups 389)
    if collated in _words(offers, "multiple-document-handling-supported"):
        found.append(attribute("multiple-document-handling", Tag.KEYWORD, collated))
    found += _finishings(offers, ticket)
    if "job-priority-supported" in offers:
        found.append(attribute("job-priority", Tag.INTEGER, ticket.priority))
    if ticket.account and "job-account-id-supported" in offers:
        found.append(attribute("job-account-id", Tag.NAME, ticket.account))
    return found


def _media(offers: Attributes, ticket: PressTicket) -> Attribute:
    short, long = _edges(ticket)
    named = next((one.name for one in _sizes(offers) if one.name and one.holds((short, long))), "")
    members = _words(offers, "media-col-supported")
    if "media-size" not in members and named:
        return attribute("media", Tag.KEYWORD, named)
    size = (attribute("x-dimension", Tag.INTEGER, short), attribute("y-dimension", Tag.INTEGER, long))
    column = [attribute("media-size", Tag.COLLECTION, list(size))]
    if "media-type" in members and ticket.media_type in _words(offers, "media-type-supported"):
        column.append(attribute("media-type", Tag.KEYWORD, ticket.media_type))
    if "media-weight-metric" in members and ticket.grams:
        column.append(attribute("media-weight-metric", Tag.INTEGER, ticket.grams))
    return Attribute("media-col", (Value(Tag.COLLECTION, tuple(column)),))


def _finishings(offers: Attributes, ticket: PressTicket) -> list[Attribute]:
    """By enum where all are offered so, else by template; said also where nothing is finished: no default is."""
    asked = [FINISHINGS.get(name, 0) for name in ticket.finishing]
    if all(_enum(offers, "finishings-supported", number) for number in asked):
        if not asked and not _enum(offers, "finishings-supported", _NONE):
            return []
        return [attribute("finishings", Tag.ENUM, *(asked or [_NONE]))]
    templates = [(attribute("finishing-template", Tag.KEYWORD, name),) for name in ticket.finishing]
    return [Attribute("finishings-col", tuple(Value(Tag.COLLECTION, one) for one in templates))]


def _edges(ticket: PressTicket) -> tuple[int, int]:
    short, long = sorted(ticket.sheet)
    return round(short * _PER_INCH), round(long * _PER_INCH)


def _sizes(offers: Attributes) -> Iterator[_Size]:
    """Every size that is offered, by name or by measure; a custom range is one, between its least and most."""
    named = {word: size for word in _words(offers, "media-supported") if (size := _measured(word))}
    for word, (short, long) in named.items():
        if word.startswith("custom_min"):
            most = next((size for name, size in named.items() if name.startswith("custom_max")), None)
            if most:
                yield _Size((short, most[0]), (long, most[1]))
        elif not word.startswith("custom_max"):
            yield _Size((short, short), (long, long), word)
    for value in offers.get("media-size-supported", ()):
        members = {one.name: one.values for one in _collection(value)}
        edges = [_low_high(members.get(f"{axis}-dimension", ())) for axis in "xy"]
        if edges[0] and edges[1]:
            first, second = sorted((edges[0], edges[1]))
            yield _Size(first, second)


def _measured(word: str) -> tuple[int, int] | None:
    found = _NAMED.search(word)
    if not found:
        return None
    unit = Decimal(_PER_INCH) if found[3] == "in" else Decimal(100)
    short, long = sorted(round(Decimal(found[k]) * unit) for k in (1, 2))
    return short, long


def _low_high(values: Sequence[Value]) -> tuple[int, int] | None:
    match values[0].of if values else None:
        case bool():
            return None
        case int(one):
            return one, one
        case (int(low), int(high)):
            return low, high
    return None


def _collection(value: Value) -> tuple[Attribute, ...]:
    return tuple(one for one in value.of if isinstance(one, Attribute)) if isinstance(value.of, tuple) else ()


def _words(offers: Attributes, name: str) -> list[str]:
    return [value.of for value in offers.get(name, ()) if isinstance(value.of, str)]


def _enum(offers: Attributes, name: str, number: int) -> bool:
    return any(value.of == number for value in offers.get(name, ()))


def _templates(offers: Attributes) -> set[str]:
    """Names of finishing templates in the printer's database."""
    of_each = (_collection(value) for value in offers.get("finishings-col-database", ()))
    values = (value.of for members in of_each for one in members for value in one.values)
    return {one for one in values if isinstance(one, str)}


def _holds(offers: Attributes, name: str, number: int, *, usual: tuple[int, int]) -> bool:
    pairs = [_low_high((value,)) for value in offers.get(name, ())] or [usual]
    return any(pair[0] <= number <= pair[1] for pair in pairs if pair)


def _range_words(held: object) -> str:
    return f"{held[0]} to {held[1]}" if isinstance(held, tuple) else f"{held}"
