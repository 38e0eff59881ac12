"""Everything that can be said about a set of Mail.dat files without the Postal Service's own systems."""

from __future__ import annotations

from kernel.findings import Finding
from postal.maildat.barcode_checks import barcode_findings
from postal.maildat.field_checks import field_findings
from postal.maildat.link_checks import link_findings
from postal.maildat.records import Maildat
from postal.maildat.sum_checks import sum_findings


def validate(maildat: Maildat) -> list[Finding]:
    """Every finding, by file, record and field: the fields themselves, keys and references, sums, barcodes."""
    return [
        *field_findings(maildat),
        *link_findings(maildat),
        *sum_findings(maildat),
        *barcode_findings(maildat),
    ]
