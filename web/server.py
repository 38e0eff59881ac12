"""The web process: ``python -m web.server app:create_app [--fd N]``.

Waitress reads a request whole before a thread sees it, so whoever sends or reads slowly holds no thread. What the
loop takes in is decided from the headers alone: strangers get a small body and a short time, people whom the app
once knew (``Knows``) what they need; when connections run out, the one that has kept us waiting longest goes.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import logging
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

from store.files import RESERVE_BYTES
from store.logs import set_up
from store.settings import read_settings
from store.start.embedded import listen
from store.start.migrate import leave_unless_current
from web.security import STRANGERS_BODY

Knows = Callable[
    [Mapping[str, str]], bool
]  # did we sign what these headers carry? Names as HTTP_COOKIE's COOKIE

THREADS = 4
CONNECTIONS = 1000  # in each process
TURN = 100  # connections taken in before those that are there are looked at again
HEADER_SECONDS = 10.0
STRANGERS_SECONDS = 20.0  # for header and body together
PATIENCE_SECONDS = 60.0  # for people we know, and their pace besides
LEAST_PACE = 20 << 10  # bytes a second
IDLE_SECONDS = 60.0  # between two requests of one connection, and for an answer nobody reads


class TooMuch(Error):  # type: ignore[misc]
    """More than this person may send."""

    code, reason = 413, "Content Too Large"


class NoRoom(Error):  # type: ignore[misc]
    """The disk keeps its reserve."""

    code, reason = 503, "Service Unavailable"


class Limits(Adjustments):  # type: ignore[misc]
    """Waitress's settings with ours: ``strangers`` are the narrower ones of people we do not know."""

    def __init__(self, knows: Knows, room: Callable[[], int], max_body: int, **settings: Any) -> None:
        super().__init__(
            threads=THREADS, connection_limit=CONNECTIONS + 10, channel_timeout=int(IDLE_SECONDS),
            cleanup_interval=1, max_request_header_size=32 << 10, max_request_body_size=max_body + 1,
            inbuf_overflow=STRANGERS_BODY, outbuf_high_watermark=1 << 30, asyncore_use_poll=True, ident=None,
            log_socket_errors=False, channel_request_lookahead=0, **settings,
        )  # fmt: skip
        self.knows, self.room = knows, room
        self.strangers = copy.copy(self)
        self.strangers.max_request_body_size = STRANGERS_BODY + 1


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """One request on its way in."""

    is_known = False
    adj: Any
    error: Any
    content_length: int
    body_bytes_received: int

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.began = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        """Waitress's, then whose it is and whether its body has room."""
        super().parse_header(header_plus)
        try:
            self.headers.get("COOKIE", "").encode("latin-1").decode()
        except UnicodeDecodeError as error:
            raise ParsingError("Cookie is not text") from error
        self.is_known = self.adj.knows(self.headers)
        if not self.is_known:
            self.adj = self.adj.strangers

    def received(self, data: bytes) -> int:
        """Waitress's, with our own words for what is not taken."""
        was_finished = self.headers_finished
        consumed: int = super().received(data)
        if self.headers_finished and not was_finished and self.error is None:
            if self.content_length > self.adj.room():
                self.error = NoRoom("The disk is full; nothing was changed.")
                self.completed = True
        elif self.completed and self.error is not None and self.error.code == TooMuch.code:
            self.error = TooMuch("Too large. Somebody who is not signed in sends 64 kB at most.")
        if self.error is not None:
            self.expect_continue = False  # waitress would answer "go on" and forget the error
        return consumed

    def deadline(self) -> float:
        """Until when the rest must have come."""
        if not self.headers_finished:
            return self.began + HEADER_SECONDS
        if not self.is_known:
            return self.began + STRANGERS_SECONDS
        return self.began + PATIENCE_SECONDS + max(self.content_length, self.body_bytes_received) / LEAST_PACE


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    parser_class = Parser

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.opened = time.monotonic()

    def waits_since(self) -> tuple[bool, float] | None:
        """(somebody we know, since when) while it keeps us waiting; None while we work for it."""
        if self.requests or self.will_close:
            return None
        request: Any = self.request
        return (request.is_known, request.began) if request is not None else (False, self.opened)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """The loop of one process."""

    channel_class = Channel

    def handle_accept(self) -> None:
        """All who are at the door, up to a turn's worth; for those too many, the ones that have kept us waiting longest
        go.
        """
        for _ in range(TURN):
            before = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == before:
                break
        if (too_many := len(self.active_channels) - CONNECTIONS) > 0:
            waiting = [(found, one) for one in self.active_channels.values() if (found := one.waits_since())]
            for _, one in sorted(waiting, key=lambda pair: pair[0])[:too_many]:
                one.handle_close()

    def maintenance(self, now: float) -> None:
        """Once a second: ends what is late."""
        super().maintenance(now)
        moment = time.monotonic()
        for channel in self.active_channels.values():
            request = channel.request
            if request is not None and not channel.requests and moment > request.deadline():
                channel.will_close = True


def make_server(application: Any, listener: socket.socket, limits: Limits) -> Server:
    """A server on a bound socket; ``run()`` it."""
    threads = ThreadedTaskDispatcher()
    threads.set_thread_count(limits.threads)
    info = (listener.family, listener.type, listener.proto, listener.getsockname())
    return Server(
        application, map={}, _sock=listener, dispatcher=threads, adj=limits, sockinfo=info, bind_socket=False
    )


def room_in(folder: Path) -> Callable[[], int]:
    """How many bytes may be taken in: what is free beyond the reserve."""
    return lambda: max(shutil.disk_usage(folder).free - RESERVE_BYTES, STRANGERS_BODY)


def main() -> None:
    """Open the app, take the socket, serve until SIGTERM; requests at work get five seconds to end."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("application")
    arguments.add_argument("--fd", type=int)
    given = arguments.parse_args()
    settings = read_settings()
    set_up(settings.log_level)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits a moment is no news
    if settings.database_url:
        leave_unless_current(settings.database_url)
    module, _, name = given.application.partition(":")
    app = getattr(import_module(module), name)()
    tempfile.tempdir = str(settings.scratch_dir)  # bodies wait where the reserve is watched
    settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(fileno=given.fd) if given.fd else listen(settings.host, settings.port)
    listener.settimeout(0)
    limits = Limits(
        app.extensions["knows"], room_in(settings.data_dir), settings.max_upload_mb * 1_000_000,
        clear_untrusted_proxy_headers=False,  # the app trusts a stated number of proxies (web/security.py)
    )  # fmt: skip
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * CONNECTIONS, most), most))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    make_server(app, listener, limits).run()


if __name__ == "__main__":
    main()
