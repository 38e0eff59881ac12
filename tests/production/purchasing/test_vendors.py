"""Vendors: what a row may say, and who is paid changes with a second person."""

from __future__ import annotations

import pytest

from kernel.errors import Conflict, InvalidInput
from production.people import setup
from production.purchasing.vendors import VENDORS
from store.db import Actor

PAT, ADA = Actor("pat"), Actor("ada")
ACME = {"code": "ACME", "name": "Acme Bindery", "email": "bids@acme.example", "does": "perfect_bind; booklet"}


def put(plant, who, **facts):
    with plant.db.unit_of_work(who) as uow:
        given = VENDORS.filled(uow.session, ACME | facts)
        return setup.put(uow, VENDORS, VENDORS.read(given), knowing=None)


def test_who_is_paid_changes_only_when_another_person_agrees(plant):
    put(plant, PAT, pay_to="Acme Bindery, Box 1")
    assert put(plant, PAT, phone="225 555 0100").in_force_at is not None
    version = put(plant, PAT, pay_to="Somebody, Elsewhere")
    assert version.in_force_at is None
    with pytest.raises(Conflict, match="yourself"), plant.db.unit_of_work(PAT) as uow:
        setup.agree(uow, setup.waiting(uow.session, VENDORS, "ACME"), VENDORS)
    with plant.db.unit_of_work(ADA) as uow:
        assert VENDORS.find(uow.session, "ACME").pay_to == "Acme Bindery, Box 1"
        setup.agree(uow, setup.waiting(uow.session, VENDORS, "ACME"), VENDORS)
    with plant.db.read_only(ADA) as session:
        found = VENDORS.find(session, "ACME")
    assert (found.pay_to, found.phone) == ("Somebody, Elsewhere", "225 555 0100")
    assert found.does == ("booklet", "perfect_bind")


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"does": "perfect_bind; alchemy"}, "does"), ({"email": "nobody"}, "email"), ({"code": "A B"}, "code")],
)
def test_a_vendor_does_what_the_catalog_knows(plant, facts, field):
    with pytest.raises(InvalidInput) as refused:
        put(plant, PAT, **facts)
    assert [one.place.column for one in refused.value.findings] == [field]
