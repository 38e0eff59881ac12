"""Findings that a person accepted for one file: they are told on, and stop nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.findings import Severity
from production.prepress.preflight.press_report import PressFinding

# What stops and could still be printed as it is; a file that cannot be opened, or that would lose something, cannot.
ACCEPTABLE = frozenset({"PREFLIGHT_FONT", "PREFLIGHT_SIZE", "PREFLIGHT_BLEED", "PREFLIGHT_WHITE_OVERPRINT"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """``findings``: as they were told, of one code and one file. ``who`` in full."""

    component: str
    sha256: str
    code: str
    findings: tuple[str, ...]
    words: str
    who: str
    at: datetime


def can_accept(found: PressFinding) -> bool:
    """Whether somebody may say: print it as it is."""
    return found.severity is Severity.STOP and found.code in ACCEPTABLE


def in_words(found: PressFinding) -> str:
    """What an acceptance names it by: its page and what was said of it."""
    return f"Page {found.page:,}: {found.message}" if found.page else found.message


def acceptance_of(
    found: PressFinding, sha256: str, component: str, accepted: Iterable[Accepted]
) -> Accepted | None:
    """Who accepted this very finding of this very file."""
    if not can_accept(found):
        return None
    said = in_words(found)
    return next(
        (
            one
            for one in accepted
            if (one.component, one.sha256, one.code) == (component, sha256, found.code)
            and said in one.findings
        ),
        None,
    )


def judged(
    findings: Iterable[PressFinding], sha256: str, component: str, accepted: Sequence[Accepted]
) -> list[PressFinding]:
    """The findings of a file; what was accepted only warns, and says by whom."""
    told = []
    for found in findings:
        said = acceptance_of(found, sha256, component, accepted)
        if said is None:
            told.append(found)
            continue
        message = f"{found.message} Accepted by {said.who}: {said.words}"
        told.append(replace(found, severity=Severity.WARN, message=message, remedy="", fix=None))
    return told
