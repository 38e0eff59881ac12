"""Every sort plan, on random mail: each piece in one tray and bundle, minimums kept, postage adds up, papers tie."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.money import Money
from postal.data.editions import InForce, editions
from postal.papers.documentation import qualification_report
from postal.papers.statement import StatementHeader, line_map, preview
from postal.piece.mailpiece import Mailpiece
from postal.plans.routes import route_number
from postal.prices.prices import PriceCell, PriceSet
from postal.sorting.explain import explain_level, explain_piece, explain_tray
from postal.sorting.plan_file import read_plan, write_plan
from postal.sorting.presort import plan_presort
from postal.sorting.presort_plan import PieceColumns, PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book
from tests.postal.mailings import LAST_YEAR, LETTER

SHIPPED = InForce(LAST_YEAR, editions(), allow_test_only=True)
PLANS = sorted(e.kind.partition("/")[2] for e in editions() if e.kind.startswith("sort-plan/"))
ZIPS = np.array([70801, 70802, 70803, 70806, 70112, 70113, 71101, 71103, 75601, 10001, 10002, 34012])
STIFF = replace(LETTER, features=frozenset({"rigid"}))
THIN_FLAT = Mailpiece(Decimal(12), Decimal(9), Decimal("0.02"), Decimal(1))
FLAT = Mailpiece(Decimal(12), Decimal(9), Decimal("0.12"), Decimal("2.5"))


def piece_for(plan_id: str) -> Mailpiece:
    if "flat" in plan_id:
        return FLAT
    return STIFF if "nonmachinable" in plan_id else LETTER


def priced(rules: RuleBook) -> RuleBook:
    """The rules with a made-up price in every cell that no source gives, so that every plan can be walked."""
    tables = dict(rules.prices.tables)
    cells = [
        (table, level.price_level, level.entry)
        for level in rules.plan.levels
        for table in (*rules.plan.price_tables.values(), *rules.plan.other_price_tables.values())
    ]
    for table, level, entry in cells:
        if rules.prices.missing([(table, level, entry)], weight_oz=Decimal(1)):
            like = tables.get(table, next(iter(tables.values())))
            rate = next(c.rate for t in tables.values() for c in t.cells if c.rate)
            made = PriceCell(level, None, rate, "not_in_force", entry=entry)
            kept = tuple(c for c in like.cells if c.key != made.key) if table in tables else ()
            tables[table] = replace(like, id=table, cells=(*kept, made), effective_to=None)
    return replace(rules, prices=PriceSet(rules.prices.edition, rules.on, tables))


def book(plan_id: str, **more) -> RuleBook:
    return priced(rule_book(plan_id, SHIPPED, origin_zip5=70802, **more))


def mail(seed: int, size: int, *, skew: float = 2.0) -> PieceColumns:
    """Pieces with routes; one in twelve without a delivery point, one in nine without a route."""
    chance = np.random.default_rng(seed)
    zip5 = ZIPS[(chance.random(size) ** skew * len(ZIPS)).astype(int)]
    zip11 = np.where(
        chance.random(size) < 1 / 12, -1, zip5.astype(np.int64) * 1_000_000 + chance.integers(0, 90, size)
    )
    route = np.where(chance.random(size) < 1 / 9, -1, 1000 + (chance.random(size) ** 3 * 6).astype(int))
    return PieceColumns.of(
        zip5, zip11, job=chance.integers(0, 3, size), ids=chance.permutation(size), route=route
    )


def check(plan: PresortPlan, pieces: PieceColumns, rules: RuleBook) -> None:
    assert sorted(plan.source.tolist()) == list(range(len(pieces)))
    assert int(plan.trays.pieces.sum()) == len(pieces)
    assert plan.trays.first_piece.tolist() == (np.cumsum(plan.trays.pieces) - plan.trays.pieces + 1).tolist()
    level, group = plan.level_of_piece, plan.group_of_piece
    assert len(level) == len(group) == len(pieces)
    assert np.bincount(level, minlength=len(plan.levels)).tolist() == [lv.pieces for lv in plan.levels]
    # groups: enough pieces, all of one level, all of one key
    per_group = np.bincount(group, minlength=len(plan.groups.level))
    for row in np.flatnonzero(per_group).tolist():
        assert per_group[row] >= plan.levels[int(plan.groups.level[row])].minimum
        assert plan.groups.is_formed[row]
    assert np.array_equal(plan.groups.level[group], level)
    five = np.array([lv.key == "zip5" for lv in plan.levels])[level]
    assert np.array_equal(plan.groups.key[group][five], plan.zip5[five])
    # pieces that lack what the plan needs are never presorted
    if "delivery-point" in rules.plan.needs:
        assert not np.any((plan.zip11 < 0) & (level < len(plan.levels) - 1))
    # postage: each statement (residual pieces of Marketing Mail have one of their own) is rounded once
    paid = [sum(lv.rate.value * lv.pieces for lv in part.levels) for part in plan.statements]
    assert plan.postage == Money(sum(int((dollars * 100 + Decimal("0.5")) // 1) for dollars in paid))


def check_bundles(plan: PresortPlan) -> None:
    bundles, trays = plan.bundles, plan.trays
    assert np.array_equal(np.repeat(bundles.tray, bundles.pieces), plan.tray_of_piece)  # no bundle is torn
    for row, size in enumerate(bundles.pieces.tolist()):
        minimum = plan.levels[int(bundles.level[row])].minimum
        assert size >= min(minimum, 10)
    destinations = trays.level.astype(np.int64) * 100_000 + trays.group
    for destination in np.unique(destinations):
        here = destinations == destination
        kind = plan.containers[int(trays.level[here][0])]
        assert int(trays.pieces[here].sum()) >= kind.minimum
    for kind, code in (("5D", "zip5"), ("CR5", "zip5")):
        index = [i for i, c in enumerate(plan.containers) if c.code == kind]
        for tray in np.flatnonzero(np.isin(trays.level, index)).tolist():
            inside = plan.zip5[plan.tray_of_piece == tray + 1]
            assert len(set(inside.tolist())) == 1, code


@pytest.mark.parametrize("plan_id", PLANS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**20), size=st.sampled_from([60, 700, 2600]))
def test_no_plan_breaks_the_rules(plan_id, seed, size, tmp_path):
    rules, pieces = book(plan_id), mail(seed, size)
    plan = plan_presort(pieces, rules, mailpiece=piece_for(plan_id), mailer_line="STATE MAIL")
    check(plan, pieces, rules)
    if plan.bundles is not None:
        check_bundles(plan)
    # the order of input changes nothing
    other = pieces.take(np.random.default_rng(seed + 1).permutation(size))
    again = plan_presort(other, rules, mailpiece=piece_for(plan_id), mailer_line="STATE MAIL")
    assert pieces.ids[plan.source].tolist() == other.ids[again.source].tolist()
    assert plan.tray_of_piece.tolist() == again.tray_of_piece.tolist()
    # papers tie and the file keeps everything
    header = StatementHeader("Shop", "BATON ROUGE LA")
    made = [preview(plan, header, lines=line_map(part.form, SHIPPED)) for part in plan.statements]
    assert sum(one.postage.cents for one in made) == plan.postage.cents
    assert sum(one.pieces for one in made) == size
    report = qualification_report(plan, mailer="A", preparer="B", permit="1", software="C")
    assert [sum(row[5 + i] for row in report.rows) for i in range(len(plan.levels))] == [
        lv.pieces for lv in plan.levels
    ]
    path = tmp_path / "plan.arrow"
    write_plan(plan, path)
    read = read_plan(path)
    assert explain_piece(read, size) == explain_piece(plan, size)
    assert all(explain_tray(plan, tray) == explain_tray(read, tray) for tray in (1, len(plan.trays)))
    assert all(explain_level(read, level.code) for level in plan.levels)


@pytest.mark.parametrize("plan_id", PLANS)
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**20), size=st.sampled_from([700, 2600]))
def test_least_postage_keeps_the_rules_of_every_plan_and_is_never_costlier(plan_id, seed, size):
    for entry in ("origin", "DSCF") if plan_id[:2] in {"mm", "np"} else ("origin",):
        rules, pieces = book(plan_id, entry=entry), mail(seed, size)
        options = {"mailpiece": piece_for(plan_id), "mailer_line": "STATE MAIL", "policy": "least"}
        plan = plan_presort(pieces, rules, **options)
        check(plan, pieces, rules)
        assert plan.postage <= plan.top_down_postage
        other = pieces.take(np.random.default_rng(seed + 1).permutation(size))
        again = plan_presort(other, rules, **options)
        assert pieces.ids[plan.source].tolist() == other.ids[again.source].tolist()


@pytest.mark.parametrize("plan_id", [p for p in PLANS if p[:2] in {"mm", "np"}])
def test_entry_at_the_scf_earns_its_prices_for_its_own_zips_only(plan_id):
    rules, pieces = book(plan_id, entry="DSCF"), mail(5, 4000)
    plan = plan_presort(pieces, rules, mailpiece=piece_for(plan_id), mailer_line="STATE MAIL")
    check(plan, pieces, rules)
    earned = np.array([level.entry == "DSCF" for level in plan.levels])[plan.level_of_piece]
    served = np.isin(plan.zip5 // 100, [707, 708])
    assert earned.any()
    assert not np.any(earned & ~served)
    mixed = [i for i, level in enumerate(plan.levels) if level.price_level.startswith("mixed")]
    assert not np.any(earned & np.isin(plan.level_of_piece, mixed))
    origin = plan_presort(pieces, book(plan_id), mailpiece=piece_for(plan_id), mailer_line="STATE MAIL")
    assert plan.postage <= origin.postage


@pytest.mark.parametrize("policy", ["top-down", "least"])
def test_shared_tubs_hold_both_kinds_and_cost_what_two_mailings_cost(policy):
    pieces = mail(11, 12_000)
    has_point = pieces.zip11 >= 0
    options = {"mailpiece": THIN_FLAT, "mailer_line": "STATE MAIL", "policy": policy}
    shared = plan_presort(pieces, book("fcm-flat-co-trayed-bundle"), **options)
    apart = [
        plan_presort(pieces.take(np.flatnonzero(mine)), book(plan_id), **options)
        for mine, plan_id in (
            (has_point, "fcm-flat-automation-bundle"),
            (~has_point, "fcm-flat-presorted-bundle"),
        )
    ]
    levels = [count for plan in apart for count in list(plan.level_counts.values())[:-1]]
    assert list(shared.level_counts.values())[:-1] == levels  # bundles keep their levels and prices
    assert abs(shared.postage.cents - sum(plan.postage.cents for plan in apart)) <= 1
    kinds = np.array([level.kind == "barcoded" for level in shared.levels])[shared.level_of_piece]
    assert np.array_equal(kinds, shared.zip11 >= 0)
    mixed = [
        tray for tray in range(1, len(shared.trays) + 1) if len(set(kinds[shared.tray_of_piece == tray])) == 2
    ]
    assert mixed
    assert shared.label(mixed[0]).line_2.endswith("BC/NBC")
    other = int(np.flatnonzero(shared.zip11 < 0)[0]) + 1
    said = explain_piece(shared, other)
    assert all("no barcode" in step.name for step in said.steps)


def test_a_zip_too_thin_for_a_tub_of_either_kind_has_a_shared_one():
    zip5 = np.array([70801] * 60 + [10001] * 500 + [70801] * 40 + [10001] * 500)
    zip11 = np.where(np.arange(1100) < 560, zip5 * 1_000_000 + 101, -1)
    pieces = PieceColumns.of(zip5, zip11)
    shared = plan_presort(pieces, book("fcm-flat-co-trayed-bundle"), mailpiece=FLAT, mailer_line="X")
    tubs = [shared.label(tray) for tray in range(1, len(shared.trays) + 1)]
    here = [label for label in tubs if label.line_1 == "BATON ROUGE LA 70801"]
    assert (sum(label.pieces for label in here), {label.cin for label in here}) == (100, {221})
    barcoded = pieces.take(np.flatnonzero(zip11 >= 0))
    alone = plan_presort(barcoded, book("fcm-flat-automation-bundle"), mailpiece=FLAT, mailer_line="X")
    assert not any(line == "BATON ROUGE LA 70801" for line in alone.trays.line_1)
    assert alone.level_counts["5D"] == 560  # at the same price all the same


def test_a_kind_too_few_for_a_mailing_of_its_own_goes_single():
    zip5 = np.array([70801] * 900 + [70802] * 499)
    zip11 = np.where(np.arange(1399) < 900, 70801_0001_01, -1)
    plan = plan_presort(
        PieceColumns.of(zip5, zip11), book("fcm-flat-co-trayed-bundle"), mailpiece=FLAT, mailer_line="X"
    )
    assert (plan.level_counts["5D"], plan.level_counts["5D-N"], plan.level_counts["SP"]) == (900, 0, 499)
    assert [finding.code for finding in plan.findings] == ["PRESORT_MINIMUM"]
    assert "499 pieces without a delivery point" in plan.findings[0].message
    assert not plan.is_under_minimum


def test_marketing_letters_at_known_prices():
    pieces = PieceColumns.of([70801] * 300 + [71101] * 40, [70801_0001_01] * 300 + [71101_0001_01] * 40)
    rules = rule_book("mm-letter-automation", SHIPPED, origin_zip5=70802)
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X")
    assert plan.level_counts == {"5D": 300, "AADC": 0, "MAADC": 40, "SP": 0}
    assert plan.postage == Money(128_92)  # 300 x 0.372 + 40 x 0.433
    scf = rule_book(
        "mm-letter-automation",
        SHIPPED,
        origin_zip5=70802,
        entry="DSCF",
    )
    entered = plan_presort(pieces, scf, mailpiece=LETTER, mailer_line="X")
    assert entered.postage == Money(123_82)  # 300 x 0.355 + 40 x 0.433
    nonprofit = rule_book("np-letter-automation", SHIPPED, origin_zip5=70802)
    assert plan_presort(pieces, nonprofit, mailpiece=LETTER, mailer_line="X").postage < plan.postage


def test_fifty_pounds_stand_for_two_hundred_pieces():
    pieces = PieceColumns.of([70801] * 150, [70801_0001_01] * 150)
    rules = rule_book("mm-flat-automation", SHIPPED, origin_zip5=70802)
    heavy = replace(FLAT, weight_oz=Decimal(4), thickness_in=Decimal("0.2"))
    short = plan_presort(pieces, rules, mailpiece=heavy, mailer_line="X")
    assert short.level_counts["SP"] == 150  # 37.5 lb
    assert short.minimum_pieces == 200
    more = PieceColumns.of([70801] * 200, [70801_0001_01] * 200)
    assert plan_presort(more, rules, mailpiece=heavy, mailer_line="X").level_counts["5D"] == 200


def test_routes_by_density_and_saturation_only_with_delivery_counts():
    codes = [route_number(text) for text in ("C001", "C002", "C003", "R004")]
    counts = [320, 130, 30, 9]
    zip5 = np.full(sum(counts), 70801)
    pieces = PieceColumns.of(zip5, zip5 * 1_000_000 + 101, route=np.repeat(codes, counts))
    rules = rule_book("mm-letter-carrier-route", SHIPPED, origin_zip5=70802)
    plan = plan_presort(pieces, rules, mailpiece=LETTER, mailer_line="X")
    assert plan.level_counts == {"HDP": 320, "HD": 130, "CR": 30, "SP": 9}
    assert any("No saturation level: route-stops is not loaded." in said for said in plan.assumptions)
    assert plan.groups.label[int(plan.group_of_piece[0])] == "BATON ROUGE LA 70801 C001"
    assert plan.label(1).line_2 == "STD LTR 5D CR-RT BC"
    with pytest.raises(InvalidInput, match="carrier route"):
        plan_presort(PieceColumns.of(zip5, zip5 * 1_000_000), rules, mailpiece=LETTER, mailer_line="X")


def test_a_missing_price_stops_by_name():
    rules = rule_book(
        "fcm-letter-machinable",
        InForce(date(2025, 8, 1), editions(), allow_test_only=True),
        origin_zip5=70802,
    )
    with pytest.raises(InvalidInput, match="fcm-letter-machinable, AADC") as refused:
        plan_presort(mail(1, 900), rules, mailpiece=LETTER, mailer_line="X")
    assert refused.value.instance_code == "RATE_MISSING"


def test_a_class_without_that_entry_is_refused():
    with pytest.raises(InvalidInput) as refused:
        rule_book(
            "fcm-letter-automation",
            SHIPPED,
            origin_zip5=70802,
            entry="DSCF",
        )
    assert refused.value.instance_code == "ENTRY_UNKNOWN"
