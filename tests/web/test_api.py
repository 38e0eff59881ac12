"""The counter for machines: submit, state, findings; problem documents."""

from __future__ import annotations

import io
import json

import pytest
from sqlalchemy import func, select

from production.jobs.models import Job
from store.db import system_actor
from tests.web import ordering
from tests.web.conftest import PASSWORD
from workers.runtime import drain

RITA = ("rita", PASSWORD)
ORDER = {"title": "By machine", "mail_date": "2099-01-04", "splits": {"DEX-100": 1}}


def send(client, *, order=ORDER, key="k-1", auth=RITA, rows=None):
    headers = {"Idempotency-Key": key} if key else {}
    data = {
        "order": json.dumps(order),
        "template": (io.BytesIO(ordering.LETTER.read_bytes()), "letter.pdf"),
        "list": (io.BytesIO(rows or ordering.address_list(good=3, bad=1)), "list.csv"),
    }
    return client.post("/api/v1/mailings", data=data, headers=headers, auth=auth)


def test_submit_and_follow(client, plant) -> None:
    made = send(client)
    assert made.status_code == 202, made.text
    number = made.json["number"]
    assert made.location == f"/api/v1/jobs/{number}"
    assert client.get(made.location, auth=RITA).json["state"] == "submitted"
    drain(plant)
    answer = client.get(made.location, auth=RITA).json
    assert answer["rows_in"] == 4
    assert answer["findings"]["ADDRESS_INCOMPLETE"] == 1 or answer["state"] == "needs_fix"
    found = client.get(f"{made.location}/findings", auth=RITA).json["findings"]
    assert "ADDRESS_INCOMPLETE" in {group["code"] for group in found}


def test_one_key_makes_one_job(client, plant) -> None:
    first, second = send(client), send(client)
    assert first.json == second.json
    other = send(client, order=ORDER | {"title": "Another"})
    assert other.status_code == 409
    assert other.json["code"] == "IDEMPOTENCY_CONFLICT"
    with plant.db.read_only(system_actor("test")) as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"key": ""}, 422, "IDEMPOTENCY_KEY"),
        ({"order": ORDER | {"mail_date": "someday"}}, 422, "ORDER"),
        ({"order": ORDER | {"unknown": 1}}, 422, "ORDER"),
        ({"order": ORDER | {"splits": {"DEX-100": 10**30}}}, 422, "ORDER"),
        ({"order": ORDER | {"mapping": {"na\0me": "x"}}}, 422, "ORDER"),
        ({"order": ORDER | {"list_options": {"sheet": float("inf")}}}, 422, "ORDER"),
        ({"auth": ("ri\0to", PASSWORD)}, 401, "SIGN_IN"),
        ({"order": ORDER | {"splits": {"OSR-010": 1}}}, 422, "ORDER"),
        ({"auth": ("rita", "wrong")}, 401, "SIGN_IN"),
        ({"auth": None}, 401, "SIGN_IN"),
        ({"auth": ("andy", PASSWORD)}, 403, "FORBIDDEN"),
    ],
)
def test_refusals_are_problem_documents(client, plant, changes, status, code) -> None:
    answer = send(client, **changes)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == code
    with plant.db.read_only(system_actor("test")) as session:
        assert session.scalars(select(Job)).first() is None


def test_the_browsers_session_does_not_count(sign_in) -> None:
    assert send(sign_in("requester"), auth=None).status_code == 401


def test_unknown_addresses_are_problems_too(client) -> None:
    answer = client.get("/api/v1/jobs/27-000001-4", auth=RITA)
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
    assert client.get("/api/v1/nowhere").content_type == "application/problem+json"
