"""Money checks of ``indicia verify``: what somebody broke past every trigger is named."""

import hashlib

import pytest
from sqlalchemy import select, text

from billing import verify as money
from billing.models import ExportRun
from production.mailings.models import PresortStream
from store import outbox
from store.keeping.verify import Survey
from tests.billing.ledgers import make_mailing
from tests.factories import PLANT
from tests.walked import broken

A_CHARGE = "id = (SELECT min(c.id) FROM charge c JOIN usage u ON u.id = c.usage_id WHERE u.unit = '{}')"
BROKEN = [
    (
        money.postage_equals_statements,
        "postage charged",
        f"UPDATE charge SET cents = cents + 1 WHERE {A_CHARGE.format('postage.permit')}",
    ),
    (
        money.shares_are_fair,
        "shares add to",
        "UPDATE presort_share SET share_cents = share_cents - 1 WHERE position = 0",
    ),
    (
        money.shares_are_fair,
        "by the rule",
        "UPDATE presort_share SET share_cents = share_cents + CASE position WHEN 0 THEN 1 ELSE -1 END",
    ),
    (money.shares_are_fair, "alone 0.01", "UPDATE presort_share SET alone_cents = 1 WHERE position = 0"),
    (
        money.shares_are_fair,
        "not all there",
        "UPDATE presort_share SET share_cents = NULL, alone_cents = NULL, level_cents = NULL WHERE position = 1",
    ),
    (
        money.shares_are_fair,
        "was charged",
        f"UPDATE charge SET cents = cents + 1 WHERE {A_CHARGE.format('postage.permit')}",
    ),
    (
        money.usage_is_charged_once,
        "is not charged",
        f"DELETE FROM charge WHERE {A_CHARGE.format('print.impression')}",
    ),
    (money.usage_is_charged_once, "without a charge", "DELETE FROM charge"),
    (
        money.charges_have_their_price,
        "priced",
        f"UPDATE charge SET cents = cents + 1 WHERE {A_CHARGE.format('list.record')}",
    ),
    (money.charges_have_their_price, "not in force", "UPDATE rate_card SET effective_from = '2030-01-01'"),
    (
        money.charges_have_their_price,
        "not in force",
        "UPDATE rate_line SET rate = rate + 1 WHERE unit = 'job.setup'",
    ),
    (
        money.journals_balance,
        "balance 0.01",
        "UPDATE journal_line SET cents = cents + 1 WHERE id = (SELECT min(id) FROM journal_line)",
    ),
    (
        money.journals_balance,
        "ledger",
        f"UPDATE charge SET cents = cents + 1 WHERE {A_CHARGE.format('list.record')}",
    ),
    (money.exports_equal_charges, "control totals", "UPDATE export_run SET rows = rows + 1"),
    (money.exports_equal_charges, "numbers", "UPDATE export_document SET sequence = sequence + 10"),
    (money.export_files_are_their_rows, "other bytes", "UPDATE charge SET accounting_string = 'other'"),
]


@pytest.mark.parametrize(("check", "words", "statement"), BROKEN)
def test_what_is_broken_is_named(walked_plant, check, words, statement):
    with broken(walked_plant, statement) as survey:
        found = [point.sentence for point in check(survey)]
    assert any(words in sentence for sentence in found), found


def test_another_file_in_the_place_of_an_export_is_named(walked_plant):
    other = hashlib.sha256(b"other").hexdigest()
    row = f"INSERT INTO stored_file VALUES ('{other}', 5, 'text/csv', now())"
    with broken(walked_plant, row, f"UPDATE export_run SET file_sha256 = '{other}'") as survey:
        assert [point.sentence.partition(": ")[2] for point in money.export_files_are_their_rows(survey)] == [
            "its rows give other bytes than its file"
        ]


def test_work_whose_charging_is_asked_for_is_not_open(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        make_mailing(uow, jobs=1, pieces=10)

    def found():
        with plant.db.snapshot(PLANT) as session:
            return list(money.usage_is_charged_once(Survey(session, plant.files)))

    assert found()
    with plant.db.unit_of_work(PLANT) as uow:
        outbox.request(uow, "charge", uow.session.scalars(select(PresortStream)).one().ulid)
    assert found() == []


def test_the_walked_plant_has_everything_the_checks_look_at(walked_plant):
    with walked_plant.db.read_only(PLANT) as session:
        assert session.scalars(select(ExportRun.file_sha256)).one()
        units = set(session.scalars(text("SELECT DISTINCT unit FROM usage")))
    assert {"postage.permit", "postage.metered", "print.impression", "fold_insert.piece"} <= units
