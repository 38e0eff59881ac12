"""The server before the app: slow and large strangers hold nothing up; people we know may take their time."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest

from store.start.embedded import listen
from tests.web.conftest import PASSWORD
from web import server
from web.server import STRANGERS_BODY, THREADS, Limits, Parser, make_server

KNOWN = "Authorization: Bearer known\r\n"
ANSWER = bytes(8 << 20)  # more than the buffers of both ends hold


def knows(headers):
    return headers.get("AUTHORIZATION") == "Bearer known"


def answers(environ, start_response):
    """The body's length, or a long answer."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [ANSWER if environ["PATH_INFO"] == "/long" else str(len(body)).encode()]


@contextmanager
def running(application, *, knows=knows, room=lambda: 1 << 40, max_body=10 << 20):
    """Host and port of a server in a thread."""
    listener = listen("127.0.0.1", 0)
    made = make_server(application, listener, Limits(knows, room, max_body))
    made.adj.asyncore_loop_timeout = 0.05
    stopped = threading.Event()

    def run():
        while not stopped.is_set():
            made.asyncore.loop(timeout=0.05, map=made._map, use_poll=True, count=1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        stopped.set()
        thread.join()
        made.task_dispatcher.shutdown()
        for channel in list(made.active_channels.values()):
            channel.handle_close()
        made.close()


def send(address, text):
    line = socket.create_connection(address, timeout=20)
    line.sendall(text.encode())
    return line


def status(line):
    """The first line of the answer; empty when the connection was ended without one."""
    try:
        return line.makefile("rb").readline().decode().strip()
    except ConnectionResetError:
        return ""


def get(address, path="/", headers=None):
    line = http.client.HTTPConnection(*address, timeout=20)
    line.request("GET", path, headers=headers or {})
    answer = line.getresponse()
    text = answer.read()
    line.close()
    return answer.status, text


HALF_BODY = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nname="
HALF_KNOWN = f"POST /api HTTP/1.1\r\nHost: localhost\r\n{KNOWN}Content-Length: 5000000\r\n\r\nname="
HALF_HEADER = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: "
NEVER_READ = "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("half", [HALF_BODY, HALF_KNOWN, HALF_HEADER, NEVER_READ])
def test_more_slow_clients_than_threads_hold_nobody_up(half):
    with running(answers) as address, ExitStack() as lines:
        for _ in range(5 * THREADS):
            lines.enter_context(send(address, half))
        assert get(address)[0] == 200


def test_health_and_a_signed_in_page_answer_through_slow_strangers(app, sign_in):
    kept = sign_in("requester").get_cookie("indicia").value
    with running(app, knows=app.extensions["knows"]) as address, ExitStack() as lines:
        for half in (HALF_BODY, HALF_HEADER) * 3 * THREADS:
            lines.enter_context(send(address, half))
        assert get(address, "/healthz") == (200, b"ok\n")
        status, page = get(address, "/jobs", {"Cookie": f"indicia={kept}"})
        assert (status, b"Jobs" in page) == (200, True)


def test_the_app_knows_its_own_cookies_and_keys_and_no_others(app, sign_in, client):
    knows = app.extensions["knows"]
    browser = sign_in("requester")
    kept = browser.get_cookie("indicia").value
    client.get("/sign-in")
    stranger = client.get_cookie("indicia").value  # signed, but nobody is in it
    from tests.web.conftest import bearer

    key = bearer(browser)["Authorization"]
    assert knows({"COOKIE": f"a=b; indicia={kept}"})
    assert knows({"AUTHORIZATION": key})
    for cookie in (
        "",
        "indicia=",
        f"indicia={stranger}",
        f"indicia={kept[:-1]}",
        f"indicia={kept}x",
    ):
        assert not knows({"COOKIE": cookie}), cookie
    for wrong in (
        key[:-1] + "g",
        key.replace("Bearer", "Basic"),
        "Bearer ",
        "Bearer indicia--",
        f"Bearer {PASSWORD}",
    ):
        assert not knows({"AUTHORIZATION": wrong}), wrong


@pytest.mark.parametrize("size", [STRANGERS_BODY + 1, 5 << 20, 11 << 20])
def test_a_strangers_body_is_refused_by_its_header(size):
    with (
        running(answers) as address,
        send(address, f"POST / HTTP/1.1\r\nContent-Length: {size}\r\n\r\n") as line,
    ):
        assert status(line) == "HTTP/1.1 413 Content Too Large"


def test_a_stranger_who_asks_first_is_not_told_to_go_on():
    asked = f"POST / HTTP/1.1\r\nContent-Length: {5 << 20}\r\nExpect: 100-continue\r\n\r\n"
    with running(answers) as address, send(address, asked) as line:
        assert status(line) == "HTTP/1.1 413 Content Too Large"
    asked = f"POST / HTTP/1.1\r\n{KNOWN}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with running(answers) as address, send(address, asked) as line:
        assert status(line) == "HTTP/1.1 100 Continue"


def test_a_strangers_body_without_a_length_ends_at_the_limit():
    chunk = f"{STRANGERS_BODY:x}\r\n{'x' * STRANGERS_BODY}\r\n"
    with (
        running(answers) as address,
        send(address, f"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}1\r\nx\r\n") as line,
    ):
        assert status(line) == "HTTP/1.1 413 Content Too Large"


def test_a_cookie_that_is_no_text_is_refused():
    with running(answers) as address, socket.create_connection(address, timeout=20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nCookie: a=\xff\r\n\r\n")
        assert status(line) == "HTTP/1.1 400 Bad Request"


def test_people_we_know_send_much_and_strangers_send_a_form():
    with running(answers) as address:
        for headers, size in ((KNOWN, 2 << 20), ("", STRANGERS_BODY)):
            text = f"POST / HTTP/1.1\r\n{headers}Content-Length: {size}\r\n\r\n{'x' * size}"
            with send(address, text) as line:
                assert status(line) == "HTTP/1.1 200 OK"
        with send(address, f"POST / HTTP/1.1\r\n{KNOWN}Content-Length: {11 << 20}\r\n\r\n") as line:
            assert status(line) == "HTTP/1.1 413 Content Too Large"


def test_a_full_disk_is_said_before_a_body_is_taken():
    with (
        running(answers, room=lambda: STRANGERS_BODY) as address,
        send(address, f"POST / HTTP/1.1\r\n{KNOWN}Content-Length: 1000000\r\n\r\n") as line,
    ):
        answer = line.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 503")
    assert "The disk is full; nothing was changed." in answer


def test_the_longest_waiting_goes_when_connections_run_out(monkeypatch):
    monkeypatch.setattr(server, "CONNECTIONS", 4)
    monkeypatch.setattr(server, "TURN", 1)  # each is looked at before the next comes
    with running(answers) as address, ExitStack() as lines:
        known = lines.enter_context(send(address, HALF_KNOWN))
        slow = [lines.enter_context(send(address, HALF_BODY)) for _ in range(6)]
        assert get(address)[0] == 200
        assert status(slow[0]) == status(slow[1]) == ""
        known.sendall(b"x" * (5_000_000 - 5))
        assert status(known) == "HTTP/1.1 200 OK"


def test_a_crowd_at_the_door_is_let_in_at_once():
    listener = listen("127.0.0.1", 0)
    made = make_server(answers, listener, Limits(knows, lambda: 1 << 40, 10 << 20))
    with ExitStack() as lines:
        for _ in range(server.TURN):
            lines.enter_context(socket.create_connection(listener.getsockname(), timeout=20))
        made.asyncore.loop(timeout=0.05, map=made._map, use_poll=True, count=1)
        assert len(made.active_channels) == server.TURN
    made.task_dispatcher.shutdown()
    for channel in list(made.active_channels.values()):
        channel.handle_close()
    made.close()


def test_what_is_late_is_ended(monkeypatch):
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(server, "STRANGERS_SECONDS", 0.2)
    with running(answers) as address, send(address, HALF_BODY) as body, send(address, HALF_HEADER) as header:
        assert status(body) == status(header) == ""


def test_how_long_each_may_take():
    limits = Limits(knows, lambda: 1 << 40, 300 << 20)

    def seconds(text):
        parser = Parser(limits)
        parser.received(text.encode())
        assert parser.error is None
        return parser.deadline() - parser.began

    assert seconds("POST / HTTP/1.1\r\n") == server.HEADER_SECONDS
    assert seconds("POST / HTTP/1.1\r\nContent-Length: 60000\r\n\r\n") == server.STRANGERS_SECONDS
    large = 200 << 20  # 200 MB at 20 kB a second, and a minute
    assert seconds(f"POST / HTTP/1.1\r\n{KNOWN}Content-Length: {large}\r\n\r\n") == pytest.approx(60 + 10_240)
