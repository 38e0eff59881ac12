"""Acts killed before they are done: nothing may be lost, nothing doubled.

A test marked ``killed`` runs as always, but each act that its browsers send dies first where it would commit, with all
of its writing behind it: the server ends its connection, as it does when a process is gone, and nobody hears an answer.
An act of several transactions dies before each of them. Then the act is done, and sent once more as if its answer had
been lost. Between two commits the database decides, so that one death there stands for all.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import Engine, event

from store.plant import Plant
from tests.databases import superuser_of

T = TypeVar("T")
_WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_PULSE = {"device"}  # says when it was heard last


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Killer:
    """Kills acts on an engine; ``acts`` so many, ``struck`` so often."""

    def __init__(self, engine: Engine, superuser: psycopg.Connection) -> None:
        self._engine, self._superuser = engine, superuser
        self._dies_at = self._commits = 0  # those of the act
        self._tables: set[str] = set()  # that it has written into
        self._is_writing = False
        self._stood: list[Any] = []  # when it died
        self.acts = self.struck = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Meanwhile it knows what is written."""
        event.listen(self._engine, "before_cursor_execute", self._on_write)
        event.listen(self._engine, "commit", self._on_commit)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self._on_write)
            event.remove(self._engine, "commit", self._on_commit)

    def survive(self, act: Callable[[], T]) -> T:
        """Kill an act at each of its commits; its answer when it lived."""
        self.acts += 1
        for self._dies_at in range(1, 100):
            self._commits, self._tables, self._is_writing = 0, set(), False
            with suppress(Killed):
                answer = act()
            if self._commits < self._dies_at:
                self._dies_at = 0
                return answer
            self.struck += 1
            assert self.rows() == self._stood, "an act that was dead wrote on"
        raise AssertionError("the act comes to no end")

    def rows(self) -> list[Any]:
        """What stands in the tables that the act wrote into."""
        of_table = "SELECT '{0}', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {0} t"
        each = " UNION ALL ".join(of_table.format(table) for table in sorted(self._tables - _PULSE))
        return self._superuser.execute(each).fetchall() if each else []

    def _on_write(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if written := _WRITES.match(statement):
            self._tables.add(written[1])
            self._is_writing = True

    def _on_commit(self, connection: Any) -> None:
        if not self._is_writing:
            return
        self._commits, self._is_writing = self._commits + 1, False
        if self._commits == self._dies_at:
            self._stood = self.rows()
            wire = connection.connection.dbapi_connection
            self._superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [wire.info.backend_pid])
            raise Killed


@contextmanager
def killing(plant: Plant, browsers: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    """Every act that a browser of this class sends to the app of a plant dies first."""
    killer, post = Killer(plant.db.engine, superuser_of(plant)), browsers.post

    def killed(browser: Any, *where: Any, data: Any = None, **more: Any) -> Any:
        if "json" not in more and "idempotency_key" not in (data or {}):
            return post(browser, *where, data=data, **more)

        def send() -> Any:
            body = {"data": {name: _fresh(value) for name, value in data.items()}} if data else {}
            return post(browser, *where, **body, **more)

        answer = killer.survive(send)
        if answer.status_code < 400:
            done = killer.rows()
            assert (send().status_code, killer.rows()) == (answer.status_code, done), "it was done twice"
        return answer

    monkeypatch.setattr(browsers, "post", killed)
    with killer.listening():
        yield killer
    assert killer.struck, "nothing was killed"


def _fresh(value: Any) -> Any:
    """A file as it was before it was sent."""
    return (io.BytesIO(value[0].getvalue()), *value[1:]) if isinstance(value, tuple) else value
