"""Typed values as JSON with their version: what stands in a document column, or in a kept file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from kernel.errors import Corrupt

# What has no shape of its own: details of an event, answers to a form. JSON takes it, and no more is known.
JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
T = TypeVar("T")
Upgrade = Callable[[Any], Any]
FAULTS_TOLD = 3


_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def plain(value: object) -> object:
    """Any value as JSON values: dataclasses and models are objects with their fields, days and decimals texts."""
    return _ANYTHING.dump_python(value, mode="json")


class Versioned(Generic[T]):
    """A type (frozen dataclass, pydantic model, tuple or dict of them) as ``{"version": n, "value": ...}``.

    What does not fit is a ``Corrupt`` with the code DOCUMENT, in both directions. ``upgrades``: one named function for
    every earlier version, the oldest first; each is given the plain JSON value of its version and returns that of the
    next. The present version is therefore their number and one. ``was_bare``: version 1 was written as the value alone.
    """

    def __init__(self, shape: Any, upgrades: tuple[Upgrade, ...] = (), *, was_bare: bool = False) -> None:
        self.shape, self.upgrades, self.version = shape, upgrades, len(upgrades) + 1
        self.was_bare = was_bare

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        # An alternative to None, because pydantic takes no settings for a type that could have its own.
        return TypeAdapter(self.shape | None, config=ConfigDict(extra="forbid"))

    def plain(self, value: T, where: str) -> dict[str, object]:
        """The value as JSON values."""
        try:
            if value is None:
                raise TypeError("nothing is no document")
            self._adapter.validate_python(value, strict=True)
            dumped = self._adapter.dump_python(value, mode="json", warnings="error")
        except (ValueError, TypeError) as error:
            raise self._fault(where, self.version, error) from None
        return {"version": self.version, "value": dumped}

    def value(self, plain: Any, where: str) -> T:
        """The reverse of ``plain``, from any version."""
        is_one = isinstance(plain, dict) and plain.keys() == {"version", "value"}
        if self.was_bare and not is_one:
            is_one, plain = True, {"version": 1, "value": plain}
        version: Any = plain["version"] if is_one else None
        if version not in range(1, self.version + 1):
            raise self._fault(where, version, f"only versions 1 to {self.version} are known")
        held = plain["value"]
        try:
            for upgrade in self.upgrades[version - 1 :]:
                held = upgrade(held)
            return self._adapter.validate_python(held)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise self._fault(where, version, error) from None  # a cause would carry the value into the log

    def as_bytes(self, value: T, where: str) -> bytes:
        """Canonical JSON for a kept file."""
        return json.dumps(self.plain(value, where), ensure_ascii=False, sort_keys=True).encode()

    def from_bytes(self, data: bytes, where: str) -> T:
        """The reverse of ``as_bytes``."""
        try:
            return self.value(json.loads(data), where)
        except ValueError as error:
            raise self._fault(where, None, error) from None

    def _fault(self, where: str, version: object, why: Exception | str) -> Corrupt:
        """Says where and what, never the value: it may hold names and addresses."""
        if isinstance(why, ValidationError):
            places = (".".join(map(str, one["loc"])) or "the whole" for one in why.errors()[:FAULTS_TOLD])
            why = f"{why.error_count()} faults, first at {', '.join(places)}"
        elif isinstance(why, Exception):
            why = type(why).__name__
        name = getattr(self.shape, "__name__", "") if isinstance(self.shape, type) else str(self.shape)
        sentence = f"{where} does not hold {name} of version {version}: {why}."
        return Corrupt(sentence, code="DOCUMENT", place=where, version=version)
