"""What the API answers: typed, so that its description and its answers cannot part."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from kernel.findings import Finding, FindingGroup
from production.frontdesk.orders.job_page import JobPage
from production.jobs.states import JobState


class Answer(BaseModel):
    """A document of the API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Submitted(Answer):
    """The job that was made, or the one that was made by the same key before."""

    number: str
    state: JobState
    version: int
    url: str


class JobAnswer(Answer):
    """A job as it stands: state, counts, quote. Amounts are dollars and cents as text."""

    number: str
    title: str
    state: JobState
    version: int
    revision: int
    verbs: list[str] = Field(description="What is possible in its present state.")
    mail_date: date | None
    rows_in: int | None
    pieces: int | None
    repeats_joined: int
    households_joined: int
    military_pieces: int
    total: str | None = Field(description="Of the quote, once there is one.")
    postage: str | None
    single_piece_postage: str | None
    assumptions: list[str]
    findings: dict[str, int] = Field(description="How many by code.")

    @classmethod
    def of(cls, page: JobPage) -> JobAnswer:
        """From the job's page."""
        facts, offer, letters = page.facts, page.offer, page.facts.letters
        is_mail = facts.made is None
        return cls(
            number=facts.number,
            title=facts.title,
            state=facts.state,
            version=facts.version,
            revision=facts.revision,
            verbs=list(facts.verbs),
            mail_date=facts.due if is_mail else None,
            rows_in=letters.rows_in if letters else None,
            pieces=facts.quantity if is_mail else None,
            repeats_joined=letters.repeats_joined if letters else 0,
            households_joined=letters.households_joined if letters else 0,
            military_pieces=letters.military_pieces if letters else 0,
            total=offer.total.plain if offer else None,
            postage=offer.postage.plain if offer else None,
            single_piece_postage=offer.single_piece.plain if offer and offer.single_piece else None,
            assumptions=list(offer.assumptions) if offer else [],
            findings={group.code: group.count for group in page.findings},
        )


class FindingsAnswer(Answer):
    """Findings of the present revision, grouped by code."""

    number: str
    revision: int
    findings: list[FindingGroup]


class Problem(Answer):
    """What was refused and why (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str = Field(description="Listed in docs/reference/errors.md; it keeps its meaning.")
    detail: str | None = None
    reference: str | None = Field(None, description="For the shop, when the fault is ours.")
    findings: list[Finding] | None = Field(None, description="Everything that is wrong, each with its field.")
    outcome: str | None = None
    message: str | None = None
