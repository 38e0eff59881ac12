"""Mailings for tests: columns from {ZIP: pieces}, the #10 letter, rules with stand-in lists allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from postal.data.editions import InForce, editions
from postal.piece.mailpiece import Mailpiece
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book

TODAY = date(2026, 11, 22)
LAST_YEAR = date(2025, 8, 1)  # the prices of 2025-07-13 are complete for automation letters
BATON_ROUGE = 70802
LETTER = Mailpiece(Decimal("9.5"), Decimal("4.125"), Decimal("0.02"), Decimal("0.8"))


def rules_on(day: date = LAST_YEAR, *, packing_factor: str | None = None) -> RuleBook:
    """Automation letters from Baton Rouge, stand-in lists allowed."""
    factor = Decimal(packing_factor) if packing_factor else None
    return rule_book(
        "fcm-letter-automation",
        InForce(day, editions(), allow_test_only=True),
        origin_zip5=BATON_ROUGE,
        packing_factor=factor,
    )


def columns(with_point: Mapping[int, int], without_point: Mapping[int, int] | None = None, *, seed: int = 0):
    """Pieces by ZIP, shuffled; ids name the piece whatever its place."""
    rng = np.random.default_rng(seed)
    zips = np.repeat(list(with_point), list(with_point.values())).astype(np.int64)
    points = zips * 1_000_000 + rng.integers(0, 40, len(zips))  # few addresses, so ties are common
    bare = without_point or {}
    bare_zips = np.repeat(list(bare), list(bare.values())).astype(np.int64)
    zip5 = np.concatenate([zips, bare_zips])
    zip11 = np.concatenate([points, np.full(len(bare_zips), -1)])
    ids = rng.permutation(len(zip5))
    return PieceColumns.of(zip5, zip11, job=rng.integers(0, 5, len(zip5)), ids=ids)


def shuffled(pieces: PieceColumns, seed: int) -> PieceColumns:
    """The same pieces in another order of input."""
    order = np.random.default_rng(seed).permutation(len(pieces))
    return PieceColumns.of(
        pieces.zip5[order], pieces.zip11[order], job=pieces.job[order], ids=pieces.ids[order]
    )


def planned(
    pieces: PieceColumns, rules: RuleBook | None = None, *, mailpiece: Mailpiece = LETTER, thickness: str = ""
) -> PresortPlan:
    """A plan with the usual letter, or one of another thickness."""
    piece = replace(mailpiece, thickness_in=Decimal(thickness)) if thickness else mailpiece
    return plan_presort(
        pieces, rules or rules_on(), mailpiece=piece, mailer_line="STATE MAIL BATON ROUGE LA 708"
    )
