"""Serials: never twice within the window, whatever the order of blocks; exhausted rather than repeated."""

from __future__ import annotations

import itertools
import threading
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from kernel.errors import AttentionNeeded, InvalidInput
from postal.barcodes import imb
from production.mailroom.serials import blocks as serials
from production.mailroom.serials import mailer_ids
from production.mailroom.serials.models import MailerId, SerialBlock, TrayBlock
from store.counters import Counter
from tests.factories import PLANT, make_agency, make_stream

DAY = date(2026, 12, 1)
SMALL, LARGE = "900000001", "012345"  # a million serials, a thousand million


@pytest.fixture
def stream(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add(MailerId(mailer_id=SMALL, active=True))
        return make_stream(uow)


def reserve(plant, stream, pieces, day=DAY):
    with plant.db.unit_of_work(PLANT) as uow:
        block = serials.reserve(uow, lot_id=stream.id, pieces=pieces, mail_date=day)
        return block.mailer_id, block.first, block.last


def exhausted(plant, stream, pieces, day=DAY):
    with pytest.raises(AttentionNeeded) as refusal:
        reserve(plant, stream, pieces, day)
    return refusal.value.instance_code == "IMB_EXHAUSTED"


def test_blocks_follow_one_another_from_zero(plant, stream):
    assert reserve(plant, stream, 500) == (SMALL, 0, 499)
    assert reserve(plant, stream, 1) == (SMALL, 500, 500)
    assert reserve(plant, stream, 20, DAY - timedelta(days=400)) == (SMALL, 501, 520)


def test_capacity_is_what_the_specification_leaves_room_for():
    assert (serials.capacity(SMALL), serials.capacity(LARGE)) == (10**6, 10**9)


def test_the_end_is_not_crossed_and_the_numbers_begin_again_after_the_window(plant, stream):
    assert reserve(plant, stream, 600_000) == (SMALL, 0, 599_999)
    assert exhausted(plant, stream, 600_000, DAY + timedelta(days=45))
    # The second block would cross the end: it begins again at zero, 46 days later.
    assert reserve(plant, stream, 600_000, DAY + timedelta(days=46)) == (SMALL, 0, 599_999)
    assert reserve(plant, stream, 400_000, DAY + timedelta(days=46)) == (SMALL, 600_000, 999_999)
    assert exhausted(plant, stream, 1, DAY + timedelta(days=50))


def test_the_window_looks_both_ways(plant, stream):
    """A stream planned for a later day is as much in the way as one mailed before."""
    reserve(plant, stream, 10**6, DAY)
    for days in (-45, 0, 45):
        assert exhausted(plant, stream, 1, DAY + timedelta(days=days))
    assert reserve(plant, stream, 10, DAY - timedelta(days=46)) == (SMALL, 0, 9)


def test_free_numbers_behind_a_used_block_are_found(plant, stream):
    """One late block must not stop the mailer id while the numbers behind it are free."""
    reserve(plant, stream, 100, DAY + timedelta(days=60))
    reserve(plant, stream, 999_900, DAY)
    assert exhausted(plant, stream, 200, DAY + timedelta(days=45))
    later = DAY + timedelta(days=50)  # in the window of 0..99 alone
    assert reserve(plant, stream, 200, later) == (SMALL, 100, 299)


def test_the_next_mailer_id_takes_over_and_a_resting_one_does_not(plant, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add(MailerId(mailer_id="900000002", active=True))
        uow.session.add(MailerId(mailer_id="900000003", active=False))
    assert reserve(plant, stream, 700_000)[0] == SMALL
    assert reserve(plant, stream, 700_000) == ("900000002", 0, 699_999)
    assert exhausted(plant, stream, 700_000)
    assert reserve(plant, stream, 300_000) == (SMALL, 700_000, 999_999)


def test_the_mailer_id_with_the_most_serials_free_goes_first(plant, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add(MailerId(mailer_id="900000002", active=True))
    taken = [reserve(plant, stream, pieces)[0] for pieces in (500, 200, 200, 200, 1)]
    assert taken == [SMALL, "900000002", "900000002", "900000002", SMALL]
    # A hundred days later nothing of it counts any more.
    assert reserve(plant, stream, 1, DAY + timedelta(days=100))[0] == SMALL


def test_an_agency_has_its_own_mailer_id_first_and_never_anothers(plant, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        own, other = make_agency(uow), make_agency(uow)
        uow.session.add(MailerId(mailer_id="900000007", active=True, agency_id=own.id))
        uow.session.add(MailerId(mailer_id="900000008", active=True, agency_id=other.id))
        own_id = own.id

    def take(pieces, agency_id=None):
        with plant.db.unit_of_work(PLANT) as uow:
            return serials.reserve(
                uow, lot_id=stream.id, pieces=pieces, mail_date=DAY, agency_id=agency_id
            ).mailer_id

    assert take(900_000, own_id) == "900000007"
    assert take(900_000, own_id) == SMALL  # the shop's, when its own has no room
    with pytest.raises(AttentionNeeded):
        take(900_000)


def test_tray_serials_are_blocks_of_their_own(plant, stream):
    def take(trays, day=DAY):
        with plant.db.unit_of_work(PLANT) as uow:
            block = serials.reserve_trays(uow, lot_id=stream.id, mailer_id=SMALL, trays=trays, mail_date=day)
            return block.first, block.last

    assert take(60_000) == (0, 59_999)
    with pytest.raises(AttentionNeeded) as refusal:  # a 9-digit mailer id leaves five digits
        take(60_000)
    assert refusal.value.instance_code == "IMTB_EXHAUSTED"
    assert take(60_000, DAY + timedelta(days=46)) == (0, 59_999)
    assert reserve(plant, stream, 10) == (SMALL, 0, 9)


def test_more_than_a_mailer_id_has_needs_a_larger_one(plant, stream):
    assert exhausted(plant, stream, 10**6 + 1)
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add(MailerId(mailer_id=LARGE, active=True))
    assert reserve(plant, stream, 10**6 + 1) == (LARGE, 0, 10**6)


def test_no_mailer_id_at_all(plant, stream):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.execute(update(MailerId).values(active=False))
    assert exhausted(plant, stream, 1)


def test_ten_threads_never_share_a_serial(plant, stream):
    blocks, ready = [], threading.Barrier(10)

    def take(pieces):
        ready.wait()
        blocks.extend(reserve(plant, stream, pieces) for _ in range(3))

    threads = [threading.Thread(target=take, args=(1_000 + n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = sorted((first, last) for _, first, last in blocks)
    assert len(spans) == 30
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_what_a_failed_attempt_took_is_free_again_and_what_was_given_never_is(plant, stream):
    with pytest.raises(RuntimeError), plant.db.unit_of_work(PLANT) as uow:
        serials.reserve(uow, lot_id=stream.id, pieces=10, mail_date=DAY)
        raise RuntimeError
    assert reserve(plant, stream, 10) == (SMALL, 0, 9)
    for statement in (
        delete(SerialBlock),
        update(SerialBlock).values(first=5),
        text("TRUNCATE serial_block"),
    ):
        with (
            pytest.raises(DBAPIError, match=r"append-only|permission denied"),
            plant.db.unit_of_work(PLANT) as uow,
        ):
            uow.session.execute(statement)


def insert(plant, stream, first, last, day, mailer_id=SMALL, table=SerialBlock):
    """Past ``reserve``, straight into the table; whether the database took it."""
    try:
        with plant.db.unit_of_work(PLANT) as uow:
            uow.session.add(
                table(mailer_id=mailer_id, first=first, last=last, lot_id=stream.id, mail_date=day)
            )
    except IntegrityError as error:
        assert "no_repeat" in str(error.orig)
        return False
    return True


@pytest.mark.parametrize("table", [SerialBlock, TrayBlock])
def test_the_database_itself_refuses_a_repeat(plant, stream, table):
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.add_all(
            MailerId(mailer_id=mid, active=True) for mid in ("900000002", LARGE, "000000", "899999")
        )
    assert insert(plant, stream, 10, 19, DAY, table=table)
    for days in (-45, 0, 45):
        assert not insert(plant, stream, 19, 25, DAY + timedelta(days=days), table=table)
    assert insert(plant, stream, 20, 25, DAY, table=table)
    assert insert(plant, stream, 19, 19, DAY + timedelta(days=46), table=table)
    assert insert(plant, stream, 19, 19, DAY - timedelta(days=46), table=table)
    for mailer_id in ("900000002", LARGE, "000000", "899999"):  # another mailer id is another serial
        assert insert(plant, stream, 0, 10 ** (15 - len(mailer_id)) - 1, DAY, mailer_id, table)


def test_of_ten_threads_that_write_one_serial_one_succeeds(plant, stream):
    took, ready = [], threading.Barrier(10)

    def write(n):
        ready.wait()
        took.append(insert(plant, stream, 100 - n, 100 + n, DAY + timedelta(days=n)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False] * 9 + [True]


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("000000", True), ("899999", True), ("900000", False), ("900000000", True), ("899999999", False),
        ("12345", False), ("9000000001", False), ("12345a", False), ("", False),
    ],
)  # fmt: skip
def test_a_mailer_id_has_six_or_nine_digits_with_the_right_beginning(plant, text, is_good):
    """The check of the form and the check of the database say the same, and so does the barcode."""
    try:
        imb.Tracking("00", "300", text, "0" * (15 - len(text)))
        by_barcode = True
    except InvalidInput:
        by_barcode = False
    try:
        by_form = mailer_ids.check_digits(text) == text
    except InvalidInput as refusal:
        assert refusal.findings[0].place.column == "mailer_id"
        by_form = False
    try:
        with plant.db.unit_of_work(PLANT) as uow:
            uow.session.add(MailerId(mailer_id=text, active=True))
        by_database = True
    except DBAPIError:
        by_database = False
    assert (by_form, by_database, by_barcode) == (is_good, is_good, is_good)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(st.integers(1, 600_000), st.integers(-60, 60)), min_size=1, max_size=14),
    start=st.integers(0, 3 * 10**6),
)
def test_no_serial_is_given_twice_within_the_window(plant, stream, asked, start):
    """Any sizes on any days from any place of the counter; a refusal only when a plain search finds no room."""
    used = []
    with plant.db.unit_of_work(PLANT) as uow:
        uow.session.merge(Counter(name=f"serial-{SMALL}", last=start))
        for pieces, days in asked:
            day = DAY + timedelta(days=days)
            near = [(first, last) for first, last, other in used if abs((other - day).days) <= 45]
            for at in (start % 10**6, 0):  # what the database refuses is what the rule says
                end = min(at + pieces, 10**6) - 1
                is_free = all(end < first or last < at for first, last in near)
                assert _takes(uow, stream, at, end, day) == is_free
            starts = [0, *(last + 1 for _, last in near)]
            room = any(
                at + pieces <= 10**6 and all(at + pieces <= first or last < at for first, last in near)
                for at in starts
            )
            try:
                block = serials.reserve(uow, lot_id=stream.id, pieces=pieces, mail_date=day)
            except AttentionNeeded:
                assert not room
                continue
            assert block.last - block.first + 1 == pieces
            assert 0 <= block.first <= block.last < 10**6
            assert all(block.last < first or last < block.first for first, last in near)
            used.append((block.first, block.last, day))
        uow.session.rollback()
        uow.audit_entries.clear()


def _takes(uow, stream, first, last, day):
    try:
        with uow.session.begin_nested() as trial:
            uow.session.add(
                SerialBlock(mailer_id=SMALL, first=first, last=last, lot_id=stream.id, mail_date=day)
            )
            uow.session.flush()
            trial.rollback()
    except IntegrityError:
        return False
    return True


def test_blocks_name_their_stream_and_day(plant, stream):
    reserve(plant, stream, 7)
    with plant.db.read_only(PLANT) as session:
        block = session.scalars(select(SerialBlock)).one()
        assert (block.lot_id, block.mail_date, block.mailer_id) == (stream.id, DAY, SMALL)
