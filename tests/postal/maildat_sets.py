"""Sets of Mail.dat for tests: a mixed mailing of three owners, full-service or basic, in either version."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from postal.barcodes.stids import service_type
from postal.data.editions import InForce, editions
from postal.maildat.mailing import Described, Mailing, Owner, Sender, Serials, describe
from postal.maildat.records import Maildat, Records
from postal.sorting.presort_plan import PresortPlan
from postal.trays.tray_barcode import tray_barcode
from tests.postal.mailings import columns, planned

FULL_SERVICE, BASIC = "270", "310"
SENDER = Sender(
    name="State Mail", crid="98765432", mailer_id="123456", license_code="ABCD", contact_name="Mail Room",
    contact_phone="2255550100", contact_email="mail@example.gov", permit_number="77", permit_zip="708020001",
    post_office="BATON ROUGE", entry_zip="708020001", coding_date=date(2025, 7, 20),
    move_update_date=date(2025, 7, 21), move_update_method="2", city_state_date=date(2025, 7, 1),
)  # fmt: skip
OWNERS = (
    Owner("Department of Examples", crid="1000001"),
    Owner("Office of Records", mailer_id="900000001"),
    Owner("Board", crid="3"),
)


def sample_plan(scale: int = 1) -> PresortPlan:
    """Every level: 5-digit, AADC, mixed, and pieces without a delivery point."""
    return planned(
        columns(
            {70802: 400 * scale, 70803: 160, 70112: 90, 70113: 80, 10001: 30, 90210: 25},
            {70802: 12, 10001: 5},
        )
    )


def mailing(plan: PresortPlan, *, stid: str = FULL_SERVICE, **changes: object) -> Mailing:
    """What the plan does not say."""
    codes = np.where(plan.zip11 >= 0, plan.zip11, plan.zip5.astype(np.int64))
    values: dict[str, object] = {
        "job_id": "M2700123", "title": "Notices", "reference": "M27-0123", "prepared": datetime(2025, 8, 1, 9, 30),
        "software": "1.0", "sender": SENDER, "owners": OWNERS, "owner_of_job": (0, 1, 2, 0, 1),
        "service_type": service_type(stid, InForce(plan.mail_date, editions())), "among": editions(),
        "serials": tuple(Serials("123456", 5_000 * (n + 1)) for n in range(len(plan.streams))),
        "routing": codes, "routing_digits": np.where(plan.zip11 >= 0, 11, 5).astype(np.uint8),
        "tray_barcodes": tuple(_tray_barcodes(plan)), "withdrawn": np.array([], np.int64), "ready": False,
    }  # fmt: skip
    return Mailing(**(values | changes))


def sample(version: str = "26-1", *, pieces: str = "pbc", **changes: object) -> Described:
    """The sample mailing described."""
    plan = sample_plan()
    return describe(plan, mailing(plan, **changes), version=version, full_pieces=pieces)


def changed(maildat: Maildat, code: str, value: bytes, *, row: int = 0) -> Maildat:
    """A copy with the bytes of one field of one record set, blank filled."""
    extension = code[:3].lower()
    held = maildat[extension]
    rows = held.rows.copy()
    field = held.layout[code]
    rows[row, field.start - 1 : field.stop] = np.frombuffer(
        value.ljust(field.length)[: field.length], np.uint8
    )
    return with_rows(maildat, extension, rows)


def with_rows(maildat: Maildat, extension: str, rows: np.ndarray) -> Maildat:
    """A copy with other records in one file."""
    layout = maildat[extension].layout
    return Maildat(maildat.version, {**maildat.files, extension: Records.held(layout, rows)})


def _tray_barcodes(plan: PresortPlan) -> list[str]:
    labels = [plan.label(number) for number in range(1, len(plan.trays) + 1)]
    return [
        tray_barcode(f"{label.label_zip:05d}", f"{label.cin:03d}", "123456", label.tray) if label.cin else ""
        for label in labels
    ]
