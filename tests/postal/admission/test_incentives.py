"""Incentives: amounts by day, who may claim them, and the same money on plan, statement, Mail.dat and shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Corrupt
from kernel.findings import Severity
from kernel.money import Money, Rate, extend, to_cents
from postal.admission.incentives import FULL_SERVICE, SEAMLESS, Participation, claims, load_incentives
from postal.data.editions import InForce, editions
from postal.maildat.mailing import describe
from postal.money.fair_shares import explain_share, fair_shares, shares_by_rule
from postal.papers.statement import AffixedWay, StatementHeader, line_map, preview, to_csv
from postal.papers.tie import maildat_figures, statement_figures, tie
from postal.piece.mailpiece import check_mailpiece
from postal.plans.sort_plans import sort_plan
from postal.sorting.level_rates import LevelRates
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort import POLICIES, plan_presort
from postal.sorting.rule_book import rule_book
from postal.sorting.streams import Stream, plan_streams
from tests.postal.maildat_sets import mailing
from tests.postal.mailings import LAST_YEAR, LETTER, columns, planned
from tests.postal.money.test_fair_shares import holds, mailings, of_jobs

SHOP = Participation("310", crid="1234567", seamless_crid="1234567", payment_account="1000123")
LINES = line_map("3600-FCM", InForce(LAST_YEAR, editions()))
HEADER = StatementHeader("Division of Administration", "BATON ROUGE LA 70826")
PIECES = columns({70801: 600, 70802: 149, 70806: 30, 10001: 5}, {70801: 3}, seed=4)


def rules(shop: Participation | None = SHOP, *, plan="fcm-letter-automation", on=LAST_YEAR, among=None):
    return rule_book(
        plan, InForce(on, among or editions(), allow_test_only=True), origin_zip5=70802, shop=shop
    )


def barcodes(plan) -> list[str]:
    return list(mailing(plan).tray_barcodes)


@pytest.mark.parametrize(
    ("day", "full", "seamless"),
    [
        (date(2021, 1, 23), None, None),
        (date(2021, 1, 24), "0.003", "0.001"),
        (date(2024, 7, 13), "0.003", "0.001"),
        (date(2024, 7, 14), "0.005", "0.002"),
        (date(2024, 12, 31), "0.005", "0.002"),
        (date(2025, 1, 1), None, None),  # seen for 2024 only
        (date(2026, 12, 1), None, None),
    ],
)
def test_amounts_by_day(day, full, seamless):
    found = [e for e in editions() if e.kind == "incentives" and e.is_in_force(day) and e.status == "active"]
    assert len(found) == (full is not None)
    for edition in found:
        amounts = load_incentives(edition).by_name
        assert (str(amounts[FULL_SERVICE].rate), str(amounts[SEAMLESS].rate)) == (full, seamless)
        assert all(one.mail_classes == ("FCM", "STD") for one in amounts.values())


def test_amounts_nobody_confirmed_are_said_where_they_are_claimed():
    plan = planned(PIECES, rules())
    assert "The Full-Service incentive of $0.005 is unconfirmed." in plan.assumptions
    assert any(
        "not for live mail. Incentive amounts are those of July 2024" in said for said in plan.assumptions
    )
    assert {"incentives 2024-07-14 demonstration", "stids 2024-01-21"} < set(plan.editions)


def test_what_they_take_off_to_the_cent():
    """600 x 0.593 + 179 x 0.641 + 5 x 0.672 + 3 x 0.74 = 476.1190; 784 x 0.005 = 3.92; 784 x 0.002 = 1.568."""
    plan = planned(PIECES, rules())
    assert [(one.name, one.pieces, one.amount.value) for one in plan.incentives] == [
        (FULL_SERVICE, 784, Decimal("3.9200")),
        (SEAMLESS, 784, Decimal("1.5680")),
    ]
    assert (plan.gross.value, plan.statement_postage, plan.postage) == (
        Decimal("476.1190"),
        Money(472_20),
        Money(470_63),
    )
    assert plan.incentive == Money(5_49)
    assert planned(PIECES).postage == Money(476_12)
    assert to_cents(extend(Rate.of("0.007"), 24_000_000)) == Money(168_000_00)


def test_the_statement_has_the_discount_and_the_credit_and_ties():
    plan = planned(PIECES, rules())
    made = preview(plan, HEADER, lines=LINES)
    assert (made.subtotal.value, made.postage, made.credit, made.net_due) == (
        Decimal("476.1190"), Money(472_20), Money(1_57), Money(472_20)
    )  # fmt: skip
    rows = list(to_csv(made))
    assert ["discount", "full-service", "Full-Service", "statement", "0.005", "784", "3.9200"] in rows
    assert ["discount", "seamless", "Seamless Acceptance", "submitter", "0.002", "784", "1.5680"] in rows
    assert ["total", "credit to the submitter", "1.57"] in rows
    tie(plan, [statement_figures(rows)], barcodes=barcodes(plan))
    for row in rows:
        if row[0] in ("discount", "total"):
            for column in (-1, -2) if row[0] == "discount" else (-1,):
                other = [[*one] for one in rows]
                figure = other[rows.index(row)]
                figure[column] = str(Decimal(figure[column]) + 1)
                if figure[1] in ("net_due", "subtotal"):
                    continue
                with pytest.raises(Corrupt):
                    tie(plan, [statement_figures(other)], barcodes=barcodes(plan))


def test_affixed_postage_less_the_incentive():
    """Lowest: 787 x 0.593 = 466.691 affixed; 472.20 owed after Full-Service; correct: a refund of the incentive."""
    plan = planned(PIECES, rules())
    lowest = preview(plan, HEADER, lines=LINES, way=AffixedWay.LOWEST).settlement
    assert (lowest.affixed, lowest.net_due, lowest.refund_claim) == (Money(466_69), Money(5_51), Money(0))
    correct = preview(plan, HEADER, lines=LINES, way=AffixedWay.CORRECT).settlement
    assert (correct.affixed, correct.net_due, correct.refund_claim) == (Money(476_12), Money(0), Money(3_92))


def test_maildat_declares_the_pieces_that_are_claimed():
    plan = planned(PIECES, rules())
    full = describe(plan, mailing(plan, stid="270"), version="26-1").maildat
    figures = maildat_figures(full)
    assert figures.full_service == 784
    tie(plan, [figures], barcodes=barcodes(plan))
    basic = describe(plan, mailing(plan, stid="310"), version="26-1").maildat
    with pytest.raises(Corrupt, match="declared Full-Service"):
        tie(plan, [maildat_figures(basic)], barcodes=barcodes(plan))
    unclaimed = planned(PIECES)
    tie(unclaimed, [maildat_figures(basic)], barcodes=barcodes(unclaimed))


@pytest.mark.parametrize(
    ("shop", "plan", "full", "seamless"),
    [
        (SHOP, "fcm-letter-automation", "", ""),
        (SHOP, "mm-letter-automation", "", ""),
        (SHOP, "np-flat-automation", "", ""),
        (SHOP, "fcm-letter-machinable", "not among the mail it is given for", "not among the mail"),
        (replace(SHOP, crid="SAMPLE"), "fcm-letter-automation", "CRID", "Full-Service is not claimed"),
        (
            replace(SHOP, service_type_id="040"),
            "fcm-letter-automation",
            "has no service type",
            "Full-Service",
        ),
        (replace(SHOP, seamless_crid=""), "fcm-letter-automation", "", "No CRID with the status"),
        (replace(SHOP, seamless_crid="7"), "fcm-letter-automation", "", "Seamless Acceptance is of 7"),
        (replace(SHOP, payment_account=""), "fcm-letter-automation", "", "No enterprise payment account"),
    ],
)
def test_what_stands_against_a_claim(shop, plan, full, seamless):
    found = claims(
        shop,
        sort_plan(plan, InForce(LAST_YEAR, editions())),
        InForce(LAST_YEAR, editions(), allow_test_only=True),
    ).each
    for claim, words in zip(found, (full, seamless), strict=True):
        assert (claim.rate is None) == bool(words), claim.why_not
        assert words in " ".join(claim.why_not)
        assert len(claim.findings) == bool(words)


def test_trays_without_a_barcode_and_other_ways_to_pay_earn_nothing():
    plan = sort_plan("fcm-letter-automation", InForce(LAST_YEAR, editions()))
    bare = replace(plan, levels=(replace(plan.levels[0], cin=0), *plan.levels[1:]))
    (full, _) = claims(SHOP, bare, InForce(LAST_YEAR, editions(), allow_test_only=True)).each
    assert "no content identifier" in full.why_not[0]
    (full, _) = (
        claims(SHOP, plan, InForce(LAST_YEAR, editions(), allow_test_only=True)).paid_by("barter").each
    )
    assert full.why_not == ("It is not given on barter postage.",)


def test_without_a_loaded_amount_nothing_is_claimed_and_the_mailing_goes_on():
    among = tuple(one for one in editions() if one.kind != "incentives")
    plan = planned(PIECES, rules(among=among))
    assert (plan.postage, plan.incentives) == (planned(PIECES).postage, ())
    notes = [one for one in plan.findings if one.code == "INCENTIVE_NOT_CLAIMED"]
    assert [one.severity for one in notes] == [Severity.NOTE] * 2
    assert notes[0].message == "Full-Service is not claimed: No amount is loaded for 2025-08-01."
    assert not any("incentive" in said.lower() for said in plan.assumptions)
    assert not rules(None).claims.each


def test_single_pieces_earn_nothing():
    few = planned(columns({70801: 499}), rules())
    assert few.postage == planned(columns({70801: 499})).postage
    assert not few.incentive
    assert not few.is_full_service
    statement = preview(few, HEADER, lines=LINES)
    assert (statement.discounts, statement.credit) == ((), Money(0))


def test_a_plan_is_kept_with_its_incentives(tmp_path):
    plan = planned(PIECES, rules())
    write_plan(plan, tmp_path / "a")
    kept = read_plan(tmp_path / "a")
    assert (kept.incentives, kept.postage, kept.statement_postage) == (
        plan.incentives, plan.postage, plan.statement_postage
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(mailings, st.sampled_from(POLICIES))
def test_shares_add_to_the_postage_and_nobody_pays_more_than_alone(jobs, policy):
    """With minimums of a few pieces, so that jobs meet and part at every level."""
    book = _small(rules())
    pieces = of_jobs(*jobs)
    plan = plan_presort(pieces, book, mailpiece=LETTER, mailer_line="X", payment="permit", policy=policy)
    (shares,) = fair_shares([plan], [Stream(pieces, LETTER)], book)
    holds(plan, shares)
    assert sum(job.incentive.cents for job in shares.jobs) == plan.incentive.cents
    assert plan.postage + plan.incentive == to_cents(plan.gross)
    assert all(("incentives of" in explain_share(job)[0]) == bool(job.incentive) for job in shares.jobs)
    (again,) = shares_by_rule([shares.kept_in(plan)])
    assert [(one.share, one.incentive) for one in again] == [
        (one.share, one.incentive) for one in shares.jobs
    ]
    made = preview(plan, HEADER, lines=LINES)
    assert made.postage - made.credit == plan.postage


def test_a_stream_without_presorted_pieces_comes_first():
    """Its plan still knows what a presorted piece costs: the other stream's shares are those of its own prices."""
    book = rules()
    bare = of_jobs({}, without_point={0: {70801: 4}})
    sortable = of_jobs({70801: 300}, {70801: 250, 10001: 9})
    streams = [Stream(bare, LETTER), Stream(sortable, replace(LETTER, thickness_in=Decimal("0.03")))]
    plans = plan_streams(streams, book, mailer_line="X", payment="permit")
    found = fair_shares(plans, streams, book)
    assert sum(job.share.cents for stream in found for job in stream.jobs) == sum(
        p.postage.cents for p in plans
    )
    assert [job.incentive.cents for job in found[0].jobs] == [0]
    assert [job.share <= job.alone for stream in found for job in stream.jobs] == [True] * 3


def _small(book):
    levels = tuple(replace(level, minimum=min(level.minimum, 4)) for level in book.plan.levels)
    return replace(book, plan=replace(book.plan, levels=levels, minimum_pieces=5))


def test_the_cheapest_level_is_chosen_by_what_is_paid():
    """Residual pieces earn nothing, so the price a policy weighs is the one after incentives."""
    verdict = check_mailpiece(LETTER, rules().standards)
    net, plain = (
        LevelRates.find(book, verdict, weight_oz=LETTER.weight_oz, payment="permit")
        for book in (rules(), rules(None))
    )
    assert {one - other for one, other in zip(plain.millionths, net.millionths, strict=True)} == {7_000}
    assert net.single_piece == plain.single_piece
