"""Marketing Mail over 4 oz, limits by class, refusals: cents worked out by hand from the prices of 2025-07-13."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money
from postal.data.editions import InForce, editions
from postal.maildat.mailing import describe
from postal.maildat.reprice import reprice
from postal.money.fair_shares import shares_by_rule
from postal.papers.documentation import qualification_report
from postal.papers.documentation import to_csv as report_rows
from postal.papers.statement import AffixedWay, StatementHeader, line_map, preview
from postal.papers.statement import to_csv as statement_rows
from postal.papers.tie import maildat_figures, report_figures, statement_figures, tie
from postal.piece.mailpiece import Mailpiece, check_mailpiece, standards
from postal.plans.sort_plans import sort_plan
from postal.sorting.explain import explain_level, explain_piece
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort import Case, plan_presort
from postal.sorting.rule_book import rule_book
from tests.postal.maildat_sets import BASIC, mailing
from tests.postal.mailings import columns

DAY = date(2025, 9, 15)
HEADER = StatementHeader("Division of Administration", "BATON ROUGE LA 70826")
ONE_ZIP, WIDE = {70801: 600}, {70801: 300, 70805: 40, 71101: 60, 75601: 30, 10001: 7}


def flat(ounces: str, **more) -> Mailpiece:
    return Mailpiece(Decimal(12), Decimal(9), Decimal("0.1"), Decimal(ounces), **more)


def letter(ounces: str, *features: str, thick: str = "0.2") -> Mailpiece:
    return Mailpiece(
        Decimal("9.5"), Decimal("4.125"), Decimal(thick), Decimal(ounces), features=frozenset(features)
    )


def book(plan_id: str, on: date = DAY, **more):
    return rule_book(plan_id, InForce(on, editions(), allow_test_only=True), origin_zip5=70802, **more)


def planned(plan_id: str, piece: Mailpiece, counts=ONE_ZIP, *, payment="permit", **more):
    return plan_presort(
        columns(counts), book(plan_id, **more), mailpiece=piece, mailer_line="X", payment=payment
    )


@pytest.mark.parametrize(
    ("plan_id", "piece", "counts", "cents"),
    [
        (
            "mm-flat-automation",
            flat("8"),
            {70801: 100},
            99_65,
        ),  # 100 x (0.624 + 0.5 lb x 0.745), exactly 50 lb
        ("mm-flat-automation", flat("4"), ONE_ZIP, 462_00),  # 600 x 0.770: one price to 4 oz
        ("mm-flat-automation", flat("13.5"), ONE_ZIP, 751_58),  # 374.40 + 600 x 0.8438 lb x 0.745 = 377.1786
        ("mm-flat-automation", flat("15.99"), ONE_ZIP, 821_13),  # 374.40 + 446.7318
        ("np-flat-automation", flat("8"), ONE_ZIP, 429_60),  # 600 x (0.371 + 0.5 x 0.690)
        (
            "mm-letter-nonmachinable",
            letter("3.8", "rigid"),
            ONE_ZIP,
            521_40,
        ),  # 600 x 0.869: one price to 4 oz
        ("mm-letter-nonmachinable", letter("3.8"), ONE_ZIP, 521_40),  # over 3.5 oz no letter is machinable
        ("mm-letter-nonmachinable", letter("6", "rigid"), ONE_ZIP, 601_43),  # 433.80 + 167.625
        ("np-letter-nonmachinable", letter("5", "rigid"), ONE_ZIP, 411_38),  # 282.00 + 129.375
    ],
)
def test_piece_and_pound_to_the_cent(plan_id, piece, counts, cents):
    assert planned(plan_id, piece, counts).postage == Money(cents)


def test_entry_lowers_the_price_of_a_pound():
    plan = planned("mm-flat-automation", flat("8"), entry="DSCF")
    assert plan.postage == Money(504_30)  # 600 x (0.624 + 0.5 x 0.433)


def test_every_paper_says_piece_and_pound(tmp_path):
    plan = planned("mm-flat-automation", flat("13.5"), WIDE)
    made = preview(plan, HEADER, lines=line_map(plan.form, InForce(DAY, editions())))
    weighed = [row for row in made.lines if row.pounds is not None]
    assert sum(row.pounds for row in weighed) == made.total_weight_lb == Decimal("0.8438") * 437
    assert sum(row.pieces for row in made.lines) == 437
    assert {row.part_name for row in made.lines} == {"Automation flats over 4 oz"}
    rows = list(statement_rows(made))
    report = list(report_rows(qualification_report(plan, mailer="", preparer="", permit="", software="")))
    sent = mailing(plan, stid=BASIC)  # no incentive is claimed
    maildat = describe(plan, sent, version="26-1").maildat
    papers = [statement_figures(rows), report_figures(report), maildat_figures(maildat)]
    tie(plan, papers, barcodes=sent.tray_barcodes)
    changed = [[*row[:6], "1.0000", row[7]] if row[0] == "pounds" else row for row in rows]
    assert statement_figures(changed).faults
    assert reprice(maildat, among=editions(), allow_test_only=True).postage == plan.postage
    write_plan(plan, tmp_path / "plan")
    assert read_plan(tmp_path / "plan").levels == plan.levels
    assert any("0.624 + 0.745 a pound" in line for line in explain_level(plan, "5D"))
    assert any("0.624 + 0.745 a pound" in line for line in explain_piece(plan, 1).sentences)
    with pytest.raises(InvalidInput, match="no lowest price"):
        preview(plan, HEADER, lines=line_map(plan.form, InForce(DAY, editions())), way=AffixedWay.LOWEST)


@given(
    st.sampled_from(["mm-flat-automation", "np-flat-automation", "mm-letter-nonmachinable"]),
    st.decimals("0.5", "15.8", places=2),
    st.decimals("0.01", "0.15", places=2),
)
@settings(deadline=None, max_examples=40)
def test_a_heavier_piece_never_costs_less(plan_id, ounces, more):
    made = flat if "flat" in plan_id else lambda text: letter(text, "rigid")
    first, second = (
        Case.of(book(plan_id), made(str(weight)), payment="permit").rates
        for weight in (ounces, ounces + more)
    )
    pairs = zip(first.by_level[:-1], second.by_level[:-1], strict=True)
    assert all(after.each >= before.each for before, after in pairs)


@given(st.decimals("4.01", "15.99", places=2), st.integers(200, 900))
@settings(deadline=None, max_examples=25)
def test_postage_is_pieces_and_pounds(ounces, pieces):
    plan = planned("mm-flat-automation", flat(str(ounces)), {70801: pieces})
    pounds = (ounces / 16).quantize(Decimal("0.0001"), ROUND_HALF_UP) * pieces
    weighed = (pounds * Decimal("0.745")).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    dollars = (pieces * Decimal("0.624") + weighed).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert plan.postage == Money(int(dollars * 100))


def test_shares_of_heavy_pieces_add_to_the_statement():
    plan = planned("mm-flat-automation", flat("13.5"), WIDE)
    (jobs,) = shares_by_rule([replace(plan, alone_level=plan.level_of_piece)])
    assert sum(job.share.cents for job in jobs) == plan.postage.cents


def test_weights_are_limited_by_class_and_not_by_shape():
    limits = standards(InForce(DAY, editions()))
    assert check_mailpiece(flat("15.99"), limits, "STD").shape == "flat"
    assert check_mailpiece(flat("16"), limits, "STD").findings[0].message.endswith("less than 16 oz.")
    assert check_mailpiece(flat("13"), limits, "FCM").shape == "flat"
    assert check_mailpiece(flat("13.01"), limits, "FCM").shape == ""
    heavy = check_mailpiece(letter("3.51"), limits, "STD")
    assert (heavy.shape, heavy.is_machinable) == ("letter", False)
    assert check_mailpiece(letter("3.5"), limits, "STD").is_machinable
    assert check_mailpiece(letter("3.51"), limits, "FCM").shape == "flat"


def refused(plan_id: str, piece: Mailpiece, on: date = DAY, counts=ONE_ZIP) -> InvalidInput:
    with pytest.raises(InvalidInput) as refusal:
        plan_presort(columns(counts), book(plan_id, on), mailpiece=piece, mailer_line="X", payment="permit")
    assert refusal.value.instance_code == "PIECE_NOT_ADMITTED"
    return refusal.value


def test_a_rigid_flat_is_a_parcel():
    rigid = flat("2", features=frozenset({"rigid"}))
    priced = refused("fcm-flat-automation-tray", rigid, date(2026, 8, 3))
    assert "no flat but a parcel" in priced.sentence
    assert "at most $5,040.00 for 600 pieces ($6.93 to $8.40 each, by zone)" in priced.remedy
    holidays = refused("fcm-flat-automation-tray", rigid, date(2026, 11, 29))
    assert "its price is not loaded" in holidays.remedy
    without = refused("mm-flat-automation", flat("2", features=frozenset({"uneven"})))
    assert "its price is not loaded" in without.remedy


def test_a_letter_a_little_too_heavy_says_so_and_what_the_flat_costs():
    refusal = refused("fcm-letter-automation", letter("3.51", thick="0.02"), counts={70801: 700})
    assert "it is a flat; as a letter it must weigh 3.5 oz or less" in refusal.sentence
    assert (
        "automation flats, tray option, at most $1,608.60 for 700 pieces ($2.298 each, mixed ADC)"
        in refusal.remedy
    )


FEATURES = (*standards(InForce(DAY, editions())).features, "ribbon")
PLANS = sorted(e.kind.partition("/")[2] for e in editions() if e.kind.startswith("sort-plan/"))


@given(
    st.sampled_from(PLANS),
    st.builds(
        Mailpiece,
        st.decimals(5, 15, places=1),
        st.decimals("3.5", 12, places=1),
        st.sampled_from([Decimal("0.009"), Decimal("0.02"), Decimal("0.2"), Decimal("0.5")]),
        st.decimals("0.5", "16.5", places=1),
        st.sampled_from(["envelope", "card"]),
        st.frozensets(st.sampled_from(FEATURES), max_size=2),
    ),
)
@settings(deadline=None, max_examples=150)
def test_admitted_or_refused_with_a_reason_and_a_way(plan_id, piece):
    rules = book(plan_id)
    try:
        case = Case.of(rules, piece, payment="permit", pieces=500)
    except InvalidInput as refusal:
        assert refusal.sentence.removeprefix(f"The piece may not travel as {rules.plan.title}: ").rstrip(".")
        assert "$" in refusal.remedy or "its price is not loaded" in refusal.remedy
        return
    verdict = case.verdict
    assert verdict.shape in rules.plan.shapes
    said = " ".join(finding.message for finding in verdict.findings).lower()
    for name in piece.features:
        assert rules.standards.features.get(name, name).lower() in said


def test_plans_name_their_pound_prices():
    for plan_id in PLANS:
        heavy = sort_plan(plan_id, InForce(DAY, editions())).pound_prices
        assert (heavy is not None) == (
            plan_id[:3] != "fcm" and ("flat" in plan_id or "nonmachinable" in plan_id)
        )
