"""A plan's file: same plan, same bytes; what is read equals what was written."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass

import numpy as np
import pyarrow as pa
import pytest

from kernel.errors import Corrupt
from postal.money.fair_shares import fair_shares
from postal.sorting.explain import explain_piece
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort_plan import PieceColumns
from postal.sorting.streams import Stream
from tests.postal.mailings import LETTER, columns, planned, rules_on, shuffled

PIECES = columns({70801: 600, 70802: 149, 70806: 30, 10001: 5, 34012: 2}, {70801: 3})


def same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one) and any(isinstance(getattr(one, f.name), np.ndarray) for f in fields(one)):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("pieces", [PIECES, columns({70801: 3}), columns({}, {70801: 2})], ids=len)
@pytest.mark.parametrize("is_shared", [False, True])
def test_round_trip(tmp_path, pieces, is_shared):
    plan = planned(pieces, rules_on())
    if is_shared:
        plan = fair_shares([plan], [Stream(pieces, LETTER)], rules_on())[0].kept_in(plan)
    write_plan(plan, tmp_path / "plan.arrow")
    read = read_plan(tmp_path / "plan.arrow")
    for field in fields(plan):
        assert same(getattr(plan, field.name), getattr(read, field.name)), field.name
    assert explain_piece(read, 1) == explain_piece(plan, 1)
    assert read.label(len(read.trays)) == plan.label(len(plan.trays))
    assert not read.source.flags.writeable


def test_the_same_plan_gives_the_same_bytes(tmp_path):
    paths = [tmp_path / name for name in "abc"]
    write_plan(planned(PIECES), paths[0])
    write_plan(planned(PIECES), paths[1])
    write_plan(read_plan(paths[0]), paths[2])
    assert len({path.read_bytes() for path in paths}) == 1
    write_plan(planned(shuffled(PIECES, 3)), paths[1])
    assert paths[0].read_bytes() != paths[1].read_bytes()  # source names rows of another input


def test_twenty_bytes_a_piece(tmp_path):
    def size(count: int) -> int:
        path = tmp_path / str(count)
        write_plan(planned(PieceColumns.of([70801] * count, [70801_1234_01] * count)), path)
        return path.stat().st_size

    assert size(21_000) - size(1_050) < 20.5 * (21_000 - 1_050) + 5_000


@pytest.mark.parametrize("content", [b"", b"not a plan", b"ARROW1\0\0 and no more"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "plan.arrow"
    path.write_bytes(content)
    with pytest.raises(Corrupt):
        read_plan(path)


def test_a_cut_file_is_refused(tmp_path):
    path = tmp_path / "plan.arrow"
    write_plan(planned(PIECES), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Corrupt):
        read_plan(path)


@pytest.mark.parametrize("older", ["indicia-presort-plan-1", "indicia-presort-plan-2"])
def test_a_plan_of_an_older_format_stays_readable(tmp_path, older):
    plan = planned(PIECES)
    write_plan(plan, tmp_path / "plan.arrow")
    stream = pa.ipc.open_file(tmp_path / "plan.arrow").get_batch(0)
    metadata = dict(stream.schema.metadata)
    facts = json.loads(metadata[b"plan"])
    newer = ("processing_category", "entry", "form", "edition_hashes", "top_down_postage", "containers")
    for name in newer if older == "indicia-presort-plan-1" else ():
        del facts[name]
    metadata |= {b"format": older.encode(), b"plan": json.dumps(facts).encode()}
    old = stream.replace_schema_metadata(metadata)
    with pa.OSFile(str(tmp_path / "old.arrow"), "wb") as sink, pa.ipc.new_file(sink, old.schema) as writer:
        writer.write_batch(old)
    read = read_plan(tmp_path / "old.arrow")
    assert (read.level_counts, read.postage) == (plan.level_counts, plan.postage)
    assert explain_piece(read, 1) == explain_piece(plan, 1)
