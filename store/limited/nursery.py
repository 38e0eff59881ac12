"""The process that limited children come from: it has the parsers imported and forks one child for each order.

Importing PDF, spreadsheet and column libraries takes a child of its own 0.2 to 1.1 CPU seconds; a fork takes a few
milliseconds. The nursery itself reads no stranger's file and calls no parser, it only imports the modules that orders
name, so every child starts from clean memory. It knows no settings and ends when the last process that holds its
channel ends, and its children with it.

A message is one byte with three files: the order (JSON), the answer to be written, and a status socket. The exit code
comes back on the status socket; closing its other end ends the child and whatever the child started.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from typing import NoReturn

from store.limited import sandbox

_WAKE_UPS = 4096


class Nursery:
    """Children by process id, each with the status socket of who ordered it. One thread, no state on disk."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.selector = selectors.DefaultSelector()
        self.orderers: dict[int, socket.socket] = {}
        self.wake, self.waker = os.pipe()

    def run(self) -> None:
        """Serve until the channel closes; then end what still runs."""
        os.set_blocking(self.wake, False)
        os.set_blocking(self.waker, False)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self.wake, selectors.EVENT_READ)
        self.selector.register(self.channel, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.channel:
                    if not self._take_order():
                        return
                elif key.fileobj == self.wake:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake, _WAKE_UPS)
                    self._reap()
                else:
                    self._end(key.data)

    def _take_order(self) -> bool:
        """Fork a child for the next order; False when nobody can order any more."""
        byte, files, _, _ = socket.recv_fds(self.channel, 1, 3)
        if not byte:
            for pid in list(self.orderers):
                _kill_group(pid)
            return False
        paper, answer, status_file = files
        with os.fdopen(paper, "rb") as file:
            order = sandbox.Order(**json.load(file))
        status = socket.socket(fileno=status_file)
        _import_module_of(order.function)
        pid = os.fork()
        if pid == 0:
            self._be_child(order, answer, status)
        os.close(answer)
        with contextlib.suppress(OSError):  # the child does the same; whoever is first
            os.setpgid(pid, pid)
        self.orderers[pid] = status
        self.selector.register(status, selectors.EVENT_READ, pid)
        return True

    def _be_child(self, order: sandbox.Order, answer: int, status: socket.socket) -> NoReturn:
        """Let go of everything that reaches the nursery or its other children, then do the work."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nursery = os.getppid()
        self.selector.close()
        for held in (self.channel, status, *self.orderers.values()):
            held.close()
        os.close(self.wake)
        os.close(self.waker)
        sandbox.work(order, answer, nursery)

    def _reap(self) -> None:
        """Tell who ordered how their child ended. The group is ended while the number still belongs to the dead
        child, so that no stranger is hit."""
        for pid in list(self.orderers):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill_group(pid)
            _, raw = os.waitpid(pid, 0)
            status = self.orderers.pop(pid)
            with contextlib.suppress(KeyError):
                self.selector.unregister(status)
            with contextlib.suppress(OSError):  # nobody waits any more
                status.sendall(b"%d" % os.waitstatus_to_exitcode(raw))
            status.close()

    def _end(self, pid: int) -> None:
        """Whoever ordered it waits no longer; the exit code follows when it is dead."""
        self.selector.unregister(self.orderers[pid])
        _kill_group(pid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _import_module_of(function: str) -> None:
    """Once for all children to come; what cannot be imported fails in the child, which says so."""
    name = function.rpartition(".")[0]
    if name in sys.modules:
        return
    with contextlib.suppress(Exception):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # children leave shared pages alone


def without_pandas() -> None:
    """pyarrow looks for pandas with the first array of a process. ortools brings it, nobody here gives it a frame, and
    importing it takes 0.2 CPU seconds: of every child and work-horse, for who forks them makes no array."""
    sys.meta_path.insert(0, _NoPandas)


class _NoPandas:
    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        """ModuleNotFoundError of pandas; any other module is somebody else's."""
        if name == "pandas":
            raise ModuleNotFoundError("no pandas here", name=name)


def main() -> None:
    """``python -c … CHECKOUT CHANNEL``: serve the channel, a socket inherited by number."""
    without_pandas()
    Nursery(socket.socket(fileno=int(sys.argv[2]))).run()
