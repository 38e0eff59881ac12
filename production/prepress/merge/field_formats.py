"""How a column is shown in a box: as a number, as money, as a date, or by a number format of workbooks."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from production.prepress.merge.number_formats import NumberFormat, number_format

# Formats that have a name, and how the last two look; "number" keeps the decimals that stand in the list.
NUMBER = "number"
NAMED = {NUMBER: "", "money": "$#,##0.00;-$#,##0.00", "date": "mmmm d, yyyy"}
# As programs write days, and as workbooks show them; American order with slashes.
_DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%m/%d/%y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%y", "%d-%b-%Y")
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p")
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<minus>-?)\s*[$\u20ac\u00a3]?\s*(?P<inner>-?)"
    r"(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)\s*(?P<percent>%?)(?P<behind>-?)(?P<close>\))?"
)
_WORDLESS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|AM/PM|A/P|General|E[+-]|[ymdhs]+', re.IGNORECASE)
_SHOWS = re.compile(r"[0#?@ymdhs]|General", re.IGNORECASE)


def is_format(text: str) -> bool:
    """A name of ``NAMED``, or a number format without stray words."""
    return text in NAMED or bool(_SHOWS.search(text) and not re.search(r"[^\W\d_]", _WORDLESS.sub("", text)))


def read_number(text: str) -> Decimal | None:
    """'$1,234.50', '(12.5)', '7.5%' or '12-' as a number; None for anything else."""
    match = _AMOUNT.fullmatch(text.strip())
    if not match or bool(match["open"]) != bool(match["close"]):
        return None
    value = Decimal(match["digits"].replace(",", "")) / (100 if match["percent"] else 1)
    signs = [match["minus"], match["inner"], match["behind"], "-" if match["open"] else ""]
    return -value if any(signs) else value


def read_day(text: str) -> date | None:
    """A day as lists write it, American order with slashes; None for anything else."""
    return moment.date() if (moment := _read(text, ("",))) else None


def read_moment(text: str) -> datetime | None:
    """A day as ``read_day`` reads it, with a time of day or without."""
    return _read(text, _TIMES)


def _read(text: str, times: tuple[str, ...]) -> datetime | None:
    for form in (day + time for day in _DAYS for time in times):
        try:
            return datetime.strptime(text.strip(), form)  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


def formatted(column: pa.Array, name: str) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """A string column as a format shows it, and the rows that hold no such value: their text stays."""
    coded = column.dictionary_encode()
    shown = [_shown(text, name) for text in coded.dictionary.to_pylist()]
    rows = np.asarray(coded.indices)
    texts = [
        text if made is None else made for text, made in zip(coded.dictionary.to_pylist(), shown, strict=True)
    ]
    unread = np.array([made is None for made in shown], bool)
    return pa.array(texts, pa.string()).take(coded.indices), unread[rows] if shown else np.zeros(
        len(rows), bool
    )


def _shown(text: str, name: str) -> str | None:
    if not text.strip():
        return ""
    if name == NUMBER:
        number = read_number(text)
        return None if number is None else f"{number:,f}"
    as_format: NumberFormat = number_format(NAMED.get(name, name))
    if as_format.is_moment:
        moment = read_moment(text)
        return None if moment is None else as_format.shown(moment)
    number = read_number(text)
    if number is None:
        return as_format.shown_text(text) if as_format.takes_text else None
    return as_format.shown(float(number))
