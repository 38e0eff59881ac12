"""Every kind of set-up row, each behind what it refers to."""

from __future__ import annotations

from typing import Any

from kernel.errors import NotFound
from production.catalog.forms.register import FORMS
from production.catalog.hours import SHIFTS, STOPS
from production.catalog.overs import OVERS_RULES
from production.catalog.press_room.kinds import ESTIMATING, PRESS_ROOM
from production.catalog.publications import PUBLICATION_RULES
from production.catalog.setup import STANDARDS, STOCKS, WORK_CENTERS
from production.catalog.shop_calendar import CLOSED_DAYS, LEAD_TIMES
from production.catalog.shop_envelopes import ENVELOPES
from production.dock.label_rules import LABEL_RULES
from production.floor.counters.setup import COUNTERS
from production.floor.printers.setup import PRINTERS
from production.frontdesk.approving.rules import AGENCY_RULES
from production.learning.rules import LEARNING
from production.mailings.cut_offs import CUT_OFFS
from production.mailings.setup import SHOPS
from production.mailroom.metering.setup import METERS
from production.mailroom.serials.setup import MAILER_IDS
from production.notices.setup import NOTICE_RULES
from production.people.agencies import ACCOUNTS, AGENCIES
from production.people.approval_rules import APPROVAL_RULES
from production.people.contact import CONTACTS
from production.people.persons import PEOPLE
from production.people.setup import Kind
from production.people.shift_pins import SHIFT_RULES
from production.purchasing.rules import RULE_KINDS
from production.purchasing.vendors import VENDORS
from production.records.setup import RETENTION
from production.scheduling.setup import PROMISE_RULES, SCHEDULE_RULES
from production.stockroom.items import ITEMS

KINDS: tuple[Kind[Any], ...] = (
    SHOPS,
    CONTACTS,
    AGENCIES,
    MAILER_IDS,
    ACCOUNTS,
    PEOPLE,
    SHIFT_RULES,
    APPROVAL_RULES,
    AGENCY_RULES,
    WORK_CENTERS,
    STOCKS,
    ENVELOPES,
    FORMS,
    ITEMS,
    VENDORS,
    *RULE_KINDS,
    PUBLICATION_RULES,
    OVERS_RULES,
    STANDARDS,
    *PRESS_ROOM,
    ESTIMATING,
    LEARNING,
    PRINTERS,
    COUNTERS,
    METERS,
    CLOSED_DAYS,
    LEAD_TIMES,
    SHIFTS,
    STOPS,
    PROMISE_RULES,
    SCHEDULE_RULES,
    CUT_OFFS,
    NOTICE_RULES,
    LABEL_RULES,
    RETENTION,
)


def kind_of(code: str) -> Kind[Any]:
    """The kind of that code; NotFound."""
    found = next((kind for kind in KINDS if kind.code == code), None)
    if found is None:
        raise NotFound("There is nothing of this kind to set up.")
    return found
