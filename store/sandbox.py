"""Runs a parser on a hostile file in a child process that can be thrown away: memory, processor time, wall time,
output and open files are limited, and the network is out of reach.

The child is a fresh interpreter in its own process group. It reads its order (a dotted name and JSON arguments)
from standard input and answers on standard output with JSON; nothing else of it is believed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

_CHECKOUT = Path(__file__).resolve().parents[1]
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What the child said. ``outcome`` is "ok", "failed" (an exception, by class name), "too_much" (memory,
    processor, wall time or output over the limit) or "died". ``incident`` names a failure in the log."""

    outcome: str
    value: Any = None
    error: str = ""
    incident: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether ``value`` is the function's answer."""
        return self.outcome == "ok"


def run_limited(
    function: str,
    arguments: dict[str, Any],
    *,
    memory_bytes: int = 1 << 30,
    cpu_seconds: int = 20,
    wall_seconds: float = 60,
    output_bytes: int = 64 << 20,
) -> SandboxResult:
    """Calls ``package.module.function(**arguments)`` in a limited child; arguments and answer are JSON values.
    A child over a limit is killed with everything it started. Never raises for what the child does."""
    order = {
        "function": function, "arguments": arguments, "memory_bytes": memory_bytes,
        "cpu_seconds": cpu_seconds, "output_bytes": output_bytes,
    }  # fmt: skip
    # An empty environment but for what Python needs: no settings, no passwords reach the child.
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
    with (
        tempfile.TemporaryDirectory(prefix="indicia-sandbox-") as folder,
        tempfile.TemporaryFile(dir=folder) as answer,
    ):
        child = subprocess.Popen(
            [sys.executable, "-E", "-s", "-c", _START, str(_CHECKOUT)],
            stdin=subprocess.PIPE, stdout=answer, stderr=subprocess.DEVNULL,
            cwd=folder, env=environment | {"TMPDIR": folder}, start_new_session=True,
        )  # fmt: skip
        try:
            child.communicate(json.dumps(order).encode("utf-8"), timeout=wall_seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            _end_group(child)
        size = answer.seek(0, os.SEEK_END)
        answer.seek(0)
        said = answer.read() if size <= output_bytes else b""
    return _judge(child.returncode, said, timed_out=timed_out)


_START = "import sys; sys.path.insert(0, sys.argv[1]); from store.sandbox import child_main; child_main()"


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Kills the child and whatever it started (its group carries its number)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _judge(code: int, said: bytes, *, timed_out: bool) -> SandboxResult:
    incident = secrets.token_hex(4)
    if timed_out or code in {-signal.SIGXCPU, -signal.SIGXFSZ}:
        return SandboxResult("too_much", error="time" if timed_out else "limit", incident=incident)
    try:
        answer = json.loads(said)
    except ValueError:
        # A kill by the kernel (out of memory) or a crash of the library: nothing was answered.
        outcome = "too_much" if code == -signal.SIGKILL else "died"
        return SandboxResult(outcome, error=f"exit {code}", incident=incident)
    if "value" in answer:
        return SandboxResult("ok", answer["value"])
    is_memory = answer["error"] in {"MemoryError", "PdfiumMemoryError", "ArrayMemoryError"}
    return SandboxResult("too_much" if is_memory else "failed", error=answer["error"], incident=incident)


# --- in the child ------------------------------------------------------------------------------------------


def child_main() -> NoReturn:
    """Reads the order, goes under its limits, calls, answers, and leaves without running exit handlers."""
    order = json.loads(sys.stdin.buffer.read())
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print is not an answer
    _die_with_parent()
    _cut_network()
    for kind, limit in (
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, order["output_bytes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = limit + 1 if kind == resource.RLIMIT_CPU else limit
        resource.setrlimit(kind, (limit, hard))
    try:
        module, _, name = order["function"].rpartition(".")
        answer = {"value": getattr(importlib.import_module(module), name)(**order["arguments"])}
        data = json.dumps(answer).encode("utf-8")
    except BaseException as error:  # noqa: BLE001  hostile files raise anything; only the class name leaves
        data = json.dumps({"error": type(error).__name__}).encode("utf-8")
    while data:
        data = data[os.write(out, data) :]
    os._exit(0)


def _die_with_parent() -> None:
    """A killed worker leaves no parser behind (Linux: PR_SET_PDEATHSIG)."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


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
