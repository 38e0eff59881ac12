"""One finished piece: weight, thickness, spine, creep; and how many go into pads and cartons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from kernel.errors import InvalidInput
from production.catalog.products.cartons import InCartons
from production.catalog.products.makeup import MadeComponent, Makeup
from production.catalog.products.standards import Carton, Standards
from production.frontdesk.estimates.working import OF_THE_CONTRACT, Standing, Working


@dataclass(frozen=True, slots=True)
class Piece:
    """Ounces and inches; spine and creep are 0 where nothing has one."""

    weight_oz: Decimal
    mail_weight_oz: Decimal
    thickness_in: Decimal
    spine_in: Decimal
    creep_in: Decimal


@dataclass(frozen=True, slots=True)
class Packed:
    """Pads with what is left over, pieces of a carton, cartons, and pounds of a full one; None where not ordered."""

    pads: int | None
    left_over: int | None
    per_carton: int | None
    cartons: int | None
    carton_lb: Decimal | None


def piece_of(makeup: Makeup, standards: Standards, working: Working) -> Piece:
    """The finished piece; its lines say how."""
    weight = working.total("weight_oz", [_weight(one, working) for one in makeup.components])
    envelope = Decimal(0)
    standing = OF_THE_CONTRACT
    if makeup.spec.mailing:
        code = makeup.spec.mailing.envelope
        envelope = standards.envelopes[code].weight_oz
        standing = Standing(f"envelopes.{code}", standards.envelopes[code].source)
    thickness = working.total("thickness_in", [_thickness(one, working) for one in makeup.components])
    return Piece(
        weight,
        working.value("mail_weight_oz", "weight + envelope", standing, weight=weight, envelope=envelope),
        thickness,
        _spine(makeup, thickness, standards, working),
        working.value(
            "creep_in", "max(nested - 1, 0) * caliper", _stock(makeup.text),
            nested=makeup.nested, caliper=makeup.text.stock.caliper,
        ),
    )  # fmt: skip


def packed(makeup: Makeup, piece: Piece, standards: Standards, working: Working) -> Packed:
    """InvalidInput STANDARD_MISSING for an unknown carton, OPTION_CLASH where not one piece may go into it."""
    quantity, count = makeup.spec.quantity, makeup.pad_count
    pads = working.count("pads", "floor(quantity / count)", quantity=quantity, count=count) if count else None
    left_over = (
        working.count("left_over", "quantity % count", quantity=quantity, count=count) if count else None
    )
    if makeup.spec.packing is None:
        return Packed(pads, left_over, None, None, None)
    code = makeup.spec.packing.carton
    if code not in standards.cartons:
        raise InvalidInput(
            f"There is no carton {code} among the standards.", code="STANDARD_MISSING", field="packing.carton"
        )
    carton = standards.cartons[code]
    standing = Standing(f"cartons.{code}", carton.source)
    per_carton = _per_carton(makeup, piece, carton, standing, working)
    if per_carton < 1:
        raise InvalidInput(
            f"Not one piece may go into carton {code}.", code="OPTION_CLASH", field="packing.carton",
            remedy="Choose a stronger carton.",
        )  # fmt: skip
    full = min(per_carton, quantity)
    return Packed(
        pads, left_over, per_carton,
        working.count("cartons", "ceil(quantity / per_carton)", quantity=quantity, per_carton=per_carton),
        working.value(
            "carton_lb", "pieces * weight_oz / 16 + empty_lb", standing,
            pieces=full, weight_oz=piece.weight_oz, empty_lb=carton.empty_lb,
        ),
    )  # fmt: skip


def in_cartons(makeup: Makeup, piece: Piece, standards: Standards) -> InCartons | None:
    """The carton that was ordered, else the lightest of the shop that takes a piece; None where it has none."""
    asked = makeup.spec.packing.carton if makeup.spec.packing else None
    codes = (
        [asked]
        if asked
        else sorted(standards.cartons, key=lambda code: (standards.cartons[code].max_lb, code))
    )
    for code in codes:
        carton = standards.cartons[code]
        per_carton = _per_carton(makeup, piece, carton, OF_THE_CONTRACT, Working())
        if per_carton:
            return InCartons(
                code, per_carton, piece.weight_oz, carton.empty_lb, carton.max_lb, carton.per_pallet
            )
    return None


def _per_carton(makeup: Makeup, piece: Piece, carton: Carton, standing: Standing, working: Working) -> int:
    """By weight; by height too where the inside of the carton is known, the pieces flat in piles."""
    by_weight = working.count(
        "per_carton", "floor((max_lb - empty_lb) / (weight_oz / 16))", standing,
        max_lb=carton.max_lb, empty_lb=carton.empty_lb, weight_oz=piece.weight_oz,
    )  # fmt: skip
    if carton.inside is None:
        return by_weight
    across, down, height = carton.inside
    width, length = makeup.folded
    piles = max(
        math.floor(across / wide) * math.floor(down / long)
        for wide, long in ((width, length), (length, width))
    )
    by_height = working.count(
        "per_carton by height", "piles * floor(height / thickness)", standing,
        piles=piles, height=height, thickness=piece.thickness_in,
    )  # fmt: skip
    return min(by_weight, by_height)


def _stock(component: MadeComponent) -> Standing:
    return Standing(f"stocks.{component.stock_code}", component.stock.source)


def _weight(one: MadeComponent, working: Working) -> Decimal:
    stock = one.stock
    return working.value(
        f"{one.name}: weight_oz", "pieces * basis_lb * width * height / (basic_width * basic_height) / 500 * 16",
        _stock(one), pieces=one.pieces, basis_lb=stock.basis_lb, width=one.flat[0], height=one.flat[1],
        basic_width=stock.basic[0], basic_height=stock.basic[1],
    )  # fmt: skip


def _thickness(one: MadeComponent, working: Working) -> Decimal:
    return working.value(
        f"{one.name}: thickness_in",
        "leaves * caliper",
        _stock(one),
        leaves=one.leaves,
        caliper=one.stock.caliper,
    )


def _spine(makeup: Makeup, thickness: Decimal, standards: Standards, working: Working) -> Decimal:
    """pages / 2 x caliper of the text + 2 x caliper of the cover, which is its thickness, + allowance."""
    if not makeup.binding.has_spine:
        return Decimal(0)
    return working.value(
        "spine_in", "thickness + allowance",
        Standing("rules.spine_allowance", "Patterson Printing, spine diagrams"),
        thickness=thickness, allowance=standards.rules.spine_allowance,
    )  # fmt: skip
