"""The sample plant: once, complete, and fit for a mailing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import clock
from postal.barcodes.stids import check_stid
from postal.data.editions import InForce, editions
from production.catalog.piece_weight import envelopes
from production.mailings.shop import ShopProfile, shop_profile
from production.mailroom.metering.models import Meter
from production.mailroom.serials import blocks
from production.mailroom.serials.models import MailerId
from production.people.models import AGENCY_ROLES, Agency, BudgetUnit, Role, User
from production.prepress.merge.marks import Bars
from production.sample import AGENCIES, SAMPLE_AGENCY, load_sample
from store.audit import AuditEntry
from tests.factories import PLANT


@pytest.fixture
def loaded(plant):
    with plant.db.unit_of_work(PLANT) as uow:
        assert load_sample(uow, password_hash=lambda: "hashed")
    return plant


def test_it_is_entered_once(loaded):
    with loaded.db.unit_of_work(PLANT) as uow:
        assert not load_sample(uow, password_hash=lambda: "other")
    with loaded.db.read_only(PLANT) as session:
        assert {agency.code for agency in session.scalars(select(Agency))} == AGENCIES.keys()
        assert session.query(ShopProfile).count() == 1
        assert {user.password_hash for user in session.scalars(select(User))} == {"hashed"}
        acts = [(entry.subject, entry.act) for entry in session.scalars(select(AuditEntry))]
        assert acts.count(("shop_profile", "sample_loaded")) == 1
        assert set(acts) == {("setup", "added"), ("shop_profile", "sample_loaded")}


def test_each_role_has_somebody_and_agencies_have_only_agency_roles(loaded):
    with loaded.db.read_only(PLANT) as session:
        people = session.scalars(select(User)).all()
        assert {role for person in people for role in person.roles} == set(Role)
        for person in people:
            assert (person.roles <= {role.value for role in AGENCY_ROLES}) == (person.agency_id is not None)


def test_the_sample_agency_can_order_and_approve_apart(loaded):
    with loaded.db.read_only(PLANT) as session:
        agency = session.scalars(select(Agency).filter_by(code=SAMPLE_AGENCY)).one()
        people = session.scalars(select(User).filter_by(agency_id=agency.id)).all()
        accounts = session.scalars(select(BudgetUnit).filter_by(agency_id=agency.id)).all()
    assert not any({"requester", "approver"} <= person.roles for person in people)
    assert {"requester", "approver"} <= {role for person in people for role in person.roles}
    assert len(accounts) > 1
    assert all(account.budget and account.closed_at is None for account in accounts)


def test_the_shop_is_fit_to_mail(loaded):
    with loaded.db.read_only(PLANT) as session:
        profile = shop_profile(session)
        (mailer,) = session.scalars(select(MailerId)).all()
        assert session.query(Meter).count() == 5
    assert (
        check_stid(profile.service_type_id, "FCM", InForce(clock.today(), editions()), is_full_service=False)
        == []
    )
    assert mailer.active
    assert blocks.capacity(mailer.mailer_id) == 10**9
    assert profile.bars in list(Bars)
    assert profile.allow_test_only  # every paper then says that it is not for live mail
    assert len(envelopes()) > 1
