"""One sort of some jobs in figures, without writing anything: levels, trays, postage, or what stops it by name.

What was found is kept in this process under the hashes of the lists and everything else that decides it, so that
one more job in a choice costs one more sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from kernel.money import Money
from postal.address.evidence import ListEvidence
from postal.data.editions import InForce
from postal.data.limits import limits
from postal.papers.statement import tray_counts
from postal.sorting.filling import tray_rules
from postal.sorting.presort_plan import PresortPlan
from postal.sorting.streams import Stream
from postal.sorting.volume import PERMIT, volume_stops
from production.catalog.piece_weight import envelopes
from production.mailings.accepted import piece_columns, read_accepted
from production.mailings.shop import ShopProfile, participation, plan_mailing, shop_rules
from production.mailroom.pieces.story import LevelLine, level_lines
from production.mailroom.streams.planning import segments
from production.mailroom.streams.tray_map import Band, tray_map
from store.files import FileStore

KEPT = 256  # figures kept in a process: some ten kilobytes each
COLUMNS_KEPT = 4  # print streams whose pieces are kept for the next way of sorting them: 24 bytes a piece
CELLS = 40  # trays of a level that a preview shows


@dataclass(frozen=True, slots=True)
class Part:
    """A job as a sort sees it: its accepted list by hash, and what one of its pieces is."""

    number: str
    title: str
    agency: str
    pieces: int
    accepted_sha256: str
    envelope: str
    weight_oz: Decimal
    thickness_in: Decimal
    pages: int
    evidence: ListEvidence = field(hash=False)  # what is known of its addresses


@dataclass(frozen=True, slots=True)
class Figures:
    """What one sort of the pieces comes to. ``bands``: a map of the trays of each stream. A comparison is None where
    its price is not loaded.
    """

    title: str
    pieces: int
    levels: tuple[LevelLine, ...]
    bands: tuple[tuple[Band, ...], ...]
    trays: tuple[tuple[str, int], ...]
    postage: Money
    top_down: Money | None
    single_piece: Money | None
    incentive: Money
    segments: int
    editions: tuple[str, ...]
    assumptions: tuple[str, ...]
    markings: tuple[str, ...]

    @property
    def tray_count(self) -> int:
        """Trays of all types."""
        return sum(count for _, count in self.trays)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures, or what stops the sort by name; warnings either way. ``stops``: why the mailing may not leave so, though
    it can be sorted.
    """

    figures: Figures | None
    findings: tuple[Finding, ...]
    stops: tuple[Finding, ...] = ()

    @property
    def why_not(self) -> str:
        """The first reason against mailing it so; empty where there is none."""
        found = self.stops if self.figures else self.findings
        return found[0].message if found and (self.stops or not self.figures) else ""


def added(amounts: Sequence[Money | None]) -> Money | None:
    """The sum; None where one is not known."""
    known = [amount.cents for amount in amounts if amount is not None]
    return Money(sum(known)) if len(known) == len(amounts) else None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that decides a sort. ``shop``: what of the profile decides; ``files`` only gives the lists."""

    streams: tuple[tuple[Part, ...], ...]
    sort_plan: str
    policy: str
    payment: str
    in_force: InForce
    shop: tuple[object, ...]
    profile: ShopProfile = field(compare=False)
    files: FileStore = field(compare=False)

    @classmethod
    def of(
        cls,
        files: FileStore,
        profile: ShopProfile,
        streams: tuple[tuple[Part, ...], ...],
        *,
        sort_plan: str,
        policy: str,
        payment: str = PERMIT,
        in_force: InForce,
    ) -> Case:
        """The case of some jobs, by print stream."""
        decides = (
            profile.origin_zip5,
            profile.post_office,
            profile.pieces_per_segment,
            profile.evidence_policy,
            participation(profile),
        )
        return cls(streams, sort_plan, policy, payment, in_force, decides, profile, files)


@lru_cache(maxsize=KEPT)
def outcome_of(case: Case) -> Outcome:
    """The figures of a case, sorted once."""
    try:
        plans = plan_mailing(
            case.profile,
            [_stream(case.files, stream) for stream in case.streams],
            shop_rules(case.profile, case.sort_plan, case.in_force),
            policy=case.policy,
            payment=case.payment,
            lists=[[part.evidence for part in stream] for stream in case.streams],
        )
    except InvalidInput as stop:
        said = Finding(stop.instance_code, Severity.STOP, stop.sentence, remedy=stop.remedy)
        return Outcome(None, tuple(stop.findings) or (said,))
    findings = dict.fromkeys(finding for plan in plans for finding in plan.findings)
    known = limits(case.in_force)
    return Outcome(_figures(case, plans), tuple(findings), volume_stops(plans, known))


@lru_cache(maxsize=COLUMNS_KEPT)
def _stream(files: FileStore, parts: tuple[Part, ...]) -> Stream:
    head = parts[0]
    lists = [read_accepted(files.path(part.accepted_sha256)) for part in parts]
    envelope = envelopes()[head.envelope]
    return Stream(
        piece_columns(lists), envelope.mailpiece(thickness_in=head.thickness_in, weight_oz=head.weight_oz)
    )


def _figures(case: Case, plans: Sequence[PresortPlan]) -> Figures:
    rules = tray_rules(case.in_force)
    trays: dict[str, int] = {}
    for plan in plans:
        for name, count in tray_counts(plan):
            trays[name] = trays.get(name, 0) + count
    first = plans[0]
    return Figures(
        title=first.title,
        pieces=sum(plan.pieces for plan in plans),
        levels=level_lines(plans),
        bands=tuple(tray_map(plan, rules, cells=CELLS) for plan in plans),
        trays=tuple(trays.items()),
        postage=Money(sum(plan.postage.cents for plan in plans)),
        top_down=added([plan.top_down_postage for plan in plans]),
        single_piece=added([plan.single_piece_postage for plan in plans]),
        incentive=Money(sum(plan.incentive.cents for plan in plans)),
        segments=sum(len(segments(plan, case.profile.pieces_per_segment)) for plan in plans),
        editions=first.editions,
        assumptions=tuple(dict.fromkeys(said for plan in plans for said in plan.assumptions)),
        markings=tuple(dict.fromkeys(one.words for plan in plans for one in plan.markings)),
    )
