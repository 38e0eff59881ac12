"""Adding people, changing roles, shutting out; the plant's health."""

from __future__ import annotations

import re

import pytest

from app import create_app
from store.start.embedded import owner_url
from tests.web import ordering
from tests.web.conftest import PASSWORD, Browser

NEW = "quite another sentence"


def person_url(browser, name) -> str:
    page = browser.get("/people").text
    return re.search(rf'href="(/people/\w+)">{name}<', page)[1]


def test_a_new_person_signs_in(sign_in, client) -> None:
    ada = sign_in("administrator")
    typed = {
        "full_name": "Nina New", "sign_in_name": "Nina@Example.gov", "agency": "BTM", "roles": "requester",
        "new_password": NEW, "again": NEW,
    }  # fmt: skip
    assert ada.submit("/people/new", **typed).status_code == 303
    answer = client.submit("/sign-in", name="nina@example.gov", password=NEW)
    assert answer.status_code == 303
    assert "Board of Test Mailings" in client.get("/account").text
    again = ada.submit("/people/new", **typed)
    assert again.status_code == 409
    assert "in use" in again.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"full_name": ""}, "Name: Fill this in."),
        ({"sign_in_name": "two words"}, "without blanks"),
        ({"roles": "billing_clerk"}, "not for agency people"),
        ({"new_password": "short", "again": "short"}, "12 to 200"),
        ({"again": "something else again"}, "two entries differ"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(sign_in, typed, words) -> None:
    good = {
        "full_name": "Nina New", "sign_in_name": "nina", "agency": "BTM", "roles": "requester",
        "new_password": NEW, "again": NEW,
    }  # fmt: skip
    answer = sign_in("administrator").submit("/people/new", **good | typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert NEW not in answer.text


def test_roles_count_from_the_next_request(sign_in) -> None:
    ada, rita = sign_in("administrator"), sign_in("requester")
    url = person_url(ada, "Rita Requester")
    assert rita.get("/drafts/new").status_code == 200
    assert ada.submit(url, f"{url}/roles", roles="approver").status_code == 303
    assert rita.get("/drafts/new").status_code == 403
    assert rita.get("/approvals").status_code == 200
    assert ada.submit(url, f"{url}/roles", roles="administrator").status_code == 422


def test_shutting_out_and_in(sign_in, client) -> None:
    ada, rita = sign_in("administrator"), sign_in("requester")
    url = person_url(ada, "Rita Requester")
    assert ada.submit(url, f"{url}/access").status_code == 303
    assert rita.get("/jobs").status_code == 303
    assert (
        ada.get(url).text.count('<button type="submit">Undo</button>') == 1
    )  # said with what was done, once
    assert "Undo" not in ada.get(url).text
    assert client.submit("/sign-in", name="rita", password=PASSWORD).status_code == 401
    assert ada.submit(url, f"{url}/access").status_code == 303
    assert client.submit("/sign-in", name="rita", password=PASSWORD).status_code == 303


def test_nobody_changes_their_own_account_here(sign_in) -> None:
    ada = sign_in("administrator")
    url = person_url(ada, "Ada Administrator")
    assert "This is you" in ada.get(url).text
    _, hidden = ada.hidden(person_url(ada, "Pat Press"), f"{person_url(ada, 'Pat Press')}/roles")
    assert ada.post(f"{url}/roles", data=hidden | {"roles": "requester"}).status_code == 409


def test_health_and_status(app, client, sign_in) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
    rita, pat = sign_in("requester"), sign_in("print_operator")
    assert re.search(r"Steps waiting or running</dt><dd>0<", pat.get("/status").text)
    ordering.submit_mailing(rita)
    page = pat.get("/status").text
    assert re.search(r"Steps waiting or running</dt><dd>1<", page)
    assert re.search(r"Not handed to the queue yet</dt><dd>1<", page)


def test_one_database_role_for_everything_is_told_with_the_setting_that_cures_it(app, plant, sign_in) -> None:
    assert "DATABASE_OWNER_URL" not in sign_in("print_operator").get("/status").text
    alone = create_app(plant.settings, owner_url(plant.db.url))
    alone.test_client_class = Browser
    pat = alone.test_client()
    assert pat.submit("/sign-in", name="pat", password=PASSWORD).status_code == 303
    assert "Set DATABASE_OWNER_URL to a second role" in pat.get("/status").text
    alone.extensions["plant"].db.dispose()


def test_without_its_database_the_plant_is_not_ready(app, client, monkeypatch) -> None:
    from store.db import Database

    plant = app.extensions["plant"]
    away = Database("postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setitem(app.extensions, "plant", type(plant)(plant.settings, away, plant.files))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert client.get("/healthz").status_code == 200
    away.dispose()
