import csv
import io
import threading
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from billing import chargeback
from billing.charging import charge_job, charge_stream
from billing.exports.journal_csv import COLUMNS, neutral
from billing.models import BillingPeriod, Charge, ExportDocument, ExportRun, ExportState
from billing.periods import open_period
from kernel import clock
from kernel.errors import Conflict, Corrupt, InvalidInput, NotFound
from kernel.ids import new_ulid
from kernel.money import Money
from production.people.models import BudgetUnit
from store.outbox import OutboxMessage
from tests.billing.ledgers import DAY, close, make_card, make_mailing, make_usage
from tests.factories import PLANT, make_agency, make_job, owners_hand


def in_one(plant, act):
    with plant.db.unit_of_work(PLANT) as uow:
        return act(uow)


def closed_month(plant, *, day=DAY, **mailing):
    """A charged mailing of two agencies in a closed month. Gives the period."""

    def act(uow):
        make_card(uow)
        charge_stream(uow, make_mailing(uow, on=day, **mailing))
        return close(uow, open_period(uow, day))

    return in_one(plant, act)


def export(plant, period):
    run = in_one(plant, lambda uow: chargeback.request_export(uow, period))
    ref = chargeback.write_export(plant, run.ulid)
    return in_one(plant, lambda uow: chargeback.record_export(uow, run.ulid, ref))


def read(plant, run):
    data = plant.files.checked_path(run.file_sha256).read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    return data, rows[0], [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:-1]], rows[-1]


def test_an_export_holds_every_charge_with_control_totals(plant):
    run = export(plant, closed_month(plant, jobs=2, pieces=11))
    data, heading, rows, trailer = read(plant, run)
    assert tuple(heading) == COLUMNS
    assert data.endswith(b"\r\n")
    with plant.db.read_only(PLANT) as session:
        charged = session.scalars(select(Charge)).all()
        assert sum(Decimal(row["amount"]) for row in rows) * 100 == sum(c.cents.cents for c in charged)
        assert len(rows) == len(charged) == 12
    hash_total = sum(int(row["job"].replace("-", "")) for row in rows)
    assert trailer == ["T", "FY2027-11", "12", "56.00", "0.00", str(hash_total)]
    assert (run.state, run.rows, run.debits, run.hash_total) == (
        ExportState.WRITTEN,
        12,
        Money(5600),
        hash_total,
    )
    assert [(row["document"], row["line"]) for row in rows] == [
        (document, str(line)) for document in ("CB27-000001", "CB27-000002") for line in range(1, 7)
    ]
    permit = next(row for row in rows if row["unit"] == "postage.permit")
    assert (permit["quantity"], permit["rate"], permit["share"]) == ("3.5600", "1.000000", "1/1")
    assert (permit["accounting_string"], permit["usage_date"]) == ("100-20-3000", "2026-11-20")
    assert len(permit["charge_id"]) == len(permit["evidence_id"]) == 26


def test_a_second_export_is_the_same_run_and_the_same_bytes(plant):
    period = closed_month(plant)
    first = export(plant, period)
    in_one(
        plant, lambda uow: [setattr(u, "bill_code", f"changed{u.id}") for u in uow.session.query(BudgetUnit)]
    )
    again = export(plant, period)
    assert (again.id, again.file_sha256) == (first.id, first.file_sha256)
    with plant.db.read_only(PLANT) as session:
        assert session.query(OutboxMessage).filter_by(task="export").count() == 1


def test_a_double_click_makes_one_run(plant):
    period = closed_month(plant)
    runs, barrier = [], threading.Barrier(4)

    def click():
        barrier.wait()
        runs.append(export(plant, period))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 4
    assert len({(run.id, run.file_sha256) for run in runs}) == 1
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(ExportDocument)) == 2


def test_document_numbers_have_no_gap_within_a_fiscal_year(plant):
    november = closed_month(plant, jobs=3)
    december = closed_month(plant, day=date(2026, 12, 1))
    with pytest.raises(RuntimeError), plant.db.unit_of_work(PLANT) as uow:
        chargeback.request_export(uow, december)
        raise RuntimeError  # the numbers drawn are given back
    export(plant, november)
    export(plant, december)
    with plant.db.read_only(PLANT) as session:
        documents = session.scalars(select(ExportDocument).order_by(ExportDocument.sequence)).all()
        assert [document.number for document in documents] == [f"CB27-00000{n}" for n in range(1, 6)]
        assert len({document.period_id for document in documents[:3]}) == 1


def test_corrections_are_credits_of_the_month_that_is_open(plant):
    from billing.corrections import recharge
    from billing.models import Journal

    closed_month(plant, jobs=1)
    with plant.db.unit_of_work(PLANT) as uow:
        journal = uow.session.scalars(select(Journal).where(Journal.memo.like("%print.impression"))).one()
        recharge(uow, journal, reason="wrong account")
        december = close(uow, open_period(uow, date(2026, 12, 1)))
    run = export(plant, december)
    _, _, rows, trailer = read(plant, run)
    assert sorted(row["amount"] for row in rows) == ["-0.48", "0.48"]
    assert trailer[2:5] == ["2", "0.48", "0.48"]
    assert run.credits == Money(48)


def code_of(act):
    with pytest.raises((Conflict, InvalidInput, Corrupt, NotFound)) as caught:
        act()
    return caught.value.instance_code


def test_what_cannot_be_exported(plant):
    period = in_one(plant, lambda uow: open_period(uow, DAY))
    request = lambda **options: in_one(  # noqa: E731
        plant, lambda uow: chargeback.request_export(uow, period, **options)
    )
    assert code_of(request) == "PERIOD_OPEN"
    assert code_of(lambda: request(layout="sap")) == "EXPORT_LAYOUT"
    in_one(plant, lambda uow: close(uow, uow.session.get(BillingPeriod, period.id)))
    assert code_of(request) == "EXPORT_EMPTY"
    assert code_of(lambda: chargeback.write_export(plant, new_ulid(clock.now()))) == "NOT_FOUND"


def test_a_period_goes_out_in_one_layout_only(plant, monkeypatch):
    period = closed_month(plant)
    export(plant, period)
    monkeypatch.setitem(chargeback.LAYOUTS, "other", chargeback.LAYOUTS["journal_csv"])
    assert (
        code_of(lambda: in_one(plant, lambda uow: chargeback.request_export(uow, period, layout="other")))
        == "EXPORT_DONE"
    )


def test_a_repeat_with_other_bytes_is_refused(plant):
    run = export(plant, closed_month(plant))
    other = plant.files.keep_bytes(b"something else", "text/csv")
    assert (
        code_of(lambda: in_one(plant, lambda uow: chargeback.record_export(uow, run.ulid, other)))
        == "EXPORT_DIFFERS"
    )


def test_rows_that_do_not_add_to_the_frozen_totals_are_not_written(plant):
    run = in_one(plant, lambda uow: chargeback.request_export(uow, uow.session.merge(closed_month(plant))))
    with owners_hand(plant) as connection:
        connection.execute(text("ALTER TABLE charge DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE charge SET cents = cents + 1"))
    assert code_of(lambda: chargeback.write_export(plant, run.ulid)) == "CONTROL_TOTAL"


def test_a_written_run_and_its_documents_are_final(plant):
    export(plant, closed_month(plant))
    for statement in (
        "UPDATE export_run SET rows = 0",
        "DELETE FROM export_run",
        "DELETE FROM export_document",
    ):
        with pytest.raises(Exception, match="append-only"), plant.db.unit_of_work(PLANT) as uow:
            uow.session.execute(text(statement))


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("100-20", "100-20"), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"), (" =1", "'=1"), ("a\r\nb", "a  b"), ("\x00=1", "'=1"), ("a;b,\"c\"", "a;b,\"c\""),
    ],
)  # fmt: skip
def test_text_is_neutral_in_a_spreadsheet(cell, safe):
    assert neutral(cell) == safe


def test_hostile_account_names_stay_text(plant):
    def act(uow):
        make_card(uow)
        agency = make_agency(uow, code="=cmd|' /C calc'!A0")
        job = make_job(uow, agency=agency)
        for unit in uow.session.query(BudgetUnit).filter_by(agency_id=agency.id):
            unit.bill_code, unit.accounting_string = "@x", '-2,"\n3'
        make_usage(uow, job)
        charge_job(uow, job)
        return close(uow, open_period(uow, DAY))

    _, _, rows, _ = read(plant, export(plant, in_one(plant, act)))
    assert [(row["agency"], row["bill_code"], row["accounting_string"]) for row in rows] == [
        ("'=cmd|' /C calc'!A0", "'@x", "'-2,\" 3")
    ]


def test_suspense_stays_out_of_the_file(plant):
    def act(uow):
        make_card(uow)
        for closed in (True, False):
            job = make_job(uow)
            if closed:
                uow.session.query(BudgetUnit).filter_by(agency_id=job.agency_id).one().closed_at = uow.now
            make_usage(uow, job)
            charge_job(uow, job)
        return close(uow, open_period(uow, DAY))

    run = export(plant, in_one(plant, act))
    assert run.rows == 1
    with plant.db.read_only(PLANT) as session:
        assert session.scalar(select(func.count()).select_from(Charge)) == 2
        assert session.scalar(select(func.count()).select_from(ExportRun)) == 1
