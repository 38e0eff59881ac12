"""Who may do what: verbs by role, as data. Agencies are kept apart by query scopes and row-level security."""

from __future__ import annotations

from production.people.models import AGENCY_ROLES, Role
from store.db import Actor

_EVERYBODY = frozenset(Role)
_NAMELESS = frozenset({Role.DIRECTOR})  # figures alone: no titles, no people, no recipients
_PLANT = _EVERYBODY - AGENCY_ROLES

VERBS: dict[str, frozenset[Role]] = {
    "see_jobs": _EVERYBODY - _NAMELESS,
    "see_forms": _EVERYBODY - _NAMELESS,
    "read_notices": _EVERYBODY - _NAMELESS,
    "order": frozenset({Role.REQUESTER}),
    "talk": frozenset({Role.REQUESTER, Role.APPROVER, Role.PLANNER}),
    "estimate": frozenset({Role.PLANNER}),
    "see_job_cost": frozenset({Role.PLANNER, Role.BILLING_CLERK, Role.ADMINISTRATOR}),
    "prepare_files": frozenset({Role.REQUESTER, Role.PRINT_OPERATOR, Role.PLANNER}),
    "approve": frozenset({Role.APPROVER}),
    "comment": frozenset({Role.REQUESTER, Role.APPROVER, Role.PRINT_OPERATOR}),
    "see_stationery": frozenset({Role.REQUESTER, Role.APPROVER, Role.ADMINISTRATOR}),
    "keep_stationery": frozenset({Role.APPROVER, Role.ADMINISTRATOR}),
    "record_hard_proof": frozenset({Role.PRINT_OPERATOR, Role.PLANNER}),
    "answer_rules": frozenset({Role.REQUESTER, Role.APPROVER}),
    "find_letter": frozenset({Role.REQUESTER, Role.APPROVER}),
    "see_library": frozenset({Role.REQUESTER, Role.APPROVER}),
    "see_own_stock": frozenset({Role.REQUESTER, Role.APPROVER}),
    "see_recipients": frozenset({Role.REQUESTER, Role.APPROVER, Role.MAIL_OPERATOR}),
    "open_recipients": frozenset({Role.MAIL_OPERATOR}),
    "work_floor": frozenset({Role.PRINT_OPERATOR, Role.MAIL_OPERATOR}),
    "see_queue": frozenset({Role.PRINT_OPERATOR, Role.MAIL_OPERATOR, Role.PLANNER}),
    "make_up": frozenset({Role.PRINT_OPERATOR, Role.PLANNER}),
    "work_stock": frozenset({Role.PRINT_OPERATOR, Role.MAIL_OPERATOR, Role.PLANNER}),
    "plan": frozenset({Role.PLANNER}),
    "oversee": frozenset({Role.DIRECTOR}),
    "work_mailroom": frozenset({Role.MAIL_OPERATOR}),
    "work_dock": frozenset({Role.MAIL_OPERATOR}),
    "carry": frozenset({Role.MAIL_OPERATOR, Role.MESSENGER}),
    "see_savings": frozenset({Role.MAIL_OPERATOR, Role.BILLING_CLERK}),
    "see_savings_months": frozenset({Role.MAIL_OPERATOR, Role.BILLING_CLERK, Role.DIRECTOR}),
    "set_up": frozenset({Role.ADMINISTRATOR, Role.PLANNER}),
    "keep_machines": frozenset({Role.ADMINISTRATOR, Role.PLANNER}),
    "see_purchases": frozenset({Role.ADMINISTRATOR, Role.PLANNER, Role.BILLING_CLERK}),
    "purchase": frozenset({Role.ADMINISTRATOR, Role.PLANNER}),
    "restart": frozenset({Role.MAIL_OPERATOR, Role.ADMINISTRATOR}),
    "keep_postal_data": frozenset({Role.MAIL_OPERATOR, Role.ADMINISTRATOR}),
    "bill": frozenset({Role.BILLING_CLERK}),
    "agree": frozenset({Role.BILLING_CLERK, Role.ADMINISTRATOR}),
    "see_charges": frozenset({Role.REQUESTER, Role.APPROVER, Role.BILLING_CLERK}),
    "see_own_charges": frozenset({Role.REQUESTER, Role.APPROVER}),
    "keep_api_keys": frozenset({Role.REQUESTER, Role.ADMINISTRATOR}),
    "administer": frozenset({Role.ADMINISTRATOR}),
    "see_status": _PLANT,
    "see_help": _EVERYBODY,
}
# Beside the roles of whoever came in by a PIN, at a device: of their verbs they may do those of the floor alone.
ON_SHIFT = "on_shift"
_OF_SHIFT = frozenset({"work_floor", "see_queue", "make_up", "work_stock", "see_help"})
# Staff look at every agency's jobs; ordering and approving is only for people of an agency.
_AGENCY_ONLY = frozenset(
    {"order", "approve", "answer_rules", "see_own_charges", "see_library", "see_own_stock"}
)
_PLANT_ONLY = frozenset(
    {
        "open_recipients",
        "record_hard_proof",
        "work_floor",
        "see_queue",
        "make_up",
        "work_stock",
        "estimate",
        "see_job_cost",
        "plan",
        "oversee",
        "work_mailroom",
        "work_dock",
        "carry",
        "see_savings_months",
        "set_up",
        "keep_machines",
        "purchase",
        "see_purchases",
        "see_savings",
        "restart",
        "keep_postal_data",
        "bill",
        "agree",
        "administer",
        "see_status",
    }
)

# Where somebody begins the day: the home of a role is the first place of this verb, by the first role that has one.
FIRST_COUNTER = {
    Role.PRINT_OPERATOR: "work_floor",
    Role.MAIL_OPERATOR: "work_mailroom",
    Role.BILLING_CLERK: "bill",
    Role.ADMINISTRATOR: "set_up",
    Role.APPROVER: "approve",
    Role.REQUESTER: "order",
    Role.PLANNER: "plan",
    Role.MESSENGER: "carry",
    Role.DIRECTOR: "oversee",
}


def first_counter(actor: Actor) -> str | None:
    """The verb of the counter where this person begins."""
    return next((verb for role, verb in FIRST_COUNTER.items() if role.value in actor.roles), None)


def may(actor: Actor, verb: str) -> bool:
    """Does one of the actor's roles allow the verb on this side of the counter?"""
    is_agency = actor.agency_id is not None
    if (verb in _AGENCY_ONLY and not is_agency) or (verb in _PLANT_ONLY and is_agency):
        return False
    if ON_SHIFT in actor.roles and verb not in _OF_SHIFT:
        return False
    return not actor.roles.isdisjoint(VERBS[verb])
