"""Whether a piece may travel in a sort plan: every reason against it, and the lawful way there is with its price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kernel.findings import Finding, Severity, stops
from postal.admission.lawful_ways import Way
from postal.piece.mailpiece import Mailpiece, Standards, Verdict, why_not
from postal.plans.sort_plans import SortPlan


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
