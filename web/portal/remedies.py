"""Where a person does what a remedy names: the step of the order that opens from the finding on the job's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REPAIR_ZIP = "repair_zip"  # the option of the list that gives ZIP Codes their lost zeros back

# By code of finding: the words of the button, and the step it opens.
_AT = {
    "ZIP_LEADING_ZERO": ("Confirm the repair", "columns"),
    "MAPPING_FIELD": ("Say which column is what", "columns"),
    "MAPPING_GUESSED": ("Say which column is what", "columns"),
    "COLUMN_UNUSED": ("Say which column is what", "columns"),
    "COUNTRY_DIFFERS": ("Say which column is what", "columns"),
    "ROW_DUPLICATE": ("Choose whether repeats are mailed", "columns"),
    "HOUSEHOLD_SHARED": ("Choose one letter or several", "columns"),
    "HOUSEHOLD_REFUSED": ("Choose one letter or several", "columns"),
    "ENCODING": ("Choose how the list is read", "columns"),
    "XLSX_SHEETS": ("Choose the sheet", "columns"),
    "XLSX_HIDDEN": ("Choose whether hidden rows are mailed", "columns"),
    "NO_DELIVERY_POINT": ("Open matching and columns", "columns"),
    "CODING_SAVES": ("Open matching and columns", "columns"),
    "ADDRESS_EVIDENCE_COST": ("Say how the list was matched", "columns"),
    "FIELD_EMPTY": ("Open the boxes on the letter", "letter"),
    "FIELD_FORMAT": ("Open the boxes on the letter", "letter"),
    "BARCODE_ZONE_CONFLICT": ("Open the boxes on the letter", "letter"),
    "ENVELOPE_FULL": ("Change the order", "order"),
    "CONTENT": ("Change the order", "order"),
    "CONTENT_FIRST_CLASS": ("Change the order", "order"),
}

ACTS: Mapping[str, Mapping[str, Any]] = {
    code: {
        "label": label,
        "fields": {"step": step} | ({REPAIR_ZIP: "yes"} if code == "ZIP_LEADING_ZERO" else {}),
    }
    for code, (label, step) in _AT.items()
}
