"""A line of a device as it is sent: what every line says, and the fields of its act beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kernel.errors import InvalidInput
from production.floor.devices.chain import Line, hash_of
from production.floor.devices.times import Said
from store.documents import JsonValue

MOST_LINES, LONGEST_LINE, LONGEST_TEXT = 100, 4_000, 2_000
Written = Mapping[str, str | int]  # a line as it was written
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Text = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]


class EventLine(BaseModel):
    """What every line says; texts beside it are fields of the act. ``item``: the ticket or the thing that it is about;
    ``shift``: who was signed in.
    """

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, _Text]
    device: Annotated[str, Field(max_length=26)]
    n: Annotated[int, Field(ge=1, le=10**9)]
    prev: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    hash: _Hash
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


class Batch(BaseModel):
    """What a device sends at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    events: Annotated[list[dict[str, str | int]], Field(max_length=MOST_LINES)]


_BATCH = TypeAdapter(Batch)


def read_batch(text: bytes, device: str) -> Sequence[tuple[EventLine, Written]]:
    """The lines of a batch, each with its text. InvalidInput DEVICE_LINE: all of it is refused, none is kept."""
    try:
        given = _BATCH.validate_json(text).events
        lines = [(EventLine.model_validate(one), one) for one in given]
    except (ValidationError, RecursionError) as error:
        raise _refused("it is not made as a line is") from error
    for line, one in lines:
        if line.device != device:
            raise _refused("it is of another device", line.n)
        if line.hash != _hash_of(one):
            raise _refused("its hash is of another text", line.n)
    return lines


def line_of(kept: Mapping[str, JsonValue]) -> EventLine:
    """A line that was taken in before."""
    return EventLine.model_validate(kept)


def _hash_of(one: Written) -> str:
    try:
        return hash_of(one)
    except ValueError:  # half of a character
        return ""


def _refused(why: str, n: int = 0) -> InvalidInput:
    which = f"Event {n}" if n else "An event"
    return InvalidInput(
        f"{which} of this device cannot be read: {why}.", code="DEVICE_LINE",
        remedy="Nothing of this batch was kept; the device keeps it. Enroll it anew, as another device.",
    )  # fmt: skip


def as_told(instant: datetime) -> str:
    """A time in an answer."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")
