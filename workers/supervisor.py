"""``indicia up``: every part of the plant under one process, healed when one dies, gone when it ends.

Database and queue come from ``store.start.embedded`` unless URLs are set; web, background and workers are child
processes in groups of their own, so a Ctrl-C reaches this process alone and it ends them in order.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import structlog
from redis import Redis
from redis.exceptions import RedisError

from kernel.errors import ShopError, Unavailable
from production.catalog.shipped import set_up
from store import logs
from store.files import RESERVE_BYTES
from store.limited.sandbox import close_nursery
from store.plant import open_plant
from store.settings import CHECKOUT, Settings, as_environment
from store.start import embedded, leash
from store.start.data_lock import data_folder_lock
from store.start.migrate import upgrade
from store.start.stamp import stamp

_LONGEST_WAIT = 30  # seconds between two starts of what keeps dying
_ROTATE_SECONDS = 10
_TICK_SECONDS = 0.25
_WEB_START_SECONDS = 180
_GRACE_SECONDS = 6  # for running steps; what does not end by then is done again after the next start
_log = structlog.get_logger("supervisor")


def commands(settings: Settings, listener: int) -> dict[str, list[str]]:
    """Every child process by name; ``listener`` is the descriptor of the web address, which ``web`` ones share."""
    python = [sys.executable, "-m"]
    web = [*python, "web.server", "app:create_app", "--fd", str(listener)]
    bulk = {
        f"worker-bulk-{n}": [*python, "workers.consume", "bulk"] for n in range(1, settings.bulk_workers + 1)
    }
    return {
        **{f"web-{n}": web for n in range(1, settings.web_workers + 1)},
        "background": [*python, "workers.background"],
        "worker-interactive": [*python, "workers.consume", "interactive"],
        "worker-devices": [*python, "workers.consume", "devices"],
        **bulk,
        **({"mail-catcher": [*python, "workers.mail_catcher"]} if settings.mail_catcher else {}),
    }


def run(
    settings: Settings,
    *,
    on_ready: Callable[[Settings], None],
    make_commands: Callable[[Settings, int], dict[str, list[str]]] = commands,
) -> None:
    """Start everything, call ``on_ready`` (in a thread, with the URLs filled in), keep it alive until SIGTERM
    or Ctrl-C, end everything. Unavailable or Conflict, in a plain sentence, when it cannot start.
    """
    stop = _StopFlag()
    with contextlib.ExitStack() as stack:
        stack.enter_context(stop.on_signals())
        _check_disk(settings.data_dir)
        stack.enter_context(data_folder_lock(settings.data_dir))
        listener = stack.enter_context(embedded.listen(settings.host, settings.port))
        leash.adopt_orphans()
        services = Services(settings)
        stack.callback(services.end)
        settings = services.start()
        upgrade(settings.database_owner_url or settings.database_url, settings.database_url)
        plant = open_plant(settings, settings.database_url)
        stamp(plant)
        set_up(plant.db)
        plant.db.dispose()
        settings = replace(settings, database_owner_url="")  # no process below changes tables
        crew = Crew(settings, make_commands(settings, listener.fileno()), listener=listener.fileno())
        stack.callback(crew.end, spare=services.process_ids)
        stack.callback(close_nursery)  # what runs aside hears of the stop, and blames no file and no program
        _wait_for_web(settings, crew, stop)
        ready = _Aside(on_ready, settings)
        while not stop.is_set:
            services.heal()
            crew.heal()
            ready.raise_error()
            time.sleep(_TICK_SECONDS)


class _StopFlag:
    """Set by SIGTERM or SIGINT: a plain attribute, for nothing else is safe in a signal handler."""

    def __init__(self) -> None:
        self.is_set = False

    def _set(self, *_: Any) -> None:
        self.is_set = True

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Our handlers now, the former ones afterwards."""
        before = {number: signal.signal(number, self._set) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Aside:
    """Something that runs beside the watch; its error surfaces in the watch."""

    def __init__(self, act: Callable[[Settings], None], settings: Settings) -> None:
        self._error: BaseException | None = None
        threading.Thread(target=self._run, args=(act, settings), name="on-ready", daemon=True).start()

    def _run(self, act: Callable[[Settings], None], settings: Settings) -> None:
        try:
            act(settings)
        except BaseException as error:  # noqa: BLE001  # raised again in the main thread
            self._error = error

    def raise_error(self) -> None:
        """Raise what the act raised."""
        if self._error is not None:
            raise self._error


class Services:
    """Database and queue: embedded and healed, or somebody else's by URL."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._postgres: Any = None
        self._valkey: embedded.Valkey | None = None
        self._next_try = 0.0
        self._failures = 0  # in a row

    def start(self) -> Settings:
        """Start what has no URL, look at what has one; gives the settings with all URLs."""
        settings = self._settings
        if settings.database_url:
            embedded.wait_for_database(settings.database_url)
        else:
            url, self._postgres = embedded.start_postgres(settings.data_dir / "postgres")
            settings = replace(settings, database_url=url, database_owner_url=embedded.owner_url(url))
        if not settings.redis_url:
            url, self._valkey = embedded.start_valkey(settings.data_dir / "valkey")
            settings = replace(settings, redis_url=url)
        _refuse_eviction(settings.redis_url)
        return settings

    def process_ids(self) -> set[int]:
        """Ours, not to be taken for left-overs."""
        ids = {self._postgres.get_pid()} if self._postgres else set()
        return ids | ({self._valkey.process.pid} if self._valkey else set())

    def heal(self) -> None:
        """Start again what died; a failed start is tried again, each time later."""
        if time.monotonic() < self._next_try:
            return
        try:
            if self._valkey and not self._valkey.is_running():
                _log.error("valkey_died")
                self._valkey = embedded.start_valkey(self._settings.data_dir / "valkey")[1]
            if self._postgres and not embedded.postgres_runs(self._postgres):
                _log.error("postgres_died")
                embedded.revive_postgres(self._postgres)
            self._failures = 0
        except (ShopError, OSError) as error:
            self._failures += 1
            _log.error("service_start_failed", reason=getattr(error, "sentence", str(error)))
            self._next_try = time.monotonic() + _wait_after(self._failures)

    def end(self) -> None:
        """Valkey first, the database last."""
        if self._valkey:
            self._valkey.stop()
        if self._postgres:
            self._postgres.cleanup()


@dataclass(slots=True)
class Child:
    """One process we keep alive."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0  # in a row, without a minute of life
    next_start: float = field(default=0.0)

    @property
    def is_web(self) -> bool:
        """Does it answer on the web address?"""
        return self.name.startswith("web-")


def _wait_after(failures: int) -> float:
    """Seconds before the next start after so many failures in a row: 0, 1, 3, 7, 15, then 30."""
    return min(2.0 ** min(failures - 1, 10) - 1, _LONGEST_WAIT)


class Crew:
    """The child processes; each in its own group, leashed to this process, with a log file of its own."""

    def __init__(self, settings: Settings, command_lines: dict[str, list[str]], *, listener: int) -> None:
        self._logs = settings.data_dir / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._environment = os.environ | as_environment(settings) | {"PYTHONUNBUFFERED": "1"}
        self._listener = listener
        self._next_rotation = 0.0
        self._sessions: set[int] = set()  # of every process started here, the dead ones included
        self.children = {name: Child(name, line) for name, line in command_lines.items()}
        for child in self.children.values():
            self._start(child)

    def log_file(self, name: str) -> Path:
        """Where the child's words are."""
        return self._logs / f"{name}.log"

    def _start(self, child: Child) -> None:
        """A child that cannot even be started has died at once."""
        child.started_at = time.monotonic()
        try:
            with self._open_log(child.name) as log:
                child.process = subprocess.Popen(
                    leash.leashed(child.command), cwd=CHECKOUT, env=self._environment,
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    pass_fds=(self._listener,) if child.is_web else (),
                )  # fmt: skip
        except OSError as error:
            self._bury_child(child, str(error))
        else:
            self._sessions.add(child.process.pid)

    def _open_log(self, name: str) -> IO[bytes]:
        """The child's log, or nowhere when the disk takes no more."""
        try:
            return self.log_file(name).open("ab")
        except OSError:
            return open(os.devnull, "ab")  # noqa: PTH123

    def _bury_child(self, child: Child, code: object) -> None:
        now = time.monotonic()
        child.deaths = 1 if now - child.started_at > 60 else child.deaths + 1
        child.next_start = now + _wait_after(child.deaths)
        child.process = None
        _log.error("child_died", name=child.name, code=code, deaths=child.deaths)

    def heal(self) -> None:
        """Start the dead again: at once, then later and later while they keep dying. Logs begin anew when large."""
        for child in self.children.values():
            if child.process is not None and child.process.poll() is not None:
                self._bury_child(child, child.process.returncode)
            if child.process is None and time.monotonic() >= child.next_start:
                self._start(child)
        if time.monotonic() >= self._next_rotation:
            self._next_rotation = time.monotonic() + _ROTATE_SECONDS
            for name in self.children:
                logs.rotate(self.log_file(name))
        self._bury(leash.children() - self._process_ids())

    def _process_ids(self) -> set[int]:
        return {child.process.pid for child in self.children.values() if child.process is not None}

    def end(self, *, spare: Callable[[], set[int]]) -> None:
        """SIGTERM to all; again for those still at a step after the grace time; SIGKILL to the last."""
        for number, seconds in (
            (signal.SIGTERM, _GRACE_SECONDS),
            (signal.SIGTERM, 3.0),
            (signal.SIGKILL, 5.0),
        ):
            for child in self._living():
                with contextlib.suppress(ProcessLookupError):
                    if number is signal.SIGKILL:
                        os.killpg(child.pid, number)
                    else:
                        child.send_signal(number)
            deadline = time.monotonic() + seconds
            while self._living() and time.monotonic() < deadline:
                time.sleep(0.05)
        deadline = time.monotonic() + 5
        while (left := leash.children() - spare() - self._process_ids()) and time.monotonic() < deadline:
            for pid in left:  # work-horses whose worker was killed
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._bury(left)
            time.sleep(0.05)

    def _bury(self, process_ids: set[int]) -> None:
        """Take the exit codes of adopted work-horses, but of nobody else's children: they are waited for."""
        for pid in process_ids:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                if os.getsid(pid) in self._sessions:
                    os.waitpid(pid, os.WNOHANG)

    def _living(self) -> list[subprocess.Popen[bytes]]:
        processes = [child.process for child in self.children.values() if child.process is not None]
        return [process for process in processes if process.poll() is None]


def _wait_for_web(settings: Settings, crew: Crew, stop: _StopFlag) -> None:
    """Return when the web answers; Unavailable when it keeps dying or stays silent."""
    web = [child for child in crew.children.values() if child.is_web]
    deadline = time.monotonic() + _WEB_START_SECONDS
    while not stop.is_set and not _answers(settings):
        crew.heal()
        if max(child.deaths for child in web) >= 3 or time.monotonic() > deadline:
            log = crew.log_file(web[0].name)
            raise Unavailable(f"The web server did not start; its own words are in {log}.")
        time.sleep(0.1)


def _answers(settings: Settings) -> bool:
    line = http.client.HTTPConnection(settings.host.strip("[]"), settings.port, timeout=2)
    try:
        line.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{settings.port}"})
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _check_disk(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise Unavailable(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    if free < RESERVE_BYTES:
        raise Unavailable(
            f"The disk with the data folder has only {free >> 20} MB free; "
            f"{RESERVE_BYTES >> 20} MB are needed.",
            code="STORAGE_FULL",
        )


def _refuse_eviction(redis_url: str) -> None:
    """A queue that may forget under memory pressure is no queue."""
    try:
        policy = Redis.from_url(redis_url).info("memory")["maxmemory_policy"]
    except RedisError as error:
        raise Unavailable("The queue cannot be reached; check REDIS_URL.") from error
    if policy != "noeviction":
        raise Unavailable(f"The queue's maxmemory-policy is {policy}; it must be noeviction.")
