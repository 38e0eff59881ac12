"""The address side of a printed piece that is mailed itself: it stands where other mailings have their letter."""

from __future__ import annotations

import tempfile
from pathlib import Path

from production.catalog.products.spec import Spec
from production.catalog.products.standards import Standards
from production.frontdesk.orders.intake import GivenFile
from production.frontdesk.preparation.component_check import asked_of
from production.frontdesk.steps.spec_answers import made_components
from production.prepress.fixes.fixing import address_side
from store.files import FileStore

NAME = "address-side.pdf"


def face_file(files: FileStore, artwork: str, spec: Spec, standards: Standards) -> GivenFile:
    """Made of the file of the piece (its hash), and kept. InvalidInput FIX_FAILED."""
    (made,) = made_components(spec, standards)  # a card has one
    with tempfile.TemporaryDirectory(prefix="indicia-face-") as folder:
        out = Path(folder) / NAME
        address_side(files.checked_path(artwork), asked_of(spec, made), out)
        return GivenFile(files.keep(out, "application/pdf"), NAME)
