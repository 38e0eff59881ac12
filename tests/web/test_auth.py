"""Signing in, being refused, losing a role, changing the password."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from production.jobs.people import Role, User, UserRole
from store.audit import AuditEntry
from store.db import system_actor
from tests.web.conftest import PASSWORD

PLANT = system_actor("test")


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client) -> None:
    answer = client.get("/jobs?show=plant")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/jobs?show%3Dplant"
    answer = client.submit(answer.location, "/sign-in", name="rita", password=PASSWORD)
    assert answer.location == "/jobs?show=plant"
    assert "Nothing has been ordered yet" in client.get("/jobs").text


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:x"])
def test_nobody_is_sent_outside(client, back) -> None:
    _, hidden = client.hidden("/sign-in")
    answer = client.post("/sign-in", data={**hidden, "next": back, "name": "rita", "password": PASSWORD})
    assert answer.location == "/"


def test_wrong_name_and_wrong_password_read_the_same(client) -> None:
    answers = [
        client.submit("/sign-in", name=name, password="not the one at all")
        for name in ("rita", "nobody-of-this-name")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    texts = [answer.text.replace("nobody-of-this-name", "rita") for answer in answers]
    assert "is not right" in texts[0]
    assert texts[0].split("alert")[1].split("<form")[0] == texts[1].split("alert")[1].split("<form")[0]


def test_sign_in_is_limited_by_failures(client) -> None:
    for _ in range(10):
        assert client.submit("/sign-in", name="mona", password="guess").status_code == 401
    answer = client.submit("/sign-in", name="mona", password=PASSWORD)
    assert answer.status_code == 429
    assert "Too many tries" in answer.text


def test_a_new_session_begins_at_sign_in(client) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["planted"] = "before"
    client.submit("/sign-in", name="rita", password=PASSWORD)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_a_removed_role_and_a_closed_account_count_at_once(app, sign_in, plant) -> None:
    browser = sign_in("administrator")
    assert browser.get("/jobs").status_code == 200
    with plant.db.unit_of_work(PLANT) as uow:
        ada = uow.session.scalars(select(User).filter_by(sign_in_name="ada")).one()
        ada.role_rows.clear()
    assert browser.get("/jobs").status_code == 403
    with plant.db.unit_of_work(PLANT) as uow:
        ada = uow.session.scalars(select(User).filter_by(sign_in_name="ada")).one()
        ada.role_rows.append(UserRole(role=Role.ADMINISTRATOR))
        ada.disabled_at = uow.now
    assert browser.get("/jobs").status_code == 303
    assert browser.submit("/sign-in", name="ada", password=PASSWORD).status_code == 401


def test_signing_out_ends_the_session(sign_in) -> None:
    browser = sign_in("requester")
    assert browser.submit("/jobs", "/sign-out").status_code == 303
    assert browser.get("/jobs").status_code == 303


def test_a_new_password_ends_other_sessions(sign_in, client) -> None:
    here, elsewhere = sign_in("requester"), sign_in("requester")
    new = "a quite different sentence"
    answer = here.submit("/account", "/account/password", password="wrong", new_password=new, again=new)
    assert answer.status_code == 401
    answer = here.submit(
        "/account", "/account/password", password=PASSWORD, new_password="short", again="short"
    )
    assert answer.status_code == 422
    assert "12 to 200" in answer.text
    answer = here.submit("/account", "/account/password", password=PASSWORD, new_password=new, again=new)
    assert answer.status_code == 303
    assert here.get("/jobs").status_code == 200
    assert elsewhere.get("/jobs").status_code == 303
    assert client.submit("/sign-in", name="rita", password=new).status_code == 303


def test_sign_ins_are_in_the_audit_chain_and_passwords_nowhere(sign_in, plant, client) -> None:
    sign_in("requester")
    client.submit("/sign-in", name="typed-password-by-mistake", password="x")
    with plant.db.read_only(PLANT) as session:
        entries = session.scalars(
            select(AuditEntry).filter_by(subject="app_user").order_by(AuditEntry.number)
        ).all()
    assert [(entry.act, entry.details["name"]) for entry in entries] == [
        ("signed_in", "rita"),
        ("sign_in_refused", "unknown"),
    ]


def test_posting_without_a_token_changes_nothing(sign_in) -> None:
    browser = sign_in("requester")
    assert browser.post("/sign-out").status_code == 400
    assert browser.get("/jobs").status_code == 200


@pytest.mark.parametrize(
    ("role", "desk"),
    [
        ("requester", "/jobs"), ("approver", "/approvals"), ("print_operator", "/floor"),
        ("mail_operator", "/mailroom"), ("billing_clerk", "/billing"), ("administrator", "/people"),
    ],
)  # fmt: skip
def test_everybody_begins_the_day_at_their_own_counter(sign_in, role, desk):
    assert sign_in(role).get("/").location == desk
