"""The papers step: one set a mailing, of tickets, tray labels, statement preview and qualification report."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pikepdf
from reportlab.lib.pagesizes import letter
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import long_date
from kernel.errors import Corrupt
from postal.address.evidence import EvidenceKind, ListEvidence, told
from postal.papers import documentation, statement
from postal.papers.tie import label_figures, report_figures, statement_figures, tie
from postal.piece.nonprofit import Authorization
from postal.sorting.presort_plan import PresortPlan, stream_name
from postal.sorting.volume import PERMIT
from production.catalog.piece_weight import envelopes
from production.jobs.lifecycle import advance
from production.jobs.models import Job, Operation
from production.jobs.route import lot_operation
from production.jobs.states import OperationCode, OperationState
from production.mailings.address_evidence import evidence_of
from production.mailings.models import Mailing, PresortStream, Tray, letters
from production.mailings.nonprofit import serving
from production.mailings.planned import PlacedTray, PlannedMailing, label_of, read_planned
from production.mailings.shop import ShopProfile, shop_in_force, shop_profile
from production.mailings.streams import keep_paper, plan_of, streams_of
from production.prepress.papers.job_papers import (
    JobTicketPaper,
    TicketOperation,
    TrayLabelPaper,
    job_ticket,
    qualification_paper,
    statement_preview,
    tray_labels,
)
from production.prepress.second_reading import Shown, read_again
from store.db import UnitOfWork
from store.files import FileRef, FileStore

SOFTWARE = "Indicia (not PAVE certified)"
TICKET_CAUTION = "The mailing rests on assumptions that its postage statement lists."
_FLOOR: dict[str, str] = {OperationCode.PRINT: "Print", OperationCode.FOLD_INSERT: "Fold and insert"}


@dataclass(frozen=True, slots=True)
class PapersFacts:
    """A planned mailing with everything its papers name; operations by stream, segment and step."""

    planned: PlannedMailing
    profile: ShopProfile
    operations: Sequence[Operation]
    evidence: Sequence[ListEvidence]
    nonprofit: Mapping[int, Authorization]


@dataclass(frozen=True, slots=True)
class Paper:
    """A finished paper as kept."""

    role: str
    name: str
    ref: FileRef
    pages: int | None


def read_facts(session: Session, mailing: Mailing) -> PapersFacts:
    """What the papers need, read before the work."""
    planned = read_planned(session, mailing)
    operations = select(Operation).where(Operation.lot_id.in_([stream.id for stream in planned.streams]))
    owners = [job.agency for job in planned.jobs]
    return PapersFacts(
        planned=planned,
        profile=shop_profile(session),
        evidence=evidence_of(session, planned.jobs),
        nonprofit=serving(session, owners, mailing.sort_plan, mailing.mail_date),
        operations=session.scalars(
            operations.order_by(Operation.lot_id, Operation.segment, Operation.step)
        ).all(),
    )


def make_papers(files: FileStore, facts: PapersFacts, folder: Path) -> list[Paper]:
    """Every paper of the mailing, drawn from its plans; the same plans give the same bytes. Corrupt PAPERS_TIE when
    they do not agree with the plans and their trays to the piece and the cent.
    """
    plan = facts.planned.plan(files)
    trays = facts.planned.placed(plan)
    profile, number = facts.profile, facts.planned.mailing.number
    in_force = shop_in_force(files, profile, facts.planned.mailing.mail_date)
    previews = [
        statement.preview(
            plan,
            header_of(facts),
            lines=statement.line_map(part.form, in_force),
            way=None if plan.payment == PERMIT else statement.AffixedWay.CORRECT,
        )
        for part in plan.statements
    ]
    report = documentation.qualification_report(
        plan, mailer=profile.name, preparer=profile.name, permit=profile.permit_number, software=SOFTWARE
    )
    tie(
        plan,
        [
            *(statement_figures(statement.to_csv(preview)) for preview in previews),
            report_figures(documentation.to_csv(report)),
            label_figures((tray.label, tray.row.barcode) for tray in trays),
        ],
        barcodes=[tray.row.barcode for tray in trays],
    )

    def drawn(role: str, draw: Callable[[Path], int]) -> Paper:
        out = folder / f"{role}.pdf"
        pages = draw(out)
        return Paper(role, f"{number}-{role}.pdf", files.keep(out, "application/pdf"), pages)

    def listed(role: str, rows: Iterator[list[str]]) -> Paper:
        return Paper(role, f"{number}-{role}.csv", files.keep_bytes(_csv(rows), "text/csv"), None)

    has_tickets = any(operation.type in _FLOOR for operation in facts.operations)
    return [
        *([drawn("tickets", lambda out: _tickets(files, facts, trays, out))] if has_tickets else []),
        drawn("tray-labels", lambda out: tray_labels(_labels(trays), out, caution=plan.assumptions).pages),
        *(
            drawn(f"statement{suffix}", partial(_draw_statement, preview))
            for suffix, preview in zip(_STATEMENTS, previews, strict=False)
        ),
        drawn("qualification", lambda out: qualification_paper(report, out).pages),
        *(
            listed(f"statement-data{suffix}", statement.to_csv(preview))
            for suffix, preview in zip(_STATEMENTS, previews, strict=False)
        ),
        listed("qualification-data", documentation.to_csv(report)),
    ]


def _labels(trays: Sequence[PlacedTray]) -> list[TrayLabelPaper]:
    """In loading order. Pieces are numbered as in their stream, and where there are several streams a label names its
    own, and the trays of the same destination from the others.
    """
    is_one = len({tray.stream for tray in trays}) == 1
    same: dict[tuple[str, str], list[PlacedTray]] = {}
    for tray in trays:
        same.setdefault((tray.row.level, tray.row.line_1), []).append(tray)
    made = []
    for tray in trays:
        paper = replace(TrayLabelPaper.of(label_of(tray.row), tray.row.barcode or ""), tray=tray.place)
        mates = [
            f"{one.place:,} {stream_name(one.stream)}"
            for one in same[tray.row.level, tray.row.line_1]
            if one.stream != tray.stream
        ]
        where = "" if is_one else f"Stream {stream_name(tray.stream)}"
        made.append(replace(paper, stream=f"{where}, with {some_of(mates, limit=2)}" if mates else where))
    return made


# The mailing's own statement, and that of residual pieces which go on as First-Class Mail.
_STATEMENTS = ("", "-first-class")


def _draw_statement(preview: statement.Statement, out: Path) -> int:
    return statement_preview(preview, out).pages


def header_of(facts: PapersFacts) -> statement.StatementHeader:
    """Who mails what, and what is certified of the addresses of all lists together."""
    profile = facts.profile
    updated, matched = (
        told(facts.evidence, kind) for kind in (EvidenceKind.MOVE_UPDATE, EvidenceKind.MATCHING)
    )
    return statement.StatementHeader(
        permit_holder=profile.name,
        post_office=profile.post_office,
        permit_number=profile.permit_number,
        permit_holder_crid=profile.crid,
        mail_owner=some_of(job.agency.name for job in facts.planned.jobs),
        statement_number=facts.planned.mailing.number,
        move_update_method=updated.method,
        move_update_date=updated.on,
        address_matching_method=matched.method,
        address_matching_date=matched.on,
        nonprofit_authorization=_authorizations(facts),
    )


def _authorizations(facts: PapersFacts) -> str:
    """Number, post office and days of each owner's nonprofit authorization."""
    owners = {job.agency_id: job.agency.name for job in facts.planned.jobs}
    several = len(owners) > 1
    return some_of(
        f"{owners[key]}: {one.words}" if several else one.words for key, one in facts.nonprofit.items()
    )


def record_papers(uow: UnitOfWork, mailing_id: int, papers: Sequence[Paper]) -> None:
    """The papers in rows; the papers operation of every stream is done."""
    for paper in papers:
        keep_paper(uow, mailing_id, paper.role, paper.ref, name=paper.name, pages=paper.pages)
    for stream in streams_of(uow.session, mailing_id):
        operation = lot_operation(uow.session, stream, OperationCode.PAPERS)
        if operation.state is OperationState.READY:
            advance(uow, operation, "start")
            advance(uow, operation, "finish", papers=len(papers))


def some_of(names: Iterable[str], *, limit: int = 5) -> str:
    """The names once each, or the first of many and how many more: a paper's cell does not grow over its page."""
    distinct = list(dict.fromkeys(names))
    rest = len(distinct) - limit
    return ", ".join(distinct[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def _tickets(files: FileStore, facts: PapersFacts, trays: Sequence[PlacedTray], out: Path) -> int:
    """One ticket for each operation people do, by stream and segment, as one file."""
    shown: list[Shown] = []
    with pikepdf.new() as all_tickets:
        for stream in facts.planned.streams:
            own = _OfStream(
                facts, stream, plan_of(files, stream), [t for t in trays if t.row.lot_id == stream.id]
            )
            for operation in own.operations:
                page = out.with_name(f"{operation.ticket}.pdf")
                made = job_ticket(_ticket(own, operation), page)
                shown += [Shown(letter, [operation.ticket])] * made.pages
                with pikepdf.open(page) as one:
                    all_tickets.pages.extend(one.pages)
        all_tickets.save(out, deterministic_id=True)
    if wrong := read_again(out, len(shown), dict(enumerate(shown))):
        raise Corrupt(wrong[0].message, code=wrong[0].code)
    return len(shown)


@dataclass(frozen=True, slots=True)
class _OfStream:
    """What the tickets of a stream are drawn from."""

    facts: PapersFacts
    stream: PresortStream
    plan: PresortPlan
    trays: Sequence[PlacedTray]

    @property
    def operations(self) -> list[Operation]:
        return [one for one in self.facts.operations if one.lot_id == self.stream.id and one.type in _FLOOR]

    @property
    def jobs(self) -> list[Job]:
        shares = zip(self.facts.planned.shares, self.facts.planned.jobs, strict=True)
        return [job for share, job in shares if share.lot_id == self.stream.id]


def _ticket(own: _OfStream, operation: Operation) -> JobTicketPaper:
    stream, plan, jobs = own.stream, own.plan, own.jobs
    envelope = envelopes()[stream.envelope]
    what = "envelopes" if envelope.is_inserted else "pieces"
    route = [row for row in own.operations if row.segment == operation.segment]
    trays = [tray for tray in own.trays if _overlap(tray.row, operation)]
    return JobTicketPaper(
        number=operation.ticket,
        title=some_of(job.title for job in jobs),
        agency=some_of(job.agency.name for job in jobs),
        barcode=operation.ticket,
        facts=(
            ("Operation", _FLOOR[operation.type]),
            ("Mail date", long_date(stream.mail_date)),
            ("Pieces", f"{operation.first_piece:,} to {operation.last_piece:,} ({operation.pieces:,})"),
            *_places(own, trays),
            ("Pages of a piece", str(stream.pages_per_piece)),
            ("Sides", "both" if letters(jobs[0]).sides == 2 else "one"),
            ("Envelope" if envelope.is_inserted else "Piece", envelope.name),
            ("Bears", _markings(plan, operation)),
            ("Postage", _PAID[plan.payment]),
            ("Jobs", some_of((job.number for job in jobs), limit=24)),
        ),
        operations=tuple(
            TicketOperation(_FLOOR[row.type], "", f"{row.pieces:,} pieces", row.ticket) for row in route
        ),
        instructions=(
            "Scan this ticket when you start and when you finish.",
            f"Check the {what} before you start: they bear {_markings(plan, operation)}.",
            "Keep the sheets in order: they are in tray order. Report a spoiled piece by scanning its mark.",
        ),
        caution=(TICKET_CAUTION,) if plan.assumptions else (),
    )


def _places(own: _OfStream, trays: Sequence[PlacedTray]) -> Iterator[tuple[str, str]]:
    """Which trays; of a mailing of several streams, their places in loading order and the streams it leaves with."""
    planned = own.facts.planned
    if len(planned.streams) == 1:
        yield "Trays", f"{trays[0].place} to {trays[-1].place}" if trays else ""
        return
    yield "Trays", f"{len(trays):,}: places {trays[0].place:,} to {trays[-1].place:,} in loading order"
    others = some_of(
        f"{planned.names[one.id]} ({one.number})" for one in planned.streams if one is not own.stream
    )
    yield (
        "Mailing",
        f"{planned.mailing.number}, stream {planned.names[own.stream.id]}; leaves with stream {others}",
    )


_PAID = {"permit": "permit imprint", "metered": "meter; enter the run at the meter desk", "stamped": "stamps"}


def _markings(plan: PresortPlan, operation: Operation) -> str:
    """The words of class that the pieces of an operation bear, with their pieces where they differ."""
    assert operation.first_piece and operation.last_piece  # an operation of a segment  # noqa: S101
    here = [
        (one.words, max(one.first_piece, operation.first_piece), min(one.last_piece, operation.last_piece))
        for one in plan.markings
    ]
    here = [(words, first, last) for words, first, last in here if first <= last]
    if len(here) == 1:
        return here[0][0]
    return "; ".join(f"{words} (pieces {first:,} to {last:,})" for words, first, last in here)


def _overlap(tray: Tray, operation: Operation) -> bool:
    assert operation.first_piece and operation.last_piece  # an operation of a segment  # noqa: S101
    return tray.first_piece <= operation.last_piece and tray.last_piece >= operation.first_piece


def _csv(rows: Iterable[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
