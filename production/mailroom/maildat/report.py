"""What reading a Mail.dat says, for a screen: figures, containers, groups of pieces, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel.findings import Finding, FindingGroup, Severity, stops
from postal.maildat.overview import Overview, StatementRow, overview, statement_rows
from postal.maildat.records import ENCODING, Maildat, to_arrow

PLACES_SHOWN = 25
OWNERS_SHOWN = 500
_WORST_FIRST = list(Severity)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment of a set, as its record says."""

    id: str
    title: str
    mail_class: str
    category: str
    full_service: str
    move_update: str


@dataclass(frozen=True, slots=True)
class Owner:
    """An account: whose mail (By/For), by which permit, prepared by whom."""

    name: str
    permit: str
    owner: str
    preparer: str


@dataclass(frozen=True, slots=True)
class MaildatReport:
    """A set as it was read; ``valid``: nothing stops it."""

    figures: Overview
    statement_rows: tuple[StatementRow, ...]
    segments: tuple[Segment, ...]
    owners: tuple[Owner, ...]
    findings: tuple[FindingGroup, ...]
    valid: bool


def report_of(maildat: Maildat, findings: Sequence[Finding]) -> MaildatReport:
    """A set with what its check found."""
    return MaildatReport(
        figures=overview(maildat),
        statement_rows=statement_rows(maildat),
        segments=tuple(
            Segment(
                id=_text(row["SEG-1002"]), title=_text(row["SEG-1101"]), mail_class=_text(row["SEG-1102"]),
                category=_text(row["SEG-1103"]), full_service=_text(row["SEG-1146"]),
                move_update=_text(row["SEG-1134"]),
            )
            for row in to_arrow(maildat["seg"]).slice(0, OWNERS_SHOWN).to_pylist()
        ),
        owners=_owners(maildat),
        findings=grouped(findings),
        valid=not stops(findings),
    )  # fmt: skip


def grouped(findings: Iterable[Finding]) -> tuple[FindingGroup, ...]:
    """Findings of one code, file and field together, the worst first: how many are named, and where."""
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.code, finding.place.file, finding.place.column), []).append(finding)
    groups = [
        FindingGroup(first.code, first.severity, first.message, first.remedy, len(found), _places(found))
        for found in alike.values()
        if (first := found[0])
    ]
    return tuple(sorted(groups, key=lambda group: _WORST_FIRST.index(group.severity)))


def _places(found: Sequence[Finding]) -> tuple[str, ...]:
    said = (str(one.place) if one.place.row is not None else one.message for one in found)
    return tuple(where for where in said if where)[:PLACES_SHOWN]


def _owners(maildat: Maildat) -> tuple[Owner, ...]:
    return tuple(
        Owner(
            name=_text(row["MPA-1101"]), permit=_text(row["MPA-1103"]),
            owner=_text(row["MPA-1122"]) or _text(row["MPA-1121"]),
            preparer=_text(row["MPA-1124"]) or _text(row["MPA-1123"]),
        )
        for row in to_arrow(maildat["mpa"]).slice(0, OWNERS_SHOWN).to_pylist()
    )  # fmt: skip


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.decode(ENCODING).strip() if isinstance(value, bytes) else str(value).strip()
