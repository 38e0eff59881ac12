"""Whether a piece may travel in a sort plan: every reason against it, and the lawful ways there are with their prices.

Prices are those of the coarsest level, which every piece reaches, or single-piece under the minimum of the class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity, stops
from kernel.money import Money, extend, to_cents
from postal.data.editions import InForce
from postal.piece.kinds import SORTED_AS, sort_plans_for
from postal.piece.mailpiece import Mailpiece, Standards, Verdict, check_mailpiece, why_not
from postal.plans.sort_plans import ORIGIN, SortPlan, at_least, sort_plan
from postal.prices.piece_price import price_text
from postal.prices.prices import PostageRate, PriceSet

PARCEL = "USPS Ground Advantage"
_PARCEL_TABLE, _PARCEL_SEASON, _PARCEL_LEVEL = "ga-com", "ga-com-peak", "weight and zone"


def reasons_against(piece: Mailpiece, verdict: Verdict, plan: SortPlan, limits: Standards) -> tuple[str, ...]:
    """Why the plan does not take the piece, in words; nothing where it does."""
    found = stops(verdict.findings)
    if found:
        return tuple(_clause(finding.message) for finding in found)
    return tuple(_misfits(piece, verdict, plan, limits))


def refusal(plan: SortPlan, reasons: Sequence[str], ways: Sequence[Way]) -> Finding:
    """The stop that says why a piece may not travel so, and how it may."""
    told = "; ".join(way.words for way in ways)
    return Finding(
        "PIECE_NOT_ADMITTED",
        Severity.STOP,
        f"The piece may not travel as {plan.title}: {'; '.join(reasons)}.",
        f"Lawful: {told}." if ways else "No lawful way is known here.",
    )


def _misfits(piece: Mailpiece, verdict: Verdict, plan: SortPlan, limits: Standards) -> Iterator[str]:
    if verdict.shape not in plan.shapes:
        yield _why_other_shape(piece, verdict, plan, limits)
    elif plan.machinable == "yes" and not verdict.is_machinable:
        yield from (_clause(one.message) for one in verdict.findings if one.code == "PIECE_NONMACHINABLE")
    elif plan.machinable == "no" and verdict.is_machinable:
        known = ", ".join(limits.features)
        yield f"nothing makes it nonmachinable; give its own measures, or a feature ({known})"


def _why_other_shape(piece: Mailpiece, verdict: Verdict, plan: SortPlan, limits: Standards) -> str:
    wanted = [
        shape
        for shape in limits.shapes_of(plan.mail_class)
        if shape.name in plan.shapes and (not shape.only or shape.only == piece.construction)
    ]
    broken = [f"as a {shape.name} {why}" for shape in wanted if (why := why_not(piece, shape))]
    return "; ".join([f"by its size and weight it is a {verdict.shape}", *broken])


def _clause(message: str) -> str:
    """A finding's sentence as part of another."""
    return f"{message[0].lower()}{message[1:]}".rstrip(".")


@dataclass(frozen=True, slots=True)
class Way:
    """One lawful way; ``postage`` of all pieces at most, None where its price is not loaded; ``price`` in words."""

    title: str
    pieces: int
    postage: Money | None
    price: str = ""

    @property
    def words(self) -> str:
        """'First-Class Mail automation flats, at most $1,419.60 for 700 pieces (2.028, mixed ADC)'."""
        if self.postage is None:
            return f"{self.title} (its price is not loaded)"
        return f"{self.title}, at most ${self.postage} for {self.pieces:,} pieces ({self.price})"


def surest_price(
    plan: SortPlan, piece: Mailpiece, verdict: Verdict, pieces: int, prices: PriceSet, *, payment: str
) -> tuple[PostageRate, str] | None:
    """What each of so many pieces pays at most in this plan, and the name of that price; None where the plan does not
    take the piece or a price is not loaded.
    """
    if verdict.shape not in plan.shapes:
        return None
    try:
        cells = plan.price_cells(
            verdict.shape, verdict.single_piece_shape, payment=payment, weight_oz=piece.weight_oz
        )
    except InvalidInput:
        return None
    is_presorted = pieces >= at_least(plan.minimum_pieces, plan.minimum_lb, piece.weight_oz)
    cell = cells[-2] if is_presorted else cells[-1]
    found = cell.rate(prices, piece.weight_oz)
    if is_presorted:
        return (found, cell.piece.level) if found else None
    single = plan.surcharged(found, prices, piece.weight_oz)
    return (single, f"single-piece {verdict.single_piece_shape}") if single else None


def lawful_ways(
    piece: Mailpiece,
    own_class: str,
    pieces: int,
    in_force: InForce,
    *,
    prices: PriceSet,
    limits: Standards,
    payment: str,
) -> tuple[Way, ...]:
    """The ways open to a piece that was refused, one a price: of its own class (as people say it), else of First-Class
    Mail, else as a parcel. Never empty.
    """
    for mail_class in dict.fromkeys((own_class, "first-class")):
        verdict = check_mailpiece(piece, limits, SORTED_AS[mail_class])
        found = []
        for plan_id in sort_plans_for(mail_class, verdict):
            try:
                other = sort_plan(plan_id, in_force)
            except InvalidInput:
                continue
            other = other.entered(ORIGIN)
            price = surest_price(other, piece, verdict, pieces, prices, payment=payment)
            found.append(_priced(other.title, pieces, price))
        if found:
            priced = {way.postage: way for way in reversed(found) if way.postage is not None}
            return tuple(reversed(priced.values())) or (found[0],)
    return (_parcel(piece, pieces, prices),)


def _priced(title: str, pieces: int, price: tuple[PostageRate, str] | None) -> Way:
    if price is None:
        return Way(title, pieces, None)
    rate, level = price
    words = f"${price_text(rate.rate, rate.by_pound)} each, {level}"
    return Way(title, pieces, to_cents(rate.postage(pieces)), words)


def _parcel(piece: Mailpiece, pieces: int, prices: PriceSet) -> Way:
    """A parcel to the farthest zone; its own size limits are not weighed here. While temporary holiday prices are in
    force, of which few are known, its price is not.
    """
    zones = prices.zones(_PARCEL_TABLE, _PARCEL_LEVEL, weight_oz=piece.weight_oz)
    season = prices.tables.get(_PARCEL_SEASON)
    if not zones or (season is not None and season.is_in_force(prices.on)):
        return Way(PARCEL, pieces, None)
    low, high = min(zones.values()), max(zones.values())
    return Way(PARCEL, pieces, to_cents(extend(high, pieces)), f"${low} to ${high} each, by zone")
