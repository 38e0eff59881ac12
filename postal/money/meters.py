"""Register algebra of a postage meter: ascending + descending = control total, which only refills change.

Ascending is postage used over the meter's life, descending the money left in it (domain: postage meter).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kernel.findings import Finding, Severity, stops
from kernel.money import ZERO, Money, Rate, extend, to_cents


@dataclass(frozen=True, slots=True)
class Registers:
    """One reading; ``count`` = life-time imprints, None where the meter does not show them."""

    ascending: Money
    descending: Money
    count: int | None = None

    @property
    def control_total(self) -> Money:
        """Ascending plus descending."""
        return self.ascending + self.descending


class Imprints(Protocol):
    """A run as the algebra sees it: imprinted pieces and their postage."""

    @property
    def pieces(self) -> int: ...

    @property
    def postage(self) -> Money: ...


@dataclass(frozen=True, slots=True)
class MeterRun:
    """Pieces of one account imprinted with one amount."""

    account: str
    pieces: int
    rate: Rate

    @property
    def postage(self) -> Money:
        """Pieces times rate, to the cent."""
        return to_cents(extend(self.rate, self.pieces))


@dataclass(frozen=True, slots=True)
class TieOut:
    """A meter's day in sums. ``gap``: registers less runs, so positive = imprints nobody is charged for.
    ``control_gap``: closing control total less opening and refills.
    """

    postage_by_registers: Money
    postage_by_runs: Money
    gap: Money
    control_gap: Money
    pieces_by_runs: int
    findings: tuple[Finding, ...]

    @property
    def is_tied(self) -> bool:
        """No stop: the sheet may be closed."""
        return not stops(self.findings)


def tie_out(
    opening: Registers, closing: Registers, *, runs: Sequence[Imprints], refills: Sequence[Money] = ()
) -> TieOut:
    """Compare the day's registers with its runs. Every gap is a stop with its amount."""
    used = closing.ascending - opening.ascending
    charged = sum((run.postage for run in runs), ZERO)
    refilled = sum(refills, ZERO)
    control_gap = closing.control_total - opening.control_total - refilled
    pieces = sum(run.pieces for run in runs)
    findings = [
        *_run_findings(runs),
        *_register_findings(opening, closing, refills, control_gap),
        *_gap_findings(used - charged),
        *_count_findings(opening, closing, pieces),
    ]
    return TieOut(used, charged, used - charged, control_gap, pieces, tuple(findings))


def _run_findings(runs: Sequence[Imprints]) -> list[Finding]:
    return [
        _stop(
            "METER_RUN_INVALID",
            f"Run {index} has {run.pieces:,} pieces for ${run.postage}.",
            "Take the run out and add it as it was.",
        )
        for index, run in enumerate(runs, start=1)
        if run.pieces <= 0 or run.postage <= ZERO
    ]


def _register_findings(
    opening: Registers, closing: Registers, refills: Sequence[Money], control_gap: Money
) -> list[Finding]:
    findings = []
    if min(opening.ascending, opening.descending, closing.ascending, closing.descending, *refills) < ZERO:
        findings.append(_stop("METER_NEGATIVE", "A register or refill is negative.", "Read the meter again."))
    if closing.ascending < opening.ascending:
        findings.append(
            _stop(
                "METER_BACKWARDS",
                f"The ascending register went back from ${opening.ascending} to ${closing.ascending}.",
                "Check which reading is opening and which is closing, and that both are of one meter.",
            )
        )
    if control_gap:
        findings.append(
            _stop(
                "METER_CONTROL_GAP",
                f"The control total differs by ${control_gap} from the opening total and the refills.",
                "Read both registers again; enter a refill that is missing.",
            )
        )
    return findings


def _gap_findings(gap: Money) -> list[Finding]:
    if not gap:
        return []
    if gap > ZERO:
        message = f"The meter used ${gap} more than the runs say."
    else:
        message = f"The runs say ${-gap} more than the meter used."
    remedy = "Add the run that is missing, or take a wrong one out; spoiled imprints are a run of their own."
    return [_stop("METER_RUN_GAP", message, remedy)]


def _count_findings(opening: Registers, closing: Registers, pieces: int) -> list[Finding]:
    if opening.count is None or closing.count is None or closing.count - opening.count == pieces:
        return []
    message = f"The meter counted {closing.count - opening.count:,} imprints, the runs {pieces:,}."
    return [_stop("METER_COUNT_GAP", message, "Take the run out and add it with the right pieces.")]


def _stop(code: str, message: str, remedy: str) -> Finding:
    return Finding(code, Severity.STOP, message, remedy)
