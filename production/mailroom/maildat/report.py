"""What reading a Mail.dat says, as plain values for a screen: figures, containers, groups of pieces, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from kernel.findings import Finding, Severity, stops
from postal.maildat.overview import overview, statement_rows
from postal.maildat.records import ENCODING, MailDat, to_arrow

PLACES_SHOWN = 25
OWNERS_SHOWN = 500
_WORST_FIRST = [severity.value for severity in Severity]


def report_of(mail_dat: MailDat, findings: Sequence[Finding]) -> dict[str, Any]:
    """JSON values: ``figures`` as ``overview`` gives them, ``statement_rows``, ``segments``, ``owners``,
    ``findings`` in groups, ``valid``.
    """
    return {
        "figures": overview(mail_dat),
        "statement_rows": [
            asdict(row) | {"weight_lb": str(row.weight_lb)} for row in statement_rows(mail_dat)
        ],
        "segments": [
            {
                "id": _text(row["SEG-1002"]), "title": _text(row["SEG-1101"]), "mail_class": _text(row["SEG-1102"]),
                "category": _text(row["SEG-1103"]), "full_service": _text(row["SEG-1146"]),
                "move_update": _text(row["SEG-1134"]),
            }
            for row in to_arrow(mail_dat["seg"]).slice(0, OWNERS_SHOWN).to_pylist()
        ],
        "owners": _owners(mail_dat),
        "findings": grouped(findings),
        "valid": not stops(findings),
    }  # fmt: skip


def grouped(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings of one code, file and field together, the worst first: how many are named, and where."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for finding in findings:
        place = finding.place
        group = groups.setdefault(
            (finding.code, place.file, place.column),
            {
                "code": finding.code, "severity": finding.severity.value, "message": finding.message,
                "remedy": finding.remedy, "count": 0, "places": [],
            },
        )  # fmt: skip
        group["count"] += 1
        where = str(place) if place.row is not None else finding.message
        if where and len(group["places"]) < PLACES_SHOWN:
            group["places"].append(where)
    return sorted(groups.values(), key=lambda group: _WORST_FIRST.index(group["severity"]))


def _owners(mail_dat: MailDat) -> list[dict[str, str]]:
    """The accounts: whose mail (By/For), by which permit, prepared by whom."""
    return [
        {
            "name": _text(row["MPA-1101"]), "permit": _text(row["MPA-1103"]),
            "owner": _text(row["MPA-1122"]) or _text(row["MPA-1121"]),
            "preparer": _text(row["MPA-1124"]) or _text(row["MPA-1123"]),
        }
        for row in to_arrow(mail_dat["mpa"]).slice(0, OWNERS_SHOWN).to_pylist()
    ]  # fmt: skip


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.decode(ENCODING).strip() if isinstance(value, bytes) else str(value).strip()
