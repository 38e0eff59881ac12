"""What a piece would cost, and what the nearest better piece would save: folded, turned, lighter, made otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kernel.errors import InvalidInput
from kernel.findings import stops
from kernel.money import Money, Rate, extend, to_cents
from postal.editions import Edition
from postal.mailpiece import Mailpiece, Standards, Verdict, check_mailpiece, standards
from postal.prices import PriceSet, price_set
from postal.sort_plans import ORIGIN, sort_plan


@dataclass(frozen=True, slots=True)
class Cost:
    """Postage of all pieces at one price; ``basis`` names it."""

    rate: Rate
    postage: Money
    basis: str


@dataclass(frozen=True, slots=True)
class Better:
    """A change to the piece, what it becomes and what that saves on the whole mailing."""

    change: str
    piece: Mailpiece
    verdict: Verdict
    cost: Cost
    saves: Money


@dataclass(frozen=True, slots=True)
class Advice:
    """The piece as it is (``cost`` None = no price is loaded for it) and better ones, most saving first."""

    verdict: Verdict
    cost: Cost | None
    better: tuple[Better, ...]


def advise(
    piece: Mailpiece,
    pieces: int,
    on: date,
    *,
    product: str = "fcm",
    payment: str = "metered",
    allow_test_only: bool = False,
    among: Sequence[Edition] | None = None,
) -> Advice:
    """Price the piece and every change that makes it cheaper. ``product``: fcm, mm or np. Prices are those of
    the coarsest level, or single-piece under the class's minimum: what any list is sure of.
    """
    limits = standards(on, among=among)
    prices = price_set(on, allow_test_only=allow_test_only, among=among)

    def priced(made: Mailpiece, verdict: Verdict) -> Cost | None:
        if stops(verdict.findings):
            return None
        return _cost(made, verdict, pieces, prices, product, payment=payment, among=among)

    verdict = check_mailpiece(piece, limits)
    cost = priced(piece, verdict)
    better = []
    for change, made in _changes(piece, limits):
        becomes = check_mailpiece(made, limits)
        found = priced(made, becomes)
        if cost and found and found.postage < cost.postage:
            better.append(Better(change, made, becomes, found, cost.postage - found.postage))
    return Advice(verdict, cost, tuple(sorted(better, key=lambda one: (-one.saves.cents, one.change))))


def _cost(
    piece: Mailpiece,
    verdict: Verdict,
    pieces: int,
    prices: PriceSet,
    product: str,
    *,
    payment: str,
    among: Sequence[Edition] | None,
) -> Cost | None:
    if verdict.shape == "flat":
        kind = "flat-automation-tray" if product == "fcm" else "flat-automation"
    else:
        kind = "letter-automation" if verdict.is_machinable else "letter-nonmachinable"
    plan = sort_plan(f"{product}-{kind}", prices.on, among=among).entered(ORIGIN)
    if verdict.shape not in plan.shapes:
        return None
    cells = plan.price_cells(verdict.shape, verdict.single_piece_shape, payment=payment)
    is_presorted = pieces >= plan.minimum_pieces
    table, level, entry = cells[-2] if is_presorted else cells[-1]
    try:
        rate = prices.rate(table, level, weight_oz=piece.weight_oz, entry=entry).rate
        for extra_table, extra_level, _ in plan.surcharge_cells if not is_presorted else ():
            extra = prices.rate(extra_table, extra_level, weight_oz=piece.weight_oz).rate
            rate = Rate(rate.value + extra.value)
    except InvalidInput:
        return None
    basis = f"{plan.title}, {level}" if is_presorted else f"single-piece {verdict.single_piece_shape}"
    return Cost(rate, to_cents(extend(rate, pieces)), basis)


def _changes(piece: Mailpiece, limits: Standards) -> Iterator[tuple[str, Mailpiece]]:
    """Pieces one change away. Folding divides the longer side and stacks the thickness."""
    long, short = max(piece.length_in, piece.height_in), min(piece.length_in, piece.height_in)
    for words, parts in (("fold once", 2), ("fold twice", 3)):
        sides = long / parts, short
        folded = replace(
            piece, length_in=max(sides), height_in=min(sides), thickness_in=piece.thickness_in * parts
        )
        yield words, folded
    for feature in sorted(piece.features):
        sentence = limits.features.get(feature, feature)
        yield (
            f"avoid this: {sentence[0].lower()}{sentence[1:]}",
            replace(piece, features=piece.features - {feature}),
        )
    if piece.length_in < piece.height_in:
        yield "turn the address to the longer side", replace(piece, length_in=long, height_in=short)
    yield from _other_sizes(piece, long, short, limits)
    below = (piece.weight_oz.to_integral_value(rounding=ROUND_CEILING) - 1, Decimal("3.5"))
    for ounces in sorted({limit for limit in below if 0 < limit < piece.weight_oz}):
        lighter = piece.weight_oz - ounces
        yield f"save {lighter} oz to weigh {ounces} oz", replace(piece, weight_oz=ounces)


def _other_sizes(
    piece: Mailpiece, long: Decimal, short: Decimal, limits: Standards
) -> Iterator[tuple[str, Mailpiece]]:
    low, high = limits.aspect
    thick = max(shape.thick_when_large_in for shape in limits.shapes if shape.name == "letter")
    if piece.thickness_in < thick:
        yield f"use stock that makes it {thick} in thick", replace(piece, thickness_in=thick)
    if long > high * short:
        yield f"make it {high * short:.2f} in long", replace(piece, length_in=high * short, height_in=short)
    if long < low * short:
        height = (long / low).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
        yield f"make it {height} in high", replace(piece, length_in=long, height_in=height)
    letter = next(shape for shape in limits.shapes if shape.name == "letter")
    if long > letter.length_in[1] or short > letter.height_in[1]:
        size = min(long, letter.length_in[1]), min(short, letter.height_in[1])
        yield f"make it {size[0]} by {size[1]} in", replace(piece, length_in=size[0], height_in=size[1])
