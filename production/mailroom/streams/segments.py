"""Merging a segment: rows of the plan to pages in tray order. A reprint is the same with the spoiled pieces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Corrupt
from postal.barcodes import imb
from postal.barcodes.imb_batch import encode_batch
from postal.sorting.presort_plan import PresortPlan
from production.catalog.piece_weight import envelopes
from production.jobs.lifecycle import advance
from production.jobs.models import Job, JobFile, Operation
from production.jobs.states import OperationCode, OperationState
from production.mailings.accepted import (
    ADDRESS_COLUMNS,
    ROUTING_COLUMNS,
    merge_columns,
    read_accepted,
    routing,
)
from production.mailings.models import PresortShare, PresortStream
from production.mailings.shop import ShopProfile, shop_profile
from production.mailings.streams import plan_of
from production.mailroom.pieces.models import Spoil
from production.prepress.merge.fields import Fields
from production.prepress.merge.marks import Bars
from production.prepress.merge.pdf_writer import FIRST_FREE
from production.prepress.merge.print_file import (
    CompiledTemplate,
    PageMarks,
    Part,
    compile_template,
    merge_parts,
    without_artwork,
)
from production.prepress.merge.read_back import check_print_file
from production.prepress.merge.template_fields import template_fields
from production.prepress.second_reading import read_print_file
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """One merge operation and everything its pieces are made from, read before the work."""

    operation: Operation
    stream: PresortStream
    profile: ShopProfile
    sources: Sequence[JobSource]
    spoiled: Sequence[int]  # piece numbers of a reprint; empty for a segment of the plan


@dataclass(frozen=True, slots=True)
class JobSource:
    """The files of one job of the stream, by hash; no fields file means the default places."""

    accepted: str
    template: str
    fields: str | None


@dataclass(frozen=True, slots=True, eq=False)
class JobRows:
    """Accepted rows of one job that belong to a print file (``rows`` of ``accepted``, which is mapped and not read),
    and their places in it (from 0, ascending)."""

    source: JobSource
    accepted: pa.Table
    rows: np.ndarray
    positions: np.ndarray

    def table(self, columns: Collection[str]) -> pa.Table:
        """The rows in printing order, with these columns alone: a list has more of them than a letter prints."""
        whole = merge_columns(self.accepted)
        return whole.select([name for name in whole.column_names if name in columns]).take(self.rows)


@dataclass(frozen=True, slots=True)
class Merged:
    """The print file of a segment."""

    facts: MergeFacts
    ref: FileRef
    pages: int


def read_facts(session: Session, operation: Operation) -> MergeFacts:
    """What the merge of one segment or reprint needs."""
    stream = session.get_one(PresortStream, operation.lot_id)
    slices = session.scalars(select(PresortShare).filter_by(lot_id=stream.id).order_by(PresortShare.position))
    spoiled = session.scalars(
        select(Spoil.piece).filter_by(replacement_id=operation.id).order_by(Spoil.piece)
    )
    sources = [_source(session, part) for part in slices]
    return MergeFacts(operation, stream, shop_profile(session), sources, spoiled.all())


def _source(session: Session, part: PresortShare) -> JobSource:
    job = session.get_one(Job, part.job_id)
    rows = session.scalars(select(JobFile).filter_by(job_id=job.id, revision=job.revision))
    files = {row.role: row.sha256 for row in rows}
    return JobSource(part.accepted_sha256, files["template"], files.get("fields"))


def merge_segment(files: FileStore, facts: MergeFacts, folder: Path) -> Merged:
    """The print file of the operation's pieces in tray order. The same facts give the same bytes."""
    plan, operation = plan_of(files, facts.stream), facts.operation
    first, last = operation.first_piece or 1, operation.last_piece or plan.pieces
    pieces = (
        np.array(facts.spoiled, np.int64) if facts.spoiled else np.arange(first, last + 1, dtype=np.int64)
    )
    rows = _rows(files, facts, plan, pieces)
    parts = _parts(files, rows, is_addressed=envelopes()[facts.stream.envelope].is_piece)
    imb = _barcodes(facts.stream, rows, pieces)
    marks = PageMarks(facts.stream.id, pieces)
    out = folder / "print.pdf"
    bars = Bars(facts.profile.bars)
    made = merge_parts(parts, imb, marks, out, bars=bars)
    wrong = check_print_file(out, parts, imb, marks) or read_print_file(out, parts, imb, marks, bars=bars)
    if wrong:
        raise Corrupt(wrong[0].message, code=wrong[0].code, ticket=operation.ticket)
    return Merged(facts, files.keep(out, "application/pdf"), made.pages)


def _rows(files: FileStore, facts: MergeFacts, plan: PresortPlan, pieces: np.ndarray) -> list[JobRows]:
    """For each job with pieces here: its rows in tray order, and where they stand in the file."""
    jobs = np.asarray(plan.job)[pieces - 1]
    rows = np.asarray(plan.source)[pieces - 1].astype(np.int64)
    found, offset = [], 0
    for position, source in enumerate(facts.sources):
        table = read_accepted(files.checked_path(source.accepted))
        positions = np.flatnonzero(jobs == position)
        if len(positions):
            found.append(JobRows(source, table, rows[positions] - offset, positions))
        offset += len(table)
    return found


def _parts(files: FileStore, rows: Sequence[JobRows], *, is_addressed: bool) -> list[Part]:
    """The jobs' templates, numbered one behind the other, with their rows; pieces that are printed already get their
    boxes alone.
    """
    parts: list[Part] = []
    for job in rows:
        number = parts[-1].compiled.next_number if parts else FIRST_FREE
        compiled = _compiled(files, job.source, merge_columns(job.accepted).column_names, number)
        compiled = without_artwork(compiled) if is_addressed else compiled
        table = job.table({*ADDRESS_COLUMNS, *compiled.fields.columns})
        parts.append(Part(compiled, table, job.positions))
    return parts


def _compiled(
    files: FileStore, source: JobSource, columns: Sequence[str], first_number: int
) -> CompiledTemplate:
    """The template as approved; it was examined then, so a finding now means the files are not what they were."""
    blank = compile_template(files.checked_path(source.template), Fields(()), first_number=first_number)
    path = files.checked_path(source.fields) if source.fields else None
    fields, findings = template_fields(path, columns=columns, page_sizes=blank.sizes)
    if fields is None:
        raise Corrupt(findings[0].message, code=findings[0].code)
    return replace(blank, fields=fields)


def _barcodes(stream: PresortStream, rows: Sequence[JobRows], pieces: np.ndarray) -> np.ndarray:
    """The IMb letters of the pieces: piece n carries serial first + n - 1."""
    assert stream.mailer_id and stream.service_type_id and stream.first_serial is not None  # planned  # noqa: S101
    codes = np.empty(len(pieces), np.int64)
    digits = np.empty(len(pieces), np.uint8)
    for job in rows:
        routed = job.accepted.select(ROUTING_COLUMNS).take(job.rows)
        codes[job.positions], digits[job.positions] = routing(routed)
    serials = stream.first_serial + pieces - 1
    letters = np.empty((len(pieces), imb.BARS), np.uint8)
    apart = pieces >= (stream.residual_first_piece or np.iinfo(np.int64).max)
    for service_type, rows_of in ((stream.service_type_id, ~apart), (stream.residual_service_type_id, apart)):
        if not rows_of.any() or service_type is None:
            continue
        letters[rows_of], refused = encode_batch(
            imb.BARCODE_ID, service_type, stream.mailer_id, serials[rows_of], codes[rows_of], digits[rows_of]
        )
        if refused.any():
            piece = pieces[rows_of][np.flatnonzero(refused)[0]]
            raise Corrupt("A piece of the plan has no barcode.", piece=int(piece))
    return letters


def record_merge(uow: UnitOfWork, merged: Merged) -> None:
    """The print file in rows; its print operation becomes ready. A repeat must have given the same bytes."""
    operation = uow.session.get_one(Operation, merged.facts.operation.id)
    sha256 = record_file(uow, merged.ref)
    if operation.file_sha256 not in (None, sha256):
        raise Corrupt("A repeated merge gave other bytes.", ticket=operation.ticket)
    printing = uow.session.scalars(
        select(Operation).filter_by(
            lot_id=operation.lot_id, type=OperationCode.PRINT, segment=operation.segment
        )
    ).one()
    for row in (operation, printing):
        row.file_sha256, row.pages = sha256, merged.pages
    if operation.state is OperationState.READY:
        advance(uow, operation, "start")
    advance(uow, operation, "finish", pages=merged.pages)
    if printing.state is OperationState.WAITING:
        advance(uow, printing, "make_ready")
