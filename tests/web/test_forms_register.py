"""A form of the register in the steps of an order: only the revision in force, by its number."""

from __future__ import annotations

import pytest

from production.catalog.forms.register import FORMS
from production.people import setup
from tests.billing.ledgers import make_card
from tests.factories import PLANT
from tests.web import spec_ordering
from tests.web.spec_ordering import on
from web.commands.sample import PRESS_RATES, RATE_CARD_FROM


@pytest.fixture
def rita(sign_in, plant):
    """A requester while the rate card has every price."""
    with plant.db.unit_of_work(PLANT) as uow:
        make_card(uow, name="Press", effective_from=RATE_CARD_FROM, data=PRESS_RATES.read_bytes())
    return sign_in("requester")


FORM = {
    "agency": "DEX", "number": "DEX-104", "revision": "1", "title": "Leave request", "edition": "2025-07-01",
    "owner": "Olive Owner", "product": "flat_form",
}  # fmt: skip


def test_a_form_is_named_by_its_number_and_only_the_revision_in_force_is_ordered(
    rita, plant, tmp_path
) -> None:
    with plant.db.unit_of_work(PLANT) as uow:
        for more in ({}, {"revision": "2", "edition": "2026-07-01", "supersedes": "1"}):
            setup.put(uow, FORMS, FORMS.read(FORM | more), knowing=None)
    url = on(spec_ordering.choose(rita, "flat_form", quantity="500"))
    for said, words in (
        ("DEX-104/1", "Order revision 2 of July 1, 2026"),
        ("DEX-9", "There is no form DEX-9"),
    ):
        refused = spec_ordering.detail(rita, url, form=said)
        assert refused.status_code == 422
        assert words in refused.text
        assert f'value="{said}"' in refused.text
    url = on(
        spec_ordering.send_files(rita, on(spec_ordering.detail(rita, url, form="DEX-104")), tmp_path, sheet=1)
    )
    assert "DEX-104" in rita.get(url).text
    number = on(rita.submit(url, url)).rsplit("/", 1)[1]
    assert "DEX-104, revision 2" in rita.get(f"/jobs/{number}").text
