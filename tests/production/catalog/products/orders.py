"""Specifications and standards for tests of print products: those of the print contract, and small changes of them."""

from __future__ import annotations

import json
from typing import Any

from production.catalog.products.spec import Spec, read_spec
from production.catalog.products.standards import Standards, read_standards

BOOKLET: dict[str, Any] = {
    "product": "booklet",
    "quantity": 5000,
    "unit": "piece",
    "title": "Hunting rules",
    "agency": "DEX",
    "due": "2026-12-18",
    "trim": [5.5, 8.5],
    "pages": 36,
    "bleed": 0.125,
    "binding": "saddle",
    "components": [
        {"name": "text", "pages": 32, "stock": "T60", "colours": [1, 1]},
        {"name": "cover", "pages": 4, "stock": "C80", "colours": [4, 0]},
    ],
    "packing": {"carton": "C25"},
    "mailing": {"envelope": "N10"},
    "delivery": [{"place": "Baton Rouge", "quantity": 5000}],
    "files": [{"component": "text", "file": "text.pdf", "pages": "1-32"}],
    "force": {"press": "DIG-1", "sheet": [12, 18], "route": ["print", "fold", "stitch"]},
}

STANDARDS: dict[str, Any] = {
    "stocks": {
        "T60": {
            "grade": "text",
            "basis_lb": 60,
            "basic": [25, 38],
            "caliper": 0.0046,
            "coating": None,
            "sheets": [{"size": [12, 18], "grain": "long", "per_m": "38.00"}],
        }
    },
    "presses": {
        "DIG-1": {
            "kind": "digital",
            "sheets": [[12, 18]],
            "margin": 0.25,
            "gripper": 0,
            "colours": 4,
            "duplex": True,
            "units": 4,
            "max_caliper": 0.016,
            "makeready_minutes": 5,
            "makeready_sheets": 4,
            "running_waste": 0.01,
            "sides_per_hour": 6000,
            "hour": "30.00",
            "click": {"1": "0.012", "4": "0.045"},
            "blank_sides_click": False,
        },
        "OFF-1": {
            "kind": "offset",
            "sheets": [[17, 22]],
            "margin": 0.25,
            "gripper": 0.5,
            "colours": 1,
            "duplex": False,
            "units": 1,
            "max_caliper": 0.02,
            "makeready_minutes": 30,
            "makeready_sheets": 100,
            "running_waste": 0.03,
            "sheets_per_hour": 8000,
            "hour": "80.00",
            "plate": "12.00",
        },
    },
    "operations": {
        "cut": {
            "machine": "CUT-1",
            "setup_minutes": 10,
            "setup_units": 0,
            "running_waste": 0,
            "hour": "35.00",
            "cuts_per_hour": 300,
            "clamp_in": 4,
            "max_sheets": 500,
            "pretrim_edges": 4,
        },
        "fold": {
            "machine": "FLD-1",
            "setup_minutes": 15,
            "setup_units": 40,
            "running_waste": 0.011,
            "hour": "35.00",
            "belt_in_per_min": 5500,
            "gap_factor": 1.1,
        },
        "stitch": {
            "machine": "STC-1",
            "setup_minutes": 10,
            "setup_units": 5,
            "running_waste": 0.01,
            "hour": "35.00",
            "per_hour": 3000,
            "max_thickness": 0.25,
        },
    },
    "envelopes": {"N10": {"size": [9.5, 4.125], "weight_oz": 0.16, "max_sheets": 6, "caliper": 0.0045}},
    "cartons": {"C25": {"max_lb": 25, "empty_lb": 0}},
    "rules": {
        "waste": "divide",
        "markup": 0,
        "rush": 0,
        "labour_hour": "0.00",
        "spine_allowance": 0,
    },
}

C80: dict[str, Any] = {
    "grade": "cover",
    "basis_lb": 80,
    "basic": [20, 26],
    "caliper": 0.0095,
    "sheets": [{"size": [12, 18], "grain": "long", "per_m": "120.00"}],
}


def component(name: str, stock: str, front: int, back: int, **more: Any) -> dict[str, Any]:
    """A component with its inks."""
    return {"name": name, "stock": stock, "colours": [front, back]} | more


def changed(whole: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy of a document; ``a__b=value`` sets ``whole["a"]["b"]``, ``...`` as the value takes the key out."""
    copy = json.loads(json.dumps(whole))
    for path, value in changes.items():
        *way, last = path.split("__")
        at = copy
        for name in way:
            at = at[int(name) if isinstance(at, list) else name]
        if value is ...:
            del at[last]
        else:
            at[int(last) if isinstance(at, list) else last] = value
    return copy


def spec(whole: dict[str, Any] = BOOKLET, **changes: Any) -> Spec:
    """A specification as it is read from its file."""
    return read_spec(json.dumps(changed(whole, **changes)))


def standards(whole: dict[str, Any] = STANDARDS, **changes: Any) -> Standards:
    """Standards as they are read from their file."""
    return read_standards(json.dumps(changed(whole, **changes)))
