"""Submit a mailing, ask for its state and findings. Described in docs/reference/api.md.

Every request carries name and password of a local account (HTTP Basic); the browser's session does not count
here, and a POST without Idempotency-Key is refused, so no foreign page can act for somebody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Annotated, Any

from flask import Blueprint, g, jsonify, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy import select
from werkzeug.wrappers import Response

from kernel.errors import Forbidden, InvalidInput
from kernel.findings import Finding, Place, Severity
from production.catalog.letters import DEFAULT_ENVELOPE
from production.frontdesk import intake
from production.frontdesk.intake import DEFAULT_CLASS, GivenFile, MailingRequest
from production.frontdesk.job_page import JobPage, job_page
from production.jobs.people import User
from store import idempotency
from store.db import Actor
from web.auth import passwords
from web.auth.person import READER
from web.auth.views import limiter
from web.downloads import safe_name
from web.frame import plant
from web.policies import may
from web.security import csrf

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
nav = ()
csrf.exempt(blueprint)
_MEDIA_TYPES = {
    "template": "application/pdf",
    "list": "application/octet-stream",
    "fields": "application/json",
}


class Mailing(BaseModel):
    """The ``order`` part of a submission."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(max_length=200)
    mail_date: date
    splits: dict[str, Annotated[int, Field(le=999_999)]] = Field(max_length=200)
    mail_class: str = DEFAULT_CLASS
    envelope: str = DEFAULT_ENVELOPE
    duplex: bool = True
    accept_findings: bool = False
    confidential: bool = True
    mapping: dict[str, Any] | None = None
    list_options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("mapping", "list_options")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        """The database keeps neither NUL nor infinite numbers."""
        if "\\u0000" in json.dumps(value, allow_nan=False):
            raise ValueError("A NUL character is not text.")
        return value


def _name_typed() -> str:
    return (
        (request.authorization.username or "").replace("\0", "").lower()[:120]
        if request.authorization
        else ""
    )


def caller(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view for accounts whose role allows the verb; 401 without, 403 with another role."""

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        @limiter.limit(
            "10 per 5 minutes", key_func=lambda: f"api {_name_typed() or request.remote_addr}",
            deduct_when=lambda response: response.status_code == 401,
        )  # fmt: skip
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            actor = _actor()
            if actor is None:
                return _unknown()
            if not may(actor, verb):
                raise Forbidden("The account's role does not include this.")
            g.caller = actor
            return view(*args, **kwargs)

        return guarded

    return guard


def _actor() -> Actor | None:
    given = request.authorization
    password = (given.password or "") if given and given.type == "basic" else ""
    with plant().db.read_only(READER) as session:
        user = session.scalars(select(User).filter_by(sign_in_name=_name_typed(), disabled_at=None)).first()
    is_right = passwords.is_right(password[:1000], user.password_hash if user else None)
    return user.as_actor() if user and is_right else None


def _unknown() -> Response:
    answer = jsonify(type="about:blank", title="Unauthorized", status=401, code="SIGN_IN")
    answer.status_code, answer.content_type = 401, "application/problem+json"
    answer.headers["WWW-Authenticate"] = 'Basic realm="Indicia", charset="UTF-8"'
    return answer


@blueprint.post("/mailings")
@caller("order")
def submit() -> Response:
    """202 with the job; the same key and body answer the same job again, another body 409."""
    actor: Actor = g.caller
    assert actor.agency_id is not None and actor.user_id is not None  # "order" is only for agency people  # noqa: S101
    order = _order()
    given = {role: _keep(role) for role in _MEDIA_TYPES if role in request.files}
    wanted = MailingRequest(
        title=order.title,
        mail_date=order.mail_date,
        files=given,
        splits=order.splits,
        mail_class=order.mail_class,
        envelope=order.envelope,
        is_duplex=order.duplex,
        accept_findings=order.accept_findings,
        options={
            "mapping": order.mapping,
            "list": order.list_options,
            "confidential": order.confidential,
        },
    )
    body = {
        "order": order.model_dump(mode="json"),
        "files": {role: one.ref.sha256 for role, one in given.items()},
    }
    with plant().db.unit_of_work(actor) as uow:
        attempt = idempotency.begin(
            uow, key=request.headers.get("Idempotency-Key", ""), route="api.submit", body=body
        )
        answer = attempt.answer
        if answer is None:
            job = intake.submit_mailing(uow, wanted, agency_id=actor.agency_id, requester_id=actor.user_id)
            answer = {"number": job.number, "state": job.state.value, "version": job.version}
            idempotency.remember(uow, attempt, answer)
    made = jsonify(answer | {"url": url_for(".job", number=answer["number"])})
    made.status_code = 202
    made.headers["Location"] = url_for(".job", number=answer["number"])
    return made


@blueprint.get("/jobs/<number>")
@caller("see_jobs")
def job(number: str) -> Response:
    """State, counts, quote."""
    page = _page(number)
    facts, offer = page.facts, page.offer
    return jsonify(
        number=facts.number,
        title=facts.title,
        state=facts.state.value,
        version=facts.version,
        revision=facts.revision,
        verbs=list(facts.verbs),
        mail_date=facts.mail_date.isoformat() if facts.mail_date else None,
        rows_in=facts.rows_in,
        pieces=facts.pieces,
        repeats_joined=facts.repeats_joined,
        households_joined=facts.households_joined,
        military_pieces=facts.military_pieces,
        total=offer.total.plain if offer else None,
        postage=offer.postage.plain if offer else None,
        single_piece_postage=offer.single_piece.plain if offer and offer.single_piece else None,
        assumptions=list(offer.assumptions) if offer else [],
        findings={group["code"]: group["count"] for group in page.findings},
    )


@blueprint.get("/jobs/<number>/findings")
@caller("see_jobs")
def findings(number: str) -> Response:
    """Findings of the present revision, grouped by code."""
    page = _page(number)
    return jsonify(number=page.facts.number, revision=page.facts.revision, findings=list(page.findings))


def _page(number: str) -> JobPage:
    with plant().db.read_only(g.caller) as session:
        return job_page(session, g.caller, number)


def _order() -> Mailing:
    try:
        return Mailing.model_validate_json(request.form.get("order", ""))
    except ValidationError as error:
        found = [
            Finding(
                "ORDER",
                Severity.STOP,
                one["msg"],
                place=Place(column=".".join(str(part) for part in one["loc"])),
            )
            for one in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInput("The part `order` is not a mailing.", code="ORDER", findings=found) from error


def _keep(role: str) -> GivenFile:
    sent = request.files[role]
    return GivenFile(
        plant().files.keep_stream(sent.stream, _MEDIA_TYPES[role]), safe_name(sent.filename or role)
    )
