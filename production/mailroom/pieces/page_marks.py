"""What scanners and fingers give: page marks of pieces, single numbers, ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from production.jobs.ranges import Int64s, Range, to_pieces

_MARK = re.compile(r"(\d{8})(\d{8})(\d{4})(\d{4})", re.ASCII)
_DASH = re.compile("\\s*[-\u2013\u2014]\\s*")  # people paste dashes of every length
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:,\d{3})+(?!\d)", re.ASCII)
_MAX_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A page mark read: internal stream number, piece, page n of m."""

    lot_id: int
    piece: int
    page: int
    pages: int


def parse_mark(text: str) -> Mark:
    """The 24 digits of a page mark (stream 8, piece 8, page 4, pages 4); InvalidInput SCAN otherwise."""
    match = _MARK.fullmatch(text.strip())
    mark = Mark(*map(int, match.groups())) if match else None
    if mark is None or not (mark.lot_id and mark.piece and 1 <= mark.page <= mark.pages):
        raise InvalidInput("This is not a page mark: a mark has 24 digits.", code="SCAN")
    return mark


def parse_pieces(text: str, *, lot_id: int, last: int, code: str = "SPOIL") -> Int64s:
    """Piece numbers 1..``last`` from ``4711, 5000-5010`` and scanned page marks, sorted, once each.

    InvalidInput ``code`` with a finding for every part that cannot be used.
    """
    findings = _whole_findings(text)
    tokens = [] if findings else re.split(r"[\s,;]+", _DASH.sub("-", text).strip(" ,;\n\t\r"))
    read = [_token(token, lot_id, last) for token in tokens]
    findings += [item for item in read if isinstance(item, Finding)]
    if findings:
        findings = [replace(finding, code=code) for finding in findings]
        raise InvalidInput(findings[0].message, code=code, findings=findings)
    return to_pieces([item for item in read if not isinstance(item, Finding)])


def _whole_findings(text: str) -> list[Finding]:
    if len(text) > _MAX_TEXT:
        return [_finding("This list is too long.", "Report it in parts, with ranges where pieces follow.")]
    if not text.strip(" ,;\n\t\r"):
        return [_finding("No piece is named.", "Scan a page mark, or write 4711 or 5000-5010.")]
    grouped = _GROUPED.search(text)
    if grouped:
        message = f"{grouped[0]} can be read as one number or as several."
        return [_finding(message, "Write 4711 without a comma, and a blank after a comma between pieces.")]
    return []


def _token(token: str, lot_id: int, last: int) -> Range | Finding:
    found = _range(token)
    if found is None:
        return _finding(f"{token[:40]!r} is not a piece.", "Scan a page mark, or write 4711 or 5000-5010.")
    if _MARK.fullmatch(token) and int(token[:8]) != lot_id:
        return _finding(
            f"The scanned piece {found.first} is of another stream.", "Report it at its own ticket."
        )
    if found.first > found.last:
        return _finding(f"The range {token} ranges backwards.", f"Write {found.last}-{found.first}.")
    if found.first < 1 or found.last > last:
        return _finding(f"{token} is outside the stream.", f"Its pieces are 1 to {last}.")
    return found


def _range(token: str) -> Range | None:
    if _MARK.fullmatch(token):
        return Range(int(token[8:16]), int(token[8:16]))
    if _NUMBER.fullmatch(token):
        return Range(int(token), int(token))
    match = _RANGE.fullmatch(token)
    return Range(int(match[1]), int(match[2])) if match else None


def _finding(message: str, remedy: str) -> Finding:
    return Finding("SPOIL", Severity.STOP, message, remedy)
