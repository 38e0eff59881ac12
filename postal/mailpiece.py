"""From dimensions and weight to shape and machinability (DMM 101, 201): dated limits, findings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from kernel.findings import Finding, Severity
from postal.editions import Edition, edition_for


@dataclass(frozen=True, slots=True)
class Mailpiece:
    """One finished piece: inches and ounces, length parallel to the delivery address (DMM 202.2.1).
    ``construction``: 'envelope', 'card' or 'self-mailer'; ``features``: names of nonmachinable features.
    """

    length_in: Decimal
    height_in: Decimal
    thickness_in: Decimal
    weight_oz: Decimal
    construction: str = "envelope"
    features: frozenset[str] = frozenset()

    @property
    def aspect(self) -> Decimal:
        """Length divided by height."""
        return self.length_in / self.height_in


@dataclass(frozen=True, slots=True)
class ShapeLimits:
    """Limits of one shape; ``only``: the construction it is reserved for, empty = any."""

    name: str
    length_in: tuple[Decimal, Decimal]
    height_in: tuple[Decimal, Decimal]
    thickness_in: tuple[Decimal, Decimal]
    large_over_in: tuple[Decimal, Decimal] | None
    thick_when_large_in: Decimal
    max_weight_oz: Decimal
    only: str
    large_single_piece_shape: str
    status: str

    def holds(self, piece: Mailpiece) -> bool:
        """Size, construction and weight within the limits; being too thin is a separate matter."""
        return (
            (not self.only or piece.construction == self.only)
            and self.length_in[0] <= piece.length_in <= self.length_in[1]
            and self.height_in[0] <= piece.height_in <= self.height_in[1]
            and self.thickness_in[0] <= piece.thickness_in <= self.thickness_in[1]
            and piece.weight_oz <= self.max_weight_oz
        )

    def is_large(self, piece: Mailpiece) -> bool:
        """Over the length or height from which a piece must be thicker."""
        if self.large_over_in is None:
            return False
        return piece.length_in > self.large_over_in[0] or piece.height_in > self.large_over_in[1]

    def is_too_thin(self, piece: Mailpiece) -> bool:
        """Large pieces need the greater thickness."""
        return self.is_large(piece) and piece.thickness_in < self.thick_when_large_in

    def single_piece_shape(self, piece: Mailpiece) -> str:
        """The shape whose single-piece price it pays: a large commercial card pays as a letter."""
        return self.large_single_piece_shape if self.is_large(piece) else self.name


@dataclass(frozen=True, slots=True)
class Standards:
    """One edition of the physical limits."""

    edition: Edition
    shapes: tuple[ShapeLimits, ...]
    aspect: tuple[Decimal, Decimal]
    features: dict[str, str]
    barcode_in_address_block_over_oz: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a piece is: ``shape`` '' when no shape takes it; ``is_automation`` = letter or card an automation
    price may be claimed for, as far as the piece itself goes.
    """

    shape: str
    single_piece_shape: str
    is_machinable: bool
    findings: tuple[Finding, ...]

    @property
    def is_automation(self) -> bool:
        """Machinable letters and cards."""
        return self.shape in {"letter", "card"} and self.is_machinable


def pounds(weight_oz: Decimal) -> Decimal:
    """Ounces to pounds as a statement carries them: four decimals, half up."""
    return (weight_oz / 16).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def standards(on: date, *, among: Sequence[Edition] | None = None) -> Standards:
    """The limits in force on a day."""
    return load_standards(edition_for("mailpiece-standards", on, among=among))


def check_mailpiece(piece: Mailpiece, limits: Standards) -> Verdict:
    """Shape and machinability with every reason. Weight or size beyond all shapes is a stop."""
    if min(piece.length_in, piece.height_in, piece.thickness_in) <= 0:
        return _refused(_stop("PIECE_SIZE", "Length, height and thickness must be over zero."))
    if piece.weight_oz <= 0:
        return _refused(_stop("PIECE_WEIGHT", "The weight of the piece is missing or zero."))
    shape = next((s for s in limits.shapes if s.holds(piece)), None)
    if shape is None:
        return _refused(_why_no_shape(piece, limits))
    if shape.name not in {"letter", "card"}:
        return Verdict(shape.name, shape.name, is_machinable=True, findings=())
    reasons = _nonmachinable_reasons(piece, shape, limits)
    findings = [
        Finding("PIECE_NONMACHINABLE", Severity.WARN, f"The piece is nonmachinable: {reason}.")
        for reason in reasons
    ]
    if not reasons and piece.weight_oz > limits.barcode_in_address_block_over_oz:
        findings.append(
            Finding(
                "PIECE_BARCODE_PLACE",
                Severity.NOTE,
                f"Over {limits.barcode_in_address_block_over_oz} oz the barcode must stand in the address "
                "block and the piece must be a sealed envelope.",
            )
        )
    return Verdict(shape.name, shape.single_piece_shape(piece), not reasons, tuple(findings))


def _refused(finding: Finding) -> Verdict:
    return Verdict(shape="", single_piece_shape="", is_machinable=False, findings=(finding,))


def _nonmachinable_reasons(piece: Mailpiece, shape: ShapeLimits, limits: Standards) -> list[str]:
    low, high = limits.aspect
    reasons = []
    # Compared without dividing, so that exactly 1.3 and 2.5 are inside (DMM 101.1.2).
    if not low * piece.height_in <= piece.length_in <= high * piece.height_in:
        reasons.append(f"length divided by height is outside {low} to {high}")
    if shape.is_too_thin(piece):
        reasons.append(f"a piece of this size must be {shape.thick_when_large_in} in thick or more")
    unknown = sorted(piece.features - set(limits.features))
    reasons += [
        limits.features[name][0].lower() + limits.features[name][1:]
        for name in sorted(piece.features - set(unknown))
    ]
    reasons += [f"{name} (a feature without a rule here)" for name in unknown]
    return reasons


def _why_no_shape(piece: Mailpiece, limits: Standards) -> Finding:
    largest = limits.shapes[-1]
    if piece.weight_oz > largest.max_weight_oz:
        return _stop(
            "PIECE_WEIGHT", f"At {piece.weight_oz} oz the piece is over the {largest.max_weight_oz} oz limit."
        )
    shapes = [shape for shape in limits.shapes if not shape.only or shape.only == piece.construction]
    reasons = "; ".join(f"no {shape.name}, {_why_not(piece, shape)}" for shape in shapes)
    size = f"{piece.length_in} x {piece.height_in} x {piece.thickness_in} in at {piece.weight_oz} oz"
    return _stop("PIECE_SIZE", f"{size} is {reasons}.")


def _why_not(piece: Mailpiece, shape: ShapeLimits) -> str:
    """The limits of a shape that a piece breaks, in words."""
    measures = (
        ("length", piece.length_in, shape.length_in),
        ("height", piece.height_in, shape.height_in),
        ("thickness", piece.thickness_in, shape.thickness_in),
    )
    found = [
        f"its {name} must be {low} to {high} in"
        for name, is_, (low, high) in measures
        if not low <= is_ <= high
    ]
    if piece.weight_oz > shape.max_weight_oz:
        found.append(f"it must weigh {shape.max_weight_oz} oz or less")
    return " and ".join(found)


def _stop(code: str, message: str) -> Finding:
    return Finding(code, Severity.STOP, message, "Correct the dimensions or weight, or mail it as a parcel.")


@lru_cache(maxsize=8)
def load_standards(edition: Edition) -> Standards:
    """Read one edition of the limits."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    machinability = data["letter_machinability"]
    return Standards(
        edition=edition,
        shapes=tuple(_shape(row) for row in data["shape"]),
        aspect=(Decimal(machinability["min_aspect"]), Decimal(machinability["max_aspect"])),
        features={row["name"]: row["sentence"] for row in data["nonmachinable_feature"]},
        barcode_in_address_block_over_oz=Decimal(data["automation"]["barcode_in_address_block_over_oz"]),
    )


def _shape(row: dict[str, Any]) -> ShapeLimits:
    def span(what: str) -> tuple[Decimal, Decimal]:
        return Decimal(row[f"min_{what}_in"]), Decimal(row[f"max_{what}_in"])

    large = "large_over_length_in" in row
    return ShapeLimits(
        name=row["name"],
        length_in=span("length"),
        height_in=span("height"),
        thickness_in=span("thickness"),
        large_over_in=(Decimal(row["large_over_length_in"]), Decimal(row["large_over_height_in"]))
        if large
        else None,
        thick_when_large_in=Decimal(row.get("thick_when_large_in", row["min_thickness_in"])),
        max_weight_oz=Decimal(row["max_weight_oz"]),
        only=row.get("only", ""),
        large_single_piece_shape=row.get("large_single_piece_shape", row["name"]),
        status=row["status"],
    )
