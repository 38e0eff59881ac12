"""The fields file: boxes on the pages of a template, read from JSON with a finding for everything wrong.

The format is described in docs/fields.md. Positions are points from the top left of the page as seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kernel.findings import Finding, Place, Severity
from postal.barcodes.imb_geometry import DOTS_600
from production.prepress.merge import fonts
from production.prepress.merge.field_formats import is_format

IMB_WIDTH = DOTS_600.length
IMB_HEIGHT = DOTS_600.full
# One module of the page mark, points (13 dots at 600 dpi, 0.0217 in); the code with its quiet zone is 18 modules.
MARK_MODULE = 13 * 72 / 600
MARK_SIDE = 18 * MARK_MODULE

STANDARD_COLUMNS = (
    "recipient", "company", "street", "street2", "city", "state", "zip5", "plus4", "delivery_point", "source_row",
)  # fmt: skip

# Default place for a #10 window envelope and a C-folded US Letter sheet, address panel outside.
# Window 4 1/2 x 1 1/8 in, 7/8 in from the left, 1/2 in from the bottom of 4 1/8 x 9 1/2 in (GPO Program 4527-S,
# April 2018, for the size; its position is unconfirmed). The panel is 3.6875 in high (print-shop folding
# table), so the insert may rise 0.4375 in and shift 1.0 in; what stays visible at every shift is
# 0.875..4.375 in from the left and 2.5..3.1875 in from the top of the sheet. The bars keep 1/8 in left and right
# and 0.028 in above (DMM 202.5); four lines of 8 points fit in the band, a fifth only while the insert lies low.
WINDOW_ALWAYS_VISIBLE = (0.875 * 72, 2.5 * 72, 4.375 * 72, 3.1875 * 72)
WINDOW_EVER_VISIBLE = (0.0, 2.0625 * 72, 5.375 * 72, 3.625 * 72)
_IMB_AT = (1.0 * 72, 2.5 * 72 + 2.16)
_ADDRESS_AT = (1.0 * 72, 194.88)
_MARK_INSET = 0.35 * 72
# On the address side of a card: within the read area (1/2 in from the sides, 5/8 to 2 3/4 in from the bottom,
# DMM 202.2), bars above the address, the mark opposite the postage.
_CARD_HEIGHT = 7 * 72
_CARD_RIGHT, _CARD_IMB_UP, _CARD_ADDRESS_UP = 0.5 * 72, 2.0 * 72, 1.7 * 72
_ADDRESS_SIZE = (234.0, 44.0)


class Kind(StrEnum):
    """What a box holds."""

    TEXT = "text"
    ADDRESS = "address"
    IMB = "imb"
    MARK = "mark"


class Align(StrEnum):
    """Where a line stands in its box."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Fit(StrEnum):
    """What happens to text wider than its box."""

    SHRINK = "shrink"
    WRAP = "wrap"
    CLIP_ERROR = "clip-error"


@dataclass(frozen=True, slots=True)
class Field:
    """One box. ``page`` counts from 1; 0 (marks only) means every page. Lengths in points."""

    name: str
    kind: Kind
    page: int
    x: float
    y: float
    width: float
    height: float
    text: str = ""  # with {column}; {{ and }} are braces
    font: str = fonts.DEFAULT
    size: float = 10.0
    min_size: float = 6.0
    align: Align = Align.LEFT
    fit: Fit = Fit.SHRINK
    line_spacing: float = 1.2
    color: str = "000000"
    formats: tuple[tuple[str, str], ...] = ()  # (column, format); an empty column: all the others
    empties: tuple[tuple[str, str], ...] = ()  # (column, what is printed where it is empty)
    omit_empty: bool = False  # a line of the text whose columns are all empty is left out

    def format_of(self, column: str) -> str:
        """How a column is shown; empty: as it stands."""
        return _of_column(self.formats, column)

    def text_for_empty(self, column: str) -> str:
        """What is printed where the column is empty."""
        return _of_column(self.empties, column)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The text as (literal, column) pairs; the last column may be empty."""
        return split_text(self.text)


def _of_column(pairs: tuple[tuple[str, str], ...], column: str) -> str:
    by_column = dict(pairs)
    return by_column.get(column, by_column.get("", ""))


@dataclass(frozen=True, slots=True)
class Fields:
    """Every box of a template."""

    fields: tuple[Field, ...]

    def of_kind(self, kind: Kind) -> tuple[Field, ...]:
        """The boxes of one kind."""
        return tuple(field for field in self.fields if field.kind is kind)

    @property
    def columns(self) -> set[str]:
        """The columns whose text the boxes print, those of the address block aside."""
        return {name for field in self.fields for _, name in field.parts if name}

    def to_json(self) -> dict[str, object]:
        """The fields file as plain values; ``parse_fields`` reads it back to an equal value."""
        return {"fields": [_as_entry(field) for field in self.fields]}


def _as_entry(field: Field) -> dict[str, object]:
    entry: dict[str, object] = {"name": field.name, "kind": str(field.kind), "page": field.page or "every"}
    entry |= {key: getattr(field, key) for key in ("x", "y", "width", "height")}
    if field.kind in {Kind.TEXT, Kind.ADDRESS}:
        entry |= {key: getattr(field, key) for key in ("font", "size", "min_size", "line_spacing", "color")}
    if field.kind is Kind.TEXT:
        entry |= {"text": field.text, "align": str(field.align), "fit": str(field.fit)}
        entry |= {
            key: pairs[0][1] if [column for column, _ in pairs] == [""] else dict(pairs)
            for key, pairs in (("format", field.formats), ("empty", field.empties))
            if pairs
        }
        entry |= {"omit_empty": True} if field.omit_empty else {}
    return entry


_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([{}])")


def split_text(text: str) -> list[tuple[str, str]]:
    """'Dear {name},' as [('Dear ', 'name'), (',', '')]. ValueError for a brace without its partner."""
    parts: list[tuple[str, str]] = []
    literal, position = "", 0
    for match in _TOKEN.finditer(text):
        literal += text[position : match.start()]
        position = match.end()
        if match[2]:
            raise ValueError("a brace stands alone")
        if match[0] in {"{{", "}}"}:
            literal += match[0][0]
        else:
            parts.append((literal, match[1].strip()))
            literal = ""
    literal += text[position:]
    return [*parts, (literal, "")] if literal or not parts else parts


def default_fields(page_size: tuple[float, float] = (612.0, 792.0)) -> Fields:
    """Address block, IMb above it and page mark at the default place: of a #10 window envelope for a sheet, of the
    address side for a page of a card's size.
    """
    width, height = page_size
    imb_at, address_at, mark_x = _IMB_AT, _ADDRESS_AT, width - _MARK_INSET - MARK_SIDE
    if height < _CARD_HEIGHT:
        left = width - _CARD_RIGHT - _ADDRESS_SIZE[0]
        imb_at, address_at, mark_x = (
            (left, height - _CARD_IMB_UP),
            (left, height - _CARD_ADDRESS_UP),
            _MARK_INSET,
        )
    return Fields(
        (
            Field("imb", Kind.IMB, 1, *imb_at, IMB_WIDTH, IMB_HEIGHT),
            Field(
                "address", Kind.ADDRESS, 1, *address_at, *_ADDRESS_SIZE,
                font="DejaVu Sans Condensed", size=8.0, min_size=6.5, line_spacing=1.1,
            ),
            Field("mark", Kind.MARK, 0, mark_x, _MARK_INSET, MARK_SIDE, MARK_SIDE),
        )
    )  # fmt: skip


# --- reading -----------------------------------------------------------------------------------------------


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"a number from {low:g} to {high:g}")
        return float(value)

    return read


def _word(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000 or any(ord(c) < 32 and c != "\n" for c in value):
        raise ValueError("a text")
    return value


def _page(value: Any) -> int:
    if value == "every":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 9999:
        raise ValueError('a page number from 1, or "every" for a mark')
    return value


def _color(value: Any) -> str:
    text = value.lstrip("#").lower() if isinstance(value, str) else ""
    if value == "black":
        return "000000"
    if not re.fullmatch(r"[0-9a-f]{6}", text):
        raise ValueError('"black" or six hexadecimal digits of red, green and blue')
    return text


def _choice(enum: type[StrEnum]) -> Callable[[Any], StrEnum]:
    def read(value: Any) -> StrEnum:
        try:
            return enum(value)
        except ValueError:
            raise ValueError("one of " + ", ".join(f'"{member}"' for member in enum)) from None

    return read


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _format(value: Any) -> str:
    if value and not is_format(_word(value)):
        raise ValueError('"number", "money", "date" or a number format such as "0.0%"')
    return _word(value)


def _by_column(read: Callable[[Any], str]) -> Callable[[Any], tuple[tuple[str, str], ...]]:
    """One text for all columns of the box, or an object of texts by column."""

    def read_all(value: Any) -> tuple[tuple[str, str], ...]:
        given = value if isinstance(value, Mapping) else {"": value}
        return tuple((_word(column), read(text)) for column, text in given.items() if text != "")

    return read_all


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _word, "kind": _choice(Kind), "page": _page, "x": _number(-1e4, 1e4), "y": _number(-1e4, 1e4),
    "width": _number(1, 1e4), "height": _number(1, 1e4), "text": _word, "column": _word, "font": _word,
    "size": _number(4, 144), "min_size": _number(4, 144), "align": _choice(Align), "fit": _choice(Fit),
    "line_spacing": _number(0.8, 5), "color": _color, "colour": _color, "format": _by_column(_format),
    "empty": _by_column(_word), "omit_empty": _truth,
}  # fmt: skip
# Keys of the file that are called otherwise here; boxes kept before December 2026 say "colour".
_NAMES = {"format": "formats", "empty": "empties", "colour": "color"}
_OF_TEXT = ("text", "column", "formats", "empties", "omit_empty")
_REQUIRED = ("page", "x", "y")
_SIDES = {Kind.IMB: (IMB_WIDTH, IMB_HEIGHT), Kind.MARK: (MARK_SIDE, MARK_SIDE)}


def _finding(code: str, message: str, remedy: str, *, name: str = "", page: int | None = None) -> Finding:
    where = f"Field {name}: " if name else ""
    return Finding(code, Severity.STOP, where + message, remedy, Place(page=page))


def load_fields(
    text: str | bytes, *, columns: Sequence[str], page_sizes: Sequence[tuple[float, float]]
) -> tuple[Fields | None, list[Finding]]:
    """``parse_fields`` of JSON text (at most 1 MB)."""
    try:
        if len(text) > 1_000_000:
            raise ValueError("too long")
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None, [
            _finding("TEMPLATE_JSON", "The fields file is not JSON of up to 1 MB.", "Correct the file.")
        ]
    return parse_fields(data, columns=columns, page_sizes=page_sizes)


def parse_fields(
    data: Any, *, columns: Sequence[str], page_sizes: Sequence[tuple[float, float]]
) -> tuple[Fields | None, list[Finding]]:
    """The boxes of a fields file for a list with these columns and a template with these pages (width, height
    in points). With a finding of severity stop there are no fields."""
    entries = data.get("fields") if isinstance(data, Mapping) else None
    if not isinstance(entries, list) or not entries or len(entries) > 500:
        remedy = 'Write {"fields": [...]} with 1 to 500 boxes.'
        return None, [_finding("TEMPLATE_TYPE", "The fields file holds no list of fields.", remedy)]
    findings = [
        _finding("TEMPLATE_KEY", f"The fields file has an unknown key: {str(key)[:60]}.", "Remove it.")
        for key in data
        if key not in {"fields", "comment"}
    ]
    known = set(columns) | set(STANDARD_COLUMNS)
    fields = []
    for index, entry in enumerate(entries, start=1):
        field, wrong = _read_entry(entry, index, known, page_sizes)
        findings += wrong
        if field:
            fields.append(field)
    findings += _whole_checks(fields)
    if any(finding.severity is Severity.STOP for finding in findings):
        return None, findings
    return Fields(tuple(fields)), findings


def _read_entry(
    entry: Any, index: int, known: set[str], page_sizes: Sequence[tuple[float, float]]
) -> tuple[Field | None, list[Finding]]:
    if not isinstance(entry, Mapping):
        return None, [
            _finding("TEMPLATE_TYPE", f"Entry {index} of the fields file is not an object.", "Correct it.")
        ]
    given = entry.get("name")
    name = given[:60] if isinstance(given, str) else f"number {index}"
    shown_page = entry["page"] if isinstance(entry.get("page"), int) else None
    values: dict[str, Any] = {"name": name, "kind": Kind.TEXT}
    findings = []

    def wrong(code: str, message: str, remedy: str) -> None:
        findings.append(_finding(code, message, remedy, name=name, page=shown_page))

    for key, value in entry.items():
        reader = _READERS.get(key)
        if reader is None:
            wrong("TEMPLATE_KEY", f"unknown key {str(key)[:60]}.", "Use the keys of docs/fields.md.")
            continue
        try:
            values[_NAMES.get(str(key), str(key))] = reader(value)
        except ValueError as error:
            wrong("TEMPLATE_TYPE", f"{key} must be {error}.", "Correct the value.")
    sides = _SIDES.get(values["kind"])
    if sides:
        values.setdefault("width", sides[0])
        values.setdefault("height", sides[1])
    for key in (*_REQUIRED, "width", "height"):
        if key not in entry and key not in values:
            wrong("TEMPLATE_KEY", f"{key} is missing.", f"Add {key}.")
    if findings:
        return None, findings
    findings += _text_findings(
        values, known, wrong=lambda *parts: _finding(*parts, name=name, page=shown_page)
    )
    if findings:
        return None, findings
    field = Field(**values)
    findings += _place_findings(field, page_sizes)
    return (None if findings else field), findings


def _text_findings(
    values: dict[str, Any], known: set[str], *, wrong: Callable[[str, str, str], Finding]
) -> list[Finding]:
    """Checks text, column and font; leaves ``values`` ready for Field."""
    is_bare = not any(key in values for key in _OF_TEXT)
    column, findings = values.pop("column", None), []
    if values["kind"] is Kind.TEXT and (column is None) == ("text" not in values):
        return [
            wrong(
                "TEMPLATE_KEY", "give either column or text.", "Name a column, or write a text with {column}."
            )
        ]
    if values["kind"] is not Kind.TEXT and not is_bare:
        return [
            wrong("TEMPLATE_KEY", f"a box of kind {values['kind']} has no text of its own.", "Remove it.")
        ]
    if column is not None:
        values["text"] = "{" + column + "}"
    try:
        used = [name for _, name in split_text(values.get("text", "")) if name]
    except ValueError:
        return [wrong("TEMPLATE_TEXT", "a brace stands alone in the text.", "Write {{ or }} for a brace.")]
    findings += [
        wrong(
            "TEMPLATE_COLUMN", f"the list has no column {name[:60]}.", "Correct the name or add the column."
        )
        for name in dict.fromkeys(
            [*used, *(own for key in ("formats", "empties") for own, _ in values.get(key, ()) if own)]
        )
        if name not in known
    ]
    if values.get("font", fonts.DEFAULT) not in fonts.FILES:
        findings.append(
            wrong(
                "TEMPLATE_FONT",
                f"unknown font {values['font'][:60]}.",
                "Use one of " + ", ".join(fonts.FILES) + ".",
            )
        )
    # Left unsaid, the smallest size is 6 points, or the size itself where that is smaller.
    smallest = values.setdefault("min_size", min(6.0, values.get("size", 10.0)))
    if smallest > values.get("size", 10.0):
        findings.append(wrong("TEMPLATE_TYPE", "min_size is larger than size.", "Lower min_size."))
    return findings


def _place_findings(field: Field, page_sizes: Sequence[tuple[float, float]]) -> list[Finding]:
    """The page exists, the box lies on it and holds at least one line or the whole code."""

    def wrong(code: str, message: str, remedy: str) -> Finding:
        return _finding(code, message, remedy, name=field.name, page=field.page or None)

    if field.page > len(page_sizes):
        return [
            wrong("TEMPLATE_PAGE", f"the template has {len(page_sizes)} page(s).", "Correct the page number.")
        ]
    if field.page == 0 and field.kind is not Kind.MARK:
        return [wrong("TEMPLATE_PAGE", "only a mark may stand on every page.", "Give one page number.")]
    slack = 0.01  # rounding of positions drawn on a screen
    for width, height in page_sizes if field.page == 0 else [page_sizes[field.page - 1]]:
        inside = -slack <= field.x and field.x + field.width <= width + slack
        if not inside or field.y < -slack or field.y + field.height > height + slack:
            return [
                wrong(
                    "TEMPLATE_BOX", f"the box leaves the page of {width:g} x {height:g} points.", "Move it."
                )
            ]
    least = _SIDES.get(field.kind, (0.0, field.min_size))
    if field.width + slack < least[0] or field.height + slack < least[1]:
        size = f"{least[0]:.1f} x {least[1]:.1f}"
        return [wrong("TEMPLATE_BOX", f"the box is smaller than {size} points.", "Make it larger.")]
    return []


def _whole_checks(fields: Sequence[Field]) -> list[Finding]:
    """At most one IMb a piece, one mark a page, names used once; what is missing is worth a look."""
    findings = []
    names = [field.name for field in fields]
    findings += [
        _finding("TEMPLATE_TWICE", f"the name {name} is used more than once.", "Give every box its own name.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if sum(field.kind is Kind.IMB for field in fields) > 1:
        findings.append(
            _finding("TEMPLATE_TWICE", "The piece has more than one IMb.", "Keep one box of kind imb.")
        )
    mark_pages = [field.page for field in fields if field.kind is Kind.MARK]
    if len(set(mark_pages)) < len(mark_pages) or (0 in mark_pages and len(mark_pages) > 1):
        findings.append(_finding("TEMPLATE_TWICE", "A page has more than one mark.", "Keep one mark a page."))
    kinds = {field.kind for field in fields}
    findings += [
        Finding(
            "TEMPLATE_INCOMPLETE", Severity.WARN, f"The fields file places no box of kind {kind}.",
            "Add one unless the template itself carries it.",
        )
        for kind in (Kind.ADDRESS, Kind.IMB, Kind.MARK)
        if fields and kind not in kinds
    ]  # fmt: skip
    return findings
