"""Headers, cookies, CSRF, hosts and body size, on a small app of its own."""

from __future__ import annotations

import pytest
from flask import Flask, request, session
from flask.testing import FlaskClient

from web import security


def make_client(*, https: bool = False) -> FlaskClient:
    app = Flask("test", static_folder=None)
    app.secret_key = "only for this test"
    hosts = ["localhost", "[::1]", ".shop.test"]
    security.install(app, trusted_hosts=hosts, https=https, max_body_bytes=1000)

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        session["seen"] = "yes"
        return str(len(request.form))

    return app.test_client()


def test_policy_allows_nothing_inline_and_no_other_host() -> None:
    policy = make_client().get("/").headers["Content-Security-Policy"]
    directives = dict(one.split(" ", 1) for one in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ],
)
def test_header_is_on_every_answer(name: str, value: str) -> None:
    client = make_client()
    assert client.get("/").headers[name] == value
    assert client.get("/nowhere").headers[name] == value


def test_cookie_is_secure_unless_plain_http() -> None:
    plain = make_client().get("/").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    answer = make_client(https=True).get("/", base_url="https://localhost")
    assert answer.headers["Set-Cookie"].startswith("__Host-indicia=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_posting_without_a_token_is_refused() -> None:
    assert make_client().post("/", data={"a": "1"}).status_code == 400


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8642", "[::1]", "[::1]:8642", "shop.test", "a.shop.test:1"]
)
def test_our_hosts_are_answered(host: str) -> None:
    assert make_client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.test", "[::2]", "[", "::1", "evilshop.test", "localhost.evil.test", "localhost@evil.test", "a b"],
)
def test_a_forged_host_is_refused(host: str) -> None:
    assert make_client().get("/", headers={"Host": host}).status_code == 400
    assert make_client().get("/nowhere", headers={"Host": host}).status_code == 400


def test_a_large_body_is_refused() -> None:
    client = make_client()
    client.application.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/", data={"a": "x" * 900}).status_code == 200
    assert client.post("/", data={"a": "x" * 1100}).status_code == 413


def test_one_time_keys_differ() -> None:
    assert len({security.one_time_key() for _ in range(100)}) == 100


def test_a_nul_is_refused_wherever_it_stands(sign_in) -> None:
    mona = sign_in("mail_operator")
    for address in ("/mailroom/build?job=%00", "/mailroom/streams?after=a%00b", "/mailroom/streams/%00"):
        assert mona.get(address).status_code == 400, address
    assert mona.post("/mailroom/build", data={"job": "\0"}).status_code == 400


def test_a_place_in_a_list_is_a_number_a_list_can_have(app) -> None:
    from web.forms import list_place

    for text, place in (("7", 7), ("", 3), ("-1", 3), ("9" * 20, 3), ("1e3", 3), ("\u0661", 3)):
        with app.test_request_context(query_string={"after": text}):
            assert list_place("after", 3) == place


def test_an_error_page_leads_on_by_the_navigation(sign_in, client):
    mona = sign_in("mail_operator")
    page = mona.get("/jobs/27-999999-9")
    assert page.status_code == 404
    assert '<a href="/mailroom"' in page.text
    assert "Mona Mailroom" in page.text
    stranger = client.get("/nowhere")
    assert stranger.status_code == 404
    assert "/mailroom" not in stranger.text
