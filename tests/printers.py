"""A real IPP printer for tests: cups-ipp-utils' ippeveprinter on a bus of its own, which it wants and does not use."""

from __future__ import annotations

import shutil
import socket
import socketserver
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path={path}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/>
</policy></busconfig>"""
_PATIENCE = 10


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _until(what) -> None:
    end = time.monotonic() + _PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not begin"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class RealPrinter:
    """Its address, and the files that it printed."""

    def __init__(self, port: int, spool: Path) -> None:
        self.port, self.spool = port, spool
        self.uri = f"ipp://127.0.0.1:{port}/ipp/print"

    @property
    def printed(self) -> list[Path]:
        """In the order of its jobs."""
        return sorted(self.spool.glob("*.pdf"))


@contextmanager
def real_printer(folder: Path):
    """It prints on both sides, on letter, legal and A4."""
    for program in ("ippeveprinter", "dbus-daemon"):
        if not shutil.which(program):
            pytest.skip(f"no {program}: install cups-ipp-utils and dbus")
    folder.mkdir(exist_ok=True)
    bus, spool, port = folder / "bus", folder / "spool", free_port()
    spool.mkdir()
    (folder / "bus.conf").write_text(_BUS.format(path=bus))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork"], **quiet
    ) as daemon:
        try:
            _until(bus.exists)
            said = [
                "-r",
                "off",
                "-2",
                "-k",
                "-d",
                spool,
                "-p",
                str(port),
                "-n",
                "localhost",
                "-f",
                "application/pdf",
            ]
            command = ["ippeveprinter", *map(str, said), "Test"]
            environment = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}", "PATH": "/usr/bin:/usr/sbin:/bin"}
            with subprocess.Popen(command, env=environment, **quiet) as printer:
                try:
                    _until(lambda: _listens(port))
                    yield RealPrinter(port, spool)
                finally:
                    printer.terminate()
        finally:
            daemon.terminate()


class Between(socketserver.ThreadingTCPServer):
    """Hands bytes on to a printer and back; ``loses``: of the next answers with a document, those that get lost."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.to, self.loses = port, 0
        self.uri = f"ipp://127.0.0.1:{self.server_address[1]}/ipp/print"


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.to)) as printer:
            back = threading.Thread(target=self._back, args=(printer,), daemon=True)
            self.size = 0
            back.start()
            while piece := self.request.recv(1 << 16):
                self.size += len(piece)
                printer.sendall(piece)
            printer.shutdown(socket.SHUT_WR)
            back.join()

    def _back(self, printer: socket.socket) -> None:
        while piece := printer.recv(1 << 16):
            if self.size > 1000 and self.server.loses:  # no question is as large
                self.server.loses -= 1
                self.request.shutdown(socket.SHUT_RDWR)
                return
            self.request.sendall(piece)


@contextmanager
def serving(server: socketserver.BaseServer):
    """A server while a test runs."""
    with server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
