"""From which quantity the cheapest offset route costs less than the cheapest digital one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from production.catalog.products.spec import MOST_PIECES
from production.frontdesk.estimates.alternatives import Alternative

Total = Callable[[Alternative, int], Decimal]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """``quantity``: the first at which offset costs less; ``below``, ``above``: the cheapest routes on both sides."""

    quantity: int
    below: str
    above: str


@dataclass(frozen=True, slots=True)
class _Line:
    """What an alternative costs, nearly: to set up, and for each piece more."""

    start: Decimal
    rise: Decimal
    alternative: Alternative


def break_even(alternatives: Sequence[Alternative], total: Total, quantity: int) -> BreakEven | str:
    """Why there is none, as a sentence, where one kind is missing or one of them is cheaper at any quantity."""
    digital = _lowest([one for one in alternatives if one.ways[0].press.kind == "digital"], total, quantity)
    offset = _lowest([one for one in alternatives if one.ways[0].press.kind == "offset"], total, quantity)
    for kind, found in (("digital", digital), ("offset", offset)):
        if not found:
            return f"No {kind} press of the shop can make this."
    if offset[-1].rise >= digital[-1].rise:
        return "Each piece more costs no less on an offset press than on a digital one."

    def cheapest(among: Sequence[_Line], at: int) -> tuple[Decimal, str]:
        return min((total(one.alternative, at), one.alternative.id) for one in among)

    def offset_is_cheaper(at: int) -> bool:
        return cheapest(offset, at)[0] < cheapest(digital, at)[0]

    over = 1
    while over < MOST_PIECES and not offset_is_cheaper(over):
        over *= 2
    under = over // 2
    if not under:
        return "Offset costs less at any quantity."
    if over >= MOST_PIECES:
        return f"Offset would cost less only beyond {MOST_PIECES:,} pieces."
    while over - under > 1:
        middle = (over + under) // 2
        under, over = (under, middle) if offset_is_cheaper(middle) else (middle, over)
    return BreakEven(over, cheapest(digital, under)[1], cheapest(offset, over)[1])


def _lowest(among: Sequence[Alternative], total: Total, quantity: int) -> list[_Line]:
    """Those that may be the cheapest at some quantity, the one that rises least last. But for whole sheets and lifts
    costs rise evenly, so that what costs more to set up and rises no less never is.
    """
    far = 50 * quantity + 50_000  # so far that whole sheets and lifts count for nothing
    lines = []
    for one in among:
        rise = (total(one, far) - one.total) / (far - quantity)
        lines.append(_Line(one.total - rise * quantity, rise, one))
    lowest: list[_Line] = []
    for line in sorted(lines, key=lambda line: (line.start, line.rise)):
        if not lowest or line.rise < lowest[-1].rise:
            lowest.append(line)
    return lowest
