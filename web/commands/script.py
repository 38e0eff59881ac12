"""A script of the floor: events, each a command of the console by its name and its options, read and checked whole
before anything is done. docs/order-script.md is its format.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from kernel.errors import InvalidInput
from web.commands.console import Console
from web.commands.given import read_given

# What may be played: groups with all their commands, and single commands. Nothing else of the console is of an order.
PLAYED = ("setup set", "floor", "stock", "purchase", "pack", "dock", "order rest")
_FIRST = "setup set"  # what stands at the head of a script is there before the order is placed
NAMED = "$"  # begins a value that names something of the order
_WHEN = ("at", "after")
_REFUSED = "refused"
_JSON = "json"
_LARGEST = 2_000_000
_MOST_EVENTS = 2_000
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True)
class Event:
    """Its place in the script from 0, the command with what is said to it, and when: at an instant, which may name one
    that an earlier answer told, or so long after the event before; else at once. ``refused``: the code with which the
    plant is to refuse it.
    """

    index: int
    do: str
    command: click.Command
    said: Mapping[str, Any]
    at: datetime | str | None = None
    after: timedelta | None = None
    refused: str = ""

    @property
    def is_before(self) -> bool:
        """Whether it sets something up."""
        return self.do == _FIRST

    @property
    def is_timed(self) -> bool:
        """Whether it says when it happens."""
        return self.at is not None or self.after is not None


def read_script(path: Path) -> list[Event]:
    """The events of a file. InvalidInput SCRIPT with the index of the event and what it could have said."""
    text = read_given(path, _LARGEST, larger="This script is too large.", code="SCRIPT")
    try:
        told = json.loads(text, parse_float=str)  # amounts stay as they are written
    except ValueError as error:
        raise InvalidInput(f"This script is no JSON: {error}.", code="SCRIPT", field=path.name) from error
    if not isinstance(told, list) or len(told) > _MOST_EVENTS:
        words = f"A script is a list of events, {_MOST_EVENTS:,} at most."
        raise InvalidInput(words, code="SCRIPT", field=path.name)
    known = dict(commands())
    return [_event(index, one, known) for index, one in enumerate(told)]


def commands() -> Iterator[tuple[str, click.Command]]:
    """What an event may do, by its name."""
    console = Console("indicia")
    for name in dict.fromkeys(one.split()[0] for one in PLAYED):
        context = click.Context(console)
        found = console.get_command(context, name)
        if isinstance(found, click.Group):
            for own, command in found.commands.items():
                if name in PLAYED or f"{name} {own}" in PLAYED:
                    yield f"{name} {own}", command
        elif found is not None:
            yield name, found


def keys(command: click.Command) -> dict[str, click.Parameter]:
    """What can be said to a command: its arguments and long options, by the words that a script uses."""
    found = {_key(one): one for one in command.params}
    return {key: one for key, one in found.items() if key != _JSON}


def arguments(event: Event, said: Mapping[str, Any]) -> list[str]:
    """As the console would be given it; ``said``: with what its names stand for."""
    options: list[str] = []
    positions: list[str] = []
    for key, one in keys(event.command).items():
        if said.get(key) is None:
            continue
        value = said[key]
        if isinstance(one, click.Argument):
            positions += map(str, value if isinstance(value, list) else [value])
        elif isinstance(one, click.Option) and one.is_flag:
            options += [one.opts[0]] if value else []
        else:
            for each in value if one.multiple and isinstance(value, list) else [value]:
                options += [one.opts[0], *map(str, each if isinstance(each, list) else [each])]
    return [*options, f"--{_JSON}", "--", *positions]


def refused(index: int, words: str, *, field: str = "", allowed: Sequence[str] = ()) -> InvalidInput:
    """An event that cannot be read."""
    remedy = f"It is one of: {', '.join(allowed)}." if allowed else ""
    return InvalidInput(
        f"Event {index}: {words}", code="SCRIPT", remedy=remedy, field=f"{index}.{field}" if field else str(index),
        event=index, allowed=list(allowed),
    )  # fmt: skip


def _key(one: click.Parameter) -> str:
    name = max(one.opts, key=len) if isinstance(one, click.Option) else one.name or ""
    return name.lstrip("-").replace("-", "_")


def _event(index: int, told: Any, known: Mapping[str, click.Command]) -> Event:
    if not isinstance(told, dict) or told.get("do") not in known:
        what = f"{told.get('do')!r} is nothing that a script does" if isinstance(told, dict) else "no object"
        raise refused(index, f"{what}.", field="do", allowed=list(known))
    command = known[told["do"]]
    may = [*_WHEN, _REFUSED, *keys(command)]
    said = {key: value for key, value in told.items() if key not in ("do", _REFUSED, *_WHEN)}
    if unknown := sorted(set(said) - set(may)):
        raise refused(index, f"{told['do']} takes no {unknown[0]}.", field=unknown[0], allowed=may)
    if told.get("at") is not None and told.get("after") is not None:
        raise refused(index, "say at or after, not both.", field="at")
    event = Event(index, told["do"], command, said, *_when(index, told), str(told.get(_REFUSED) or ""))
    if not any(_names(value) for value in said.values()):
        read_arguments(event, {"job": "27-000000-0"} | said if "job" in may else said)
    return event


def read_arguments(
    event: Event, said: Mapping[str, Any], obj: Mapping[str, Any] | None = None
) -> click.Context:
    """The command with all that is said to it, as click reads it; nothing is done yet. InvalidInput SCRIPT."""
    try:
        return event.command.make_context(event.do, arguments(event, said), obj=obj)
    except click.UsageError as error:
        field = _key(error.param) if isinstance(error, click.BadParameter) and error.param else ""
        words = error.format_message().rstrip(".")
        raise refused(event.index, f"{event.do}: {words}.", field=field) from error


def _when(index: int, told: Mapping[str, Any]) -> tuple[datetime | str | None, timedelta | None]:
    at, after = told.get("at"), told.get("after")
    try:
        if isinstance(at, str) and not at.startswith(NAMED):
            at = _INSTANT.validate_python(at)
        after = _SPAN.validate_python(after) if after is not None else None
    except ValidationError as error:
        words = (
            "at is an instant with its offset, as in 2026-12-01T08:00-06:00; after a time span, as in PT45M."
        )
        raise refused(index, words, field="at" if after is None else "after") from error
    if not isinstance(at, str | datetime | None) or (after is not None and after < timedelta(0)):
        raise refused(index, "a clock does not go back.", field="after")
    return at, after


def _names(value: Any) -> bool:
    return (
        value.startswith(NAMED)
        if isinstance(value, str)
        else isinstance(value, list) and any(map(_names, value))
    )
