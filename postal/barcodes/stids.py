"""Service type identifiers (STID) as dated tables: what one stands for, which one fits a mailing, what does not fit."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kernel.errors import InvalidInput
from kernel.findings import Finding, Severity
from postal.data.editions import Edition, InForce, kept_by_content

KIND = "stids"
COLUMNS = ("stid", "mail_class", "service_level", "iv_mtr", "address_correction", "use")
LEVELS = ("basic", "full_service", "")
CLASS_OF = {
    "FCM": "first_class",
    "STD": "marketing_mail",
    "BPM": "bound_printed_matter",
    "PM": "priority_mail",
}
_TRACED = {"yes": True, "no": False, "": None}
_OUTGOING = ("piece", "ballot_to_voter")  # every other use is of mail that comes back
_FIT = 'An administrator enters one that fits under "Incentives" in the mailroom.'


@dataclass(frozen=True, slots=True)
class ServiceType:
    """One row of the USPS Service Type Identifier table."""

    stid: str
    mail_class: str  # first_class, marketing_mail, bound_printed_matter, priority_mail
    service_level: str  # basic, full_service, or empty where the table makes no difference
    iv_mtr: bool | None  # pieces are traced (Informed Visibility); None where the table does not say
    address_correction: str
    use: str  # piece, ballot_to_voter, courtesy_reply_by_zip, ...


@dataclass(frozen=True, slots=True)
class ServiceTypes:
    """One table by identifier."""

    edition: Edition
    by_stid: Mapping[str, ServiceType]

    def row(self, stid: str) -> ServiceType:
        """InvalidInput STID_UNKNOWN when the table does not have it."""
        found = self.by_stid.get(stid)
        if found is None:
            raise InvalidInput(
                f"Service type {stid} is not in {self.edition.name}.", code="STID_UNKNOWN", remedy=_FIT
            )
        return found


def service_types(in_force: InForce) -> ServiceTypes:
    """The table in force on a mailing date. InvalidInput EDITION_MISSING."""
    return load_table(in_force.edition(KIND))


def service_type(stid: str, in_force: InForce) -> ServiceType:
    """One row of the table in force. InvalidInput EDITION_MISSING, STID_UNKNOWN."""
    return service_types(in_force).row(stid)


def stid_for(
    mail_class: str,
    in_force: InForce,
    *,
    is_full_service: bool,
    is_traced: bool = True,
    address_correction: str = "none",
    use: str = "piece",
) -> str:
    """The identifier for a mailing; ``mail_class`` as in Mail.dat (FCM, STD). InvalidInput STID_UNKNOWN when the
    table has none for it.
    """
    table = service_types(in_force)
    level = "full_service" if is_full_service else "basic"
    wanted = (CLASS_OF.get(mail_class, mail_class), level, is_traced, address_correction, use)
    for row in table.by_stid.values():
        if (row.mail_class, row.service_level, row.iv_mtr, row.address_correction, row.use) == wanted:
            return row.stid
    words = ", ".join(
        (str(wanted[0]), level, "traced" if is_traced else "not traced", address_correction, use)
    )
    raise InvalidInput(f"{table.edition.name} has no service type for {words}.", code="STID_UNKNOWN")


def fitting_stid(
    stid: str,
    mail_class: str,
    in_force: InForce,
    *,
    category: str = "automation",
    is_full_service: bool | None = None,
) -> str:
    """The identifier that asks the same of mail of another class: tracing, address correction and use alike, and
    Full-Service where the category can have it. ``is_full_service`` None: as the identifier says. InvalidInput
    STID_UNKNOWN when the table has none.
    """
    table = service_types(in_force)
    own = table.row(stid)
    level = own.service_level if is_full_service is None else _level(is_full_service)
    if category != "automation" and own.service_level:
        level = "basic"
    wanted = replace(own, stid="", mail_class=CLASS_OF.get(mail_class, mail_class), service_level=level)
    for row in (own, *table.by_stid.values()):
        if replace(row, stid="") == wanted:
            return row.stid
    raise InvalidInput(
        f"{table.edition.name} has no service type that asks of {_words(wanted.mail_class)}, {category}, what "
        f"{stid} asks.",
        code="STID_UNKNOWN",
        remedy=_FIT,
    )


def check_stid(
    stid: str,
    mail_class: str,
    in_force: InForce,
    *,
    category: str = "automation",
    is_full_service: bool | None = None,
) -> list[Finding]:
    """A stop for each way in which an identifier does not fit a mailing by the table in force on its date.
    ``mail_class`` as in Mail.dat; ``category`` of the sort plan; ``is_full_service`` None: as the identifier says.
    """
    try:
        row = service_type(stid, in_force)
    except InvalidInput as refusal:
        return [Finding(refusal.instance_code, Severity.STOP, refusal.sentence, refusal.remedy)]
    wrong = []
    wanted = CLASS_OF.get(mail_class, mail_class)
    if row.mail_class != wanted:
        wrong.append(f"is for {_words(row.mail_class)}, not for {_words(wanted)}")
    if row.use not in _OUTGOING:
        wrong.append(f"is for mail that comes back ({_words(row.use)})")
    if row.service_level == "full_service" and category != "automation":
        wrong.append(f"is for Full-Service, which {category} pieces cannot have")
    if is_full_service is not None and row.service_level not in ("", _level(is_full_service)):
        wrong.append(f"is for {_words(row.service_level)}, not for {_words(_level(is_full_service))}")
    return [Finding("STID_FIT", Severity.STOP, f"Service type {stid} {what}.", _FIT) for what in wrong]


@kept_by_content
def load_table(edition: Edition) -> ServiceTypes:
    """Read one edition. ValueError for an identifier that is none or stands there twice, or an unknown word."""
    with edition.path.open(encoding="utf-8-sig", newline="") as file:
        rows = [_row(row) for row in csv.DictReader(file)]
    by_stid = {row.stid: row for row in rows}
    if len(by_stid) != len(rows):
        raise ValueError("a service type stands in the table twice")
    return ServiceTypes(edition, by_stid)


def _row(row: Mapping[str, str]) -> ServiceType:
    stid, level, traced = row["stid"], row["service_level"], row["iv_mtr"]
    if not (len(stid) == 3 and stid.isascii() and stid.isdigit()):
        raise ValueError(f"{stid!r} is not a service type of three digits")
    if level not in LEVELS or traced not in _TRACED or row["mail_class"] not in CLASS_OF.values():
        raise ValueError(
            f"service type {stid} has an unknown class or service level, or iv_mtr is not yes or no"
        )
    return ServiceType(
        stid, row["mail_class"], level, _TRACED[traced], row["address_correction"], row["use"] or "piece"
    )


def _level(is_full_service: bool) -> str:
    return "full_service" if is_full_service else "basic"


def _words(name: str) -> str:
    return name.replace("_", " ")
