"""Pictures of figures as inline SVG: pure functions of values, each beside a table that says the same."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

from web.charts.bars import Bar, bars, stacked_bar
from web.charts.boards import Lane, Span, gantt
from web.charts.gauges import gauge, ring
from web.charts.lines import Series, line_chart, sparkline
from web.charts.tiles import step_words, zip_map
from web.charts.trays import Cart, Tray, tray_wall
from web.charts.waterfalls import Step, waterfall


def install(app: Flask) -> None:
    """Gives every template ``charts``."""
    app.jinja_env.globals["charts"] = SimpleNamespace(
        Bar=Bar, bars=bars, stacked_bar=stacked_bar, gantt=gantt, Lane=Lane, Span=Span, gauge=gauge, ring=ring,
        line_chart=line_chart, Series=Series, sparkline=sparkline, tray_wall=tray_wall, Cart=Cart, Tray=Tray,
        waterfall=waterfall, Step=Step, zip_map=zip_map, step_words=step_words,
    )  # fmt: skip
