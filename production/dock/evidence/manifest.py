"""The manifest of an evidence packet, and the records in it, as plain values of what the database says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version as installed_version

from postal.data.editions import Edition, InForce
from postal.papers.statement import line_map
from postal.sorting.presort_plan import PresortPlan
from production.dock.evidence.records import NOT_OF_THE_MAILING, EvidenceFacts
from production.dock.evidence.stated import (
    Account,
    AuditMark,
    Consent,
    Custody,
    ListFinding,
    LostEdition,
    Mailed,
    MailedJob,
    Manifest,
    NamedFile,
    NoInputs,
    Postage,
    PostageLine,
    Printed,
    Stream,
    UsedEdition,
)
from production.jobs.ranges import Range, size, words
from production.mailings.editions import shop_editions
from production.mailings.models import PresortStream
from store.files import FileStore


def manifest_now(facts: EvidenceFacts, files: FileStore) -> Manifest:
    """What the manifest would say now, without its list of files."""
    plan = facts.planned.plan(files)
    return manifest_of(facts, plan, [row for _, row in editions_used(files, plan)], with_recipients=False)


def editions_used(
    files: FileStore, plan: PresortPlan
) -> list[tuple[Edition, UsedEdition] | tuple[None, LostEdition]]:
    """Every edition behind plan and papers with its source and hash; one that is not loaded any more has no file."""
    shelf = shop_editions(files)
    known = {(edition.name, edition.sha256): edition for edition in shelf}
    form = line_map(plan.form, InForce(plan.mail_date, shelf)).edition
    used = [*zip(plan.editions, plan.edition_hashes, strict=True), (form.name, form.sha256)]
    found: list[tuple[Edition, UsedEdition] | tuple[None, LostEdition]] = []
    for name, sha256 in dict.fromkeys(used):
        edition = known.get((name, sha256))
        if edition is None:
            found.append((None, LostEdition(name, sha256)))
            continue
        row = UsedEdition(
            name, sha256, f"editions/{sha256[:12]}-{edition.path.name}", edition.source,
            edition.effective_from.isoformat(), edition.status.value, edition.complete, edition.caution,
        )  # fmt: skip
        found.append((edition, row))
    return found


def manifest_of(
    facts: EvidenceFacts,
    plan: PresortPlan,
    editions: Iterable[UsedEdition | LostEdition],
    *,
    with_recipients: bool,
) -> Manifest:
    """Everything the packet states, without its list of files."""
    jobs = {job.id: job.number for job in facts.jobs}
    return Manifest(
        software=f"Indicia {installed_version('indicia')}",
        mailing=_mailing(facts, plan),
        streams=tuple(_stream(facts, stream) for stream in facts.planned.streams),
        postage=Postage(
            plan.postage.cents,
            tuple(
                PostageLine(row.code, row.pieces, row.price, str(row.postage.value))
                for row in plan.levels
                if row.pieces
            ),
        ),
        pieces=_pieces(facts),
        jobs=tuple(
            MailedJob(
                job.number, job.title, job.agency.code, job.agency.name, facts.planned.names[part.lot_id],
                part.pieces, part.levels, **{name: getattr(job, name, None) for name in _OF_A_LIST},
            )
            for job, part in zip(facts.jobs, facts.planned.shares, strict=True)
        ),
        lists=tuple(NamedFile(jobs[row.job_id], row.role, row.sha256) for row in facts.files),
        list_findings=tuple(
            ListFinding(jobs[row.job_id], row.code, row.severity, row.count) for row in facts.findings
        ),
        approvals=tuple(
            Consent(jobs[row.job_id], row.approver, row.approved_at.isoformat(), row.total.cents, row.hashes)
            for row in facts.approvals
        ),
        print_files=tuple(
            Printed(row.ticket, row.segment, row.first_piece, row.last_piece, row.pages, row.file_sha256 or "")
            for row in facts.prints
        ),
        custody=tuple(
            Custody(
                row.way, row.place, row.taken_by, row.left_at.isoformat(), row.received_by, row.receipt,
                row.received_at.isoformat() if row.received_at else None, row.exception,
            )
            for row in facts.deliveries
        ),
        charges_cents=sum(charge.money.cents for charge in facts.charges),
        editions=tuple(editions),
        assumptions=_assumptions(facts, plan),
        audit=AuditMark(facts.audit.number, facts.audit.at.isoformat(), facts.audit.hash.hex()),
        with_recipients=with_recipients,
    )  # fmt: skip


# What became of the rows of a list; mail brought in has none.
_OF_A_LIST = ("rows_in", "rows_to_fix", "repeats_joined", "households_joined")


def _pieces(facts: EvidenceFacts) -> Account:
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

    return Account(
        planned=sum(one.pieces for one in found),
        mailed=sum(one.mailable for one in found),
        spoiled=sum(one.spoils for one in found),
        withdrawn=sum(size(one.withdrawn) for one in found),
        withdrawn_pieces=told([one.withdrawn for one in found]),
        unexplained=told([tuple(run for runs in one.open.values() for run in runs) for one in found]),
    )


def _assumptions(facts: EvidenceFacts, plan: PresortPlan) -> tuple[str, ...]:
    of_streams = [said for stream in facts.planned.streams for said in stream.summary.figures.assumptions]
    return tuple(dict.fromkeys((*of_streams, *plan.assumptions)))


def _mailing(facts: EvidenceFacts, plan: PresortPlan) -> Mailed:
    mailing, head = facts.planned.mailing, facts.planned.streams[0]
    return Mailed(
        mailing.number, mailing.mail_date.isoformat(), plan.title, plan.sort_plan, plan.policy, plan.mail_class,
        plan.shape, plan.form, len(plan.trays), head.summary.inputs or NoInputs(),
    )  # fmt: skip


def _stream(facts: EvidenceFacts, stream: PresortStream) -> Stream:
    return Stream(
        facts.planned.names[stream.id], stream.number, stream.pieces, stream.envelope, str(stream.weight_oz),
        str(stream.thickness_in), stream.plan_sha256, stream.mailer_id, stream.service_type_id,
        stream.first_serial,
    )  # fmt: skip


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
