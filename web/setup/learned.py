"""What the floor really took beside the standards: all of them, one with its chart and effect, and accepting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, render_template, request
from markupsafe import Markup
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.errors import InvalidInput, NotFound
from kernel.findings import of_field
from production.asked import Asked, Count, Known, Line
from production.catalog.models import Stock, WorkCenter
from production.learning import measured
from production.learning.accepting import accept
from production.learning.effect import effect
from production.learning.proposing import Figure, Group, Learned
from production.learning.runs import length_words
from production.learning.standing import kind_of
from production.people import setup
from store.db import UnitOfWork
from web import acts
from web.charts.dots import dots
from web.forms import Form, Refused
from web.frame import Done, plant, reading, require
from web.setup.rows import changed

blueprint = Blueprint("learned", __name__, url_prefix="/setup/learned")
nav = ()


class Accept(Asked):
    """``figures``: each a field and its new value as they were shown; ``seen``: the version of the row then."""

    CODE = "SETUP"
    figures: list[Line] = Field(default_factory=list, title="Figures", max_length=4)
    why: Line = Field("", title="Why", description="Stands in the history.", max_length=200)
    seen: Count = 0
    knowing: Known


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure of a standard as its page shows it."""

    title: str
    field: str
    now: str
    middle: str
    half: str
    sure: str
    count: int
    proposed: str
    typed: str
    chart: Markup | None
    missing: str
    remedy: str


@blueprint.get("")
@require("keep_machines")
def listing() -> str:
    """Every standard that was worked by."""
    with reading() as session:
        how = measured.rules(session)
        found = measured.all_learned(session, clock.now())
    lines = [
        {
            "kind": one.current.kind, "key": one.current.key, "name": one.current.name, "runs": one.runs,
            "what": kind_of(one.current.kind).name, "proposed": _proposed(one),
        }
        for one in sorted(found, key=lambda one: (not one.proposals, one.current.name))
    ]  # fmt: skip
    return render_template("setup/learned.html", lines=lines, days=how.days)


def _proposed(one: Learned) -> list[str]:
    return [_words(figure) for figure in one.figures if figure.proposed is not None]


def _words(figure: Figure) -> str:
    was = "none" if figure.standing.now is None else f"{figure.standing.now:,f}"
    return f"{figure.standing.title}: {figure.proposed:,f} instead of {was}"


@blueprint.get("/<kind>/<key>")
@require("keep_machines")
def show(kind: str, key: str, refused: Refused | None = None) -> str:
    """One standard: its figures with chart, groups, runs left out, and what the proposal would have done to quotes."""
    rows_of = kind_of(kind)
    now = clock.now()
    with reading() as session:
        row = rows_of.find(session, key)
        if row is None:
            raise NotFound("There is no such standard.")
        how = measured.rules(session)
        found = measured.learned_of(session, now, kind, row)
        version = setup.number_of(session, rows_of, key)
        since = now - timedelta(days=how.days)
        names = _names(session)
        does = (
            effect(session, plant().files, kind, key, found.proposals, since=since)
            if found.proposals
            else None
        )
    return render_template(
        "setup/learned_one.html", learned=found, figures=[_figure(one) for one in found.figures], effect=does,
        groups=[_group(one, how.run_lengths, names) for one in found.groups], strays=_strays(found), version=version,
        days=how.days, refused=refused, form=Form(Accept, refused), row_url=(rows_of.code, key), kind=rows_of,
    )  # fmt: skip


@blueprint.post("/<kind>/<key>")
@require("keep_machines")
@acts.command(Accept, again=show)
def take(uow: UnitOfWork, said: Accept, kind: str, key: str) -> Done:
    """The figures that were ticked are the standard from now on."""
    figures = dict(_typed(one) for one in said.figures)
    version = accept(uow, kind, key, figures, version=said.seen, why=said.why, knowing=said.knowing)
    return changed(kind_of(kind), key, version, back=request.path)


def _typed(text: str) -> tuple[str, Decimal]:
    field, _, value = text.partition("=")
    try:
        return field, Decimal(value[:20])
    except InvalidOperation:
        finding = of_field("SETUP", "figures", "This is no figure of the page.", "Load it again.")
        raise InvalidInput(finding.message, code="SETUP", findings=[finding]) from None


def _said(value: float) -> str:
    """Three digits of it, without zeros at the end."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def _figure(one: Figure) -> FigureRow:
    held, now, found = one.measured, one.standing.now, one.finding
    values = [value for _, value in one.points]
    chart = None
    if held is not None and held.count > 1:
        chart = dots(
            one.standing.title, values, (held.low, held.high), now=None if now is None else float(now),
            proposed=None if one.proposed is None else float(one.proposed), words=_said,
        )  # fmt: skip
    return FigureRow(
        one.standing.title, one.standing.field, "none" if now is None else f"{now:,f}",
        _said(held.middle) if held else "", f"{_said(held.low)} to {_said(held.high)}" if held else "",
        f"{_said(held.least)} to {_said(held.most)}" if held else "", held.count if held else 0,
        "" if one.proposed is None else f"{one.proposed:,f}",
        "" if one.proposed is None else f"{one.standing.field}={one.proposed:f}",
        chart, found.message if found else "", found.remedy if found else "",
    )  # fmt: skip


def _names(session: Session) -> dict[str, str]:
    """Machines and papers by their codes."""
    tables: tuple[Any, ...] = (WorkCenter, Stock)
    return {code: name for table in tables for code, name in session.execute(select(table.code, table.name))}


def _group(one: Group, ends: Sequence[int], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "work_center": names.get(one.work_center, "not said"), "stock": names.get(one.stock, "any"), "runs": one.runs,
        "length": length_words(one.length, ends), "setup": _said(one.setup.middle) if one.setup else "",
        "speed": _said(one.speed.middle) if one.speed else "",
        "half": f"{_said(one.speed.low)} to {_said(one.speed.high)}" if one.speed else "",
        "spoiled": "" if one.spoiled is None else f"{one.spoiled:.1f} %",
    }  # fmt: skip


def _strays(found: Learned) -> list[dict[str, Any]]:
    return [
        {"figure": one.standing.title, "ticket": stray.ticket, "why": stray.why,
         "value": "" if stray.value is None else _said(stray.value)}
        for one in found.figures
        for stray in one.strays
    ]  # fmt: skip
