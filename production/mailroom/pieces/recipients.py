"""By whom a letter is found: one row a piece in a monthly partition that retention can drop."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import text

from postal.sorting.presort_plan import PresortPlan
from production.mailings.models import PresortStream
from store.db import UnitOfWork

_EPOCH = date(2000, 1, 1)  # PostgreSQL's day zero in binary COPY
_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_NAME_LENGTH = 120
_COLUMNS = "mail_date, lot_id, piece, job_id, source_row, zip5, name_key"


def name_key(names: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Upper case, letters and digits only, without accents: what a search compares."""
    plain = pc.replace_substring_regex(pc.utf8_normalize(names, "NFKD"), r"[^\pL\pN]", "")
    return pc.utf8_slice_codeunits(pc.utf8_upper(plain), 0, _NAME_LENGTH)


def ensure_partition(uow: UnitOfWork, mail_date: date) -> None:
    """The month's partition, made unless there, by a function of the owner: nobody else makes tables."""
    uow.session.execute(text("SELECT make_recipient_month(:day)"), {"day": mail_date})


def record(
    uow: UnitOfWork,
    stream: PresortStream,
    plan: PresortPlan,
    lists: Sequence[pa.Table],
    job_ids: Sequence[int],
) -> None:
    """All pieces of a stream by binary COPY from columns, in the transaction of the plan."""
    ensure_partition(uow, stream.mail_date)
    order = pa.array(np.asarray(plan.source))
    both = pa.concat_tables([table.select(["source_row", "recipient", "company"]) for table in lists])
    both = both.take(order)
    names = pc.if_else(pc.equal(both["recipient"], ""), both["company"], both["recipient"])
    columns = _records(
        day=(stream.mail_date - _EPOCH).days,
        lot_id=stream.id,
        job_id=np.array(job_ids, np.int64)[np.asarray(plan.job)],
        source_row=both["source_row"].to_numpy(),
        keys=name_key(names).combine_chunks(),
        zip5=np.asarray(plan.zip5),
    )
    # PostgreSQL has no COPY through row-level security: the rows arrive in a table of this transaction.
    cursor = uow.session.connection().connection.cursor()
    cursor.execute("CREATE TEMPORARY TABLE arriving (LIKE recipient) ON COMMIT DROP")
    cursor.execute("ALTER TABLE arriving DROP COLUMN agency_id")  # their job's
    with cursor.copy(f"COPY arriving ({_COLUMNS}) FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.write(_HEADER)
        copy.write(columns)
        copy.write(b"\xff\xff")
    cursor.execute(
        f"INSERT INTO recipient (agency_id, {_COLUMNS}) SELECT job.agency_id, arriving.* "  # noqa: S608
        f"FROM (SELECT {_COLUMNS} FROM arriving) AS arriving JOIN job ON job.id = arriving.job_id"
    )
    cursor.execute("DROP TABLE arriving")


def _records(
    *,
    day: int,
    lot_id: int,
    job_id: np.ndarray,
    source_row: np.ndarray,
    keys: pa.Array,
    zip5: np.ndarray,
) -> memoryview:
    """Binary COPY tuples: a fixed head built as one record array, the name key joined behind it."""
    count = len(zip5)
    head = np.empty(
        count,
        [
            ("fields", ">i2"), ("day_length", ">i4"), ("day", ">i4"), ("stream_length", ">i4"),
            ("stream", ">i8"), ("piece_length", ">i4"), ("piece", ">i4"), ("job_length", ">i4"),
            ("job", ">i8"), ("row_length", ">i4"), ("row", ">i8"), ("zip_length", ">i4"), ("zip", "S5"),
            ("name_length", ">i4"),
        ],
    )  # fmt: skip
    head["fields"], head["day_length"], head["day"] = 7, 4, day
    head["stream_length"], head["stream"] = 8, lot_id
    head["piece_length"], head["piece"] = 4, np.arange(1, count + 1)
    head["job_length"], head["job"] = 8, job_id
    head["row_length"], head["row"] = 8, source_row
    head["zip_length"], head["zip"] = 5, np.char.zfill(zip5.astype("S5"), 5)
    head["name_length"] = pc.binary_length(keys).to_numpy(zero_copy_only=False)
    size = head.dtype.itemsize
    heads = pa.Array.from_buffers(pa.binary(size), count, [None, pa.py_buffer(head.tobytes())])
    wide = pa.large_binary()
    joined = pc.binary_join_element_wise(heads.cast(wide), keys.cast(wide), pa.scalar(b"", wide))
    offsets = np.frombuffer(joined.buffers()[1], np.int64)
    return memoryview(joined.buffers()[2])[offsets[joined.offset] : offsets[joined.offset + count]]
