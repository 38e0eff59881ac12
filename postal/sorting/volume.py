"""Mailings too small to go as they are paid or classed: under the minimum of a permit imprint or of Marketing Mail.

DMM 604.5.1.2 (Quick Service Guide 604d) and 243.1; figures and exceptions are dated data (``limits``).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kernel.findings import Finding, Severity
from kernel.money import Money
from kernel.quantities import rounded
from postal.data.limits import Limits
from postal.piece.mailpiece import pounds
from postal.sorting.presort_plan import PresortPlan

PERMIT, METERED = "permit", "metered"
PAYMENTS = {PERMIT: "permit imprint", METERED: "meter"}
PERMIT_MINIMUM, CLASS_MINIMUM = "PERMIT_MINIMUM", "MARKETING_MINIMUM"
_OWN_CLASS = "FCM"  # single pieces of First-Class Mail have no minimum of their class


def volume_stops(plans: Sequence[PresortPlan], limits: Limits) -> tuple[Finding, ...]:
    """What keeps a mailing (a plan for each print stream) from leaving as it is paid and classed; before printing."""
    found = class_stops(plans)
    if plans[0].payment == PERMIT:
        found += permit_stop([(plan.pieces, plan.weight_oz) for plan in plans], limits, _singly(plans))
    return tuple(found)


def class_stops(plans: Sequence[PresortPlan]) -> list[Finding]:
    """A stop where the class itself has a minimum and the mailing does not make it."""
    first = plans[0]
    is_small = first.is_under_minimum and first.mail_class != _OWN_CLASS
    return [_too_few_for_class(plans)] if is_small else []


def permit_stop(
    mail: Sequence[tuple[int, Decimal]], limits: Limits, singly: Money | None = None
) -> list[Finding]:
    """A stop where pieces (with the ounces of one) are too few and too light for a permit imprint. ``singly``: what
    they cost one by one, for the offer.
    """
    pieces = sum(count for count, _ in mail)
    weight = sum((pounds(ounces) * count for count, ounces in mail), Decimal(0))
    least, least_lb = limits.whole("permit-imprint-pieces"), limits.value("permit-imprint-pounds")
    if pieces >= least or weight >= least_lb:
        return []
    price = f", ${singly} at single-piece prices" if singly is not None else ""
    return [
        Finding(
            PERMIT_MINIMUM,
            Severity.STOP,
            f"A permit imprint needs {least:,} pieces or {least_lb} lb in a mailing; this one has {pieces:,} pieces, "
            f"{rounded(weight)} lb.",
            f"Pay by meter{price}, or mail it with another job.",
        )
    ]


def _too_few_for_class(plans: Sequence[PresortPlan]) -> Finding:
    first, singly = plans[0], _singly(plans)
    price = f"${singly} as single pieces" if singly is not None else "whose single-piece price is not known"
    return Finding(
        CLASS_MINIMUM,
        Severity.STOP,
        f"{first.title} need {first.minimum_pieces:,} pieces that can be sorted; this mailing has "
        f"{first.automation_pieces:,}.",
        f"Mail it as First-Class Mail, {price}, or together with another job.",
    )


def _singly(plans: Sequence[PresortPlan]) -> Money | None:
    sums = [plan.single_piece_postage for plan in plans]
    known = [money.cents for money in sums if money is not None]
    return Money(sum(known)) if len(known) == len(sums) else None
