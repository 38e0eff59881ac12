"""Identity and dates of the shop in its electronic documents: what may be entered, kept version by version.

The shop's profile is completed and overruled by what stands here; what is nowhere entered is said in the assumptions
of every document. A file of the same settings (docs/maildat.md) serves the console.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import InvalidInput
from kernel.findings import Finding, Place, Severity
from postal.maildat.mailing import Sender
from production.mailroom.maildat.models import MaildatSettingsRow, OwnerIds
from production.people.models import Agency
from store.db import UnitOfWork

DAY = "day"


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting: what people call it, how it looks (a pattern, or DAY), what it is for."""

    name: str
    label: str
    pattern: str
    looks: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


_CRID, _MID = r"[0-9]{1,12}", r"[0-8][0-9]{5}|9[0-9]{8}"
_MID_LOOKS = "six digits, or nine that begin with 9"
_ZIP = r"[0-9]{5}([0-9]{4})?"
# Mail.dat code lists, as transcribed (postal/data/maildat/codes.csv).
_METHODS = (
    ("", "Not entered"), ("2", "NCOALink"), ("1", "ACS"), ("8", "OneCode ACS"), ("5", "Ancillary service endorsement"),
    ("4", "Alternative method"), ("6", "Several methods"), ("7", "Alternative address format"), ("0", "None"),
)  # fmt: skip
_AGREEMENTS = (("", "None"), ("D", "Value added"), ("E", "Combined mail"), ("F", "Combined and value added"))
SENDER_RULES = (
    Rule("name", "Name of the shop", r".{1,60}", "1 to 60 characters", "Empty: as in the shop's profile."),
    Rule("license_code", "Mail.dat user license code", r"[A-Z][A-Z0-9]{3}", "a letter and three letters or digits",
         "From DTAC, one for each mailing facility."),
    Rule("crid", "CRID of the shop", _CRID, "up to 12 digits", "The preparer of every piece group."),
    Rule("mailer_id", "Mailer id of the shop", _MID, _MID_LOOKS, "Empty: the stream's own."),
    Rule("contact_name", "Contact", r".{1,30}", "1 to 30 characters"),
    Rule("contact_phone", "Contact's telephone", r"[0-9]{10}", "ten digits"),
    Rule("contact_email", "Contact's e-mail address", r"[^@\s]{1,30}@[^@\s]{1,29}", "an e-mail address"),
    Rule("permit_number", "Permit number", r"[A-Za-z0-9]{1,8}", "up to 8 letters or digits"),
    Rule("permit_zip", "ZIP of the permit's post office", _ZIP, "5 or 9 digits"),
    Rule("post_office", "Post office of mailing", r".{1,30}", "1 to 30 characters"),
    Rule("entry_zip", "ZIP of the post office of mailing", _ZIP, "5 or 9 digits"),
    Rule("locale_key", "Locale key of entry", r"ORIGIN|LOC[A-Z0-9]{6}", "ORIGIN, or LOC and six characters"),
    Rule("agreement", "Mailing agreement", r"[DEF]", "one of the list", choices=_AGREEMENTS),
    Rule("coding_date", "Oldest address matching", DAY, "a day, written 2026-11-30"),
    Rule("move_update_method", "Move Update method", r"[0-24-8]", "one of the list", choices=_METHODS),
    Rule("move_update_date", "Oldest Move Update", DAY, "a day, written 2026-11-30"),
    Rule("city_state_date", "City State product", DAY, "a day, written 2026-11-30"),
    Rule("delivery_statistics_date", "Delivery statistics file", DAY, "a day, written 2026-11-30"),
    Rule("nonprofit_number", "Nonprofit authorization", r"[A-Za-z0-9]{1,10}", "up to 10 letters or digits"),
)  # fmt: skip
OWNER_RULES = (
    Rule("crid", "CRID", _CRID, "up to 12 digits"),
    Rule("mailer_id", "Mailer id", _MID, _MID_LOOKS),
)


@dataclass(frozen=True, slots=True)
class MaildatSettings:
    """What was entered of the sender, the rest as NOBODY has it, and owners by agency code."""

    sender: Sender
    owners: Mapping[str, OwnerIds]


NOBODY = Sender("")
NO_SETTINGS = MaildatSettings(NOBODY, {})


def entered(sender: Sender) -> dict[str, object]:
    """The fields that were entered, by name."""
    return {name: value for name, value in asdict(sender).items() if value != getattr(NOBODY, name)}


def completed(known: Sender, sender: Sender) -> Sender:
    """What is known of the sender, overruled by the fields that were entered."""
    return replace(known, **{name: getattr(sender, name) for name in entered(sender)})


def settings_in_force(session: Session) -> MaildatSettings:
    """The newest version; nothing entered yet is NO_SETTINGS."""
    row = session.scalars(select(MaildatSettingsRow).order_by(MaildatSettingsRow.id.desc()).limit(1)).first()
    return NO_SETTINGS if row is None else MaildatSettings(row.sender, row.owners)


def keep_settings(
    uow: UnitOfWork, sender: Mapping[str, str], owners: Mapping[str, Mapping[str, str]]
) -> MaildatSettings:
    """A new version from texts as typed; empty ones are not entered. InvalidInput MAILDAT_SETTINGS by field."""
    given = {name: text.strip() for name, text in sender.items() if text.strip()}
    named = {
        code: {name: text.strip() for name, text in owner.items() if text.strip()}
        for code, owner in owners.items()
    }
    named = {code: owner for code, owner in named.items() if owner}
    findings = _sender_findings(given) + _owner_findings(named)
    known = set(uow.session.scalars(select(Agency.code)))
    findings += [
        _finding(f"owner-{code}", f"No agency has the code {code}.") for code in named if code not in known
    ]
    if findings:
        raise InvalidInput("The settings are not kept.", code="MAILDAT_SETTINGS", findings=findings)
    kept = _typed(given, named)
    uow.session.add(
        MaildatSettingsRow(
            sender=kept.sender, owners=dict(kept.owners), actor=uow.actor.name, recorded_at=uow.now
        )
    )
    uow.audit("maildat_settings", None, "entered", fields=sorted(given), owners=sorted(named))
    return kept


def read_settings_file(path: Path) -> MaildatSettings:
    """TOML: keys of the sender, and tables ``[owners.CODE]``. InvalidInput MAILDAT_SETTINGS names what is wrong."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"{path.name} is not a settings file: {error}.") from error
    owners = data.pop("owners", {})
    days = {rule.name for rule in SENDER_RULES if rule.pattern == DAY}
    for name, value in data.items():
        wanted = date if name in days else str
        if type(value) is not wanted:
            raise _wrong(f"{name} is a {'day, written 2026-11-30' if wanted is date else 'text in quotes'}.")
    if not isinstance(owners, dict):
        raise _wrong("Owners are tables: [owners.CODE].")
    for code, owner in owners.items():
        if not isinstance(owner, dict) or not all(isinstance(value, str) for value in owner.values()):
            raise _wrong(f"Owner {code} has a crid, a mailer_id or both.")
    sender = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in data.items() if value
    }
    findings = _sender_findings(sender) + _owner_findings(owners)
    if findings:
        raise InvalidInput(findings[0].message, code="MAILDAT_SETTINGS", findings=findings)
    return _typed(sender, owners)


def _typed(sender: Mapping[str, str], owners: Mapping[str, Mapping[str, str]]) -> MaildatSettings:
    """Texts that no rule is against, as values."""
    given = TypeAdapter(Sender).validate_python({"name": "", **sender})
    return MaildatSettings(given, {code: OwnerIds(**owner) for code, owner in owners.items()})


def _sender_findings(given: Mapping[str, str]) -> list[Finding]:
    rules = {rule.name: rule for rule in SENDER_RULES}
    unknown = [_finding(name, f"{name} is not a setting of Mail.dat.") for name in given if name not in rules]
    return unknown + [
        finding
        for name, text in given.items()
        if name in rules
        for finding in _check(rules[name], text, name)
    ]


def _owner_findings(owners: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    rules = {rule.name: rule for rule in OWNER_RULES}
    found = []
    for code, owner in owners.items():
        for name, text in owner.items():
            place = f"owner-{code}-{name}"
            if name not in rules:
                found.append(_finding(place, f"Owner {code} has a crid, a mailer_id or both."))
            else:
                found += _check(rules[name], text, place, f"{rules[name].label} of {code}")
    return found


def _check(rule: Rule, text: str, place: str, label: str = "") -> list[Finding]:
    if rule.pattern == DAY:
        try:
            date.fromisoformat(text)
        except ValueError:
            return [_finding(place, f"{label or rule.label}: {rule.looks}.")]
        return []
    if re.fullmatch(rule.pattern, text):
        return []
    return [_finding(place, f"{label or rule.label}: {rule.looks}.")]


def _finding(column: str, message: str) -> Finding:
    return Finding("MAILDAT_SETTINGS", Severity.STOP, message, place=Place(column=column))


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="MAILDAT_SETTINGS")
