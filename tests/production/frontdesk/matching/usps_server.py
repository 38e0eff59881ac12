"""A local HTTP server that answers as the USPS Addresses API does, on good and on bad days."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CLIENT, SECRET = "client-1", "secret-1"


class Usps:
    """What the server knows and was asked. ``faults``: (status, headers, body) or 'slow' or 'drop', one an address
    question, in order.
    """

    def __init__(self) -> None:
        self.faults: list = []
        self.token_faults: list = []
        self.expires_in: object = "28799"  # public clients see text
        self.questions: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.unknown: set[str] = set()
        self.url = ""

    def forget_tokens(self) -> None:
        """They end earlier than they said."""
        self.tokens = [f"old-{token}" for token in self.tokens]

    def answer(self, query: dict[str, str]) -> tuple[int, dict]:
        if query["streetAddress"] in self.unknown:
            return 404, {"apiVersion": "v3", "error": {"code": "010005", "message": "Address Not Found"}}
        return 200, {
            "firm": None,
            "address": {
                "streetAddress": query["streetAddress"].upper(), "secondaryAddress": "", "city": query["city"],
                "state": query["state"], "ZIPCode": query["ZIPCode"], "ZIPPlus4": "4321",
            },
            "additionalInfo": {
                "deliveryPoint": "07", "carrierRoute": "C005", "DPVConfirmation": "Y", "DPVCMRA": "N",
                "business": "N", "centralDeliveryPoint": "N", "vacant": "N",
            },
            "corrections": [], "matches": [{"code": "31", "text": "Single Response - exact match"}],
        }  # fmt: skip


def _handler(usps: Usps):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if usps.token_faults:
                return self._send(*usps.token_faults.pop(0))
            if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
                return self._send(401, {}, b'{"error": "invalid_client"}')
            usps.tokens.append(f"token-{len(usps.tokens) + 1}")
            said = {"access_token": usps.tokens[-1], "token_type": "Bearer", "expires_in": usps.expires_in}
            return self._send(200, {}, json.dumps(said).encode())

        def do_GET(self):
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in usps.tokens:
                return self._send(401, {}, b'{"error": {"message": "Invalid token"}}')
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            usps.questions.append(query)
            fault = usps.faults.pop(0) if usps.faults else None
            if fault == "slow":
                time.sleep(2)
            elif fault == "drop":
                self.close_connection = True
                return self.connection.close()
            elif fault is not None:
                return self._send(*fault)
            status, said = usps.answer(query)
            return self._send(status, {}, json.dumps(said).encode())

        def _send(self, status, headers, body):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hung up is no fault of the server."""


@contextmanager
def usps_server():
    """A running server; it ends with the block."""
    usps = Usps()
    server = _Quiet(("127.0.0.1", 0), _handler(usps))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    usps.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield usps
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
