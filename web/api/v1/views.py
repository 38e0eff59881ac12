"""Submit a mailing or a print order, ask for its state and findings. Described in docs/reference/api.md.

Every request carries an API key (``Authorization: Bearer``); the browser's session does not count here, and a
POST without Idempotency-Key is refused, so no foreign page can act for somebody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Blueprint, current_app, g, jsonify, request, url_for
from pydantic import Field, field_validator
from werkzeug.wrappers import Response

from kernel.errors import Forbidden
from production.asked import Wrong, read_json
from production.frontdesk.orders import intake, print_order
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.orders.job_page import JobPage, job_page
from production.frontdesk.orders.print_request import PrintRequest
from production.frontdesk.steps.mailing_answers import FilesForm, OrderAnswers
from production.frontdesk.steps.print_answers import ArtworkForm
from production.jobs.models import Job
from production.mailings.list_order import AddressMapping, ListOptions, ListOrder
from store import idempotency
from store.db import Actor, UnitOfWork
from web.api.v1.answers import Answer, FindingsAnswer, JobAnswer, Submitted
from web.api.v1.description import Part, describes, document
from web.auth.attempts import guarded, name_tried, note_refused
from web.auth.doors import is_our_key, key_given
from web.auth.person import find_caller
from web.downloads import safe_name
from web.frame import plant
from web.policies import may
from web.security import csrf

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)
_MEDIA_TYPES = {
    "template": "application/pdf",
    "list": "application/octet-stream",
    "fields": "application/json",
    "artwork": "application/pdf",
}

_OF_MAILING = ("template", "list", "fields")


class Mailing(OrderAnswers):
    """The ``order`` part of a submission: the first step of the form, and what the others ask."""

    accept_findings: bool = Field(
        default=False, title="Accept findings", description="Mail the good rows without asking."
    )
    confidential: bool = Field(
        default=True,
        title="Confidential",
        description="Nobody else of a household may see the letter.",
    )
    mapping: AddressMapping | None = Field(
        None,
        title="Columns",
        description="Part of the address to a column, columns to be joined, or a constant; guessed unless said.",
    )
    list_options: ListOptions = Field(
        default_factory=ListOptions,
        title="How the list is read",
        description="`encoding`, `delimiter`, `sheet`, `repair_zip`; who is joined: `duplicates` (`allow`, `merge`, "
        "`refuse`), `households` (`separate`, `one_piece`).",
    )

    @field_validator("mapping", "list_options")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        """The database keeps neither NUL nor infinite numbers."""
        if "\\u0000" in json.dumps(value, allow_nan=False):
            raise Wrong("A NUL character is not text.")
        return value


def caller(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view for keys of people whose role allows the verb; 401 without a key, 403 with another role."""

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        @guarded
        @wraps(view)
        def entered(*args: Any, **kwargs: Any) -> Any:
            actor = find_caller()
            if actor is None:
                return _unknown()
            if not may(actor, verb):
                raise Forbidden("The role of the key's person does not include this.")
            return view(*args, **kwargs)

        return entered

    return guard


def _unknown() -> Response:
    if key_given():
        note_refused("api_key", name_tried() if is_our_key(current_app, key_given()) else None)
    answer = jsonify(type="about:blank", title="Unauthorized", status=401, code="SIGN_IN")
    answer.status_code, answer.content_type = 401, "application/problem+json"
    answer.headers["WWW-Authenticate"] = 'Bearer realm="Indicia"'
    return answer


@blueprint.post("/mailings")
@caller("order")
@describes(
    Submitted,
    status=202,
    asked=Mailing,
    parts=(
        Part(FilesForm, "template", "application/pdf"),
        Part(FilesForm, "list", "application/octet-stream"),
        Part(FilesForm, "fields", "application/json", is_needed=False),
    ),
)
def submit() -> Response:
    """Submit a mailing: 202 with its job; the same key and body answer the same job again, another body 409."""
    actor: Actor = g.caller
    assert actor.agency_id is not None and actor.user_id is not None  # "order" is only for agency people  # noqa: S101
    agency_id, requester_id = actor.agency_id, actor.user_id
    order = read_json(Mailing, request.form.get("order", ""))
    given = {role: _keep(role) for role in _OF_MAILING if role in request.files}
    wanted = order.request(
        files=given,
        accept_findings=order.accept_findings,
        options=ListOrder(mapping=order.mapping, list=order.list_options, confidential=order.confidential),
    )
    body = {
        "order": order.model_dump(mode="json"),
        "files": {role: one.ref.sha256 for role, one in given.items()},
    }

    def work(uow: UnitOfWork) -> Job:
        return intake.submit_mailing(uow, wanted, agency_id=agency_id, requester_id=requester_id)

    return _answer(actor, "api.submit", body, work)


@blueprint.post("/print-orders")
@caller("order")
@describes(
    Submitted,
    status=202,
    asked=PrintRequest,
    parts=(Part(ArtworkForm, "artwork", "application/pdf"),),
)
def submit_print() -> Response:
    """Submit a print order: 202 with its job; repeats as for mailings."""
    actor: Actor = g.caller
    assert actor.agency_id is not None and actor.user_id is not None  # "order" is only for agency people  # noqa: S101
    agency_id, requester_id = actor.agency_id, actor.user_id
    wanted = read_json(PrintRequest, request.form.get("order", ""))
    artwork = _keep("artwork") if "artwork" in request.files else None
    body = {"order": wanted.model_dump(mode="json"), "artwork": artwork.ref.sha256 if artwork else None}

    def work(uow: UnitOfWork) -> Job:
        return print_order.submit_print(uow, wanted, artwork, agency_id=agency_id, requester_id=requester_id)

    return _answer(actor, "api.submit_print", body, work)


def _answer(
    actor: Actor, route: str, body: Mapping[str, object], work: Callable[[UnitOfWork], Job]
) -> Response:
    """202 with the job that the command made, once under its key."""
    with plant().db.unit_of_work(actor) as uow:
        attempt = idempotency.begin(
            uow, key=request.headers.get("Idempotency-Key", ""), route=route, body=body
        )
        answer = attempt.answer
        if answer is None:
            job = work(uow)
            uow.audit("api_key", g.api_key, "submitted", number=job.number)
            answer = {"number": job.number, "state": job.state.value, "version": job.version}
            idempotency.remember(uow, attempt, answer)
    url = url_for(".job", number=answer["number"])
    made = _json(Submitted.model_validate({**answer, "url": url}))
    made.status_code = 202
    made.headers["Location"] = url
    return made


@blueprint.get("/jobs/<number>")
@caller("see_jobs")
@describes(JobAnswer)
def job(number: str) -> Response:
    """State, counts, quote."""
    return _json(JobAnswer.of(_page(number)))


@blueprint.get("/jobs/<number>/findings")
@caller("see_jobs")
@describes(FindingsAnswer)
def findings(number: str) -> Response:
    """Findings of the present revision, grouped by code."""
    page = _page(number)
    return _json(
        FindingsAnswer(number=page.facts.number, revision=page.facts.revision, findings=list(page.findings))
    )


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of the API; open to all, it holds nothing of anybody."""
    return jsonify(document(current_app))


def _json(answer: Answer) -> Response:
    return jsonify(answer.model_dump(mode="json"))


def _page(number: str) -> JobPage:
    with plant().db.read_only(g.caller) as session:
        return job_page(session, g.caller, number)


def _keep(role: str) -> GivenFile:
    sent = request.files[role]
    return GivenFile(
        plant().files.keep_stream(sent.stream, _MEDIA_TYPES[role]), safe_name(sent.filename or role)
    )
