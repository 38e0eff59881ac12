"""Every error as a page or, under /api, as a problem document (RFC 9457); the one place that catches everything."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, jsonify, request, url_for
from flask_login import current_user
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import HTTPException

from kernel.errors import (
    AttentionNeeded,
    Conflict,
    Fault,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    ShopError,
    TooLarge,
    Unavailable,
    UserError,
)
from web import frame

_log = structlog.get_logger("web")
RETRY_SECONDS = 10
_UNIQUE_VIOLATION = "23505"
# First match wins. A page for each status lies in templates/errors.
_STATUS: list[tuple[type[Exception], int]] = [
    (InvalidInput, 422),
    (NotFound, 404),
    (Gone, 410),
    (Forbidden, 403),
    (TooLarge, 413),
    (Conflict, 409),
    (UserError, 400),
    (AttentionNeeded, 409),
    (Unavailable, 503),
    (Fault, 500),
]
_PAGES = {400, 403, 404, 409, 410, 413, 422, 429, 500, 503}


def install(app: Flask) -> None:
    """Handlers for our own errors, for HTTP's, and for everything else."""
    app.register_error_handler(ShopError, _of_the_shop)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DataError, _of_a_value)
    app.register_error_handler(IntegrityError, _of_a_rule)
    app.register_error_handler(Exception, _bug)


def status_of(error: Exception) -> int:
    """The HTTP status of an error of ours."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def _of_the_shop(error: ShopError) -> Response:
    status = status_of(error)
    if status >= 500:
        reference = report(error)
        sentence = error.sentence if status == 503 else ""
        return _answer(status, sentence=sentence, code=error.instance_code, reference=reference)
    findings = error.findings if isinstance(error, InvalidInput) else []
    remedy = error.remedy or " ".join(finding.message for finding in findings)
    return _answer(
        status, sentence=error.sentence, remedy=remedy, code=error.instance_code, findings=findings
    )


def _of_http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # an abort with an answer of its own
    status = error.code or 500
    if status in (400, 413) and _is_own_form() and not current_user.is_authenticated:
        return current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]  # a redirect of the router
    words = {"sentence": "This address does not take that kind of request."} if status == 405 else {}
    answer = _answer(status, code=HTTPStatus(status).phrase.upper().replace(" ", "_"), **words)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _is_own_form() -> bool:
    """Was a form sent from a page of ours, by the browser's word? Not the one that signs in."""
    is_form = request.method == "POST" and request.path != url_for("auth.try_sign_in")
    return is_form and urlsplit(request.referrer or "").netloc == request.host


def _of_a_value(_error: DataError) -> Response:
    """What no column can hold, asked for or typed: a NUL character, a number out of range."""
    sentence = "A value holds a character or a number that cannot be kept or looked for."
    return _of_the_shop(InvalidInput(sentence, code="INVALID_INPUT"))


def _of_a_rule(error: IntegrityError) -> Response:
    """Two at once made what there may be once; the second one's transaction is gone. Anything else is a bug."""
    if getattr(error.orig, "sqlstate", None) != _UNIQUE_VIOLATION:
        return _bug(error)
    return _of_the_shop(
        Conflict("Someone else has entered the same right now. Look, then try again.", code="STATE_BUSY")
    )


def _bug(error: Exception) -> Response:
    return _answer(500, code="BUG", reference=report(error))


def _answer(
    status: int, *, code: str, sentence: str = "", remedy: str = "", reference: str = "", findings: Any = ()
) -> Response:
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        return _problem(status, code=code, detail=sentence, reference=reference, findings=list(findings))
    page = status if status in _PAGES else (404 if status == 405 else 400 if status < 500 else 500)
    template = current_app.jinja_env.get_template(f"errors/{page}.html")
    html = template.render(sentence=sentence, remedy=remedy, reference=reference, **_around())
    answer = Response(html, status=status)
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _around() -> dict[str, object]:
    """Navigation and person, so that the page leads on; nothing where that is what fails."""
    try:
        return frame.context()
    except Exception:  # noqa: BLE001  the page about an error must not be another
        return {}


def _problem(status: int, *, code: str, detail: str, reference: str, findings: list[Any]) -> Response:
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "code": code}
    body |= {"detail": detail} if detail else {}
    body |= {"reference": reference} if reference else {}
    body |= {"findings": findings} if findings else {}
    # scan.js shows these two; other callers read the problem.
    body |= {"outcome": "bad", "message": detail or title}
    answer = jsonify(body)
    answer.status_code = status
    answer.content_type = "application/problem+json"
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def report(error: Exception) -> str:
    """Log where it happened under a reference, without the error's text: that may quote somebody's data."""
    reference = secrets.token_hex(4).upper()
    _log.error(
        "request_failed", reference=reference, error=type(error).__name__,
        code=getattr(error, "instance_code", "BUG"), endpoint=request.endpoint, at=_places(error),
    )  # fmt: skip
    return reference


def _places(error: BaseException | None) -> list[str]:
    places: list[str] = []
    while error is not None:
        places.append(type(error).__name__)
        at = error.__traceback__
        while at is not None:
            code = at.tb_frame.f_code
            places.append(f"{Path(code.co_filename).name}:{at.tb_lineno} {code.co_name}")
            at = at.tb_next
        error = error.__cause__
    return places
