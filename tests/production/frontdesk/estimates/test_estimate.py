"""Whole estimates against figures worked out by hand from the print contract, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidInput, UserError
from production.catalog.products.families import families
from production.catalog.products.formulas import value_of
from production.frontdesk.estimates.answer import answer
from production.frontdesk.estimates.estimate import Estimate, estimate, ladder
from tests.production.catalog.products import orders

BOND = {
    "grade": "bond",
    "basis_lb": 20,
    "basic": [17, 22],
    "caliper": 0.004,
    "sheets": [
        {"size": [8.5, 11], "grain": "long", "per_m": "9.00"},
        {"size": [17, 22], "grain": "long", "per_m": "34.00"},
    ],
}
SHOP = orders.changed(
    orders.STANDARDS,
    stocks__C80=orders.C80,
    stocks__B20=BOND,
    **{"presses__DIG-1__sheets": [[12, 18], [8.5, 11]]},
)
CARDS: dict[str, Any] = {
    "product": "business_cards",
    "quantity": 1000,
    "trim": [3.5, 2],
    "bleed": 0.125,
    "components": [orders.component("card", "C80", 4, 0)],
}
FORM: dict[str, Any] = {
    "product": "flat_form",
    "quantity": 4000,
    "trim": [8.5, 11],
    "components": [orders.component("sheet", "B20", 1, 1)],
}
BOOKLET = orders.changed(orders.BOOKLET, mailing=..., packing=..., files=...)


def made(order: dict[str, Any], shop: dict[str, Any] = SHOP, /, **changes: Any) -> Estimate:
    return estimate(orders.spec(order, **changes), orders.standards(shop), families())


def alternative(told: dict[str, Any], start: str) -> dict[str, Any]:
    return next(one for one in told["alternatives"] if one["id"].startswith(start))


def test_business_cards_by_hand():
    told = answer(made(CARDS))
    (one,) = told["alternatives"]
    (card,) = one["components"]
    # 12 x 18 in, margin .25: 3 x 7 of 3.75 x 2.25. ceil(1000 / 21); ceil(48 / .99) + 4.
    assert (card["n_up"], card["press_sheets_good"], card["press_sheets_issued"]) == (21, 48, 53)
    assert (card["clicks"], card["impressions"], card["plates"]) == ({"1": 0, "4": 53}, 48, 0)
    assert card["weight_lb"] == pytest.approx(53 * 80 * 216 / 520 / 500)
    press, cut = one["operations"]
    assert (press["in"], press["good"], press["setup_units"]) == (53, 48, 4)
    assert press["minutes"] == pytest.approx(5 + 49 * 60 / 6000)
    # floor(4 / .0095) = 421 sheets a lift; 4 edges and 2 at each of 2 + 6 gutters; 300 cuts an hour
    assert (cut["lifts"], cut["cuts_per_lift"], cut["minutes"]) == (1, 20, 14)
    assert one["cost"] == {
        "paper": "6.36", "press": "2.75", "clicks": "2.39", "plates": "0.00", "bindery": "8.17", "outside": "0.00",
        "total": "19.66",
    }  # fmt: skip
    # 6.36 + 2.745 + 2.385 + 14 x 35 / 60
    assert one["price"] == "19.66"
    assert told["chosen"] == "DIG-1/12x18/simplex"


def test_a_booklet_by_hand():
    (one,) = answer(made(BOOKLET))["alternatives"]
    text, cover = one["components"]
    # stitch ceil(5000 / .99) + 5 = 5056; fold ceil(5056 / .989) + 40 = 5153 books of 8 spreads, 2-up
    assert (text["n_up"], text["press_sheets_good"], text["press_sheets_issued"]) == (2, 20612, 20825)
    assert (cover["n_up"], cover["press_sheets_good"], cover["press_sheets_issued"]) == (2, 2577, 2608)
    assert (text["clicks"], cover["clicks"]) == ({"1": 41650, "4": 0}, {"1": 0, "4": 2608})
    of_text, of_cover, fold, stitch = one["operations"]
    assert (of_text["minutes"], of_cover["minutes"]) == (421.42, 31.04)
    assert (fold["in"], fold["good"], fold["setup_units"], fold["panels"]) == (5153, 5056, 40, [5.5, 5.5])
    # 5,500 in a minute, 8.5 in and a tenth: 35,294 an hour
    assert fold["minutes"] == pytest.approx(15 + 5113 * 60 / (5500 * 60 / (8.5 * 1.1)))
    assert (stitch["in"], stitch["good"], stitch["minutes"]) == (5056, 5000, 10 + 5051 * 60 / 3000)


def test_the_folder_of_the_practice_file():
    """11 in at 5,500 in a minute: 27,273 an hour; 35 in at 4,000: 6,233."""
    fold = [{"operation": "fold", "pattern": "letter"}]
    for belt, length, an_hour in ((5500, 11, 27_273), (4000, 35, 6_233)):
        shop = orders.changed(
            SHOP,
            operations__fold={"machine": "F", "hour": "1", "belt_in_per_min": belt, "gap_factor": 1.1},
            stocks__B20__sheets=[{"size": [8.5, length], "grain": "short", "per_m": "1"}],
            **{"presses__DIG-1__sheets": [[8.5, length]]},
        )
        told = answer(made(FORM, shop, finishing=fold, trim=[8.5, length], quantity=an_hour))
        assert told["alternatives"][0]["operations"][-1]["minutes"] == pytest.approx(60, abs=0.01)


def test_work_styles_by_hand():
    """17 x 22 in, gripper .5: 2-up, so 2,000 good sheets and ceil(2000 / .97) = 2062 to run twice."""
    told = answer(made(FORM, trim=[8.5, 11], force={"sheet": [17, 22]}))
    sheetwise, turned = (alternative(told, f"OFF-1/17x22/{style}") for style in ("sheetwise", "work-turn"))
    seen = [
        [one["components"][0][name] for name in ("press_sheets_issued", "plates", "impressions")]
        for one in (sheetwise, turned)
    ]
    assert seen == [[2262, 2, 4000], [2162, 1, 4000]]
    run = 2062 * 2 * 60 / 8000
    assert sheetwise["operations"][0]["minutes"] == pytest.approx(60 + run)
    assert turned["operations"][0]["minutes"] == pytest.approx(30 + run)
    assert turned["cost"]["plates"] == "12.00"


def test_a_perfector_prints_both_sides_in_one_pass():
    shop = orders.changed(SHOP, **{"presses__OFF-1__duplex": True})
    told = answer(made(FORM, shop, force={"press": "OFF-1", "work_style": "perfecting"}))
    (one,) = told["alternatives"]
    (sheet,) = one["components"]
    assert (sheet["press_sheets_issued"], sheet["plates"], sheet["impressions"]) == (2162, 2, 2000)
    assert one["operations"][0]["minutes"] == pytest.approx(30 + 2062 * 60 / 8000)
    assert {line["code"] for line in told["rejected"]} == {"ORDER_FORCES"}


def test_blank_sides_count_only_where_the_press_counts_them():
    counting = orders.changed(SHOP, **{"presses__DIG-1__blank_sides_click": True})
    clicks = [
        answer(made(CARDS, shop))["alternatives"][0]["components"][0]["clicks"] for shop in (SHOP, counting)
    ]
    assert clicks == [{"1": 0, "4": 53}, {"1": 53, "4": 53}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"presses__DIG-1__click": {"1": "0.012"}}, "presses.DIG-1.click"),
        ({"presses__DIG-1__sides_per_hour": ...}, "presses.DIG-1.sides_per_hour"),
        ({"operations__cut": ...}, "operations.cut"),
        ({"operations__cut__clamp_in": ...}, "operations.cut.clamp_in"),
        ({"operations__cut__max_sheets": ...}, "operations.cut.max_sheets"),
    ],
)
def test_a_standard_that_is_needed_and_not_there(change: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as refused:
        made(CARDS, orders.changed(SHOP, **change))
    assert (refused.value.instance_code, refused.value.details["field"]) == ("STANDARD_MISSING", field)


def test_pads_cartons_and_envelope():
    shop = orders.changed(SHOP, operations__pad={"machine": "P", "hour": "10", "per_hour": 60})
    pads = {"finishing": [{"operation": "pad", "count": 50}], "quantity": 1037, "packing": {"carton": "C25"}}
    told = answer(made(FORM, shop, **pads))
    # .16 oz a sheet: 2,500 in 25 lb
    assert told["packing"] == {
        "pads": 20, "left_over": 37, "per_carton": 2500, "cartons": 1, "carton_lb": pytest.approx(10.37),
    }  # fmt: skip
    # Two piles of 8.5 x 11 on 11 x 17, an inch of sheets of .004 in in each.
    high = orders.changed(shop, cartons__C25={"max_lb": 25, "inside": [11, 17, 1]})
    assert answer(made(FORM, high, **pads))["packing"]["per_carton"] == 2 * 250
    stapled = {"product": "book", "binding": "corner", "pages": 10, "mailing": {"envelope": "N10"}}
    shop = orders.changed(SHOP, operations__staple={"machine": "S", "hour": "10", "per_hour": 900})
    piece = answer(made(FORM, shop, **stapled))["piece"]
    assert (piece["weight_oz"], piece["mail_weight_oz"]) == (0.8, 0.96)


def test_cuts_of_a_gutter():
    forms = answer(made(FORM, quantity=100, trim=[4.25, 5.5], bleed=0, force={"sheet": [17, 22]}))
    # 5.5 x 4.25 on 16.25 x 21.5: 2 x 5, or 3 x 3; 4 edges and one at each of 1 + 4 gutters
    assert {one["operations"][1]["cuts_per_lift"] for one in forms["alternatives"]} == {9}


def test_why_not_the_other_machines():
    shop = orders.changed(
        SHOP,
        presses__IDLE={**orders.STANDARDS["presses"]["DIG-1"], "idle": True},
        presses__SMALL={**orders.STANDARDS["presses"]["DIG-1"], "sheets": [[8.5, 11]]},
        presses__THIN={**orders.STANDARDS["presses"]["DIG-1"], "max_caliper": 0.009},
    )
    told = answer(made(CARDS, shop))
    assert {(one["machine"], one["code"]): (one["limit"], one["value"]) for one in told["rejected"]} == {
        ("IDLE", "MACHINE_IDLE"): ("in use", "out of use"),
        ("SMALL", "LIMIT_SIZE"): ([[8.5, 11]], [[12, 18]]),
        ("THIN", "LIMIT_CALIPER"): (0.009, 0.0095),
        ("OFF-1", "LIMIT_COLOURS"): (1, 4),
        ("OFF-1", "LIMIT_SIZE"): ([[17, 22]], [[12, 18]]),
    }


def test_the_grain_costs_a_turn_or_a_score():
    """A 5.5 x 8.5 booklet on 17 x 22 short: only the turn with the spine along 17 runs with the grain."""
    order = orders.changed(
        BOOKLET, pages=8, quantity=1000, delivery=..., force={"press": "OFF-1"}, bleed=0,
        components=[orders.component("text", "T60", 1, 1)],
    )  # fmt: skip
    shop = orders.changed(
        SHOP, stocks__T60__sheets=[{"size": [17, 22], "grain": "long", "per_m": "60.00"}],
        **{"presses__OFF-1__gripper": 0, "presses__OFF-1__margin": 0},
    )  # fmt: skip
    across = orders.changed(shop, stocks__T60__sheets__0__grain="short")
    assert made(order, shop).chosen.ways[0].grid.n_up == 2  # 11 along 17, 8.5 along 22
    lost = made(order, across)
    assert lost.chosen.ways[0].grid.n_up == 4  # 11 along 22, 8.5 along 17
    score = {"machine": "SCR", "hour": "30.00", "per_hour": 4000}
    scored = made(order, orders.changed(shop, operations__score=score))
    assert [one.ways[0].grid.n_up for one in scored.alternatives if one.ways[0].scored] == [4, 4, 4]
    told = answer(made(order, shop))
    grain = next(one for one in told["rejected"] if one["code"] == "GRAIN")
    assert (grain["machine"], grain["limit"], grain["value"]) == ("OFF-1", 2, 4)
    (finding,) = [one for one in told["findings"] if one["code"] == "GRAIN"]
    with_grain, any_grain = made(order, shop).chosen, made(order, across).chosen
    assert f"costs ${with_grain.price - any_grain.price}." in finding["message"]


def test_one_light_sheet_folds_across_where_nothing_else_is_left():
    """8.5 x 11 long, folded along 8.5: the grain runs along 11."""
    folded = {"finishing": [{"operation": "fold", "pattern": "letter"}], "force": {"sheet": [8.5, 11]}}
    light = made(FORM, **folded)
    assert [(one.code, one.severity.value) for one in light.findings] == [("GRAIN", "note")]
    with pytest.raises(InvalidInput) as refused:
        made(FORM, orders.changed(SHOP, rules__folds_across=0.0039), **folded)
    grain = next(one for one in refused.value.details["rejected"] if one["code"] == "GRAIN")
    assert (grain["machine"], grain["limit"], grain["value"]) == ("DIG-1", 0, 1)


def test_a_score_in_the_same_pass_costs_nothing_more():
    order = orders.changed(
        BOOKLET, pages=8, quantity=1000, delivery=..., force={"press": "OFF-1"}, bleed=0,
        components=[orders.component("text", "T60", 1, 1)],
        finishing=[{"operation": "score"}],
    )  # fmt: skip
    score = {"machine": "SCR", "hour": "30.00", "per_hour": 4000}
    shop = orders.changed(
        SHOP, stocks__T60__sheets=[{"size": [17, 22], "grain": "long", "per_m": "60.00"}], operations__score=score
    )  # fmt: skip
    alone = made(order, shop)
    together = made(order, orders.changed(shop, operations__fold__includes=["score"]))
    assert "score" in [one.fed.step.operation for one in alone.chosen.done]
    assert "score" not in [one.fed.step.operation for one in together.chosen.done]
    assert together.chosen.total < alone.chosen.total


def test_break_even_is_where_offset_begins_to_cost_less():
    shop = orders.changed(SHOP, **{"presses__DIG-1__sheets": [[17, 22]], "presses__DIG-1__click__1": "0.03"})
    even = made(FORM, shop).break_even
    assert even is not None
    assert (even.below.split("/")[0], even.above.split("/")[0]) == ("DIG-1", "OFF-1")
    cheapest = [
        made(FORM, shop, quantity=n).chosen.ways[0].machine for n in (even.quantity - 1, even.quantity)
    ]
    assert cheapest == ["DIG-1", "OFF-1"]
    assert made(CARDS).break_even is None
    assert made(CARDS).no_break_even == "No offset press of the shop can make this."


def test_money_is_rounded_once():
    shop = orders.changed(SHOP, rules__markup=0.1)
    one = made(CARDS, shop).chosen
    exact = (Decimal("6.36") + Decimal("2.745") + Decimal("2.385") + Decimal(14) * 35 / 60) * Decimal("1.1")
    assert one.price.plain == "21.62"
    assert exact.quantize(Decimal("0.0001")) == Decimal("21.6223")
    spread = answer(made(CARDS, orders.changed(SHOP, rules__spread=0.5)))["alternatives"][0]
    # half of the press's 2.745 and of the bindery's 8.1667 either way
    assert (spread["price"], spread["range"]) == ("19.66", ["14.20", "25.11"])


def test_outside_work_is_paid_by_the_piece():
    shop = orders.changed(
        SHOP, operations__outside={"machine": "VENDOR", "each": "0.05", "fixed": "40.00", "setup_units": 10}
    )
    one = answer(made(CARDS, shop, finishing=[{"operation": "outside"}]))["alternatives"][0]
    assert one["cost"]["outside"] == "90.50"  # 1,010 x .05 + 40


def test_a_forced_route_counts_sheets_before_the_cut():
    shop = orders.changed(
        SHOP, operations__number={"machine": "N", "hour": "10", "per_hour": 4500, "setup_units": 10}
    )
    order = {
        "force": {"route": ["print", "number", "cut"]},
        "product": "flat_form",
        "trim": [5.5, 8.5],
        "bleed": 0,
    }
    told = answer(made(CARDS, shop, **order))["alternatives"][0]
    # 4-up: 250 sheets good, 10 more for the numbering
    number = next(one for one in told["operations"] if one["operation"] == "number")
    assert (number["in"], number["good"], told["components"][0]["press_sheets_good"]) == (260, 250, 260)


def test_a_forced_route_says_what_it_leaves_out_and_cuts_what_it_is_told_to():
    letter = {"product": "flat_form", "trim": [8.5, 11], "bleed": 0, "components__0__stock": "B20"}
    letter |= {"components__0__colours": [1, 0], "finishing": [{"operation": "fold"}]}
    cut = made(CARDS, **letter, force={"press": "DIG-1", "route": ["print", "cut"]})
    assert [one.fed.step.operation for one in cut.chosen.done] == ["cut"]
    assert [one.code for one in cut.findings] == ["OPTION_CLASH", "GRAIN"]
    folded = made(CARDS, **letter, force={"press": "DIG-1", "sheet": [8.5, 11], "route": ["print", "fold"]})
    assert [one.fed.step.operation for one in folded.chosen.done] == ["fold"]


CB, CFB, CF = ({**BOND, "grade": "carbonless", "coating": coating} for coating in ("CB", "CFB", "CF"))
SETS = orders.changed(SHOP, stocks__CB=CB, stocks__CFB=CFB, stocks__CF=CF)
SET: dict[str, Any] = {
    "product": "carbonless",
    "quantity": 500,
    "unit": "set",
    "trim": [8.5, 11],
    "components": [orders.component(code, code, 1, 0) for code in ("CB", "CFB", "CF")],
}


def test_a_component_that_cannot_follow_what_is_forced_goes_elsewhere():
    shop = orders.changed(SHOP, stocks__T60__sheets=[{"size": [17, 22], "grain": "long", "per_m": "60.00"}])
    made_so = made(BOOKLET, shop, force={"press": "OFF-1"})
    assert [way.machine for way in made_so.chosen.ways] == ["OFF-1", "DIG-1"]
    assert [one.code for one in made_so.findings if "as the order forces" in one.message] == ["ORDER_FORCES"]


def test_a_forced_work_style_that_no_layout_allows_is_told():
    with pytest.raises(InvalidInput) as refused:
        made(
            FORM, quantity=10, trim=[11, 17], bleed=0.125, force={"press": "OFF-1", "work_style": "work-turn"}
        )
    told = {(one["machine"], one["code"], one["limit"]) for one in refused.value.details["rejected"]}
    assert ("OFF-1", "ORDER_FORCES", "work-turn") in told


def test_parts_of_a_set():
    told = answer(made(SET, SETS))
    assert [one["press_sheets_good"] for one in told["alternatives"][0]["components"]] == [500, 500, 500]
    assert told["piece"]["weight_oz"] == pytest.approx(0.48)
    assert [one["code"] for one in told["findings"]] == ["STANDARD_MISSING"]  # nothing collates


@pytest.mark.parametrize(
    ("order", "changes", "code", "field"),
    [
        (CARDS, {"product": "banner"}, "PRODUCT_UNKNOWN", "product"),
        (CARDS, {"components__0__stock": "X"}, "STOCK_UNKNOWN", "components.0.stock"),
        (CARDS, {"binding": "saddle"}, "OPTION_CLASH", "binding"),
        (CARDS, {"finishing": [{"operation": "pad"}]}, "OPTION_CLASH", "finishing.0.operation"),
        (CARDS, {"unit": "set"}, "OPTION_CLASH", "unit"),
        (CARDS, {"delivery": [{"place": "A", "quantity": 999}]}, "DELIVERY_SUM", "delivery"),
        (CARDS, {"numbering": {"first": 1, "last": 999}}, "NUMBER_RANGE", "numbering"),
        (CARDS, {"mailing": {"envelope": "X"}}, "STANDARD_MISSING", "mailing.envelope"),
        (CARDS, {"packing": {"carton": "X"}}, "STANDARD_MISSING", "packing.carton"),
        (CARDS, {"finishing": [{"operation": "score"}]}, "STANDARD_MISSING", "operations.score"),
        (CARDS, {"force": {"press": "OFF-1"}}, "NO_ROUTE", "components"),
        (CARDS, {"force": {"press": "X"}}, "STANDARD_MISSING", "force.press"),
        (CARDS, {"force": {"sheet": [3, 3]}}, "SHEET_TOO_SMALL", "force.sheet"),
        (FORM, {"pages": 4}, "COMPONENT_PAGES", ""),
        (FORM, {"finishing": [{"operation": "fold", "pattern": "swan"}]}, "OPTION_CLASH", "finishing"),
        (BOOKLET, {"pages": 40}, "COMPONENT_PAGES", "pages"),
        (BOOKLET, {"files": [{"component": "insert", "file": "f"}]}, "COMPONENT_PAGES", "files.0.component"),
        (
            BOOKLET, {"files": [{"component": "text", "file": "f", "pages": "1-16,20-36"}]},
            "COMPONENT_PAGES", "files.0.pages",
        ),
        (SET, {"components__1__stock": "CF"}, "CARBONLESS_ORDER", "components.1.stock"),
        (SET, {"parts": 2}, "CARBONLESS_ORDER", "parts"),
    ],
)  # fmt: skip
def test_what_is_refused(order: dict[str, Any], changes: dict[str, Any], code: str, field: str):
    with pytest.raises(UserError) as refused:
        made(order, SETS, **changes)
    assert (refused.value.instance_code, refused.value.details["field"]) == (code, field)


def test_no_route_tells_every_rejection():
    too_thick = orders.changed(SHOP, operations__stitch__max_thickness=0.05)
    with pytest.raises(InvalidInput) as refused:
        made(BOOKLET, too_thick)
    # 16 leaves of .0046 and 2 of .0095
    assert refused.value.instance_code == "NO_ROUTE"
    assert [
        (one["machine"], one["code"], one["limit"], one["value"]) for one in refused.value.details["rejected"]
    ][:1] == [("STC-1", "LIMIT_THICKNESS", 0.05, 0.0926)]


def test_an_old_cover_is_found():
    text = orders.component("text", "T60", 1, 1, pages=120)
    cover = orders.component("cover", "C80", 4, 0, flat_size=[11.26, 8.5])
    shop = orders.changed(SHOP, operations__perfect_bind={"machine": "PB", "hour": "40", "per_hour": 250})
    order = {
        "product": "book",
        "binding": "perfect",
        "quantity": 100,
        "trim": [5.5, 8.5],
        "components": [text, cover],
    }
    stale = answer(made(order, shop))
    # 60 x .0046 + 2 x .0095 = .295
    assert [(one["code"], one["severity"]) for one in stale["findings"]] == [("COVER_STALE", "stop")]
    assert stale["piece"]["spine_in"] == 0.295
    fresh = answer(made(orders.changed(order, components__1__flat_size=[11.295, 8.5]), shop))
    assert fresh["findings"] == []


SIZES = st.sampled_from([[8.5, 11], [5.5, 8.5], [4, 9], [6, 4], [3.5, 2]])


@settings(max_examples=60, deadline=None)
@given(
    quantity=st.integers(1, 200_000), more=st.integers(0, 5000), trim=SIZES, bleed=st.sampled_from([0, 0.125]),
    inks=st.sampled_from([[1, 0], [1, 1]]), stock=st.sampled_from(["B20", "T60", "C80"]),
)  # fmt: skip
def test_every_line_reproduces_and_more_pieces_never_cost_less(quantity, more, trim, bleed, inks, stock):
    order = {
        "product": "flat_form", "trim": trim, "bleed": bleed,
        "components": [orders.component("sheet", stock, *inks)],
    }  # fmt: skip
    fewer = made({**order, "quantity": quantity})
    for line in fewer.explain:
        assert value_of(line.formula, line.values) == line.result
    assert fewer.piece.weight_oz == fewer.makeup.weight_oz
    told = {one.ways[0].machine for one in fewer.alternatives} | {one.machine for one in fewer.rejected}
    assert told == set(SHOP["presses"])
    chosen = fewer.chosen
    shown = {line.name: line.result for line in fewer.explain}
    assert shown.get("sheet: n_up", 1) == chosen.ways[0].grid.n_up
    assert chosen.total == sum(chosen.cost)
    assert chosen.printed[0].good * chosen.ways[0].grid.n_up >= quantity
    assert made({**order, "quantity": quantity + more}).chosen.total >= chosen.total


def test_a_ladder_is_the_estimate_of_each_quantity():
    shop, spec = orders.standards(SHOP), orders.spec(FORM)
    for quantity, cheapest in ladder(spec, shop, families(), (1, 500, 4000, 50_000)):
        assert cheapest.price == made(FORM, quantity=quantity).chosen.price


PARENT = {"size": [25, 38], "grain": "long", "per_m": "240.00"}
CUT_DOWN = orders.changed(SHOP, stocks__C80__sheets=[], stocks__C80__parents=[PARENT])


def test_press_sheets_are_cut_of_parents_by_hand():
    """25 x 38 in, grain along 38: 12 x 18 in goes 2 x 2 as it lies (grain along 18: long) and 1 x 3 turned (short)."""
    told = answer(made(CARDS, CUT_DOWN, force={"sheet": [12, 18]}))
    best, other = told["alternatives"]
    assert [best["id"], other["id"]] == [
        "DIG-1/12x18/simplex/of-25x38-long", "DIG-1/12x18/simplex/of-25x38-short",
    ]  # fmt: skip
    # 53 press sheets as before; ceil(53 / 4) and ceil(53 / 3) parents at .24
    (card,), (turned,) = best["components"], other["components"]
    assert card["parent"] == {"size": [25, 38], "out": 4, "sheets": 14, "grain_of_press_sheet": "long"}
    assert turned["parent"] == {"size": [25, 38], "out": 3, "sheets": 18, "grain_of_press_sheet": "short"}
    assert (best["cost"]["paper"], other["cost"]["paper"]) == ("3.36", "4.32")
    cut_down, press, cut = best["operations"]
    # one cut between two sheets and one for what is over (1 of 25 in, 2 of 38 in), on both sides; 300 an hour
    assert (cut_down["operation"], cut_down["in"], cut_down["good"]) == ("cut", 53, 53)
    assert (cut_down["lifts"], cut_down["cuts_per_lift"], cut_down["minutes"]) == (1, 4, 10 + 4 / 5)
    assert (press["in"], cut["lifts"], cut["cuts_per_lift"]) == (53, 1, 20)
    assert best["cost"]["bindery"] == "14.47"  # (10.8 + 14) x 35 / 60
    trimmed = next(line for line in told["explain"] if line["name"].endswith("trimmed off"))
    assert trimmed["result"] == pytest.approx(1 - 4 * 12 * 18 / (25 * 38))


def test_lifts_of_parents_are_those_the_clamp_takes():
    """ceil(48,239 / 21) = 2,298 good; ceil(2298 / .99) + 4 = 2,326 press sheets, 582 parents; 421 in a lift of 4 in."""
    told = answer(made(CARDS, CUT_DOWN, quantity=48_239))
    assert told["alternatives"][0]["components"][0]["parent"]["sheets"] == 582
    assert told["alternatives"][0]["operations"][0]["lifts"] == 2


def test_a_parent_lends_its_grain_to_what_folds():
    """A leaf folded once wants the grain along the fold: the turn of the parent that gives it is taken though it holds
    less, where the shop cannot score.
    """
    order = {**FORM, "finishing": [{"operation": "fold", "pattern": "half"}], "force": {"press": "DIG-1"}}
    shop = orders.changed(
        SHOP, stocks__B20__sheets=[], stocks__B20__caliper=0.009,
        stocks__B20__parents=[{"size": [22, 34], "grain": "short", "per_m": "60.00"}],
        **{"presses__DIG-1__sheets": [[8.5, 11]]},
    )  # fmt: skip
    told = made(order, shop)
    assert {(one.ways[0].sheet.grain, one.ways[0].sheet.out) for one in told.alternatives} == {("short", 6)}
    assert "GRAIN" in [one.code for one in told.rejected]


def test_a_parent_that_the_press_takes_runs_whole_and_nothing_is_cut_where_no_cutter_is():
    shop = orders.changed(CUT_DOWN, **{"presses__DIG-1__sheets": [[25, 38]]})
    (one,) = answer(made(CARDS, shop))["alternatives"]
    assert "parent" not in one["components"][0]
    assert [step["operation"] for step in one["operations"]] == ["print", "cut"]
    with pytest.raises(InvalidInput) as refused:
        made(CARDS, CUT_DOWN, force={"route": ["print"]})
    assert refused.value.instance_code == "NO_ROUTE"
