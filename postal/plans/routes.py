"""Carrier routes: a route as a number, and how many stops a route has (for saturation prices)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kernel.errors import InvalidInput
from postal.data.editions import Edition, kept_by_content

_KINDS = "BCGHR"  # post office box section, city, general delivery, highway contract, rural
_ROUTE = re.compile(r"([BCGHR])(\d{3})")
ROUTES = 1_000 * len(_KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class RouteStops:
    """(residential, all) active stops by (ZIP, route), from the Postal Service's delivery statistics."""

    edition: Edition
    stops: Mapping[tuple[int, int], tuple[int, int]]


def route_number(text: str) -> int:
    """'C012' to a number below ROUTES; InvalidInput ROUTE_CODE for anything else."""
    found = _ROUTE.fullmatch(text.strip().upper())
    if found is None:
        raise InvalidInput(f"{text[:10]!r} is not a carrier route.", code="ROUTE_CODE")
    return _KINDS.index(found[1]) * 1_000 + int(found[2])


def route_text(number: int) -> str:
    """The reverse."""
    return f"{_KINDS[number // 1_000]}{number % 1_000:03d}"


@kept_by_content
def load_stops(edition: Edition) -> RouteStops:
    """Columns zip5, route, residential, total."""
    with edition.path.open(newline="", encoding="utf-8") as file:
        stops = {
            (int(row["zip5"]), route_number(row["route"])): (int(row["residential"]), int(row["total"]))
            for row in csv.DictReader(file)
        }
    return RouteStops(edition, stops)
