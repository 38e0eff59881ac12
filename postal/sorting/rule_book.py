"""Everything dated that one mailing needs, gathered once and handed down: sort plan, lists, prices, trays, limits.

What only some mailings or papers need (service types, statement lines, limits) is asked of ``RuleBook.in_force``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from kernel.errors import Corrupt, InvalidInput
from kernel.findings import Finding
from postal.admission.admission import lawful_ways, reasons_against, refusal
from postal.admission.incentives import NO_CLAIMS, Claims, Participation, claims
from postal.barcodes.stids import KIND as SERVICE_TYPES
from postal.data.editions import Edition, InForce, Status, assumptions
from postal.piece.kinds import CLASS_OF_PLAN
from postal.piece.mailpiece import Mailpiece, Standards, Verdict, check_mailpiece, standards
from postal.plans.labeling import PLACES, EntryPlaces, LabelLists, label_lists, load_places, published
from postal.plans.routes import RouteStops, load_stops
from postal.plans.sort_plans import ORIGIN, SortPlan, sort_plan
from postal.prices.prices import PriceSet, price_set
from postal.sorting.filling import TrayRules, tray_rules
from postal.sorting.presort_plan import Bools, Int32s, PresortPlan


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in force for one sort plan, mailing date and office of mailing. ``entry_zip5``: the facility
    the mail is entered at; ``stops``: delivery counts, where a saturation price may be claimed; ``places``: where the
    lists depend on the kind of place; ``claims``: the incentives the shop asks for; ``in_force``: where all this was
    looked up, and where what further belongs to the mailing is.
    """

    in_force: InForce
    plan: SortPlan
    lists: LabelLists
    prices: PriceSet
    trays: TrayRules
    standards: Standards
    entry_zip5: int = 0
    stops: RouteStops | None = None
    places: EntryPlaces | None = None
    claims: Claims = NO_CLAIMS

    @property
    def on(self) -> date:
        """The mailing date."""
        return self.in_force.on

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Every edition these rules came from."""
        return (
            self.plan.edition,
            *self.lists.editions,
            self.prices.edition,
            self.trays.edition,
            self.standards.edition,
            *([self.stops.edition] if self.stops else []),
            *([self.places.edition] if self.places else []),
            *self.claims.editions,
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Sentences a stream made by these rules must show."""
        used = [edition for edition in self.editions if edition not in self.claims.editions]
        return assumptions(used, *self.plan.assumptions)

    def refusal_of(self, piece: Mailpiece, verdict: Verdict, *, pieces: int, payment: str) -> Finding | None:
        """The stop where the plan does not take the piece, with every reason and the lawful ways and prices."""
        reasons = reasons_against(piece, verdict, self.plan, self.standards)
        if not reasons:
            return None
        ways = lawful_ways(
            piece,
            CLASS_OF_PLAN[self.plan.id.partition("-")[0]],
            pieces,
            self.in_force,
            prices=self.prices,
            limits=self.standards,
            payment=payment,
        )
        return refusal(self.plan, reasons, ways)

    def earns_entry(self, entry: str, zip5: Int32s) -> Bools:
        """Which ZIPs the facility of entry serves: its SCF's for DSCF, its own for DDU, all for origin."""
        if entry == "DSCF":
            scf = self.lists.by_name[self.plan.scf_list]
            home = scf.destination(self.entry_zip5)
            served: Bools = (scf.destinations(zip5) == home) & (home >= 0)
            return served
        return zip5 == self.entry_zip5 if entry == "DDU" else np.ones(len(zip5), np.bool_)


def rule_book(
    plan_id: str,
    in_force: InForce,
    *,
    origin_zip5: int,
    packing_factor: Decimal | None = None,
    entry: str = ORIGIN,
    entry_zip5: int | None = None,
    shop: Participation | None = None,
) -> RuleBook:
    """Gather the editions in force on a mailing date. InvalidInput EDITION_MISSING names all lists missing.
    ``packing_factor``: the shop's own, else the one of the tray edition. ``entry_zip5``: else the origin.
    ``shop``: who claims incentives; None = nobody does.
    """
    plan, stops = effective_plan(plan_id, in_force, entry)
    entered_at = origin_zip5 if entry_zip5 is None else entry_zip5
    places = load_places(in_force.edition(PLACES)) if plan.asks_for_place else None
    if places and places.is_ndc(entered_at):
        plan = plan.at_ndc()
    missing = in_force.missing(*published(plan.list_names))
    if missing:
        first = missing[0]
        raise InvalidInput(first.message, code=first.code, findings=missing, remedy=first.remedy)
    trays = tray_rules(in_force)
    return RuleBook(
        in_force=in_force,
        plan=plan,
        lists=label_lists(plan.list_names, in_force, origin_zip5=origin_zip5),
        prices=price_set(in_force),
        trays=trays if packing_factor is None else replace(trays, packing_factor=packing_factor),
        standards=standards(in_force),
        entry_zip5=entered_at,
        stops=stops,
        places=places,
        claims=claims(shop, plan, in_force) if shop else NO_CLAIMS,
    )


_RESTING = (Status.DRAFT, Status.WITHDRAWN)


def editions_of(plan: PresortPlan, among: Sequence[Edition]) -> tuple[Edition, ...]:
    """The very editions a plan was made with, to compute it again: ``InForce`` among these. Service types, which only
    barcodes depend on, are today's where the plan names none. Corrupt EDITION_CHANGED when one is gone or its content
    is not the same any more.
    """
    kept = {(edition.name, edition.sha256): edition for edition in among}
    used = list(zip(plan.editions, plan.edition_hashes, strict=True))
    gone = [name for name, sha256 in used if (name, sha256) not in kept]
    if gone:
        raise Corrupt(
            f"The plan used {', '.join(gone)}, not loaded with that content.", code="EDITION_CHANGED"
        )
    found = [kept[key] for key in used]
    made_with = tuple(
        replace(edition, status=Status.ACTIVE) if edition.status in _RESTING else edition for edition in found
    )
    has_types = any(edition.kind == SERVICE_TYPES for edition in found)
    return made_with + (() if has_types else tuple(one for one in among if one.kind == SERVICE_TYPES))


# Every mailing needs these on its day, whatever its plan.
ALWAYS = (SERVICE_TYPES, "content-ids", "tray-types", "mailpiece-standards", "limits", "zip3-states")


def gaps(
    plan_id: str, in_force: InForce, *, mailpiece: Mailpiece, payment: str = "metered", entry: str = ORIGIN
) -> list[Finding]:
    """Everything a mailing of this kind would lack on that day: a stop for each list, table or form without an
    edition and for each price without a cell, whichever levels its pieces come to reach.
    """
    findings = in_force.missing(f"sort-plan/{plan_id}", "prices", *ALWAYS)
    if in_force.missing(f"sort-plan/{plan_id}"):
        return findings
    plan, _ = effective_plan(plan_id, in_force, entry)
    findings += in_force.missing(f"statement-lines/{plan.form}", *published(plan.list_names))
    findings += in_force.missing(PLACES) if plan.asks_for_place else []
    if in_force.missing("prices", "mailpiece-standards"):
        return findings
    limits = standards(in_force)
    verdict = check_mailpiece(mailpiece, limits, plan.mail_class)
    if verdict.shape not in plan.price_tables:
        return [
            *findings,
            *verdict.findings,
            refusal(plan, reasons_against(mailpiece, verdict, plan, limits), ()),
        ]
    wanted = plan.price_cells(
        verdict.shape, verdict.single_piece_shape, payment=payment, weight_oz=mailpiece.weight_oz
    )
    cells = dict.fromkeys((*(key for cell in wanted for key in cell.keys), *plan.surcharge_cells))
    return findings + price_set(in_force).missing(cells, weight_oz=mailpiece.weight_oz)


def effective_plan(plan_id: str, in_force: InForce, entry: str) -> tuple[SortPlan, RouteStops | None]:
    """The plan for an entry, less the optional levels whose list or delivery counts are not loaded."""
    plan = sort_plan(plan_id, in_force)
    for level in plan.levels:
        wanted = "route-stops" if level.stop_shares else level.list
        if level.optional and in_force.find(wanted) is None:
            plan = plan.without([level.code], f"No {level.name} level: {wanted} is not loaded.")
    has_stops = any(level.stop_shares for level in plan.levels)
    stops = load_stops(in_force.edition("route-stops")) if has_stops else None
    return plan.entered(entry), stops
