"""Every counter of the house, a module with a ``blueprint``, and the places of the navigation: a row each."""

from __future__ import annotations

from flask import Flask

from production.frontdesk.approving.queries import waiting_for
from production.people.models import Role
from web import demo_mail, frame, guide, health, notices, recipients, search
from web.admin import maildat_settings, sorting
from web.admin import views as admin
from web.api.v1 import views as api
from web.auth import views as auth
from web.billing import cards, charges, periods, second_person
from web.devices import pages as devices
from web.dock import custody, packing
from web.estimating import desk, direct, quotes, workbench
from web.floor import (
    board,
    counters,
    counts,
    events,
    moving,
    operation,
    printers,
    promises,
    queue,
    tablet,
    ticket,
    working,
)
from web.frame import Entry
from web.home import director, planner
from web.mailroom import (
    editions,
    holding,
    incentives,
    maildat,
    mailer_ids,
    mailing,
    nonprofit,
    old_addresses,
    piece_search,
    plan,
    pool,
    savings,
    sorter,
    stopped,
    stream,
)
from web.metering import sheets
from web.portal import (
    approving,
    artwork,
    catalog,
    confirmation,
    delegating,
    drafting,
    fixing,
    forms,
    home,
    identity,
    job_cost,
    jobs,
    keys,
    kits,
    letter_search,
    library,
    opened,
    order_change,
    ordering_again,
    own_stock,
    page_map,
    projects,
    proofs,
    stationery,
)
from web.portal import sheets as press_sheets
from web.purchasing import bids, deciding, vendor_bid
from web.purchasing import home as purchasing
from web.purchasing import invoices as purchase_invoices
from web.purchasing import orders as purchase_orders
from web.purchasing import receipts as purchase_receipts
from web.setup import audit, learned
from web.setup import home as setup
from web.setup import rows as setup_rows
from web.setup import tables as setup_tables
from web.stock import issuing as stock_issuing
from web.stock import items as stock_items
from web.stock import lots as stock_lots
from web.stock import picking as stock_picking
from web.stock import reordering as stock_reordering

COUNTERS = (
    frame,
    search,
    guide,
    auth,
    home,
    planner,
    director,
    jobs,
    catalog,
    projects,
    desk,
    direct,
    workbench,
    quotes,
    job_cost,
    confirmation,
    delegating,
    drafting,
    approving,
    order_change,
    proofs,
    opened,
    press_sheets,
    fixing,
    ordering_again,
    own_stock,
    library,
    kits,
    artwork,
    page_map,
    letter_search,
    forms,
    stationery,
    identity,
    recipients,
    notices,
    demo_mail,
    keys,
    queue,
    operation,
    working,
    printers,
    counters,
    board,
    promises,
    moving,
    ticket,
    counts,
    tablet,
    events,
    devices,
    pool,
    mailing,
    stream,
    old_addresses,
    maildat,
    plan,
    piece_search,
    sorter,
    custody,
    packing,
    stock_items,
    stock_lots,
    stock_issuing,
    stock_picking,
    stock_reordering,
    purchase_orders,
    purchase_receipts,
    purchase_invoices,
    purchasing,
    deciding,
    bids,
    vendor_bid,
    editions,
    mailer_ids,
    incentives,
    nonprofit,
    stopped,
    holding,
    savings,
    admin,
    setup,
    audit,
    setup_rows,
    setup_tables,
    learned,
    maildat_settings,
    sorting,
    health,
    api,
    sheets,
    charges,
    periods,
    cards,
    second_person,
)

_AGENCY = (Role.REQUESTER, Role.APPROVER)
_MAIL, _PRINT, _BILLING, _ADMIN = (
    Role.MAIL_OPERATOR, Role.PRINT_OPERATOR, Role.BILLING_CLERK, Role.ADMINISTRATOR,
)  # fmt: skip

# Verb, endpoint, label, and the roles in whose bar it stands; for everybody else who may, it is in the menu. The order
# is that of bar and menu. Six fit into a bar.
NAV = (
    Entry("order", "home.home", "Home", (Role.REQUESTER,)),
    Entry("approve", "approving.queue", "To approve", (Role.APPROVER,), waiting_for),
    Entry("order", "catalog.choose", "Order", (Role.REQUESTER,), within="/drafts"),
    Entry("oversee", "overview.home", "Overview", (Role.DIRECTOR,)),
    Entry("plan", "today.home", "Today", (Role.PLANNER,)),
    Entry("plan", "board.show", "Schedule"),
    Entry("estimate", "desk.home", "Quotes", (Role.PLANNER,)),
    Entry("talk", "projects.listing", "Projects"),
    Entry("work_mailroom", "mailroom.home", "Mailroom", (_MAIL,)),
    Entry("work_mailroom", "mailing.listing", "Mailings", (_MAIL,)),
    Entry("work_floor", "floor.home", "My machine", (_PRINT,)),
    Entry("see_queue", "floor.listing", "Queue", (_PRINT, Role.PLANNER)),
    Entry("see_queue", "counters.show", "Counters"),
    Entry("work_stock", "stock.listing", "Stock", (_PRINT,)),
    Entry("purchase", "purchasing.home", "Purchasing"),
    Entry("work_stock", "purchase_receipts.expected", "Receiving"),
    Entry("see_purchases", "purchase_orders.listing", "Purchase orders"),
    Entry("see_purchases", "purchase_invoices.listing", "Vendor invoices"),
    Entry("carry", "dock.home", "Dock", (_MAIL, Role.MESSENGER)),
    Entry("work_mailroom", "metering.listing", "Meters", (_MAIL,)),
    Entry("work_mailroom", "piece_search.find", "Find a piece", (_MAIL,)),
    Entry("bill", "billing.listing", "Month", (_BILLING,)),
    Entry("bill", "rate_cards.listing", "Rates", (_BILLING,)),
    Entry("set_up", "setup.home", "Setup", (_ADMIN, Role.PLANNER)),
    Entry("administer", "setup_rows.agencies", "Agencies", (_ADMIN,)),
    Entry("administer", "admin.people", "People", (_ADMIN,)),
    Entry("keep_machines", "setup_rows.machines", "Machines", (_ADMIN, Role.PLANNER)),
    Entry("keep_machines", "devices.listing", "Devices"),
    Entry("keep_machines", "learned.listing", "Standards measured"),
    Entry("see_savings_months", "savings.home", "Savings", (_MAIL, _BILLING, Role.DIRECTOR)),
    Entry("see_jobs", "jobs.listing", "Jobs", (*_AGENCY, _PRINT, _BILLING, Role.PLANNER)),
    Entry("see_library", "library.shelf", "Library", _AGENCY),
    Entry("find_letter", "letter_search.search", "Find a letter", _AGENCY),
    Entry("see_stationery", "stationery.listing", "Stationery"),
    Entry("see_forms", "forms.listing", "Forms"),
    Entry("see_own_stock", "own_stock.listing", "Our stock"),
    Entry("see_own_charges", "charges.listing", "Charges", _AGENCY),
    Entry("keep_postal_data", "editions.listing", "Postal data", (_ADMIN,)),
    Entry("agree", "agreements.listing", "Second person", (_BILLING, _ADMIN)),
    Entry("estimate", "workbench.choose", "Workbench"),
    Entry("restart", "stopped.listing", "Stopped"),
    Entry("see_status", "health.status", "Status", (_PRINT, _BILLING)),
    Entry("administer", "audit.page", "Audit"),
    Entry("find_letter", "recipients.seen", "Who looked"),
    Entry("administer", "maildat_settings.show", "Mail.dat"),
    Entry("administer", "sorting.show", "Least postage"),
    Entry("read_notices", "notices.listing", "Notices"),
    Entry("keep_api_keys", "keys.listing", "API keys"),
    Entry("see_help", "help.own", "Help"),
)


def register(app: Flask) -> None:
    """Put the blueprints in, and the navigation."""
    for counter in COUNTERS:
        app.register_blueprint(counter.blueprint)
    app.extensions["nav"] = NAV
