"""The proof of a mailing: the records most likely to go wrong, as the press would print them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from postal.barcodes.imb import BARCODE_ID
from postal.barcodes.imb_batch import encode_batch
from postal.sorting.presort_plan import PresortPlan
from production.frontdesk.preparation.outcome import KeptProof
from production.mailings.accepted import merge_columns, routing
from production.mailings.shop import ShopProfile
from production.prepress.merge.print_file import CompiledTemplate
from production.prepress.proofs import choose_records, merge_proof, render_pages
from store.files import FileRef, FileStore

_NO_MAILER = "000000"


def proof_barcodes(rows: pa.Table, service_type_id: str) -> np.ndarray:
    """(n, 65) for rows of an accepted list: their own routing codes and no serial; nothing is reserved for a proof."""
    codes, digits = routing(rows)
    serials = np.zeros(len(rows), np.int64)
    return encode_batch(BARCODE_ID, service_type_id, _NO_MAILER, serials, codes, digits)[0]


def make_proof(
    files: FileStore,
    compiled: CompiledTemplate,
    accepted: pa.Table,
    plan: PresortPlan,
    profile: ShopProfile,
    folder: Path,
) -> tuple[list[KeptProof], FileRef]:
    """Page images of the chosen records with why they were chosen, and the same pages as one PDF."""
    names = np.array([level.name for level in plan.levels])
    levels = np.empty(len(accepted), names.dtype)
    levels[np.asarray(plan.source)] = names[plan.level_of_piece]
    table = merge_columns(accepted)
    chosen = choose_records(table, levels)
    rows = [row for row, _ in chosen]
    imb = proof_barcodes(accepted, profile.service_type_id)
    out = folder / "proof.pdf"
    merge_proof(compiled, table, imb, rows=rows, out=out)
    wanted = [(k, page) for k in range(len(rows)) for page in range(1, compiled.pages + 1)]
    images = render_pages(out, [k * compiled.pages + page for k, page in wanted])
    source_rows = accepted.column("source_row").take(pa.array(rows)).to_pylist()
    kept = [
        KeptProof(files.keep_bytes(image, "image/png"), chosen[k][1], source_rows[k], page)
        for (k, page), image in zip(wanted, images, strict=True)
    ]
    return kept, files.keep(out, "application/pdf")
