"""Fixing rows of a list: cells typed anew, rows dropped, repairs of one kind, each taken back; then the check again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kernel.errors import InvalidInput, StaleVersion
from kernel.findings import Finding, Place, Severity
from production.frontdesk.checks.list_check import look
from production.frontdesk.fixing.sheet import DRAFT, GIVEN, Sheet, sheet_of
from production.frontdesk.lists.shapes import ROW, ListTable
from production.frontdesk.orders.intake import GivenFile, submit_revision
from production.frontdesk.repairs.document import REPAIRS, CellRepair, DroppedRow, Key, KindRepair, Repairs
from production.frontdesk.repairs.faults import places_of
from production.frontdesk.repairs.kinds import KINDS
from production.jobs import lifecycle
from production.jobs.models import Job, JobFile
from production.mailings.models import LetterJob
from production.people.names import full_name
from store.db import UnitOfWork
from store.files import FileRef, FileStore, record_file

LONGEST = 200
NAME = "repairs.json"


@dataclass(frozen=True, slots=True)
class Bench:
    """A job whose repairs are being changed, its sheet, and where files are kept."""

    uow: UnitOfWork
    files: FileStore
    job: LetterJob
    sheet: Sheet

    def cells(self, texts: Mapping[Key, str]) -> list[CellRepair]:
        """Cells typed anew, by whom and when."""
        who, at, values = self.uow.actor.name, self.uow.now, self.sheet.values
        return [CellRepair(*key, values[key], text, who, at) for key, text in texts.items()]


def open_bench(uow: UnitOfWork, files: FileStore, job: LetterJob, *, revision: int, seen: str) -> Bench:
    """The job, locked. StaleVersion when it was checked again since the page was shown, or somebody else has changed
    its repairs (``seen``: as the page knew them).
    """
    uow.session.refresh(job, with_for_update={"of": Job})
    if job.revision != revision:
        raise StaleVersion("The list was checked again since this page was shown. Look at what is left.")
    sheet = sheet_of(uow.session, files, job)
    if sheet.seen != seen:
        raise StaleVersion(
            f"{_last_hand(uow, sheet)} has changed this list since you opened the page. Their changes are "
            "shown now, and what you typed is still in its fields. Look at both, then send it again."
        )
    return Bench(uow, files, job, sheet)


def _last_hand(uow: UnitOfWork, sheet: Sheet) -> str:
    repairs = sheet.repairs
    made: list[CellRepair | DroppedRow | KindRepair] = [*repairs.cells, *repairs.dropped, *repairs.kinds]
    return full_name(uow.session, max(made, key=lambda one: one.at).who) if made else "Somebody else"


# --- changes -----------------------------------------------------------------------------------------------


def with_typed(bench: Bench, typed: Mapping[Key, str]) -> Repairs:
    """The repairs with what was typed. InvalidInput names each cell that is still wrong."""
    sheet = bench.sheet
    changed = {key: text for key, text in typed.items() if text != " ".join(sheet.values[key].split())}
    problems = list(_problems(bench, changed))
    if problems:
        raise InvalidInput("Nothing was kept: some cells are still wrong.", code="ROWS", findings=problems)
    return sheet.repairs.with_cells(bench.cells(changed))


def with_suggestions(bench: Bench, repairs: Repairs, keys: Iterable[Key]) -> Repairs:
    """The suggestions for these cells taken."""
    sheet = bench.sheet
    taken = {key: sheet.suggestions[key] for key in keys if key in sheet.suggestions}
    return repairs.with_cells(bench.cells(taken))


def with_kind(bench: Bench, repairs: Repairs, kind: str) -> Repairs:
    """One kind of repair in all rows; as it was for a kind that is not offered."""
    offer = next((one for one in bench.sheet.faults.offers if one.kind == kind and kind in KINDS), None)
    return (
        repairs.with_kind(KindRepair(kind, offer.count, bench.uow.actor.name, bench.uow.now))
        if offer
        else repairs
    )


def with_dropped(bench: Bench, repairs: Repairs, rows: Iterable[int]) -> Repairs:
    """These rows out, of those with a fault."""
    known = bench.sheet.faults.rows
    return repairs.with_dropped(
        DroppedRow(row, bench.uow.actor.name, bench.uow.now) for row in rows if row in known
    )


def _problems(bench: Bench, changed: Mapping[Key, str]) -> Iterable[Finding]:
    """What the list check says of the rows as they would be, where that concerns a cell that was typed."""
    sheet = bench.sheet
    rows = sorted({row for row, _ in changed})
    columns = sheet.faults.columns
    texts = {**sheet.values, **changed}
    table = ListTable(
        "", list(columns),
        [pa.array([" ".join(texts[row, name].split()) for row in rows], pa.string()) for name in columns],
        np.array(rows, np.int32),
    )  # fmt: skip
    sources, options = bench.job.options.mapping or {}, bench.job.options.list.copy()
    options["letter_columns"] = sorted({name for _, name in changed})
    told: dict[Key, str] = {}
    for one in look(table, sources, options, on=bench.job.mail_date).found if rows else ():
        for row in one.rows.tolist() if one.level is ROW else ():
            for name in places_of(one, table, sources):
                if (rows[row], name) in changed:
                    told.setdefault((rows[row], name), one.sentence)
    for (row, name), sentence in told.items():
        yield Finding(
            "ROWS",
            Severity.STOP,
            f"Row {row:,}: {sentence}",
            place=Place(column=f"cell-{row}.{columns.index(name)}"),
        )


# --- keeping and checking ----------------------------------------------------------------------------------


def keep(bench: Bench, repairs: Repairs) -> None:
    """The repairs as they are now: another file, named by the job until it is checked again."""
    if repairs == bench.sheet.repairs:
        return
    ref = _kept(bench, repairs)
    key = (bench.job.id, bench.job.revision, DRAFT)
    row = bench.uow.session.get(JobFile, key)
    if row is None:
        bench.uow.session.add(
            JobFile(job_id=key[0], revision=key[1], role=DRAFT, sha256=ref.sha256, given_name=NAME)
        )
    else:
        row.sha256 = ref.sha256
    _note(bench, repairs, ref)


def check_again(bench: Bench, repairs: Repairs) -> int:
    """The list with its repairs as the next revision, to be checked; gives how many there are. InvalidInput when
    nothing was changed.
    """
    if repairs == bench.sheet.checked:
        raise InvalidInput("Nothing was changed since the last check.", code="ROWS")
    keep(bench, repairs)
    ref = _kept(bench, repairs)
    count = len(repairs.cells) + len(repairs.dropped) + sum(one.rows for one in repairs.kinds)
    submit_revision(bench.uow, bench.job, {GIVEN: GivenFile(ref, NAME)})
    lifecycle.note(bench.uow, bench.job, "list_repaired", repairs=count, dropped=len(repairs.dropped))
    return count


def _kept(bench: Bench, repairs: Repairs) -> FileRef:
    ref = bench.files.keep_bytes(REPAIRS.as_bytes(repairs, "repairs"), "application/json")
    record_file(bench.uow, ref)
    return ref


def _note(bench: Bench, repairs: Repairs, ref: FileRef) -> None:
    """Into the audit chain: how many of what, and the hash of the file; never a name."""
    bench.uow.audit(
        "job", bench.job.ulid, "list_repairs_changed", revision=bench.job.revision, cells=len(repairs.cells),
        dropped=len(repairs.dropped), kinds=[one.kind for one in repairs.kinds], sha256=ref.sha256,
    )  # fmt: skip
