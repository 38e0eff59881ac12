"""The manifest of an evidence packet, and the records in it, as plain values of what the database says."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version as installed_version
from typing import Any

from postal.data.editions import Edition, InForce
from postal.papers.statement import line_map
from postal.sorting.presort_plan import PresortPlan
from production.dock.evidence.records import NOT_OF_THE_MAILING, EvidenceFacts
from production.jobs.ranges import size, words
from production.mailings.editions import shop_editions
from production.mailroom.streams.planning import plan_of
from store.files import FileStore


def manifest_now(facts: EvidenceFacts, files: FileStore) -> dict[str, Any]:
    """What the manifest would say now, without its list of files."""
    plan = plan_of(files, facts.batch)
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
        "batch": _batch(facts, plan),
        "postage": {
            "cents": plan.postage.cents,
            "lines": [
                {"level": row.code, "pieces": row.pieces, "rate": row.price, "postage": str(row.postage.value)}
                for row in plan.levels if row.pieces
            ],
        },
        "pieces": {
            "planned": facts.account.pieces, "mailed": facts.account.mailable, "spoiled": facts.account.spoils,
            "withdrawn": size(facts.account.withdrawn), "withdrawn_pieces": words(facts.account.withdrawn),
            "unexplained": words(tuple(run for runs in facts.account.open.values() for run in runs)),
        },
        "jobs": [
            {
                "number": job.number, "title": job.title, "agency": job.agency.code, "agency_name": job.agency.name,
                "pieces": part.pieces, "levels": part.levels, **{name: getattr(job, name, None) for name in _OF_A_LIST},
            }
            for job, part in zip(facts.jobs, facts.maildat.slices, strict=True)
        ],
        **_named(facts),
        "custody": [
            {
                "way": row.way, "place": row.place, "taken_by": row.taken_by, "left_at": row.left_at.isoformat(),
                "received_by": row.received_by, "receipt": row.receipt,
                "received_at": row.received_at.isoformat() if row.received_at else None,
            }
            for row in facts.deliveries
        ],
        "charges_cents": sum(charge.money.cents for charge in facts.charges),
        "editions": editions,
        "assumptions": list(facts.batch.summary.figures.assumptions),
        "audit": {
            "number": facts.audit.number, "at": facts.audit.at.isoformat(), "hash": facts.audit.hash.hex(),
        },
        "with_recipients": with_recipients,
    }  # fmt: skip


# What became of the rows of a list; mail brought in has none.
_OF_A_LIST = ("rows_in", "rows_to_fix", "repeats_joined", "households_joined")


def _batch(facts: EvidenceFacts, plan: PresortPlan) -> dict[str, Any]:
    """What was mailed, and what it was sorted by."""
    batch = facts.batch
    return {
        "number": batch.number, "mail_date": batch.mail_date.isoformat(), "title": plan.title,
        "sort_plan": plan.sort_plan, "policy": plan.policy, "mail_class": plan.mail_class, "shape": plan.shape,
        "envelope": batch.envelope, "weight_oz": str(batch.weight_oz), "thickness_in": str(batch.thickness_in),
        "plan_sha256": batch.plan_sha256, "form": plan.form, "trays": len(plan.trays),
        "mailer_id": batch.mailer_id, "service_type_id": batch.service_type_id,
        "first_serial": batch.first_serial, "inputs": asdict(inputs) if (inputs := batch.summary.inputs) else {},
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
        [str(row.piece), str(row.attempt), row.reason, row.recorded_at.isoformat()] for row in facts.spoils
    ]
    return [["piece", "copy", "reason", "recorded"], *rows]
