"""Doors of the dock and the way of a mailing, as the mailroom's home shows them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kernel.clock import SHOP_ZONE
from production.jobs.states import LotState
from production.mailings.cut_offs import CutOffValue, of_day
from production.mailroom.streams.departures import departures, doors
from production.mailroom.streams.mailing_view import MailingLine
from tests.factories import CALENDAR

DAY = date(2026, 12, 1)
NOON = datetime(2026, 12, 1, 12, tzinfo=SHOP_ZONE)
TRUCKS = (
    CutOffValue(code="FIRST", name="First truck", at="11:30", door="1"),
    CutOffValue(code="LAST", name="Last truck", at="16:30", door="2"),
    CutOffValue(code="EARLY", name="Flats", at="14:00", door="2", mail_classes=("marketing",)),
    CutOffValue(code="DESK", name="Certified", at="17:15", mail_classes=("nonprofit",)),
)


def line(state=LotState.IN_PRODUCTION, *, pieces=100, mail_class="first-class", segments=2, made=0):
    return MailingLine("M27-0001", state, DAY, mail_class, pieces, 1, 1, DAY, segments, made)


def leaving(*lines):
    return departures(of_day(TRUCKS[:3], CALENDAR, DAY), lines, DAY)


def test_a_door_has_what_leaves_next_and_is_free_when_its_day_is_over():
    found = doors(leaving(line()), NOON)
    assert [(door.name, door.next and door.next.cut_off.row.code) for door in found] == [
        ("1", None),
        ("2", "LAST"),
    ]
    assert doors(leaving(), NOON)[1].next.cut_off.row.code == "EARLY"  # nothing waits: simply the next
    assert [door.next for door in doors(leaving(line()), NOON + timedelta(hours=8))] == [None, None]
    assert doors(departures(of_day(TRUCKS[3:], CALENDAR, DAY), [], DAY), NOON) == []  # it names no door


@pytest.mark.parametrize(
    ("lines", "is_ready"),
    [
        ([line(LotState.PRODUCED), line(LotState.DISPATCHED)], True),
        ([line(LotState.PRODUCED), line()], False),
        (
            [line(LotState.PRODUCED), line(LotState.PLANNING, pieces=None)],
            False,
        ),  # not sorted: nobody knows its pieces
        ([], False),
    ],
)
def test_a_departure_is_ready_when_every_piece_of_every_mailing_is(lines, is_ready):
    last = next(one for one in leaving(*lines) if one.cut_off.row.code == "LAST")
    assert last.is_ready is is_ready


@pytest.mark.parametrize(
    ("mailing", "running", "done"),
    [
        (line(LotState.PLANNING, pieces=None, segments=0), "sorted", 0),
        (line(made=1), "made", 1),
        (line(made=2), "explained", 2),
        (line(LotState.PRODUCED, segments=0), "left", 3),
        (line(LotState.DISPATCHED), None, 4),
    ],
)
def test_the_way_of_a_mailing_has_one_part_that_runs(mailing, running, done):
    states = [state for _, state in mailing.parts]
    assert next((what for what, state in mailing.parts if state == "running"), None) == running
    assert states == ["done"] * done + (["running"] if running else []) + ["waiting"] * (
        4 - done - bool(running)
    )
