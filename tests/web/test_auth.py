"""Signing in, being refused, losing a role, changing the password."""

from __future__ import annotations

import runpy
from datetime import timedelta

import pytest
from sqlalchemy import select

from production.people import sign_ins
from production.people.models import Role, SignIn, User, UserRole
from store.audit import AuditEntry
from store.db import system_actor
from tests.web.conftest import PASSWORD
from web.auth import passwords
from web.auth.attempts import address

PLANT = system_actor("test")
WRONG = "guess"


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client) -> None:
    answer = client.get("/jobs?show=plant")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/jobs?show%3Dplant"
    answer = client.submit(answer.location, "/sign-in", name="rita", password=PASSWORD)
    assert answer.location == "/jobs?show=plant"
    assert "Nothing has been ordered yet" in client.get("/jobs").text


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:x",
        "/\t/evil.test",
        "/\n/evil.test",
        "\t//evil.test",
        "/a\x7f",
        "/a b",
        "/\u2028/x",
        "/\r\nSet-Cookie: a=b",
    ],
)
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


def test_signing_out_ends_the_session_and_every_copy_of_its_cookie(app, sign_in) -> None:
    browser, elsewhere, thief = sign_in("requester"), sign_in("requester"), app.test_client()
    copied = browser.get_cookie("indicia").value
    thief.set_cookie("indicia", copied)
    assert thief.get("/jobs").status_code == 200
    assert browser.submit("/jobs", "/sign-out").status_code == 303
    assert browser.get("/jobs").status_code == 303
    thief.set_cookie("indicia", copied)
    assert thief.get("/jobs").status_code == 303
    assert elsewhere.get("/jobs").status_code == 200


def test_a_sign_in_ends_after_its_longest_time_however_busy(sign_in, plant) -> None:
    browser = sign_in("requester")
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.scalars(select(SignIn)).one()
        row.began_at -= sign_ins.LONGEST - timedelta(minutes=5)
    assert browser.get("/jobs").status_code == 200
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.scalars(select(SignIn)).one().began_at -= timedelta(minutes=6)
    assert browser.get("/jobs").status_code == 303
    with plant.db.unit_of_work(PLANT) as uow:
        assert sign_ins.forget(uow, timedelta(days=1)) == 0
        assert sign_ins.forget(uow, sign_ins.LONGEST) == 1


def test_a_password_of_somebody_elses_choosing_is_changed_first(app, sign_in) -> None:
    ada, new = sign_in("administrator"), app.test_client()
    first, own = "chosen by the administrator", "a sentence of my own choosing"
    made = ada.submit(
        "/people/new", sign_in_name="nora", full_name="Nora", agency="DEX", roles="requester",
        new_password=first, again=first,
    )  # fmt: skip
    assert made.status_code == 303
    assert new.submit("/sign-in", name="nora", password=first).status_code == 303
    for url in ("/", "/jobs", "/drafts/new", "/keys"):
        assert new.get(url).location == "/account", url
    assert "chosen by somebody else" in new.get("/account").text
    again = new.submit("/account", "/account/password", password=first, new_password=first, again=first)
    assert again.status_code == 422
    answer = new.submit("/account", "/account/password", password=first, new_password=own, again=own)
    assert answer.status_code == 303
    assert new.get("/jobs").status_code == 200
    assert (
        ada.submit(made.location, f"{made.location}/password", new_password=first, again=first).status_code
        == 303
    )
    assert new.get("/jobs").status_code == 303  # the administrator's word ends what went on


def from_address(client, address, name, password=WRONG):
    client.environ_base["REMOTE_ADDR"] = address
    return client.submit("/sign-in", name=name, password=password).status_code


def test_strangers_never_lock_a_known_device(app) -> None:
    mona = app.test_client()
    assert mona.submit("/sign-in", name="mona", password=PASSWORD).status_code == 303
    mona.submit("/mailroom", "/sign-out")
    stranger = app.test_client()
    tries = [from_address(stranger, f"10.0.{n // 8}.{n % 8}", "mona") for n in range(101)]
    assert (tries.count(401), tries[-1]) == (100, 429)  # by name, from a hundred addresses
    assert from_address(stranger, "10.9.9.9", "mona", PASSWORD) == 429
    assert mona.submit("/sign-in", name="mona", password=PASSWORD).status_code == 303
    assert mona.submit("/mailroom", "/sign-out").status_code == 303
    assert [from_address(mona, "10.1.1.1", "mona") for _ in range(11)].count(
        429
    ) == 1  # it has a limit of its own
    assert from_address(mona, "10.1.1.2", "mona", PASSWORD) == 429


def test_one_address_tries_few_names_and_an_ipv6_network_is_one_address(app) -> None:
    stranger = app.test_client()
    tries = [from_address(stranger, f"2001:db8:1:2::{n:x}", f"name{n}") for n in range(61)]
    assert (tries.count(401), tries[-1]) == (60, 429)
    assert from_address(stranger, "2001:db8:1:3::1", "rita", PASSWORD) == 303


def test_an_address_told_by_a_proxy_counts_only_behind_a_trusted_one(plant, password_hash) -> None:
    from dataclasses import replace

    from app import create_app

    for proxies, seen in ((0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")):
        made = create_app(replace(plant.settings, trusted_proxies=proxies), plant.db.url)
        made.add_url_rule("/seen", "seen", address)
        told = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 198.51.100.7"}
        assert made.test_client().get("/seen", headers=told).text == seen
        made.extensions["plant"].db.dispose()


def test_outside_these_tests_a_hash_takes_what_rfc_9106_asks() -> None:
    made = runpy.run_path(passwords.__file__)["hash_password"]("anything")
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


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
    assert entries[1].details["address"] == "127.0.0.1"


def test_posting_without_a_token_changes_nothing(sign_in) -> None:
    browser = sign_in("requester")
    assert browser.post("/sign-out").status_code == 400
    assert browser.get("/jobs").status_code == 200


def test_a_page_hears_who_is_signed_in_and_the_token_that_holds_now(sign_in, client) -> None:
    script = {"Sec-Fetch-Mode": "cors"}
    assert client.get("/signed-in", headers=script).status_code == 401
    browser = sign_in("requester")
    told = browser.get("/signed-in", headers=script).json
    assert told["person"] in browser.get("/account").text
    assert browser.post("/sign-out", data={"csrf_token": told["csrf_token"]}).location == "/sign-in"
    lost = {"Sec-Fetch-Mode": "cors", "Referer": "http://localhost/drafts/new"}
    answer = browser.post("/drafts/new", data={"csrf_token": told["csrf_token"]}, headers=lost)
    assert answer.status_code == 401  # the token went with the session: a script is told, not led away
