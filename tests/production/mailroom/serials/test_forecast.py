"""The forecast says when serials begin again, of one mailer id and of all in rotation, before they run out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kernel.errors import Conflict, InvalidInput, NotFound
from production.mailroom.serials import mailer_ids
from production.mailroom.serials.forecast import forecast, wrap_findings
from production.mailroom.serials.models import MailerId, SerialBlock
from tests.factories import PLANT, make_agency, make_stream

DAY = date(2026, 12, 1)


@pytest.fixture
def uow(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        yield uow
        uow.session.rollback()
        uow.audit_entries.clear()


def use(uow, mailer_id, daily, days, before=DAY):
    """``daily`` serials on each of the ``days`` up to a day."""
    stream = make_stream(uow)
    for n in range(days):
        uow.session.add(
            SerialBlock(
                mailer_id=mailer_id,
                first=n * daily,
                last=(n + 1) * daily - 1,
                lot_id=stream.id,
                mail_date=before - timedelta(days=n),
            )
        )
    uow.session.flush()


def test_the_example_of_the_specification(uow):
    """Publication 685, A-2 (45 days): at 40,000 pieces a day a 9-digit mailer id wraps in 25 days."""
    mailer_ids.add(uow, "900000001")
    [rotation], [mailer] = forecast(uow.session, DAY, daily=40_000)
    assert rotation.sentence == "Mailer id 900000001 wraps in 25 days at 40,000 a day."
    assert rotation.finding.code == "IMB_WRAP"
    assert (mailer.capacity, mailer.free) == (10**6, 10**6)
    mailer_ids.add(uow, "900 000 002")
    [rotation], _ = forecast(uow.session, DAY, daily=40_000)
    assert rotation.sentence == "Mailer ids 900000001, 900000002 wrap in 50 days at 40,000 a day."
    assert rotation.is_short  # 50 days keep the rule, with less than ten to spare
    mailer_ids.add(uow, "123456")
    [rotation], _ = forecast(uow.session, DAY, daily=40_000)
    assert (rotation.wrap_days, rotation.finding) == (25_050, None)


@pytest.mark.parametrize(("daily", "is_short"), [(18_182, True), (18_181, False)])
def test_the_warning_begins_under_55_days(uow, daily, is_short):
    mailer_ids.add(uow, "900000001")
    [rotation], _ = forecast(uow.session, DAY, daily=daily)
    assert rotation.wrap_days == (54 if is_short else 55)
    assert rotation.is_short is is_short


def test_the_average_is_of_the_last_days_and_the_window_says_what_is_free(uow):
    mailer_ids.add(uow, "900000001")
    use(uow, "900000001", 20_000, 40)
    [rotation], [mailer] = forecast(uow.session, DAY)
    assert (mailer.daily, mailer.taken, mailer.free) == (20_000, 800_000, 200_000)
    assert rotation.wrap_days == 50
    [rotation], _ = forecast(uow.session, DAY + timedelta(days=15))
    assert rotation.daily == 10_000
    assert [finding.code for finding in wrap_findings(uow.session, "900000001", DAY)] == ["IMB_WRAP"]
    assert wrap_findings(uow.session, "900000001", DAY + timedelta(days=15)) == []


def test_agencies_are_forecast_apart_and_retired_ids_do_not_help(uow):
    agency = make_agency(uow, name="Office of Ids")
    mailer_ids.add(uow, "900000001")
    mailer_ids.add(uow, "900000002")
    mailer_ids.set_active(uow, "900000002", is_active=False)
    mailer_ids.add(uow, "900000003", agency_code=agency.code)
    use(uow, "900000003", 30_000, 10)
    rotations, mailers = forecast(uow.session, DAY, days=10)
    assert [(one.owner, one.daily, one.wrap_days) for one in rotations] == [
        ("", 0, None),
        ("Office of Ids", 30_000, 33),
    ]
    assert [one.is_active for one in mailers] == [True, False, True]
    assert rotations[0].sentence == "Mailer id 900000001: no serial was used lately."
    [alone], _ = forecast(uow.session, DAY, daily=100_000, mailer_id="900000001")
    assert alone.wrap_days == 10


def test_mailer_ids_are_entered_once_and_for_an_agency_there_is(uow):
    mailer_ids.add(uow, "123456")
    with pytest.raises(Conflict, match="entered already"):
        mailer_ids.add(uow, "123456")
    with pytest.raises(InvalidInput, match="not entered"):
        mailer_ids.add(uow, "123457", agency_code="NONE")
    with pytest.raises(NotFound):
        mailer_ids.set_active(uow, "111111", is_active=False)
    assert uow.session.get(MailerId, "123456").agency_id is None
    assert [entry.act for entry in uow.audit_entries] == ["added"]
