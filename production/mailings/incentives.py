"""The incentives the shop claims: kept with its profile, and on a day, by kind of mail, what stands against them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput
from kernel.findings import Place, of_field
from kernel.money import Money, extend, to_cents
from postal.admission.incentives import Claim, Claims, claims
from postal.barcodes.stids import check_stid
from postal.data.editions import InForce
from postal.plans.sort_plans import ORIGIN
from postal.sorting.rule_book import effective_plan
from production.mailings.setup import SHOPS
from production.mailings.shop import ShopProfile, shop_profile, submitter
from production.people.setup import SetupVersion, put
from store.db import UnitOfWork

_DIGITS = {"crid": 12, "seamless_crid": 12, "payment_account": 20}
_NEEDED = "Full-Service needs the CRID that submits the documents."


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of mail with its claims; ``a_million``: what a million pieces of it earn."""

    title: str
    claims: Claims
    a_million: Money

    @property
    def each(self) -> tuple[Claim, ...]:
        """Full-Service, then Seamless Acceptance."""
        return self.claims.each


def keep_claims(
    uow: UnitOfWork,
    in_force: InForce,
    *,
    full_service: bool,
    crid: str,
    seamless_crid: str,
    payment_account: str,
    service_type_id: str = "",
    knowing: Collection[str] | None = (),
) -> SetupVersion | None:
    """What the shop claims from now on, and the service type (STID) its First-Class barcodes ask for ("": as it is):
    a change of the shop like every other, so that numbers wait for a second person; streams planned before keep theirs.
    InvalidInput INCENTIVE_CLAIM, STID_UNKNOWN, STID_FIT or SETUP by field.
    """
    given = {"crid": crid, "seamless_crid": seamless_crid, "payment_account": payment_account}
    wrong = [
        of_field("INCENTIVE_CLAIM", name, f"This is a number of at most {most} digits.")
        for name, most in _DIGITS.items()
        if (name != "crid" or full_service) and not _is_number(given[name], most)
    ]
    if full_service and not crid:
        wrong.append(of_field("INCENTIVE_CLAIM", "crid", _NEEDED))
    if service_type_id:
        # Whether it is Full-Service follows the claim: a mailing takes the identifier of its own level.
        found = check_stid(service_type_id, "FCM", in_force)
        wrong += [replace(finding, remedy="", place=Place(column="service_type_id")) for finding in found]
    if wrong:
        raise InvalidInput("The claims are not kept.", code="INCENTIVE_CLAIM", findings=wrong)
    given["service_type_id"] = service_type_id or shop_profile(uow.session).service_type_id
    value = SHOPS.read(SHOPS.filled(uow.session, {"full_service": full_service, **given}))
    return put(uow, SHOPS, value, why="Incentives.", knowing=knowing)


def kinds_on(profile: ShopProfile, in_force: InForce) -> tuple[KindLine, ...]:
    """Every kind of automation mail in force on a day, with what the shop may claim on it or why not."""
    names = sorted(
        {one.kind.partition("/")[2] for one in in_force.among if one.kind.startswith("sort-plan/")}
    )
    found = []
    for name in names:
        try:
            plan, _ = effective_plan(name, in_force, ORIGIN)
        except InvalidInput:
            continue  # not in force on that day
        if plan.category == "automation":
            own = claims(submitter(profile), plan, in_force)
            found.append(KindLine(plan.title, own, to_cents(extend(own.rate, 1_000_000))))
    return tuple(found)


def _is_number(text: str, most: int) -> bool:
    return not text or (text.isascii() and text.isdigit() and len(text) <= most)
