"""Standards of operations as rows of the set-up: plans follow them; a file of the catalog is told in the history."""

from __future__ import annotations

import pytest

from kernel.errors import InvalidInput, Unconfirmed
from production.catalog.models import OperationType
from production.catalog.planning import minutes
from production.catalog.rows import StandardRow
from production.catalog.setup import STANDARDS
from production.catalog.shipped import load, shipped_catalog
from production.people import setup
from production.setup.table import read_table, write_table
from store.db import Actor

ADA = Actor("ada")


def test_a_measured_speed_plans_minutes_and_can_be_brought_back(plant):
    with plant.db.unit_of_work(ADA) as uow:
        fold = STANDARDS.find(uow.session, "fold")
        assert (fold.setup_minutes, fold.per_hour) == (None, None)
        faster = fold.model_copy(update={"setup_minutes": 12, "per_hour": 6_000, "source": "Measured, May"})
        with pytest.raises(Unconfirmed) as told:
            setup.put(uow, STANDARDS, faster)
        assert "are planned with 22 minutes, until now with no minutes" in told.value.findings[0].message
        setup.put(uow, STANDARDS, faster, knowing=["STANDARD_CHANGE"])
        kept = uow.session.get_one(OperationType, "fold")
        assert minutes(kept, 3_000) == 42  # 12 + 3,000 / 6,000 of an hour
        assert kept.usage_unit == next(
            row.usage_unit for row in shipped_catalog().operation_type if row.code == "fold"
        )
        setup.bring_back(uow, STANDARDS, "fold", 1, knowing=["STANDARD_CHANGE"])
        assert STANDARDS.find(uow.session, "fold") == fold
        assert minutes(kept, 3_000) is None


def test_what_people_do_not_do_has_no_row(plant):
    with plant.db.read_only(ADA) as session:
        codes = {row.code for row in STANDARDS.rows(session)}
        assert {"print", "fold_insert", "fold"} <= codes
        assert not {"merge", "papers", "presort"} & codes
        assert STANDARDS.find(session, "merge") is None


def test_reasons_are_typed_with_semicolons_and_read_again_from_a_table(plant):
    with plant.db.unit_of_work(ADA) as uow:
        row = STANDARDS.find(uow.session, "print")
        assert len(row.spoil_reasons) > 2
        ((_, given, _),) = read_table(STANDARDS, write_table(STANDARDS, [row]).encode())
        assert STANDARDS.read(given) == row
        given["spoil_reasons"] = "Jam; Cut askew"
        setup.put(uow, STANDARDS, STANDARDS.read(given))
        uow.session.flush()
        assert uow.session.get_one(OperationType, "print").spoil_reasons == ("Jam", "Cut askew")


def test_a_file_of_the_catalog_is_told_in_the_history(plant):
    fold = next(row for row in shipped_catalog().operation_type if row.code == "fold")
    file = (
        f'[[operation_type]]\ncode = "fold"\nname = "{fold.name}"\nplace = "floor"\nunit = "{fold.unit}"\n'
        f'usage_unit = "{fold.usage_unit}"\nsentence = "{fold.sentence}"\nper_hour = 5000\n'
    )
    with plant.db.unit_of_work(ADA) as uow:
        load(uow, file.encode())
        newest, first = setup.history(uow.session, STANDARDS, "fold")
        assert (newest.number, newest.actor, first.why) == (2, "ada", setup.AS_IT_STOOD)
        assert setup.value_of(STANDARDS, newest) == STANDARDS.find(uow.session, "fold")
        load(uow, file.encode())
        assert setup.number_of(uow.session, STANDARDS, "fold") == 2


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"code": "levitate"}, "code", "There is no levitate"),
        ({"setup_minutes": 5}, "per_hour", "as well"),
        ({"per_hour": 0}, "per_hour", "Write 1 or more."),
        ({"per_hour": -5}, "per_hour", "not a whole number"),
        ({"setup_minutes": "soon", "per_hour": 9}, "setup_minutes", "not a whole number"),
        ({"name": ""}, "name", "Fill this in."),
    ],
)
def test_what_is_no_standard(plant, given, field, words):
    with plant.db.unit_of_work(ADA) as uow, pytest.raises(InvalidInput) as refused:
        setup.put(uow, STANDARDS, STANDARDS.read({"code": "fold", "name": "Fold"} | given))
    (found,) = refused.value.findings
    assert found.place.column == field
    assert words in found.message


def test_the_same_words_make_the_same_row():
    assert StandardRow(code="fold", name="Fold") == StandardRow(code="fold", name="Fold", spoil_reasons=" ; ")
