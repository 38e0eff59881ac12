"""Densities, bin plans and logs for tests of the sorter."""

from __future__ import annotations

import numpy as np

from postal.barcode_sorter.bin_plan import BinPlan, Sorter, plan_bins
from postal.barcode_sorter.check import Expected
from postal.barcode_sorter.density import Density
from postal.barcode_sorter.simulator import Machine, simulate
from postal.sorting.presort_plan import PieceColumns
from tests.postal.mailings import LETTER, rules_on

TAGS = ("27-000001-4", "27-000002-2")
EXPECTED = Expected("S1", "27-000009-1", "abc", TAGS)


def density(*, seed: int = 1, thin: int = 150, dense: int = 12) -> Density:
    """Dense ZIPs around Baton Rouge and New Orleans, a thin spread over the country."""
    rng = np.random.default_rng(seed)
    zips = np.concatenate(
        [70801 + np.arange(dense), 70112 + np.arange(dense), rng.integers(601, 99_900, thin)]
    )
    many = rng.integers(100, 900, 2 * dense)
    return Density.of(zips, np.concatenate([many, rng.integers(1, 5, thin)]))


def bin_plan(found: Density | None = None, *, bins: int = 16, passes: int = 2, stacker: int = 400) -> BinPlan:
    """The plan for automation letters."""
    sorter = Sorter(bins, passes, stacker)
    return plan_bins(found or density(), rules_on(), mailpiece=LETTER, sorter=sorter)


def machine(**changes) -> Machine:
    """The machine whose logs EXPECTED takes."""
    return Machine(**({"name": "S1", "run": "27-000009-1", "plan": "abc", "weight": 800} | changes))


def mail(found: Density, *, bare: int = 0) -> PieceColumns:
    """The expected pieces, of two jobs in turn; every ``bare``-th without a delivery point."""
    pieces = found.columns()
    place = np.arange(len(pieces))
    zip11 = np.where(place % bare == 0, -1, pieces.zip11) if bare else pieces.zip11
    return PieceColumns.of(pieces.zip5, zip11, job=place % len(TAGS))


def log(plan: BinPlan, found: Density, *, bare: int = 0, seed: int = 3, **changes):
    """A run of these pieces."""
    return simulate(plan, mail(found, bare=bare), TAGS, machine(**changes), seed=seed)
