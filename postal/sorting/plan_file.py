"""A presort plan as one immutable Arrow IPC file: pieces as rows (20 bytes each, or 21), the rest in its metadata.

The same plan gives the same bytes. Reading maps the file: columns are views, a look-up touches a few pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kernel.errors import Corrupt
from postal.data.shaped import plain, values_of
from postal.sorting.presort_plan import (
    Bundles,
    Groups,
    PresortPlan,
    Trays,
    Units,
)

FORMAT = "indicia-presort-plan-3"
OLDER = (
    "indicia-presort-plan-2",  # without levels of jobs mailed alone
    "indicia-presort-plan-1",  # nor bundles, routes, entry and hashes of editions
)
_READABLE = frozenset(name.encode() for name in (FORMAT, *OLDER))
_OPTIONAL = ("route", "alone_level")
_PIECES = ("source", "job", "zip5", "zip11")
_COLUMNS = frozenset({*_PIECES, *_OPTIONAL, "trays", "groups", "units", "bundles"})
_TRAYS = ("level", "group", "label_zip", "tray_type", "pieces", "first_piece", "stack_inches", "is_full")
_BUNDLES = ("level", "group", "tray", "pieces", "first_piece")
_GROUPS = ("level", "key", "pieces", "is_formed", "label_zip")


def write_plan(plan: PresortPlan, path: Path) -> None:
    """Write the file; the caller chooses a temporary name and renames."""
    told = (field.name for field in fields(plan) if field.name not in _COLUMNS)
    facts = {"pieces": plan.pieces, **{name: getattr(plan, name) for name in told}}
    metadata = {
        "format": FORMAT.encode(),
        "plan": json.dumps(facts, default=plain, sort_keys=True, ensure_ascii=False).encode(),
        "trays": _pack({**_columns(plan.trays, _TRAYS), "line_1": pa.array(plan.trays.line_1, pa.string())}),
        "groups": _pack({**_columns(plan.groups, _GROUPS), "label": _labels(plan.groups)}),
        "units": _pack(
            {
                "zip5": pa.array(plan.units.zip5),
                **{f"group_{i}": pa.array(plan.units.group[:, i]) for i in range(plan.units.group.shape[1])},
                **({} if plan.units.route is None else {"route": pa.array(plan.units.route)}),
                **({} if plan.units.has_point is None else {"has_point": pa.array(plan.units.has_point)}),
            }
        ),
    }
    if plan.bundles is not None:
        metadata["bundles"] = _pack(_columns(plan.bundles, _BUNDLES))
    present = tuple(name for name in _OPTIONAL if getattr(plan, name) is not None)
    batch = pa.record_batch(_columns(plan, (*_PIECES, *present))).replace_schema_metadata(metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def read_plan(path: Path) -> PresortPlan:
    """Map a plan's file. Corrupt when it is not one."""
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        metadata = reader.schema.metadata or {}
        if metadata.get(b"format") not in _READABLE or reader.num_record_batches != 1:
            raise Corrupt("The file is not a presort plan of this format.", code="PLAN_FILE")
        batch = reader.get_batch(0)
        facts = json.loads(metadata[b"plan"])
        trays, groups, units = (_unpack(metadata[name]) for name in (b"trays", b"groups", b"units"))
        bundles = _unpack(metadata[b"bundles"]) if b"bundles" in metadata else None
        pieces = {name: _view(batch, name) for name in batch.schema.names}
        count = facts.pop("pieces")
        plan = _plan(facts, pieces, trays, groups, units)
    except (pa.ArrowInvalid, KeyError, ValueError, ArithmeticError) as error:
        raise Corrupt("The presort plan's file is damaged.", code="PLAN_FILE") from error
    if bundles is not None:
        plan = replace(plan, bundles=Bundles(**{name: _view(bundles, name) for name in _BUNDLES}))
    if plan.pieces != int(plan.trays.pieces.sum()) or plan.pieces != count:
        raise Corrupt("The presort plan's trays do not add up to its pieces.", code="PLAN_FILE")
    return plan


def _plan(
    facts: Mapping[str, object],
    pieces: Mapping[str, Any],
    trays: pa.RecordBatch,
    groups: pa.RecordBatch,
    units: pa.RecordBatch,
) -> PresortPlan:
    told = values_of(PresortPlan, facts, beside=_COLUMNS)
    return PresortPlan(
        **told,
        **pieces,
        trays=Trays(
            **{name: _view(trays, name) for name in _TRAYS}, line_1=tuple(trays.column("line_1").to_pylist())
        ),
        groups=Groups(
            **{name: _view(groups, name) for name in _GROUPS},
            label={
                row: text for row, text in enumerate(groups.column("label").to_pylist()) if text is not None
            },
        ),
        units=Units(
            zip5=_view(units, "zip5"),
            group=np.column_stack([_view(units, f"group_{i}") for i in range(len(told["levels"]) - 1)]),
            route=_view(units, "route") if "route" in units.schema.names else None,
            has_point=_view(units, "has_point") if "has_point" in units.schema.names else None,
        ),
    )


def _labels(groups: Groups) -> pa.Array:
    return pa.array([groups.label.get(row) for row in range(len(groups.level))], pa.string())


def _columns(holder: object, names: tuple[str, ...]) -> dict[str, pa.Array]:
    return {name: pa.array(getattr(holder, name)) for name in names}


def _pack(columns: dict[str, pa.Array]) -> bytes:
    batch = pa.record_batch(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpack(data: bytes) -> pa.RecordBatch:
    return pa.ipc.open_stream(data).read_next_batch()


def _view(batch: pa.RecordBatch, name: str) -> Any:
    column = batch.column(name)
    return column.to_numpy(zero_copy_only=not pa.types.is_boolean(column.type))
