"""The layout, every macro and every error page, rendered with the real assets."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, render_template_string

from kernel.money import Money
from web import assets, charts, counters, formats, names, security
from web.figures import Figure
from web.frame import Place

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
NOON = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
PAGE = """
{% extends "_layout.html" %}
{% from "_components/page.html" import page_header, status_tag, summary, figures, pager, next_act %}
{% from "_components/page.html" import panel, metrics, card_queue, selection_bar, empty_state %}
{% from "_components/toast.html" import toast %}
{% from "_components/masthead.html" import search_box %}
{% from "_components/notices.html" import bell %}
{% from "_components/forms.html" import field, confirm_form, scan_field, file_upload, field_placer %}
{% from "_components/table.html" import data_table %}
{% from "_components/findings.html" import findings_list %}
{% from "_components/timeline.html" import timeline, track, live %}
{% block search %}{{ search_box("/find", "/find/now", "Job or person") }}{% endblock %}
{% block notices %}{{ bell({"count": 3, "latest": []}) }}{% endblock %}
{% block content %}
{% call page_header("Charges", status="open", crumbs=[("/billing", "Months")], tabs=
  [("/billing/periods", "Overview", 4), ("/x", "Rest", none)]) %}
{% call next_act("Close it", "All is there", tone="good") %}
{{ confirm_form("/close", "Close", version=3) }}{% endcall %}
{% endcall %}
{{ metrics([saved, late]) }}
{% call panel("To look at", note="today", number=3, link=("/all", "All"), tone="attention") %}
{% call(one) card_queue([{"title": "Guide", "url": "/g", "facts": "3,000 books", "what": "The proof is ready.",
  "when": "By 3 PM", "tone": "attention"}]) %}<a href="{{ one.url }}">Look at {{ one.title }}</a>{% endcall %}
{% endcall %}
<form data-select>
{% call(row, name) data_table("Pool", [("pick", "Choose", "pick"), ("job", "Job", "job"),
  ("amount", "Amount", "money"), ("act", "Act", "own"), ("a", "(More)", "text")],
  groups=[("First-Class", "2 jobs", rows), ("Flats", "", [])], totals={"amount": total}) %}
{% if name == "act" %}<a href="/o">Open</a>
{% else %}<input type="checkbox" name="job" aria-label="{{ row.job }}" data-cents="936">{% endif %}
{% endcall %}
{% call selection_bar([("cents", "together", "money")]) %}<button>Go</button>{% endcall %}</form>
{% call empty_state("Approved letters appear here.", title="No job waits", sign="envelope") %}
<a href="/jobs">Show the 3</a>{% endcall %}
{{ toast({"text": "Moved.", "undo": ("/back", {"to": "1"})}) }}{{ toast("Done.") }}
{{ track(["done", "running", "waiting"], "Printing") }}
{{ summary([("Agency", "<Health>")]) }}{{ figures([("Pieces", 5|count)]) }}
{{ data_table("Charges", [("job", "Job", "job"), ("amount", "Amount", "money")], rows, totals={"amount": total}) }}
{{ findings_list([{"code": "ZIP_INVALID", "severity": "row", "count": 2000, "message": "No such ZIP Code."}], "/fix") }}
{% call live("line", 7, "/poll") %}
{{ timeline([{"name": "Merge", "state": "running", "done": 1, "total": 4}]) }}
{% endcall %}
{{ field("title", "Title", hint="Short.", error="Missing.") }}
{{ scan_field("/scan") }}{{ file_upload("letter", "Letter", ".pdf") }}
{{ field_placer("fields", "", [{"width": 612, "height": 792}], ["name"], page_url) }}
{{ pager("1 to 25", none, "/next") }}
{% endblock %}
"""


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("test", template_folder=str(TEMPLATES), static_folder=None)
    app.secret_key = "only for this test"
    assets.install(app)
    formats.install(app)
    charts.install(app)
    names.install(app)
    app.extensions["nav"] = []
    counters.register(app)  # some counters bring filters of their own
    security.install(app, trusted_hosts=["localhost"], https=False, max_body_bytes=1000)
    return app


def test_a_page_of_every_component(app: Flask) -> None:
    rows = [{"job": "27-004218-1", "amount": Money(-936)}]
    with app.test_request_context("/billing/periods"):
        page = render_template_string(
            PAGE,
            nav=[
                Place("/billing", "Billing", is_here=True, waiting=2),
                Place("/status", "Status", in_bar=False),
            ],
            rows=rows,
            total=Money(-936),
            saved=Figure("Saved", Money(-936), "/rows", "since July", "Amount"),
            late=Figure("Late", 2, "/late"),
            page_url=lambda number: f"/{number}.png",
        )
    assert (
        page.count('<a href="/billing" aria-current="page">Billing<span class="waiting">2<') == 2
    )  # bar and menu
    assert page.count('href="/status"') == 1
    assert '<a href="/billing/periods" aria-current="page">Overview <span class="tab-count">4<' in page
    assert page.count('<tr class="group"><th colspan="5" scope="rowgroup">') == 2
    assert '<td class="right" data-label="Amount">−$9.36</td>' in page
    assert '<form method="post" action="/back" data-once>' in page
    assert '<input type="hidden" name="to" value="1"><button type="submit">Undo</button>' in page
    assert "&lt;Health&gt;" in page
    assert page.count('<td class="right">−$9.36</td>') == 2
    assert '<div class="finding-count">2,000<small>left out</small>' in page
    assert 'data-poll="/poll" data-since="7"' in page
    assert 'aria-describedby="title-hint title-error" aria-invalid="true"' in page
    keys = re.findall(r'name="idempotency_key" value="(\w{26})"', page)
    assert len(keys) == len(set(keys)) == 4
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", [400, 403, 404, 409, 410, 413, 422, 429, 500, 503])
def test_error_pages_need_neither_person_nor_navigation(app: Flask, code: int) -> None:
    with app.test_request_context():
        page = app.jinja_env.get_template(f"errors/{code}.html").render(reference="REF1", sentence="Secret.")
    assert 'href="/"' in page
    assert "REF1" in page
    assert ("Secret." in page) == (code != 500)


def test_every_template_compiles(app: Flask) -> None:
    names = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")]
    assert names
    for name in names:
        app.jinja_env.get_template(name)
