"""The USPS Addresses API (developers.usps.com, version 3): a token, one address a question, the errors by name.

Names of paths, parameters and fields are those that public clients of the API use (docs/address-matching.md lists
which are confirmed by how many, and which are not). Nothing of an address, a token or a secret is ever logged: there
is no log here, httpx is kept silent, and errors quote status codes only.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from kernel.errors import AttentionNeeded, Unavailable

# httpx tells the whole address of each request at INFO, and a question's address holds somebody's own.
logging.getLogger("httpx").addFilter(lambda record: record.levelno > logging.INFO)

TOKEN_PATH = "/oauth2/v3/token"  # noqa: S105  # a path
ADDRESS_PATH = "/addresses/v3/address"
_SCOPE = "addresses"
_EARLIER = 60.0  # seconds a token is given up before its end
_TRIES = 3
_LONGEST_WAIT = 5.0  # seconds within a turn; whoever says longer is asked in a later turn
_NO_MATCH = (400, 404)
_DIGITS = {"ZIPCode": 5, "ZIPPlus4": 4, "deliveryPoint": 2}
_ROUTE = re.compile(r"[BCGHR]\d{3}")


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API is and who asks. The secret shows in no representation."""

    url: str
    client_id: str
    client_secret: str
    timeout: float = 10.0

    def __repr__(self) -> str:
        return f"Access({self.url!r})"


@dataclass(frozen=True, slots=True)
class Found:
    """What the API knows of one address; empty text where it does not say. ``note`` is ours: why nothing is there."""

    zip5: str = ""
    plus4: str = ""
    delivery_point: str = ""
    dpv: str = ""
    carrier_route: str = ""
    note: str = ""


class Limited(Exception):
    """The API wants to be left alone for a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} seconds")
        self.seconds = seconds


class _Broken(Exception):
    """A reason to ask the same again at once: a fault on their side or on the way."""


class UspsApi:
    """A client with its token. ``sleep``: how short waits are waited, for tests."""

    def __init__(self, access: Access, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._access = access
        self._sleep = sleep
        self._client = httpx.Client(base_url=access.url, timeout=access.timeout, follow_redirects=False)
        self._token = ""
        self._token_ends = 0.0

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def look_up(self, street: str, secondary: str, city: str, state: str, zip5: str) -> Found:
        """One address. Limited when it is to be asked later; Unavailable when the API is not to be had or gives
        nonsense; AttentionNeeded USPS_ACCESS when it does not know us.
        """
        question = {
            "streetAddress": street, "secondaryAddress": secondary, "city": city, "state": state, "ZIPCode": zip5,
        }  # fmt: skip
        asked = {name: text for name, text in question.items() if text}
        answer = self._tried(lambda: self._ask(asked))
        return Found(note="no match") if answer.status_code in _NO_MATCH else _read(_json(answer), zip5)

    def _ask(self, question: dict[str, str]) -> httpx.Response:
        """With a token; one that ended earlier than it said is got anew, once."""
        for is_last in (False, True):
            answer = self._send("GET", ADDRESS_PATH, params=question, headers=self._bearer())
            if answer.status_code != 401:
                return answer
            self._token = ""
            if is_last:
                raise _unknown_here(401)
        raise _unknown_here(401)

    def _bearer(self) -> dict[str, str]:
        if not self._token or time.monotonic() >= self._token_ends:
            self._get_token()
        return {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}

    def _get_token(self) -> None:
        body = {
            "grant_type": "client_credentials", "client_id": self._access.client_id,
            "client_secret": self._access.client_secret, "scope": _SCOPE,
        }  # fmt: skip
        answer = self._send("POST", TOKEN_PATH, data=body)
        if answer.status_code in (400, 401, 403):
            raise _unknown_here(answer.status_code)
        said = _json(answer)
        try:
            token, seconds = str(said["access_token"]), float(str(said["expires_in"]))
        except (KeyError, TypeError, ValueError) as error:
            raise _Broken from error
        self._token, self._token_ends = token, time.monotonic() + max(seconds - _EARLIER, seconds / 2)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise _Broken from error
        if answer.status_code == 429:
            raise Limited(_seconds(answer.headers.get("Retry-After", "")))
        if answer.status_code >= 500:
            raise _Broken
        if answer.status_code == 403:
            raise _unknown_here(403)
        if answer.status_code not in (200, 401, *_NO_MATCH):
            raise Unavailable(f"The Postal Service answered {answer.status_code}.", code="USPS_ANSWER")
        return answer

    def _tried(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """Faults a few times with growing pauses; a short wish to wait is granted here."""
        tries = Retrying(
            stop=stop_after_attempt(_TRIES),
            retry=retry_if_exception_type((_Broken, Limited)),
            wait=lambda state: _pause(
                state.outcome.exception() if state.outcome else None, state.attempt_number
            ),
            sleep=self._sleep,
            before_sleep=_give_up_on_long_waits,
            reraise=True,
        )
        try:
            return tries(ask)
        except _Broken as error:
            sentence = "The Postal Service's address look-up is not to be had."
            raise Unavailable(sentence, code="USPS_UNAVAILABLE") from error


def _pause(error: BaseException | None, attempt: int) -> float:
    return error.seconds if isinstance(error, Limited) else 0.2 * 2**attempt


def _give_up_on_long_waits(state: Any) -> None:
    error = state.outcome.exception()
    if isinstance(error, Limited) and error.seconds > _LONGEST_WAIT:
        raise error


def _seconds(text: str) -> float:
    """Retry-After in seconds; a minute where it is missing or a date."""
    return min(float(text), 86_400.0) if text.isdecimal() else 60.0


def _json(answer: httpx.Response) -> Mapping[str, object]:
    try:
        said = answer.json()
    except (ValueError, RecursionError) as error:
        raise Unavailable("The Postal Service answered something unreadable.", code="USPS_ANSWER") from error
    if not isinstance(said, dict):
        raise Unavailable("The Postal Service answered something unreadable.", code="USPS_ANSWER")
    return said


def _read(said: Mapping[str, object], zip5: str) -> Found:
    """Only what has its form is taken over: an answer is somebody else's text."""
    address, more = said.get("address"), said.get("additionalInfo")
    if not isinstance(address, dict) or not (more is None or isinstance(more, dict)):
        raise Unavailable("The Postal Service answered something unreadable.", code="USPS_ANSWER")
    more = more or {}
    values = {
        "ZIPCode": address.get("ZIPCode"), "ZIPPlus4": address.get("ZIPPlus4"),
        "deliveryPoint": more.get("deliveryPoint"),
    }  # fmt: skip
    digits = {
        name: value if isinstance(value, str) and re.fullmatch(rf"\d{{{_DIGITS[name]}}}", value) else ""
        for name, value in values.items()
    }
    dpv = more.get("DPVConfirmation")
    route = more.get("carrierRoute")
    return Found(
        zip5=digits["ZIPCode"] or zip5,
        plus4=digits["ZIPPlus4"],
        delivery_point=digits["deliveryPoint"],
        dpv=dpv if dpv in ("Y", "S", "D", "N") else "",
        carrier_route=route if isinstance(route, str) and _ROUTE.fullmatch(route) else "",
    )


def _unknown_here(status: int) -> AttentionNeeded:
    return AttentionNeeded(
        f"The Postal Service does not accept our access ({status}).", code="USPS_ACCESS",
        remedy="Look at the client id and secret, and that the application may use Addresses.",
    )  # fmt: skip
