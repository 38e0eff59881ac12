"""The shop as the Postal Service knows it, and how it sorts its mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.errors import AttentionNeeded, InvalidInput, UserError
from kernel.findings import Finding, Severity, stops
from kernel.money import Money
from postal.address.evidence import EvidencePolicy, ListEvidence
from postal.admission.admission import lawful_ways
from postal.admission.incentives import Participation
from postal.data.editions import InForce
from postal.piece.kinds import SORTED_AS, sort_plans_for
from postal.piece.mailpiece import Mailpiece, check_mailpiece, standards
from postal.plans.sort_plans import SortPlan
from postal.prices.prices import price_set
from postal.sorting.presort import TOP_DOWN
from postal.sorting.presort_plan import PresortPlan
from postal.sorting.rule_book import RuleBook, rule_book
from postal.sorting.streams import Stream, plan_streams
from postal.sorting.volume import PERMIT
from production.mailings.address_evidence import Allowed, allow
from production.mailings.editions import shop_editions
from store.columns import Base, Word, choice_check
from store.files import FileStore

# What of the profile decides about incentives.
PARTICIPATION = ("service_type_id", "crid", "full_service", "seamless_crid", "payment_account")

_OF_A_ZIP = 1_000_000  # add-on and delivery point: six digits behind the ZIP Code


class ShopProfile(Base):
    """One row. ``allow_test_only``: editions marked test-only may be used, and missing evidence of address quality
    is an assumption; every paper then says so. ``evidence_policy``: what missing or old evidence does otherwise.
    ``full_service``: mail that can be is prepared as Full-Service where its incentive may be claimed; for Seamless
    Acceptance the CRID with that status and the enterprise payment account it is paid to.
    """

    __tablename__ = "shop_profile"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    origin_zip5: Mapped[str] = mapped_column(String(5))
    post_office: Mapped[str] = mapped_column(String(120))
    permit_number: Mapped[str] = mapped_column(String(20))
    crid: Mapped[str] = mapped_column(String(15))
    service_type_id: Mapped[str] = mapped_column(String(3))
    allow_test_only: Mapped[bool]
    pieces_per_segment: Mapped[int]
    bars: Mapped[str] = mapped_column(String(12))  # glyphs or rectangles, as the presses like them
    evidence_policy: Mapped[EvidencePolicy] = mapped_column(Word(EvidencePolicy), default=EvidencePolicy.STOP)
    full_service: Mapped[bool] = mapped_column(default=False)
    seamless_crid: Mapped[str] = mapped_column(String(15), default="")
    payment_account: Mapped[str] = mapped_column(String(20), default="")

    __table_args__ = (choice_check("evidence_policy", EvidencePolicy),)


def shop_profile(session: Session) -> ShopProfile:
    """The shop; AttentionNeeded while nobody has entered it."""
    profile = session.scalars(select(ShopProfile)).first()
    if profile is None:
        raise AttentionNeeded("The shop's postal profile is not entered yet.", code="SHOP_PROFILE")
    return profile


def participation(profile: ShopProfile) -> Participation | None:
    """What the shop is when it claims incentives; None when it claims none."""
    return submitter(profile) if profile.full_service else None


def submitter(profile: ShopProfile) -> Participation:
    """What the shop is to the Postal Service, whether it claims incentives or not."""
    return Participation(
        profile.service_type_id, profile.crid, profile.seamless_crid or "", profile.payment_account or ""
    )


def shop_in_force(files: FileStore, profile: ShopProfile, on: date) -> InForce:
    """What is in force for the shop's mail of a day, among its own editions and those shipped."""
    return InForce(on, shop_editions(files), profile.allow_test_only)


def shop_rules(profile: ShopProfile, sort_plan: str, in_force: InForce) -> RuleBook:
    """The rules of a mailing of the shop, made once and handed to whoever works on it. InvalidInput EDITION_MISSING."""
    return rule_book(sort_plan, in_force, origin_zip5=int(profile.origin_zip5), shop=participation(profile))


def usual_sort_plan(mail_class: str, mailpiece: Mailpiece, in_force: InForce, *, pieces: int = 1) -> str:
    """How a mailing of this class is sorted unless the mailroom chooses otherwise. InvalidInput with the reasons when
    the piece is no mail of that class, and what is lawful for so many ``pieces`` with its price.
    """
    limits = standards(in_force)
    verdict = check_mailpiece(mailpiece, limits, SORTED_AS[mail_class])
    plans = sort_plans_for(mail_class, verdict)
    if plans:
        return plans[0]
    first = verdict.findings[0]
    prices = price_set(in_force)
    ways = lawful_ways(mailpiece, mail_class, pieces, in_force, prices=prices, limits=limits, payment=PERMIT)
    remedy = f"{first.remedy} Lawful: {'; '.join(way.words for way in ways)}."
    findings = [replace(first, remedy=remedy), *verdict.findings[1:]]
    raise InvalidInput(first.message, code=first.code, findings=findings, remedy=remedy)


def plan_mailing(
    profile: ShopProfile,
    streams: Sequence[Stream],
    rules: RuleBook,
    *,
    policy: str = TOP_DOWN,
    payment: str = PERMIT,
    lists: Sequence[Sequence[ListEvidence]] | None = None,
) -> tuple[PresortPlan, ...]:
    """The presort that a quote asks and a stream does: one function, so that they agree. A plan for each print
    stream, by the ``rules`` of the shop. ``lists``: what is known of the addresses, by stream and by
    the index in ``pieces.job``; None for a forecast that no mail follows from. InvalidInput ADDRESS_EVIDENCE when
    evidence stops the mailing.
    """

    def plan(chosen: Sequence[Stream]) -> tuple[PresortPlan, ...]:
        return plan_streams(chosen, rules, mailer_line=profile.post_office, payment=payment, policy=policy)

    if lists is None:
        return plan(streams)
    allowed = _allowed(profile, rules.plan, [one for part in lists for one in part], rules.on)
    _refuse(allowed.findings)
    said = list(allowed.findings)
    if allowed.loses:
        plans = plan(rated_streams(profile, streams, rules, lists))
        said.append(_price_of_evidence(plans, plan(streams), allowed))
    else:
        plans = plan(streams)
    return tuple(
        replace(one, assumptions=(*allowed.assumptions, *one.assumptions), findings=(*said, *one.findings))
        for one in plans
    )


def coding_saves(
    profile: ShopProfile,
    stream: Stream,
    plan: PresortPlan,
    rules: RuleBook,
    *,
    lists: Sequence[ListEvidence],
) -> tuple[Finding, ...]:
    """CODING_SAVES: what less postage this mailing would pay if every row had a delivery point; nothing when none.

    The price of a piece depends on its ZIP Code and on having a point, not on which, so the point may be made up.
    """
    pieces = stream.pieces
    bare = pieces.zip11 < 0
    if not bare.any():
        return ()
    coded = replace(pieces, zip11=np.where(bare, pieces.zip5.astype(np.int64) * _OF_A_ZIP, pieces.zip11))
    try:
        (better,) = plan_mailing(profile, [replace(stream, pieces=coded)], rules, lists=[lists])
    except UserError:  # a mailing that cannot go so has no price to compare
        return ()
    less = plan.postage - better.postage
    if less.cents <= 0:
        return ()
    message = (
        f"{int(bare.sum()):,} of {plan.pieces:,} addresses have no delivery point: postage is ${plan.postage}. "
        f"With the list coded (CASS) it would be ${better.postage}, ${less} less."
    )
    remedy = "Have the list coded, or say in the columns where its delivery points are."
    return (Finding("CODING_SAVES", Severity.NOTE, message, remedy),)


def rated_streams(
    profile: ShopProfile,
    streams: Sequence[Stream],
    rules: RuleBook,
    lists: Sequence[Sequence[ListEvidence]],
) -> tuple[Stream, ...]:
    """The pieces as they are priced: lists that may not automate have no delivery points, so they are residual."""
    rated = []
    for stream, part in zip(streams, lists, strict=True):
        allowed, pieces = _allowed(profile, rules.plan, part, rules.on), stream.pieces
        may_automate = np.array(allowed.automates, bool)[pieces.job]
        bare = replace(pieces, zip11=np.where(may_automate, pieces.zip11, -1))
        rated.append(replace(stream, pieces=bare) if allowed.loses else stream)
    return tuple(rated)


def evidence_findings(
    profile: ShopProfile,
    plan: SortPlan,
    lists: Sequence[ListEvidence],
    mail_date: date,
) -> tuple[Finding, ...]:
    """What stands against mailing these lists so on that day: stops, or warnings where the shop re-rates."""
    return _allowed(profile, plan, lists, mail_date).findings


def require_evidence(
    profile: ShopProfile, plan: SortPlan, lists: Sequence[ListEvidence], mail_date: date
) -> None:
    """InvalidInput ADDRESS_EVIDENCE when the evidence of a list stops the mailing."""
    _refuse(evidence_findings(profile, plan, lists, mail_date))


def _allowed(profile: ShopProfile, plan: SortPlan, lists: Sequence[ListEvidence], mail_date: date) -> Allowed:
    return allow(
        plan,
        lists,
        mail_date=mail_date,
        policy=EvidencePolicy(profile.evidence_policy),  # a plain word in a stream's kept inputs
        assume_missing=profile.allow_test_only,
    )


def _refuse(findings: Sequence[Finding]) -> None:
    found = stops(findings)
    if found:
        raise InvalidInput(found[0].message, code="ADDRESS_EVIDENCE", findings=found, remedy=found[0].remedy)


def _price_of_evidence(
    done: Sequence[PresortPlan], current: Sequence[PresortPlan], allowed: Allowed
) -> Finding:
    """What it costs that evidence is missing or old, in dollars."""
    paid, less = (Money(sum(plan.postage.cents for plan in plans)) for plans in (done, current))
    lists = allowed.automates.count(False)
    return Finding(
        "ADDRESS_EVIDENCE_COST",
        Severity.WARN,
        f"{lists:,} of {len(allowed.automates):,} lists have no current evidence: postage is ${paid}; it would be "
        f"${less} with it, ${paid - less} less.",
        "Have the lists matched and updated before mailing.",
    )
