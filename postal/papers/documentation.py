"""Qualification report (standardized documentation, DMM 203.3): one row a tray, running totals, totals; where pieces
are bundled, one row a bundle as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from postal.papers.statement import tray_counts
from postal.plans.routes import route_text
from postal.sorting.presort_plan import PresortPlan, stream_name


@dataclass(frozen=True, slots=True)
class QualificationReport:
    """Header pairs, columns, one row a tray in physical order, and totals that agree with the statement.
    ``bundles``: rows of BUNDLE_COLUMNS in tray order, where mail is bundled.
    A level's column is ``pieces_`` and its code; abbreviations explain the codes (spellings unconfirmed).
    """

    header: tuple[tuple[str, str], ...]
    abbreviations: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    totals: tuple[tuple[str, int, int, str, str], ...]
    trays: tuple[tuple[str, int], ...]
    assumptions: tuple[str, ...]
    bundles: tuple[tuple[str | int, ...], ...] = ()


BUNDLE_COLUMNS = ("tray_no", "bundle_no", "bundle_level", "bundle_zip", "route", "bundle_pieces")


def qualification_report(
    plan: PresortPlan, *, mailer: str, preparer: str, permit: str, software: str
) -> QualificationReport:
    """The report of a plan; ``totals``: (level code, trays, pieces, price in words, postage to four decimals)."""
    codes = [level.code for level in plan.levels]
    by_tray = _pieces_by_tray(plan)
    running = np.cumsum(plan.trays.pieces).tolist()
    origin: list[tuple[str | int, ...]] = [()] * len(plan.trays)
    if plan.joining is not None:
        letters = [stream_name(stream) for stream in plan.joining.stream_of_tray.tolist()]
        origin = list(zip(letters, plan.joining.tray_in_stream.tolist(), strict=True))
    rows = []
    for row in range(len(plan.trays)):
        label = plan.label(row + 1)
        by_level = by_tray[row].tolist()
        cin = f"{label.cin:03d}" if label.cin else ""
        fixed = (label.tray, *origin[row], label.level, f"{label.label_zip:05d}", label.tray_type, cin)
        rows.append((*fixed, *by_level, label.pieces, running[row]))
    return QualificationReport(
        header=(
            ("title", plan.title),
            ("mailer", mailer),
            ("preparer", preparer),
            ("permit", permit),
            ("class", plan.mail_class),
            ("processing category", plan.processing_category),
            ("software", software),
            ("mailing date", plan.mail_date.isoformat()),
            ("sort plan", plan.sort_plan),
        ),
        abbreviations=tuple(
            dict.fromkeys(
                [(level.code, level.name) for level in plan.levels]
                + [(kind.code, kind.name) for kind in plan.containers]
            )
        ),
        columns=(
            "tray_no",
            *(() if plan.joining is None else ("stream", "tray_in_stream")),
            *("level", "label_zip", "tray_size", "cin"),
            *(f"pieces_{code}" for code in codes),
            *("tray_total", "running_total"),
        ),
        rows=tuple(rows),
        totals=tuple(
            (level.code, level.trays, level.pieces, level.price, str(level.postage.value))
            for level in plan.levels
        ),
        trays=tray_counts(plan),
        assumptions=plan.assumptions,
        bundles=tuple(_bundle_rows(plan)),
    )


def _bundle_rows(plan: PresortPlan) -> Iterator[tuple[str | int, ...]]:
    """ZIP of a 5-digit or carrier-route bundle, ZIP3 of a 3-digit one, else the label ZIP of its destination."""
    if plan.bundles is None:
        return
    held = plan.bundles
    firsts = np.asarray(held.first_piece) - 1
    zips = np.asarray(plan.zip5)[firsts]
    routes = np.zeros(len(held), np.int64) - 1 if plan.route is None else np.asarray(plan.route)[firsts]
    labels = np.asarray(plan.groups.label_zip)[np.asarray(held.group)]
    columns = (held.tray, held.level, held.pieces, zips, routes, labels)
    rows = zip(*(np.asarray(column).tolist() for column in columns), strict=True)
    for number, (tray, level, pieces, zip5, route, label) in enumerate(rows, start=1):
        key = plan.levels[level].key
        zip_text = {"zip5": f"{zip5:05d}", "route": f"{zip5:05d}", "zip3": f"{zip5 // 100:03d}"}.get(
            key, f"{label:05d}"
        )
        yield (
            tray,
            number,
            plan.levels[level].code,
            zip_text,
            route_text(route) if key == "route" else "",
            pieces,
        )


def _pieces_by_tray(plan: PresortPlan) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Pieces of each tray (rows) at each price level (columns)."""
    levels, trays = len(plan.levels), len(plan.trays)
    if plan.bundles is None:
        cells, pieces = np.arange(trays) * levels + plan.trays.level, plan.trays.pieces
    else:
        cells = (plan.bundles.tray.astype(np.int64) - 1) * levels + plan.bundles.level
        pieces = plan.bundles.pieces
    counted = np.bincount(cells, weights=pieces, minlength=trays * levels)
    return counted.astype(np.int64).reshape(trays, levels)


def to_csv(report: QualificationReport) -> Iterator[list[str]]:
    """Header, abbreviations, trays, totals and assumptions as rows of one CSV, parted by empty rows."""
    yield from (list(pair) for pair in report.header)
    yield from (["abbreviation", *pair] for pair in report.abbreviations)
    yield []
    yield list(report.columns)
    yield from ([str(value) for value in row] for row in report.rows)
    yield []
    yield ["level", "trays", "pieces", "rate", "postage"]
    yield from ([str(value) for value in row] for row in report.totals)
    yield from ([name, str(count)] for name, count in report.trays)
    yield from (["assumption", sentence] for sentence in report.assumptions)
    if report.bundles:
        yield []
        yield list(BUNDLE_COLUMNS)
        yield from ([str(value) for value in row] for row in report.bundles)
