"""What must hold of lists that were accepted, for ``indicia verify``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import select

from production.jobs.models import JobFile
from production.mailings.accepted import read_accepted
from production.mailings.models import LetterJob
from store.keeping.verify import Check, Open, Survey


def accepted_lists_hold_their_pieces(survey: Survey) -> Iterator[Open]:
    """An accepted list has as many rows as its job has pieces, each row of the agency's list at most once."""
    query = (
        select(LetterJob.number, LetterJob.pieces, LetterJob.rows_in, JobFile.sha256)
        .join(
            JobFile,
            (JobFile.job_id == LetterJob.id)
            & (JobFile.revision == LetterJob.revision)
            & (JobFile.role == "accepted_list"),
        )
        .order_by(LetterJob.id)
    )
    for number, pieces, rows_in, sha256 in survey.session.execute(query):
        path = survey.files.path(sha256)
        if not survey.reads(sha256) or not path.exists():
            continue  # what is missing: named by files_have_content, or removed by a retention rule
        rows = read_accepted(path).column("source_row").to_numpy()
        survey.examined += len(rows)
        if len(rows) != pieces or pieces > (rows_in or 0):
            yield Open(
                f"job {number}: {pieces:,} of {rows_in:,} rows accepted, {len(rows):,} kept", (number,)
            )
        if len(np.unique(rows)) != len(rows):
            yield Open(f"job {number}: a row of its list is accepted twice", (number,))


def every_row_is_accounted_for(survey: Survey) -> Iterator[Open]:
    """Each row of a list is a piece, joined to the letter of another row, or returned for fix."""
    row = LetterJob
    columns = (row.rows_in, row.pieces, row.repeats_joined, row.households_joined, row.rows_to_fix)
    query = select(row.number, *columns).where(row.rows_in.is_not(None), row.rows_to_fix.is_not(None))
    for number, rows_in, *parts in survey.session.execute(query.order_by(row.id)):
        survey.examined += 1
        if rows_in != sum(part or 0 for part in parts):
            pieces, repeats, households, fixes = (part or 0 for part in parts)
            yield Open(
                f"job {number}: {rows_in:,} rows, but {pieces:,} pieces, {repeats:,} repeats and {households:,} "
                f"household rows joined, {fixes:,} to fix",
                (number,),
            )


CHECKS: tuple[Check, ...] = (
    accepted_lists_hold_their_pieces,
    every_row_is_accounted_for,
)
