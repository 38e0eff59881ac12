"""The shipped rows, how a plant gets them, and rows of the shop's own."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, text

from kernel.errors import InvalidInput
from production.catalog import queries, rows, shipped
from production.catalog.models import OperationType, Place, Product, Route, RouteStep, Stock, UsageUnit
from production.jobs.states import OperationCode
from production.jobs.usage import Unit
from store.db import Actor
from tests.factories import PLANT

SHOP = Actor("ada")
OWN = """
[[usage_unit]]
code = "foil.piece"
name = "Foil, pieces"
[[operation_type]]
code = "foil"
name = "Foil"
place = "floor"
work_center_class = "foiler"
unit = "piece"
usage_unit = "foil.piece"
sentence = "Foiled"
[[route]]
code = "foiled"
name = "Foiled sheets"
steps = [{ step = 10, operation = "print" }, { step = 20, operation = "foil", needs = [10] }]
"""


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def named(session, code):
    return session.get(UsageUnit, code).name


def test_a_new_plant_has_every_shipped_row_and_what_the_code_itself_names(plant):
    with plant.db.read_only(PLANT) as session:
        kept = queries.whole_catalog(session)
        assert {row.digest for row in kept.rows} == {row.digest for row in shipped.shipped_catalog().rows}
        types = {row.code: row for row in kept.operation_type}
        assert {kind.value for kind in OperationCode} <= set(types)
        assert set(Unit) <= set(queries.unit_names(session))
    assert types["fold_insert"].usage_unit == Unit.INSERTED_PIECE
    assert (types["pad"].takes, types["pad"].gives, types["pad"].place) == ("pad", "1", Place.FLOOR)
    assert {row.source for row in kept.rows} >= {"shop to confirm"}


def test_setting_up_again_changes_nothing_and_keeps_what_the_shop_changed(plant, monkeypatch):
    with plant.db.unit_of_work(SHOP) as uow:
        uow.session.get(UsageUnit, "fold.piece").name = "Folds"
    newer = [
        row.model_copy(update={"name": f"{row.name} (new)"})
        if row.code in ("fold.piece", "cut.sheet")
        else row
        for row in shipped.shipped_catalog().usage_unit
    ]
    catalog = shipped.shipped_catalog().model_copy(update={"usage_unit": tuple(newer)})
    monkeypatch.setattr(shipped, "shipped_catalog", lambda: catalog)
    shipped._by_table.cache_clear()
    try:
        for _ in range(2):
            shipped.set_up(plant.db)
            with plant.db.read_only(PLANT) as session:
                assert named(session, "fold.piece") == "Folds"
                assert named(session, "cut.sheet") == "Cutting, sheets (new)"
    finally:
        shipped._by_table.cache_clear()


def test_a_plant_of_no_rows_is_set_up_by_several_processes_at_once(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        for table in (
            "product",
            "route_step",
            "route",
            "stock",
            "work_center",
            "operation_type",
            "usage_unit",
        ):
            uow.session.execute(text(f"DELETE FROM {table}"))
    threads = [threading.Thread(target=shipped.set_up, args=(plant.db,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with plant.db.read_only(PLANT) as session:
        assert len(queries.whole_catalog(session).rows) == len(shipped.shipped_catalog().rows)
        assert count(session, RouteStep) == sum(len(row.steps) for row in shipped.shipped_catalog().route)


def test_a_row_that_says_nothing_of_its_time_has_the_digest_it_had_before_that_could_be_said(plant):
    (fold,) = (row for row in shipped.shipped_catalog().operation_type if row.code == "fold")
    assert not {"setup_minutes", "per_hour"} & fold.model_dump().keys()
    assert {fold.digest, fold.model_copy(update={"per_hour": 4000}).digest} > {fold.digest}


def test_the_shops_own_rows_are_loaded_changed_and_left_alone_by_set_up(plant):
    with plant.db.unit_of_work(SHOP) as uow:
        shipped.load(uow, OWN.encode())
    changed = OWN.replace("{ step = 20,", "{ step = 30,").replace('"Foiled"', '"Foil is on"')
    with plant.db.unit_of_work(SHOP) as uow:
        shipped.load(uow, changed.encode())
    shipped.set_up(plant.db)
    with plant.db.read_only(PLANT) as session:
        assert [(s.step, s.operation) for s in session.get(Route, "foiled").steps] == [
            (10, "print"),
            (30, "foil"),
        ]
        assert session.get(OperationType, "foil").sentence == "Foil is on"
        said = text("SELECT count(*) FROM audit_entry WHERE act = 'loaded' AND subject = 'route'")
        assert session.scalar(said) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("[[", "not TOML"),
        ('[[usage_unit]]\ncode = "a b"\nname = "A"', "usage_unit a b code: String should match"),
        ('[[usage_unit]]\ncode = "a"\nname = "A"\nprice = 1', "usage_unit a price: Extra inputs"),
        ('[[stock]]\ncode = "s"\nname = "S"\ngrade = "bond"\nbasis_lb = "NaN"', "stock s basis_lb: Input should be"),
        (OWN.replace('unit = "piece"', 'unit = "piece"\ntakes = "0"'), "operation_type foil takes: write a whole"),
        (OWN.replace('operation = "foil"', 'operation = "gild"'), "route foiled: there is no operation_type gild"),
        (OWN.replace("needs = [10]", "needs = [30]"), "route foiled: step 20 needs step 30, which is not there"),
        (OWN.replace("step = 20", "step = 10"), "route foiled: step 10 is there twice"),
        (OWN.replace('usage_unit = "foil.piece"', 'usage_unit = "foil.set"'), "there is no usage_unit foil.set"),
    ],
)  # fmt: skip
def test_faulty_rows_are_named_and_nothing_is_loaded(plant, data, words):
    with pytest.raises(InvalidInput) as caught, plant.db.unit_of_work(SHOP) as uow:
        shipped.load(uow, data.encode(), file="own.toml")
    assert caught.value.instance_code == "CATALOG_ROW"
    assert any(words in finding.message for finding in caught.value.findings), caught.value.findings
    with plant.db.read_only(PLANT) as session:
        assert session.get(UsageUnit, "foil.piece") is None


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (OWN.replace('"print" }', '"print", needs = [20] }'), "ROUTE_CYCLE", "steps 10 -> 20 -> 10 wait for"),
        (OWN.replace("needs = [10]", "needs = [20]"), "ROUTE_CYCLE", "steps 20 -> 20 wait"),
        (OWN.replace("\nsentence", "\nfrom_units = [\"pad\"]\nsentence"), "ROUTE_UNIT", "pads, and is given sheets"),
        # A wrapped package is nothing to fold, and what may be left out hands on what it would have been given.
        (
            OWN.replace(
                '"foil", needs = [10] }',
                '"shrink_wrap", needs = [10], when_option = "w" }, { step = 30, operation = "fold", needs = [20] }',
            ),
            "ROUTE_UNIT", "step 30 (Fold) takes sheets, pieces, sets, books, and is given packages",
        ),
    ],
)  # fmt: skip
def test_a_route_that_goes_round_or_whose_units_do_not_convert_is_refused(plant, data, code, words):
    with pytest.raises(InvalidInput) as caught, plant.db.unit_of_work(SHOP) as uow:
        shipped.load(uow, data.encode())
    assert caught.value.instance_code == code
    assert [words in one.message for one in caught.value.findings] == [True]


def test_every_service_of_the_bindery_says_how_it_is_worked_and_why_it_spoils_and_stops(plant):
    kinds = {row.code: row for row in shipped.shipped_catalog().operation_type}
    # The eight services that the shop sells first, and what follows them: issue of the plant floor, 1.
    sold = {
        "punch", "collate", "shrink_wrap", "perforate", "staple", "pad", "fold", "perfect_bind", "tape_bind",
        "coil_bind", "comb_bind", "wire_bind", "cut", "drill", "score", "number", "stitch", "gather", "tab", "insert",
        "round_corner", "laminate", "hand_work", "inspect", "pack", "outside", "print", "print_offset",
        "print_envelope", "print_wide",
    }  # fmt: skip
    assert sold <= set(kinds)
    with plant.db.read_only(PLANT) as session:
        places = {row.work_center_class for row in queries.whole_catalog(session).work_center}
    for code in sold:
        row = kinds[code]
        assert row.place is Place.FLOOR and row.work_center_class in places, code
        assert row.spoil_reasons and row.stop_reasons and row.instructions and row.skill and row.source, code
    assert {row.work for row in kinds.values() if row.code.startswith("print")} == {"print"}


def test_a_step_whose_condition_fails_hands_its_needs_on():
    steps = shipped.shipped_catalog().route[1].steps
    plain = queries.in_force(steps, {"punch": "", "fold": ""})
    assert [(step.operation, step.needs) for step in plain] == [("print", ()), ("deliver", (10,))]
    padded = queries.in_force(steps, {"punch": "3-hole", "pad": "50"})
    assert [(step.operation, step.needs) for step in padded] == [
        ("print", ()), ("punch", (10,)), ("pad", (30,)), ("deliver", (50,)),
    ]  # fmt: skip
    only_z = rows.RouteStepRow(step=10, operation="fold", when_option="fold", when_is=("z",))
    assert queries.in_force([only_z], {"fold": "half"}) == ()
    assert queries.in_force([only_z], {"fold": "z"}) == (only_z,)


def test_what_is_taken_out_of_use_is_not_offered(plant):
    with plant.db.unit_of_work(SHOP) as uow:
        uow.session.get(Product, "flat_form").is_active = False
        uow.session.get(Stock, "bond24").is_active = False
    shipped.set_up(plant.db)
    with plant.db.read_only(PLANT) as session:
        offered = [row.code for row in queries.products(session)]
        assert "letter" in offered and "flat_form" not in offered
        assert [row.code for row in queries.stocks(session, ["bond"])] == ["bond20"]
