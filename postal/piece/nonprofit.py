"""Nonprofit prices: who may mail at them, where, on which day. The owner of the mail needs an authorization at the post
office of mailing (DMM 703.1; Quick Service Guide 240e).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.findings import Finding, Severity

PREFIX = "np-"  # sort plans at nonprofit prices
_REMEDY = "Have the mailroom enter the authorization, or mail at the regular prices of USPS Marketing Mail."


@dataclass(frozen=True, slots=True)
class Authorization:
    """One owner's at one post office (by its ZIP); both days included, no last day = until it is ended."""

    number: str
    zip5: str
    post_office: str
    valid_from: date
    valid_to: date | None = None

    @property
    def words(self) -> str:
        """'123456 at BATON ROUGE LA 70802, from 2020-01-01 until 2026-12-31'."""
        until = f" until {self.valid_to.isoformat()}" if self.valid_to else ""
        return f"{self.number} at {self.post_office} {self.zip5}, from {self.valid_from.isoformat()}{until}"

    def reason_against(self, zip5: str, on: date) -> str:
        """Why it does not serve a mailing there and then; empty where it does."""
        if self.zip5 != zip5:
            return (
                f"Number {self.number} is of the post office {self.post_office} {self.zip5}, not of {zip5}."
            )
        if on < self.valid_from:
            return f"Number {self.number} begins on {self.valid_from.isoformat()}."
        if self.valid_to is not None and self.valid_to < on:
            return f"Number {self.number} ended on {self.valid_to.isoformat()}."
        return ""


def authorization_for(held: Sequence[Authorization], zip5: str, on: date) -> Authorization | None:
    """The one that serves a mailing, the latest first; None where none does."""
    serving = [one for one in held if not one.reason_against(zip5, on)]
    return max(serving, key=lambda one: one.valid_from, default=None)


def refusal(owner: str, held: Sequence[Authorization], zip5: str, on: date) -> Finding | None:
    """The stop for an owner without one, with what is the matter with each they hold."""
    if authorization_for(held, zip5, on) is not None:
        return None
    reasons = [one.reason_against(zip5, on) for one in held] or ["None is entered."]
    sentence = (
        f"{owner} may not mail at nonprofit prices from {zip5} on {on.isoformat()}. {' '.join(reasons)}"
    )
    return Finding("NONPROFIT_AUTHORIZATION", Severity.STOP, sentence, _REMEDY)
