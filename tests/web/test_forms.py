"""Every act's model: whatever is typed is read or refused beside its field, kept, and never a fault of ours."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from flask import render_template_string
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from kernel.money import Money
from production.asked import (
    Asked,
    Count,
    Day,
    Dollars,
    File,
    Line,
    Measure,
    Sent,
    Upload,
    Wrong,
    _day,
    kind_of,
    read,
    read_all,
)
from production.setup.kinds import KINDS
from web.forms import Form, Refused, errors_of

HOSTILE = [
    "", " ", "x", "-1", "0", "1e999999", "NaN", "9" * 5000, "2026-13-45", "true", "{}", "[[", "\x01", "\ud800",
    "<script>alert(1)</script>", "'; DROP TABLE job; --", "\u202e", "../../etc/passwd", "a" * 100_000, "27-000001-4",
]  # fmt: skip
# What a button alone asks.
WITHOUT_FIELDS = {Asked}


def asked_by(app) -> dict[str, type[Asked]]:
    """Endpoint to the model its form is read by; of a row of the set-up, with its kind: one of each."""
    views = {name: view.asked for name, view in app.view_functions.items() if hasattr(view, "asked")}
    found = {name: asked for name, asked in views.items() if isinstance(asked, type)}
    return found | {
        f"{name} {kind.code}": views[name](kind.code) for name in views.keys() - found for kind in KINDS
    }


def field_names(asked):
    """As a form has them; a mapping with one key."""
    return [f"{name}-A" if kind_of(info) == "by_key" else name for name, info in asked.model_fields.items()]


def test_no_field_hides_behind_what_a_form_can_do(app):
    """A template's ``form.name`` finds what the class has before it finds the field."""
    own = {name for name in dir(Form(Asked)) if not name.startswith("_")}
    hidden = {name: own.intersection(asked.model_fields) for name, asked in asked_by(app).items()}
    assert {name: fields for name, fields in hidden.items() if fields} == {}


def finding(message, column=""):
    return Finding("ORDER", Severity.STOP, message, "Fix it.", Place(column=column))


def test_a_field_says_each_thing_once():
    found = [
        finding("No date.", "day"),
        finding("No date.", "day"),
        finding("Too late.", "day"),
        finding("Odd."),
    ]
    assert errors_of(InvalidInput("No.", findings=found)) == {
        "day": "No date. Fix it. Too late. Fix it.",
        "": "Odd. Fix it.",
    }
    assert errors_of(InvalidInput("No.")) == {"": "No."}


class Everything(Asked):
    """One field of each kind."""

    CODE = "EVERYTHING"
    words: Line = Field(title="Words", max_length=9)
    count: Count = Field(title="How many")
    amount: Dollars = Field(title="Amount")
    weight: Measure = Field(title="Weight")
    day: Day = Field(title="Day")
    later: Day | None = Field(None, title="Later")
    is_sure: bool = Field(default=True, title="Sure?")
    parts: dict[str, Line] = Field(default_factory=dict, title="Parts")
    many: list[str] = Field(default_factory=list, title="Many")
    file: File = Field(title="File")


def sent(**typed):
    return Sent({name: text if isinstance(text, list) else [text] for name, text in typed.items()}, {})


def test_a_form_is_read_as_it_was_typed():
    upload = Upload(io.BytesIO(b"x"), "x.csv")
    typed = {
        "words": "  two \xa0 words ", "count": "1,200", "amount": "$1,234.50", "weight": "0.8125", "day": "2026-11-30",
        "later": " ", "parts-a": "A", "parts-b": "B", "many": ["1", "2"],
    }  # fmt: skip
    said = read(Everything, Sent(sent(**typed).texts | {"other": ["?"]}, {"file": [upload]}))
    assert said.facts("file") == {
        "words": "two words", "count": 1200, "amount": Money(123450), "weight": Decimal("0.8125"),
        "day": date(2026, 11, 30), "later": None, "is_sure": False, "parts": {"a": "A", "b": "B"}, "many": ["1", "2"],
    }  # fmt: skip
    assert said.file is upload


def test_everything_that_is_wrong_is_told_at_once_by_field():
    typed = sent(
        words="a" * 10, count="1.5", amount="7,8", weight="1E14", day="30.11.2026", is_sure="perhaps"
    )
    with pytest.raises(InvalidInput) as refused:
        read(Everything, typed)
    assert errors_of(refused.value) == {
        "words": "Write at most 9 characters.",
        "count": "This is not a whole number. Write digits, as in 1,200.",
        "amount": "This is not an amount. Write dollars and cents, as in 1,234.50.",
        "weight": "This is not a number over zero. Write it as in 0.8.",
        "day": '"30.11.2026" is not a day. Write year, month and day, as in 2026-11-30.',
        "is_sure": "Choose yes or no.",
        "file": "Choose the file.",
    }
    assert {one.code for one in refused.value.findings} == {"EVERYTHING"}


@pytest.mark.parametrize(
    "text", ["1e999999", "1E14", "NaN", "Infinity", "-1", "0", "0.00001", "9" * 5000, "x", ""]
)
def test_a_number_that_is_no_measure_is_told(text):
    _, found = read_all(Everything, sent(weight=text), {})
    assert "weight" in {one.place.column for one in found}


def test_a_refused_form_comes_again_with_what_was_typed_and_links_to_its_fields(app):
    typed = sent(words="<b>long words</b>", count="many", **{"parts-a": "kept"})
    page = """{% from "_components/forms.html" import ask, refusal %}{{ refusal(refused, [form]) }}
    {% for name in ("words", "count") %}{{ ask(form[name]) }}{% endfor %}
    {{ ask(form.entry("parts", "a", "Part A")) }}"""
    with app.test_request_context(method="POST"):
        _, found = read_all(Everything, typed, {})
        refused = Refused(Everything, typed, InvalidInput("No.", findings=found))
        shown = render_template_string(page, refused=refused, form=Form(Everything, refused, key="k"))
    for words in (
        '<a href="#words-k">Words: Write at most 9 characters.</a>', 'value="&lt;b&gt;long words&lt;/b&gt;"',
        'id="count-k" name="count" aria-describedby="count-k-error" aria-invalid="true" value="many"',
        'id="count-k-error"', 'value="kept"',
    ):  # fmt: skip
        assert words in shown, words


def test_every_act_of_the_web_has_a_model(app):
    """Each address that a form is posted to, but those that ask nothing or walk the steps of an order."""
    known = asked_by(app)
    with_model = {name.partition(" ")[0] for name in known}
    other = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods and rule.endpoint not in with_model
    }
    assert other == {
        "auth.sign_out", "drafting.start", "drafting.keep", "drafting.begin_typing", "drafting.type_on",
        "drafting.submit", "drafting.throw_away",
        "api.submit", "api.submit_print", "events.take",
    }  # fmt: skip
    assert len(set(known.values()) - WITHOUT_FIELDS) > 40
    for asked in known.values():
        for name, info in asked.model_fields.items():
            assert info.title or name in {
                "version", "revision", "total_cents", "knowing", "job", "step", "repair_zip", "next", "access",
                "sort_plan", "policy", "payment", "name", "reason",
                "seen", "show", "go", "number", "page", "comment",
            }, f"{asked.__name__}.{name} has no label"  # fmt: skip


def test_a_day_that_is_no_text_is_refused_without_it():
    with pytest.raises(Wrong, match=r"^This is not a day\.$"):
        _day("\ud800")


@given(data=st.data())
def test_whatever_is_typed_is_read_or_refused_by_field_and_stays(house, data):
    asked = data.draw(
        st.sampled_from(sorted(set(asked_by(house).values()), key=lambda one: one.__qualname__))
    )
    anything = st.sampled_from(HOSTILE) | st.text(max_size=20)
    typed = {name: [data.draw(anything)] for name in field_names(asked)}
    given_in = Sent(typed, {})
    said, found = read_all(asked, given_in, {})
    assert (said is None) == bool(found)
    assert {one.place.column.partition("-")[0] for one in found} <= {
        *asked.model_fields,
        "",
    }  # a row as a whole has none
    with house.test_request_context(method="POST"):
        refused = Refused(asked, given_in, InvalidInput("No.", findings=found))
        form = Form(asked, refused)
        for name, info in asked.model_fields.items():
            if kind_of(info) in ("text", "paragraph", "whole", "decimal", "day") and not form[name].options:
                assert form[name].value == typed[name][0]
        assert all(words for _, words in refused.told([form]))


def test_hostile_values_in_every_field_of_every_act_are_never_our_fault(app, sign_in):
    """By somebody who may do it, on things that are and are not there."""
    people = {role: sign_in(role) for role in ("requester", "approver", "mail_operator", "print_operator",
                                                "billing_clerk", "administrator")}  # fmt: skip
    who = {
        "administer": "administrator", "bill": "billing_clerk", "agree": "billing_clerk", "order": "requester",
        "approve": "approver", "work_floor": "print_operator", "restart": "administrator",
        "keep_api_keys": "requester", "find_letter": "requester",
        "set_up": "administrator", "answer_rules": "requester",
    }  # fmt: skip
    number = 0
    for name, asked in sorted(asked_by(app).items()):
        endpoint, _, code = name.partition(" ")
        view = app.view_functions[endpoint]
        browser = people[who.get(getattr(view, "verb", "find_letter"), "mail_operator")]
        if endpoint.startswith("auth."):
            continue  # counted failures lock the door: tests/web/test_auth.py
        rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
        url = rule.rule
        if rule.arguments:
            with app.test_request_context():
                _, url = rule.build({name: _fitting(rule, name, code) for name in rule.arguments})
        _, hidden = browser.hidden("/account", "/account/password")
        for text in HOSTILE[:: 5 if code else 1 if asked.model_fields else 20]:
            if "\ud800" in text:
                continue  # no browser can send it
            number += 1
            fields = dict.fromkeys(field_names(asked), text)
            key = {"csrf_token": hidden["csrf_token"], "idempotency_key": f"hostile-{number:08d}"}
            answer = browser.post(url, data=fields | key)
            assert answer.status_code < 500, f"{endpoint} {text[:20]!r}: {answer.status}"


def _fitting(rule, name, code):
    if name == "code" and code:
        return code
    converter = rule._converters[name]
    if hasattr(converter, "items"):
        return min(converter.items)
    return 1 if type(converter).__name__ == "IntegerConverter" else "27-000001-4"
