"""What people say where a rule of publications asks for it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from pydantic import Field

from kernel.findings import Finding, of_field
from production.asked import Asked, Day, Line, Paragraph
from production.catalog.publications import ANSWERED, Asks, Demand

CODE = "PUBLICATION_ANSWER"
_WANTED = {
    Asks.JUSTIFICATION: ("The justification is missing.", "Say why it must be printed, and for whom."),
    Asks.AUTHORITY: ("The law or rule is missing.", "Name it, as in R.S. 43:31."),
}


class RuleAnswer(Asked):
    """What is said to one rule: words, or who signed with which title on which day."""

    CODE = CODE
    REFUSED = "Something that a rule asks is missing."
    words: Paragraph = Field(default="", title="Your answer", max_length=2000)
    signer: Line = Field(default="", title="Who signed", max_length=200)
    signer_title: Line = Field(default="", title="Title of who signed", max_length=200)
    signed_on: Day | None = Field(default=None, title="Signed on")

    @property
    def is_signed(self) -> bool:
        """Is there a signature?"""
        return bool(self.signer)


def answers(kind: Asks, one: RuleAnswer) -> bool:
    """Does it say what a rule of the kind asks?"""
    return one.is_signed if kind is Asks.SIGN_OFF else bool(one.words)


def problems(demands: Iterable[Demand], said: Mapping[str, RuleAnswer], *, today: date) -> Iterator[Finding]:
    """What is missing of what rules ask before an order is sent, and sign-offs that are none. A sign-off may follow
    until it is approved.
    """
    for one in demands:
        code, answer = one.rule.code, said.get(one.rule.code, RuleAnswer())
        if one.kind in _WANTED and not answer.words:
            sentence, remedy = _WANTED[one.kind]
            yield of_field(CODE, f"words-{code}", sentence, remedy)
        if one.kind is Asks.SIGN_OFF:
            yield from sign_off_problems(answer, today=today, row=f"-{code}")


def sign_off_problems(answer: RuleAnswer, *, today: date, row: str = "") -> Iterator[Finding]:
    """A signature of which a part is missing, or that is still to come."""
    if not (answer.signer or answer.signer_title or answer.signed_on):
        return
    for field, value, words in (
        ("signer", answer.signer, "Who signed is missing."),
        ("signer_title", answer.signer_title, "The title of who signed is missing."),
        ("signed_on", answer.signed_on, "The day of the signature is missing."),
    ):
        if not value:
            yield of_field(
                CODE, f"{field}{row}", words, "Fill in name, title and day, or leave all three empty."
            )
    if answer.signed_on and answer.signed_on > today:
        yield of_field(CODE, f"signed_on{row}", "That day is still to come.", "Write the day on the paper.")


def answered(demands: Iterable[Demand]) -> list[Demand]:
    """Those that a person answers."""
    return [one for one in demands if one.kind in ANSWERED]
