"""From dimensions and weight to shape and machinability (DMM 101, 201): dated limits, findings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from kernel.findings import Finding, Severity
from kernel.quantities import rounded
from postal.data.editions import Edition, InForce, kept_by_content
from postal.data.shaped import shaped


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
    """Limits of one shape; ``only``: the construction it is reserved for, empty = any. ``under_oz``: in this class it
    must weigh less, whatever ``max_weight_oz``; ``machinable_to_oz``: heavier ones are nonmachinable.
    """

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
    under_oz: Decimal | None = None
    machinable_to_oz: Decimal | None = None

    @property
    def weight_limit(self) -> str:
        """In words."""
        return f"less than {self.under_oz} oz" if self.under_oz else f"{self.max_weight_oz} oz or less"

    def takes_weight(self, weight_oz: Decimal) -> bool:
        """Not over the limit of the shape in its class."""
        return weight_oz < self.under_oz if self.under_oz else weight_oz <= self.max_weight_oz

    def holds(self, piece: Mailpiece) -> bool:
        """Size, construction and weight within the limits; being too thin is a separate matter."""
        return (
            (not self.only or piece.construction == self.only)
            and self.length_in[0] <= piece.length_in <= self.length_in[1]
            and self.height_in[0] <= piece.height_in <= self.height_in[1]
            and self.thickness_in[0] <= piece.thickness_in <= self.thickness_in[1]
            and self.takes_weight(piece.weight_oz)
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
    """One edition of the physical limits. ``by_class``: shapes of a class whose weights differ; ``flat_parcels``:
    features that make a parcel of a flat.
    """

    edition: Edition
    shapes: tuple[ShapeLimits, ...]
    by_class: dict[str, tuple[ShapeLimits, ...]]
    aspect: tuple[Decimal, Decimal]
    features: dict[str, str]
    flat_parcels: frozenset[str]
    barcode_in_address_block_over_oz: Decimal

    def shapes_of(self, mail_class: str) -> tuple[ShapeLimits, ...]:
        """The limits of a class, as sort plans name it (FCM, STD)."""
        return self.by_class.get(mail_class, self.shapes)


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


def standards(in_force: InForce) -> Standards:
    """The limits in force on a day."""
    return load_standards(in_force.edition("mailpiece-standards"))


def check_mailpiece(piece: Mailpiece, limits: Standards, mail_class: str = "FCM") -> Verdict:
    """Shape and machinability with every reason, in a class as sort plans name it (FCM, STD). Weight or size beyond all
    shapes of the class is a stop, and so is a flat that is a parcel; no feature is left unsaid.
    """
    if min(piece.length_in, piece.height_in, piece.thickness_in) <= 0:
        return _refused(_stop("PIECE_SIZE", "Length, height and thickness must be over zero."))
    if piece.weight_oz <= 0:
        return _refused(_stop("PIECE_WEIGHT", "The weight of the piece is missing or zero."))
    shape = next((s for s in limits.shapes_of(mail_class) if s.holds(piece)), None)
    if shape is None:
        return _refused(_why_no_shape(piece, limits.shapes_of(mail_class)))
    if shape.name not in {"letter", "card"}:
        return _flat(piece, shape, limits)
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


def _flat(piece: Mailpiece, shape: ShapeLimits, limits: Standards) -> Verdict:
    """A flat with what its features mean for it; a parcel where they make it one."""
    bars = sorted(piece.features & limits.flat_parcels)
    if bars:
        reasons = " and ".join(_lower(limits.features[name]) for name in bars)
        sentence = f"The piece is no flat but a parcel and pays parcel prices: {reasons}."
        return _refused(Finding("PIECE_PARCEL", Severity.STOP, sentence, "Mail it as a parcel."))
    known = [
        Finding("PIECE_FEATURE", Severity.NOTE, f"{limits.features[name]}: no bar to a flat (unconfirmed).")
        for name in sorted(piece.features & set(limits.features))
    ]
    unknown = [
        Finding(
            "PIECE_FEATURE",
            Severity.WARN,
            f"{name}: no rule here says what it makes of a flat.",
            "Ask the post office before mailing.",
        )
        for name in sorted(piece.features - set(limits.features))
    ]
    return Verdict(shape.name, shape.name, is_machinable=True, findings=(*unknown, *known))


def _nonmachinable_reasons(piece: Mailpiece, shape: ShapeLimits, limits: Standards) -> list[str]:
    low, high = limits.aspect
    reasons = []
    # Compared without dividing, so that exactly 1.3 and 2.5 are inside (DMM 101.1.2).
    if not low * piece.height_in <= piece.length_in <= high * piece.height_in:
        reasons.append(f"length divided by height is outside {low} to {high}")
    if shape.is_too_thin(piece):
        reasons.append(f"a piece of this size must be {shape.thick_when_large_in} in thick or more")
    if shape.machinable_to_oz and piece.weight_oz > shape.machinable_to_oz:
        reasons.append(f"it weighs over {shape.machinable_to_oz} oz")
    unknown = sorted(piece.features - set(limits.features))
    reasons += [_lower(limits.features[name]) for name in sorted(piece.features - set(unknown))]
    reasons += [f"{name} (a feature without a rule here)" for name in unknown]
    return reasons


def _lower(sentence: str) -> str:
    return f"{sentence[0].lower()}{sentence[1:]}"


def _why_no_shape(piece: Mailpiece, known: Sequence[ShapeLimits]) -> Finding:
    largest = known[-1]
    if not largest.takes_weight(piece.weight_oz):
        sentence = f"At {rounded(piece.weight_oz, 4)} oz the piece is too heavy: it must weigh {largest.weight_limit}."
        return _stop("PIECE_WEIGHT", sentence)
    shapes = [shape for shape in known if not shape.only or shape.only == piece.construction]
    reasons = "; ".join(f"no {shape.name}, {why_not(piece, shape)}" for shape in shapes)
    sides = " x ".join(rounded(side, 4) for side in (piece.length_in, piece.height_in, piece.thickness_in))
    size = f"{sides} in at {rounded(piece.weight_oz, 4)} oz"
    return _stop("PIECE_SIZE", f"{size} is {reasons}.")


def why_not(piece: Mailpiece, shape: ShapeLimits) -> str:
    """The limits of a shape that a piece breaks, in words; empty where it breaks none."""
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
    if not shape.takes_weight(piece.weight_oz):
        found.append(f"it must weigh {shape.weight_limit}")
    return " and ".join(found)


def _stop(code: str, message: str) -> Finding:
    return Finding(code, Severity.STOP, message, "Correct the dimensions or weight, or mail it as a parcel.")


@kept_by_content
def load_standards(edition: Edition) -> Standards:
    """Read one edition of the limits."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    machinability = data["letter_machinability"]
    shapes = tuple(shaped(_ShapeRow, row).limits for row in data["shape"])
    features = data["nonmachinable_feature"]
    return Standards(
        edition=edition,
        shapes=shapes,
        by_class=_by_class(shapes, [shaped(_ClassWeight, row) for row in data.get("class_weight", ())]),
        aspect=(Decimal(machinability["min_aspect"]), Decimal(machinability["max_aspect"])),
        features={row["name"]: row["sentence"] for row in features},
        flat_parcels=frozenset(row["name"] for row in features if row.get("on_flat") == "parcel"),
        barcode_in_address_block_over_oz=Decimal(data["automation"]["barcode_in_address_block_over_oz"]),
    )


def _by_class(
    shapes: Sequence[ShapeLimits], weights: Sequence[_ClassWeight]
) -> dict[str, tuple[ShapeLimits, ...]]:
    """The shapes of each class that has weights of its own."""
    own = {(row.mail_class, row.shape): row for row in weights}
    return {
        mail_class: tuple(
            replace(shape, under_oz=row.under_oz, machinable_to_oz=row.machinable_to_oz)
            if (row := own.get((mail_class, shape.name)))
            else shape
            for shape in shapes
        )
        for mail_class in dict.fromkeys(mail_class for mail_class, _ in own)
    }


@dataclass(frozen=True, slots=True)
class _ClassWeight:
    """What a class takes of a shape, as it stands in the file."""

    mail_class: str
    shape: str
    source: str
    status: str
    under_oz: Decimal | None = None
    machinable_to_oz: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _ShapeRow:
    """A shape as it stands in the file."""

    name: str
    min_length_in: Decimal
    max_length_in: Decimal
    min_height_in: Decimal
    max_height_in: Decimal
    min_thickness_in: Decimal
    max_thickness_in: Decimal
    max_weight_oz: Decimal
    source: str
    status: str
    large_over_length_in: Decimal | None = None
    large_over_height_in: Decimal | None = None
    thick_when_large_in: Decimal | None = None
    large_single_piece_shape: str = ""
    only: str = ""

    @property
    def limits(self) -> ShapeLimits:
        """With its measures as spans."""
        length, height = self.large_over_length_in, self.large_over_height_in
        return ShapeLimits(
            name=self.name,
            length_in=(self.min_length_in, self.max_length_in),
            height_in=(self.min_height_in, self.max_height_in),
            thickness_in=(self.min_thickness_in, self.max_thickness_in),
            large_over_in=None if length is None or height is None else (length, height),
            thick_when_large_in=self.thick_when_large_in or self.min_thickness_in,
            max_weight_oz=self.max_weight_oz,
            only=self.only,
            large_single_piece_shape=self.large_single_piece_shape or self.name,
            status=self.status,
        )
