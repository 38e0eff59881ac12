"""What may be filled into an identity template: a rule for each value, and a text brought to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kernel.findings import Finding, Place, Severity


class ValueKind(StrEnum):
    """What a value is."""

    TEXT = "text"
    PHONE = "phone"
    EXTENSION = "extension"
    EMAIL = "email"
    CHOICE = "choice"


class Letters(StrEnum):
    """How its letters are written."""

    AS_TYPED = "as_typed"
    UPPER = "upper"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class ValueRule:
    """``name`` stands in braces in the boxes of the template; ``title`` is what people read."""

    name: str
    title: str
    kind: ValueKind = ValueKind.TEXT
    is_needed: bool = True
    choices: tuple[str, ...] = ()
    letters: Letters = Letters.AS_TYPED
    most: int = 80


# How a value of a kind looks, what to say of one that does not, and what to do. Numbers are those of North America.
_LOOKS = {
    ValueKind.PHONE: (
        re.compile(r"(?:\+?1[ .-]?)?\(?([2-9]\d{2})\)?[ .-]?(\d{3})[ .-]?(\d{4})"),
        "this is no phone number.",
        "Write ten digits, as in 225-555-0100.",
    ),
    ValueKind.EXTENSION: (re.compile(r"()(\d{1,6})()"), "this is no extension.", "Write up to six digits."),
    ValueKind.EMAIL: (
        re.compile(r"()([^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24})()"),
        "this is no e-mail address.",
        "One looks like sam@example.gov.",
    ),
}


def filled(
    rules: Sequence[ValueRule], typed: Mapping[str, str], row: int | None = None
) -> tuple[dict[str, str], list[Finding]]:
    """The values of one person as they are printed, and what is wrong, by title. ``row``: of a list."""
    values, found = {}, []
    for rule in rules:
        value, wrong = _brought(rule, " ".join(typed.get(rule.name, "").split()))
        values[rule.name] = value
        if wrong:
            place = Place(row=row, column=rule.title)
            found.append(
                Finding("STATIONERY_VALUE", Severity.STOP, f"{rule.title}: {wrong[0]}", wrong[1], place)
            )
    return values, found


def _brought(rule: ValueRule, text: str) -> tuple[str, tuple[str, str] | None]:
    """The text as the rule has it, else as it was with what is wrong and what to do."""
    if not text:
        return "", ("it is missing.", "Fill it in.") if rule.is_needed else None
    if len(text) > rule.most:
        return text, (f"it has {len(text)} letters.", f"Write at most {rule.most}.")
    if rule.kind is ValueKind.CHOICE:
        fits = next((one for one in rule.choices if one.casefold() == text.casefold()), None)
        return fits or text, None if fits else ("it is none of the list.", f"Choose {_either(rule.choices)}.")
    if rule.kind in _LOOKS:
        pattern, *words = _LOOKS[rule.kind]
        match = pattern.fullmatch(text)
        if match is None:
            return text, (words[0], words[1])
        text = "-".join(part for part in match.groups() if part)
    return _lettered(text, rule.letters), None


def _either(choices: Sequence[str]) -> str:
    return " or ".join((", ".join(choices[:-1]), choices[-1])) if len(choices) > 1 else "".join(choices)


def _lettered(text: str, letters: Letters) -> str:
    if letters is Letters.UPPER:
        return text.upper()
    return text.lower() if letters is Letters.LOWER else text
