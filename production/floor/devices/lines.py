"""A line of a device as it is sent: what every line says, and the fields of its act beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kernel.errors import InvalidInput
from production.floor.devices.chain import Line, hash_of
from production.floor.devices.times import Said
from store.documents import JsonValue

MOST_LINES, LONGEST_LINE, LONGEST_TEXT = 100, 4_000, 2_000
Written = Mapping[str, str | int]  # a line as it was written
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Kept = Annotated[str, Field(pattern=r"^[^\x00]*$")]
_Text = Annotated[_Kept, Field(max_length=LONGEST_TEXT)]


class Linked(BaseModel):
    """What a line must say to have a place on the chain of its device."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, _Kept | int]
    device: Annotated[str, Field(max_length=26)]
    n: Annotated[int, Field(ge=1, le=10**9)]
    prev: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    hash: _Hash


class EventLine(Linked):
    """What every line says; texts beside it are fields of the act. ``item``: the ticket or the thing that it is about;
    ``shift``: who was signed in.
    """

    __pydantic_extra__: dict[str, _Text]  # type: ignore[assignment]
    act: Annotated[str, Field(max_length=20)]
    item: Annotated[_Text, Field(max_length=80)]
    shift: Annotated[str, Field(max_length=26)]
    occurred: Annotated[AwareDatetime, Field(strict=False)]
    offset_ms: Annotated[int, Field(ge=0, le=10**12)]

    @property
    def link(self) -> Line:
        """Its place on the chain."""
        return Line(self.n, self.prev, self.hash)

    @property
    def said(self) -> Said:
        """Its time by both clocks."""
        return Said(self.occurred.astimezone(UTC), self.offset_ms)

    @property
    def fields(self) -> dict[str, str]:
        """What the act asks, as it was typed."""
        return dict(self.__pydantic_extra__)


class BrokenLine(EventLine):
    """What can be told of a line that has its place on the chain and is not made as one: no act does it."""


class Batch(BaseModel):
    """What a device sends at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    events: Annotated[list[Any], Field(max_length=MOST_LINES)]


_BATCH = TypeAdapter(Batch)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # a wrong clock: corrected by the line before it


def read_batch(text: bytes, device: str) -> Sequence[tuple[EventLine, Written]]:
    """The lines of a batch that have a place on the chain, each with its text; what has none leaves a gap. InvalidInput
    DEVICE_LINE where none has one.
    """
    try:
        given = _BATCH.validate_json(text).events
    except (ValidationError, RecursionError) as error:
        raise _refused("it is not made as a line is") from error
    lines, wrong = [], []
    for one in given:
        try:
            _refuse_off_chain(one, device)
            lines.append((line_of(one), one))
        except InvalidInput as error:
            wrong.append(error)
    if wrong and not lines:
        raise wrong[0]
    return lines


def line_of(kept: Mapping[str, JsonValue]) -> EventLine:
    """A line that has its place on the chain."""
    try:
        return EventLine.model_validate(kept)
    except ValidationError:
        return _as_far_as_it_reads(kept)


def _refuse_off_chain(one: Any, device: str) -> None:
    try:
        link = Linked.model_validate(one)
    except (ValidationError, RecursionError) as error:
        raise _refused("it is not made as a line is") from error
    if link.device != device:
        raise _refused("it is of another device", link.n)
    if link.hash != _hash_of(one) or any("\0" in name for name in one):
        raise _refused("its hash is of another text", link.n)


def _as_far_as_it_reads(kept: Mapping[str, JsonValue]) -> BrokenLine:
    texts = {name: value[:LONGEST_TEXT] for name, value in kept.items() if isinstance(value, str)}
    cut = {name: texts.get(name, "")[:most] for name, most in (("act", 20), ("item", 80), ("shift", 26))}
    try:
        occurred = _INSTANT.validate_python(texts.get("occurred"))
    except ValidationError:
        occurred = _NO_TIME
    said: dict[str, Any] = texts | cut | {"n": kept["n"], "occurred": occurred, "offset_ms": 0}
    return BrokenLine.model_construct(**said)


def _hash_of(one: Written) -> str:
    try:
        return hash_of(one)
    except ValueError:  # half of a character
        return ""


def _refused(why: str, n: int = 0) -> InvalidInput:
    which = f"Event {n}" if n else "An event"
    return InvalidInput(
        f"{which} of this device cannot be read: {why}.", code="DEVICE_LINE",
        remedy="It was not kept; the device keeps it. Enroll it anew, as another device.",
    )  # fmt: skip


def as_told(instant: datetime) -> str:
    """A time in an answer."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
