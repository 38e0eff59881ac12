"""The pictures of a mailing's page: its trays to scale, and where its letters go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from flask import url_for
from markupsafe import Markup

from postal.data.zips import zip_states
from postal.sorting.presort_plan import PresortPlan
from production.mailroom.streams.mailing_view import TrayPlace
from web.charts.bars import KINDS
from web.charts.tiles import zip_map
from web.charts.trays import Cart, Tray, tray_wall
from web.formats import count

A_BLOCK = 24  # trays of one drawing: four shelves, as wide as a phone
SHOWN = 96  # trays on the page; the list in loading order has them all


class Wall(NamedTuple):
    """Trays on their shelves, a drawing for each block, with the levels they show: (kind, name)."""

    blocks: Sequence[Markup]
    legend: Sequence[tuple[str, str]]


class StateLine(NamedTuple):
    """A state that letters go to, by how many of its three-digit areas."""

    state: str
    areas: int
    pieces: int


class Map(NamedTuple):
    """Where the letters go, as a picture and as rows, the most first."""

    picture: Markup
    rows: Sequence[StateLine]


def wall(trays: Sequence[TrayPlace], levels: Sequence[str]) -> Wall:
    """Trays in loading order, colored as ``levels``, the names in the order of the bar beside."""
    names = list(dict.fromkeys([*levels, *(tray.level_name for tray in trays)]))
    kind_of = {name: f"c{index % KINDS + 1}" for index, name in enumerate(names)}
    shown = {tray.level_name for tray in trays}
    return Wall(
        [_block(trays[first : first + A_BLOCK], kind_of) for first in range(0, len(trays), A_BLOCK)],
        [(kind, name) for name, kind in kind_of.items() if name in shown],
    )


def _block(trays: Sequence[TrayPlace], kind_of: dict[str, str]) -> Markup:
    pieces = count(sum(tray.pieces for tray in trays))
    span = f"Trays {trays[0].place:,} to {trays[-1].place:,}" if trays[1:] else f"Tray {trays[0].place:,}"
    drawn = [
        Tray(
            tray.place, tray.inches, tray.fill, kind_of[tray.level_name],
            url=url_for("stream.tray", number=tray.stream_number, tray=tray.tray),
            words=f"Tray {tray.place:,} to {tray.line_1}, {tray.level_name}: {tray.pieces:,}, {tray.fill:.0%} full",
        )
        for tray in trays
    ]  # fmt: skip
    return tray_wall(span, [Cart(f"{span}, {pieces} pieces", drawn)])


def where(plan: PresortPlan) -> Map:
    """Pieces of a plan by their three-digit area."""
    states = zip_states(plan.mail_date)
    found, pieces = np.unique(plan.zip5 // 100, return_counts=True)
    by_area = {f"{area:03}": number for area, number in zip(found.tolist(), pieces.tolist(), strict=True)}
    areas = states.areas()
    rows = [
        StateLine(state, sum(area in by_area for area in own), sum(by_area.get(area, 0) for area in own))
        for state, own in areas.items()
    ]
    picture = zip_map("Where the letters go", by_area, areas)
    return Map(picture, sorted((row for row in rows if row.pieces), key=lambda row: (-row.pieces, row.state)))
