"""Nobody reaches another agency's things, by any address; nothing is posted without its token and key."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import BigInteger, cast, select
from werkzeug.routing import AnyConverter, IntegerConverter

from kernel.ids import show_ulid
from production.frontdesk.orders.models import OrderDraft
from production.jobs.models import Job, JobEvent
from production.mailroom.serials.models import MailerId, SerialBlock
from store.db import system_actor
from store.settings import CHECKOUT
from tests.databases import begin
from tests.web import ordering
from tests.web.conftest import bearer
from workers.runtime import drain

PLANT = system_actor("test")
TITLE = "Notices of the other agency"


@pytest.fixture
def foreign(sign_in, plant):
    """A job of DEX with proof, and a draft of DEX."""

    def make():
        rita = sign_in("requester")
        number = ordering.submit_mailing(rita, title=TITLE)
        ordering.upload(rita, ordering.order(rita, title=TITLE))
        drain(plant)
        with plant.db.read_only(PLANT) as session:
            draft = session.scalars(select(OrderDraft).filter_by(ended_at=None)).one()
        return {"number": number, "ulid": show_ulid(draft.ulid)}

    return begin(plant, "proof and draft", make)


def rules(app):
    """Every rule that takes a value from the address, with its method."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule._converters
        for method in sorted(rule.methods & {"GET", "POST"})
    ]


def address(rule, known) -> str:
    given = {"role": "template", "step": "files"} | known
    values = {
        name: _fitting(converter, given.get(name, given["number"]))
        for name, converter in rule._converters.items()
    }
    _, built = rule.build(values)
    return built


def _fitting(converter, value):
    """A value the rule takes: one of its words, a number, or the given one."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, IntegerConverter) else value


def test_another_agencys_number_is_not_there_on_any_address(app, sign_in, foreign, plant) -> None:
    oscar = sign_in("other_agency")
    key = bearer(oscar)
    _, hidden = oscar.hidden("/drafts/new")
    with plant.db.read_only(PLANT) as session:
        before = session.scalar(select(JobEvent.id).order_by(JobEvent.id.desc()).limit(1))
    seen = set()
    with app.test_request_context():
        addresses = [(rule.endpoint, method, address(rule, foreign)) for rule, method in rules(app)]
    for endpoint, method, url in addresses:
        data = hidden | {
            "version": "4",
            "revision": "1",
            "total_cents": "1",
            "cancel_reason": "x",
            "go": "usual",
        }
        headers = {"Idempotency-Key": "k"} | (key if url.startswith("/api/") else {})
        answer = oscar.open(url, method=method, data=data if method == "POST" else None, headers=headers)
        assert answer.status_code in (403, 404), f"{method} {url}: {answer.status}"
        if endpoint.split(".")[0] in ("jobs", "drafting", "approving", "api"):
            assert answer.status_code == 404, f"{method} {url}: {answer.status}"
        assert TITLE not in answer.text
        seen.add(endpoint)
    assert {"jobs.show", "jobs.file", "drafting.submit", "approving.approve", "api.job"} <= seen
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(JobEvent.id).order_by(JobEvent.id.desc()).limit(1)) == before


def test_lists_and_searches_hold_nothing_of_another_agency(sign_in, foreign) -> None:
    oscar = sign_in("other_agency")
    for url in ("/jobs", "/jobs?find=Notices", f"/jobs?find={foreign['number']}", "/approvals"):
        assert TITLE not in oscar.get(url).text


def test_row_level_security_alone_keeps_agencies_apart(sign_in, foreign, plant) -> None:
    from production.people.models import User

    with plant.db.read_only(PLANT) as session:
        oscar = session.scalars(select(User).filter_by(sign_in_name="oscar")).one().as_actor()
    with plant.db.read_only(oscar) as session:
        assert session.scalars(select(Job)).all() == []
        assert session.scalars(select(OrderDraft)).all() == []
    with plant.db.read_only(PLANT) as session:
        assert len(session.scalars(select(Job)).all()) == 1


def test_every_address_asks_who_one_is(app, client) -> None:
    open_to_all = {
        "auth.sign_in", "auth.try_sign_in", "auth.sign_out", "health.healthz", "health.readyz", "api.openapi",
        "tablet.enroll",
        "vendor_bid.show", "vendor_bid.paper",  # a link of its own instead of an account
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if rule.endpoint in open_to_all:
            continue
        with app.test_request_context():
            url = (
                address(rule, {"number": "27-000001-4", "ulid": "0" * 26}) if rule._converters else rule.rule
            )
        if "GET" in rule.methods:
            assert client.get(url).status_code in (303, 401), url


def test_every_posting_address_wants_the_token(app, sign_in) -> None:
    rita = sign_in("requester")
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.endpoint.startswith("api.") or rule.endpoint == "events.take":
            continue  # these want a key, and a device with its origin
        with app.test_request_context():
            url = (
                address(rule, {"number": "27-000001-4", "ulid": "0" * 26}) if rule._converters else rule.rule
            )
        assert rita.post(url, data={"name": "x"}).status_code == 400, url
    assert rita.get("/jobs").status_code == 200


def test_a_command_without_one_time_key_is_refused(sign_in, plant) -> None:
    rita = sign_in("requester")
    _, hidden = rita.hidden("/drafts/new")
    del hidden["idempotency_key"]
    answer = rita.post(
        "/drafts/new",
        data=hidden
        | {"title": "T", "mail_date": "2099-01-01", "envelope": "window10", "splits-DEX-100": "1"},
    )
    assert answer.status_code == 422
    with plant.db.read_only(PLANT) as session:
        assert session.scalars(select(OrderDraft)).first() is None


@pytest.mark.parametrize("role", ["print_operator", "mail_operator", "billing_clerk", "administrator"])
def test_plant_staff_neither_order_nor_approve(sign_in, role) -> None:
    browser = sign_in(role)
    assert browser.get("/drafts/new").status_code == 403
    assert browser.get("/approvals").status_code == 403
    assert browser.get("/jobs").status_code == 200


@pytest.mark.parametrize("role", ["requester", "approver"])
@pytest.mark.parametrize("url", ["/people", "/people/new", "/status"])
def test_agency_people_stay_on_their_side(sign_in, role, url) -> None:
    assert sign_in(role).get(url).status_code == 403


def test_an_oversize_body_is_refused_with_a_page(app, sign_in, monkeypatch) -> None:
    rita = sign_in("requester")
    files_url = ordering.order(rita)
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)
    answer = ordering.upload(rita, files_url)
    assert answer.status_code == 413
    assert "Too large" in answer.text


@pytest.mark.parametrize("url", ["/jobs", "/nowhere", "/healthz", "/sign-in"])
def test_headers_are_on_every_answer(sign_in, url) -> None:
    answer = sign_in("requester").get(url)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def page(app, monkeypatch):
    """``page(view)``: the address of a page with that view."""

    def do(view) -> str:
        monkeypatch.setitem(app.view_functions, "health.healthz", view)
        return "/healthz"

    return do


def test_a_bug_shows_a_reference_and_nothing_else(page, sign_in, capsys) -> None:
    def breaks():
        raise RuntimeError("secret of /var/lib and 1 MAIN ST")

    answer = sign_in("requester").get(page(breaks))
    assert answer.status_code == 500
    assert "Reference" in answer.text
    assert "secret" not in answer.text
    reference = answer.text.split("<code>")[1].split("</code>")[0]
    logged = capsys.readouterr().err
    assert reference in logged
    assert "MAIN ST" not in logged


@pytest.mark.parametrize("asked", [MailerId.mailer_id == "\0", SerialBlock.first == cast(10**30, BigInteger)])
def test_what_no_column_can_hold_is_refused_in_words(page, sign_in, plant, asked) -> None:
    def asks():
        with plant.db.read_only(PLANT) as session:
            session.execute(select(1).where(asked)).all()

    answer = sign_in("mail_operator").get(page(asks))
    assert answer.status_code == 422
    assert "cannot be kept or looked for" in answer.text


def test_the_second_of_two_at_once_is_told_to_look_again(page, sign_in, plant) -> None:
    def twice():
        with plant.db.unit_of_work(PLANT) as uow:
            for _ in range(2):
                uow.session.add(MailerId(mailer_id="902345678", active=True))
                uow.session.flush()
                uow.session.expunge_all()

    answer = sign_in("mail_operator").get(page(twice))
    assert answer.status_code == 409
    assert "Someone else has entered the same" in answer.text
    with plant.db.read_only(PLANT) as session:
        assert session.get(MailerId, "902345678") is None


TEMPLATES = CHECKOUT / "templates"
_POST_FORM = re.compile(r'<form\b[^>]*method="post".*?</form>', re.DOTALL)
# Repeating these changes nothing more than once did.
REPEATABLE = {
    "_components/masthead.html",
    "_layout.html",
    "auth/account.html",
    "auth/sign_in.html",
    "floor/enroll.html",
    "floor/shift.html",
    "floor/work_center.html",
    "mailroom/_find.html",
    "portal/letters.html",
    "purchasing/vendor_bid.html",  # its address is a secret, so nothing of it is remembered
}


def test_every_form_that_changes_something_carries_token_and_one_time_key() -> None:
    unguarded, repeatable = [], set()
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = path.relative_to(TEMPLATES).as_posix()
        for form in _POST_FORM.findall(path.read_text("utf-8")):
            assert "csrf_token" in form or "hidden(" in form, name
            if "hidden()" in form or "idempotency_key" in form:
                continue
            (repeatable.add if name in REPEATABLE else unguarded.append)(name)
    assert not unguarded
    assert repeatable == REPEATABLE
