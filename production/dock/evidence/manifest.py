"""The manifest of an evidence packet, and the records in it, as plain values of what the database says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version as installed_version
from typing import Any

from postal.data.editions import Edition, InForce
from postal.papers.statement import line_map
from postal.sorting.presort_plan import PresortPlan
from production.dock.evidence.records import NOT_OF_THE_MAILING, EvidenceFacts
from production.jobs.ranges import Range, size, words
from production.mailings.editions import shop_editions
from production.mailroom.streams.models import PresortStream
from store.files import FileStore


def manifest_now(facts: EvidenceFacts, files: FileStore) -> dict[str, Any]:
    """What the manifest would say now, without its list of files."""
    plan = facts.planned.plan(files)
    return manifest_of(facts, plan, [row for _, row in editions_used(files, plan)], with_recipients=False)


def editions_used(files: FileStore, plan: PresortPlan) -> list[tuple[Edition | None, dict[str, Any]]]:
    """Every edition behind plan and papers with its source and hash; one that is not loaded any more has no file."""
    shelf = shop_editions(files)
    known = {(edition.name, edition.sha256): edition for edition in shelf}
    form = line_map(plan.form, InForce(plan.mail_date, shelf)).edition
    used = [*zip(plan.editions, plan.edition_hashes, strict=True), (form.name, form.sha256)]
    found = []
    for name, sha256 in dict.fromkeys(used):
        edition = known.get((name, sha256))
        row: dict[str, Any] = {"name": name, "sha256": sha256, "path": None}
        if edition is not None:
            row |= {
                "path": f"editions/{sha256[:12]}-{edition.path.name}",
                "source": edition.source,
                "effective_from": edition.effective_from.isoformat(),
                "status": edition.status.value,
                "complete": edition.complete,
                "caution": edition.caution,
            }
        found.append((edition, row))
    return found


def manifest_of(
    facts: EvidenceFacts, plan: PresortPlan, editions: list[dict[str, Any]], *, with_recipients: bool
) -> dict[str, Any]:
    """Everything the packet states; nothing in it depends on when it is made."""
    return {
        "software": f"Indicia {installed_version('indicia')}",
        "mailing": _mailing(facts, plan),
        "streams": [_stream(facts, stream) for stream in facts.planned.streams],
        "postage": {
            "cents": plan.postage.cents,
            "lines": [
                {"level": row.code, "pieces": row.pieces, "rate": row.price, "postage": str(row.postage.value)}
                for row in plan.levels if row.pieces
            ],
        },
        "pieces": _pieces(facts),
        "jobs": [
            {
                "number": job.number, "title": job.title, "agency": job.agency.code, "agency_name": job.agency.name,
                "stream": facts.planned.names[part.lot_id],
                "pieces": part.pieces, "levels": part.levels, **{name: getattr(job, name, None) for name in _OF_A_LIST},
            }
            for job, part in zip(facts.jobs, facts.planned.shares, strict=True)
        ],
        **_named(facts),
        "custody": [
            {
                "way": row.way, "place": row.place, "taken_by": row.taken_by, "left_at": row.left_at.isoformat(),
                "received_by": row.received_by, "receipt": row.receipt,
                "received_at": row.received_at.isoformat() if row.received_at else None,
                "exception": row.exception,
            }
            for row in facts.deliveries
        ],
        "charges_cents": sum(charge.money.cents for charge in facts.charges),
        "editions": editions,
        "assumptions": _assumptions(facts, plan),
        "audit": {
            "number": facts.audit.number, "at": facts.audit.at.isoformat(), "hash": facts.audit.hash.hex(),
        },
        "with_recipients": with_recipients,
    }  # fmt: skip


# What became of the rows of a list; mail brought in has none.
_OF_A_LIST = ("rows_in", "rows_to_fix", "repeats_joined", "households_joined")


def _pieces(facts: EvidenceFacts) -> dict[str, Any]:
    """The account of all streams; pieces are named by stream where there are several."""
    found = facts.accounts
    several = len(found) > 1

    def told(runs: Sequence[tuple[Range, ...]]) -> str:
        names = facts.planned.names.values()
        parts = [
            f"{name} {words(own)}" if several else words(own)
            for name, own in zip(names, runs, strict=True)
            if own
        ]
        return "; ".join(parts)

    return {
        "planned": sum(one.pieces for one in found),
        "mailed": sum(one.mailable for one in found),
        "spoiled": sum(one.spoils for one in found),
        "withdrawn": sum(size(one.withdrawn) for one in found),
        "withdrawn_pieces": told([one.withdrawn for one in found]),
        "unexplained": told([tuple(run for runs in one.open.values() for run in runs) for one in found]),
    }


def _assumptions(facts: EvidenceFacts, plan: PresortPlan) -> list[str]:
    of_streams = [said for stream in facts.planned.streams for said in stream.summary.figures.assumptions]
    return list(dict.fromkeys((*of_streams, *plan.assumptions)))


def _mailing(facts: EvidenceFacts, plan: PresortPlan) -> dict[str, Any]:
    """What was mailed, and what it was sorted by."""
    mailing, head = facts.planned.mailing, facts.planned.streams[0]
    return {
        "number": mailing.number, "mail_date": mailing.mail_date.isoformat(), "title": plan.title,
        "sort_plan": plan.sort_plan, "policy": plan.policy, "mail_class": plan.mail_class, "shape": plan.shape,
        "form": plan.form, "trays": len(plan.trays),
        "inputs": asdict(inputs) if (inputs := head.summary.inputs) else {},
    }  # fmt: skip


def _stream(facts: EvidenceFacts, stream: PresortStream) -> dict[str, Any]:
    return {
        "name": facts.planned.names[stream.id], "number": stream.number, "pieces": stream.pieces,
        "envelope": stream.envelope, "weight_oz": str(stream.weight_oz), "thickness_in": str(stream.thickness_in),
        "plan_sha256": stream.plan_sha256, "mailer_id": stream.mailer_id,
        "service_type_id": stream.service_type_id, "first_serial": stream.first_serial,
    }  # fmt: skip


def _named(facts: EvidenceFacts) -> dict[str, Any]:
    """What the mailing was made of and who approved it: by hash."""
    jobs = {job.id: job for job in facts.jobs}
    return {
        "lists": [
            {"job": jobs[row.job_id].number, "role": row.role, "sha256": row.sha256} for row in facts.files
        ],
        "list_findings": [
            {"job": jobs[row.job_id].number, "code": row.code, "severity": row.severity, "count": row.count}
            for row in facts.findings
        ],
        "approvals": [
            {
                "job": jobs[row.job_id].number, "by": row.approver, "at": row.approved_at.isoformat(),
                "total_cents": row.total.cents, "hashes": row.hashes,
            }
            for row in facts.approvals
        ],
        "print_files": [
            {
                "ticket": row.ticket, "segment": row.segment, "first": row.first_piece, "last": row.last_piece,
                "pages": row.pages, "sha256": row.file_sha256,
            }
            for row in facts.prints
        ],
    }  # fmt: skip


def charge_rows(facts: EvidenceFacts) -> list[list[str]]:
    """Rows of a CSV."""
    head = [
        "job",
        "agency",
        "account",
        "unit",
        "quantity",
        "rate",
        "amount",
        "date",
        "period",
        "suspense",
        "reversal",
    ]
    return [
        head,
        *(
            [
                one.job, one.agency, one.bill_code, one.unit, one.quantity, one.rate, one.money.plain, one.usage_date,
                one.period, one.suspended_for, "yes" if one.is_reversal else "",
            ]
            for one in facts.charges
        ),
    ]  # fmt: skip


def event_rows(facts: EvidenceFacts) -> list[list[str]]:
    """Rows of a CSV."""
    head = ["at", "ticket", "event", "from", "to", "actor"]
    return [
        head,
        *(
            [
                event.occurred_at.isoformat(), ticket, event.event, event.from_state or "", event.to_state or "",
                event.actor,
            ]
            for event, ticket in facts.events
            if event.event not in NOT_OF_THE_MAILING
        ),
    ]  # fmt: skip


def spoil_rows(facts: EvidenceFacts) -> list[list[str]]:
    """Rows of a CSV."""
    rows = [
        [stream, str(row.piece), str(row.attempt), row.reason, row.recorded_at.isoformat()]
        for row, stream in facts.spoils
    ]
    return [["stream", "piece", "copy", "reason", "recorded"], *rows]
