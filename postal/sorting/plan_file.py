"""A presort plan as one immutable Arrow IPC file: pieces as rows (20 bytes each, or 21), the rest in its metadata.

The same plan gives the same bytes. Reading maps the file: columns are views, a look-up touches a few pages.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kernel.errors import Corrupt
from kernel.findings import Finding
from kernel.money import Extended, Money, Rate
from postal.admission.incentives import Earned
from postal.prices.piece_price import ByPound
from postal.sorting.presort_plan import (
    Bundles,
    ContainerLevel,
    Groups,
    LevelResult,
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
_TRAYS = ("level", "group", "label_zip", "tray_type", "pieces", "first_piece", "stack_inches", "is_full")
_BUNDLES = ("level", "group", "tray", "pieces", "first_piece")
_GROUPS = ("level", "key", "pieces", "is_formed", "label_zip")


def write_plan(plan: PresortPlan, path: Path) -> None:
    """Write the file; the caller chooses a temporary name and renames."""
    metadata = {
        "format": FORMAT.encode(),
        "plan": json.dumps(_facts(plan), sort_keys=True, ensure_ascii=False).encode(),
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
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise Corrupt("The presort plan's file is damaged.", code="PLAN_FILE") from error
    pieces = {name: _view(batch, name) for name in batch.schema.names}
    plan = _plan(facts, pieces, trays, groups, units)
    if bundles is not None:
        plan = replace(plan, bundles=Bundles(**{name: _view(bundles, name) for name in _BUNDLES}))
    if plan.pieces != int(plan.trays.pieces.sum()) or plan.pieces != facts["pieces"]:
        raise Corrupt("The presort plan's trays do not add up to its pieces.", code="PLAN_FILE")
    return plan


def _facts(plan: PresortPlan) -> dict[str, Any]:
    return {
        "pieces": plan.pieces,
        "sort_plan": plan.sort_plan,
        "title": plan.title,
        "mail_class": plan.mail_class,
        "shape": plan.shape,
        "mail_date": plan.mail_date.isoformat(),
        "policy": plan.policy,
        "payment": plan.payment,
        "minimum_pieces": plan.minimum_pieces,
        "automation_pieces": plan.automation_pieces,
        "thickness_in": str(plan.thickness_in),
        "weight_oz": str(plan.weight_oz),
        "single_piece_rate": _text(plan.single_piece_rate),
        "single_piece_postage": _cents(plan.single_piece_postage),
        "postage": plan.postage.cents,
        "mailer_line": plan.mailer_line,
        "tray_types": plan.tray_types,
        "tray_names": plan.tray_names,
        "levels": [_level_facts(level) for level in plan.levels],
        "editions": plan.editions,
        "assumptions": plan.assumptions,
        "findings": [finding.as_dict() for finding in plan.findings],
        "processing_category": plan.processing_category,
        "entry": plan.entry,
        "form": plan.form,
        "marking": plan.marking,
        "edition_hashes": plan.edition_hashes,
        "top_down_postage": _cents(plan.top_down_postage),
        "containers": [asdict(level) for level in plan.containers],
        "incentives": [{**asdict(one), "rate": str(one.rate)} for one in plan.incentives],
    }


def _level_facts(level: LevelResult) -> dict[str, Any]:
    facts = {name: getattr(level, name) for name in LevelResult.__slots__}
    by_pound = (
        asdict(level.by_pound) | {"rate": str(level.by_pound.rate), "pounds": str(level.by_pound.pounds)}
        if level.by_pound
        else None
    )
    return {**facts, "rate": _text(level.rate), "postage": str(level.postage.value), "by_pound": by_pound}


def _plan(
    facts: dict[str, Any],
    pieces: dict[str, Any],
    trays: pa.RecordBatch,
    groups: pa.RecordBatch,
    units: pa.RecordBatch,
) -> PresortPlan:
    single, ordinary = facts["single_piece_postage"], facts.get("top_down_postage")
    levels = tuple(_level(level) for level in facts["levels"])
    return PresortPlan(
        **{
            **{name: value for name, value in facts.items() if name != "pieces"},
            "mail_date": date.fromisoformat(facts["mail_date"]),
            "thickness_in": Decimal(facts["thickness_in"]),
            "weight_oz": Decimal(facts["weight_oz"]),
            "single_piece_rate": _rate(facts["single_piece_rate"]),
            "single_piece_postage": Money(single) if single is not None else None,
            "postage": Money(facts["postage"]),
            "tray_types": tuple(facts["tray_types"]),
            "tray_names": tuple(facts["tray_names"]),
            "levels": levels,
            "editions": tuple(facts["editions"]),
            "assumptions": tuple(facts["assumptions"]),
            "findings": tuple(Finding.from_dict(finding) for finding in facts["findings"]),
            "edition_hashes": tuple(facts.get("edition_hashes", ())),
            "top_down_postage": None if ordinary is None else Money(ordinary),
            "containers": tuple(ContainerLevel(**level) for level in facts.get("containers", ())),
            "incentives": tuple(
                Earned(**{**one, "rate": Rate.of(one["rate"])}) for one in facts.get("incentives", ())
            ),
        },
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
            group=np.column_stack([_view(units, f"group_{i}") for i in range(len(levels) - 1)]),
            route=_view(units, "route") if "route" in units.schema.names else None,
            has_point=_view(units, "has_point") if "has_point" in units.schema.names else None,
        ),
    )


def _level(facts: dict[str, Any]) -> LevelResult:
    weighed = facts.get("by_pound")
    by_pound = weighed and ByPound(
        **{**weighed, "rate": Rate.of(weighed["rate"]), "pounds": Decimal(weighed["pounds"])}
    )
    postage = Extended(Decimal(facts["postage"]))
    return LevelResult(**{**facts, "rate": _rate(facts["rate"]), "postage": postage, "by_pound": by_pound})


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


def _cents(money: Money | None) -> int | None:
    return None if money is None else money.cents


def _text(rate: Rate | None) -> str | None:
    return None if rate is None else str(rate)


def _rate(text: str | None) -> Rate | None:
    return None if text is None else Rate.of(text)
