"""Repairs of one kind: made twice they change no more than once, and a good row is never touched."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.frontdesk.checks.list_check import look
from production.frontdesk.lists.shapes import Found, ListTable, Refused
from production.frontdesk.repairs.document import CellRepair, DroppedRow, Repairs, with_repairs
from production.frontdesk.repairs.kinds import KINDS, made, offers, undamaged, with_capitals

NAMES = ["Name", "Street", "City", "State", "ZIP"]
SOURCES = dict(zip(("recipient", "street", "city", "state", "zip"), NAMES, strict=True))
ON = date(2026, 12, 1)
GOOD = [
    ("Pat Example", "12 Canal St", "BATON ROUGE", "LA", "70802"),
    ("ZOË O'NEIL", "PO BOX 4", "Boston", "MA", "02108-1234"),
    ("Ann van der Berg", "9 Rue Test Apt 2", "New Orleans", "LA", "70112"),
]
BAD = {  # by kind: a row and what it becomes
    "damage": (("JosÃ© Example", *GOOD[0][1:]), ("José Example", *GOOD[0][1:])),
    "spaces": (
        ("Pat  Example", " 12 Canal\u00a0St", *GOOD[0][2:]),
        ("Pat Example", "12 Canal St", *GOOD[0][2:]),
    ),
    "nothing": (("N/A", *GOOD[0][1:]), ("", *GOOD[0][1:])),
    "zip_decimals": ((*GOOD[0][:4], "70802.0"), (*GOOD[0][:4], "70802")),
    "zip_zeros": ((*GOOD[1][:4], "2108-1234"), (*GOOD[1][:4], "02108-1234")),
    "swapped": (
        (*GOOD[0][:2], "LA", "BATON ROUGE", "70802"),
        (*GOOD[0][:2], "BATON ROUGE", "LA", "70802"),
    ),
    "state_codes": ((*GOOD[0][:3], "Lousiana", "70802"), (*GOOD[0][:3], "LA", "70802")),
    "city_names": ((*GOOD[0][:2], "Baton Ruge", "LA", "70802"), (*GOOD[0][:2], "Baton Rouge", "LA", "70802")),
    "small_letters": (
        ("shawn o'neil", "12 nw mcdonald st", "boston", "MA", "02108"),
        ("Shawn O'Neil", "12 NW McDonald St", "Boston", "MA", "02108"),
    ),
}


def table_of(rows) -> ListTable:
    columns = [pa.array(list(cells), pa.string()) for cells in zip(*rows, strict=True)]
    return ListTable("csv", list(NAMES), columns, np.arange(2, 2 + len(rows), dtype=np.int32))


def rows_of(table: ListTable) -> list[tuple[str, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def seen(table: ListTable):
    return look(table, SOURCES, {"letter_columns": []}, on=ON)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_repairs_its_fault_and_finds_nothing_more(kind):
    bad, good = BAD[kind]
    once = made(seen(table_of([GOOD[0], bad])), [kind])
    assert rows_of(once) == [GOOD[0], good]
    assert kind not in offers(seen(once))


def test_a_good_list_is_offered_nothing():
    assert offers(seen(table_of(GOOD))) == {}


def test_what_is_not_certain_is_left_to_people():
    unsure = [
        (*GOOD[0][:2], "MA", "BATON ROUGE", "70802"),  # the state is not that of the ZIP Code
        (*GOOD[0][:2], "Houston", "Txeas", "70802"),
        (*GOOD[0][:4], "7.08E+04"),
        (*GOOD[0][:4], "99"),
    ]
    table = table_of(unsure)
    assert rows_of(made(seen(table), KINDS)) == unsure


cells = st.sampled_from([bad for bad, _ in BAD.values()]) | st.sampled_from(GOOD)
wild = st.tuples(*[st.text(alphabet=" abcdeLAÃ©.-'0123456789\u00a0", max_size=12)] * 5)


@settings(max_examples=12)  # each looks at several lists
@given(st.lists(cells | wild, min_size=1, max_size=6), st.sets(st.sampled_from(sorted(KINDS))))
def test_repairs_are_idempotent_and_touch_no_good_row(rows, kinds):
    before = table_of([*rows, *GOOD])
    look_first = seen(before)
    touched = {row for changes in offers(look_first, kinds).values() for one in changes for row in one.rows}
    once = made(look_first, kinds)
    twice = made(seen(once), kinds)
    for kind in kinds:  # each alone comes to rest at once
        alone = made(look_first, [kind])
        assert rows_of(made(seen(alone), [kind])) == rows_of(alone)
    assert rows_of(twice)[-3:] == rows_of(once)[-3:] == GOOD
    for row, (old, new) in enumerate(zip(rows_of(before), rows_of(once), strict=True)):
        assert old == new or row in touched


@given(st.text(max_size=40))
def test_texts_come_to_rest(text):
    assert with_capitals(with_capitals(text)) == with_capitals(text)
    assert undamaged(undamaged(text)) == undamaged(text)


NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_cells_and_rows_by_their_numbers_and_what_the_reader_found_of_them():
    table = table_of(GOOD)
    table.found.append(Found("CELL_ERROR", np.array([0, 1]), "Name"))
    table.found.append(Found("CELL_ERROR", np.array([2]), "City"))
    kept = Repairs().with_cells([CellRepair(3, "Name", GOOD[1][0], "Zoe", "rita", NOW)])
    kept = kept.with_dropped([DroppedRow(4, "rita", NOW), DroppedRow(99, "rita", NOW)])
    fixed = with_repairs(table, kept)
    assert [row[0] for row in rows_of(fixed)] == ["Pat Example", "Zoe"]
    assert fixed.source_row.tolist() == [2, 3]
    assert [(one.code, one.rows.tolist()) for one in fixed.found] == [("CELL_ERROR", [0])]
    typed_back = kept.with_cells([CellRepair(3, "Name", "Zoe", GOOD[1][0], "rita", NOW)])
    assert typed_back.cells == ()  # as it was sent
    with pytest.raises(Refused):
        with_repairs(table, Repairs().with_dropped(DroppedRow(row, "rita", NOW) for row in (2, 3, 4)))
