"""One printer over HTTP or HTTPS: an IPP request, an answer; bounded in time and size, no redirect followed.

Whoever prints must know whether the printer can have begun: ``Away.may_have_begun`` says so of every failure.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kernel.errors import Conflict, InvalidInput, Unavailable
from production.floor.printers import ipp
from production.floor.printers.ipp import Attribute, GroupTag, Message, Tag, Value, attribute

_PORT = 631  # RFC 8010, of ipp and ipps
_SCHEMES = {"ipp": False, "ipps": True, "http": False, "https": True}
_SECONDS = 10.0  # for a connection, and for each answer
_BYTES_A_SECOND = 500_000  # the slowest network that a file may take
_PIECE = 1 << 16
_OK = range(0x0100)  # RFC 8011 B.1: successful
_BUSY = {0x0505: "is temporarily out of order", 0x0506: "does not take jobs now", 0x0507: "is busy"}

Attributes = Mapping[str, tuple[Value, ...]]


class Operation:
    """Codes of RFC 8011 and RFC 3380 that are asked here."""

    PRINT_JOB, VALIDATE_JOB, CANCEL_JOB = 0x0002, 0x0004, 0x0008
    CREATE_JOB, SEND_DOCUMENT = 0x0005, 0x0006
    GET_JOB, GET_JOBS, GET_PRINTER, HOLD_JOB, RELEASE_JOB = 0x0009, 0x000A, 0x000B, 0x000C, 0x000D


class Away(Unavailable):
    """The printer cannot be reached or gives no proper answer. ``may_have_begun``: it may have taken what was sent."""

    def __init__(self, sentence: str, *, may_have_begun: bool = False) -> None:
        remedy = "See that the printer is on and in the network, and that its address is right."
        super().__init__(sentence, code="DEVICE_AWAY", remedy=remedy)
        self.may_have_begun = may_have_begun


class Declined(Conflict):
    """The printer answered that it will not. ``unsupported``: attributes that it named."""

    def __init__(self, status: int, unsupported: Sequence[str]) -> None:
        named = f": {', '.join(unsupported)}" if unsupported else "."
        super().__init__(f"The printer refused, status {status:#06x}{named}", code="DEVICE_REFUSED")
        self.status, self.unsupported = status, tuple(unsupported)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a printer is. ``uri``: as it is told to the printer itself."""

    uri: str
    host: str
    port: int
    path: str
    is_secret: bool


def address(uri: str) -> Address:
    """Of ipp, ipps, http or https. InvalidInput DEVICE_URI."""
    try:
        parts = urlsplit(uri.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if (
        not host
        or parts.scheme not in _SCHEMES
        or parts.username
        or not uri.isascii()
        or not uri.isprintable()
    ):
        words = (
            "A printer's address looks like ipp://press1.example:631/ipp/print, without a name or password."
        )
        raise InvalidInput(words, code="DEVICE_URI", field="printer")
    usual = {"http": 80, "https": 443}.get(parts.scheme, _PORT)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(uri.strip(), host, port or usual, path, _SCHEMES[parts.scheme])


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer at its address; ``login``: name and password. ``seconds`` for a connection and for an answer."""

    at: Address
    login: tuple[str, str] | None = None
    seconds: float = _SECONDS

    def capabilities(self) -> Attributes:
        """What it can: attributes of the printer. Away, Declined."""
        wanted = attribute("requested-attributes", Tag.KEYWORD, "all")
        return next(self._ask(Operation.GET_PRINTER, [wanted]).of(GroupTag.PRINTER), {})

    def validate(self, said: Sequence[Attribute], job: Sequence[Attribute]) -> Sequence[str]:
        """Ask whether it would take such a job; gives the attributes that it would leave out. Away, Declined."""
        return _unsupported(self._ask(Operation.VALIDATE_JOB, said, job))

    def print_file(self, said: Sequence[Attribute], job: Sequence[Attribute], file: Path) -> Attributes:
        """Send a job with its document; gives what it says of the job. Away, Declined."""
        answer = self._ask(Operation.PRINT_JOB, said, job, file)
        found = next(answer.of(GroupTag.JOB), {})
        if "job-id" not in found:
            raise Away("The printer took the job and gave it no number.", may_have_begun=True)
        return found

    def create_job(self, said: Sequence[Attribute], job: Sequence[Attribute]) -> int:
        """Make a job whose document is sent next; gives its number. Away, Declined."""
        found = next(self._ask(Operation.CREATE_JOB, said, job).of(GroupTag.JOB), {})
        number = found["job-id"][0].of if "job-id" in found else None
        if not isinstance(number, int):
            raise Away("The printer made a job and gave it no number.")
        return number

    def send_document(self, number: int, said: Sequence[Attribute], file: Path) -> Attributes:
        """The one document of a job that was made; gives what it says of the job. Away, Declined: it takes none."""
        last = Attribute("last-document", (Value(Tag.BOOLEAN, of=True),))
        answer = self._ask(Operation.SEND_DOCUMENT, [_job_id(number), *said, last], (), file)
        return {**_job_named(number), **next(answer.of(GroupTag.JOB), {})}

    def jobs(self, *, is_completed: bool) -> list[Attributes]:
        """The jobs that it knows, of everybody. Away, Declined."""
        said = [
            attribute("which-jobs", Tag.KEYWORD, "completed" if is_completed else "not-completed"),
            attribute("requested-attributes", Tag.KEYWORD, *_OF_JOB),
        ]
        return list(self._ask(Operation.GET_JOBS, said).of(GroupTag.JOB))

    def job(self, number: int) -> Attributes:
        """How a job stands. Away, Declined."""
        said = [_job_id(number), attribute("requested-attributes", Tag.KEYWORD, *_OF_JOB)]
        return next(self._ask(Operation.GET_JOB, said).of(GroupTag.JOB), {})

    def steer(self, operation: int, number: int) -> None:
        """Cancel, hold or release a job. Away, Declined."""
        self._ask(operation, [_job_id(number)])

    def _ask(
        self, code: int, said: Sequence[Attribute], job: Sequence[Attribute] = (), file: Path | None = None
    ) -> Message:
        operation = (
            attribute("attributes-charset", Tag.CHARSET, "utf-8"),
            attribute("attributes-natural-language", Tag.LANGUAGE, "en"),
            attribute("printer-uri", Tag.URI, self.at.uri),
            *(one for one in said if one.name == "job-id"),  # RFC 8011 4.1.5: behind the address
            attribute("requesting-user-name", Tag.NAME, self.login[0] if self.login else "indicia"),
            *(one for one in said if one.name != "job-id"),
        )
        groups: list[ipp.Group] = [(GroupTag.OPERATION, operation)]
        if job:
            groups.append((GroupTag.JOB, tuple(job)))
        answer = self._exchange(ipp.encode(Message(code, next(_NUMBERS), tuple(groups))), file)
        if answer.code in _BUSY:
            raise Away(f"The printer {_BUSY[answer.code]}.")
        if answer.code not in _OK:
            raise Declined(answer.code, _unsupported(answer))
        return answer

    def _exchange(self, request: bytes, file: Path | None) -> Message:
        length = len(request) + (file.stat().st_size if file else 0)
        connection = self._connection()
        has_begun = False
        try:
            connection.connect()
            with _within(2 * self.seconds + length / _BYTES_A_SECOND, connection.sock):
                has_begun = file is not None
                self._send(connection, request, file, length)
                status, raw = _answer(connection)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = (
                "did not answer in time"
                if isinstance(error, TimeoutError)
                else "cannot be reached, or broke off"
            )
            raise Away(f"The printer at {self.at.host} {why}.", may_have_begun=has_begun) from error
        finally:
            connection.close()
        if status != http.client.OK:
            raise Away(
                f"The printer at {self.at.host} answered with HTTP {status}{_MEANING.get(status, '')}."
            )
        try:
            return ipp.decode(raw)
        except ipp.IppError as error:
            words = f"The printer at {self.at.host} gave no proper answer: {error}."
            raise Away(words, may_have_begun=has_begun) from error

    def _connection(self) -> http.client.HTTPConnection:
        where = (self.at.host, self.at.port)
        if self.at.is_secret:
            trusted = ssl.create_default_context()
            return http.client.HTTPSConnection(*where, timeout=self.seconds, context=trusted)
        return http.client.HTTPConnection(*where, timeout=self.seconds)

    def _send(
        self, connection: http.client.HTTPConnection, request: bytes, file: Path | None, length: int
    ) -> None:
        connection.putrequest("POST", self.at.path, skip_accept_encoding=True)
        connection.putheader("Content-Type", "application/ipp")
        connection.putheader("Content-Length", str(length))
        if self.login:
            connection.putheader(
                "Authorization", f"Basic {b64encode(':'.join(self.login).encode()).decode()}"
            )
        connection.endheaders(request)
        if file is not None:
            with file.open("rb") as stream:
                while piece := stream.read(_PIECE):
                    connection.send(piece)


_NUMBERS = itertools.count(1)
_OF_JOB = (
    "job-id", "job-name", "job-state", "job-state-reasons", "job-impressions-completed",
    "job-media-sheets-completed",
)  # fmt: skip
_MEANING = {
    301: " (moved: a redirect is not followed)", 302: " (moved: a redirect is not followed)",
    307: " (moved: a redirect is not followed)", 308: " (moved: a redirect is not followed)",
    401: " (it asks for a name and a password)", 403: " (it lets nobody in)", 404: " (there is no printer there)",
    426: " (it wants ipps)",
}  # fmt: skip


def _job_id(number: int) -> Attribute:
    return attribute("job-id", Tag.INTEGER, number)


def _job_named(number: int) -> Attributes:
    return {"job-id": _job_id(number).values}


def _unsupported(answer: Message) -> list[str]:
    return [name for group in answer.of(GroupTag.UNSUPPORTED) for name in group]


def _answer(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    parts, size = [], 0
    with connection.getresponse() as response:
        while piece := response.read1(_PIECE):
            parts.append(piece)
            size += len(piece)
            if size > ipp.MOST_BYTES:
                raise ValueError("an answer without end")
        return response.status, b"".join(parts)


@contextmanager
def _within(seconds: float, connected: socket.socket) -> Iterator[None]:
    """End the connection after so long, however slowly something still comes: a timeout of a socket is for one read."""

    def end() -> None:
        with suppress(OSError):  # it is closed already
            connected.shutdown(socket.SHUT_RDWR)

    alarm = threading.Timer(seconds, end)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
