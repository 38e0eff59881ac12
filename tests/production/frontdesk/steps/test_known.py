"""Which step of an order is at fault when the whole is refused."""

from __future__ import annotations

import pytest

from kernel.findings import of_field
from production.catalog.shipped import shipped_catalog
from production.frontdesk.drafting import drafts
from production.frontdesk.steps import known
from production.frontdesk.steps.base import Ordering
from store.db import Actor


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        (["splits"], "details"),
        (["delivery.0"], "details"),
        (["components.1"], "component_files"),
        (["file-text"], "component_files"),
        (["nowhere", "due"], "details"),
        (["nowhere"], "choices"),
        ([], "choices"),
    ],
)
def test_a_refused_order_leads_to_the_step_that_asks_the_field(fields, step):
    rita = Actor("rita", agency_id=1, user_id=1)
    booklet = next(one for one in shipped_catalog().product if one.code == "booklet")
    ordering = Ordering(None, rita, booklet, drafts.blank(rita, booklet))
    assert known.at_fault(ordering, [of_field("X", one, "Wrong.") for one in fields]) == step
