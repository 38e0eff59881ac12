"""What a piece would cost, and what the nearest better piece would save: folded, turned, lighter, made otherwise.

A change that does not help alone may help with another (a clasp on a square piece), so pairs of changes are tried
too. For a piece that is no mailpiece at all, the changes that make it one are told with what it then costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kernel.findings import stops
from kernel.money import Money, Rate, to_cents
from postal.admission.admission import surest_price
from postal.data.editions import InForce
from postal.piece.kinds import CLASS_OF_PLAN, SORTED_AS, sort_plans_for
from postal.piece.mailpiece import Mailpiece, Standards, Verdict, check_mailpiece, standards
from postal.plans.sort_plans import ORIGIN, SortPlan, sort_plan
from postal.prices.piece_price import ByPound, price_text
from postal.prices.prices import PriceSet, price_set


@dataclass(frozen=True, slots=True)
class Cost:
    """Postage of all pieces at one price; ``basis`` names it; ``by_pound``: what is paid by weight besides."""

    rate: Rate
    postage: Money
    basis: str
    by_pound: ByPound | None = None

    @property
    def price(self) -> str:
        """In words."""
        return price_text(self.rate, self.by_pound)


@dataclass(frozen=True, slots=True)
class Better:
    """A change to the piece, what it becomes and what that saves on the whole mailing; None = the piece as it is has
    no price to compare with.
    """

    change: str
    piece: Mailpiece
    verdict: Verdict
    cost: Cost
    saves: Money | None


@dataclass(frozen=True, slots=True)
class Advice:
    """The piece as it is (``cost`` None = no price is loaded for it, or it is no mailpiece) and better ones, most
    saving first.
    """

    verdict: Verdict
    cost: Cost | None
    better: tuple[Better, ...]


def advise(
    piece: Mailpiece,
    pieces: int,
    in_force: InForce,
    *,
    product: str = "fcm",
    payment: str = "metered",
) -> Advice:
    """Price the piece and every change that makes it cheaper. ``product``: fcm, mm or np. Prices are those of
    the coarsest level, or single-piece under the class's minimum: what any list is sure of.
    """
    limits, prices = standards(in_force), price_set(in_force)
    mail_class = SORTED_AS[CLASS_OF_PLAN[product]]

    def priced(made: Mailpiece, verdict: Verdict) -> Cost | None:
        if stops(verdict.findings):
            return None
        usual = sort_plans_for(CLASS_OF_PLAN[product], verdict)[0]
        plan = sort_plan(usual, in_force).entered(ORIGIN)
        return _cost(plan, made, verdict, pieces, prices, payment=payment)

    def tried(changes: Iterator[tuple[str, Mailpiece]]) -> list[Better]:
        found = []
        for change, made in changes:
            becomes = check_mailpiece(made, limits, mail_class)
            after = priced(made, becomes)
            if after and (cost is None or after.postage < cost.postage):
                saves = cost.postage - after.postage if cost else None
                found.append(Better(change, made, becomes, after, saves))
        return found

    verdict = check_mailpiece(piece, limits, mail_class)
    cost = priced(piece, verdict)
    if cost is None and not stops(verdict.findings):
        return Advice(verdict, None, ())
    better = tried(_changes(piece, limits))
    least = min((one.cost.postage for one in better), default=None)
    pairs = tried(_pairs(piece, limits))
    better += [one for one in pairs if least is None or one.cost.postage < least]
    return Advice(verdict, cost, _nearest(better))


_SHOWN = 6


def _nearest(better: Sequence[Better]) -> tuple[Better, ...]:
    """The cheapest first. At one price a pair is told only where no single change does it, one pair at most, and the
    lesser of two folds or weights.
    """
    by_price = sorted(better, key=lambda one: (one.cost.postage.cents, _AND in one.change))
    kept: list[Better] = []
    for one in by_price:
        same = [other.change for other in kept if other.cost.postage == one.cost.postage]
        word = one.change.split()[0]
        is_more = word in {"fold", "save"} and any(change.startswith(word) for change in same)
        if not is_more and not (same and _AND in one.change):
            kept.append(one)
    return tuple(kept[:_SHOWN])


_AND = " and "


def _pairs(piece: Mailpiece, limits: Standards) -> Iterator[tuple[str, Mailpiece]]:
    for first, made in _changes(piece, limits):
        for second, both in _changes(made, limits):
            if first.split()[0] != second.split()[0]:  # not lighter twice
                yield f"{first}{_AND}{second}", both


def _cost(
    plan: SortPlan, piece: Mailpiece, verdict: Verdict, pieces: int, prices: PriceSet, *, payment: str
) -> Cost | None:
    found = surest_price(plan, piece, verdict, pieces, prices, payment=payment)
    if found is None:
        return None
    rate, level = found
    basis = level if level.startswith("single-piece") else f"{plan.title}, {level}"
    return Cost(rate.rate, to_cents(rate.postage(pieces)), basis, rate.by_pound)


def _changes(piece: Mailpiece, limits: Standards) -> Iterator[tuple[str, Mailpiece]]:
    """Pieces one change away. Folding divides the longer side and stacks the thickness."""
    long, short = max(piece.length_in, piece.height_in), min(piece.length_in, piece.height_in)
    for words, parts in (("fold once", 2), ("fold twice", 3)):
        sides = long / parts, short
        folded = replace(
            piece, length_in=max(sides), height_in=min(sides), thickness_in=piece.thickness_in * parts
        )
        yield words, folded
    said = {name: _lower(limits.features.get(name, name)) for name in sorted(piece.features)}
    for feature, words in said.items():
        yield f"avoid this: {words}", replace(piece, features=piece.features - {feature})
    if len(said) > 1:
        yield f"avoid all of this: {'; '.join(said.values())}", replace(piece, features=frozenset())
    if piece.length_in < piece.height_in:
        yield "turn the address to the longer side", replace(piece, length_in=long, height_in=short)
    yield from _other_sizes(piece, long, short, limits)
    whole = piece.weight_oz.to_integral_value(rounding=ROUND_CEILING) - 1
    for ounces in sorted({whole, Decimal("3.5")}, reverse=True):
        lighter = piece.weight_oz - ounces
        if 0 < lighter <= piece.weight_oz * _LIGHTER_BY:
            yield f"save {lighter} oz to weigh {ounces} oz", replace(piece, weight_oz=ounces)


_LIGHTER_BY = Decimal("0.25")  # a piece a quarter lighter is another piece


def _lower(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"


def _other_sizes(
    piece: Mailpiece, long: Decimal, short: Decimal, limits: Standards
) -> Iterator[tuple[str, Mailpiece]]:
    low, high = limits.aspect
    thick = max(shape.thick_when_large_in for shape in limits.shapes if shape.name == "letter")
    if piece.thickness_in < thick:
        yield f"use stock that makes it {thick} in thick", replace(piece, thickness_in=thick)
    if piece.length_in == long > high * short:
        yield f"make it {high * short:.2f} in long", replace(piece, length_in=high * short, height_in=short)
    if piece.length_in == long < low * short:
        height = (long / low).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
        yield f"make it {height} in high", replace(piece, length_in=long, height_in=height)
    letter = next(shape for shape in limits.shapes if shape.name == "letter")
    thinner = [shape.thickness_in[1] for shape in limits.shapes if not shape.only]
    most = max((limit for limit in thinner if limit < piece.thickness_in), default=None)
    if most is not None:
        yield f"make it at most {most} in thick", replace(piece, thickness_in=most)
    if long > letter.length_in[1] or short > letter.height_in[1]:
        size = min(long, letter.length_in[1]), min(short, letter.height_in[1])
        yield f"make it {size[0]} by {size[1]} in", replace(piece, length_in=size[0], height_in=size[1])
