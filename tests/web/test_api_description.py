"""The description of the API against its routes, its real answers, and the models that read what is sent."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from kernel.errors import InvalidInput
from production.asked import read_json
from scripts import api_page
from tests.web import ordering
from tests.web.conftest import bearer
from web.api.v1.description import document
from workers.runtime import drain

OPEN = "/api/v1/openapi.json"


@pytest.fixture
def described(app):
    return document(app)


def says(described, answer) -> None:
    """The answer is one that the description has for this request."""
    operations = described["paths"]
    path = next(
        path for path in operations if path.count("/") == answer.request.path.count("/")
        and path.split("{")[0] == answer.request.path[: len(path.split("{")[0])]
    )  # fmt: skip
    told = operations[path][answer.request.method.lower()]["responses"][str(answer.status_code)]
    (content,) = told["content"].items()
    assert answer.content_type == content[0]
    schema = content[1]["schema"] | {"components": described["components"]}
    assert not list(Draft202012Validator(schema).iter_errors(answer.json))


def test_it_is_an_openapi_document_of_every_route_and_served_as_it_is(app, client, described) -> None:
    validate(described)
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != OPEN
        for method in rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    paths = described["paths"]
    assert {(path, method) for path, found in paths.items() for method in found} == routes
    assert client.get(OPEN).json == described


def test_real_answers_are_as_described(client, plant, sign_in, described) -> None:
    key = bearer(sign_in("requester"))

    def send(order, name="k"):
        files = {
            "template": (io.BytesIO(ordering.LETTER.read_bytes()), "letter.pdf"),
            "list": (io.BytesIO(ordering.address_list(good=3, bad=1)), "list.csv"),
        }
        headers = key | {"Idempotency-Key": name}
        return client.post("/api/v1/mailings", data=files | {"order": json.dumps(order)}, headers=headers)

    order = {"title": "By machine", "mail_date": "2099-01-05", "splits": {"DEX-100": 1}}
    made = send(order)
    drain(plant)
    where = made.json["url"]
    answers = [
        made,
        client.get(where, headers=key),
        client.get(f"{where}/findings", headers=key),
        send(order | {"title": "Another"}),
        send({"title": 7, "splits": {"DEX-100": "x"}, "more": 1}, "k2"),
        client.get("/api/v1/jobs/27-000001-4", headers=key),
        client.get(where),
        client.post("/api/v1/print-orders", data={"order": "{"}, headers=key | {"Idempotency-Key": "k3"}),
    ]
    for answer in answers:
        says(described, answer)
    assert [one.status_code for one in answers] == [202, 200, 200, 409, 422, 404, 401, 422]
    assert {one["place"]["column"] for one in answers[4].json["findings"]} == {
        "title", "mail_date", "splits-DEX-100", "more",
    }  # fmt: skip


def test_the_page_is_written_from_the_models() -> None:
    page = api_page.PAGE.read_text("utf-8")
    assert page == api_page.written(page)


@pytest.mark.parametrize("model", api_page.MODELS)
@given(data=st.data())
def test_whatever_is_sent_is_read_or_refused_by_field(model, data) -> None:
    """And what is read is within the description."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
        max_leaves=4,
    )
    good = {
        "title": "T", "mail_date": "2099-01-05", "splits": {"DEX-100": 1}, "product": "flat_form", "quantity": 5,
        "due": "2099-01-05", "place": "Room 1", "stock": "bond20",
    }  # fmt: skip
    sent = {name: value for name, value in good.items() if name in model.model_fields}
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(model.model_fields)), anything, max_size=3))
    try:
        said = read_json(model, json.dumps(sent | changed))
    except InvalidInput as error:
        assert {one.place.column.split("-")[0] for one in error.findings} <= {"", *changed}
        assert all(one.message for one in error.findings)
    else:
        judged_later = {"mail_class", "content", "envelope"}
        schema = model.model_json_schema(mode="serialization")
        errors = Draft202012Validator(schema).iter_errors(said.model_dump(mode="json"))
        assert not [error for error in errors if error.path[0] not in judged_later]
