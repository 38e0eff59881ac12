"""The recipients of a mailing by piece: only on request, as it holds names and addresses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from postal.sorting.presort_plan import PresortPlan
from production.mailings.accepted import ADDRESS_COLUMNS, read_accepted
from production.mailroom.maildat.put_together import MaildatFacts
from store.files import FileStore

_BLOCK = 10_000


def recipient_rows(files: FileStore, facts: MaildatFacts, plan: PresortPlan) -> Iterator[list[str]]:
    """Header, then a row a piece in loading order: stream, its piece, tray, job, row of the list, name and address."""
    columns = ["source_row", *ADDRESS_COLUMNS]
    lists = [
        read_accepted(files.checked_path(part.accepted_sha256)).select(columns)
        for part in facts.planned.shares
    ]
    table = pa.concat_tables(lists)
    numbers = [job.number for job in facts.planned.jobs]
    trays, within = plan.tray_of_piece, plan.number_in_stream
    streams = [stream.number for stream in facts.planned.streams]
    stream_of = np.repeat(plan.stream_of_tray, plan.trays.pieces)
    yield ["stream", "piece", "tray", "job", *columns]
    for start in range(0, plan.pieces, _BLOCK):
        stop = min(start + _BLOCK, plan.pieces)
        rows = table.take(np.asarray(plan.source[start:stop])).to_pydict()
        for k in range(stop - start):
            row = start + k
            fixed = [
                streams[int(stream_of[row])],
                str(within[row]),
                str(trays[row]),
                numbers[int(plan.job[row])],
            ]
            yield [*fixed, *("" if rows[name][k] is None else str(rows[name][k]) for name in columns)]
