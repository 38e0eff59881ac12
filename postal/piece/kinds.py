"""Kinds of mail as an agency and a mailroom name them, and the sort plan each preparation has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from kernel.findings import Finding, Place, Severity
from postal.piece.mailpiece import Mailpiece, Verdict

# Class as people say it -> prefix of its sort plans.
CLASSES = {"first-class": "fcm", "marketing": "mm", "nonprofit": "np"}
# The class a mailing is sorted as, as sort plans and Mail.dat name it.
SORTED_AS = {"first-class": "FCM", "marketing": "STD", "nonprofit": "STD"}
CLASS_OF_PLAN = {prefix: name for name, prefix in CLASSES.items()}
FIRST_CLASS = "first-class"
# How else people write a class, a shape or a policy, in small letters with hyphens.
SPELLINGS = {
    "first-class": ("fcm", "first-class-mail", "firstclass", "first", "1st-class"),
    "marketing": ("mm", "marketing-mail", "usps-marketing-mail", "standard", "standard-mail", "std"),
    "nonprofit": ("np", "non-profit", "nonprofit-mail", "marketing-nonprofit", "marketing-mail-nonprofit"),
    "letter": ("letters", "lt"),
    "card": ("cards", "postcard", "postcards"),
    "flat": ("flats", "fl"),
    "automation": ("auto",),
    "nonmachinable": ("non-machinable",),
    "nonautomation": ("non-automation",),
    "least": ("least-postage", "minimum-postage"),
    "top-down": ("topdown",),
}
_SPELLED = {other: name for name, others in SPELLINGS.items() for other in others}
CLASS_NAMES = {
    "first-class": "First-Class Mail",
    "marketing": "USPS Marketing Mail",
    "nonprofit": "USPS Marketing Mail, nonprofit",
}
# What letters can hold, as an order says it; ``FIRST_CLASS_ONLY`` may not be Marketing Mail (Quick Service Guide 230b).
CONTENTS = {
    "bills": "Bills, invoices or statements of account",
    "personal": "Personal matter: about, or meant for, the one person it is addressed to",
    "general": "Neither: the same message to everybody",
}
FIRST_CLASS_ONLY = ("bills", "personal")
CATEGORIES = ("automation", "machinable", "nonmachinable", "presorted", "nonautomation", "carrier-route")
SIZES = {  # inches and ounces, where nobody names one: a #10 letter, a postcard, a 9 x 12 envelope
    "letter": ("9.5", "4.125", "0.02", "0.8"),
    "card": ("6", "4.25", "0.009", "0.2"),
    "flat": ("12", "9", "0.1", "2"),
}
# Preparations a mailing may choose among, by what the piece is; the usual one first.
_LETTERS = ("letter-automation", "letter-machinable")
_NONMACHINABLE = ("letter-nonmachinable",)
_FLATS = {
    "fcm": ("flat-automation-tray", "flat-automation-bundle", "flat-presorted-tray", "flat-presorted-bundle"),
    "mm": ("flat-automation", "flat-nonautomation"),
    "np": ("flat-automation", "flat-nonautomation"),
}


_CODE = re.compile(r"\b(fcm|mm|np)-(letter|card|flat)-([a-z-]+)")


def in_words(text: str) -> str:
    """``text`` with every code of a sort plan or price table as people say it: 'First-Class Mail automation letters'
    for 'fcm-letter-automation'.
    """
    return _CODE.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    name, how = CLASS_NAMES[CLASS_OF_PLAN[found[1]]], found[3].replace("-", " ")
    return f"{name}{', ' if ',' in name else ' '}{how} {found[2]}s"


def spelled(text: str, among: Sequence[str]) -> str:
    """The name meant, where capitals, blanks or a plural are the only difference; the text itself if none is."""
    plain = "-".join(text.lower().replace("_", " ").replace("-", " ").split())
    names = {name.lower(): name for name in among}
    return names.get(plain) or names.get(_SPELLED.get(plain, "")) or text


def content_finding(mail_class: str, content: str) -> Finding | None:
    """The stop, at the field ``content``, against mailing this content in that class: it must be First-Class Mail, or
    nobody said what it is.
    """
    place = Place(column="content")
    if content and content not in CONTENTS:
        sentence, remedy = (
            f"{content[:40]!r} is no content of letters.",
            f"Choose one of {', '.join(CONTENTS)}.",
        )
        return Finding("CONTENT", Severity.STOP, sentence, remedy, place)
    if mail_class not in CLASSES or mail_class == FIRST_CLASS:
        return None
    if not content:
        sentence = (
            f"{CLASS_NAMES[mail_class]} is open only to some content, and nobody said what the letters hold."
        )
        return Finding("CONTENT", Severity.STOP, sentence, "Say what the letters hold.", place)
    if content in FIRST_CLASS_ONLY:
        sentence = f"{CONTENTS[content]} must go as First-Class Mail, so {CLASS_NAMES[mail_class]} is not open to it."
        return Finding("CONTENT_FIRST_CLASS", Severity.STOP, sentence, "Choose First-Class Mail.", place)
    return None


def usual_piece(shape: str) -> Mailpiece:
    """The piece meant by a shape alone."""
    length, height, thickness, weight = map(Decimal, SIZES[shape])
    return Mailpiece(length, height, thickness, weight, "card" if shape == "card" else "envelope")


def plan_id(mail_class: str, shape: str, category: str, option: str = "tray") -> str:
    """Name of the sort plan of a kind of mail; cards travel with letters."""
    form = "flat" if shape == "flat" else "letter"
    chosen = f"{CLASSES[mail_class]}-{form}-{category}"
    return f"{chosen}-{option}" if (mail_class, form) == ("first-class", "flat") else chosen


def sort_plans_for(mail_class: str, verdict: Verdict) -> tuple[str, ...]:
    """The sort plans open to a piece of this class, the usual one first; none for a piece no shape takes."""
    prefix = CLASSES[mail_class]
    if not verdict.shape:
        return ()
    letters = _LETTERS if verdict.is_machinable else _NONMACHINABLE
    return tuple(f"{prefix}-{form}" for form in (_FLATS[prefix] if verdict.shape == "flat" else letters))


def first_class_ways(sort_plan: str) -> tuple[str, ...]:
    """The preparations of First-Class Mail that a mailing of this sort plan of another class may fall back to."""
    prefix, _, form = sort_plan.partition("-")
    if prefix == CLASSES["first-class"]:
        return ()
    if form.startswith("flat"):
        return tuple(f"fcm-{one}" for one in _FLATS["fcm"])
    return tuple(f"fcm-{one}" for one in (_NONMACHINABLE if form in _NONMACHINABLE else _LETTERS))


def alternatives(sort_plan: str) -> tuple[str, ...]:
    """The preparations that a mailing of this sort plan could have as well, itself included."""
    prefix, _, form = sort_plan.partition("-")
    groups = (_LETTERS, _NONMACHINABLE, _FLATS[prefix])
    return next(
        (tuple(f"{prefix}-{one}" for one in group) for group in groups if form in group), (sort_plan,)
    )
