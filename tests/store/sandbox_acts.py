"""What the children of test_sandbox do."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from kernel.errors import InvalidInput, Unavailable
from kernel.findings import Finding, Place, Severity


def double(value):
    return value * 2


def fail(secret):
    raise LookupError(secret)


def eat(size):
    return len(bytearray(size))


def spin():
    while True:
        pass


def sleep_with_child(note):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(note).write_text(str(child.pid))
    time.sleep(60)


def answer_long(size):
    return "x" * size


def write_file(size):
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * size)
        file.flush()


def crash():
    os.abort()


def chatter():
    print("{}")
    os.write(1, b"{}")
    return 7


def connect():
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def connect_by_library():
    urllib.request.urlopen("http://127.0.0.1:9", timeout=1)


def environment():
    return [name for name in os.environ if "SECRET" in name or "DATABASE" in name]


def open_many():
    return len([Path("/dev/null").open() for _ in range(200)])


def sleep_here(note):
    Path(note).write_text(str(os.getpid()))
    time.sleep(60)


def where():
    files = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the folder itself, closed again
            files.append(str(link.readlink()))
    return {"pid": os.getpid(), "parent": os.getppid(), "files": files, "folder": str(Path.cwd())}


def nap(seconds):
    time.sleep(seconds)
    return os.getpid()


def parse(digits):
    return int(digits)


def forget():
    return nothing_of_this_name  # noqa: F821


def come_apart():
    raise Unavailable("The print fonts are not installed.")


def refuse(row):
    finding = Finding("ROW", Severity.STOP, "No.", "Yes.", Place(row=row))
    raise InvalidInput("The list is empty.", code="LIST", findings=[finding], remedy="Send it again.")


def modules_of_an_array():
    import pyarrow as pa

    pa.array(["a"])
    return sorted(name for name in ("pandas", "pyarrow") if name in sys.modules)
