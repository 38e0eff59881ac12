"""Does a printed piece, folded as it leaves the bindery, go into the envelope that its mailing asks for?"""

from __future__ import annotations

from kernel.findings import Finding
from production.catalog.piece_weight import Size, envelopes
from production.catalog.products.families import families
from production.catalog.products.makeup import made_up
from production.catalog.products.spec import Spec
from production.catalog.products.standards import Standards
from production.frontdesk.steps.base import problem


def misfits(spec: Spec, standards: Standards, envelope: str) -> list[Finding]:
    """ENCLOSURE_SIZE where the piece is too long or too wide, with what would fit. ``envelope``: its code; one that is
    not known is for the order to refuse.
    """
    asked, size = envelopes().get(envelope), made_up(spec, families(), standards).folded
    if asked is None or asked.takes(size):
        return []
    return [
        problem(
            "envelope",
            f"The printed piece is {_by(size)} in as it is folded, and does not go into {asked.name}.",
            _what_fits(size)
            + ("" if asked.is_card else f" A fold to {_by(asked.room)} in or less fits this one."),
            code="ENCLOSURE_SIZE",
        )
    ]


def _what_fits(size: Size) -> str:
    larger = [one.name for one in envelopes().values() if one.takes(size)]
    return f"It goes into {' or '.join(larger)}." if larger else "No envelope takes it like this."


def _by(size: Size) -> str:
    long, short = sorted((round(float(side), 3) for side in size), reverse=True)
    return f"{long:g} x {short:g}"
