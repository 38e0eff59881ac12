"""Evidence that a list's addresses are good: matched (CASS) and updated (Move Update), by what, when, how old.

Evidence is a claim with a date. ``judge`` compares its age with the limits of a sort plan (data) and says what the
list loses; ``told`` is what screen, statement and Mail.dat say of all lists of a mailing together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kernel.findings import Finding, Severity
from postal.plans.sort_plans import SortPlan

NOT_CERTIFIED = "not certified"
# Ways of Move Update as Mail.dat codes them (SEG-1147); several ways in one mailing are one code of their own.
WAYS_OF_MOVE_UPDATE = {"ACS": "1", "NCOALink": "2", "alternative": "4", "endorsement": "5"}
SEVERAL_WAYS = "6"


class EvidenceKind(StrEnum):
    """What was done to the addresses."""

    MATCHING = "cass"
    MOVE_UPDATE = "move_update"


class EvidencePolicy(StrEnum):
    """What a shop does with a list whose evidence is missing or too old on the mailing date."""

    STOP = "stop"
    RERATE = "rerate"  # mail it at the prices it still qualifies for


@dataclass(frozen=True, slots=True)
class Evidence:
    """One act on one list. ``method``: how ('CASS', 'NCOALink', 'USPS Addresses API'); ``software``: name, version
    and cycle; ``sha256``: the kept file with results, report or certificate; ``counts``: matched, unmatched, changed.
    """

    kind: EvidenceKind
    method: str
    is_certified: bool
    software: str
    processed_on: date
    sha256: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """One line for people: who did it and when, or that nobody certifies it."""
        said = f"{self.method}, {self.software}, {self.processed_on.isoformat()}"
        return said if self.is_certified else f"{NOT_CERTIFIED} ({said})"


@dataclass(frozen=True, slots=True)
class ListEvidence:
    """What is known of one list. ``name``: how people call it (its job's number)."""

    name: str
    evidence: tuple[Evidence, ...] = ()

    def certified(self, kind: EvidenceKind) -> Evidence | None:
        """The newest certified evidence of a kind."""
        found = [one for one in self.evidence if one.kind is kind and one.is_certified]
        return max(found, key=lambda one: one.processed_on, default=None)

    def words(self, kind: EvidenceKind) -> str:
        """The best there is of a kind, in words."""
        found = self.certified(kind) or next((one for one in self.evidence if one.kind is kind), None)
        return found.words if found else NOT_CERTIFIED


@dataclass(frozen=True, slots=True)
class Judgment:
    """What the evidence of one list allows. ``stops`` end the mailing under the policy 'stop'."""

    stops: tuple[Finding, ...] = ()
    assumed: tuple[str, ...] = ()  # sentences for a shop that may use test data
    may_automate: bool = True  # delivery points may be used for a price
    may_presort: bool = True  # any presorted price may be claimed


@dataclass(frozen=True, slots=True)
class Told:
    """All lists of a mailing together: the oldest date counts, and one list without evidence leaves none."""

    method: str
    on: date | None
    code: str = ""  # of Move Update, for Mail.dat


def judge(plan: SortPlan, listed: ListEvidence, *, mail_date: date, assume_missing: bool) -> Judgment:
    """The evidence of a list on a mailing date. ``assume_missing``: missing evidence is an assumption that is
    told everywhere (a shop with test data), no stop; evidence past its age is a stop everywhere.
    """
    stops: list[Finding] = []
    assumed: list[str] = []
    held = {}
    for kind, limit in _limits(plan).items():
        found = listed.certified(kind)
        held[kind] = found is not None and age_days(found, mail_date) <= limit.days
        if found is not None and not held[kind]:
            stops.append(_too_old(limit, found, mail_date, listed.name))
        elif found is None and assume_missing:
            held[kind] = True
            assumed.append(
                f"Job {listed.name}: {limit.what} is {NOT_CERTIFIED}; it is taken for granted, so this is not "
                "for live mail."
            )
        elif found is None:
            stops.append(_missing(limit, listed.name))
    return Judgment(
        stops=tuple(stops),
        assumed=tuple(assumed),
        may_automate=held.get(EvidenceKind.MATCHING, True) and held[EvidenceKind.MOVE_UPDATE],
        may_presort=held[EvidenceKind.MOVE_UPDATE],
    )


def age_days(evidence: Evidence, mail_date: date) -> int:
    """Days from the act to the mailing."""
    return (mail_date - evidence.processed_on).days


def told(lists: Sequence[ListEvidence], kind: EvidenceKind) -> Told:
    """What is said of all lists together."""
    found = [listed.certified(kind) for listed in lists]
    certified = [one for one in found if one is not None]
    if not certified or len(certified) < len(found):
        return Told(NOT_CERTIFIED, None)
    said = sorted({f"{one.method} ({one.software})" for one in certified})
    codes = {WAYS_OF_MOVE_UPDATE.get(one.method, "") for one in certified}
    code = codes.pop() if len(codes) == 1 else SEVERAL_WAYS
    return Told(", ".join(said), min(one.processed_on for one in certified), code)


@dataclass(frozen=True, slots=True)
class _Limit:
    """How old evidence may be, and the codes of what is said otherwise."""

    what: str
    days: int
    too_old: str
    missing: str


def _limits(plan: SortPlan) -> dict[EvidenceKind, _Limit]:
    """By kind; route codes come with the matching and age sooner. Mail sorted without delivery points (machinable,
    nonmachinable) needs no matching.
    """
    matching = _Limit(
        "address matching (CASS)",
        plan.address_matching_days,
        "ADDRESS_MATCHING_AGE",
        "ADDRESS_MATCHING_MISSING",
    )
    if plan.has_routes and plan.carrier_route_days:
        days = plan.carrier_route_days
        matching = _Limit("carrier-route coding", days, "CARRIER_ROUTE_AGE", "CARRIER_ROUTE_MISSING")
    moved = _Limit("Move Update", plan.move_update_days, "MOVE_UPDATE_AGE", "MOVE_UPDATE_MISSING")
    needed = {EvidenceKind.MATCHING: matching} if plan.needs else {}
    return {**needed, EvidenceKind.MOVE_UPDATE: moved}


def _too_old(limit: _Limit, found: Evidence, mail_date: date, name: str) -> Finding:
    return Finding(
        code=limit.too_old,
        severity=Severity.STOP,
        message=(
            f"Job {name}: the {limit.what} of {found.processed_on.isoformat()} is "
            f"{age_days(found, mail_date)} days old on the mailing date; {limit.days} days are allowed."
        ),
        remedy=f"Process the list again at most {limit.days} days before mailing.",
    )


def _missing(limit: _Limit, name: str) -> Finding:
    return Finding(
        code=limit.missing,
        severity=Severity.STOP,
        message=f"Job {name}: there is no certified evidence of {limit.what}.",
        remedy=f"Have the list processed at most {limit.days} days before mailing.",
    )
