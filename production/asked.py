"""What an act asks: typed fields with label, hint and limits, one model for its form and for the API.

A field's label is pydantic's ``title`` and its hint the ``description``, so that a page and the description of the API
say the same. What is sent is read here and told back by field; whether it may be done is for the verb to say.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from types import UnionType
from typing import IO, Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    ValidationError,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo

from kernel.errors import InvalidInput, refused_field
from kernel.findings import Finding, Place, Severity
from kernel.money import Money

Kind = Literal["text", "paragraph", "secret", "whole", "decimal", "day", "yes", "file", "many", "by_key"]
_MOST_DOLLARS = Money(100_000_000_000)
_LEAST, _OVER = Decimal("0.0001"), Decimal(10) ** 14


class Asked(BaseModel):
    """The fields of an act; one without any asks nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    CODE: ClassVar[str] = "INVALID_INPUT"  # of the findings about its fields
    REFUSED: ClassVar[str] = "Nothing was entered."

    def facts(self, *without: str) -> dict[str, Any]:
        """What was said, by field."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in without}

    @classmethod
    def refusal(cls, field: str, sentence: str, remedy: str = "") -> InvalidInput:
        """What a verb finds wrong with one field."""
        return refused_field(cls.CODE, field, sentence, remedy)


Said = TypeVar("Said", bound=Asked)


class Upload(NamedTuple):
    """A file as it was sent, not read yet."""

    stream: IO[bytes]
    name: str


@dataclass(frozen=True)
class Sent:
    """A form as it was sent: texts and files by field, each perhaps several times."""

    texts: Mapping[str, Sequence[str]]
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The first text of each field."""
        return {name: texts[0] for name, texts in self.texts.items() if texts}

    @cached_property
    def files(self) -> Mapping[str, Upload]:
        """The first file of each field."""
        return {name: files[0] for name, files in self.uploads.items() if files}


# --- kinds of fields ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Input:
    """How a page asks for a value."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text that is one of a few: value to words. Not ``checked``: the verb has a sentence of its own about others."""

    choices: Mapping[str, str]
    checked: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return AfterValidator(self._known).__get_pydantic_core_schema__(source, handler)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> Any:
        return handler(schema) | {"enum": list(self.choices)}

    def _known(self, value: str) -> str:
        if self.checked and value not in self.choices:
            raise Wrong("Choose one of the list.")
        return value


class Wrong(ValueError):
    """What a validator raises about a value, in words for people."""

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.remedy = sentence, remedy


def _printable(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text if letter not in "\n\t"):
        raise Wrong("This holds a character that is not text.", "Type it in again.")
    return text


def _line(value: Any) -> Any:
    return _printable(" ".join(value.split())) if isinstance(value, str) else value


def _paragraph(value: Any) -> Any:
    return _printable(value.replace("\r\n", "\n").strip()) if isinstance(value, str) else value


def _why(text: str) -> str:
    if not text:
        raise Wrong("Say why, in a few words.")
    return text


def _whole(value: Any) -> Any:
    digits = value.replace(",", "").strip() if isinstance(value, str) else str(value)
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Wrong("This is not a whole number.", "Write digits, as in 1,200.")
    return int(digits)


def _dollars(value: Any) -> Money:
    try:
        money = value if isinstance(value, Money) else Money.parse(value[:30])
    except (ValueError, TypeError):
        money = None
    if money is None or not -_MOST_DOLLARS < money < _MOST_DOLLARS:
        raise Wrong("This is not an amount.", "Write dollars and cents, as in 1,234.50.")
    return money


def _measure(value: Any) -> Decimal:
    text = str(value).replace(",", "").strip()
    try:
        number = Decimal(text) if len(text) <= 14 else Decimal(0)
    except InvalidOperation:
        number = Decimal(0)
    # 1E999999 is finite, and no measure
    is_sane = number.is_finite() and _LEAST <= number < _OVER
    if not is_sane or number != number.quantize(_LEAST):
        raise Wrong("This is not a number over zero.", "Write it as in 0.8.")
    return number


def _day(value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value.strip())
    except (ValueError, TypeError, AttributeError):
        is_shown = isinstance(value, str) and value.strip() and value.isprintable()
        typed = f'"{value.strip()[:30]}"' if is_shown else "This"
        raise Wrong(f"{typed} is not a day.", "Write year, month and day, as in 2026-11-30.") from None


def _file(value: Any) -> Upload:
    if not isinstance(value, Upload):
        raise Wrong("Choose the file.")
    return value


Line = Annotated[str, BeforeValidator(_line), Input("text")]
Needed = Annotated[str, Field(min_length=1), BeforeValidator(_line), Input("text")]
Why = Annotated[Line, Field(max_length=200), AfterValidator(_why)]
Paragraph = Annotated[str, BeforeValidator(_paragraph), Input("paragraph")]
Secret = Annotated[SecretStr, Field(max_length=1000), Input("secret")]
Count = Annotated[int, BeforeValidator(_whole), Input("whole")]
Dollars = Annotated[
    Money,
    PlainValidator(_dollars),
    PlainSerializer(lambda money: money.plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["1234.50"]}),
    Input("decimal"),
]
Measure = Annotated[Decimal, BeforeValidator(_measure), Input("decimal")]
# Codes of the consequences that were on the page the form came from.
Known = Annotated[list[str], Field(default_factory=list, max_length=100)]
DayText = Annotated[str, Input("day")]  # read by the verb
Day = Annotated[date, BeforeValidator(_day), Input("day")]
File = Annotated[
    Upload,
    PlainValidator(_file),
    WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"}),
    Input("file"),
]

_BY_TYPE: dict[Any, Kind] = {
    bool: "yes", int: "whole", Decimal: "decimal", date: "day", list: "many", tuple: "many", dict: "by_key",
}  # fmt: skip


def parts_of(info: FieldInfo) -> tuple[Any, list[Any]]:
    """The type of a field and everything noted about it, whether or not it may be left out."""
    found, notes = info.annotation, list(info.metadata)
    while True:
        if get_origin(found) in (Union, UnionType):
            found = next(part for part in get_args(found) if part is not type(None))
        elif get_origin(found) is Annotated:
            found, *more = get_args(found)
            notes += more
        else:
            return found, notes


def kind_of(info: FieldInfo) -> Kind:
    """How a page asks for a field."""
    found, notes = parts_of(info)
    own = next((note.kind for note in notes if isinstance(note, Input)), None)
    return own or _BY_TYPE.get(get_origin(found) or found, "text")


# --- reading -----------------------------------------------------------------------------------------------


def read(asked: type[Said], sent: Sent) -> Said:
    """What a form says. InvalidInput with everything that is wrong."""
    said, found = read_all(asked, sent, {})
    if said is None:
        raise _refusal(asked, found)
    return said


def read_json(asked: type[Said], text: str | bytes) -> Said:
    """What a program says. InvalidInput with everything that is wrong."""
    try:
        return asked.model_validate_json(text)
    except ValidationError as error:
        raise _refusal(asked, _findings(asked, error)) from error


def read_all(asked: type[Said], sent: Sent, instead: Mapping[str, Any]) -> tuple[Said | None, list[Finding]]:
    """What a form says and what is wrong with it, so that the verb can speak about the rest: fields that cannot be read
    are taken from ``instead``; None when one of them is not there.
    """
    values = dict(_values(asked, sent))
    try:
        return asked.model_validate(values), []
    except ValidationError as error:
        bad = {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}
        found = _findings(asked, error)
    if not bad <= set(instead):
        return None, found
    return asked.model_validate(values | {name: instead[name] for name in bad}), found


def _values(asked: type[Asked], sent: Sent) -> Iterator[tuple[str, Any]]:
    """By field as it was typed; what was left empty is left out where it may be."""
    for name, info in asked.model_fields.items():
        kind, text = kind_of(info), sent.fields.get(name, "")
        if kind == "file":
            if name in sent.files:
                yield name, sent.files[name]
            elif info.is_required():
                yield name, None
        elif kind == "many":
            yield name, list(sent.texts.get(name) or sent.uploads.get(name, ()))
        elif kind == "by_key":
            start = f"{name}-"
            yield (
                name,
                {key.removeprefix(start): said for key, said in sent.fields.items() if key.startswith(start)},
            )
        elif kind == "yes":
            yield name, text or False
        elif info.is_required() or (text if kind == "text" else text.strip()):
            yield name, text


def _refusal(asked: type[Asked], found: list[Finding]) -> InvalidInput:
    words = " ".join([asked.REFUSED, *dict.fromkeys(one.message for one in found[:3])])
    return InvalidInput(words, code=asked.CODE, findings=found)


_SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "This is not asked here.",
    "string_too_short": "Fill this in.",
    "string_too_long": "Write at most {max_length:,} characters.",
    "too_long": "Give at most {max_length:,}.",
    "greater_than_equal": "Write {ge:,} or more.",
    "less_than_equal": "Write {le:,} or less.",
    "bool_parsing": "Choose yes or no.",
    "enum": "Choose one of the list.",
    "literal_error": "Choose one of the list.",
    "json_invalid": "This is not JSON.",
}


def _findings(asked: type[Asked], error: ValidationError) -> list[Finding]:
    """By field, as a form names them: a value of a mapping under field and key, one of a list under its field."""
    found = []
    for one in error.errors(include_url=False, include_input=False):
        facts = one.get("ctx", {})
        cause = facts.get("error")
        # a text that a function has read is measured as a value
        kind = f"string_{one['type']}" if facts.get("field_type") == "Value" else one["type"]
        own = cause if isinstance(cause, Wrong) else Wrong(_SENTENCES.get(kind, "").format(**facts))
        sentence = own.sentence or f"{one['msg'].rstrip('.')}."
        place = Place(column="-".join(part for part in one["loc"] if isinstance(part, str)))
        found.append(Finding(asked.CODE, Severity.STOP, sentence, own.remedy, place))
    return found
