"""An estimate as the print contract tells it to a program."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.findings import Finding
from kernel.money import Extended, to_cents
from production.frontdesk.estimates.alternatives import Alternative
from production.frontdesk.estimates.bindery import Done
from production.frontdesk.estimates.estimate import Estimate
from production.frontdesk.estimates.layouts import CutSheet
from production.frontdesk.estimates.presswork import Printed
from production.frontdesk.estimates.rejections import plain
from production.frontdesk.estimates.working import Line


def answer(told: Estimate) -> dict[str, Any]:
    """Money as text with cents, everything else as numbers."""
    even = told.break_even
    return {
        "chosen": told.chosen.id,
        "alternatives": [_alternative(one) for one in told.alternatives],
        "rejected": [one.plain() for one in told.rejected],
        "break_even": even and {"quantity": even.quantity, "below": even.below, "above": even.above},
        "no_break_even": told.no_break_even or None,
        "piece": _fields(told.piece, "weight_oz", "mail_weight_oz", "thickness_in", "spine_in", "creep_in"),
        "packing": _fields(told.packed, "pads", "left_over", "per_carton", "cartons", "carton_lb"),
        "figures": [
            {"name": one.figure.name, "title": one.figure.title, "value": plain(one.value), "unit": one.figure.unit}
            for one in told.figures
        ],
        "findings": [_finding(one) for one in told.findings],
        "explain": [_line(one) for one in told.explain],
    }  # fmt: skip


def _fields(value: object, *names: str) -> dict[str, Any]:
    return {name: plain(getattr(value, name)) for name in names}


def _dollars(exact: Decimal) -> str:
    return to_cents(Extended(exact)).plain


def _alternative(one: Alternative) -> dict[str, Any]:
    first = one.ways[0]
    cost = {name: _dollars(exact) for name, exact in one.cost._asdict().items()}
    return {
        "id": one.id,
        "press": first.machine,
        "sheet": plain(first.sheet.size),
        "work_style": first.style,
        "components": [_component(printed) for printed in one.printed],
        "operations": [
            *map(_step, one.cut_down), *map(_press, one.printed), *map(_step, one.done),
        ],
        "minutes": plain(one.minutes),
        "cost": cost | {"total": _dollars(one.total)},
        "price": one.price.plain,
        "range": [one.least.plain, one.most.plain],
    }  # fmt: skip


def _component(one: Printed) -> dict[str, Any]:
    way = one.way
    told: dict[str, Any] = {
        "name": way.component.name,
        "press": way.machine,
        "sheet": plain(way.sheet.size),
        "work_style": way.style,
        "n_up": way.grid.n_up,
        "across": way.grid.across,
        "down": way.grid.down,
        "pages_made": way.component.pages_made,
        "blanks": way.component.blanks,
        "press_sheets_good": one.good,
        "press_sheets_issued": one.issued,
        "impressions": one.impressions,
        "plates": way.plates,
        "clicks": one.clicks,
        "weight_lb": plain(one.weight_lb),
        "flat_size": plain(way.component.flat),
    }  # fmt: skip
    if isinstance(way.sheet, CutSheet):
        size, out = plain(way.sheet.parent.size), way.sheet.out
        told["parent"] = {
            "size": size,
            "out": out,
            "sheets": one.bought,
            "grain_of_press_sheet": way.sheet.grain,
        }
    return told


def _press(one: Printed) -> dict[str, Any]:
    return {
        "operation": "print",
        "component": one.way.component.name,
        "machine": one.way.machine,
        "in": one.issued,
        "good": one.good,
        "setup_units": one.setup_sheets,
        "minutes": plain(one.minutes),
    }  # fmt: skip


def _step(one: Done) -> dict[str, Any]:
    standard = one.fed.step.standard
    told: dict[str, Any] = {
        "operation": one.fed.step.operation,
        "machine": standard.machine,
        "in": one.fed.given,
        "good": one.fed.good,
        "setup_units": standard.setup_units,
        "minutes": plain(one.minutes),
    }  # fmt: skip
    if one.component:
        told["component"] = one.component
    if one.cutting:
        told |= {"lifts": one.cutting.lifts, "cuts_per_lift": one.cutting.cuts_per_lift}
    return told | ({"panels": plain(one.panels)} if one.panels else {})


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "remedy": one.remedy,
        "field": one.place.column or None,
    }  # fmt: skip


def _line(one: Line) -> dict[str, Any]:
    return {
        "name": one.name,
        "formula": one.formula,
        "values": plain(one.values),
        "result": plain(one.result),
        "standard": one.standing.standard,
        "source": one.standing.source,
    }  # fmt: skip
