"""What a planned stream keeps beside its plan: figures, what it was planned by, addresses, withdrawals."""

from __future__ import annotations

from dataclasses import dataclass, field

from postal.address.evidence import EvidencePolicy
from postal.money.plan_figures import PlanFigures
from production.mailings.address_evidence import EvidenceFacts


@dataclass(frozen=True, slots=True)
class Inputs:
    """What of the shop's profile a plan depends on, so that it can be sorted again."""

    origin_zip5: str
    post_office: str
    allow_test_only: bool
    evidence_policy: EvidencePolicy
    service_type_id: str
    crid: str
    full_service: bool
    seamless_crid: str
    payment_account: str


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """``figures`` are empty and ``inputs`` None before the stream is planned; ``share_rule``: by which rule its postage
    is shared; ``withdrawn``: a sentence for each withdrawal before printing."""

    figures: PlanFigures = field(default_factory=PlanFigures)
    share_rule: str = ""
    inputs: Inputs | None = None
    addresses: tuple[EvidenceFacts, ...] = ()
    withdrawn: tuple[str, ...] = ()
