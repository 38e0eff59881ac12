"""Export layouts by name. A finance system's own layout is one more module with a LAYOUT, named here."""

from billing.exports import journal_csv
from billing.exports.rows import Layout

LAYOUTS: dict[str, Layout] = {module.LAYOUT.name: module.LAYOUT for module in (journal_csv,)}
