"""The press room as the shop sets it up: what ships holds until a row is changed; estimates go by what is in force."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.errors import InvalidInput, Unconfirmed
from production.catalog.models import Stock, UsageUnit
from production.catalog.press_room.kinds import BINDERY, ESTIMATING, PRESS_PAPERS, PRESS_ROOM, PRESSES
from production.catalog.press_room.standards import shop_standards
from production.catalog.products.charged import charged_units, with_rates
from production.catalog.products.families import families
from production.catalog.products.spec import spec_of
from production.catalog.products.standards import shipped_standards
from production.catalog.setup import STOCKS
from production.frontdesk.estimates.estimate import estimate
from production.people import setup
from production.setup.file import export, rows_of, take_rows
from production.setup.table import read_table, write_table
from store.db import Actor

ADA = Actor("ada")
CHANGE = ["PRINT_STANDARD_CHANGE"]
CARDS = spec_of(
    {
        "product": "flat_form", "quantity": 10_000, "trim": [8.5, 11],
        "components": [{"name": "sheet", "stock": "bond20", "colours": [1, 1]}], "force": {"press": "digital-mono"},
    }
)  # fmt: skip


def rates():
    return {one.code: one.rate for one in charged_units(shipped_standards())}


def priced(session):
    """The plant's standards at the prices that ship; what is not among them costs a dollar."""
    known = rates()
    return with_rates(shop_standards(session), lambda unit: known.get(unit, Decimal(1)))


def press_minutes(session):
    return estimate(CARDS, priced(session), families()).chosen.printed[0].minutes


def without_sources(standards):
    """Papers say of themselves where their weight comes from."""
    told = standards.model_dump(mode="python")
    for stock in told["stocks"].values():
        stock["source"] = ""
    return told


def test_a_plant_where_nobody_changed_anything_has_what_ships_in_its_order(plant):
    with plant.db.read_only(ADA) as session:
        ours, shipped = priced(session), shipped_standards()
    assert without_sources(ours) == without_sources(with_rates(shipped, lambda unit: rates()[unit]))
    for shelf in ("stocks", "presses", "operations"):
        assert list(getattr(ours, shelf)) == list(getattr(shipped, shelf))


@pytest.mark.parametrize("kind", [*PRESS_ROOM, ESTIMATING], ids=lambda kind: kind.code)
def test_a_table_of_what_ships_is_read_as_it_was_written(kind):
    rows = list(kind.shipped())
    read = [kind.read(given) for _, given, _ in read_table(kind, write_table(kind, rows).encode())]
    assert read == rows


def test_a_speed_that_was_measured_counts_from_then_on_and_can_be_brought_back(plant):
    with plant.db.unit_of_work(ADA) as uow:
        session = uow.session
        assert (
            press_minutes(session) == 5 + 20_204 * Decimal(60) / 5400
        )  # 10,102 sheets behind make-ready, both sides
        row = PRESSES.find(session, "digital-mono").model_copy(update={"per_hour": Decimal(2700)})
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, PRESSES, row)
        assert [one.code for one in told.value.findings] == CHANGE
        setup.put(uow, PRESSES, row, why="Forty runs in May", knowing=CHANGE)
        assert press_minutes(session) == 5 + 20_204 * Decimal(60) / 2700
        setup.bring_back(uow, PRESSES, "digital-mono", 1, knowing=CHANGE)
        assert press_minutes(session) == 5 + 20_204 * Decimal(60) / 5400


def test_where_a_figure_comes_from_changes_no_figure(plant):
    with plant.db.unit_of_work(ADA) as uow:
        row = BINDERY.find(uow.session, "fold").model_copy(update={"source": "Measured in May"})
        assert setup.put(uow, BINDERY, row)
        assert shop_standards(uow.session).operations["fold"].source == "Measured in May"


def test_a_new_press_brings_its_units_and_is_priced_before_it_is_used(plant):
    with plant.db.unit_of_work(ADA) as uow:
        row = PRESSES.find(uow.session, "digital-mono").model_copy(
            update={"code": "inkjet", "name": "Inkjet press"}
        )
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, PRESSES, row)
        assert [one.code for one in told.value.findings] == ["PRICE_NEEDED"]
        assert "Inkjet press, hours, Inkjet press, sides of one ink." in told.value.findings[0].message
        setup.put(uow, PRESSES, row.model_copy(update={"is_active": False}))
        assert uow.session.get(UsageUnit, "inkjet.hour").name == "Inkjet press, hours"
        assert uow.session.get(UsageUnit, "inkjet.plate") is None
        asked = []
        with_rates(shop_standards(uow.session), lambda unit: asked.append(unit) or Decimal(1))
        assert not [unit for unit in asked if unit.startswith("inkjet")]
        told = [
            one
            for one in estimate(CARDS, priced(uow.session), families()).rejected
            if one.machine == "inkjet"
        ]
        assert "MACHINE_IDLE" in [one.code for one in told]


def test_a_paper_of_the_shop_is_one_of_the_presses_once_its_sheets_are_said(plant):
    with plant.db.unit_of_work(ADA) as uow:
        session = uow.session
        bulky = STOCKS.find(session, "text60").model_copy(
            update={"code": "text55", "name": "55 lb bulky", "basis_lb": Decimal(55), "caliper_in": None}
        )
        setup.put(uow, STOCKS, bulky)
        given = {"code": "text55", "sheets": "12 x 18 long; 19 x 25 short"}
        with pytest.raises(InvalidInput) as refused:
            setup.put(uow, PRESS_PAPERS, PRESS_PAPERS.read(given), knowing=None)
        assert "how thick" in refused.value.findings[0].message
        setup.put(uow, STOCKS, bulky.model_copy(update={"caliper_in": Decimal("0.0056")}))
        setup.put(uow, PRESS_PAPERS, PRESS_PAPERS.read(given), knowing=["PRICE_NEEDED"])
        stock = shop_standards(session).stocks["text55"]
        assert (stock.caliper, stock.basis_lb, stock.name) == (Decimal("0.0056"), 55, "55 lb bulky")
        assert [(one.size, one.grain) for one in stock.sheets] == [((12, 18), "long"), ((19, 25), "short")]
        assert session.get(UsageUnit, "paper.text55.12x18") is not None
        session.get(Stock, "text55").is_active = False
        session.flush()
        assert "text55" not in shop_standards(session).stocks


def test_the_file_of_the_set_up_carries_the_press_room(plant):
    with plant.db.unit_of_work(ADA) as uow:
        row = ESTIMATING.find(uow.session, setup.ONE).model_copy(update={"spread_percent": Decimal(25)})
        setup.put(uow, ESTIMATING, row, knowing=CHANGE)
        text = export(uow.session)
        setup.bring_back(uow, ESTIMATING, setup.ONE, 1, knowing=CHANGE)
        assert shop_standards(uow.session).rules.spread == Decimal("0.15")
        taken = take_rows(uow, rows_of(text.encode(), "setup.json"))
        assert [(one.kind, one.changes) for one in taken if one.outcome != "same"] == [
            ("estimating", (("Minutes may stray, percent", "15", "25"),))
        ]
        assert shop_standards(uow.session).rules.spread == Decimal("0.25")


@pytest.mark.parametrize(
    ("kind", "code", "other", "field", "words"),
    [
        (PRESSES, "offset-17x22", {"waste_percent": "100"}, "waste_percent", ""),
        (PRESSES, "offset-17x22", {"waste_percent": "-1"}, "waste_percent", "not a number"),
        (PRESSES, "offset-17x22", {"waste_percent": "NaN"}, "waste_percent", "not a number"),
        (PRESSES, "offset-17x22", {"per_hour": "1e9"}, "per_hour", "not a number"),
        (PRESSES, "offset-17x22", {"per_hour": "0"}, "per_hour", ""),
        (PRESSES, "offset-17x22", {"sheets": "17 by 22"}, "sheets", "as in 12 x 18"),
        (PRESSES, "offset-17x22", {"sheets": ""}, "sheets", "at least one sheet"),
        (PRESSES, "offset-17x22", {"margin_in": "6"}, "margin_in", "leave nothing"),
        (PRESSES, "offset-17x22", {"kind": "gravure"}, "kind", "Choose one"),
        (PRESSES, "offset-17x22", {"inks_at_once": "3"}, "inks_at_once", "more inks in a pass"),
        (PRESSES, "offset-17x22", {"min_caliper_in": "0.014"}, "min_caliper_in", "thinner"),
        (PRESSES, "digital-color", {"counted_sides": "1; 2"}, "counted_sides", "sides of 4 inks"),
        (PRESSES, "digital-color", {"counted_sides": "one"}, "counted_sides", "as in 1; 4"),
        (BINDERY, "cut", {"per_hour": "900"}, "cuts_per_hour", "fill in one"),
        (BINDERY, "cut", {"clamp_in": None}, "clamp_in", "how high"),
        (BINDERY, "fold", {"includes": "glue"}, "includes", "no step glue"),
        (BINDERY, "fold", {"includes": "fold"}, "includes", "anyway"),
        (BINDERY, "fold", {"code": "print"}, "code", "A step is one of cut, fold"),
        (PRESS_PAPERS, "text60", {"sheets": "12 x 18"}, "sheets", "long or short"),
        (PRESS_PAPERS, "text60", {"code": "vellum"}, "code", "no paper vellum"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_beside_its_field(plant, kind, code, other, field, words):
    with plant.db.unit_of_work(ADA) as uow, pytest.raises(InvalidInput) as refused:
        row = kind.find(uow.session, code).model_dump(mode="json")
        setup.put(uow, kind, kind.read(row | other), knowing=None)
    told = {one.place.column: one.message for one in refused.value.findings}
    assert words in told[field]
