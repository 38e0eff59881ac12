"""The specification sheet as a paper: tagged PDF/UA-1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postal.data.mail_days import in_full
from production.prepress.papers.agency_paper import tagged_paper
from production.purchasing.specification import Section, Specification

_TEMPLATE = Path(__file__).with_name("specification.typ")
_SMALL = ("Ask questions by your link or the phone: every vendor that was asked reads the answers.",)


@dataclass(frozen=True, slots=True)
class SpecificationPaper:
    """All that stands on it, in words."""

    title: str
    number: str
    about: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    small: Sequence[str] = _SMALL
    kind: str = "Specification for vendors"


def specification_paper(sheet: Specification, *, number: str = "", deliver_by: date | None = None) -> bytes:
    """``number`` of the request for bids, once there is one. Errors as ``tagged_paper``."""
    quantity = f"{sheet.quantity:,}"
    about = [
        ("Product", sheet.product),
        ("Quantity", f"{quantity} ({sheet.unit})"),
        ("Needed by", in_full(deliver_by or sheet.due)),
        ("Job", sheet.job),
    ]
    return tagged_paper(
        _TEMPLATE,
        SpecificationPaper(sheet.title, number or sheet.job, about, sheet.sections),
        figures=[quantity],
    )
