"""Runs a parser on a hostile file in a child process that can be thrown away: memory, processor time, wall time,
output and open files are limited, and the network is out of reach.

The child is forked by the nursery (store.limited.nursery), which has the modules imported and no stranger's
data, and gets a process group of its own. It calls a dotted name with JSON arguments and answers JSON, which must
have the shape that is expected of it; nothing else of it is believed.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import re
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, NoReturn, TypedDict, TypeVar, cast

import structlog
from pydantic import TypeAdapter, ValidationError

from kernel.errors import Fault, InvalidInput, Unavailable, UserError
from kernel.findings import Finding, Place, Severity
from store.documents import plain

T = TypeVar("T")

_log = structlog.get_logger("sandbox")
if not structlog.is_configured():  # a command sets up no log, and its standard output is its answer
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
_CHECKOUT = Path(__file__).resolve().parents[2]
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_LOST = -1000  # no exit code: the nursery died with the child, twice
# What a stranger's file brings about in a parser that does not say so with an error of its own, beside them a library
# that goes for the network. Every other error of the language is a mistake in the program or of its surroundings.
_OF_DATA = (ValueError, EOFError, ArithmeticError, RecursionError, MemoryError, PermissionError)
_PLACES = 20
_NO_PLACE = Place()
_PLACE = re.compile(r"[\w.-]{1,60}:\d{1,6} [\w<>]{1,60}")


@dataclass(frozen=True, slots=True)
class SandboxResult(Generic[T]):
    """What the child said. ``outcome`` is "ok", "refused" (a UserError, with its code and sentences), "failed" (an
    exception of a parser, by class name), "fault" (one that no file is to blame for, or an answer of another shape than
    expected), "too_much" (memory, processor, wall time or output over the limit) or "died". ``incident`` names a
    failure in the log."""

    outcome: str
    answer: T | None = None
    error: str = ""
    incident: str = ""
    refusal: InvalidInput | None = None

    @property
    def value(self) -> T:
        """The function's answer, when it is ok."""
        return cast("T", self.answer)

    @property
    def is_ok(self) -> bool:
        """Whether ``value`` is the function's answer."""
        return self.outcome == "ok"

    def finding(self, code: str, message: str, remedy: str, place: Place = _NO_PLACE) -> Finding:
        """What is said of a file that the child gave no answer to: a refusal in its own words; a fault of ours is told
        as ours (OUR_FAULT)."""
        if self.refusal is not None:
            said = self.refusal
            return Finding(said.instance_code, Severity.STOP, said.sentence, said.remedy, place)
        if self.outcome == "fault":
            code, message = "OUR_FAULT", "Our program failed on this file. The fault is ours, not the file's."
            remedy = f"Leave the file as it is and tell the shop the incident number {self.incident}."
        else:
            remedy = f"{remedy} If that does not help, tell the shop the incident number {self.incident}."
        return Finding(code, Severity.STOP, message, remedy, place)


class Limits(TypedDict, total=False):
    """Limits of ``run_limited`` that several calls share."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to call, with which arguments (open: those of the function), where and under which limits."""

    function: str
    arguments: Mapping[str, Any]
    folder: str
    memory_bytes: int
    cpu_seconds: int
    output_bytes: int


def run_limited(
    function: str,
    arguments: Mapping[str, Any],
    gives: type[T],
    *,
    memory_bytes: int = 1 << 30,
    cpu_seconds: int = 20,
    wall_seconds: float = 60,
    output_bytes: int = 64 << 20,
) -> SandboxResult[T]:
    """Calls ``package.module.function(**arguments)`` in a limited child and gives its answer as a value of the type
    ``gives``; arguments (open: those of the function) and answer cross as JSON, dataclasses and dates as pydantic
    writes them.
    ``memory_bytes`` is what the work may take beyond the libraries. A child over a limit is killed with everything
    it started. Never raises for what the child does; Unavailable when this process is being stopped."""
    with (
        tempfile.TemporaryDirectory(prefix="indicia-sandbox-") as folder,
        tempfile.TemporaryFile(dir=folder) as answer,
    ):
        order = Order(function, arguments, folder, memory_bytes, cpu_seconds, output_bytes)
        code, timed_out = _order_child(order, answer, wall_seconds)
        size = answer.seek(0, os.SEEK_END)
        answer.seek(0)
        said = answer.read() if size <= output_bytes else b""
    result = _judge(code, said, gives, timed_out=timed_out)
    if result.incident:
        _log.warning(
            "child_failed", incident=result.incident, function=function, outcome=result.outcome,
            error=result.error, at=_places(said),
        )  # fmt: skip
    return result


_START = "import sys; sys.path.insert(0, sys.argv[1]); from store.limited.nursery import main; main()"
_LAST_WORDS_SECONDS = 30  # a killed child is dead long before; a nursery that does not say so is given up


def _order_child(order: Order, answer: BinaryIO, wall_seconds: float) -> tuple[int, bool]:
    """The child's exit code and whether its time was up. An order that was lost with its nursery is given once more;
    ``_LOST`` when that is lost too."""
    with tempfile.TemporaryFile() as paper:
        paper.write(json.dumps(order, default=plain).encode("utf-8"))
        for _ in range(2):
            paper.seek(0)
            answer.seek(0)
            answer.truncate()
            said, timed_out = _ask(paper, answer, wall_seconds)
            if timed_out:
                return -signal.SIGKILL, True
            if said:
                return int(said), False
    _refuse_if_closed()
    return _LOST, False


def _ask(paper: BinaryIO, answer: BinaryIO, wall_seconds: float) -> tuple[bytes, bool]:
    """The nursery's words about the child (nothing when it is gone), and whether its time was up."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _send([paper.fileno(), answer.fileno(), theirs.fileno()])
        ours.settimeout(wall_seconds)
        try:
            return ours.recv(16), False
        except TimeoutError:
            ours.shutdown(socket.SHUT_WR)
            ours.settimeout(_LAST_WORDS_SECONDS)
            with contextlib.suppress(TimeoutError):
                ours.recv(16)
            return b"", True


@dataclass(slots=True)
class _Nursery:
    """The nursery of this process and of those forked from it: a message is a single byte with its files, so orders
    of two processes never mix."""

    channel: socket.socket
    process: subprocess.Popen[bytes]

    def end(self) -> None:
        """Nobody orders any more: it ends its children and itself."""
        self.channel.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # a fork of ours still holds the channel
            self.process.kill()
            self.process.wait()


_nursery: _Nursery | None = None
_is_closed = False
_starting = threading.Lock()


def open_nursery() -> None:
    """Start the nursery now, so that processes forked from this one share it. Without this the first order does."""
    global _is_closed  # noqa: PLW0603  one a process
    with _starting:
        _is_closed = False
        _open()


def close_nursery() -> None:
    """This process is being stopped: children end, and whoever waits for one or orders one is told so, not that the
    program failed.
    """
    global _nursery, _is_closed  # noqa: PLW0603
    with _starting:
        _is_closed = True
        if _nursery is not None:
            _nursery.end()
        _nursery = None


def _refuse_if_closed() -> None:
    if _is_closed:
        raise Unavailable("The program is being stopped; what was begun is done again after the next start.")


def _open() -> socket.socket:
    global _nursery  # noqa: PLW0603
    _refuse_if_closed()
    if _nursery is None:
        _nursery = _start_nursery()
        atexit.register(close_nursery)
    return _nursery.channel


def _send(files: list[int]) -> None:
    """One order to the nursery; to a new one when it has died."""
    global _nursery  # noqa: PLW0603
    with _starting:
        try:
            socket.send_fds(_open(), [b"."], files)
        except OSError:
            if _nursery is not None:
                _nursery.end()
            _nursery = None
            socket.send_fds(_open(), [b"."], files)


def _start_nursery() -> _Nursery:
    ours, theirs = socket.socketpair()
    # An empty environment but for what Python needs: no settings, no passwords reach the children.
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-c", _START, str(_CHECKOUT), str(theirs.fileno())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd="/", env=environment, start_new_session=True, pass_fds=[theirs.fileno()],
        )  # fmt: skip
    return _Nursery(ours, process)


def _judge(code: int, said: bytes, gives: type[T], *, timed_out: bool) -> SandboxResult[T]:
    incident = secrets.token_hex(4)
    if timed_out or code in {-signal.SIGXCPU, -signal.SIGXFSZ}:
        return SandboxResult("too_much", error="time" if timed_out else "limit", incident=incident)
    if code == _LOST:
        return SandboxResult("fault", error="nursery", incident=incident)
    try:
        answer = json.loads(said)
    except ValueError:
        # A kill by the kernel (out of memory) or a crash of the library: nothing was answered.
        outcome = "too_much" if code == -signal.SIGKILL else "died"
        return SandboxResult(outcome, error=f"exit {code}", incident=incident)
    if "value" in answer or "refused" in answer:
        return _read(answer, gives, incident)
    is_memory = answer["error"] in {"MemoryError", "PdfiumMemoryError", "ArrayMemoryError"}
    outcome = "too_much" if is_memory else "fault" if answer.get("is_ours") else "failed"
    return SandboxResult(outcome, error=answer["error"], incident=incident)


def _read(answer: Mapping[str, object], gives: type[T], incident: str) -> SandboxResult[T]:
    """An answer, or a refusal in words, if it has the shape that it should have."""
    try:
        if "value" in answer:
            return SandboxResult("ok", TypeAdapter(gives).validate_python(answer["value"]))
        told = TypeAdapter(_Refusal).validate_python(answer["refused"])
    except ValidationError:
        return SandboxResult("fault", error="shape", incident=incident)
    field = {"field": told.field} if told.field else {}
    refusal = InvalidInput(
        told.sentence, code=told.code, remedy=told.remedy, findings=list(told.findings), **field
    )
    return SandboxResult("refused", error=told.code, refusal=refusal)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A UserError on its way out of the child. ``field``: what of the input it is about, where that is said."""

    code: str
    sentence: str
    remedy: str
    findings: tuple[Finding, ...]
    field: str = ""


def _places(said: bytes) -> list[str]:
    """Where in the code it happened, innermost last; nothing else of what a failed child says is kept."""
    try:
        return [text for text in json.loads(said)["at"] if _PLACE.fullmatch(text)][-_PLACES:]
    except (ValueError, KeyError, TypeError):
        return []


# --- in the child ------------------------------------------------------------------------------------------


def work(order: Order, answer: int, nursery: int) -> NoReturn:
    """Goes under the limits of the order, calls, writes to the file ``answer``, and leaves without running exit
    handlers. ``nursery``: process id of who forked us, whose end is ours."""
    with contextlib.suppress(OSError):  # the nursery does the same; whoever is first
        os.setpgid(0, 0)
    _die_with(nursery)
    _cut_network()
    os.environ["TMPDIR"] = tempfile.tempdir = order.folder
    os.chdir(order.folder)
    for kind, limit in (
        (resource.RLIMIT_AS, order.memory_bytes + _address_space()),
        (resource.RLIMIT_CPU, order.cpu_seconds),
        (resource.RLIMIT_FSIZE, order.output_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = limit + 1 if kind == resource.RLIMIT_CPU else limit
        resource.setrlimit(kind, (limit, hard))
    try:
        module, _, name = order.function.rpartition(".")
        said = {"value": getattr(importlib.import_module(module), name)(**order.arguments)}
        data = json.dumps(said, default=plain).encode("utf-8")
    except UserError as error:
        found = error.findings if isinstance(error, InvalidInput) else []
        about = str(error.details.get("field", ""))
        refusal = _Refusal(error.instance_code, error.sentence, error.remedy, tuple(found), about)
        data = json.dumps({"refused": refusal}, default=plain).encode("utf-8")
    except BaseException as error:  # noqa: BLE001  hostile files raise anything; its text does not leave
        data = json.dumps(_told(error)).encode("utf-8")
    while data:
        data = data[os.write(answer, data) :]
    os._exit(0)


def _told(error: BaseException) -> dict[str, object]:
    """Class, places in the code, and whether it is ours: a fault by its own word, or an error of the language itself
    that data does not bring about. Parsers raise errors of their own.
    """
    at, places = error.__traceback__, []
    while at is not None:
        code = at.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    is_language = type(error).__module__ == "builtins" and not isinstance(error, _OF_DATA)
    return {
        "error": type(error).__name__,
        "is_ours": is_language or isinstance(error, Fault),
        "at": places[-_PLACES:],
    }


def _address_space() -> int:
    """Bytes of address space the libraries have taken already (Linux; elsewhere 0)."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _die_with(nursery: int) -> None:
    """A killed worker leaves no parser behind: its nursery ends, and with that its children (Linux:
    PR_SET_PDEATHSIG)."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != nursery:  # it died before we asked
        os._exit(1)


def _cut_network() -> None:
    """A network name space of its own where the kernel allows it; in any case no sockets from Python."""
    import ctypes  # os.unshare comes with Python 3.12

    with contextlib.suppress(OSError, AttributeError):  # not on every platform
        libc = ctypes.CDLL(None)
        if libc.unshare(_CLONE_NEWNET) != 0:
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)

    class NoSocket(socket.socket):
        """Libraries may still derive from it; none can make one."""

        def __init__(self, *_: object, **__: object) -> None:
            raise PermissionError("no network in the sandbox")

    socket.socket = NoSocket  # type: ignore[misc]
