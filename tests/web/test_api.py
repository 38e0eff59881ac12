"""The counter for machines: submit, state, findings; problem documents."""

from __future__ import annotations

import io
import json
import re
from base64 import b64encode

import pytest
from sqlalchemy import func, select, text

from production.jobs.models import Job
from production.people import accounts
from production.people.models import Role, User
from store.audit import AuditEntry
from tests.factories import PLANT
from tests.web import ordering
from tests.web.conftest import KEY, PASSWORD, bearer
from web.auth.doors import new_key
from workers.runtime import drain

ORDER = {"title": "By machine", "mail_date": "2099-01-05", "splits": {"DEX-100": 1}}


def send(client, auth, *, order=ORDER, key="k-1", rows=None):
    headers = dict(auth) | ({"Idempotency-Key": key} if key else {})
    data = {
        "order": json.dumps(order),
        "template": (io.BytesIO(ordering.LETTER.read_bytes()), "letter.pdf"),
        "list": (io.BytesIO(rows or ordering.address_list(good=3, bad=1)), "list.csv"),
    }
    return client.post("/api/v1/mailings", data=data, headers=headers)


@pytest.fixture
def rita(sign_in):
    """The headers of a program with a key of Rita's."""
    return bearer(sign_in("requester"))


def test_submit_and_follow(client, plant, rita) -> None:
    made = send(client, rita)
    assert made.status_code == 202, made.text
    number = made.json["number"]
    assert made.location == f"/api/v1/jobs/{number}"
    assert client.get(made.location, headers=rita).json["state"] == "submitted"
    drain(plant)
    answer = client.get(made.location, headers=rita).json
    assert answer["rows_in"] == 4
    assert answer["findings"]["ADDRESS_INCOMPLETE"] == 1 or answer["state"] == "needs_fix"
    found = client.get(f"{made.location}/findings", headers=rita).json["findings"]
    assert "ADDRESS_INCOMPLETE" in {group["code"] for group in found}
    with plant.db.read_only(PLANT) as session:
        entries = session.scalars(select(AuditEntry).filter_by(subject="api_key").order_by(AuditEntry.number))
        assert [entry.act for entry in entries] == ["made", "submitted"]


def test_one_key_makes_one_job(client, plant, rita) -> None:
    first, second = send(client, rita), send(client, rita)
    assert first.json == second.json
    other = send(client, rita, order=ORDER | {"title": "Another"})
    assert other.status_code == 409
    assert other.json["code"] == "IDEMPOTENCY_CONFLICT"
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


@pytest.mark.parametrize(
    ("wishes", "codes"),
    [
        ({"mail_class": "marketing"}, ["CONTENT"]),
        ({"mail_class": "marketing", "content": "bills"}, ["CONTENT_FIRST_CLASS"]),
        ({"mail_class": "marketing", "content": "riddles"}, ["CONTENT"]),
        ({"mail_class": "nonprofit", "content": "general"}, ["NONPROFIT_AUTHORIZATION"]),
        ({"mail_class": "marketing", "content": "general"}, []),
        ({"content": "bills"}, []),
    ],
)
def test_what_the_letters_hold_is_asked(client, rita, wishes, codes) -> None:
    answer = send(client, rita, order=ORDER | wishes)
    assert answer.status_code == (422 if codes else 202)
    assert [one["code"] for one in answer.json.get("findings", [])] == codes


def test_a_day_without_mail_is_refused_with_the_next_one(client, rita) -> None:
    answer = send(client, rita, order=ORDER | {"mail_date": "2028-12-25"})
    (finding,) = answer.json["findings"]
    assert (answer.status_code, finding["code"]) == (422, "MAIL_DATE")
    assert finding["remedy"] == "The next mail day is Tuesday, December 26, 2028."


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": ""}, "IDEMPOTENCY_KEY"),
        ({"order": ORDER | {"mail_date": "someday"}}, "ORDER"),
        ({"order": ORDER | {"unknown": 1}}, "ORDER"),
        ({"order": ORDER | {"splits": {"DEX-100": 10**30}}}, "ORDER"),
        ({"order": ORDER | {"mapping": {"na\0me": "x"}}}, "ORDER"),
        ({"order": ORDER | {"list_options": {"sheet": float("inf")}}}, "ORDER"),
        ({"order": ORDER | {"splits": {"OSR-010": 1}}}, "ORDER"),
    ],
)
def test_refusals_are_problem_documents(client, plant, rita, changes, code) -> None:
    is_refused(plant, send(client, rita, **changes), 422, code)


def is_refused(plant, answer, status, code):
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == code
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(Job)).first() is None


def test_only_a_living_key_of_ours_enters(app, client, sign_in, plant, rita) -> None:
    browser = sign_in("requester")
    key = rita["Authorization"].removeprefix("Bearer ")
    forged = f"{key.rpartition('-')[0]}-{'0' * 16}"
    with app.app_context():
        never_kept = new_key()[1]  # our signature, but no row
    for given in ({}, bearing("x"), bearing("ri\0ta"), bearing(forged), bearing(never_kept)):
        is_refused(plant, send(client, given), 401, "SIGN_IN")
    basic = {"Authorization": "Basic " + b64encode(f"rita:{PASSWORD}".encode()).decode()}
    is_refused(plant, send(client, basic), 401, "SIGN_IN")  # no person's password
    is_refused(plant, send(browser, {}), 401, "SIGN_IN")  # nor a browser's session
    revoke = next(iter(re.findall(r'action="(/keys/[^"]+/revoke)"', browser.get("/keys").text)))
    assert browser.submit("/keys", revoke).status_code == 303
    is_refused(plant, send(client, rita), 401, "SIGN_IN")


def bearing(key):
    return {"Authorization": f"Bearer {key}"}


def test_a_key_goes_with_its_person(client, plant, sign_in, rita) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        person = uow.session.scalars(select(User).filter_by(sign_in_name="rita")).one()
        accounts.set_roles(uow, person, [Role.APPROVER])
    is_refused(plant, send(client, rita), 403, "FORBIDDEN")
    with plant.db.unit_of_work(PLANT) as uow:
        accounts.set_disabled(uow, uow.session.get_one(User, person.id), is_disabled=True)
    is_refused(plant, send(client, rita), 401, "SIGN_IN")


def test_a_key_is_shown_once_and_kept_nowhere(sign_in, plant) -> None:
    browser = sign_in("requester")
    target, hidden = browser.hidden("/keys")
    first, again = (browser.post(target, data=hidden | {"label": "licensing"}) for _ in range(2))
    key = KEY.search(first.text)[0]
    assert (again.status_code, again.location) == (303, "/keys")
    assert not KEY.search(browser.get("/keys").text)
    secret = key.split("-")[2]
    with plant.db.read_only(PLANT) as session:
        for table in ("api_key", "idempotency_key", "audit_entry"):
            rows = session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t")).all()
            assert rows, table
            assert not [row for row in rows if secret in row], table


def test_only_the_own_agency_and_an_administrator_see_and_revoke(sign_in, rita) -> None:
    oscar, ada = sign_in("other_agency"), sign_in("administrator")
    assert "plates" not in oscar.get("/keys").text
    revoke = re.findall(r'action="(/keys/[^"]+/revoke)"', ada.get("/keys").text)[0]
    _, hidden = oscar.hidden("/keys")
    assert oscar.post(revoke, data=hidden).status_code == 404
    assert ada.submit("/keys", revoke).status_code == 303
    assert "Revoked" in sign_in("requester").get("/keys").text
    assert sign_in("approver").get("/keys").status_code == 403


def test_wrong_keys_are_limited_and_right_ones_are_not_hindered(client, rita) -> None:
    for _ in range(10):
        assert client.get("/api/v1/jobs/27-000001-4", headers=bearing("guess")).status_code == 401
    assert client.get("/api/v1/jobs/27-000001-4", headers=bearing("guess")).status_code == 429
    assert client.get("/api/v1/jobs/27-000001-4", headers=rita).status_code == 404


def test_nothing_of_a_strangers_body_is_read(app, client) -> None:
    answer = client.post("/api/v1/mailings", data={"template": (io.BytesIO(bytes(200_000)), "x.pdf")})
    assert (answer.status_code, answer.json["code"]) == (401, "SIGN_IN")
    assert client.post("/drafts/new", data={"title": "x" * 70_000}).status_code == 413


def test_unknown_addresses_are_problems_too(client, rita) -> None:
    answer = client.get("/api/v1/jobs/27-000001-4", headers=rita)
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
    assert client.get("/api/v1/nowhere").content_type == "application/problem+json"
