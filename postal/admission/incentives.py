"""Incentives: discounts a piece for how mail is prepared and documented, as dated amounts, and who may claim them.

Full-Service comes off the postage statement; Seamless Acceptance is put on the enterprise payment account of whoever
submits the documents (Postal Bulletin 22561). On a day without loaded amounts nothing is claimed, and that is said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Extended, Rate, extend
from postal.barcodes.stids import KIND as SERVICE_TYPES
from postal.barcodes.stids import fitting_stid
from postal.data.editions import Edition, InForce, assumptions, kept_by_content
from postal.data.shaped import shaped
from postal.plans.sort_plans import SortPlan

KIND = "incentives"
FULL_SERVICE, SEAMLESS = "full-service", "seamless"
STATEMENT, SUBMITTER = "statement", "submitter"
NOT_CLAIMED = "INCENTIVE_NOT_CLAIMED"
CONFIRMED, UNCONFIRMED = "confirmed", "unconfirmed"
_TITLES = {FULL_SERVICE: "Full-Service", SEAMLESS: "Seamless Acceptance"}


@dataclass(frozen=True, slots=True)
class Incentive:
    """One amount: dollars a piece, for pieces of these classes and categories of sort plan, paid in these ways."""

    name: str
    title: str
    mail_classes: tuple[str, ...]
    categories: tuple[str, ...]
    payments: tuple[str, ...]
    rate: Rate
    paid_to: str
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Incentives:
    """The amounts of one edition, by name."""

    edition: Edition
    by_name: Mapping[str, Incentive]


@dataclass(frozen=True, slots=True)
class Participation:
    """What a shop that prepares Full-Service mail is to the Postal Service. ``crid``: of the submitter of its
    documents; ``seamless_crid``: the one with the status Seamless Acceptance.
    """

    service_type_id: str
    crid: str = ""
    seamless_crid: str = ""
    payment_account: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An incentive with everything that stands against claiming it; ``incentive`` None: no amount is loaded."""

    name: str
    incentive: Incentive | None
    why_not: tuple[str, ...]

    @property
    def rate(self) -> Rate | None:
        """Dollars a piece; None where it is not claimed."""
        return self.incentive.rate if self.incentive and not self.why_not else None

    def paid_by(self, payment: str) -> Claim:
        """The claim for postage paid in one way."""
        if self.incentive is None or payment in self.incentive.payments:
            return self
        return replace(self, why_not=(*self.why_not, f"It is not given on {payment} postage."))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A note with the reasons where it is not claimed."""
        if not self.why_not:
            return ()
        sentence = f"{_TITLES[self.name]} is not claimed: {' '.join(self.why_not)}"
        return (Finding(NOT_CLAIMED, Severity.NOTE, sentence, 'See "Incentives" in the mailroom.'),)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a shop on one kind of mail, and the editions they were judged by: amounts, service types."""

    each: tuple[Claim, ...] = ()
    amounts: Edition | None = None
    service_types: Edition | None = None

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Those that are loaded."""
        return tuple(edition for edition in (self.amounts, self.service_types) if edition)

    def paid_by(self, payment: str) -> Claims:
        """The claims for postage paid in one way."""
        return replace(self, each=tuple(claim.paid_by(payment) for claim in self.each))

    @property
    def rate(self) -> Rate:
        """Everything claimed, in dollars a piece."""
        return Rate(sum((claim.rate.value for claim in self.each if claim.rate), Decimal(0)))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why something is not claimed."""
        return tuple(finding for claim in self.each for finding in claim.findings)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What must be said where something is claimed."""
        used = [claim.incentive for claim in self.each if claim.incentive and claim.rate]
        if not used:
            return ()
        unsure = [one for one in used if one.status == UNCONFIRMED]
        return assumptions(
            self.editions[:1],
            *(f"The {one.title} incentive of ${one.rate} is unconfirmed." for one in unsure),
        )

    def earned(self, pieces: int) -> tuple[Earned, ...]:
        """What is claimed on so many presorted pieces; of none, too, so that a plan knows what one would earn."""
        held = [claim.incentive for claim in self.each if claim.incentive and claim.rate]
        return tuple(Earned(one.name, one.title, one.rate, one.paid_to, pieces) for one in held)


@dataclass(frozen=True, slots=True)
class Earned:
    """What an incentive comes to in a mailing: its pieces, and the amount before the cent."""

    name: str
    title: str
    rate: Rate
    paid_to: str
    pieces: int

    @property
    def amount(self) -> Extended:
        """Pieces at the rate."""
        return extend(self.rate, self.pieces)


NO_CLAIMS = Claims()


def full_service_on(in_force: InForce) -> Claims:
    """Full-Service as whoever declares it in electronic documents gets it, where its amount is loaded."""
    amounts = in_force.find(KIND)
    loaded = load_incentives(amounts).by_name.get(FULL_SERVICE) if amounts else None
    missing = () if loaded else (_no_amount(in_force.on),)
    return Claims((Claim(FULL_SERVICE, loaded, missing),), amounts)


def claims(shop: Participation, plan: SortPlan, in_force: InForce) -> Claims:
    """What the shop may claim on its mail of a sort plan, and why not. Serials that do not repeat are given to every
    stream, and a barcode to every tray whose content identifier is known.
    """
    amounts = in_force.find(KIND)
    loaded = load_incentives(amounts).by_name if amounts else {}
    full, seamless = loaded.get(FULL_SERVICE), loaded.get(SEAMLESS)
    no_full = [*_unearned(full, plan, in_force.on), *_unprepared(shop, plan, in_force)]
    no_seamless = [*_unearned(seamless, plan, in_force.on), *_not_seamless(shop)]
    if no_full:
        no_seamless.append("Full-Service is not claimed.")
    each = Claim(FULL_SERVICE, full, tuple(no_full)), Claim(SEAMLESS, seamless, tuple(no_seamless))
    return Claims(each, amounts, in_force.find(SERVICE_TYPES))


@kept_by_content
def load_incentives(edition: Edition) -> Incentives:
    """Read one edition. ValueError for an incentive the house does not know, an unknown word, or a negative rate."""
    data = tomllib.loads(edition.path.read_text(encoding="utf-8"))
    rows = [_incentive(row) for row in data["incentive"]]
    return Incentives(edition, {row.name: row for row in rows})


def _incentive(row: object) -> Incentive:
    found = shaped(Incentive, row)
    if (
        found.name not in _TITLES
        or found.paid_to not in (STATEMENT, SUBMITTER)
        or found.status not in (CONFIRMED, UNCONFIRMED)
    ):
        raise ValueError(f"{found.name!r}, {found.paid_to!r} or {found.status!r} is not known")
    if found.rate.value < 0:
        raise ValueError(f"the rate of {found.name} is negative")
    return found


def _no_amount(on: date) -> str:
    return f"No amount is loaded for {on.isoformat()}."


def _unearned(incentive: Incentive | None, plan: SortPlan, on: date) -> list[str]:
    if incentive is None:
        return [_no_amount(on)]
    if plan.mail_class not in incentive.mail_classes or plan.category not in incentive.categories:
        return [f"{plan.title} are not among the mail it is given for."]
    return []


def _unprepared(shop: Participation, plan: SortPlan, in_force: InForce) -> list[str]:
    """What Full-Service asks of barcodes, trays and documents and is not there."""
    wrong = []
    try:
        fitting_stid(shop.service_type_id, plan.mail_class, in_force, is_full_service=True)
    except InvalidInput as missing:
        wrong.append(missing.sentence)
    if not shop.crid.isdecimal():
        wrong.append("The shop's CRID, which electronic documents name, is not entered.")
    trays = plan.containers or plan.levels
    if bare := [tray.name for tray in trays if not tray.cin]:
        wrong.append(f"Trays of {', '.join(bare)} have no content identifier, so no barcode.")
    return wrong


def _not_seamless(shop: Participation) -> list[str]:
    wrong = []
    if not shop.seamless_crid:
        wrong.append("No CRID with the status Seamless Acceptance is entered.")
    elif shop.seamless_crid != shop.crid:
        wrong.append(
            f"CRID {shop.crid} submits the documents, and Seamless Acceptance is of {shop.seamless_crid}."
        )
    if not shop.payment_account:
        wrong.append("No enterprise payment account is entered.")
    return wrong
