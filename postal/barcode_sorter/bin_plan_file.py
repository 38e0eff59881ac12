"""A bin plan as a file of JSON: ZIPs as runs of one destination. The same plan gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import numpy as np

from kernel.errors import InvalidInput
from kernel.findings import Finding
from postal.barcode_sorter.bin_plan import RESIDUE, BinPlan, Destination, Sorter
from postal.barcode_sorter.bin_tree import Path
from postal.data.shaped import plain, shaped
from postal.sorting.presort_plan import ZIP5S

FORMAT = "indicia-bin-plan-1"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stands in the file. ``destinations``: level, its name, label, pieces, path; ``zips``: first, last, index."""

    format: str
    sort_plan: str
    title: str
    mail_date: date
    bins: int
    passes: int
    stacker_pieces: int
    needs_point: bool
    residue: int
    naive: int
    destinations: tuple[tuple[str, str, str, int, Path], ...]
    zips: tuple[tuple[int, int, int], ...]
    editions: tuple[str, ...]
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]


def bin_plan_bytes(plan: BinPlan) -> bytes:
    """The file of a plan."""
    kept = _Kept(
        FORMAT, plan.sort_plan, plan.title, plan.mail_date, plan.sorter.bins, plan.sorter.passes,
        plan.sorter.stacker_pieces, plan.needs_point, plan.residue, plan.naive,
        tuple((one.level, one.level_name, one.label, one.pieces, one.path) for one in plan.destinations),
        plan.zips, plan.editions, plan.assumptions, plan.findings,
    )  # fmt: skip
    return json.dumps(kept, default=plain, sort_keys=True, ensure_ascii=False).encode()


def read_bin_plan(data: bytes) -> BinPlan:
    """The reverse. InvalidInput SORTER_PLAN when it is not a bin plan of this format."""
    try:
        kept = shaped(_Kept, json.loads(data))
        if kept.format != FORMAT:
            raise ValueError(f"format {kept.format} is not known")
        destination_of = np.full(ZIP5S, RESIDUE, np.int32)
        for first, last, index in kept.zips:
            destination_of[first : last + 1] = index
    except (ValueError, ArithmeticError) as error:
        raise InvalidInput("The file is not a bin plan of this format.", code="SORTER_PLAN") from error
    return BinPlan(
        sort_plan=kept.sort_plan,
        title=kept.title,
        mail_date=kept.mail_date,
        sorter=Sorter(kept.bins, kept.passes, kept.stacker_pieces),
        needs_point=kept.needs_point,
        destinations=tuple(
            Destination(sequence, *one) for sequence, one in enumerate(kept.destinations, start=1)
        ),
        destination_of=destination_of,
        residue=kept.residue,
        editions=kept.editions,
        assumptions=kept.assumptions,
        findings=kept.findings,
        naive=kept.naive,
    )
