"""The checks are silent on a whole ledger and name what was broken past every trigger."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from billing import chargeback, reconcile
from billing.charging import charge_stream
from billing.periods import open_period
from kernel.money import Money
from production.mailings.models import PresortShare, PresortStream
from tests.billing.ledgers import DAY, close, make_card, make_mailing
from tests.databases import begin
from tests.factories import PLANT, owners_hand


@pytest.fixture
def exported(plant):
    def make():
        with plant.db.unit_of_work(PLANT) as uow:
            make_card(uow)
            charge_stream(uow, make_mailing(uow, jobs=2, pieces=11))
            run = chargeback.request_export(uow, close(uow, open_period(uow, DAY)))
        ref = chargeback.write_export(plant, run.ulid)
        with plant.db.unit_of_work(PLANT) as uow:
            return chargeback.record_export(uow, run.ulid, ref)

    return begin(plant, "exported", make)


def found(plant):
    with plant.db.read_only(PLANT) as session:
        return list(reconcile.check(session, plant.files))


def break_(plant, statement):
    """What somebody could do who goes past every trigger."""
    with owners_hand(plant) as connection:
        connection.execute(text("SELECT pristine.past_triggers(:said)"), {"said": statement})


def test_a_whole_ledger_gives_no_sentence(plant, exported):
    assert found(plant) == []


ONE = (
    "(SELECT c.id FROM charge c JOIN usage u ON u.id = c.usage_id WHERE u.unit = '{}' ORDER BY c.id LIMIT 1)"
)

AGAIN = f"""
INSERT INTO charge (ulid, job_id, agency_id, usage_id, budget_unit_id, round, account, bill_code, accounting_string,
    rate_line_id, rate, quantity, extended, share, shares, cents, journal_id)
SELECT gen_random_uuid(), job_id, agency_id, usage_id, budget_unit_id, 2, account, '', '',
    rate_line_id, rate, quantity, extended, 1, 1, 0, journal_id
FROM charge WHERE id = {ONE.format("job.setup")}
"""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE presort_stream SET summary = jsonb_set(summary, '{value,figures,postage,cents}', '1')",
            ["statement 0.01"],
        ),
        (
            f"UPDATE charge SET cents = cents + 1 WHERE id = {ONE.format('postage.permit')}",
            ["postage charged 6.53, statement 6.52", "ledger 3.56, charges 3.57", "control totals differ"],
        ),
        (
            f"DELETE FROM charge WHERE id = {ONE.format('job.setup')}",
            ["(job.setup) is not charged", "charges 0.00"],
        ),
        (
            AGAIN,
            ["is charged twice", "control totals differ"],
        ),
        (
            "UPDATE period_total SET charges = charges + 1",
            ["totals kept of November 2026 (FY2027-11) are not those of its charges"],
        ),
        (
            "UPDATE job_total SET cents = cents - 1",
            ["totals kept of November 2026 (FY2027-11) are not those of its charges"],
        ),
        (
            "INSERT INTO open_usage SELECT id, job_id, agency_id, usage_date, unit FROM usage LIMIT 2",
            ["2 usage rows are listed as open and charged"],
        ),
        ("UPDATE rate_card SET effective_from = '2026-12-01'", ["rate not in force on 2026-11-20"]),
        (
            "UPDATE journal_line SET cents = cents + 1 WHERE id = (SELECT min(id) FROM journal_line)",
            ["2 lines, balance 0.01"],
        ),
        (
            "UPDATE journal_line SET account = 'revenue' WHERE account = 'postage_clearing'",
            ["postage.permit was booked to revenue postage.permit"],
        ),
        (
            "DELETE FROM export_document WHERE sequence = 1",
            ["numbers 2 to 2, 1 documents", "control totals differ"],
        ),
    ],
)
def test_what_is_broken_is_named(plant, exported, statement, words):
    break_(plant, statement)
    sentences = "\n".join(found(plant))
    assert [word for word in words if word not in sentences] == []


def test_a_wrong_price_is_named_even_when_the_ledger_agrees(plant, exported):
    break_(
        plant,
        "WITH c AS (UPDATE charge SET cents = cents + 10 WHERE id = " + ONE.format("print.impression")
        + " RETURNING journal_id) UPDATE journal_line l SET cents = l.cents + 10 * (CASE WHEN account = 'receivable'"
        " THEN 1 ELSE -1 END) FROM c WHERE l.journal_id = c.journal_id",
    )  # fmt: skip
    sentences = found(plant)
    assert any("charged 0.36 for print.impression, priced 0.26" in sentence for sentence in sentences)


def test_a_damaged_export_file_is_named(plant, exported):
    path = plant.files.path(exported.file_sha256)
    path.chmod(0o640)
    path.write_bytes(b"x")
    assert found(plant) == ["export of November 2026 (FY2027-11): its file is missing or damaged"]


def test_streams_of_one_mailing_are_compared_with_all_their_statements(plant):
    """What one stream's jobs save another's may pay: only the sum ties, and only once all are charged."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow)
        streams = [make_mailing(uow, jobs=1, pieces=10), make_mailing(uow, jobs=1, pieces=20)]
        for stream, cents in zip(streams, (583, 1196), strict=True):  # statements of 593 and 1186
            stream.mailing = streams[0].mailing
            part = uow.session.scalars(select(PresortShare).filter_by(lot_id=stream.id)).one()
            part.share_cents = part.alone_cents = part.level_cents = Money(cents)
    for stream in streams:
        with plant.db.unit_of_work(PLANT) as uow:
            charge_stream(uow, uow.session.get_one(PresortStream, stream.id))
        with plant.db.read_only(PLANT) as session:
            assert list(reconcile.postage_equals_statements(session)) == []
    with plant.db.unit_of_work(PLANT) as uow:
        row = uow.session.get_one(PresortStream, streams[1].id)
        row.summary = replace(row.summary, figures=replace(row.summary.figures, postage=Money(1187)))
    with plant.db.read_only(PLANT) as session:
        (said,) = reconcile.postage_equals_statements(session)
    assert "postage charged 17.79, statement 17.80" in said
