"""Number formats of workbooks: the text that a cell shows (ECMA-376 part 1, 18.8.30 and 18.8.31).

A format has up to four sections parted by semicolons: for positive numbers, negative ones, zero and text, or for the
numbers of a condition such as ``[<=9999999]``. What only fills or pads a cell (``*x``, ``_x``, ``?``) is left out at
the ends, colors are ignored, names of months and days are English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

Value = float | datetime | date | time | timedelta

GENERAL = "General"
# Formats known by number alone, as the United States see them (18.8.30; 5 to 8 and 41 to 44 by [MS-OI29500] 2.1.743).
BUILT_IN: dict[int, str] = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    5: "$#,##0_);($#,##0)", 6: "$#,##0_);($#,##0)", 7: "$#,##0.00_);($#,##0.00)", 8: "$#,##0.00_);($#,##0.00)",
    12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm", 37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)",
    39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);(#,##0.00)", 41: '_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)',
    42: '_($* #,##0_);_($* (#,##0);_($* "-"_);_(@_)', 43: '_(* #,##0.00_);_(* (#,##0.00);_(* "-"??_);_(@_)',
    44: '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0",
    48: "##0.0E+0", 49: "@",
}  # fmt: skip

_DAY_ZERO = datetime.combine(date(1899, 12, 30), time.min)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|(?P<pad>[_*].)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<condition><=|>=|<>|[<>=])(?P<bound>-?[\d.]+)\]|\[(?P<elapsed>h+|m+|s+)\]|(?P<ignored>\[[^\]]*\])"
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+)"
    r"|(?P<digit>[0#?])|(?P<text>@)|(?P<mark>[.,%/])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    """``kind`` is a group of ``_TOKEN``; literals of every spelling are "literal"."""

    kind: str
    text: str


_MOMENT = ("date", "elapsed", "half")
_ONE, _POINT = Decimal(1), _Token("mark", ".")
_WIDE = Context(
    prec=700
)  # a float has at most 309 digits before its point, and a format not as many after it


Show: TypeAlias = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class _Section:
    """``show`` is for numbers that are not negative."""

    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None
    show: Show

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)


@dataclass(frozen=True, slots=True, eq=False)
class NumberFormat:
    """A format ready to show values."""

    code: str
    sections: tuple[_Section, ...]
    show: Show

    @property
    def is_plain(self) -> bool:
        """Does it show every value as a cell without a format does?"""
        return [token.kind for section in self.sections for token in section.tokens] in (
            ["general"],
            ["text"],
        )

    @property
    def is_moment(self) -> bool:
        """Is it for dates and times?"""
        return any(section.has(*_MOMENT) for section in self.sections)

    @property
    def takes_text(self) -> bool:
        """Does it say how a text is shown?"""
        return any(section.has("text") for section in self.sections)

    def shown(self, value: Value) -> str:
        """A number, date or time as the cell shows it."""
        return self.show(value if isinstance(value, float | int) else serial(value))

    def shown_text(self, text: str) -> str:
        """A text cell: most formats leave it as it is."""
        section = self.sections[3] if len(self.sections) > 3 else self.sections[-1]
        if len(self.sections) < 4 and not section.has("text"):
            return text
        return "".join(text if token.kind == "text" else _literal(token) for token in section.tokens)


@lru_cache(maxsize=1_000)
def number_format(code: str) -> NumberFormat:
    """A format by its code, as ``#,##0.00``."""
    parts: list[list[_Token]] = [[]]
    conditions: list[tuple[str, float] | None] = [None]
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "other"
        if kind == "bound":
            conditions[-1] = (match["condition"], float(match["bound"]))
        elif match[0] == ";":
            parts.append([])
            conditions.append(None)
        elif kind in ("quoted", "escaped", "currency", "other"):
            parts[-1].append(_Token("literal", match[kind]))
        elif kind not in ("pad", "ignored"):
            parts[-1].append(_Token(kind, match[kind]))
    sections = tuple(
        _Section(tuple(tokens), condition, _shower(tokens))
        for tokens, condition in zip(parts[:4], conditions, strict=False)
    )
    numeric = [section for section in sections[:3] if not section.has("text")]
    has_conditions = any(section.condition for section in numeric)
    return NumberFormat(code, sections, _by_condition(numeric) if has_conditions else _by_sign(numeric))


def _by_sign(sections: Sequence[_Section]) -> Show:
    """The first section is for positive numbers, a second for negative ones, a third for zero."""
    positive = sections[0].show if sections else general
    zero = sections[2].show if len(sections) > 2 else positive
    if len(sections) > 1:
        negative = sections[1].show
    else:
        negative = (
            general if sections and sections[0].has(*_MOMENT) else lambda number: "-" + positive(-number)
        )
        return lambda number: (positive if number >= 0 else negative)(number).strip()
    return lambda number: (
        positive(number) if number > 0 else negative(-number) if number else zero(number)
    ).strip()


def _by_condition(sections: Sequence[_Section]) -> Show:
    """The first section whose condition holds; the sign stands before it unless only negative numbers get there."""

    def show(number: float) -> str:
        minus = "-" if number < 0 else ""
        for section in sections:
            mark, bound = section.condition or ("", 0.0)
            if section.condition is None or _COMPARE[mark](number, bound):
                own_sign = mark.startswith("<") and bound <= 0
                return ("" if own_sign else minus) + section.show(abs(number)).strip()
        return general(number)

    return show


def general(number: float) -> str:
    """As a cell without a format: whole numbers in full, others with the eleven characters that a cell has room for."""
    text = str(number)
    if len(text) < 12 and "e" not in text:
        return text.removesuffix(".0")
    if float(number).is_integer():
        return str(int(number))
    if not 1e-9 < abs(number) < 1e11:
        return f"{number:.6G}"
    places = 10 - len(str(int(abs(number))))
    return f"{_rounded(number, places):f}".rstrip("0").rstrip(".")


def serial(value: datetime | date | time | timedelta) -> float:
    """Days since the start of 1900, as workbooks count them."""
    if isinstance(value, time):
        value = datetime.combine(_DAY_ZERO, value)
    elif not isinstance(value, datetime | timedelta):
        value = datetime.combine(value, time.min)
    if isinstance(value, timedelta):
        return value / timedelta(days=1)
    days = (value - _DAY_ZERO) / timedelta(days=1)
    return days - 1 if 2 <= days < 61 else days  # they count a 29 February 1900 that was none


def _literal(token: _Token) -> str:
    return token.text if token.kind in ("literal", "mark", "date", "exponent") else ""


def _shower(tokens: Sequence[_Token]) -> Show:
    """How a section shows a number that is not negative."""
    kinds = {token.kind for token in tokens}
    if kinds & {*_MOMENT}:
        return _moment_shower(tokens)
    if "digit" not in kinds:
        return lambda number: "".join(
            general(number) if token.kind == "general" else _literal(token) for token in tokens
        )
    if "exponent" in kinds:
        return _scientific_shower(tokens)
    slash = next((i for i, token in enumerate(tokens) if token.text == "/" and token.kind == "mark"), -1)
    if slash > 0 and tokens[slash - 1].kind == "digit" and slash + 1 < len(tokens):
        return _fraction_shower(tokens, slash)
    return _decimal_shower(tokens)


# -- numbers -------------------------------------------------------------------------------------------


def _decimal_shower(tokens: Sequence[_Token]) -> Show:
    shape = "".join("0" if one.kind == "digit" else one.text if one.kind == "mark" else "x" for one in tokens)
    scaling = {i for match in re.finditer(r"(?<=0),+(?!,*0)", shape) for i in range(*match.span())}
    grouping = {i for match in re.finditer(r"(?<=0),+(?=0)", shape) for i in range(*match.span())}
    tokens = [token for i, token in enumerate(tokens) if i not in scaling | grouping]
    factor = Decimal(100) ** shape.count("%") / 1000 ** len(scaling)
    point = tokens.index(_POINT) if _POINT in tokens else len(tokens)
    places = sum(token.kind == "digit" for token in tokens[point:])

    def show(number: float) -> str:
        left, _, right = f"{_rounded(number, places, factor):f}".partition(".")
        return _filled(tokens, left.lstrip("0"), right, grouped=bool(grouping))

    return show if factor != 1 else _quick_shower(tokens, places, show, grouped=bool(grouping))


def _quick_shower(tokens: Sequence[_Token], places: int, show: Show, *, grouped: bool) -> Show:
    """Python's own formatting where the format is of a common kind and the number has no more decimals than it."""
    codes = "".join(token.text if token.kind == "digit" or token == _POINT else "x" for token in tokens)
    common = re.fullmatch(r"x*#*0+(?:\.0+)?x*", codes)
    if not common or (grouped and codes.split(".")[0].count("0") != 1):
        return show
    start, end = len(codes) - len(codes.lstrip("x")), len(codes.rstrip("x"))
    before, after = ("".join(map(_literal, part)) for part in (tokens[:start], tokens[end:]))
    whole = codes.split(".")[0].count("0")
    spec = f",.{places}f" if grouped else f"0{whole + (places and places + 1)}.{places}f"

    def quick(number: float) -> str:
        return f"{before}{number:{spec}}{after}" if round(number, places) == number else show(number)

    return quick


def _rounded(number: float, places: int, factor: Decimal = _ONE) -> Decimal:
    """Half up on the decimal digits that a cell knows (15), as people round."""
    return (Decimal(f"{number:.15g}") * factor).quantize(
        Decimal(1).scaleb(-places), ROUND_HALF_UP, context=_WIDE
    )


def _filled(tokens: Sequence[_Token], left: str, right: str, *, grouped: bool) -> str:
    """Digits into their places: from the point to the left, then from the point to the right."""
    point = tokens.index(_POINT) if _POINT in tokens else len(tokens)
    shown: list[str] = []
    places = sum(token.kind == "digit" for token in tokens[:point])
    taken = 0
    for token in reversed(tokens[:point]):
        if token.kind != "digit":
            shown.append(_literal(token))
            continue
        places -= 1
        wanted = left if not places else left[-1:]
        for digit in reversed(wanted or {"0": "0", "?": " "}.get(token.text, "")):
            shown.append("," if grouped and taken and taken % 3 == 0 and digit != " " else "")
            shown.append(digit)
            taken += 1
        left = "" if not places else left[:-1]
    text = "".join(reversed(shown))
    kept = len(right.rstrip("0"))
    for token in tokens[point:]:
        if token.kind != "digit":
            text += _literal(token)
            continue
        text += right[:1] if kept > 0 or token.text == "0" else " " if token.text == "?" else ""
        right, kept = right[1:], kept - 1
    return text


def _scientific_shower(tokens: Sequence[_Token]) -> Show:
    at = next(i for i, token in enumerate(tokens) if token.kind == "exponent")
    mantissa, tail = list(tokens[:at]), list(tokens[at + 1 :])
    point = mantissa.index(_POINT) if _POINT in mantissa else len(mantissa)
    step = max(sum(token.kind == "digit" for token in mantissa[:point]), 1)
    places = sum(token.kind == "digit" for token in mantissa[point:])

    def show(number: float) -> str:
        value = Decimal(f"{number:.15g}")
        exponent = value.adjusted() // step * step if value else 0
        scaled = _rounded(number, places, _ONE.scaleb(-exponent))
        if scaled >= 10**step:
            exponent += step
            scaled = _rounded(number, places, _ONE.scaleb(-exponent))
        left, _, right = f"{scaled:f}".partition(".")
        sign = "-" if exponent < 0 else "+" if tokens[at].text.endswith("+") else ""
        power = _filled(tail, str(abs(exponent)).lstrip("0"), "", grouped=False)
        return _filled(mantissa, left.lstrip("0"), right, grouped=False) + "E" + sign + power

    return show


def _fraction_shower(tokens: Sequence[_Token], slash: int) -> Show:
    """``# ?/?`` and ``# ?/8``."""
    start = slash
    while start and tokens[start - 1].kind == "digit":
        start -= 1
    stop = slash + 1
    while stop < len(tokens) and (tokens[stop].kind == "digit" or tokens[stop].text.isdigit()):
        stop += 1
    below = "".join(token.text for token in tokens[slash + 1 : stop])
    before, after = list(tokens[:start]), list(tokens[stop:])
    has_whole = any(token.kind == "digit" for token in before)

    def show(number: float) -> str:
        exact = Fraction(Decimal(f"{number:.15g}"))
        if below.strip("#?0") and below.isdigit():
            near = Fraction(round(exact * int(below)), 1) / int(below)
            top, bottom = int(near * int(below)), int(below)
        else:
            near = exact.limit_denominator(10 ** len(below) - 1)
            top, bottom = near.numerator, near.denominator
        whole, top = divmod(top, bottom) if has_whole else (0, top)
        part = f"{top}/{bottom}" if top or not has_whole else ""
        digits = str(whole) if whole else "" if part else "0"
        return " ".join(
            (_filled(before, digits, "", grouped=False) + part + "".join(map(_literal, after))).split()
        )

    return show


# -- dates and times -----------------------------------------------------------------------------------


def _moment_shower(tokens: Sequence[_Token]) -> Show:
    tokens = _with_minutes(tokens)
    is_half = any(token.kind == "half" for token in tokens)
    tenths = _tenths(tokens)
    finest = (
        10 ** (6 - tenths) if tenths else 1_000_000 if any(_is_second(token) for token in tokens) else 1_000
    )

    def show(number: float) -> str:
        micros = round(number * 86_400_000_000 / finest) * finest
        try:
            moment = _DAY_ZERO + timedelta(days=(number < 60) + (number < 1), microseconds=micros)
        except OverflowError:
            return general(number)
        no_day = ("d", "dd") if number < 1 else ()  # day 0 of January 1900, and then no leap day that year
        shown, in_tenths = "", 0
        for token in tokens:
            if token == _POINT and tenths:
                shown, in_tenths = shown + ".", 1
            elif token.kind == "digit" and in_tenths:
                shown, in_tenths = shown + f"{moment.microsecond:06d}"[in_tenths - 1], in_tenths + 1
            elif token.kind in ("date", "minute", "elapsed", "half"):
                shown += (
                    "0" * len(token.text)
                    if token.text in no_day
                    else _moment_part(token, moment, micros, is_half=is_half)
                )
            else:
                shown += _literal(token)
        return shown

    return show


def _is_second(token: _Token) -> bool:
    return token.kind in ("date", "elapsed") and token.text[0] in "sS"


def _tenths(tokens: Sequence[_Token]) -> int:
    """Digits behind a point behind the seconds."""
    for i, token in enumerate(tokens):
        if token == _POINT and i and _is_second(tokens[i - 1]):
            rest = [following.kind == "digit" for following in tokens[i + 1 :]]
            return min(rest.index(False) if False in rest else len(rest), 6)
    return 0


def _with_minutes(tokens: Sequence[_Token]) -> list[_Token]:
    """``m`` behind hours or before seconds is the minute."""
    result = list(tokens)
    parts = [i for i, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    for at, i in enumerate(parts):
        if tokens[i].kind == "date" and tokens[i].text[0] in "mM" and len(tokens[i].text) < 3:
            before = tokens[parts[at - 1]].text[0].lower() if at else ""
            behind = tokens[parts[at + 1]].text[0].lower() if at + 1 < len(parts) else ""
            if before == "h" or behind == "s":
                result[i] = _Token("minute", tokens[i].text)
    return result


def _moment_part(token: _Token, moment: datetime, micros: int, *, is_half: bool) -> str:
    letters = token.text.lower()
    size = len(letters)
    if token.kind == "half":
        half = "AM" if moment.hour < 12 else "PM"
        return half if size > 3 else half[0]
    if token.kind == "elapsed":
        unit = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000}[letters[0]]
        return f"{micros // unit:0{size}d}"
    if token.kind == "minute":
        return f"{moment.minute:0{min(size, 2)}d}"
    match letters[0]:
        case "y":
            return f"{moment.year % 100:02d}" if size < 3 else f"{moment.year:04d}"
        case "m":
            name = _MONTHS[moment.month - 1]
            names = {3: name[:3], 4: name, 5: name[0]}
            return f"{moment.month:0{size}d}" if size < 3 else names.get(size, name)
        case "d":
            name = _DAYS[moment.weekday()]
            return f"{moment.day:0{size}d}" if size < 3 else name[:3] if size == 3 else name
        case "h":
            hour = (moment.hour - 1) % 12 + 1 if is_half else moment.hour
            return f"{hour:0{min(size, 2)}d}"
    return f"{moment.second:0{min(size, 2)}d}"
