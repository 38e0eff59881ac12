"""IPP messages as values and as bytes (RFC 8010; tags and codes of RFC 8011). Functions of values: no network.

What a device sends is a stranger's data: every length is looked at before it is used, and what is longer, deeper or
shorter than a message can be is an ``IppError``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

MOST_BYTES = 4 << 20  # a printer with a thousand media answers in some 200 kB
_DEEPEST = 8  # media-col-database has three
_MOST_VALUES = 200_000
_END = 0x03


class IppError(ValueError):
    """Bytes that are no IPP message."""


class Tag(IntEnum):
    """What a value is. Others are kept as bytes."""

    UNSUPPORTED = 0x10
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    COLLECTION_END = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49
    MEMBER = 0x4A


class GroupTag(IntEnum):
    """Which attributes stand together."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05


_WORDS = range(Tag.TEXT, Tag.MEMBER)
_NOTHING = range(0x10, 0x20)


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its tag: whole number, yes or no, text, (low, high), attributes of a collection, bytes of all else,
    None where there is none.
    """

    tag: int
    of: int | bool | str | bytes | tuple[int, int] | tuple[Attribute, ...] | None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with its values."""

    name: str
    values: tuple[Value, ...]


Group: TypeAlias = tuple[int, tuple[Attribute, ...]]  # tag, attributes


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer. ``code``: operation or status; ``rest``: bytes behind the message, if any."""

    code: int
    request_id: int
    groups: tuple[Group, ...]
    version: tuple[int, int] = (2, 0)
    rest: bytes = b""

    def of(self, tag: int) -> Iterator[dict[str, tuple[Value, ...]]]:
        """Attributes of each group with that tag, by name."""
        for group, attributes in self.groups:
            if group == tag:
                yield {one.name: one.values for one in attributes}


def attribute(
    name: str, tag: int, *values: int | bool | str | tuple[int, int] | Sequence[Attribute]
) -> Attribute:
    """One attribute of values that share a tag."""
    return Attribute(
        name,
        tuple(Value(tag, tuple(one) if isinstance(one, list) else one) for one in values),  # type: ignore[arg-type]
    )


def encode(message: Message) -> bytes:
    """As it goes over the wire, without a document."""
    parts = [struct.pack(">BBHi", *message.version, message.code, message.request_id)]
    for tag, attributes in message.groups:
        parts.append(bytes([tag]))
        parts += [piece for one in attributes for piece in _attribute(one)]
    return b"".join([*parts, bytes([_END]), message.rest])


def _attribute(one: Attribute) -> Iterator[bytes]:
    name = one.name.encode()
    for value in one.values:
        yield from _value(name, value)
        name = b""  # RFC 8010 3.1.5: a further value has no name


def _value(name: bytes, value: Value) -> Iterator[bytes]:
    if value.tag == Tag.COLLECTION:
        assert isinstance(value.of, tuple)  # noqa: S101  # as ``Value`` says
        yield _field(Tag.COLLECTION, name, b"")
        for member in value.of:
            assert isinstance(member, Attribute)  # noqa: S101
            yield _field(Tag.MEMBER, b"", member.name.encode())
            for one in member.values:
                yield from _value(b"", one)
        yield _field(Tag.COLLECTION_END, b"", b"")
        return
    yield _field(value.tag, name, _plain(value))


def _plain(value: Value) -> bytes:
    match value.of:
        case None:
            return b""
        case bool():
            return bytes([value.of])
        case int():
            return struct.pack(">i", value.of)
        case str():
            return value.of.encode()
        case bytes():
            return value.of
        case (int(low), int(high)):
            return struct.pack(">ii", low, high)
    raise IppError(f"tag {value.tag:#x} does not hold {type(value.of).__name__}")


def _field(tag: int, name: bytes, value: bytes) -> bytes:
    if max(len(name), len(value)) > 0x7FFF:
        raise IppError("a name or value is longer than 32,767 bytes")
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


class _Reader:
    """Bytes from the front; never more than there are."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.values = data, 0, 0

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise IppError("the message ends in the middle")
        self.at += count
        return piece

    def number(self, form: str) -> int:
        (found,) = struct.unpack(form, self.take(struct.calcsize(form)))
        return int(found)

    def field(self) -> tuple[str, bytes]:
        """Name and value behind a tag."""
        self.values += 1
        if self.values > _MOST_VALUES:
            raise IppError(f"more than {_MOST_VALUES:,} values")
        name = self.take(self.number(">H"))
        return _text(name), self.take(self.number(">H"))


def decode(data: bytes) -> Message:
    """A message, and what stands behind it. IppError."""
    if len(data) > MOST_BYTES:
        raise IppError(f"the message is larger than {MOST_BYTES:,} bytes")
    reader = _Reader(data)
    version = (reader.number(">B"), reader.number(">B"))
    code, request_id = reader.number(">H"), reader.number(">i")
    groups: list[tuple[int, list[tuple[str, list[Value]]]]] = []
    while (tag := reader.number(">B")) != _END:
        if tag < 0x10:  # RFC 8010 3.5.1: delimiters are below
            groups.append((tag, []))
            continue
        name, raw = reader.field()
        if not groups:
            raise IppError("an attribute stands outside of every group")
        value = _read(reader, tag, raw, 1)
        attributes = groups[-1][1]
        if name:
            attributes.append((name, [value]))
        elif attributes:
            attributes[-1][1].append(value)
        else:
            raise IppError("a further value follows no attribute")
    held = tuple(
        (tag, tuple(Attribute(name, tuple(values)) for name, values in attributes))
        for tag, attributes in groups
    )
    return Message(code, request_id, held, version, reader.data[reader.at :])


def _read(reader: _Reader, tag: int, raw: bytes, depth: int) -> Value:
    if tag == Tag.COLLECTION:
        return Value(tag, _members(reader, depth))
    if tag in _NOTHING:
        return Value(tag, None)
    if tag in (Tag.INTEGER, Tag.ENUM):
        return Value(tag, _struct(">i", raw)[0])
    if tag == Tag.BOOLEAN:
        return Value(tag, _struct(">B", raw)[0] != 0)
    if tag == Tag.RANGE:
        low, high = _struct(">ii", raw)
        return Value(tag, (low, high))
    if tag in (Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE):
        inner = _Reader(raw)
        inner.take(inner.number(">H"))  # the language
        plain = Tag.TEXT if tag == Tag.TEXT_WITH_LANGUAGE else Tag.NAME
        return Value(plain, _text(inner.take(inner.number(">H"))))
    return Value(tag, _text(raw) if tag in _WORDS else raw)


def _members(reader: _Reader, depth: int) -> tuple[Attribute, ...]:
    if depth > _DEEPEST:
        raise IppError("collections stand in one another without end")
    found: list[tuple[str, list[Value]]] = []
    while True:
        tag = reader.number(">B")
        _, raw = reader.field()
        if tag == Tag.COLLECTION_END:
            return tuple(Attribute(name, tuple(values)) for name, values in found)
        if tag == Tag.MEMBER:
            found.append((_text(raw), []))
        elif found and tag >= 0x10:
            found[-1][1].append(_read(reader, tag, raw, depth + 1))
        else:
            raise IppError("a value of a collection has no name")


def _struct(form: str, raw: bytes) -> tuple[int, ...]:
    try:
        return struct.unpack(form, raw)
    except struct.error as error:
        raise IppError("a number has another length than its tag says") from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
