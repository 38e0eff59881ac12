"""A presort plan and what the shop knows to a Mail.dat: one segment, one tray a container, one piece a barcode.

The recipe is mail-dat 26-1 as far as it could be read; rules of the Postal Service beyond it are unconfirmed
(docs/maildat.md). Counts, price levels and weights come from the plan and from nowhere else.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np

from kernel.errors import InvalidInput
from postal.barcodes.imb import BARCODE_ID
from postal.barcodes.stids import ServiceType
from postal.data.editions import Edition
from postal.maildat.piece_groups import (
    ENTRY_FACILITIES,
    PACKAGE_LEVELS,
    PieceGroups,
    PieceUnit,
    automation_prices,
    looked_up,
    packages,
    piece_groups,
    piece_units,
    quantities,
)
from postal.maildat.records import (
    BLANK,
    Int64s,
    Maildat,
    Records,
    UInt8s,
    Values,
    decimal_digits,
    encode,
    records,
)
from postal.maildat.schema import HEADER, REVISIONS, FileLayout, layouts
from postal.piece.mailpiece import pounds
from postal.sorting.presort_plan import PresortPlan, StatementPart

SEGMENT = "0001"
NO_DATE = date(1, 1, 1)  # "no date" in a required date field (format rule 2.5)
NOT_GIVEN = "NOT GIVEN"
MAX_BUNDLES = 999_999  # six digits of PQT-1012
CLASSES = {"FCM": "1", "STD": "3"}  # SEG-1102, MPU-1111
SHAPES = {"letter": "LT", "card": "CD", "flat": "FL"}  # SEG-1103, MPU-1113
PAYMENTS = {"permit": "P", "metered": "C", "stamped": "S"}  # MPA-1111
AFFIXED = {"metered": "M", "stamped": "S"}  # MPU-1125
# CSM-1147: where the DMM says how the containers are made up, unconfirmed.
SECTIONS = {
    ("FCM", "letter"): "235.6",
    ("FCM", "card"): "235.6",
    ("FCM", "flat"): "235.8",
    ("STD", "letter"): "245.7",
    ("STD", "flat"): "245.10",
}
_CROSSWALK = (
    "Container, package and price codes of Mail.dat are this house's reading of the code lists: check them with "
    "a test upload to PostalOne!."
)
_SINGLE_SOURCE = (
    "The Mail.dat layouts come from one public transcription: compare them with the published specification."
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the documents, and dates the Postal Service asks. Empty or None: not known, and said so."""

    name: str
    crid: str = ""
    mailer_id: str = ""
    license_code: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    permit_number: str = ""
    permit_zip: str = ""
    post_office: str = ""
    entry_zip: str = ""
    locale_key: str = "ORIGIN"  # CSM-1167: mail entered where it is prepared
    agreement: str = ""
    coding_date: date | None = None
    move_update_date: date | None = None
    move_update_method: str = ""
    city_state_date: date | None = None
    delivery_statistics_date: date | None = None
    nonprofit_number: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """By whom pieces are owned: each has its own piece unit, component and account row (By/For)."""

    name: str
    crid: str = ""
    mailer_id: str = ""
    nonprofit_number: str = ""


@dataclass(frozen=True, slots=True)
class Serials:
    """The serials of a stream: its piece n carries ``first`` + n - 1 under the mailer id."""

    mailer_id: str
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Mailing:
    """What a plan does not say. ``owner_of_job``: index into owners by the plan's job. ``serials``: by stream.
    ``routing``: codes and their digits (0, 5, 9, 11) by piece in the plan's order.
    ``prepared``: local date and time. ``ready``: containers may be paid for. ``among``: editions, those the plan used
    with them.
    """

    job_id: str
    title: str
    reference: str
    prepared: datetime
    software: str
    sender: Sender
    owners: tuple[Owner, ...]
    owner_of_job: tuple[int, ...]
    serials: tuple[Serials, ...]
    service_type: ServiceType
    among: tuple[Edition, ...]
    routing: Int64s
    routing_digits: UInt8s
    tray_barcodes: tuple[str, ...]
    withdrawn: Int64s
    ready: bool
    residual_service_type_id: str = ""  # of pieces that go on in another class


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A mailing as Mail.dat, and what live mail would need confirmed."""

    maildat: Maildat
    is_full_service: bool
    assumptions: tuple[str, ...]


def describe(plan: PresortPlan, mailing: Mailing, *, version: str, full_pieces: str = "pbc") -> Described:
    """The Mail.dat of a planned mailing. ``full_pieces``: 'pbc' (barcodes) or 'pdr' (piece detail).
    InvalidInput MAILDAT_MAILING where the plan is of a kind the recipe does not reach, MAILDAT_VALUE.
    """
    _check(plan, mailing, full_pieces)
    known = layouts(version)
    level = "F" if mailing.service_type.service_level == "full_service" else "B"
    groups = piece_groups(plan, np.array(mailing.owner_of_job, np.int64))
    units = piece_units(plan, groups, len(mailing.owners))
    values: dict[str, tuple[int, Values]] = {
        "seg": (len(plan.statements), _segments(plan, mailing, level)),
        **_owner_rows(plan, mailing, units),
        "csm": (len(plan.trays), _containers(plan, mailing)),
        "cqt": (len(groups.pieces), quantities(plan, groups, level, owners=len(mailing.owners))),
        "pqt": (len(groups.package_pieces), packages(plan, groups)),
    }
    if "CQT-1114" in known["cqt"]:  # since 26-1
        values["cqt"][1]["CQT-1114"] = "N"
    files = {ext: _filled(known[ext], count, given, mailing) for ext, (count, given) in values.items()}
    files[full_pieces] = Records(
        known[full_pieces], plan.pieces, partial(_piece_rows, known[full_pieces], mailing, groups, plan)
    )
    header = header_record(version, files, _header(mailing))
    ordered = {ext: files[ext] for ext in known if ext in files}
    said = (*_unknown(mailing), *_cautions(plan, mailing, level))
    return Described(Maildat(version, {HEADER: header, **ordered}), level == "F", said)


def header_record(version: str, files: Mapping[str, Records], values: Mapping[str, Any]) -> Records:
    """The header over ``files``: counts and statuses of every file (0 and N where none is sent)."""
    known = layouts(version)
    counts: Values = {}
    for extension, layout in known.items():
        if extension != HEADER:
            sent = len(files[extension]) if extension in files else 0
            counts[layout.count_field] = sent
            counts[layout.status_field] = "O" if sent else "N"
    own = {"HDR-1101": version, "HDR-1192": REVISIONS[version]}
    return records(known[HEADER], 1, {**values, **counts, **own})


def fit(text: str, length: int) -> str:
    """Text for a field: plain ASCII, at most ``length`` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain[:length].rstrip()


def job_id(number: str) -> str:
    """The number of a mailing, 'M27-0312', in eight characters: M2700312."""
    year, sequence = number.split("-")
    return f"{year}{int(sequence):05d}"


def root_name(number: str, license_code: str) -> str:
    """License code and four characters of the sequence in base 36: unique within a fiscal year."""
    sequence, text = int(number.split("-")[1]), ""
    for _ in range(4):
        sequence, digit = divmod(sequence, 36)
        text = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + text
    return f"{license_code or 'TEST'}{text}"


def _check(plan: PresortPlan, mailing: Mailing, pieces: str) -> None:
    wrong = ""
    if plan.mail_class not in CLASSES or plan.shape not in SHAPES:
        wrong = f"No Mail.dat recipe is known for {plan.mail_class} {plan.shape}."
    elif pieces not in ("pbc", "pdr"):
        wrong = f"Pieces go into .pbc or .pdr, not .{pieces}."
    elif len(mailing.tray_barcodes) != len(plan.trays) or len(mailing.routing) != plan.pieces:
        wrong = "Trays or pieces of the mailing are not those of the plan."
    elif plan.bundles is not None and len(plan.bundles) > MAX_BUNDLES:
        wrong = f"One Mail.dat holds at most {MAX_BUNDLES:,} bundles: split the stream."
    elif unknown := {level.mail_dat_container for level in plan.levels} - set(PACKAGE_LEVELS):
        wrong = f"No package level is known for container level {', '.join(sorted(unknown))}."
    if wrong:
        raise InvalidInput(wrong, code="MAILDAT_MAILING")


def _filled(layout: FileLayout, count: int, values: Mapping[str, Any], mailing: Mailing) -> Records:
    prefix = layout.extension.upper()
    return records(layout, count, {f"{prefix}-1001": mailing.job_id, layout.status: "O", **values})


def _header(mailing: Mailing) -> Values:
    sender = mailing.sender
    email = sender.contact_email or NOT_GIVEN
    return {
        "HDR-1001": mailing.job_id,
        "HDR-1025": 9999,
        "HDR-1148": "C",
        "HDR-1153": mailing.job_id,
        "HDR-1102": fit(mailing.reference, 25),
        "HDR-1103": fit(mailing.title, 30) or NOT_GIVEN,
        "HDR-1104": fit(sender.name, 30) or NOT_GIVEN,
        "HDR-1105": sender.license_code,
        "HDR-1106": fit(sender.contact_name, 30) or NOT_GIVEN,
        "HDR-1107": sender.contact_phone or "0000000000",
        "HDR-1157": email,
        "HDR-1108": mailing.prepared.date(),
        "HDR-1109": f"{mailing.prepared:%H:%M}",
        "HDR-1154": "P",
        **dict.fromkeys(("HDR-1174", "HDR-1175", "HDR-1150", "HDR-1155"), "Indicia"),
        **dict.fromkeys(("HDR-1176", "HDR-1151"), fit(mailing.software, 10)),
        **dict.fromkeys(("HDR-1177", "HDR-1156"), email),
        "HDR-1183": sender.crid,
    }


def segment_id(part: int) -> str:
    """The segment of one statement of the mailing, from 0."""
    return f"{int(SEGMENT) + part:04d}"


def _segments(plan: PresortPlan, mailing: Mailing, level: str) -> Values:
    """One for each statement: residual pieces that go on in another class have one of their own."""
    sender, parts = mailing.sender, plan.statements
    return {
        "SEG-1002": [segment_id(number) for number in range(len(parts))],
        "SEG-1101": [
            fit(plan.title if part.mail_class == plan.mail_class else f"Residual pieces: {plan.title}", 60)
            for part in parts
        ],
        "SEG-1102": [CLASSES[part.mail_class] for part in parts],
        "SEG-1103": SHAPES[plan.shape],
        "SEG-1112": "P",
        "SEG-1113": "L" if plan.bundles is None else "P",
        **dict.fromkeys(("SEG-1116", "SEG-1130", "SEG-1131"), NO_DATE),
        "SEG-1118": fit(sender.post_office, 30),
        "SEG-1119": sender.entry_zip,
        "SEG-1129": sender.coding_date or NO_DATE,
        "SEG-1134": sender.move_update_date,
        "SEG-1147": sender.move_update_method,
        "SEG-1140": sender.crid,
        "SEG-1141": 0,
        "SEG-1145": "N",
        "SEG-1146": [_participation(plan, part, level) for part in parts],
        "SEG-1150": sender.delivery_statistics_date or NO_DATE,
        "SEG-1187": "N",
        "SEG-1139": sender.agreement,
        "SEG-1184": sender.crid,
        "SEG-1185": sender.crid,
    }


def _piece_rows(
    layout: FileLayout, mailing: Mailing, groups: PieceGroups, plan: PresortPlan, start: int, stop: int
) -> UInt8s:
    """Records of pieces start + 1 .. stop in tray order."""
    numbers = np.arange(start + 1, stop + 1, dtype=np.int64)
    stream, within = groups.stream_of_piece[start:stop], groups.number_in_stream[start:stop]
    barcodes = _barcodes(mailing, start, stop, stream, within)
    if mailing.residual_service_type_id:
        own = np.frombuffer(mailing.residual_service_type_id.encode("ascii"), np.uint8)
        barcodes[plan.goes_on_apart(numbers), 2:5] = own
    prefix = layout.extension.upper()
    values: Values = {
        f"{prefix}-1001": mailing.job_id,
        f"{prefix}-1034": groups.of_piece[start:stop] + 1,
        f"{prefix}-1012": groups.package_of_piece(start, stop),
        f"{prefix}-1117": np.where(
            np.isin(numbers, mailing.withdrawn)[:, None], np.uint8(ord("S")), np.uint8(BLANK)
        ),
        f"{prefix}-1122": barcodes,
        layout.status: "O",
    }
    if layout.extension == "pbc":
        values["PBC-1002"] = numbers
    else:
        values |= {
            "PDR-1018": decimal_digits(numbers, 22),
            "PDR-1108": barcodes[:, 20:],
            "PDR-1126": looked_up([one.mailer_id for one in mailing.serials], stream),
            "PDR-1127": mailing.sender.move_update_method,
        }
    return encode(layout, stop - start, values)


def _barcodes(mailing: Mailing, start: int, stop: int, stream: Int64s, within: Int64s) -> UInt8s:
    """Tracking and routing digits of pieces start + 1 .. stop, blank filled (n, 31)."""
    cells = np.full((stop - start, 31), BLANK, np.uint8)
    for number, serials in enumerate(mailing.serials):
        rows = np.flatnonzero(stream == number) if len(mailing.serials) > 1 else slice(None)
        fixed = f"{BARCODE_ID}{mailing.service_type.stid}{serials.mailer_id}"
        cells[rows, : len(fixed)] = np.frombuffer(fixed.encode("ascii"), np.uint8)
        cells[rows, len(fixed) : 20] = decimal_digits(within[rows] - 1 + serials.first, 20 - len(fixed))
    digits = mailing.routing_digits[start:stop]
    for length in (5, 9, 11):
        rows = np.flatnonzero(digits == length)
        if len(rows):
            cells[rows, 20 : 20 + length] = decimal_digits(mailing.routing[start:stop][rows], length)
    return cells


def _participation(plan: PresortPlan, part: StatementPart, level: str) -> str:
    """SEG-1146: full, mixed with other pieces, or blank."""
    if level != "F" or part.mail_class != plan.mail_class:
        return ""
    automation = automation_prices(plan)
    others = any(row.mail_dat_price not in automation for row in part.levels)
    return "M" if others else "F"


def _owner_rows(
    plan: PresortPlan, mailing: Mailing, units: Sequence[PieceUnit]
) -> dict[str, tuple[int, Values]]:
    """Piece unit, component, their link and account: one row each for an owner's pieces of a stream in a segment."""
    parts, sender, streams = plan.statements, mailing.sender, plan.streams
    owners = [mailing.owners[unit.owner] for unit in units]
    numbers = [unit.number(streams=len(streams), owners=len(mailing.owners)) for unit in units]
    segments = [segment_id(unit.part) for unit in units]
    classes = [CLASSES[parts[unit.part].mail_class] for unit in units]
    piece_ids, long_ids = [f"{n:05d}" for n in numbers], [f"{n:08d}" for n in numbers]
    account_ids = [f"{n:010d}" for n in numbers]
    crids, mids = [owner.crid for owner in owners], [owner.mailer_id for owner in owners]
    weights = [pounds(streams[unit.stream].weight_oz) for unit in units]
    is_nonprofit = [
        plan.sort_plan.startswith("np-") and parts[unit.part].mail_class == plan.mail_class for unit in units
    ]
    rate_types = ["N" if own else "R" for own in is_nonprofit]
    unit: Values = {
        "MPU-1002": segments,
        "MPU-1003": piece_ids,
        "MPU-1101": [f"PIECE {n}" for n in piece_ids],
        "MPU-1102": [fit(owner.name, 30) for owner in owners],
        "MPU-1103": weights,
        "MPU-1104": "C",
        "MPU-1105": "F",
        "MPU-1108": [streams[unit.stream].thickness_in for unit in units],
        "MPU-1111": classes,
        "MPU-1112": rate_types,
        "MPU-1113": SHAPES[plan.shape],
        "MPU-1115": "N",
        "MPU-1116": "00",
        "MPU-1123": "N" if "nonmachinable" in plan.sort_plan else "Y",
        "MPU-1125": AFFIXED.get(plan.payment, ""),
        "MPU-1131": sender.crid,
    }
    component: Values = {
        "CPT-1004": long_ids,
        "CPT-1101": [fit(owner.name, 30) for owner in owners],
        "CPT-1102": weights,
        "CPT-1103": "C",
        "CPT-1104": "F",
        "CPT-1109": "N",
        "CPT-1110": classes,
        "CPT-1111": rate_types,
        "CPT-1112": SHAPES[plan.shape],
        "CPT-1148": mids,
        "CPT-1149": crids,
    }
    link: Values = {
        "MCR-1002": segments,
        "MCR-1003": piece_ids,
        "MCR-1004": long_ids,
        "MCR-1102": account_ids,
    }
    account: Values = {
        "MPA-1002": account_ids,
        "MPA-1101": [fit(owner.name, 30) for owner in owners],
        "MPA-1103": fit(sender.permit_number, 8),
        "MPA-1106": sender.permit_zip,
        "MPA-1111": PAYMENTS[plan.payment],
        "MPA-1115": [owner.nonprofit_number or sender.nonprofit_number for owner in owners],
        "MPA-1121": mids,
        "MPA-1122": crids,
        "MPA-1123": sender.mailer_id,
        "MPA-1124": sender.crid,
    }
    rows = {"mpu": unit, "mcr": link, "mpa": account, "cpt": component}
    return {extension: (len(owners), values) for extension, values in rows.items()}


def _containers(plan: PresortPlan, mailing: Mailing) -> Values:
    trays, sender = plan.trays, mailing.sender
    numbers = np.arange(1, len(trays) + 1, dtype=np.int64)
    levels = [plan.tray_levels[row] for row in trays.level.tolist()]
    weights = np.array([int(pounds(part.weight_oz).scaleb(4)) for part in plan.streams])
    lists = _list_date(plan, mailing.among)
    return {
        "CSM-1002": [segment_id(part) for part in _part_of_tray(plan)],
        "CSM-1005": [plan.tray_types[row] for row in trays.tray_type.tolist()],
        "CSM-1006": numbers,
        "CSM-1101": decimal_digits(numbers, 6),
        "CSM-1103": decimal_digits(trays.label_zip.astype(np.int64), 5),
        "CSM-1104": [level.mail_dat_container for level in levels],
        "CSM-1105": sender.entry_zip[:5],
        "CSM-1106": ENTRY_FACILITIES.get(plan.entry, "O"),
        "CSM-1167": sender.locale_key,
        "CSM-1168": sender.entry_zip,
        "CSM-1184": plan.mail_date,
        "CSM-1120": trays.pieces,
        "CSM-1121": trays.pieces,
        "CSM-1122": trays.pieces * weights[plan.stream_of_tray],
        "CSM-1124": "R" if mailing.ready else "",
        "CSM-1126": "L" if plan.bundles is None else "P",
        "CSM-1147": SECTIONS.get((plan.mail_class, plan.shape), ""),
        "CSM-1150": list(mailing.tray_barcodes),
        "CSM-1198": list(mailing.tray_barcodes),
        "CSM-1152": [fit(line, 30) for line in trays.line_1],
        "CSM-1154": [fit(level.line_2, 30) for level in levels],
        "CSM-1156": fit(plan.mailer_line, 30),
        "CSM-1159": [f"{level.cin:03d}" if level.cin else "" for level in levels],
        "CSM-1189": lists,
        "CSM-1190": lists,
        **dict.fromkeys(("CSM-1191", "CSM-1192"), sender.city_state_date or NO_DATE),
        **dict.fromkeys(("CSM-1193", "CSM-1194", "CSM-1195"), NO_DATE),
    }


def _part_of_tray(plan: PresortPlan) -> list[int]:
    """Which statement each tray's pieces stand on."""
    has_two = len(plan.statements) > 1
    return [int(apart and has_two) for apart in plan.is_tray_apart.tolist()]


def _list_date(plan: PresortPlan, among: Sequence[Edition]) -> date:
    """The day of the newest labeling list the plan used."""
    used = [edition for edition in among if edition.name in plan.editions]
    dates = [
        edition.effective_from for edition in used if edition.kind[:1] == "L" and edition.kind[1:].isdigit()
    ]
    return max(dates, default=NO_DATE)


# What is asked for and may be missing: (attribute of the sender, what it is).
_ASKED = {
    "license_code": "the Mail.dat user license code",
    "crid": "the customer registration id of the preparer",
    "contact_name": "the contact's name",
    "contact_phone": "the contact's telephone number",
    "contact_email": "the contact's e-mail address",
    "permit_zip": "the ZIP of the permit's post office",
    "coding_date": "the date of address matching",
    "move_update_date": "the date of Move Update",
    "move_update_method": "the method of Move Update",
    "city_state_date": "the date of the City State product",
}


def _unknown(mailing: Mailing) -> list[str]:
    """A sentence for everything that was not given."""
    missing = [words for name, words in _ASKED.items() if not getattr(mailing.sender, name)]
    said = [f"Mail.dat: {words} is not entered; the file is not for live mail." for words in missing]
    nameless = [owner.name for owner in mailing.owners if not (owner.crid or owner.mailer_id)]
    if nameless:
        said.append(
            f"Mail.dat: no CRID or mailer id is known of {', '.join(nameless)}: By/For is incomplete."
        )
    return said


def _cautions(plan: PresortPlan, mailing: Mailing, level: str) -> list[str]:
    said = [_CROSSWALK, _SINGLE_SOURCE]
    if plan.route is not None:
        said.append("Mail.dat: walk-sequence records (.wsr) and route coding dates are not written.")
    if not all(mailing.tray_barcodes):
        said.append("Mail.dat: trays of residual pieces carry no tray barcode, as none is known for them.")
    if len(mailing.withdrawn):
        said.append(
            f"Mail.dat: {len(mailing.withdrawn):,} withdrawn pieces are marked as shortage; counts and postage are "
            "the plan's, as on the statement."
        )
    if level == "F" and _participation(plan, plan.statements[0], level) == "M":
        said.append("Mail.dat: pieces without automation price travel with the Full-Service mailing.")
    return said
