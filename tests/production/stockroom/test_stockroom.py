"""The stockroom against a book kept beside it: quantities by lot, value by fractions, and what may not happen."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kernel.errors import Conflict, InvalidInput, NotFound, UserError
from kernel.money import Rate
from production.catalog.forms.register import FORMS
from production.people import setup
from production.stockroom import moving
from production.stockroom.checks import stock_is_its_movements, stock_is_worth_its_average
from production.stockroom.counting import count
from production.stockroom.items import ITEMS
from production.stockroom.labels import parse_label
from production.stockroom.models import StockItem, StockLot
from production.stockroom.moving import Occasion
from production.stockroom.needs import PaperNeed, need_lines
from production.stockroom.queries import recalled
from store.db import Actor
from store.keeping.verify import Survey
from tests.databases import begin
from tests.factories import PLANT, make_agency, make_job, owners_hand

FIRST, SECOND = Actor("pat"), Actor("mona")
PAPER = {
    "code": "B20-LTR", "name": "20 lb bond, letter", "kind": "paper", "unit": "sheet", "stock": "bond20",
    "width_in": "8.5", "height_in": "11", "bin": "A-1", "reorder_point": "500",
}  # fmt: skip
FORM = {
    "agency": "DEX", "number": "DEX-104", "revision": "1", "title": "Leave request", "edition": "2025-07-01",
    "owner": "Olive Owner", "product": "flat_form", "stock_policy": "destroy",
}  # fmt: skip


@pytest.fixture
def room(plant):
    """A plant with a paper and a finished form of DEX in its stockroom."""

    def items():
        with plant.db.unit_of_work(PLANT) as uow:
            make_agency(uow, code="DEX")
            setup.put(uow, ITEMS, ITEMS.read(PAPER), knowing=None)
            setup.put(uow, FORMS, FORMS.read(FORM), knowing=None)
            form = {"code": "DEX-104-1", "name": "Leave request", "kind": "form", "unit": "piece"}
            setup.put(uow, ITEMS, ITEMS.read(form | {"agency": "DEX", "form": "DEX/DEX-104/1"}), knowing=None)

    begin(plant, "stockroom", items)
    return plant


def received(plant, code="B20-LTR", quantity=1000, cost="0.01"):
    with plant.db.unit_of_work(FIRST) as uow:
        return moving.receive(uow, code, quantity, unit_cost=Rate.of(cost)).number


def held(plant, code="B20-LTR"):
    with plant.db.read_only(PLANT) as session:
        row = moving.item_of(session, code)
        return row.on_hand, row.value


def open_points(plant):
    with plant.db.read_only(PLANT) as session:
        survey = Survey(session, plant.files)
        return [
            one.sentence
            for check in (stock_is_its_movements, stock_is_worth_its_average)
            for one in check(survey)
        ]


def test_value_follows_the_moving_average(room):
    """1,000 at 1 cent and 1,000 at 3 cents: 2 cents each; what is left keeps it."""
    first, second = received(room), received(room, cost="0.03")
    with room.db.unit_of_work(FIRST) as uow:
        job = make_job(uow)
        made = moving.issue_item(uow, "B20-LTR", 1500, Occasion("", job))
    assert [(one.quantity, one.value) for one in made] == [(-1000, Decimal(-20)), (-500, Decimal(-10))]
    assert held(room) == (500, Decimal(10))
    with room.db.unit_of_work(FIRST) as uow:
        assert moving.give_back(uow, first, 100, job=job).value == Decimal(2)
        with pytest.raises(Conflict, match="holds 500 of lot"):
            moving.give_back(uow, second, 501, job=job)
    assert held(room) == (600, Decimal(12))
    assert open_points(room) == []


def test_random_movements_agree_with_a_book_of_their_own(room):
    """Quantities exactly; value within a cent of exact fractions; the checks are silent; replaying refuses the same."""
    chance, lots, worth = random.Random(7), {}, Fraction(0)
    with room.db.unit_of_work(FIRST) as uow:
        job = make_job(uow)
        for _ in range(120):
            on_hand, act = sum(lots.values()), chance.choice(["receive", "issue", "scrap", "receive"])
            quantity = chance.randint(1, 900)
            if act == "receive":
                cost = f"0.{chance.randint(1, 999_999):06d}"
                number = moving.receive(uow, "B20-LTR", quantity, unit_cost=Rate.of(cost)).number
                lots[number] = quantity
                worth += quantity * Fraction(cost)
                continue
            number = chance.choice(list(lots) or [None])
            if number is None:
                continue
            try:
                if act == "issue":
                    moving.issue_lot(uow, number, quantity, Occasion("", job))
                else:
                    moving.scrap(uow, number, quantity, reason="wet")
            except Conflict as error:
                assert (error.instance_code, quantity > lots[number]) == ("STOCK_NEGATIVE", True)
            else:
                lots[number] -= quantity
                worth -= worth * quantity / on_hand
        rows = {row.number: row.on_hand for row in uow.session.query(StockLot)}
        item = moving.item_of(uow.session, "B20-LTR")
        assert rows == lots
        assert item.on_hand == sum(lots.values())
        assert abs(Fraction(item.value) - worth) < Fraction(1, 100)
    assert open_points(room) == []


def test_what_may_not_happen_is_refused_and_leaves_nothing(room):
    lot = received(room, quantity=10)
    with room.db.unit_of_work(FIRST) as uow:
        occasion = Occasion("", make_job(uow))
    for code, act in (
        ("STOCK_SHORT", lambda uow: moving.issue_item(uow, "B20-LTR", 11, occasion)),
        ("STOCK_NEGATIVE", lambda uow: moving.issue_lot(uow, lot, 11, occasion)),
        ("STOCK_COUNT", lambda uow: moving.issue_lot(uow, lot, 0, occasion)),
        ("STOCK_COUNT", lambda uow: moving.receive(uow, "B20-LTR", 10**9, unit_cost=Rate.of(1))),
        ("STOCK_COST", lambda uow: moving.receive(uow, "B20-LTR", 1, unit_cost=Rate.of("-0.01"))),
        ("STOCK_COST", lambda uow: moving.receive(uow, "B20-LTR", 10**8, unit_cost=Rate.of(10**6))),
        ("STOCK_ITEM", lambda uow: moving.receive(uow, "nothing", 1, unit_cost=Rate.of(1))),
        ("STOCK_LOT", lambda uow: moving.issue_lot(uow, "S999999-4", 1, occasion)),
        ("REASON", lambda uow: moving.scrap(uow, lot, 1, reason=" ")),
        ("STOCK_BIN", lambda uow: moving.transfer(uow, lot, "A-1")),
    ):
        with pytest.raises(UserError) as refused, room.db.unit_of_work(FIRST) as uow:
            act(uow)
        assert refused.value.instance_code == code
    assert held(room) == (10, Decimal("0.1"))


def test_a_large_difference_needs_the_same_count_from_a_second_person(room):
    lot = received(room, quantity=1000)
    with room.db.unit_of_work(FIRST) as uow:
        assert count(uow, lot, 991).difference == -9  # nine of a thousand: within one percent
        assert count(uow, lot, 900).difference is None
    with room.db.unit_of_work(FIRST) as uow, pytest.raises(Conflict, match="counted this lot yourself"):
        count(uow, lot, 900)
    assert held(room)[0] == 991
    with room.db.unit_of_work(SECOND) as uow:
        assert count(uow, lot, 890).difference is None  # another number: now the first person is asked
    with room.db.unit_of_work(FIRST) as uow:
        moving.issue_lot(uow, lot, 90, Occasion("", make_job(uow)))  # moves meanwhile, and is no difference
        assert count(uow, lot, 800).difference == -101
    assert held(room)[0] == 800
    assert open_points(room) == []


def test_superseded_forms_stay_on_the_shelf_unless_the_register_uses_them_up(room):
    lot = received(room, "DEX-104-1", 100, "0.05")
    newer = FORM | {"revision": "2", "edition": "2026-07-01", "supersedes": "1"}
    with room.db.unit_of_work(PLANT) as uow:
        setup.put(uow, FORMS, FORMS.read(newer), knowing=None)
    with room.db.unit_of_work(FIRST) as uow:
        occasion = Occasion("", make_job(uow))
        with pytest.raises(Conflict, match="Revision 1 of form DEX-104 is superseded") as refused:
            moving.issue_lot(uow, lot, 1, occasion)
        assert refused.value.instance_code == "LOT_SUPERSEDED"
        assert [line.code for line in recalled(uow.session)] == ["DEX-104-1"]
        used_up = FORM | {"state": "superseded", "stock_policy": "use_up"}
        setup.put(uow, FORMS, FORMS.read(used_up), knowing=None)
        uow.session.expire_all()
        assert recalled(uow.session) == []
        moving.issue_lot(uow, lot, 1, occasion)
    assert held(room, "DEX-104-1")[0] == 99


def test_an_agency_sees_its_own_stock_and_no_other(room):
    number = received(room, "DEX-104-1", 10)
    received(room)
    with room.db.unit_of_work(PLANT) as uow:
        own = moving.item_of(uow.session, "DEX-104-1").agency_id
        other = make_agency(uow).id
    for agency, seen in ((own, {"DEX-104-1"}), (other, set())):
        with room.db.read_only(Actor("rita", agency_id=agency)) as session:
            assert {row.code for row in session.query(StockItem)} == seen
            assert {row.number for row in session.query(StockLot)} == ({number} if seen else set())
            assert session.scalar(text("SELECT count(*) FROM stock_move")) == len(seen)


def test_verify_names_what_somebody_broke(room):
    lot = received(room)
    for broken, words in (
        ("UPDATE stock_lot SET on_hand = 7", f"lot {lot} says 7, its movements 1,000"),
        (
            "UPDATE stock_item SET value = 3 WHERE code = 'B20-LTR'",
            "item B20-LTR is worth 10.0000 by its movements",
        ),
    ):
        with owners_hand(room) as hand:
            hand.execute(text(broken))
        assert any(words in said for said in open_points(room))
    with pytest.raises(IntegrityError), owners_hand(room) as hand:
        hand.execute(text("UPDATE stock_move SET quantity = 7"))


def test_paper_of_a_worksheet_is_found_by_name_or_code_either_way_up(room):
    letter = Decimal("8.50"), Decimal(11)
    needs = [PaperNeed("bond20", letter, 300), PaperNeed("bond20", letter[::-1], 200)]
    needs.append(PaperNeed("cover80", (Decimal(12), Decimal(18)), 50))
    received(room, quantity=450)
    with room.db.unit_of_work(FIRST) as uow:
        job = make_job(uow)
        moving.issue_item(uow, "B20-LTR", 60, Occasion("", job))
        bond, cover = need_lines(uow.session, job, needs)
    assert (bond.item.code, bond.need.sheets, bond.issued, bond.left, bond.short) == (
        "B20-LTR",
        500,
        60,
        440,
        50,
    )
    assert (cover.item, cover.left, cover.short) == (None, 50, 50)


def test_labels_carry_a_check_digit():
    assert (
        parse_label(" s000572-4 ") == parse_label("0005724") == "S000572-4"
    )  # 572 has the check digit 4 (Damm)
    for bad in ("S000572-5", "S000527-4", "B20-LTR", ""):
        with pytest.raises(InvalidInput):
            parse_label(bad)


def test_an_item_says_what_it_is(room):
    for wrong, field in (
        ({"stock": ""}, "stock"), ({"stock": "nothing"}, "stock"), ({"width_in": ""}, "width_in"),
        ({"agency": "NONE"}, "agency"), ({"form": "DEX/DEX-104/1"}, "form"), ({"kind": "form"}, "form"),
    ):  # fmt: skip
        given = {name: value for name, value in (PAPER | {"code": "X"} | wrong).items() if value}
        with room.db.unit_of_work(PLANT) as uow, pytest.raises(InvalidInput) as refused:
            setup.put(uow, ITEMS, ITEMS.read(given), knowing=None)
        assert field in {one.place.column for one in refused.value.findings}
    with room.db.unit_of_work(PLANT) as uow:
        assert setup.put(uow, ITEMS, ITEMS.find(uow.session, "B20-LTR"), knowing=None) is None
        assert {ITEMS.key(row) for row in ITEMS.rows(uow.session)} == set(uow.session.scalars(ITEMS.keys()))
    with pytest.raises(NotFound), room.db.read_only(PLANT) as session:
        moving.item_of(session, "b20")
